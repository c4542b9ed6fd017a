"""Services on profiles: kept by version, and made into the tags of devices."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from devices.mistakes import convert
from devices.models import Device, DeviceProfile, Tag
from edge.profile import Point, Profile
from edge.profile.check import ProfileError, read_profile
from edge.profile.library import shipped

logger = logging.getLogger(__name__)

Fields = dict[str, Any]  # of a Point, as JSON has them

# What a tag keeps in columns of its own; they win over the profile. Name -> most characters.
COLUMNS: Final[dict[str, int]] = {
    "label": 100,
    "unit": 32,
    "decimals": 0,
    "low": 0,
    "high": 0,
    "scan_ms": 0,
    "silence_ms": 0,
    "deadband": 0,
    "scan": 8,
}
MEANINGS: Final = ("states", "bits")  # fields that say what numbers mean
Meanings = dict[int | None, dict[str, Fields]]  # profile id -> name of a point -> those fields


# ---------------------------------------------------------------- profiles


def load_shipped_profiles() -> int:
    """Have every profile that comes with Sentinel in the database.

    Returns:
        The number of those that were not there yet.
    """
    known = {(each.slug, each.version): each for each in DeviceProfile.objects.all()}
    new: list[DeviceProfile] = []
    for profile in shipped():
        stored = known.get((profile.id, profile.version))
        if stored is None:
            new.append(_row(profile, shipped=True))
        elif stored.document != _document(profile):
            logger.warning(
                "profile %s@%s is not the one that is shipped: it needs another version",
                profile.id,
                profile.version,
            )
    DeviceProfile.objects.bulk_create(new, ignore_conflicts=True)  # two processes may start at once
    return len(new)


def import_profile(*, data: bytes, by: User | None = None) -> DeviceProfile:
    """Keep a profile file; see `keep_profile`."""
    return keep_profile(data=data, by=by)[0]


@transaction.atomic
def keep_profile(*, data: bytes, by: User | None = None) -> tuple[DeviceProfile, bool]:
    """Keep a profile file. The same file may come again.

    Returns:
        The profile, and whether it was not there before.

    Raises:
        ValidationError: with everything that is wrong with the file, or this version is there
            already and says something else.
    """
    try:
        profile = read_profile(data)
    except ProfileError as error:
        raise ValidationError(error.mistakes) from error
    row = _row(profile, by=by)
    known = DeviceProfile.objects.filter(slug=row.slug, version=row.version).first()
    if known is None:
        row.full_clean(exclude=["document"])
        row.save()
        return row, True
    if known.document != row.document:
        message = _(
            "%(profile)s is there already with another content: give the file a new version."
        )
        raise ValidationError(message % {"profile": row.reference})
    return known, False


def _row(profile: Profile, *, shipped: bool = False, by: User | None = None) -> DeviceProfile:
    return DeviceProfile(
        slug=profile.id,
        version=profile.version,
        vendor=profile.vendor,
        model=profile.model,
        title=profile.title,
        document=_document(profile),
        shipped=shipped,
        created_by=by,
    )


def _document(profile: Profile) -> Any:
    """Return what PostgreSQL gives back for it."""
    return json.loads(msgspec.json.encode(profile))


def profile_of(row: DeviceProfile) -> Profile:
    """Return a stored profile."""
    return msgspec.convert(row.document, Profile, str_keys=True)


def points_in(row: DeviceProfile | None) -> dict[str, Fields]:
    """Return the points of a stored profile by name, as its file has them."""
    return {point["name"]: point for point in row.document["points"]} if row else {}


def meanings(profile_ids: Iterable[int | None]) -> Meanings:
    """Return what the numbers of these profiles' points mean, where they mean anything."""
    ids = {each for each in profile_ids if each is not None}
    documents = DeviceProfile.objects.filter(pk__in=ids).values_list("pk", "document__points")
    return {pk: {each["name"]: _meaning(each) for each in points} for pk, points in documents}


def _meaning(point: Fields) -> Fields:
    return {field: point[field] for field in MEANINGS if point.get(field)}


# ---------------------------------------------------------------- points of tags


def point_of(tag: Tag) -> Point:
    """Return the point that a gateway reads for this tag, with everything resolved.

    Raises:
        ValidationError: its register is not described, or not rightly.
    """
    return resolve(tag, points_in(tag.device.profile))


def resolve(tag: Tag, points: Mapping[str, Fields]) -> Point:
    """Do the same for a tag of a device with these points in its profile."""
    columns = {name: getattr(tag, name) for name in COLUMNS}
    own = tag.point if isinstance(tag.point, dict) else {"point": tag.point}
    fields = {**points.get(tag.name, {}), **own, **columns, "name": tag.name}
    if "type" not in fields or "address" not in fields:
        message = _("no register is known: say its address and type, or do not read it")
        raise ValidationError(f"{tag.name}: {message}")
    return convert(fields, Point, tag.name)


def field_of_tag(setting: str) -> str:
    """Say at which field of a tag a mistake in its point is shown."""
    return setting if setting in COLUMNS else "point"


# ---------------------------------------------------------------- profiles to tags


@transaction.atomic
def apply_profile(*, device: Device, profile: DeviceProfile) -> None:
    """Give a device the tags of a profile, or of another version of its profile.

    Tags that are there keep their id, and what people changed in them. A tag whose point the new
    version no longer has is not read any more, but stays with its readings.

    Raises:
        ValidationError: its gateway could not read what would come of it. Nothing was changed.
    """
    from devices.registry import save_device

    device.profile = profile
    save_device(device=device)


def remake_tags(*, device: Device, before: DeviceProfile | None) -> None:
    """Follow the profile of a device, which was another one before.

    Call it in the transaction that changes the profile.
    """
    old, new = points_in(before), points_in(device.profile)
    tags = {tag.name: tag for tag in device.tags.all()}
    made = [
        Tag(device=device, name=name, position=position, **_columns(point))
        for position, (name, point) in enumerate(new.items())
        if name not in tags
    ]
    Tag.objects.bulk_create(made)
    kept = [_follow(tags[name], old.get(name), new[name]) for name in new if name in tags]
    Tag.objects.bulk_update(kept, [*COLUMNS, "read"])
    gone = [tags[name].pk for name in old if name in tags and name not in new]
    Tag.objects.filter(pk__in=gone).update(read=False)


def _follow(tag: Tag, old: Fields | None, new: Fields) -> Tag:
    """Take over what the profile says now where nobody had changed what it said before."""
    untouched = _columns(old) if old is not None else _defaults()
    for name, value in _columns(new).items():
        if getattr(tag, name) == untouched[name]:
            setattr(tag, name, value)
    if old is None:
        tag.read = True  # the profile did not have it, or no longer: now there is something to read
    return tag


def _columns(point: Fields) -> Fields:
    """Return the columns of a tag as a point of a profile wants them."""
    whole = msgspec.convert(point, Point, str_keys=True)
    columns = {name: getattr(whole, name) for name in COLUMNS}
    return {name: _cut(value, COLUMNS[name]) for name, value in columns.items()}


def _cut(value: Any, most: int) -> Any:
    return value[:most] if isinstance(value, str) else value


def _defaults() -> Fields:
    return {name: getattr(Tag(), name) for name in COLUMNS}


def versions_of(profile: DeviceProfile) -> Iterable[DeviceProfile]:
    """Return all versions of a profile, the newest first."""
    rows = DeviceProfile.objects.filter(slug=profile.slug)
    return sorted(
        rows, key=lambda row: [int(part) for part in row.version.split(".")], reverse=True
    )
