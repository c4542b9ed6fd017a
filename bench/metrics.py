"""How long each figure of the alarm system takes, over a month with a million journal entries.

python -m bench.metrics [--entries 1000000] [--rounds 7] [--explain]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bench.stage import stage

SITE = 1


def figures() -> dict[str, Callable[[], object]]:
    """Return what is measured, by name: over the whole month, and all of it over the last day."""
    from alarms.metrics import Range, Span, load, nuisance, report_of, response, span_of
    from bench.alarm_month import DAYS, START

    month = Span(START, START + timedelta(days=DAYS))
    last_day = span_of(Range.DAY, START + timedelta(days=25))
    single = {
        "rate": load.rate,
        "floods": load.floods,
        "priority mix": load.mix,
        "standing": response.standing,
        "stale": response.stale,
        "chattering": nuisance.chattering,
        "fleeting": nuisance.fleeting,
        "bad actors": nuisance.bad_actors,
        "time to acknowledge": response.responses,
        "shelving": response.shelving,
    }
    return {
        **{name: partial(figure, SITE, month) for name, figure in single.items()},
        "all, 30 d": partial(report_of, SITE, month),
        "all, 24 h": partial(report_of, SITE, last_day),
    }


def make_month(entries: int) -> None:
    """Fill the journal, and have the server know it as autovacuum would."""
    from django.db import connection, transaction

    from bench.alarm_month import month, store

    with transaction.atomic():
        store(month(entries), SITE)
    make_alarms()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze alarms_journalentry, alarms_alarm, alarms_rule")


def make_alarms(count: int = 400, standing: int = 40) -> None:
    """Have alarms of which some are active, half of them for days."""
    from django.utils import timezone

    from alarms.models import Alarm, Rule
    from alarms.states import State
    from devices.models import Site

    site = Site.objects.create(pk=SITE, slug="bench", name="Bench")
    rules = Rule.objects.bulk_create(
        Rule(site=site, name=f"Rule {n}", kind="offline", priority=1 + n % 4) for n in range(count)
    )
    now = timezone.now()
    Alarm.objects.bulk_create(
        Alarm(
            rule=rule,
            site=site,
            source="site",
            state=State.UNACKNOWLEDGED if n < standing else State.NORMAL,
            raised_at=now - timedelta(hours=3 * n) if n < standing else None,
        )
        for n, rule in enumerate(rules)
    )


def took_ms(figure: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return median and shortest time of a figure; the first try, to warm up, does not count."""
    figure()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        figure()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times), min(times)


def explain(figure: Callable[[], object]) -> None:
    """Print how the server goes about the query of a figure."""
    from django.db import connection

    def instead(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if sql.lstrip().startswith(("select", "with")):
            with connection.cursor() as cursor:
                plan = "explain (analyze, buffers, costs off) " + sql
                cursor.cursor.execute(plan, rest[0])
                print("\n".join(f"    {line}" for (line,) in cursor.fetchall()))
        return execute(sql, *rest)

    with connection.execute_wrapper(instead):
        figure()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--explain", action="store_true", help="show the plans too")
    args = parser.parse_args()
    with stage():
        make_month(args.entries)
        print(f"Figures of a month with {args.entries:,} journal entries, median of {args.rounds}")
        for name, figure in figures().items():
            median, least = took_ms(figure, args.rounds)
            print(f"  {name:20} {median:7.1f} ms, the fastest {least:7.1f} ms", flush=True)
            if args.explain and not name.startswith("all"):
                explain(figure)


if __name__ == "__main__":
    main()
