"""Work of the worker. Each task may run twice, or late: what is due is seen in the tables."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from devices import retention, rollups, rotation
from devices.exporting import making, orders

logger = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def keep_partitions() -> None:
    """Make partitions ahead and drop the old ones."""
    if dropped := retention.keep_partitions(timezone.now()):
        logger.info("dropped the readings of %d days", dropped)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def drop_old_rows() -> None:
    """Delete what goes with readings that are no longer kept."""
    deleted = retention.drop_old_rows(timezone.now())
    if any(deleted.values()):
        logger.info("deleted %s", ", ".join(f"{count} {name}" for name, count in deleted.items()))
    if dropped := orders.drop_old(timezone.now()):
        logger.info("deleted %d exported files", dropped)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def renew_tokens() -> None:
    """Ask for new tokens where the old ones end soon, and warn where that does not help."""
    now = timezone.now()
    if renewed := rotation.renew_expiring(now):
        logger.info("%d tokens are to be renewed", renewed)
    if warnings := rotation.warn_of_expiry(now):
        logger.warning("%d tokens end soon and were not renewed", warnings)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def make_exports() -> None:
    """Make the file that waits longest; the next one is made when this is asked again."""
    making.make_next()


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def roll_up() -> None:
    """Sum up readings for the charts of long windows."""
    rollups.roll_up(timezone.now())
