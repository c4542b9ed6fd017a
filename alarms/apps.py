from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    """The alarm list over tags and cameras."""

    name = "alarms"
