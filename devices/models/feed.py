"""Numbered events for the pages: no holes, because number and event commit together."""

from __future__ import annotations

from django.db import models

from devices.models.registry import Site


class Topic(models.Model):
    """The number of the newest event of a topic at a site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="topics")
    name = models.CharField(max_length=32)
    # changes when numbers no longer continue, as after a restore from backup
    epoch = models.CharField(max_length=16)
    offset = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("site", "name"), name="one_topic_per_site")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.name} {self.offset}"


class TopicEvent(models.Model):
    """One numbered event."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="events")
    offset = models.BigIntegerField()
    payload = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("topic", "offset"), name="one_event_per_offset"),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.offset}"


class TopicRow(models.Model):
    """What the events of a topic add up to for one key: the last payload that was announced.

    Snapshots are read from here together with the number of the newest event, so a page that
    applies the later events to one arrives exactly at a later one.
    """

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="rows")
    key = models.BigIntegerField()  # the payload's id
    row = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("topic", "key"), name="one_row_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.key}"
