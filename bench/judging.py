"""Readings stored and judged per second: with 2,000 rules, and with none.

    python -m bench.judging [--seconds 5] [--rounds 5] [--rules 2000] [--per-frame 10]

As bench.ingest: fifty gateways with full windows into one web process. Rounds with and without the
rules take turns, so that both meet the same machine. Half of the rules are a high and a low limit
of a tag each that are never passed; of the others every tenth is passed now and then.
"""

from __future__ import annotations

import argparse
import statistics

from bench.ingest import GATEWAYS, TAGS, WINDOWS, one_round
from bench.stage import make_gateways, stage

OFTEN = 20  # every so many rules one is passed by some of the values


def make_rules(count: int) -> None:
    """Make rules for the tags of the bench, spread over all gateways."""
    from alarms.models import Kind, Rule
    from alarms.rules import save_rule
    from devices.models import Tag

    tags = list(Tag.objects.select_related("device").order_by("pk"))
    for number in range(count):
        tag = tags[number * len(tags) // count]
        kind = Kind.LOW if number % 2 else Kind.HIGH
        limit = -1e9 if number % 2 else 1e9
        if number % OFTEN == 0:
            limit = tag.pk % 7 * 10 + 95.0
        name = f"rule {number}"
        save_rule(Rule(site=tag.device.site, name=name, kind=kind, tag=tag, limit=limit))


def enable(*, enabled: bool) -> None:
    """Switch all rules on or off, as far as judging is concerned."""
    from django.db import connection

    tag = "(select a.tag_id from alarms_alarm a where a.id = alarm_id)" if enabled else "null"
    with connection.cursor() as cursor:
        cursor.execute(f"update alarms_watch set tag_id = {tag}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--per-frame", type=int, default=10, choices=sorted(WINDOWS))
    parser.add_argument("--server", default="uvicorn")
    args = parser.parse_args()
    rates: dict[bool, list[float]] = {False: [], True: []}
    with stage() as running:
        specs = make_gateways(GATEWAYS, TAGS)
        make_rules(args.rules)
        port = running.start_web(args.server, {"GATEWAY_WINDOW": str(WINDOWS[args.per_frame])})
        for _ in range(args.rounds):
            for enabled in (False, True):
                enable(enabled=enabled)
                done = one_round(running, port, specs, args.per_frame, args.seconds)
                rates[enabled].append(done["per_s"])
    ratios = [a / b for a, b in zip(rates[True], rates[False], strict=True)]
    print(
        f"{args.rules} rules, {args.per_frame} readings a frame:"
        f" {statistics.median(rates[True]):,.0f} readings/s,"
        f" with none {statistics.median(rates[False]):,.0f};"
        f" median of the rounds' ratios {statistics.median(ratios):.0%}"
        f" ({' '.join(f'{ratio:.0%}' for ratio in ratios)})"
    )


if __name__ == "__main__":
    main()
