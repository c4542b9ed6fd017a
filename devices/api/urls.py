"""Where the API lives: see docs/api.md."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from devices.api import cameras, exchange, exports, people, registry, watching
from devices.api.docs import Docs, Schema
from devices.api.nothing import Nothing
from devices.api.views import Trends

router = SimpleRouter(use_regex_path=True)
plain = SimpleRouter(use_regex_path=False)
router.register("devices", registry.Devices, "api_device")
router.register("credentials", people.Credentials, "api_credential")
router.register("health", watching.Health, "api_health")
plain.register("sites", registry.Sites, "api_site")
plain.register("sites", exchange.Exchange, "api_exchange")
plain.register("tags", registry.Tags, "api_tag")
plain.register("connections", registry.Connections, "api_connection")
plain.register("profiles", registry.Profiles, "api_profile")
plain.register("enrolments", people.Enrolments, "api_enrolment")
plain.register("memberships", people.Memberships, "api_membership")
plain.register("exports", exports.Exports, "api_export")
plain.register("readings", watching.Readings, "api_reading")
plain.register("configurations", watching.Configurations, "api_configuration")
plain.register("audit", watching.Audit, "api_audit")

urlpatterns = [
    *router.urls,
    *plain.urls,
    re_path(
        r"^devices/(?P<uid>[A-Za-z0-9._:-]+)/camera/$",
        cameras.CameraOfDevice.as_view({"get": "retrieve", "patch": "partial_update"}, detail=True),
        name="api_camera",
    ),
    path("me/", watching.Me.as_view(), name="api_me"),
    path("readings/count/", exports.ReadingsCount.as_view(), name="api_readings_count"),
    path("readings/export/", exports.ReadingsFile.as_view(), name="api_readings_export"),
    path("trends/", Trends.as_view(), name="trends"),
    path("schema/", Schema.as_view(), name="api_schema"),
    path("docs/", Docs.as_view(), name="api_docs"),
    re_path("", Nothing.as_view()),
]
