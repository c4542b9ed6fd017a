"""Every setting of the cloud, read once from the environment. ``.env.example`` lists them all."""

from __future__ import annotations

import logging
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from project import content_policy
from project.env import (
    database_from_url,
    env_bool,
    env_days,
    env_float,
    env_int,
    env_json,
    env_list,
    env_networks,
    env_str,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

SECRET_KEY = env_str("SECRET_KEY")
DEBUG = env_bool("DEBUG", default=False)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
# Full origins (scheme, host, port) of the pages that may open the browser websocket or post forms.
ALLOWED_ORIGINS = env_list("ALLOWED_ORIGINS", "http://localhost:8000,http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
SECURE = env_bool("SECURE_COOKIES", default=False)  # true wherever the browser sees https
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_SSL_REDIRECT = False  # the proxy that holds the certificate redirects
# What `check --deploy` would ask of the owner of the whole domain: redirect, subdomains, preload.
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W005", "security.W021"]
# Proxies of our own in front: so many addresses at the end of X-Forwarded-For are to be believed.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"

INSTALLED_APPS = [
    "daphne",  # first: it replaces runserver
    "project.administration_app.AdministrationApp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "project",
    "devices",
    "alarms",
    "realtime",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "project.compression.CompressTexts",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "project.acting.acting_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "project.bounds.unreadable_middleware",
]
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "project.context.shell",
            ],
        },
    },
]

# A connection serves one request. Commits must be durable before an ack leaves: never turn
# synchronous_commit off for this role.
DATABASES = {
    "default": database_from_url("DATABASE_URL", env_str("DATABASE_URL"))
    | {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "application_name": "sentinel",
            # The server looks after us as we look after it: a client that is cut off in the middle
            # of a transaction would keep its locks for hours.
            "options": "-c statement_timeout=30s -c lock_timeout=5s"
            " -c idle_in_transaction_session_timeout=30s"
            " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_str("REDIS_URL")
CHANNEL_PREFIX = env_str("CHANNEL_PREFIX", "sentinel")  # of every key and channel in Redis
# redis-py 8 ends every blocking read after 5 s unless told otherwise: idle sockets would die.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": None, "health_check_interval": 15}],
            "prefix": CHANNEL_PREFIX,
        },
    },
}
CELERY_BROKER_URL = env_str("CELERY_BROKER_URL", REDIS_URL)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "partitions": {"task": "devices.tasks.keep_partitions", "schedule": 3600.0},
    "rollups": {"task": "devices.tasks.roll_up", "schedule": 10.0},
    "old rows": {"task": "devices.tasks.drop_old_rows", "schedule": 3600.0},
    "tokens": {"task": "devices.tasks.renew_tokens", "schedule": 3600.0},
    "exports": {"task": "devices.tasks.make_exports", "schedule": 5.0},
    "snapshots": {"task": "alarms.tasks.screen_snapshots", "schedule": 10.0},
    "forgotten detections": {"task": "alarms.tasks.end_forgotten", "schedule": 10.0},
    "alarm rules": {"task": "alarms.tasks.fit_rules", "schedule": 60.0},
    "old detections": {"task": "alarms.tasks.drop_old_detections", "schedule": 3600.0},
    "notifications": {"task": "alarms.tasks.deliver_notifications", "schedule": 10.0},
    "old notifications": {"task": "alarms.tasks.drop_old_notifications", "schedule": 3600.0},
}

# ---- notifications: see docs/notifications.md
PUBLIC_URL = env_str("PUBLIC_URL", ALLOWED_ORIGINS[0] if ALLOWED_ORIGINS else "").rstrip("/")
EMAIL_HOST = env_str("EMAIL_HOST", "")  # empty: no e-mail
EMAIL_PORT = env_int("EMAIL_PORT", 587, at_least=1)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", default=False)  # TLS from the first byte: port 465
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=not EMAIL_USE_SSL)  # STARTTLS
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", EMAIL_HOST_USER or "sentinel@localhost")
# Networks that webhooks may reach although they are not public.
NOTIFY_ALLOW_NETWORKS = env_networks("NOTIFY_ALLOW_NETWORKS")
NOTIFICATIONS_KEEP_DAYS = env_int("NOTIFICATIONS_KEEP_DAYS", 400, at_least=1)

