"""Listens to the signals of the apps; the only file that does."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from devices.signals import announced
from realtime import fanout


@receiver(announced, dispatch_uid="realtime.publish_event")
def publish(
    *, site_id: int, topic: str, epoch: str, offset: int, payload: dict[str, Any], **_: object
) -> None:
    """Tell the pages what changed."""
    fanout.publish_event(site_id=site_id, topic=topic, epoch=epoch, offset=offset, payload=payload)
