"""What the names in an expression mean at a site: asks the registry, in two queries as a rule."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alarms.expressions import calls
from alarms.expressions.checking import Compiled, check
from alarms.expressions.errors import ExpressionError, UnknownName
from alarms.expressions.known import SHIPPED_LABELS, Known, KnownTag, did_you_mean, splits_of
from alarms.expressions.parser import parse
from alarms.expressions.syntax import Name, Tree, calls_in, names_in
from alarms.models import Detection
from devices.models import Camera, Device, Site, Tag
from edge.wire import NAME_PATTERN, UID_PATTERN
from edge.wire.detections import LABEL_PATTERN

_UID: Final = re.compile(UID_PATTERN)
_TAG: Final = re.compile(NAME_PATTERN)
_LABEL: Final = re.compile(LABEL_PATTERN)


def compile_expression(text: str, site: Site) -> Compiled:
    """Read an expression with the devices, tags and cameras of a site.

    Raises:
        ExpressionError: it cannot be used; says what is wrong, and where.
    """
    tree = parse(text)
    try:
        return check(tree, _named_in(tree, site))
    except UnknownName:
        return check(tree, _all_of(site))  # as before, but it knows what was perhaps meant


def accept_expression(text: str, site: Site) -> Compiled:
    """Read an expression that somebody writes: it must also be able to come true.

    Judging does not ask that: a camera that was removed must not take the rest of a rule with it.

    Raises:
        ExpressionError: as `compile_expression`; or what is to see is no camera, or no camera of
            the site may see such a class.
    """
    compiled = compile_expression(text, site)
    for call in calls_in(parse(text)):
        if call.name == "seen":
            camera, label = calls.seen_arguments(call)
            _is_camera(camera, site)
            _may_be_seen(label, call.arguments[1], site)
        elif call.name not in calls.NUMBERS | calls.STATEMENTS:
            _is_camera(calls.device_argument(call), site)
    return compiled


def _is_camera(name: Name, site: Site) -> None:
    """See that a device is a camera: it is set up as one, or it has told of something seen."""
    uid = ".".join(name.parts)
    if Camera.objects.filter(device__site=site, device__uid=uid).exists():
        return
    if Detection.objects.filter(camera__site=site, camera__uid=uid).exists():
        return
    message = _("%(uid)s is not a camera.") % {"uid": uid}
    raise ExpressionError(message, name.start, name.end)


def _may_be_seen(label: str, place: Tree, site: Site) -> None:
    known = known_labels(site)
    if label in known:
        return
    message = _("No camera of the site sees %(label)s.") % {"label": label}
    message += did_you_mean(label, known)
    message += " " + _("Known are %(names)s.") % {"names": ", ".join(sorted(known))}
    raise UnknownName(message, place.start, place.end)


def known_labels(site: Site) -> frozenset[str]:
    """Return the classes that the cameras of a site may see, as far as the cloud can know."""
    return SHIPPED_LABELS | _labels_of_rules(site) | _labels_seen(site)


def _named_in(tree: Tree, site: Site) -> Known:
    """Ask for what the expression may mean, and no more."""
    names = list(names_in(tree))
    splits = {split for name in names for split in splits_of(name)}
    uids = {uid for uid, _tag in splits} | {".".join(name.parts) for name in names}
    devices = _devices(site, {uid for uid in uids if _UID.search(uid)})
    tags = Tag.objects.filter(
        device_id__in=devices.values(), name__in={tag for _uid, tag in splits if _TAG.search(tag)}
    )
    named = {call.name for call in calls_in(tree)} - calls.NUMBERS - calls.STATEMENTS
    return Known(devices, _by_name(tags), _labels(site, named))


def _all_of(site: Site) -> Known:
    """Ask for all that there is: somebody mistyped a name."""
    devices = dict(Device.objects.filter(site=site).values_list("uid", "pk"))
    return Known(devices, _by_name(Tag.objects.filter(device__site=site)), known_labels(site))


def _devices(site: Site, uids: Collection[str]) -> dict[str, int]:
    devices = Device.objects.filter(site=site, uid__in=uids)
    return dict(devices.values_list("uid", "pk"))


def _by_name(tags: QuerySet[Tag]) -> dict[tuple[str, str], KnownTag]:
    rows = tags.order_by().values_list("device__uid", "name", "pk", "unit")
    return {(uid, name): KnownTag(uid, name, pk, unit) for uid, name, pk, unit in rows}


def _labels(site: Site, named: Collection[str]) -> frozenset[str]:
    """Return the classes among the names of functions; those of our own models cost no query."""
    asked = {name for name in named if name not in SHIPPED_LABELS and _LABEL.search(name)}
    if not asked:
        return SHIPPED_LABELS
    return SHIPPED_LABELS | (_labels_of_rules(site) & asked) | _labels_seen(site, asked)


def _labels_of_rules(site: Site) -> frozenset[str]:
    """Return the classes that the cameras' own rules name, see LabelRule in edge.wire.cameras."""
    lists = Camera.objects.filter(device__site=site).values_list("rules", flat=True)
    return frozenset(rule["label"] for rules in lists for rule in rules if "label" in rule)


def _labels_seen(site: Site, among: Collection[str] | None = None) -> frozenset[str]:
    seen = Detection.objects.filter(site=site)
    if among is not None:
        seen = seen.filter(label__in=among)
    return frozenset(seen.order_by().values_list("label", flat=True).distinct())
