"""From a register change to a browser, at 1,000 readings a second.

    python -m bench.latency [--seconds 60]

A simulated plant with 1,000 tags that change at every scan (one a second each), read over Modbus
TCP by one real gateway with its spool, through the web server and Redis into a page in headless
Chromium. Twenty more tags are probes: their registers are set at known times, at any phase of the
scan, and a mutation observer in the page notes when the text of their cell changed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.stage import Stage, stage

SCAN_MS = 1000
DEVICES, TAGS, PROBES = 10, 100, 20
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH = """
() => {
  window.seen = [];
  for (const cell of document.querySelectorAll('tr[data-tag] [data-part="value"]')) {
    const tag = cell.closest('[data-tag]').dataset.tag;
    new MutationObserver(() => window.seen.push([tag, cell.textContent, Date.now()]))
      .observe(cell, {childList: true, characterData: true, subtree: true});
  }
}
"""


def plant_toml(port: int) -> str:
    """One gateway, ten devices of a hundred moving tags, and one device of probes."""
    parts = [
        f'[gateway]\nurl = "ws://127.0.0.1:{port}/ws/v1/gateway"\nuid = "BENCH-GW"\n'
        'token_file = "token"\nspool = "spool"\n',
        '[[connection]]\nname = "plant"\nhost = "127.0.0.1"\nport = 15999\n',
    ]
    for number in range(DEVICES):
        parts.append(_device(f"LOAD-{number}", number + 1))
        parts += [
            _tag(f"t{i}", i, f'wave = "wander", mean = 50, swing = 40, period_s = {60 + i}')
            for i in range(TAGS)
        ]
    parts.append(_device("PROBE", DEVICES + 1))
    parts += [_tag(f"p{i}", i, 'wave = "constant", value = 0') for i in range(PROBES)]
    return "\n".join(parts)


def _device(uid: str, unit: int) -> str:
    return f'[[device]]\nuid = "{uid}"\nname = "{uid}"\nconnection = "plant"\nunit = {unit}\n'


def _tag(name: str, index: int, wave: str) -> str:
    return (
        f'[[device.tag]]\nname = "{name}"\naddress = {2 * index}\ntype = "float32"\n'
        f"scan_ms = {SCAN_MS}\ndeadband = 0.0\nsim = {{ {wave} }}\n"
    )


def register(folder: Path) -> None:
    """Enter the plant into the registry, with a login for the page."""
    from django.contrib.auth.models import User

    from devices.models import Device, Site, Tag
    from devices.registry import issue_token

    site = Site.objects.create(slug="bench", name="Bench")
    gateway = Device.objects.create(uid="BENCH-GW", name="Gateway", site=site)
    for number in range(DEVICES):
        device = Device.objects.create(
            uid=f"LOAD-{number}", name=f"Load {number}", site=site, via=gateway
        )
        Tag.objects.bulk_create(Tag(device=device, name=f"t{i}") for i in range(TAGS))
    probe = Device.objects.create(uid="PROBE", name="Probe", site=site, via=gateway)
    Tag.objects.bulk_create(
        Tag(device=probe, name=f"p{i}", decimals=0, position=i) for i in range(PROBES)
    )
    User.objects.create_superuser("bench", password="bench")
    (folder / "token").write_text(issue_token(device=gateway).token)
    (folder / "token").chmod(0o600)


def probe_ids() -> dict[str, str]:
    """Tag id, as the page knows it, of each probe."""
    from devices.models import Tag

    return {str(tag.pk): tag.name for tag in Tag.objects.filter(device__uid="PROBE")}


def rate() -> float:
    """Readings stored a second, over the last ten whole seconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) / 10.0 from devices_reading"
            " where received_time between now() - interval '11 s' and now() - interval '1 s'"
        )
        return float(cursor.fetchone()[0])


def reads() -> dict[tuple[str, str], float]:
    """When the gateway read each value of each probe, milliseconds since 1970."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select t.name, r.value, extract(epoch from r.source_time) * 1000"
            " from devices_reading r join devices_tag t on t.id = r.tag_id"
            " where t.name like 'p%' order by r.source_time desc"
        )
        return {(name, f"{value:.0f}"): float(ms) for name, value, ms in cursor.fetchall()}


def run(running: Stage, seconds: float) -> tuple[list[float], list[float]]:
    """Return milliseconds to the painted text: from the register change, and from its read."""
    from edge.sim.launch import start_plant

    port = running.start_web()
    config = running.folder / "gateway.toml"
    config.write_text(plant_toml(port))
    register(running.folder)
    with start_plant(config) as plant:
        log = (running.folder / "gateway.log").open("wb")
        gateway = subprocess.Popen(
            [sys.executable, "-m", "edge", "run", "--config", str(config)],
            env={**os.environ, **plant.environment},
            stdout=log,
            stderr=log,
        )
        try:
            seen, changes = watch(port, plant, seconds)
            print(f"{rate():,.0f} readings a second were stored")
        finally:
            gateway.terminate()
            gateway.wait(20)
    names = probe_ids()
    read = reads()
    from_change, from_read = [], []
    for tag, text, painted_ms in seen:
        probe = (names[tag], re.sub(r"\D", "", text))
        if probe in changes:
            from_change.append(painted_ms - changes[probe] * 1000)
            from_read.append(painted_ms - read[probe])
    print(
        f"{len(from_change)} of {len(changes)} changes reached the page;"
        " the others were overwritten before the next scan"
    )
    return from_change, from_read


def watch(
    port: int, plant: Any, seconds: float
) -> tuple[list[tuple[str, str, float]], dict[tuple[str, str], float]]:
    """Open the page, set the probes at random moments, and return what was seen and set."""
    from playwright.sync_api import sync_playwright

    base = f"http://127.0.0.1:{port}"
    changes: dict[tuple[str, str], float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page()
        page.goto(f"{base}/login/")
        page.fill("input[name=username]", "bench")
        page.fill("input[name=password]", "bench")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        page.goto(f"{base}/devices/PROBE/")
        page.wait_for_selector('tr[data-tag][data-state="good"]', timeout=30_000)
        page.wait_for_timeout(12_000)  # a whole window of load before the first probe
        page.evaluate(WATCH)
        ends = time.monotonic() + seconds
        value = 1000
        while time.monotonic() < ends:
            # each probe rests longer than the page's pause between repeats of one number
            for number in random.sample(range(PROBES), PROBES):
                value += 1
                name = f"p{number}"
                changes[name, str(value)] = plant.set("PROBE", name, float(value))
                page.wait_for_timeout(random.uniform(60, 140))
        page.wait_for_timeout(3_000)
        seen = page.evaluate("() => window.seen")
        browser.close()
    return seen, changes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright leaves a loop in this thread
    for _ in range(args.rounds):
        with stage() as running:
            from_change, from_read = run(running, args.seconds)
        for what, latencies in {"change": from_change, "read": from_read}.items():
            quantiles = statistics.quantiles(latencies, n=100)
            p50, p95, p99 = quantiles[49], quantiles[94], quantiles[98]
            print(
                f"register {what:6} to painted text: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms"
            )
            if what == "change":
                print(f"p95 beyond the scan period of {SCAN_MS} ms: {p95 - SCAN_MS:.0f} ms")


if __name__ == "__main__":
    main()
