"""Over which time figures are made, and how their queries are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

BIN: Final = timedelta(minutes=10)  # EEMUA 191 counts alarms in ten minutes


class Range(TextChoices):
    """How far back."""

    DAY = "24h", _("24 h")
    WEEK = "7d", _("7 d")
    MONTH = "30d", _("30 d")


_LENGTHS: Final = {
    Range.DAY: timedelta(days=1),
    Range.WEEK: timedelta(days=7),
    Range.MONTH: timedelta(days=30),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: its first moment, and the first one after it."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def bins(self) -> float:
        """How many times ten minutes it has."""
        return self.length / BIN


def span_of(wanted: Range, now: datetime) -> Span:
    """Return the time up to now: ten minutes of the clock each, of which the last still run."""
    epoch = datetime.fromtimestamp(0, now.tzinfo)
    running = now - (now - epoch) % BIN
    return Span(running + BIN - _LENGTHS[wanted], now)


# When the plant had its first rule; an installation may have journal entries from before its trail.
_BEGUN: Final = """
select least(
    (select min(at) from alarms_journalentry where site_id = %(site)s),
    (select min(at) from devices_auditentry where site_id = %(site)s and kind = 'rule')
)
"""


def watched(site_id: int, span: Span) -> Span:
    """Return the part of a span in which the site had rules: from a whole ten minutes on.

    At least ten minutes are left: the rate of a moment says nothing.
    """
    ((begun,),) = ask(_BEGUN, site_id, span)
    if begun is None or begun <= span.start:
        return span
    late = max(0, min((begun - span.start) // BIN, span.length // BIN - 1))
    return Span(span.start + late * BIN, span.end)


# Conditions on the journal, each the one of an index of JournalEntry.
_WITHIN: Final = "site_id = %(site)s and at >= %(start)s and at < %(end)s"
LOAD: Final = f"{_WITHIN} and action = 'raise' and announced and not historical"
UNSEEN: Final = f"""
{_WITHIN} and action = 'clear' and before = 'unacknowledged' and not historical"""
ANSWERS: Final = f"{_WITHIN} and action = 'acknowledge' and not historical"


# Raises are paired with what ended them by (alarm, occurrence). The planner takes such pairs for
# much rarer than they are: it would sort both sides to merge them (300 ms instead of 120), and
# where statistics lag behind the newest entries, look for each one among all of them.
_SETTINGS: Final = """
set local work_mem = '32MB'; set local enable_mergejoin = off; set local enable_nestloop = off
"""


def ask(sql: str, site_id: int, span: Span, **params: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query that knows ``site``, ``start``, ``end`` and what else is given."""
    known: Mapping[str, Any] = {"site": site_id, "start": span.start, "end": span.end}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        cursor.execute(sql, {**known, **params})
        return list(cursor.fetchall())
