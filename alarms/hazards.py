"""Judges what cameras see: an alarm of a detection lasts as long as one that fits its rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet
from django.utils import timezone

from alarms.conditions import engine
from alarms.conditions.model import Change, Sample, seen_operand
from alarms.following import follow, memory_of, remember, spec_for
from alarms.journal import Happening
from alarms.models import Alarm, Detection, Kind, Rule, Watch
from alarms.specs import signal_operand
from alarms.states import Trigger
from alarms.transitions import Moves


def judge_detections(
    moves: Moves, alarm: Alarm, watches: Sequence[Watch], detections: Sequence[Detection]
) -> None:
    """Judge one locked alarm by new or changed detections, of which some may not concern it."""
    for watch in watches:
        mine = [row for row in detections if watch.operand in _operands(row)]
        if past := [row for row in mine if row.historical and fits(alarm.rule, row)]:
            _log_past(moves, alarm, past)
        if any(not row.historical for row in mine):
            _judge(moves, alarm, watches, watch, mine[-1])


def present(rule: Rule, watches: Iterable[Watch]) -> list[Sample]:
    """Return what cameras see at this moment of what is watched."""
    now = _ms(timezone.now())
    return [
        Sample(now, watch.operand, float(_seen(rule, watch).exists()))
        for watch in watches
        if watch.operand.startswith(("seen:", f"{Kind.DETECTION.value}:"))
    ]


def matching(rule: Rule) -> Q:
    """Return what a query of detections needs to find those that fit a rule."""
    found = Q(score__gte=rule.min_score)
    if rule.label:
        found &= Q(label=rule.label)
    if rule.zone:
        found &= Q(zone=rule.zone)
    return found


def fits(rule: Rule, row: Detection) -> bool:
    """Say the same of one detection."""
    if rule.kind != Kind.DETECTION:
        return False
    named = (not rule.label or rule.label == row.label) and rule.zone in {"", row.zone}
    return named and row.score >= rule.min_score


def concerned(detections: Iterable[Detection]) -> set[int]:
    """Return the alarms that these detections may concern."""
    operands = {operand for row in detections for operand in _operands(row)}
    if not operands:
        return set()
    found = Watch.objects.filter(operand__in=operands)
    return set(found.values_list("alarm_id", flat=True))


def _operands(row: Detection) -> tuple[str, ...]:
    if row.camera_id is None:
        return ()
    return (
        seen_operand(row.camera_id, row.label),
        signal_operand(Kind.DETECTION, f"device:{row.camera_id}"),
    )


def _judge(
    moves: Moves, alarm: Alarm, watches: Sequence[Watch], watch: Watch, told: Detection
) -> None:
    """Say to the condition whether anything that fits is seen now."""
    spec = spec_for(alarm)
    if spec is None:
        return
    row = _seen(alarm.rule, watch).order_by("-score", "-pk").first()
    at = told.at if row else (told.ended_at or timezone.now())
    memory = memory_of(alarm.memory)
    sample = Sample(_ms(at), watch.operand, float(row is not None))
    changes = engine.feed(spec, memory, [sample])
    if row and memory.pending is not None and not memory.active:  # it has to last: see sweeps.py
        alarm.detection_id = row.pk
        if alarm.rule.kind == Kind.DETECTION:
            memory.pending_value, memory.pending_limit = row.score, row.threshold
    follow(moves, alarm, [_with_score(alarm, change, row or told) for change in changes])
    remember(moves, alarm, watches, spec, memory)


def _seen(rule: Rule, watch: Watch) -> QuerySet[Detection]:
    """Return what is seen at this moment of what an operand stands for."""
    _, camera, *label = watch.operand.split(":", 2)
    active = Detection.objects.filter(
        camera=int(camera), state=Detection.State.ACTIVE, historical=False
    )
    return active.filter(label=label[0]) if label else active.filter(matching(rule))


def _with_score(alarm: Alarm, change: Change, row: Detection) -> Change:
    if change.active:
        alarm.detection_id = row.pk
    if alarm.rule.kind != Kind.DETECTION:
        return change
    return replace(change, value=row.score, limit=row.threshold)


def _log_past(moves: Moves, alarm: Alarm, rows: Iterable[Detection]) -> None:
    """Write down what was seen and is over, and was heard of late."""
    for row in rows:
        if row.ended_at is not None:
            _log(moves, alarm, row, Trigger.RAISE, row.since)
            _log(moves, alarm, row, Trigger.CLEAR, row.ended_at)


def _log(moves: Moves, alarm: Alarm, row: Detection, action: Trigger, at: dt.datetime) -> None:
    happening = Happening(
        action, at, value=row.score, limit=row.threshold, detection_id=row.pk, historical=True
    )
    moves.log_past(alarm, happening)


def _ms(at: dt.datetime) -> int:
    return round(at.timestamp() * 1000)
