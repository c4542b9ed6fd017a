"""Spool and session against a cloud that answers, refuses, forgets and vanishes in any order."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.gather import Happening
from edge.report import Reading
from edge.session import Action, Bridge, Forget, Pull, Refuse, Session
from edge.spool import Spool
from edge.wire import (
    MAX_READINGS,
    STREAMS,
    VERSION,
    Ack,
    Close,
    Data,
    Down,
    Error,
    Event,
    Gap,
    Limits,
    Nack,
    Slow,
    Stream,
    Welcome,
    decode_up,
)

QUOTA = 64 * 4096  # the smallest that there is
LOT = 4  # full frames
TAKES = {
    "store": {},
    "fail": {"accept": False},
    "refuse": {"closes": False},
    "close": {"names": False},
}
CUTS = {"cut": None, "accuse": Close.BAD_FRAME}
CLOUD = {"store": 6, "fail": 4, "acknowledge": 2, "refuse": 1, "close": 1, "slow": 1}
MOVE = st.tuples(
    st.sampled_from([move for move, weight in CLOUD.items() for _ in range(weight)] + [*CUTS]),
    st.sampled_from(["live", "history", "send", "hear"]),
    st.sampled_from([0.0, 0.2, 1.0]),
)


class Outbox(RuleBasedStateMachine):
    """The gateway's outbox, a wire in each direction, and a cloud with a fence."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sentinel-outbox-"))
        self.now = 0.0
        self.value = 0.0
        self.truth: dict[tuple[Stream, int], list[float]] = {}  # what every number was given for
        self.stored: dict[tuple[Stream, int], list[float]] = {}
        self.gaps: dict[tuple[Stream, int], str] = {}  # number -> reason
        self.last = dict.fromkeys(STREAMS, 0)
        self.poison: set[tuple[Stream, int]] = set()
        self.causes: set[str] = set()  # of gaps: only these may be found in the end
        self.up: deque[str] = deque()
        self.down: deque[Down] = deque()
        self.connected = self.restarted = False
        self.acked = dict.fromkeys(STREAMS, 0)  # what the gateway was told, by ack or welcome

    @initialize()
    def start(self) -> None:
        self.spool = Spool(self.folder / "spool", QUOTA)
        self.session = Session(self.spool.ends())

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.spool.close()
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------ the gateway

    @rule(stream=st.sampled_from(["live", "history"]), count=st.integers(1, 3))
    def read(self, stream: Stream, count: int) -> None:
        values = [self.value + i for i in range(count)]
        self.value += count
        readings = [Reading("D", "t", int(v), 192, v) for v in values]
        sealed = self.spool.append(readings, stream=stream)  # type: ignore[arg-type]
        self.truth[stream, sealed[stream]] = values
        self.session.sealed(sealed)

    @rule()
    def happen(self) -> None:
        sealed = self.spool.append([], [Happening("device.up", "D", 0)])
        self.truth["events", sealed["events"]] = []
        self.session.sealed(sealed)

    @rule(stream=st.sampled_from(["live", "history"]))
    def read_a_lot(self, stream: Stream) -> None:
        """Fill a good part of the quota: numbers that do not compress."""
        values = [(self.value + i) * 1.000123456789 for i in range(LOT * MAX_READINGS)]
        self.value += len(values)
        readings = [Reading("D", "t", int(v), 192, v) for v in values]
        sealed = self.spool.append(readings, stream=stream)  # type: ignore[arg-type]
        for back in range(LOT):
            start = (LOT - 1 - back) * MAX_READINGS
            self.truth[stream, sealed[stream] - back] = values[start : start + MAX_READINGS]
        self.session.sealed(sealed)
        self.causes.add("quota")

    @rule()
    def restart(self) -> None:
        self.cut(None)
        self.spool.close()
        self.start()
        self.restarted = True

    def send(self) -> None:
        step = self.session.pull(self.now)
        if isinstance(step, Bridge):
            self.session.sent(step.stream, step.seq, 0, self.now)
            self.up.append(step.text)
        elif isinstance(step, Pull):
            frames = self.spool.read(*step)
            assert frames, "the session believes in frames that the spool does not have"
            after = step.after
            for frame in frames:
                assert self.session.is_next(frame.stream, after, self.now)
                assert frame.seq > self.acked[frame.stream], "sent although it was acknowledged"
                self.session.sent(frame.stream, frame.seq, frame.readings, self.now)
                self.up.append(frame.message)
                after = frame.seq

    def act(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Forget):
                self.spool.forget({action.stream: action.seq})
                self.acked[action.stream] = action.seq
            elif isinstance(action, Refuse):
                self.causes.add("refused")
                self.spool.refuse(action.stream, action.seq)
            else:
                raise AssertionError("the cloud never knows more than the spool gave")

    def hear(self) -> None:
        frame = self.down.popleft()
        if isinstance(frame, Ack):
            self.act(self.session.acknowledged(frame))
        elif isinstance(frame, Nack):
            self.session.not_acknowledged(frame, self.now)
        elif isinstance(frame, Slow):
            self.session.slowed(frame, self.now)
        elif isinstance(frame, Error):
            self.act(self.session.accused(frame))

    # ------------------------------------------------------------ the cloud

    def connect(self, window: int) -> None:
        limits = Limits(window=window)
        welcome = Welcome(VERSION, "s", 0, 10.0, limits, dict(self.last))
        self.connected = True
        self.act(self.session.welcomed(welcome, self.now))
        self.acked = {s: n - 1 for s, n in self.session.next_numbers().items()}

    def cut(self, code: int | None) -> None:
        """Whatever is under way is gone."""
        self.up.clear()
        self.down.clear()
        if self.connected:
            self.connected = False
            self.act(self.session.lost(code))

    def take(self, *, names: bool = True, closes: bool = True, accept: bool = True) -> None:
        """Take one frame: store it, refuse it, or (``accept`` is False) fail to store it."""
        frame = decode_up(self.up.popleft())
        assert isinstance(frame, Data | Event | Gap)
        stream: Stream = "events" if isinstance(frame, Event) else frame.stream
        if (stream, frame.seq) in self.poison and not isinstance(frame, Gap):
            if names:
                self.down.append(Error("bad_frame", "poison", stream, frame.seq))
            if closes or not names:
                while self.down:
                    self.hear()
                self.cut(Close.BAD_FRAME)
        elif not accept or getattr(frame, "seq_from", frame.seq) > self.last[stream] + 1:
            self.down.append(Nack(stream, self.last[stream], "again", 0.1))
        elif frame.seq > self.last[stream]:
            self._store(stream, frame)

    def _store(self, stream: Stream, frame: Data | Event | Gap) -> None:
        if isinstance(frame, Gap):
            for seq in range(self.last[stream] + 1, frame.seq + 1):
                self.gaps[stream, seq] = frame.reason
            lost = sum(
                len(self.truth[stream, s]) for s in range(self.last[stream] + 1, frame.seq + 1)
            )
            # After a restart the spool does not know any more what it had given out.
            exact = frame.reason != "operator" and not self.restarted
            assert frame.readings == lost or not exact
        else:
            values = list(frame.v) if isinstance(frame, Data) else []
            self.stored[stream, frame.seq] = values  # type: ignore[assignment]
        self.last[stream] = frame.seq

    def acknowledge(self) -> None:
        self.down.extend(Ack(stream, self.last[stream]) for stream in STREAMS)

    @rule(stream=st.sampled_from(STREAMS), ahead=st.integers(0, 3))
    def refuse_a_frame(self, stream: Stream, ahead: int) -> None:
        seq = self.last[stream] + 1 + ahead
        if (stream, seq) in self.truth:
            self.poison.add((stream, seq))

    @rule(stream=st.sampled_from(STREAMS), back=st.integers(1, 3))
    def restore_a_backup(self, stream: Stream, back: int) -> None:
        """The cloud forgets what it had acknowledged."""
        if self.connected:
            return
        keep = max(0, self.last[stream] - back)
        for seq in range(keep + 1, self.last[stream] + 1):
            self.stored.pop((stream, seq), None)
            self.gaps.pop((stream, seq), None)
        if keep < self.last[stream]:
            self.causes.add("operator")
        self.last[stream] = keep

    # ------------------------------------------------------------ both

    @rule(window=st.sampled_from([1, 2, 5, 64]), moves=st.lists(MOVE, min_size=10, max_size=30))
    def go_badly(self, window: int, moves: list[tuple[str, str, float]]) -> None:
        for cloud, gateway, pause_s in moves:
            if not self.connected:
                self.connect(window)
            else:
                self.move_cloud(cloud)
            if gateway in {"live", "history"}:
                self.read(gateway, 1)  # type: ignore[arg-type]
            if self.connected and gateway != "hear":
                self.send()
            elif self.connected and self.down:
                self.hear()
            self.now += pause_s

    def move_cloud(self, move: str) -> None:
        if move in TAKES and self.up:
            self.take(**TAKES[move])
        elif move in CUTS:
            self.cut(CUTS[move])
        elif move == "acknowledge":
            self.acknowledge()
        elif move == "slow":
            self.down.append(Slow(0.5))

    @rule()
    def go_well(self) -> None:
        """A round without a fault, so that the faults meet an outbox that has come some way."""
        self.now += 100.0
        if not self.connected:
            self.connect(64)
        self.send()
        while self.up:
            self.take()
        self.acknowledge()
        while self.connected and self.down:
            self.hear()

    # ------------------------------------------------------------ what always holds

    @invariant()
    def what_is_stored_is_what_was_read(self) -> None:
        for place, values in self.stored.items():
            assert values == self.truth[place]

    @invariant()
    def nothing_is_missing_up_to_the_watermark(self) -> None:
        for stream in STREAMS:
            for seq in range(1, self.last[stream] + 1):
                assert ((stream, seq) in self.stored) != ((stream, seq) in self.gaps)

    def settle(self) -> None:
        """Without further faults everything arrives, and the spool is empty."""
        for _ in range(400):
            self.go_well()
            if self.spool.status().waiting == 0 and self.session.pull(self.now + 100) is None:
                break
        assert self.last == {stream: ends.next - 1 for stream, ends in self.spool.ends().items()}
        assert set(self.truth) == set(self.stored) | set(self.gaps)
        assert set(self.gaps.values()) <= self.causes


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, phases=[Phase.generate]
)
