"""Readings summed up by the minute and by the quarter hour: see docs/adr/0010."""

from typing import Any

from django.db import migrations

from devices import partitions, sums


def create_minutes(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        partitions.create_table(cursor, sums.MINUTES)


# One row of state, read by every flush. Everything before it is summed up later, newest first.
CREATE = f"""
create table devices_quarter (
    {sums.COLUMNS},
    primary key (tag_id, at)
);
create index devices_quarter_by_time on devices_quarter using brin (at);
create table devices_rollupmark (
    quarter     timestamptz not null,
    tag_id      int4 not null,
    generation  int8 not null,
    primary key (tag_id, quarter, generation)
);
create index devices_rollupmark_by_time on devices_rollupmark (quarter, tag_id);
create table devices_rollupstate (
    only_row    bool primary key default true check (only_row),
    generation  int8 not null default 1,
    settled     int8 not null default 0,
    barrier     xid8,
    marked_to   timestamptz not null,
    rolled_from timestamptz not null,
    rolled_to   timestamptz not null,
    dropped_to  timestamptz not null default to_timestamp(0)
) with (fillfactor = 50);
insert into devices_rollupstate (marked_to, rolled_from, rolled_to)
select q, q, q from date_bin('15 minutes', now(), to_timestamp(0)) q;
"""
DROP = "drop table devices_minute, devices_quarter, devices_rollupmark, devices_rollupstate"


class Migration(migrations.Migration):
    dependencies = [("devices", "0011_position_phases")]
    operations = [
        migrations.RunPython(create_minutes, migrations.RunPython.noop),
        migrations.RunSQL(CREATE, DROP),
    ]
