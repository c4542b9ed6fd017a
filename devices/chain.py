"""Tables whose entries are numbered and linked at the commit: is each as it was written?"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Model

_BATCH: Final = 2000  # entries in memory while the chain is checked


class Chain(NamedTuple):
    """What a check of a whole chain found."""

    number: int  # of the last entry, 0: there is none
    digest: str  # of the last entry
    broken_at: int | None  # number of the first entry that does not follow from those before it
    unsealed: int  # committed entries without a number: the trigger was switched off


def check(model: type[Model], entries: str) -> Chain:
    """Go through a whole chain and say whether every entry follows from those before it.

    Args:
        model: of the entries, with ``number`` and ``digest``.
        entries: a query of number, digest and what the trigger links, in its order, as text; its
            parameters are the number to begin after, and how many.
    """
    number, digest = 0, ""
    unsealed = model._default_manager.filter(number=None).count()
    while rows := _read(entries, number):
        for row in rows:
            expected = _link(digest, row)
            if row[0] != number + 1 or row[1] != expected:
                return Chain(number, digest, number + 1, unsealed)
            number, digest = row[0], expected
    return Chain(number, digest, None, unsealed)


def digest_in(model: type[Model], number: int) -> str:
    """Return the digest of the entry with this number; empty: there is none."""
    found = model._default_manager.filter(number=number).values_list("digest", flat=True).first()
    return found or ""


def _read(entries: str, after: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(entries, [after, _BATCH])
        return list(cursor.fetchall())


def _link(previous: str, row: tuple[Any, ...]) -> str:
    """Return the digest of an entry; the text is the one that PostgreSQL makes of an array."""
    number, _, *fields = row
    text = json.dumps([previous, str(number), *fields], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
