"""Work of the worker. Each task may run twice, or late: what is due is seen in the tables."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from alarms import forgotten, retention, snapshots
from alarms.defaults import fit_profile_rules
from alarms.notify.deliver import deliver_due
from alarms.notify.retention import drop_old_notifications as drop_notifications
from alarms.site_rules import fit_site_rules

logger = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def screen_snapshots() -> None:
    """Take pictures through the image gate that the web process left: see realtime.screening."""
    while snapshots.screen_next():
        pass


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def end_forgotten() -> None:
    """End detections that their gateways have forgotten."""
    if ended := forgotten.end_forgotten(timezone.now()):
        logger.warning("%d detections were never ended by their gateways", ended)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def drop_old_detections() -> None:
    """Delete detections and pictures whose time is over."""
    if dropped := retention.drop_old_detections(timezone.now()):
        logger.info("deleted %d detections", dropped)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def deliver_notifications() -> None:
    """Send the notifications that are due. Waked by alarms.notify.wake, and swept by beat."""
    deliver_due()


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def drop_old_notifications() -> None:
    """Delete notifications whose time is over."""
    if dropped := drop_notifications(timezone.now()):
        logger.info("deleted %d notifications", dropped)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def fit_rules() -> None:
    """Have the rules that come from profiles, and those that every site has."""
    if fitted := fit_site_rules() + fit_profile_rules():
        logger.info("fitted %d alarm rules", fitted)
