"""How long a chart of the past takes, from a table of more than fifty million readings.

    python -m bench.trending [--tags 20] [--days 30] [--crowd 280]

Twenty tags have a reading every second for thirty days, 2.6 million each; in the newest two hours
280 more tags lie between them, as they do on disk when a plant sends. The readings are put into the
table by PostgreSQL itself, in the order in which they would have come, and are then summed up by
what the worker runs, as after an upgrade. What is in the newest minutes is not summed up yet, as
always.

Each figure is the median over all tags of the first look at each of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

from bench.stage import make_gateways, stage

DAY_S = 86_400
CROWDED_S = 7_200
WINDOWS = (  # name, seconds, points
    ("30 d at 2,000 px", 30 * DAY_S, 2000),
    ("7 d at 2,000 px", 7 * DAY_S, 2000),
    ("24 h at 2,000 px", DAY_S, 2000),
    ("24 h at 720 px", DAY_S, 720),
    ("6 h at 2,000 px", DAY_S // 4, 2000),
    ("1 h at 2,000 px", 3600, 2000),
)
# In the order in which flushes of a second would write: by time, then by tag. Every thousandth
# reading is bad.
FILL = """
insert into devices_reading (source_time, received_time, value, tag_id, quality)
select at, at + interval '50 milliseconds',
    case when i %% 997 > 0 then 50 + 40 * sin(i / 5000.0) + i %% 101 / 100.0 end,
    (%(tags)s::int4[])[1 + i %% %(count)s], case when i %% 997 > 0 then 192 else 24 end
from (
    select i, %(from)s + i / %(count)s * interval '1 second' as at
    from generate_series(0, %(count)s::int8 * %(seconds)s - 1) i
) readings"""


def fill(tags: list[int], start: dt.datetime, end: dt.datetime) -> None:
    """Store a reading a second of each of these tags, day by day."""
    from django.db import connection, transaction

    from devices.partitions import ensure_days

    while start < end:
        until = min(end, (start + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0))
        with transaction.atomic(), connection.cursor() as cursor:
            ensure_days(cursor, [start.date()])
            cursor.execute("set local statement_timeout = 0")
            seconds = int((until - start).total_seconds())
            params = {"tags": tags, "count": len(tags), "from": start, "seconds": seconds}
            cursor.execute(FILL, params)
        start = until


def make_readings(steady: list[int], crowd: list[int], days: int) -> dt.datetime:
    """Fill the table up to now, in the order of time, and return the end of it."""
    from django.db import connection

    end = dt.datetime.now(dt.UTC).replace(microsecond=0)
    crowded = end - dt.timedelta(seconds=CROWDED_S)
    fill(steady, end - dt.timedelta(days=days), crowded)
    fill(steady + crowd, crowded, end)
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        cursor.execute("vacuum analyze devices_reading")
    return end


def sum_up() -> tuple[int, float]:
    """Sum up all of it with the worker's own code: number of quarter hours, and seconds."""
    from django.db import connection
    from django.utils import timezone

    from devices.rollups import roll_up

    began, done = time.perf_counter(), 0
    while count := roll_up(timezone.now(), budget_s=3600):
        done += count
    elapsed = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze devices_quarter, devices_minute")
    return done, elapsed


def of_function(end_ms: int) -> Callable[[int, int, int], object]:
    """Ask the product's function, as its view does."""
    from devices.models import Tag
    from devices.trends import Window, trends

    known = Tag.objects.in_bulk()

    def ask(tag: int, seconds: int, points: int) -> object:
        window = Window(end_ms - seconds * 1000, end_ms)
        return trends(tags=[known[tag]], window=window, points=points, now_ms=end_ms)

    return ask


def of_api(port: int, session: str, end_ms: int) -> Callable[[int, int, int], object]:
    """Ask the web server."""

    def ask(tag: int, seconds: int, points: int) -> object:
        query = urllib.parse.urlencode(
            {"tag": tag, "from_ms": end_ms - seconds * 1000, "to_ms": end_ms, "points": points}
        )
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/trends/?{query}",
            headers={"Cookie": f"sessionid={session}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()

    return ask


def median_ms(ask: Callable[[int, int, int], object], tags: list[int], *window: int) -> float:
    took = []
    for tag in tags:
        began = time.perf_counter()
        ask(tag, *window)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def sign_in() -> str:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("bench", password="bench"))
    return client.cookies["sessionid"].value


def count_stored() -> tuple[int, int, int]:
    """Return readings, and bytes of readings and of sums on disk, indexes included."""
    from django.db import connection

    size = "select coalesce(sum(pg_total_relation_size(relid)), 0)::int8 from pg_partition_tree(%s)"
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from devices_reading")
        readings = int(cursor.fetchone()[0])
        cursor.execute(f"{size} union all {size}", ["devices_reading", "devices_minute"])
        (of_readings,), (of_minutes,) = cursor.fetchall()
        cursor.execute("select pg_total_relation_size('devices_quarter')")
        return readings, of_readings, of_minutes + cursor.fetchone()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=20)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--crowd", type=int, default=280)
    args = parser.parse_args()
    with stage() as running:
        from devices.models import Tag

        make_gateways(1, args.tags + args.crowd)
        ids = list(Tag.objects.order_by("pk").values_list("pk", flat=True))
        steady = ids[: args.tags]
        began = time.perf_counter()
        end = make_readings(steady, ids[args.tags :], args.days)
        filled_s = time.perf_counter() - began
        quarters, summed_s = sum_up()
        readings, raw, sums = count_stored()
        print(
            f"{readings:,} readings ({raw / 1e9:.1f} GB, filled in {filled_s:.0f} s);"
            f" summed up {quarters:,} quarter hours in {summed_s:.0f} s"
            f" ({readings / summed_s:,.0f} readings/s), {sums / 1e9:.2f} GB",
            flush=True,
        )
        end_ms = int(end.timestamp() * 1000)
        port = running.start_web()
        ask, ask_api = of_function(end_ms), of_api(port, sign_in(), end_ms)
        ask_api(steady[0], 3600, 720)  # the first request of a process loads the application
        print("window               function ms   over HTTP ms   (medians of a look at each tag)")
        for name, seconds, points in WINDOWS:
            function = median_ms(ask, steady, seconds, points)
            api = median_ms(ask_api, steady, seconds, points)
            print(f"{name:20s} {function:11.1f} {api:14.1f}", flush=True)


if __name__ == "__main__":
    main()
