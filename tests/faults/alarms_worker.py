"""A worker whose claims run out sooner: ``celery -A tests.faults.alarms_worker worker ...``.

What a killed worker had in hand is sent again after three minutes; a test does not wait so long.
The receiver answers within milliseconds, so this is still longer than any sender takes. Everything
else is the worker as it is.
"""

from __future__ import annotations

from typing import Final

from celery.signals import worker_process_init

from project.celery import app

__all__ = ["app"]

CLAIM_S: Final = 15


@worker_process_init.connect  # type: ignore[untyped-decorator]
def claim_for_less(**_: object) -> None:
    """Set it in the processes that send, when Django is set up there."""
    from alarms.notify import deliver

    deliver.CLAIM_S = CLAIM_S  # type: ignore[misc]
