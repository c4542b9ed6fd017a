"""Where the API lives: see docs/api.md."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from alarms.api.alarms import Alarms, Journal, Orders
from alarms.api.detections import Detections
from alarms.api.marked import Dataset, QualityView
from alarms.api.metrics import Metrics
from alarms.api.rules import Rules
from alarms.services import Action

router = SimpleRouter(use_regex_path=False)
router.register("detections", Detections, "api_detection")
router.register("alarms/rules", Rules, "api_alarm_rule")
router.register("alarms/journal", Journal, "api_alarm_journal")
router.register("alarms", Alarms, "api_alarm")

urlpatterns = [
    path("alarms/metrics/", Metrics.as_view(), name="api_alarm_metrics"),
    path("detections/quality/", QualityView.as_view(), name="api_detection_quality"),
    path("detections/dataset/", Dataset.as_view(), name="api_detection_dataset"),
    *router.urls,
    *(
        path(f"alarms/{action}/", Orders.as_view(action=action), name=f"api_alarm_{action}")
        for action in Action
    ),
]
