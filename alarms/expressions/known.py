"""What names in an expression can mean, and what comes close to one that means nothing. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from alarms.expressions.errors import UnknownName
from alarms.expressions.syntax import BARE_NAME, BARE_REST, Name, quote

# The classes of the models that come with a gateway (edge/models).
SHIPPED_LABELS: Final = frozenset({"fire", "smoke", "helmet", "no_helmet"})
_MOST_CHARACTERS: Final = 64  # of a name in a message


class KnownTag(NamedTuple):
    """A tag of the site."""

    uid: str  # of its device
    name: str
    id: int
    unit: str


@dataclass(frozen=True)
class Known:
    """What there is at a site, or as much of it as an expression needs."""

    devices: Mapping[str, int]  # UID -> id
    tags: Mapping[tuple[str, str], KnownTag]  # UID and name -> tag
    labels: frozenset[str] = field(default=SHIPPED_LABELS)  # that cameras may see

    def tag(self, name: Name) -> KnownTag:
        """Return the tag of a name; of several ways to read it, the one with the longest UID.

        Raises:
            UnknownName: there is none.
        """
        for split in splits_of(name):
            if split in self.tags:
                return self.tags[split]
        raise UnknownName(self._why_no_tag(name), name.start, name.end)

    def device(self, name: Name) -> int:
        """Return the id of the device of a name.

        Raises:
            UnknownName: there is none.
        """
        uid = ".".join(name.parts)
        if len(name.parts) == 1 and uid in self.devices:
            return self.devices[uid]
        message = _("There is no device %(uid)s.") % {"uid": _short(uid)}
        raise UnknownName(message + did_you_mean(uid, self.devices), name.start, name.end)

    def _why_no_tag(self, name: Name) -> str:
        splits = list(splits_of(name))
        written = ".".join(name.parts)
        if not splits:
            wanted = _("%(name)s is no tag. A tag is written UID.tag.") % {"name": _short(written)}
            return wanted + did_you_mean(written, self.devices)
        for uid, tag in splits:
            if uid in self.devices:
                message = _("Device %(uid)s has no tag %(tag)s.")
                near = did_you_mean(tag, (known for of, known in self.tags if of == uid))
                return message % {"uid": uid, "tag": _short(tag)} + (near or _about_signs(name))
        uid = splits[-1][0]
        near = did_you_mean(uid, self.devices)
        message = _("There is no device %(uid)s.") % {"uid": _short(uid)}
        return message + (near or _about_signs(name))


def splits_of(name: Name) -> Iterator[tuple[str, str]]:
    """Go through the ways to read a name as UID and tag, the longest UID first."""
    if len(name.parts) == 2:  # somebody said it with quotes
        yield name.parts[0], name.parts[1]
        return
    text = name.parts[0]
    for at in range(len(text) - 1, -1, -1):
        if text[at] == "." and text[:at] and text[at + 1 :]:
            yield text[:at], text[at + 1 :]


def name_of(tag: KnownTag, place: Name) -> Name:
    """Return the canonical name of a tag: without quotes where it can only be read in one way."""
    text = f"{tag.uid}.{tag.name}"
    is_plain = "." not in tag.name and BARE_NAME.fullmatch(text) and BARE_REST.fullmatch(tag.name)
    parts = (text,) if is_plain else (tag.uid, tag.name)
    return Name(parts, start=place.start, end=place.end)


def did_you_mean(wanted: str, known: Iterable[str]) -> str:
    """Return a further sentence with the names that come close; empty: none does."""
    folded = {each.lower(): each for each in known}
    near = difflib.get_close_matches(wanted.lower()[:128], folded, n=3, cutoff=0.6)
    if not near:
        return ""
    names = [folded[each] for each in near]
    return " " + _("Did you mean %(names)s?") % {"names": ", ".join(map(_shown, names))}


def _shown(name: str) -> str:
    return name if BARE_NAME.fullmatch(name) or BARE_REST.fullmatch(name) else quote(name)


def _short(name: str) -> str:
    return name if len(name) <= _MOST_CHARACTERS else name[: _MOST_CHARACTERS - 1] + "…"


def _about_signs(name: Name) -> str:
    """Say why ``a.x-b.y`` is one name, if this may be such a mistake."""
    is_joined = len(name.parts) == 1 and ("-" in name.parts[0] or "/" in name.parts[0])
    return " " + _("Between names, - and / need spaces around them.") if is_joined else ""
