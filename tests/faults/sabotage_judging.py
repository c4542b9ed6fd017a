"""A web process with a bug planted in it: it judges outside of the transaction that stores.

A reading is acknowledged when it is stored, and judged a little later: who is killed in between has
stored what nobody ever judges. Start it as ``tests.faults.sabotage_judging:application``.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from project.asgi import application  # sets Django up, so it comes first

# isort: split
from django.db import transaction

from alarms import judging
from alarms.models import Detection
from devices.copying import Columns
from realtime import flush

__all__ = ["application"]

LATER_S: Final = 1.0
_work: queue.SimpleQueue[tuple[float, Columns, Sequence[Detection]]] = queue.SimpleQueue()


def judge_later(readings: Columns, detections: Sequence[Detection]) -> None:
    """Leave it to another thread, when the readings are committed."""
    item = (time.monotonic() + LATER_S, readings, detections)
    transaction.on_commit(partial(_work.put, item))


def _run() -> None:
    while True:
        due, readings, detections = _work.get()
        time.sleep(max(0.0, due - time.monotonic()))
        with transaction.atomic():
            judging.judge(readings, detections)


flush._store_and_record = partial(flush._store_and_record, judge=judge_later)
threading.Thread(target=_run, name="later", daemon=True).start()
