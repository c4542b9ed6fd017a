"""What a profile would make of the tags of a device, before it is assigned."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from devices.exporting.rows import tag_values
from devices.importing.columns import Values
from devices.importing.difference import Change
from devices.models import Device, DeviceProfile
from devices.profiles import apply_profile


class TagChange(NamedTuple):
    """What becomes of one tag."""

    name: str
    added: bool
    changes: tuple[Change, ...]  # of an added tag: empty

    @property
    def dropped(self) -> bool:
        """Say whether it is not read any more."""
        return any(change.column == "read" and not change.after for change in self.changes)


@transaction.atomic
def changes_of(*, device: Device, profile: DeviceProfile) -> list[TagChange]:
    """Say what `apply_profile` would change, and change nothing: it is done, and undone.

    Raises:
        ValidationError: its gateway could not read what would come of it.
    """
    before = _tags_of(device)
    known = device.profile
    try:
        apply_profile(device=device, profile=profile)
        after = _tags_of(device)
    finally:
        device.profile = known
    transaction.set_rollback(True)
    changes = (_change(name, before.get(name), values) for name, values in after.items())
    return [change for change in changes if change.added or change.changes]


def _tags_of(device: Device) -> dict[str, Values]:
    tags = device.tags.select_related("device").order_by("position", "name")
    return {tag.name: tag_values(tag) for tag in tags}


def _change(name: str, before: Values | None, after: Values) -> TagChange:
    if before is None:
        return TagChange(name, added=True, changes=())
    differing = (column for column in after if after[column] != before[column])
    changes = tuple(Change(column, before[column], after[column]) for column in differing)
    return TagChange(name, added=False, changes=changes)
