"""Rows of the sheet "tags" to the registry."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from django.utils.translation import gettext as _

from devices import audit
from devices.exporting.rows import tag_values
from devices.importing.difference import Entry, Finding, Key, compare
from devices.importing.problems import Reasons
from devices.importing.reach import Reach
from devices.mistakes import at_fields
from devices.models import Device, Tag
from devices.profiles import field_of_tag, point_of

_FIELDS = {"register": "point"}  # columns that are named otherwise in the registry


class TagWriter:
    """Adds and changes tags."""

    def __init__(self, entries: Sequence[Entry], reach: Reach) -> None:
        self._reach = reach
        self.ordered = list(entries)
        uids = {entry.key[0] for entry in entries}
        devices = Device.objects.select_related("profile")
        self._devices = {
            device.uid: device for device in devices.filter(uid__in=uids, site__in=reach.site_ids)
        }
        tags = Tag.objects.select_for_update(of=("self",)).select_related("device__profile")
        wanted = {entry.key for entry in entries}
        pks = [device.pk for device in self._devices.values()]
        self.known: dict[Key, Tag] = {
            key: tag
            for tag in tags.filter(device__in=pks).order_by("pk")
            if (key := (tag.device.uid, tag.name)) in wanted
        }

    def write(self, entry: Entry) -> Finding | None:
        """Add or change the tag of a row.

        Raises:
            RowRefused: there is no such device.
            django.core.exceptions.ValidationError: a field or the register is wrong.
        """
        uid, name = entry.key
        reasons = Reasons(entry.wrong)
        device = self._devices.get(uid)
        if device is None:
            reasons.note(_("device: you have no device “%(uid)s”.") % {"uid": uid}, "device")
            raise reasons.refusal()
        known = self.known.get(entry.key)
        finding = compare(entry, tag_values(known) if known else None)
        tag = copy.copy(known) if known else Tag(device=device, name=name)
        if finding is not None:
            _fill(tag, finding, reasons)
        if reasons:
            raise reasons.refusal()
        if finding is not None:
            self._save(tag, known)
        return finding

    def _save(self, tag: Tag, known: Tag | None) -> None:
        tag.save()
        before = audit.fields_of(known) if known else None
        audit.record("change" if known else "create", tag, before, audit.fields_of(tag))
        self._reach.tags_changed(tag.device)


def _fill(tag: Tag, finding: Finding, reasons: Reasons) -> None:
    for change in finding.changes:
        if change.column != "device":
            setattr(tag, _FIELDS.get(change.column, change.column), change.after)
    with reasons.collect():
        tag.clean_fields(exclude={"device"})  # its key was looked up, and stands only once here
    with reasons.collect(), at_fields([f"{tag.name}: "], field_of_tag):
        _check_register(tag)


def _check_register(tag: Tag) -> None:
    """See that what is said of its register makes sense.

    Raises:
        django.core.exceptions.ValidationError: it does not.
    """
    if not tag.point:
        return  # as its profile says, or its gateway has a file of its own
    point_of(tag)
