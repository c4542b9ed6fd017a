"""From a limit that is crossed in a PLC to the alarm's row in an operator's console.

    python -m bench.alarming [--seconds 60] [--rounds 1]

As bench.latency: a simulated plant with 1,000 tags that change at every scan, one real gateway over
Modbus TCP, the web server, Redis, and the console in headless Chromium. Twenty probes have a high
limit; each is set beyond it, to a value of its own, at a known time and at any phase of the scan.
A mutation observer notes when that value stands in a row.
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
from typing import Any, Final

from bench.latency import CHROMIUM, PROBES, SCAN_MS, plant_toml, register
from bench.stage import Stage, stage

LIMIT: Final = 500.0
WATCH: Final = """
() => {
  window.seen = [];
  const note = (records) => {
    const rows = new Set();
    for (const { target, addedNodes } of records) {
      for (const node of [target, ...addedNodes]) {
        const element = node instanceof Element ? node : node.parentElement;
        const row = element?.closest("tr[data-alarm]");
        if (row) rows.add(row);
        for (const each of element?.querySelectorAll?.("tr[data-alarm]") ?? []) rows.add(each);
      }
    }
    const now = Date.now();
    const valueOf = (row) => row.querySelector("[data-part=value]").textContent;
    for (const row of rows) window.seen.push([valueOf(row), now]);
  };
  new MutationObserver(note).observe(document.querySelector("[data-list]"),
    { childList: true, characterData: true, subtree: true });
}
"""


def make_rules() -> None:
    """Give every probe a high limit."""
    from alarms.models import Kind, Rule
    from alarms.rules import save_rule
    from devices.models import Tag

    for tag in Tag.objects.filter(device__uid="PROBE").select_related("device__site"):
        save_rule(
            Rule(
                site=tag.device.site, name=f"{tag.name} high", kind=Kind.HIGH, tag=tag, limit=LIMIT
            )
        )


def run(running: Stage, seconds: float) -> list[float]:
    """Return milliseconds from the register's change to the row that shows it."""
    from edge.sim.launch import start_plant

    port = running.start_web()
    config = running.folder / "gateway.toml"
    config.write_text(plant_toml(port))
    register(running.folder)
    make_rules()
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
        finally:
            gateway.terminate()
            gateway.wait(20)
    latencies = [first_seen(seen, value) - at * 1000 for value, at in changes.items()
                 if first_seen(seen, value)]  # fmt: skip
    print(f"{len(latencies)} of {len(changes)} alarms were seen in the console")
    return latencies


def first_seen(seen: list[tuple[str, float]], value: int) -> float:
    """Return when a value first stood in a row, epoch milliseconds; 0: never."""
    return next((at for text, at in seen if re.sub(r"\D", "", text) == str(value)), 0)


def watch(
    port: int, plant: Any, seconds: float
) -> tuple[list[tuple[str, float]], dict[int, float]]:
    """Open the console, cross the limits at random moments, return what was seen and set."""
    from playwright.sync_api import sync_playwright

    base = f"http://127.0.0.1:{port}"
    changes: dict[int, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page()
        page.goto(f"{base}/login/")
        page.fill("input[name=username]", "bench")
        page.fill("input[name=password]", "bench")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        page.goto(f"{base}/alarms/")
        page.wait_for_selector("body[data-phase=live]", timeout=30_000)
        page.wait_for_timeout(12_000)  # a whole window of load before the first probe
        page.evaluate(WATCH)
        ends = time.monotonic() + seconds
        value = 1000
        while time.monotonic() < ends:
            for number in random.sample(range(PROBES), PROBES):
                value += 1
                changes[value] = plant.set("PROBE", f"p{number}", float(value))
                page.wait_for_timeout(random.uniform(40, 120))
            page.wait_for_timeout(2 * SCAN_MS)
            for number in range(PROBES):
                plant.set("PROBE", f"p{number}", 0.0)
            page.wait_for_timeout(2 * SCAN_MS)
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
            latencies = run(running, args.seconds)
        quantiles = statistics.quantiles(latencies, n=100)
        p50, p95, p99 = quantiles[49], quantiles[94], quantiles[98]
        print(
            f"limit crossed to row in the console: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms;"
            f" p95 beyond the scan period of {SCAN_MS} ms: {p95 - SCAN_MS:.0f} ms"
        )


if __name__ == "__main__":
    main()
