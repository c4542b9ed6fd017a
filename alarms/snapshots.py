"""Takes pictures through the image gate: from the bytes that came to the files that are served."""

from __future__ import annotations

import logging
from typing import Final

from django.db import transaction

from alarms import files, gallery
from alarms.gate import Passed, Refused
from alarms.gatekeeper import GateDied, gatekeeper
from alarms.models import Snapshot, SnapshotUpload

logger = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 3  # that end with the gate, and then with the picture


@transaction.atomic
def screen_next() -> bool:
    """Take the next picture through the gate, one that nobody else has in hand.

    The bytes are kept until the outcome is committed, so it may be interrupted at any time.

    Returns:
        Whether there was one.
    """
    upload = _next()
    if upload is None:
        return False
    snapshot = upload.snapshot
    try:
        passed = gatekeeper.screen(bytes(upload.jpeg))
    except Refused as refused:
        _refuse(snapshot, str(refused))
    except GateDied as error:
        upload.attempts += 1
        if upload.attempts < MAX_ATTEMPTS:
            logger.warning("snapshot %s is looked at again: %s", snapshot.pk, error)
            upload.save(update_fields=["attempts"])
            return True
        _refuse(snapshot, "crashed")
    else:
        _keep(snapshot, passed)
    upload.delete()
    return True


def _next() -> SnapshotUpload | None:
    waiting = SnapshotUpload.objects.select_for_update(skip_locked=True, of=("self",))
    return waiting.select_related("snapshot").order_by("attempts", "pk").first()


def _refuse(snapshot: Snapshot, reason: str) -> None:
    logger.warning("snapshot %s was refused: %s", snapshot.pk, reason)
    snapshot.state, snapshot.reason = Snapshot.State.REFUSED, reason
    snapshot.save(update_fields=["state", "reason"])
    gallery.announce([snapshot.detection_id])


def _keep(snapshot: Snapshot, passed: Passed) -> None:
    """Write the files, then tell where they are."""
    files.lock(snapshot.sha256)
    snapshot.name = files.write("snapshots", snapshot.sha256, passed.image)
    snapshot.thumb = files.write("thumbs", snapshot.sha256, passed.thumb)
    snapshot.width, snapshot.height = passed.width, passed.height
    snapshot.bytes = len(passed.image)
    snapshot.state = Snapshot.State.READY
    snapshot.save()
    gallery.announce([snapshot.detection_id])
