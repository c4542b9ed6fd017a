"""Print what the database knows of a site's alarms: ``python -m tests.faults.alarms_dump SITE``.

One JSON object: ``rows``, ``entries`` and ``notes`` with the fields of `Row`, `Entry` and `Note`
(alarms_evidence.py), in their order; ``broken_at``, ``unsealed``; and ``listed``: what pages show.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

import django

_ENTRIES: Final = """
select number, xmin::text::bigint, alarm_id, occurrence,
       round(extract(epoch from source_time) * 1000)::bigint, action, before, after, holds,
       announced, historical, request_id::text
from alarms_journalentry where site_id = %s order by number"""
_NOTES: Final = """
select n.id::text, n.route_id, n.alarm_id, n.occurrence, n.event, n.state, n.why, n.attempts,
       coalesce(array_agg(
           case when a.detail like 'after its claim ran out%%' then 'late ' else '' end ||
           case when a.result = 'temporary' and a.detail not like '%%HTTP ___ %%' then 'unanswered'
                else a.result end
           order by a.id) filter (where a.id is not null), '{}')
from alarms_notification n left join alarms_deliveryattempt a on a.notification_id = n.id
where n.site_id = %s group by n.id order by n.created_at"""


def main(site_id: int) -> None:
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        _query("set transaction isolation level repeatable read")
        sys.stdout.write(json.dumps(_dump(site_id)) + "\n")


def _dump(site_id: int) -> dict[str, Any]:
    from alarms import journal, listing
    from alarms.models import Alarm
    from devices.models import Site

    chain = journal.verify()
    alarms = Alarm.objects.filter(site=site_id).select_related("rule")
    return {
        "rows": [_row(alarm) for alarm in alarms],
        "entries": _query(_ENTRIES, site_id),
        "notes": _query(_NOTES, site_id),
        "broken_at": chain.broken_at,
        "unsealed": chain.unsealed,
        "listed": listing.rows_of(Site.objects.get(pk=site_id)),
    }


def _row(alarm: Any) -> list[Any]:
    holds = ",".join(sorted(alarm.status.holds))
    source = f"{alarm.rule_id} {alarm.source}"
    latching = alarm.rule.latching
    return [alarm.pk, source, alarm.state, holds, alarm.rev, alarm.occurrence, latching]


def _query(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


if __name__ == "__main__":
    main(int(sys.argv[1]))
