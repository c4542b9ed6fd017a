"""Rules that nobody has to write: from the limits of profiles, and from the ranges of tags.

A limit in a profile (``low_low``, ``low``, ``high``, ``high_high`` of a point) makes one rule for
each tag that has it, and so does the normal range of a tag, with a profile or without. The rule
follows what people change in profile and tag, until somebody changes the rule itself: then it is
*overridden* and left alone. It is disabled rather than deleted, so that it does not come back.

Nothing runs in a migration: changes of the plant are followed when they are committed (see
alarms/receivers.py), and a sweep of the worker finds what was missed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q

from alarms.models import Kind, Priority, Rule
from alarms.rules import PROFILE, delete_rule, save_rule
from alarms.wording import limit_name
from devices.models import DeviceProfile, Tag
from devices.profiles import Fields, points_in

logger = logging.getLogger(__name__)

PRIORITY_OF: Final = {
    Kind.HIGH_HIGH: Priority.HIGH,
    Kind.HIGH: Priority.MEDIUM,
    Kind.LOW: Priority.MEDIUM,
    Kind.LOW_LOW: Priority.HIGH,
}
_SHARE_OF_RANGE: Final = 0.02  # what a deadband takes of the range, or of the limit itself
_IDENTITY: Final = frozenset({"id", "site", "tag", "kind", "origin", "version"})
_MOST_OF_BAND: Final = 0.1  # and at most of the way between the limits: else it never returns


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule as the profile wants it."""

    tag: Tag
    kind: Kind
    name: str
    limit: float  # in the tag's unit, as is the deadband
    deadband: float

    def fits(self, rule: Rule) -> bool:
        """Say whether a rule is so already."""
        return rule.site_id == self.tag.device.site_id and all(
            getattr(rule, field) == getattr(self, field) for field in ("name", "limit", "deadband")
        )

    def put_into(self, rule: Rule) -> Rule:
        """Make a rule so."""
        rule.name, rule.limit, rule.deadband = self.name, self.limit, self.deadband
        rule.priority = PRIORITY_OF[self.kind]
        return rule


# ---------------------------------------------------------------- limits of tags


def limits_of(tag: Tag, points: Mapping[str, Fields]) -> dict[Kind, float]:
    """Return the limits of a tag: what it says itself wins over the profile of its device.

    Args:
        tag: its normal range is a limit also without a profile.
        points: those of the profile by name: see `devices.profiles.points_in`.
    """
    fields = _fields_of(tag, points)
    if not tag.read:
        return {}
    limits: dict[Kind, Any] = {
        Kind.LOW_LOW: fields.get("low_low"),
        Kind.LOW: tag.low,
        Kind.HIGH: tag.high,
        Kind.HIGH_HIGH: fields.get("high_high"),
    }
    return {kind: float(limit) for kind, limit in limits.items() if _is_number(limit)}


def deadband_of(limit: float, low: float | None, high: float | None, reach: object) -> float:
    """Return a deadband that ends chattering, but not so wide that the alarm cannot return.

    Args:
        limit: in the tag's unit, as are the others.
        low: the tag is normal from here; None: there is no such limit.
        high: to here.
        reach: what the point can measure, lowest and highest; anything else: not known.
    """
    ends = reach if isinstance(reach, list | tuple) and len(reach) == 2 else (0.0, limit)
    deadband = _SHARE_OF_RANGE * abs(float(ends[1]) - float(ends[0]))
    band = high - low if low is not None and high is not None else limit
    if band:
        deadband = min(deadband, _MOST_OF_BAND * abs(band))
    return float(f"{deadband:.3g}")


def _fields_of(tag: Tag, points: Mapping[str, Fields]) -> Fields:
    own = tag.point if isinstance(tag.point, dict) else {}
    return {**points.get(tag.name, {}), **own}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _planned_of(tag: Tag, points: Mapping[str, Fields]) -> Iterator[Planned]:
    reach = _fields_of(tag, points).get("range")
    for kind, limit in limits_of(tag, points).items():
        name = limit_name(tag.label or tag.name, kind)
        yield Planned(tag, kind, name, limit, deadband_of(limit, tag.low, tag.high, reach))


