"""The journal of what happened to alarms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JournalEntry(models.Model):
    """What happened to an alarm. The database refuses to change or delete an entry.

    It has no keys to other rows, because it outlives them; what it says was so at the time.
    Numbers and digests are given at the commit, as in the audit trail: see alarms/journal.py.
    """

    number = models.BigIntegerField(_("number"), null=True, unique=True)
    digest = models.CharField(max_length=64, blank=True)

    at = models.DateTimeField(_("time"))  # of the server
    source_time = models.DateTimeField(_("source time"))  # when it happened
    site_id = models.BigIntegerField()
    alarm_id = models.BigIntegerField()
    occurrence = models.BigIntegerField()
    rule_id = models.BigIntegerField()
    rule_version = models.IntegerField()
    rule_name = models.CharField(_("rule"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16)
    priority = models.PositiveSmallIntegerField(_("priority"))
    source = models.CharField(max_length=40)
    device_uid = models.CharField(_("device"), max_length=64, blank=True)
    area = models.CharField(_("area"), max_length=64, blank=True)
    tag_name = models.CharField(_("tag"), max_length=128, blank=True)
    action = models.CharField(_("what"), max_length=16)  # a Trigger, or "comment"
    before = models.CharField(_("from"), max_length=24)  # State
    after = models.CharField(_("to"), max_length=24)
    holds = models.CharField(max_length=40, blank=True)  # after it, joined by commas
    # operators were told: the only entries that the metrics count as load
    announced = models.BooleanField(default=False)
    historical = models.BooleanField(
        _("historical"), default=False
    )  # found in readings that came late
    actor = models.CharField(_("who"), max_length=150)  # user name, or "system"
    reason = models.CharField(_("why"), max_length=500, blank=True)  # reason, or comment
    value = models.FloatField(_("value"), null=True)
    limit = models.FloatField(_("limit"), null=True)
    detection_id = models.BigIntegerField(null=True)  # that raised it
    request_id = models.UUIDField(null=True)  # of the operator's page: done once

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("journal entry")
        verbose_name_plural = _("alarm journal")
        constraints = [
            models.UniqueConstraint(
                fields=("request_id", "alarm_id"), name="one_entry_per_request_and_alarm"
            )
        ]
        indexes = [
            models.Index(fields=("site_id", "-at"), name="journal_by_site"),
            models.Index(fields=("alarm_id", "-at"), name="journal_by_alarm"),
            # of alarms/metrics, which read nothing else of the journal
            models.Index(
                fields=("site_id", "at"),
                include=("alarm_id", "occurrence", "priority", "source_time"),
                condition=Q(action="raise", announced=True, historical=False),
                name="journal_of_load",
            ),
            models.Index(
                fields=("site_id", "at"),
                include=("alarm_id", "occurrence", "source_time"),
                condition=Q(action="clear", before="unacknowledged", historical=False),
                name="journal_of_unseen",
            ),
            models.Index(
                fields=("site_id", "at"),
                include=("alarm_id", "occurrence"),
                condition=Q(action="acknowledge", historical=False),
                name="journal_of_answers",
            ),
            models.Index(
                fields=("site_id", "alarm_id", "at"),
                include=("action",),
                condition=Q(action__in=("shelve", "unshelve")),
                name="journal_of_shelving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.rule_name} {self.action}"
