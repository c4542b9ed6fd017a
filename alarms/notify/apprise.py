"""Sends a message to a messenger through Apprise: Telegram, Teams, WeCom, DingTalk and others.

Only services with addresses of their own are here. Apprise can do more (json://, mailto://, gotify://
and so on, which go to any host), and its URLs have options that read local files or leave
certificates unchecked: none of that is taken. For a host of one's own there is the webhook.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from alarms.notify.base import Configuration, Message, Outcome, judge_status, permanent, sent
from alarms.notify.base import temporary as later

# schema -> module and class of Apprise, imported when they are needed
SERVICES: Final = {
    "tgram": ("telegram", "NotifyTelegram"),
    "workflows": ("workflows", "NotifyWorkflows"),  # Microsoft Teams
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "lark": ("lark", "NotifyLark"),
    "slack": ("slack", "NotifySlack"),
    "discord": ("discord", "NotifyDiscord"),
    "wxteams": ("webexteams", "NotifyWebexTeams"),
    "gchat": ("google_chat", "NotifyGoogleChat"),
    "pover": ("pushover", "NotifyPushover"),
    "pagerduty": ("pagerduty", "NotifyPagerDuty"),
    "opsgenie": ("opsgenie", "NotifyOpsgenie"),
    "signl4": ("signl4", "NotifySIGNL4"),
    "twilio": ("twilio", "NotifyTwilio"),
    "schan": ("serverchan", "NotifyServerChan"),
    "pushplus": ("pushplus", "NotifyPushplus"),
}
# Teams names its host in the URL; these are Microsoft's.
_HOSTS: Final = {"workflows": (".logic.azure.com", ".api.powerplatform.com")}
_OPTIONS: Final = frozenset({"silent", "topic", "thread", "method", "region"})
_STATUS: Final = re.compile(r"error=(\d{3})\b")


class Apprise:
    """The sender of channels of this kind. The URL is the channel's ``secret``."""

    def check(self, configuration: Configuration) -> None:
        """See the protocol."""
        _service(str(configuration.get("secret", "")))

    def send(self, message: Message, configuration: Configuration) -> Outcome:
        """See the protocol. Apprise says only whether it worked; why not is in its log."""
        try:
            service = _service(str(configuration["secret"]))
        except ValidationError as error:
            return permanent(" ".join(error.messages))
        with _heard() as said:
            done = service.notify(body=message.body, title=message.subject, body_format="text")
        return sent() if done else _judge(" ".join(said))


def schema_of(url: str) -> str:
    """Return the part of a URL that names the service; it is no secret."""
    return url.partition("://")[0].strip().lower() if "://" in url else ""


def _service(url: str) -> Any:
    """Make the service that a URL describes.

    Raises:
        ValidationError: it is not one of `SERVICES`, has options, or lacks something.
    """
    schema = schema_of(url)
    if schema not in SERVICES:
        text = _("It must begin with one of %(schemas)s.")
        schemas = ", ".join(f"{each}://" for each in SERVICES)
        raise ValidationError({"secret": text % {"schemas": schemas}})
    module, name = SERVICES[schema]
    kind = getattr(import_module(f"apprise.plugins.{module}"), name)
    parts = kind.parse_url(url)
    if not parts or parts["schema"] != schema:
        raise ValidationError({"secret": _("Apprise cannot read this URL.")})
    _refuse_options(parts)
    _refuse_hosts(schema, str(parts["host"] or ""))
    return _made(kind, parts)


def _made(kind: Any, parts: dict[str, Any]) -> Any:
    from apprise.asset import AppriseAsset

    asset = AppriseAsset(http_redirects=False, storage_mode="memory")
    try:
        return kind(**{**parts, "asset": asset, "include_image": False})
    except TypeError as error:  # Apprise's way to say that something is missing
        raise ValidationError({"secret": str(error)}) from None


def _refuse_options(parts: dict[str, Any]) -> None:
    given = {key for name in ("qsd", "qsd+", "qsd-", "qsd:") for key in parts[name]}
    if given - _OPTIONS:
        text = _("The option %(name)s is not allowed.")
        raise ValidationError({"secret": text % {"name": min(given - _OPTIONS)}})


def _refuse_hosts(schema: str, host: str) -> None:
    endings = _HOSTS.get(schema)
    if endings and not host.lower().endswith(endings):
        text = _("The host must end in one of %(endings)s.")
        raise ValidationError({"secret": text % {"endings": ", ".join(endings)}})


def _judge(said: str) -> Outcome:
    """Judge by the status in Apprise's own words, if there is one."""
    detail = said or "Apprise"
    found = _STATUS.search(said)
    if found is None or 200 <= int(found[1]) < 300:
        return later(detail, down=True)
    return judge_status(int(found[1]), detail)


class _Ear(logging.Handler):
    """Keeps what the thread that made it is told."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and len(self.said) < 10:
            self.said.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Listen to what Apprise says on this thread."""
    ear, log = _Ear(), logging.getLogger("apprise")
    log.addHandler(ear)
    try:
        yield ear.said
    finally:
        log.removeHandler(ear)
