"""Talking with web processes that may die at any moment: the same request until it is answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

ANSWER_S: Final = 2.0  # then another process is asked, maybe while the first one still works
AGAIN_S: Final = 0.05
_LATER: Final = frozenset({429, 500, 502, 503})  # database away, overloaded


class Answer(NamedTuple):
    """What a web process said."""

    status: int
    body: Any  # JSON
    tries: int  # how often it was asked, this one included


class Stopped(Exception):
    """The run is over, and nobody answered."""


@dataclass(eq=False)
class Door:
    """The same application behind several ports."""

    ports: Sequence[int]
    headers: Mapping[str, str]
    rng: random.Random
    given_up: threading.Event  # the run has failed elsewhere
    failed: int = field(default=0)  # tries without an answer, or with one that means "later"

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask one process after the other until one answers.

        Raises:
            Stopped: the run was given up.
        """
        tries, at = 0, self.rng.randrange(len(self.ports))
        while not self.given_up.is_set():
            tries += 1
            answer = self._try(self.ports[at % len(self.ports)], method, path, body, headers)
            if answer is not None and answer[0] not in _LATER:
                return Answer(*answer, tries)
            self.failed += 1
            at += 1
            self.given_up.wait(AGAIN_S)
        raise Stopped

    def _try(
        self, port: int, method: str, path: str, body: object, headers: Mapping[str, str] | None
    ) -> tuple[int, Any] | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
        sent = None if body is None else json.dumps(body)
        every = {**self.headers, **(headers or {}), "Content-Type": "application/json"}
        try:
            connection.request(method, path, sent, every)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if response.status not in _LATER else None
        except (OSError, http.client.HTTPException, ValueError):
            return None  # it died, or stands still; what was cut off is no JSON
        finally:
            connection.close()
