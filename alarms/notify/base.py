"""What a sender is given, and what it answers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from alarms.notify.reasons import REDIRECTED

TIMEOUT_S: Final = 10.0  # a sender gives up after about so long
# Answers of HTTP that mean "later": timeout, too early, too many requests.
_LATER: Final = frozenset({408, 425, 429})
Configuration = Mapping[str, Any]  # of a channel, with its ``secret`` and the row's ``recipient``


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the language of its channel."""

    id: str  # UUID of the notification: the same for every attempt
    subject: str  # one line
    body: str
    facts: Mapping[str, Any]  # JSON: see facts.py


class Result(enum.Enum):
    """What became of an attempt."""

    SENT = "sent"
    TEMPORARY = "temporary"  # worth another attempt
    PERMANENT = "permanent"  # another attempt would end the same way


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt, and what the other side said."""

    result: Result
    detail: str = ""
    # the channel as a whole does not answer: its other messages would fail in the same way now
    down: bool = False


def sent(detail: str = "") -> Outcome:
    """Say that the other side has taken it."""
    return Outcome(Result.SENT, detail)


def temporary(detail: str, *, down: bool = False) -> Outcome:
    """Say that it is worth another attempt."""
    return Outcome(Result.TEMPORARY, detail, down=down)


def permanent(detail: str) -> Outcome:
    """Say that another attempt would end the same way."""
    return Outcome(Result.PERMANENT, detail)


def judge_status(status: int, detail: str) -> Outcome:
    """Judge the status of an HTTP answer; a redirect is refused, because it is never followed."""
    if 200 <= status < 300:
        return sent(detail)
    if status >= 500 or status in _LATER:
        return temporary(detail, down=True)
    if 300 <= status < 400:
        return permanent(f"{detail} ({REDIRECTED})")
    return permanent(detail)


class Sender(Protocol):
    """One way to send. It raises nothing that it expects: what happened is its answer."""

    def check(self, configuration: Configuration) -> None:
        """Look at what was entered, without sending.

        Raises:
            ValidationError: nothing could be sent this way.
        """

    def send(self, message: Message, configuration: Configuration) -> Outcome:
        """Send a message; takes `TIMEOUT_S` or a little more at most for each step."""
