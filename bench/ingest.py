"""Readings stored per second, end to end: websocket, decoder, one transaction, commit, ack.

    python -m bench.ingest [--seconds 5] [--rounds 3] [--workers 1]

Fifty gateways, each with a full window; the load generator shares the machine, bypasses scanner
and spool, and the rate limits are raised. Every round is checked: what was acknowledged is in the
table, exactly once. The same rows are then copied from a file into an equal table, for scale.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.stage import Stage, cpu_seconds, make_gateways, stage

GATEWAYS, TAGS = 50, 100
WINDOWS = {1: 256, 10: 256, 100: 64}  # readings per frame -> unacknowledged frames


def count_readings() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select count(*) from devices_reading")
        return int(cursor.fetchone()[0])


def forget_readings() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("truncate devices_reading")
        cursor.execute("checkpoint")


def copy_rate(file: Path) -> float:
    """Copy what the round stored from a file into an equal table: rows a second, committed."""
    from django.db import connection

    from devices.copying import COLUMNS

    with connection.cursor() as cursor:
        with file.open("wb") as out:
            cursor.copy_expert(
                f"copy (select {COLUMNS} from devices_reading) to stdout binary", out
            )
        cursor.execute("drop table if exists bench_copy")
        cursor.execute("create table bench_copy (like devices_reading including indexes)")
        began = time.perf_counter()
        with file.open("rb") as rows:
            cursor.copy_expert(f"copy bench_copy ({COLUMNS}) from stdin binary", rows)
        elapsed = time.perf_counter() - began
        cursor.execute("select count(*) from bench_copy")
        count = int(cursor.fetchone()[0])
        cursor.execute("drop table bench_copy")
    file.unlink()
    return count / elapsed


def one_round(
    running: Stage, port: int, specs: list[str], per_frame: int, seconds: float
) -> dict[str, float]:
    web = running.webs[-1]
    cpu = cpu_seconds(web.pid)
    url = f"ws://127.0.0.1:{port}/ws/v1/gateway"
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", url, str(per_frame), str(seconds), *specs],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    result["web_us"] = (cpu_seconds(web.pid) - cpu) / result["readings"] * 1e6
    stored = count_readings()
    if stored != result["readings"]:
        raise SystemExit(f"acknowledged {result['readings']}, stored {stored}")
    result["copy_per_s"] = copy_rate(running.folder / "rows.bin")
    forget_readings()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default="uvicorn")
    args = parser.parse_args()
    print(f"{GATEWAYS} gateways, one {args.server} process; medians of {args.rounds}")
    print("readings/frame   window   stored/s   of COPY   ack p50 / p99 ms   web us/reading")
    with stage() as running:
        specs = make_gateways(GATEWAYS, TAGS)
        for per_frame, window in WINDOWS.items():
            port = running.start_web(args.server, {"GATEWAY_WINDOW": str(window)})
            rounds = [
                one_round(running, port, specs, per_frame, args.seconds) for _ in range(args.rounds)
            ]
            running.stop_webs()
            median = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
            print(
                f"{per_frame:14d} {window:8d} {median['per_s']:10,.0f}"
                f" {median['per_s'] / median['copy_per_s']:9.0%}"
                f" {median['ack_p50_ms']:9.0f} / {median['ack_p99_ms']:.0f}"
                f" {median['web_us']:14.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