def _planned(device_ids: Collection[int] | None) -> Iterator[Planned]:
    limited = Q(low__isnull=False) | Q(high__isnull=False)
    tags = Tag.objects.filter(limited | Q(device__profile__isnull=False))
    tags = tags.select_related("device__site")
    if device_ids is not None:
        tags = tags.filter(device__in=device_ids)
    rows = list(tags.order_by("pk"))
    profiles = DeviceProfile.objects.in_bulk({tag.device.profile_id for tag in rows})
    points = {pk: points_in(profile) for pk, profile in profiles.items()}
    for tag in rows:
        yield from _planned_of(tag, points.get(tag.device.profile_id, {}))


# ---------------------------------------------------------------- rules from profiles


def fit_profile_rules(device_ids: Collection[int] | None = None, *, most: int | None = None) -> int:
    """Have one rule for each limit in the profiles. Overridden rules stay as they are.

    Each rule is a transaction of its own: its alarms are judged, and pages hear of them.

    Args:
        device_ids: of which devices; None: of all.
        most: how many rules to make or change at most; the sweep does the others.

    Returns:
        The number of rules that were made, changed or deleted.
    """
    wanted = {(plan.tag.pk, plan.kind): plan for plan in _planned(device_ids)}
    known = {(rule.tag_id, rule.kind): rule for rule in _rules_of(device_ids)}
    steps = [*_gone(known, wanted), *_missing(known, wanted)]
    return sum(_take(step) for step in steps[:most])


@dataclass(frozen=True, slots=True)
class _Step:
    """One rule that is to be deleted, or made or changed to what is planned."""

    rule: Rule
    plan: Planned | None = None


Rules = Mapping[tuple[Any, Any], Rule]  # (tag id, kind) -> rule
Plans = Mapping[tuple[Any, Any], Planned]


def _rules_of(device_ids: Collection[int] | None) -> Iterable[Rule]:
    rules = Rule.objects.filter(origin=PROFILE).select_related("site", "tag__device")
    return rules if device_ids is None else rules.filter(tag__device__in=device_ids)


def _gone(known: Rules, wanted: Plans) -> Iterator[_Step]:
    """Yield the rules whose limit went, and those whose device is at another site now."""
    for key, rule in known.items():
        moved = rule.tag is not None and rule.site_id != rule.tag.device.site_id
        if moved or (key not in wanted and not rule.overridden):
            yield _Step(rule)


def _missing(known: Rules, wanted: Plans) -> Iterator[_Step]:
    for key, plan in wanted.items():
        rule = known.get(key)
        if rule is None or rule.site_id != plan.tag.device.site_id:
            site = plan.tag.device.site
            yield _Step(Rule(site=site, tag=plan.tag, kind=plan.kind, origin=PROFILE), plan)
        elif not (rule.overridden or plan.fits(rule)):
            yield _Step(rule, plan)


def _take(step: _Step) -> bool:
    """Take a step; another process may have been faster."""
    try:
        if step.plan is None:
            delete_rule(step.rule, fitted=True)
        else:
            save_rule(step.plan.put_into(step.rule), fitted=True)
    except (ValidationError, IntegrityError) as error:
        logger.warning("the rule of %s was not made: %s", step.plan and step.plan.tag, error)
        return False
    return True


def restore(rule: Rule, *, by: str) -> None:
    """Have a rule follow its profile again; one whose limit is no longer there is deleted."""
    if rule.tag is None:
        return
    points = points_in(rule.tag.device.profile)
    plans = {plan.kind: plan for plan in _planned_of(rule.tag, points)}
    plan = plans.get(Kind(rule.kind))
    if plan is None:
        delete_rule(rule, by=by, fitted=True)
        return
    for field in Rule._meta.concrete_fields:
        if field.name not in _IDENTITY:
            setattr(rule, field.attname, field.get_default())
    save_rule(plan.put_into(rule), by=by, fitted=True)
