"""The worker: ``celery --app project worker``. Its tasks find all they need in PostgreSQL."""

from __future__ import annotations

import os
import signal

from celery import Celery
from celery.signals import beat_embedded_init, worker_process_init

from project.orphans import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("sentinel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect  # type: ignore[untyped-decorator]
@beat_embedded_init.connect  # type: ignore[untyped-decorator]
def _end_with_the_worker(**_: object) -> None:
    """Leave nobody behind when the worker is killed; what was begun is begun again elsewhere."""
    end_with_parent(signal.SIGKILL)
