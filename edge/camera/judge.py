"""From the boxes of one picture to what is told of them. Pure: time is an argument."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge.camera.album import Album
from edge.camera.confirm import Confirmation
from edge.camera.events import Candidate, Events, Hazard, Kind, Phase
from edge.camera.evidence import Past, Proof, Shot, prove
from edge.camera.geometry import area_of
from edge.camera.hours import is_open
from edge.camera.motion import Flicker
from edge.camera.rules import Rule
from edge.camera.tracks import Track, Tracker
from edge.camera.zones import zone_of
from edge.wire import Box, Detection
from edge.wire.cameras import CameraConfig, ZoneConfig
from edge.wire.detections import Why

_DECIMALS = 4


@dataclass
class Notes:
    """What is known of a track beside where it is."""

    confirmation: Confirmation
    since_ms: int
    before: Shot | None  # the picture from before it came


class Judge:
    """Of one camera."""

    def __init__(
        self,
        camera: CameraConfig,
        rules: Mapping[str, Rule],
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._take(camera, rules)
        self._tracker = Tracker()
        self._notes: dict[int, Notes] = {}
        self._events = Events(rules, camera.update_every_s, new_id)
        self._album = Album()

    @property
    def is_busy(self) -> bool:
        """Say whether something is tracked or told, so that no picture may be left out."""
        return bool(self._tracker.tracks or self._events.active)

    def look(self, shot: Shot, flicker: Flicker, past: Past, now: float) -> list[Detection]:
        """Take the boxes of a picture; return what is to be told, in order.

        Args:
            shot: the picture with everything that the models found in it.
            flicker: the small pictures of the last moments, this one included.
            past: pictures of the last moments.
            now: monotonic seconds.
        """
        boxes = [box for box in shot.boxes if self._counts(box, shot.at_ms)]
        self._tracker.update(boxes, self._thresholds, now)
        tracks = self._tracker.tracks
        self._notes = {t.number: self._note(t, shot, past, now) for t in tracks}
        for track in tracks:
            self._confirm(track, flicker)
            if track.is_seen:
                self._album.see(track.number, track.box, shot)
        seen = [self._candidate(track, now) for track in tracks if track.is_seen]
        phases = self._events.look(seen, set(self._notes), now)
        told = [one for phase in phases for one in self._tell(phase, shot)]
        for phase in phases:
            if phase.kind == "end":
                self._tracker.forget(phase.hazard.tracks)
        self._album.keep({t.number for t in self._tracker.tracks}, self._events.active)
        return told

    def finish(self, at_ms: int, why: Why) -> list[Detection]:
        """End everything that is told; the camera is not looked at any more."""
        return [
            self._detection(phase.kind, phase.hazard, at_ms, None, why)
            for phase in self._events.finish()
        ]

    def change(
        self, camera: CameraConfig, rules: Mapping[str, Rule], at_ms: int, now: float
    ) -> list[Detection]:
        """Go on by other rules and zones; return the ends of what they do not hold for any more.

        What goes on keeps its id and its tracks. What was not told yet has to be confirmed anew
        where its rule has changed.
        """
        before, zones = self._rules, self._camera.zones
        self._take(camera, rules)

        def goes_on(hazard: Hazard) -> bool:
            return self._still_counts(hazard, at_ms, zones)

        over = self._events.change(rules, camera.update_every_s, goes_on)
        for phase in over:
            self._tracker.forget(phase.hazard.tracks)
        unruled = {t.number for t in self._tracker.tracks if t.label not in rules}
        self._tracker.forget(unruled)
        for track in self._tracker.tracks:
            if rules[track.label] != before[track.label] and track.number in self._notes:
                self._notes[track.number].confirmation = Confirmation(rules[track.label], now)
        return [self._detection("end", phase.hazard, at_ms, None, "changed") for phase in over]

    def _take(self, camera: CameraConfig, rules: Mapping[str, Rule]) -> None:
        self._camera = camera
        self._rules = rules
        self._zone = ZoneInfo(camera.time_zone)
        self._thresholds = {label: rule.threshold for label, rule in rules.items()}

    def _still_counts(self, hazard: Hazard, at_ms: int, before: Sequence[ZoneConfig]) -> bool:
        """Say whether the rules and zones of now hold for it as those of before did."""
        rule = self._rules.get(hazard.rule.label)
        is_raised = rule is not None and rule.threshold > hazard.rule.threshold
        return (
            rule is not None
            and rule.model == hazard.rule.model
            and self._counts(hazard.box, at_ms)
            and zone_of(hazard.box, self._camera.zones) == zone_of(hazard.box, before)
            and not (is_raised and hazard.score < rule.threshold)
        )

    # ------------------------------------------------------------ boxes and tracks

    def _counts(self, box: Box, at_ms: int) -> bool:
        rule = self._rules.get(box.label)
        return (
            rule is not None
            and box.h >= rule.min_height
            and zone_of(box, self._camera.zones) is not None
            and is_open(rule.hours, self._zone, at_ms)
        )

    def _note(self, track: Track, shot: Shot, past: Past, now: float) -> Notes:
        known = self._notes.get(track.number)
        rule = self._rules[track.label]
        return known or Notes(Confirmation(rule, now), shot.at_ms, past.oldest())

    def _confirm(self, track: Track, flicker: Flicker) -> None:
        confirmation = self._notes[track.number].confirmation
        if not track.is_seen:
            confirmation.see(None)
            return
        must_move = self._rules[track.label].must_move
        slowly = track.label == "smoke"
        moves = flicker.moves(track.box, slowly=slowly) if must_move else None
        confirmation.see(track.box.score, area_of(track.box), moves=moves)

    def _candidate(self, track: Track, now: float) -> Candidate:
        notes = self._notes[track.number]
        return Candidate(
            track=track.number,
            box=track.box,
            zone=zone_of(track.box, self._camera.zones) or "",
            score=notes.confirmation.score,
            is_confirmed=notes.confirmation.holds(now),
            since_ms=notes.since_ms,
        )

    # ------------------------------------------------------------ what is told

    def _tell(self, phase: Phase, shot: Shot) -> Iterator[Detection]:
        kind, hazard = phase
        if kind == "end":
            yield self._detection(kind, hazard, shot.at_ms, prove(shot, "after"))
            return
        best = self._album.take(hazard)
        proof = None
        if best:
            proof = prove(best.shot, "best", best.box)
            hazard.peak = hazard.told_peak = max(hazard.peak, best.box.score)
        yield self._detection(kind, hazard, shot.at_ms, proof)
        if kind == "start" and (before := self._notes[hazard.started_by].before):
            yield self._detection("update", hazard, shot.at_ms, prove(before, "before"))

    def _detection(
        self, kind: Kind, hazard: Hazard, at_ms: int, proof: Proof | None, why: Why = "over"
    ) -> Detection:
        return Detection(
            seq=0,  # the spool gives it
            id=hazard.id,
            phase=kind,
            at=at_ms,
            since=min(hazard.since_ms, at_ms),  # the clock may have been set back
            camera=self._camera.uid,
            label=hazard.rule.label,
            score=round(hazard.score, _DECIMALS),
            peak=round(hazard.peak, _DECIMALS),
            threshold=hazard.rule.threshold,
            model=hazard.rule.model,
            track=hazard.started_by,
            zone=hazard.zone,
            why=why,
            picture=proof.picture if proof else None,
            jpeg=proof.jpeg if proof else b"",
        )
