"""Saves and deletes rules, and keeps for each of them one alarm at every source.

An alarm has a `Watch` for each operand of its condition. After a change of the rule it is judged
anew with the newest readings, so that a limit counts from the moment that it is saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alarms import hazards
from alarms.conditions.model import NO_BAND, Sample, tag_operand
from alarms.following import judge_samples, memory_of, remember, watches_of
from alarms.journal import Happening
from alarms.listing import announce_gone
from alarms.models import Alarm, Kind, Rule, Watch
from alarms.rule_checks import check
from alarms.specs import spec_of
from alarms.states import Trigger
from alarms.transitions import Moves, locked
from devices.audit import fields_of, record, recorded
from devices.models import Device, Latest, Tag
from devices.rules import InUse
from edge.wire import is_bad

SITE_SOURCE: Final = "site"  # of an expression
# where a rule comes from, see alarms/defaults.py; "site": somebody made it
PROFILE: Final = "profile"
DEFAULT: Final = "default"
_TAG: Final = "tag:"

# ---------------------------------------------------------------- saving


@transaction.atomic
def save_rule(rule: Rule, *, by: str = "system", fitted: bool = False) -> Rule:
    """Store a rule and make its alarms fit.

    Args:
        rule: new, or as it is to be.
        by: who is named in the journal where an alarm ends by it.
        fitted: it is as its profile says; else a change of such a rule overrides the profile.

    Raises:
        ValidationError: by field, in plain words.
    """
    check(rule)
    if rule.pk is not None:
        rule.version = Rule.objects.select_for_update().get(pk=rule.pk).version + 1
        rule.overridden = rule.origin == PROFILE and not fitted
    with recorded(rule):
        rule.save()
    _fit_alarms(rule, by)
    return rule


@transaction.atomic
def delete_rule(rule: Rule, *, by: str = "system", fitted: bool = False) -> None:
    """Delete a rule and its alarms; what happened to them stays in the journal.

    Args:
        rule: as it is stored.
        by: who is named in the journal where an alarm ends by it.
        fitted: it came from a profile that has its limit no more.

    Raises:
        InUse: it came from a profile or with the site, so that it would come back.
    """
    if not fitted and (reason := why_kept(rule)):
        raise InUse(reason)
    retire(locked(rule.alarms.all()), by, "deleted")
    record("delete", rule, fields_of(rule), None)
    rule.delete()


def why_kept(rule: Rule) -> str:
    """Say why a rule cannot be deleted; empty when it can."""
    if rule.origin == PROFILE:
        return _("It comes from a limit in the profile of the device. Disable it instead.")
    if rule.origin == DEFAULT:
        return _("It is one of those that every site has. Disable it instead.")
    return ""


# ---------------------------------------------------------------- alarms

Source = tuple[str, Tag | None, Device | None]


def _sources(rule: Rule) -> list[Source]:
    """Return what a rule watches: (name, tag, device) each."""
    if rule.kind == Kind.EXPRESSION:
        return [(SITE_SOURCE, None, None)]
    if rule.tag is not None:
        return [(f"{_TAG}{rule.tag.pk}", rule.tag, rule.tag.device)]
    devices = [rule.device] if rule.device else list(devices_of(rule))
    return [(f"device:{device.pk}", None, device) for device in devices]


def devices_of(rule: Rule) -> Iterable[Device]:
    """Return the devices that a rule for all of a site watches."""
    devices = Device.objects.filter(site=rule.site_id, enabled=True).order_by("pk")
    if rule.kind == Kind.DETECTION:
        return devices.filter(camera__isnull=False)
    return devices if rule.kind == Kind.OFFLINE else devices.filter(via=None)


def _fit_alarms(rule: Rule, by: str) -> None:
    """Have one alarm for each source, with its watches; those without a source are retired."""
    sources = {source[0]: source for source in _sources(rule)}
    known = {alarm.source: alarm for alarm in locked(rule.alarms.all())}
    gone = [alarm for source, alarm in known.items() if source not in sources]
    retire(gone, by, "changed")
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in gone]).delete()
    missing = [source for name, source in sources.items() if name not in known]
    _make_alarms(rule, missing)
    alarms = locked(rule.alarms.all())
    Watch.objects.filter(alarm__in=alarms).delete()
    if rule.enabled:
        watch_alarms(alarms)
    _judge_anew(rule, alarms, by)


def _make_alarms(rule: Rule, sources: Iterable[Source]) -> list[Alarm]:
    return Alarm.objects.bulk_create(
        Alarm(rule=rule, site_id=rule.site_id, source=name, tag=tag, device=device)
        for name, tag, device in sources
    )


def watch_alarms(alarms: Iterable[Alarm]) -> None:
    """Watch every operand; until it was judged there is no band."""
    low, high = NO_BAND
    Watch.objects.bulk_create(
        Watch(alarm=alarm, operand=operand, tag_id=_tag_id(operand), low=low, high=high)
        for alarm in alarms
        for operand in sorted(spec_of(alarm.rule, source=alarm.source).condition.operands)
    )


def _tag_id(operand: str) -> int | None:
    return int(operand.removeprefix(_TAG)) if operand.startswith(_TAG) else None


def _judge_anew(rule: Rule, alarms: list[Alarm], by: str) -> None:
    """Judge by the rule as it is now; an alarm of a disabled rule returns to normal."""
    moves = Moves()
    watches = watches_of(alarm.pk for alarm in alarms)
    for alarm in alarms:
        memory = memory_of(alarm.memory)
        memory.pending = memory.pending_value = memory.pending_limit = None
        memory.held, memory.points = {}, {}
        if not rule.enabled:
            _clear(moves, alarm, by, "disabled")
            memory.active = False
            remember(moves, alarm, [], spec_of(rule, source=alarm.source), memory)
            continue
        mine = watches.get(alarm.pk, [])
        remember(moves, alarm, mine, spec_of(rule, source=alarm.source), memory)
        judge_samples(moves, alarm, mine, [*_newest(mine), *hazards.present(rule, mine)])
    moves.write()


def _newest(watches: Iterable[Watch]) -> list[Sample]:
    """Return the newest readings of what is watched, as of now."""
    rows = Latest.objects.filter(tag__in=[watch.tag_id for watch in watches if watch.tag_id])
    samples = [
        Sample(
            round(row.source_time.timestamp() * 1000),
            tag_operand(row.tag_id),
            row.value,
            good=not is_bad(row.quality) and row.value is not None,
        )
        for row in rows
    ]
    return sorted(samples, key=lambda sample: sample.at)


def retire(alarms: Iterable[Alarm], by: str, why: str) -> None:
    """End what is listed of alarms that will be no more."""
    moves = Moves()
    listed = [alarm for alarm in alarms if alarm.status.listed]
    for alarm in listed:
        _clear(moves, alarm, by, why)
    moves.write()
    announce_gone(listed)


def _clear(moves: Moves, alarm: Alarm, by: str, why: str) -> None:
    moves.pull(alarm, Trigger.CLEAR, Happening(Trigger.CLEAR, timezone.now(), actor=by, reason=why))


# ---------------------------------------------------------------- devices that were added

_MISSING: Final = """
select r.id, d.id from alarms_rule r
join devices_device d on d.site_id = r.site_id and d.enabled
where r.enabled and r.device_id is null and (
    r.kind = 'offline' or r.kind in ('spool', 'clock_skew') and d.via_id is null
    or r.kind = 'detection' and exists (select 1 from devices_camera c where c.device_id = d.id))
and not exists (select 1 from alarms_alarm a where a.rule_id = r.id and a.device_id = d.id)
order by r.id, d.id"""


def add_missing_alarms() -> int:
    """Make alarms for devices that were added since their site's rules were saved."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSING)
        missing = cursor.fetchall()
    rules = Rule.objects.in_bulk({rule_id for rule_id, _ in missing})
    devices = Device.objects.in_bulk({device_id for _, device_id in missing})
    for rule_id, device_id in missing:
        source: Source = (f"device:{device_id}", None, devices[device_id])
        watch_alarms(_make_alarms(rules[rule_id], [source]))
    return len(missing)