# ---- ingest: defaults for an ordinary gateway, a device may have its own
GATEWAY_FRAMES_PER_S = env_float("GATEWAY_FRAMES_PER_S", 200, at_least=1)
GATEWAY_READINGS_PER_S = env_float("GATEWAY_READINGS_PER_S", 20_000, at_least=1)
GATEWAY_WINDOW = env_int("GATEWAY_WINDOW", 64, at_least=1)  # unacknowledged frames
GATEWAY_HEARTBEAT_S = env_float("GATEWAY_HEARTBEAT_S", 10, at_least=0.05)
GATEWAY_HELLO_TIMEOUT_S = env_float("GATEWAY_HELLO_TIMEOUT_S", 5, at_least=0.05)
# Of one token and web process in the long run; whoever comes more often waits for its turn.
GATEWAY_CONNECTIONS_PER_S = env_float("GATEWAY_CONNECTIONS_PER_S", 0.5, at_least=0.01)
GATEWAY_MAX_LIFE_S = env_float("GATEWAY_MAX_LIFE_S", 86_400, at_least=1)
TOKEN_LIFE_DAYS = env_int("TOKEN_LIFE_DAYS", 365, at_least=1)  # of a token that is made by itself
TOKEN_RENEW_DAYS = env_int("TOKEN_RENEW_DAYS", 45)  # so long before a token ends it is renewed
TOKEN_OVERLAP_HOURS = env_float("TOKEN_OVERLAP_HOURS", 24)  # an old token beside its successor
READINGS_KEEP_DAYS = env_int("READINGS_KEEP_DAYS", 400, at_least=1)
# Detections and their pictures, unless on legal hold; by class: "no_helmet=30,person=7".
DETECTIONS_KEEP_DAYS = env_int("DETECTIONS_KEEP_DAYS", 90, at_least=1)
DETECTIONS_KEEP_DAYS_BY_LABEL = env_days("DETECTIONS_KEEP_DAYS_BY_LABEL")
ALARM_SHELVE_MAX_HOURS = env_float("ALARM_SHELVE_MAX_HOURS", 24, at_least=0.1)
FLUSH_MAX_READINGS = env_int("FLUSH_MAX_READINGS", 20_000, at_least=1)  # in one transaction

# ---- browsers
# A browser that has acknowledged nothing for so long is closed.
BROWSER_STALL_S = env_float("BROWSER_STALL_S", 30, at_least=0.05)
BROWSER_PING_S = env_float("BROWSER_PING_S", 5, at_least=0.05)  # longest silence of the server
BROWSER_RECHECK_S = env_float("BROWSER_RECHECK_S", 60, at_least=0.05)  # session and permissions
BROWSER_MAX_LIFE_S = env_float("BROWSER_MAX_LIFE_S", 12 * 3600, at_least=1)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword")
]
# A device page has 15 fields for each tag.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
CSRF_FAILURE_VIEW = "project.views.csrf_failure"
LOGIN_REDIRECT_URL = "overview"
LOGIN_URL = LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["project.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Pictures: files in a folder that web server and worker share, or another storage of Django's kind.
MEDIA_ROOT = Path(env_str("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
STORAGES = {
    "default": {
        "BACKEND": env_str("MEDIA_STORAGE", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env_json("MEDIA_STORAGE_OPTIONS"),
    },
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = content_policy.CONTENT_SECURITY_POLICY
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["devices.api.problems.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "devices.api.strict.Ordering",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,  # no OPTIONS: the schema tells more
    "EXCEPTION_HANDLER": "devices.api.problems.answer_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sentinel",
    "DESCRIPTION": "The registry and the readings of Sentinel: see docs/api.md.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "devices.api.docs.refuse_unknown",
        "devices.api.docs.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "devices.models.Role.choices",
        "ExportStateEnum": "devices.models.ExportState.choices",
        "DetectionStateEnum": "alarms.models.DetectionState.choices",
        "SnapshotStateEnum": "alarms.models.SnapshotState.choices",
        "DetectionVerdictEnum": "alarms.models.DetectionVerdict.choices",
        "AlarmStateEnum": "alarms.models.alarms.STATES",
        "AlarmKindEnum": "alarms.models.Kind.choices",
        "VerdictEnum": "alarms.metrics.policy.VERDICTS",
    },
    # from our own server: the page works without a network
    **dict.fromkeys(("SWAGGER_UI_DIST", "SWAGGER_UI_FAVICON_HREF"), "SIDECAR"),
}

ACCESS_LOG = logging.getLogger("uvicorn.access").hasHandlers()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "project.logs.Redact"},
        "brief": {"()": "project.logs.Brief"},
    },
    "formatters": {"line": {"()": "project.logs.OneLine"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redact", "brief"],
        },
    },
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        # One traceback a second while Redis is away; realtime.hub says once that and when it is.
        "channels_redis.pubsub": {"level": "CRITICAL"},
        # uvicorn's own handlers would write addresses with their query, where a token may stand.
        "uvicorn": {"handlers": [], "propagate": True},
        "uvicorn.error": {"handlers": [], "propagate": True},
        # Only if uvicorn wants access lines: this is read after --no-access-log took effect, and
        # a logger that is not named here would be switched on again.
        "uvicorn.access": {"handlers": [], "propagate": ACCESS_LOG},
    },
}
