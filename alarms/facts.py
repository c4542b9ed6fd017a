"""What is so at a plant although no frame says it: silence, lost devices, wrong clocks.

Each query returns only what differs from what the alarm was told last: the band of its watch holds
the value that it knows, 1.0 or 0.0.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from django.db import connection
from django.utils import timezone

from alarms.conditions.model import Sample
from alarms.models import Alarm, Kind
from alarms.schedule import holds

GRACE_S: Final = 30  # after a gateway came back its devices may still be silent for so long
LOST_GATEWAY: Final = "gateway"  # reasons of a suppression by design
SCHEDULE: Final = "schedule"

# A device behind a gateway is lost with it, or when it says so; what was never there is not lost.
_LOST: Final = """
    d.enabled and case when d.via_id is null
        then s.changed_at is not null and not s.connected
        else (s.link_event_at is not null
              or exists (select 1 from devices_latest l join devices_tag t on t.id = l.tag_id
                         where t.device_id = d.id))
             and (s.link_down_since is not null or not coalesce(vs.connected and v.enabled, false))
        end"""
_SIGNALS: Final = {
    Kind.STALE: """
        l.received_time < now() - interval '1 second'
            * coalesce(r."limit", (t.silence_ms + 3 * t.scan_ms) / 1000.0)""",
    Kind.OFFLINE: _LOST,
    Kind.SPOOL: """
        s.connected and s.waiting > 0 and now() - s.oldest_at > interval '1 second' * r."limit\"""",
    Kind.CLOCK_SKEW: 's.connected and abs(s.skew_ms) > 1000 * r."limit"',
}
_FROM: Final = """
from alarms_alarm a join alarms_rule r on r.id = a.rule_id and r.enabled
join alarms_watch w on w.alarm_id = a.id
join devices_device d on d.id = a.device_id
left join devices_devicestate s on s.device_id = d.id
left join devices_device v on v.id = d.via_id
left join devices_devicestate vs on vs.device_id = v.id
left join devices_tag t on t.id = a.tag_id
left join devices_latest l on l.tag_id = t.id"""
_DIFFERENCES: Final = " union all ".join(
    f"""(select * from (select a.id, w.operand, w.low, w.high,
        coalesce({signal}, false)::int::float8 as value {_FROM}
        where r.kind = '{kind.value}') q where q.value > q.high or q.value < q.low)"""  # noqa: S608 - constants of this module
    for kind, signal in _SIGNALS.items()
)


_THERE: Final = """
    d.enabled and case when d.via_id is null then s.connected
        else s.link_down_since is null and vs.connected and v.enabled end"""
# An expression has no bands: its memory says what it was told.
_ONLINE: Final = f"""
select q.id, q.operand, q.value from (
    select w.alarm_id as id, w.operand, coalesce({_THERE}, false)::int::float8 as value,
           a.memory #>> array['held', w.operand, '1'] as told
    from alarms_watch w join alarms_alarm a on a.id = w.alarm_id
    join devices_device d on d.id = substr(w.operand, 8)::bigint
    left join devices_devicestate s on s.device_id = d.id
    left join devices_device v on v.id = d.via_id
    left join devices_devicestate vs on vs.device_id = v.id
    where w.operand like 'online:%'
) q where q.told::float8 is distinct from q.value"""  # noqa: S608


def differences() -> dict[int, list[Sample]]:
    """Return what is to be told: alarm id -> samples."""
    now = round(timezone.now().timestamp() * 1000)
    found: dict[int, list[Sample]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        for alarm_id, operand, _, _, value in cursor.fetchall():
            found[alarm_id].append(Sample(now, operand, value))
        cursor.execute(_ONLINE)
        for alarm_id, operand, value in cursor.fetchall():
            found[alarm_id].append(Sample(now, operand, value))
    return found


# What says nothing new while the gateway of its device is lost, or has come back just now. The
# gateway must have an alarm of its own: somebody has to hear of it.
_CHILDREN: Final = f"""
select a.id, q.lost from (
    select a.id, a.suppressed, v.enabled and vs.changed_at is not null
        and (not vs.connected
             or vs.changed_at > now() - interval '{GRACE_S} seconds' and a.suppressed)
        as lost
    from alarms_alarm a join alarms_rule r on r.id = a.rule_id
    join devices_device d on d.id = a.device_id join devices_device v on v.id = d.via_id
    join devices_devicestate vs on vs.device_id = v.id
    where r.enabled and r.kind in ('offline', 'stale', 'bad_quality') and exists (
        select 1 from alarms_alarm p join alarms_rule pr on pr.id = p.rule_id
        where p.device_id = v.id and pr.kind = 'offline' and pr.enabled and not p.out_of_service)
) q join alarms_alarm a on a.id = q.id where q.lost or a.suppressed"""  # noqa: S608


def held_by_design() -> dict[int, str]:
    """Return the alarms that are to be suppressed, with the reason, or no longer (empty).

    Only what differs from how they are.
    """
    wanted = {pk: LOST_GATEWAY if lost else "" for pk, lost in _children()}
    wanted |= {pk: SCHEDULE for pk in _out_of_hours() if not wanted.get(pk)}
    stored = Alarm.objects.filter(suppressed=True).values_list("pk", flat=True)
    suppressed = set(stored)
    for pk in suppressed - wanted.keys():
        wanted[pk] = ""
    return {pk: why for pk, why in wanted.items() if bool(why) != (pk in suppressed)}


def _children() -> list[tuple[int, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_CHILDREN)
        return list(cursor.fetchall())


def _out_of_hours() -> list[int]:
    now = timezone.now()
    scheduled = Alarm.objects.exclude(rule__schedule=[]).filter(rule__enabled=True)
    rows = scheduled.values_list("pk", "rule__schedule", "site__time_zone")
    return [pk for pk, schedule, zone in rows if not holds(schedule, now, zone)]
