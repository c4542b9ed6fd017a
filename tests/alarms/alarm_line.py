"""A gateway's connection for tests of alarms, and what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from alarms.models import Alarm, JournalEntry, Rule
from devices.intake import Entry, Sender
from devices.models import Tag
from edge import wire
from realtime.flush import Flush

SaveRule = Callable[..., Rule]


@dataclass
class Line:
    """The gateway's connection: stores readings the way the pipeline does, and so judges them."""

    sender: Sender
    numbers: dict[int, int]  # tag id -> its number on the wire
    seq: dict[str, int] = field(default_factory=lambda: {"live": 0, "history": 0, "events": 0})

    def say(
        self, tag: Tag, *values: float | None, ago_s: float = 0.0, step_ms: int = 1,
        quality: int = wire.Quality.GOOD, stream: str = "live",
    ) -> None:  # fmt: skip
        """Send one frame; the newest value is ``ago_s`` old, those before it a step each older."""
        last = round((time.time() - ago_s) * 1000)
        first = last - step_ms * (len(values) - 1)
        self.seq[stream] += 1
        frame = wire.Data(
            stream=stream,  # type: ignore[arg-type]
            seq=self.seq[stream],
            t0=first,
            dt=[i * step_ms for i in range(len(values))],
            tag=[self.numbers[tag.pk]] * len(values),
            v=list(values),
            q=[quality] * len(values),
        )
        self.send(frame)

    def send(self, *frames: wire.Stored) -> None:
        """Store and judge frames in one transaction."""
        now = round(time.time() * 1000)
        outcome = Flush([Entry(self.sender, frame, now) for frame in frames]).attempt()
        assert outcome is not None


def the_alarm(rule: Rule) -> Alarm:
    """Return the only alarm of a rule, as it is stored."""
    return Alarm.objects.select_related("rule", "tag", "device").get(rule=rule)


def story(alarm: Alarm) -> list[str]:
    """Return what happened to an alarm, oldest first."""
    entries = JournalEntry.objects.filter(alarm_id=alarm.pk).order_by("pk")
    return [f"{'past ' if e.historical else ''}{e.action}" for e in entries]
