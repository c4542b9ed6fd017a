"""The alarm list over tags and cameras."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlarmsConfig(AppConfig):
    """The alarm list over tags and cameras."""

    name = "alarms"
    verbose_name = _("Alarms")

    def ready(self) -> None:
        """Say to which site the rows of this app belong, and listen."""
        from alarms import receivers
        from alarms.models import (
            Alarm,
            DeliveryAttempt,
            Detection,
            JournalEntry,
            Notification,
            NotificationChannel,
            NotificationRoute,
            Review,
            Rule,
            Snapshot,
            Verdict,
        )
        from devices.access import SITE_OF

        SITE_OF[Rule] = SITE_OF[Alarm] = SITE_OF[Detection] = "site"
        SITE_OF[JournalEntry] = "site_id"
        for model in (NotificationChannel, NotificationRoute, Notification):
            SITE_OF[model] = "site"
        SITE_OF[DeliveryAttempt] = "notification__site"
        SITE_OF[Snapshot] = SITE_OF[Verdict] = SITE_OF[Review] = "detection__site"
        receivers.connect()
