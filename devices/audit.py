"""Who changed what: written in the transaction of the change, and never altered.

The doors say who acts with `acting`; the services call `record`. PostgreSQL refuses to update,
delete or empty the table. When a transaction commits, a trigger gives its entries the next numbers
and links each to the one before it: ``digest`` is the sha256 of the entry and of the digest before.
Whoever alters a row behind PostgreSQL's back (as its superuser) breaks the chain from there on, and
`verify` finds it. A chain whose end was cut off looks whole: compare the number and digest that
``manage.py verify_audit`` prints with those noted earlier, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import BinaryField, Model
from django.utils import timezone

from devices.access import site_id_of
from devices.chain import Chain, check, digest_in
from devices.models import AuditEntry

Fields = dict[str, Any]
Actor = str | Callable[[], str]

SYSTEM: Final = "system"  # who acts when no door said so: tasks, commands
# Never written down: what lets somebody in, what is too long to read, and what changes by itself.
_LEFT_OUT: Final = frozenset(
    {"digest", "password", "packed", "document", "created_at", "last_used_at", "last_login"}
)
_CUT: Final = 1024  # characters of one value

_acting: ContextVar[tuple[Actor, str]] = ContextVar("acting", default=(SYSTEM, ""))


@contextmanager
def acting(actor: Actor, remote: str = "") -> Iterator[None]:
    """Say who is responsible for the changes made inside.

    Args:
        actor: user name, or "device UID"; a function is called if something is recorded.
        remote: address of the peer.
    """
    token = _acting.set((actor, remote))
    try:
        yield
    finally:
        _acting.reset(token)


# ---------------------------------------------------------------- writing


def record(
    action: str, obj: Model, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> None:
    """Write down one change, in the transaction that makes it.

    Args:
        action: "create", "change", "delete", "revoke", ...
        obj: what it was done to. Record a deletion before it, while the row still has its key.
        before: its fields (see `fields_of`); None: it did not exist.
        after: its fields now; None: it exists no more. With both, only what differs is kept, and
            nothing is written when nothing does.
    """
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if not names:
            return
        before = {name: before.get(name) for name in names}
        after = {name: after.get(name) for name in names}
    actor, remote = _acting.get()
    name = actor if isinstance(actor, str) else actor()
    AuditEntry.objects.create(
        at=timezone.now(),
        actor=name[:150],
        remote=remote[:64],
        action=action,
        kind=str(obj._meta.model_name),
        object_id=str(obj.pk),
        object_name=str(obj)[:200],
        site_id=site_id_of(obj),
        before=_plain(before),
        after=_plain(after),
    )


def fields_of(obj: Model) -> Fields:
    """Return what may be written down of a row: names of columns and plain values."""
    return {
        field.name: _value(field.value_from_object(obj))
        for field in obj._meta.concrete_fields
        if field.name not in _LEFT_OUT and not isinstance(field, BinaryField)
    }


def stored_fields(obj: Model) -> Fields | None:
    """Return the same of what the database still has of a row; None: it is new."""
    stored = None if obj.pk is None else type(obj)._default_manager.filter(pk=obj.pk).first()
    return None if stored is None else fields_of(stored)


@contextmanager
def recorded(obj: Model, action: str = "") -> Iterator[None]:
    """Write down what is stored of a row inside, in one transaction with it.

    Args:
        obj: the row, as it is to be stored or with an old state.
        action: empty: "create" or "change", as it turns out.
    """
    with transaction.atomic():
        before = stored_fields(obj)
        yield
        record(action or ("change" if before else "create"), obj, before, stored_fields(obj))


def _plain(fields: Mapping[str, Any] | None) -> Fields | None:
    return None if fields is None else {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _CUT else f"{value[:_CUT]}..."
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID | bytes) else value


# ---------------------------------------------------------------- checking


# What the trigger of migration 0006 links, in its order. Python computes it by itself, so that an
# altered trigger does not vouch for itself.
_ENTRIES: Final = """
select number, digest, (extract(epoch from at) * 1000000)::int8::text, actor, remote, action, kind,
       object_id, object_name, site_id::text, before::text, after::text
from devices_auditentry where number > %s order by number limit %s"""


def verify() -> Chain:
    """Go through the whole trail and say whether every entry follows from those before it."""
    return check(AuditEntry, _ENTRIES)


def digest_of(number: int) -> str:
    """Return the digest of the entry with this number; empty: there is none."""
    return digest_in(AuditEntry, number)
