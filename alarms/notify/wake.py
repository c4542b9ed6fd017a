"""Tells the worker, after the commit, that there is something to send.

A thread of its own speaks with the broker: whoever commits waits for nothing, and does not notice
when the broker is away. Wakes that come while it speaks become one. Nothing depends on it: what is
due stands in the table, and beat has the worker look every few seconds anyway.
"""

from __future__ import annotations

import logging
import os
import threading
from functools import cache
from typing import Final

from celery import Celery
from django.db import transaction

logger = logging.getLogger(__name__)

TASK: Final = "alarms.tasks.deliver_notifications"
_EXPIRES_S: Final = 10  # beat has sent another one by then
_LIFE_S: Final = 30.0  # of the thread, after the last wake


@cache
def _application() -> Celery:
    """Return an application that only publishes; the web processes do not load the worker's."""
    app = Celery("sentinel", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


class _Waker:
    """At most one thread, which ends when nothing happens for a while."""

    def __init__(self) -> None:
        self._bell = threading.Condition()
        self._wanted = False
        self._running = False
        self._failed = False

    def wake(self) -> None:
        """Have a message sent to the worker, soon."""
        with self._bell:
            self._wanted = True
            if self._running:
                self._bell.notify()
                return
            self._running = True
        threading.Thread(target=self._run, name="notifications", daemon=True).start()

    def _run(self) -> None:
        while self._next():
            self._send()

    def _next(self) -> bool:
        with self._bell:
            if not self._wanted:
                self._bell.wait(_LIFE_S)
            wanted, self._wanted = self._wanted, False
            self._running = wanted
            return wanted

    def _send(self) -> None:
        try:
            app = _application()
            with app.connection_for_write(connect_timeout=2) as connection:
                app.send_task(
                    TASK, connection=connection, retry=False, expires=_EXPIRES_S, ignore_result=True
                )
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker looks by itself
            if not self._failed:
                logger.warning("the worker could not be woken for notifications: %s", error)
            self._failed = True
            return
        if self._failed:
            logger.info("the worker can be woken for notifications again")
        self._failed = False


_waker = _Waker()


def _forget_the_thread() -> None:
    global _waker  # noqa: PLW0603 - a forked process has none of our threads
    _waker = _Waker()


os.register_at_fork(after_in_child=_forget_the_thread)


def wake_on_commit() -> None:
    """Wake the worker when, and if, the transaction of the caller commits."""
    transaction.on_commit(_waker.wake, robust=True)
