"""What an overview with 30 trends, fed ten times a second, costs the browser that shows it.

    python -m bench.painting [--seconds 120] [--fps-seconds 20] [--loads 5]

A gateway sends 30 tags at 10 Hz over its socket through the real web server, Redis and the page's
socket into headless Chromium, without a GPU. All trends are in view, with an hour of history. The
processor's time is that of Chromium's own books; frames are counted in a stretch of its own
afterwards, because counting them costs something, too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import secrets
import statistics
import threading
import time
from datetime import timedelta
from typing import Any

from bench.gateway import now_ms
from bench.latency import CHROMIUM
from bench.stage import Stage, stage

TRENDS, PERIOD_S, HISTORY_S = 30, 0.1, 3600
VIEW = {"width": 1920, "height": 2400}  # tall enough for all of them
LIVE = '[data-tag][data-state="good"]'
FIRST_LIVE = """(live) => {
    window.firstLive = 0;
    new MutationObserver(() => {
        if (!window.firstLive && document.querySelector(live)) window.firstLive = performance.now();
    }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-state"] });
}"""
WHEN = """() => {
    const [timing] = performance.getEntriesByType("navigation");
    const { responseEnd: page, domContentLoadedEventStart: scripts } = timing;
    return { live: window.firstLive, page, scripts };
}"""
COUNT_DRAWS = """async () => {
    const { drawn } = await import("trends");
    window.draws = 0;
    const set = drawn.set.bind(drawn);
    drawn.set = (k, v) => { window.draws += 1; return set(k, v); };
}"""
COUNT_FRAMES = """(ms) => new Promise((resolve) => {
    let [frames, worst, begun, last] = [0, 0, 0, 0];
    const step = (now) => {
        if (!begun) begun = now;
        else { frames += 1; worst = Math.max(worst, now - last); }
        last = now;
        if (now - begun < ms) requestAnimationFrame(step);
        else resolve({ fps: frames / ((now - begun) / 1000), worst });
    };
    requestAnimationFrame(step);
})"""
IN_VIEW = """() => [...document.querySelectorAll("[data-trend] .plot")].filter((plot) => {
    const { top, bottom } = plot.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight && plot.querySelector("canvas");
}).length"""


class Feed(threading.Thread):
    """A gateway that sends every tag at every period, and reads what it is told."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        from websockets.sync.client import connect

        from edge import wire

        self.wire, self.sent, self.ends = wire, 0, threading.Event()
        self.socket = connect(
            f"ws://127.0.0.1:{port}/ws/v1/gateway",
            additional_headers={"Authorization": f"Bearer {token}"},
            proxy=None,
            ping_interval=None,
            legacy=True,
        )
        hello = wire.Hello(
            v=1,
            uid="BENCH-GW",
            epoch=secrets.token_hex(8),
            next={},
            wall=now_ms(),
            tags=[
                wire.TagDecl(n=n, device="BENCH-GW", name=f"t{n}", scan_ms=100)
                for n in range(TRENDS)
            ],
        )
        self.socket.send(wire.encode(hello))
        self.socket.recv()

    def run(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        due = time.monotonic()
        tags = list(range(TRENDS))
        while not self.ends.is_set():
            self.sent += 1
            values: list[float | None] = [wave(n, time.time()) for n in tags]
            frame = self.wire.Data("live", self.sent, now_ms(), [0] * TRENDS, tags, values)
            self.socket.send(self.wire.encode(frame))
            due += PERIOD_S
            self.ends.wait(max(0.0, due - time.monotonic()))

    def _listen(self) -> None:
        for _ in self.socket:
            pass

    def stop(self) -> None:
        self.ends.set()
        self.join(5)
        self.socket.close()


def wave(tag: int, at: float) -> float:
    """Value of a tag at a time, seconds since 1970: slow, with some noise."""
    return 50 + 20 * math.sin(at / (40 + 3 * tag)) + 3 * math.sin(at * (1.3 + tag / 7))


def register() -> str:
    """Enter the tags with an hour of history, and a login for the page; return the token."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.utils import timezone

    from devices.models import Device, Site, Tag
    from devices.partitions import ensure_days
    from devices.registry import issue_token

    site = Site.objects.create(slug="bench", name="Bench")
    device = Device.objects.create(uid="BENCH-GW", name="Gateway", site=site, area="Hall A")
    tags = [
        Tag(device=device, name=f"t{n}", unit="°C", low=30, high=70, pinned=True, scan_ms=100)
        for n in range(TRENDS)
    ]
    Tag.objects.bulk_create(tags)
    with connection.cursor() as cursor:
        now = timezone.now()
        ensure_days(cursor, sorted({(now - timedelta(seconds=HISTORY_S)).date(), now.date()}))
        cursor.execute(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " select at, at, 50 + 20 * sin(extract(epoch from at) / 60), tag, 192"
            " from generate_series(now() - %s * interval '1 s', now(), '1 s') as at,"
            " unnest(%s::bigint[]) as tag order by tag, at",
            [HISTORY_S, [tag.pk for tag in tags]],
        )
    User.objects.create_superuser("bench", password="bench")
    return issue_token(device=device).token


class Chromium:
    """Processor time of the browser's processes, as it keeps its own books."""

    def __init__(self, browser: Any) -> None:
        self._session = browser.new_browser_cdp_session()

    def seconds(self) -> dict[int, tuple[str, float]]:
        """Return kind and seconds by process."""
        told = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return {one["id"]: (one["type"], one["cpuTime"]) for one in told}


def spent(
    before: dict[int, tuple[str, float]], after: dict[int, tuple[str, float]]
) -> tuple[float, float]:
    """Return seconds of the busiest renderer, and of all processes."""
    grown = {pid: after[pid][1] - before.get(pid, ("", 0.0))[1] for pid in after}
    page = max(grown[pid] for pid, (kind, _) in after.items() if kind == "renderer")
    return page, sum(grown.values())


def heap(session: Any) -> float:
    """Megabytes of JavaScript objects that are still needed."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def load() -> str:
    return "load " + " / ".join(f"{each:.1f}" for each in os.getloadavg())


def print_loads(page: Any, url: str, loads: int) -> None:
    """Open a page that the browser knows so many times, and say when its first value was live."""
    parts: list[dict[str, float]] = []
    for _ in range(loads):
        page.goto(url)
        page.wait_for_selector(LIVE, timeout=60_000)
        parts.append(page.evaluate(WHEN))
    median = {name: statistics.median(each[name] for each in parts) for name in parts[0]}
    times = ", ".join(f"{each['live']:.0f}" for each in parts)
    print(
        f"navigation to the first live value, warm: median {median['live']:.0f} ms of {times}"
        f" (the page was there after {median['page']:.0f} ms,"
        f" its scripts after {median['scripts']:.0f} ms); {load()}"
    )


def watch(port: int, seconds: float, fps_seconds: float, loads: int) -> None:
    """Open the page, measure, and print."""
    from playwright.sync_api import sync_playwright

    base = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        context = browser.new_context(viewport=VIEW)
        context.add_init_script(f"({FIRST_LIVE})({json.dumps(LIVE)})")
        page = context.new_page()
        page.goto(f"{base}/login/")
        page.fill("input[name=username]", "bench")
        page.fill("input[name=password]", "bench")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        page.wait_for_selector(LIVE, timeout=60_000)
        print_loads(page, f"{base}/", loads)
        page.wait_for_timeout(15_000)  # history is there, everything has been drawn
        print(f"{page.evaluate(IN_VIEW)} of {TRENDS} trends are drawn and in view")
        page.evaluate(COUNT_DRAWS)
        devtools, books = context.new_cdp_session(page), Chromium(browser)
        before, begun, first = heap(devtools), time.monotonic(), books.seconds()
        page.evaluate("window.draws = 0")
        page.wait_for_timeout(seconds * 1000)
        took = time.monotonic() - begun
        own, whole = spent(first, books.seconds())
        draws, after = page.evaluate("window.draws"), heap(devtools)
        print(
            f"{took:.0f} s at {1 / PERIOD_S:.0f} Hz: the page {100 * own / took:.1f} % of one core,"
            f" all of Chromium {100 * whole / took:.1f} %; {draws / took:.1f} draws/s;"
            f" heap {before:.1f} MB, at the end {after:.1f} MB; {load()}"
        )
        counted = page.evaluate(COUNT_FRAMES, fps_seconds * 1000)
        print(
            f"{counted['fps']:.1f} frames/s over {fps_seconds:.0f} s,"
            f" the worst after {counted['worst']:.0f} ms; {load()}"
        )
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--fps-seconds", type=float, default=20)
    parser.add_argument("--loads", type=int, default=5)
    args = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright leaves a loop in this thread
    with stage() as running:
        run(running, args)


def run(running: Stage, args: argparse.Namespace) -> None:
    token = register()
    port = running.start_web(application="bench.many_trends:application")
    feed = Feed(port, token)
    feed.start()
    try:
        watch(port, args.seconds, args.fps_seconds, args.loads)
    finally:
        feed.stop()
    print(f"the gateway sent {feed.sent} frames")


if __name__ == "__main__":
    main()
