"""Pictures in the storage: named by us after what they hold, one file for equal pictures."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q

from alarms.models import Snapshot

_LOCK = 0x5E47_0010  # first key of the advisory locks, the second one stands for the picture


def lock(sha256: str) -> None:
    """Keep others from writing or deleting the files of a picture until the transaction ends."""
    with connection.cursor() as cursor:
        key = int(sha256[:8], 16) - 2**31
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, key])


def write(folder: str, sha256: str, content: bytes) -> str:
    """Store a file unless it is there; returns its name. Call it with the picture locked."""
    name = f"{folder}/{sha256[:2]}/{sha256}.jpg"
    if default_storage.exists(name):
        if default_storage.size(name) == len(content):
            return name
        default_storage.delete(name)  # who wrote it was interrupted
    return default_storage.save(name, ContentFile(content))


def read(name: str) -> bytes:
    """Read a file.

    Raises:
        FileNotFoundError: there is none.
    """
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def delete_unused(digests: Iterable[str], names: Iterable[str]) -> None:
    """Delete the files of these pictures that no snapshot names any more.

    Args:
        digests: of the pictures, which are locked.
        names: of their files.
    """
    for sha256 in sorted(set(digests)):
        lock(sha256)
    for name in sorted({*names} - {""}):
        if not Snapshot.objects.filter(Q(name=name) | Q(thumb=name)).exists():
            default_storage.delete(name)
