"""Lighthouse's marks for the main pages: performance, accessibility, best practices.

    python -m bench.lighthouse [--runs 1] [--command "npx --yes lighthouse@12.8.2"]

Lighthouse comes with two hundred packages of npm, so it is not kept in vendor/: ``npx`` fetches it,
which needs Node and a registry. Used by hand; marks for performance vary with the load of the
machine. CHROME_PATH says where Chromium is (/usr/bin/chromium unless set).
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.latency import CHROMIUM
from bench.painting import Feed, load, register
from bench.stage import Stage, answers, stage
from project.embedded.process import free_port

PAGES = ("/login/", "/", "/alarms/", "/gallery/", "/trends/", "/devices/BENCH-GW/", "/gateways/")
KINDS = ("performance", "accessibility", "best-practices")
WANTED = 95


def session_of(name: str) -> str:
    """Sign somebody in and return the key of the session."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username=name))
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@contextmanager
def chromium(folder: Path) -> Iterator[int]:
    """Run Chromium with a profile of its own; the port is where it takes orders."""
    port = free_port()
    browser = subprocess.Popen(
        [
            os.environ.get("CHROME_PATH", "/usr/bin/chromium"),
            *CHROMIUM,
            "--headless",
            f"--remote-debugging-port={port}",
            f"--user-data-dir={folder}/profile",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        if not answers(f"http://127.0.0.1:{port}/json/version"):
            raise SystemExit("Chromium does not take orders")
        yield port
    finally:
        browser.terminate()
        browser.wait(30)


def sign_in(port: int, host: str, key: str) -> None:
    """Give the browser the cookie of a session: pages, scripts and sockets all carry it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        # kept on disk, because Lighthouse looks at the page in a tab of its own
        until = time.time() + 3600
        cookie = {"name": "sessionid", "value": key, "domain": host, "path": "/", "expires": until}
        browser.contexts[0].add_cookies([cookie])


def audit(command: list[str], url: str, key: str) -> dict[str, Any]:
    """Return the report of one page, as somebody who is signed in sees it if there is a key."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        report = Path(name) / "report.json"
        with chromium(Path(name)) as port:
            if key:
                sign_in(port, "127.0.0.1", key)
            subprocess.run(
                [
                    *command,
                    url,
                    "--preset=desktop",
                    "--quiet",
                    "--output=json",
                    f"--output-path={report}",
                    f"--only-categories={','.join(KINDS)}",
                    "--disable-storage-reset",
                    f"--port={port}",
                ],
                check=True,
                timeout=300,
            )
        return dict(json.loads(report.read_text()))


def marks_of(report: dict[str, Any]) -> dict[str, float]:
    return {kind: 100 * (report["categories"][kind]["score"] or 0) for kind in KINDS}


def failed(report: dict[str, Any], kind: str) -> list[str]:
    """Name what costs marks in one category, the heaviest first."""
    refs = sorted(report["categories"][kind]["auditRefs"], key=lambda ref: -ref["weight"])
    audits = [report["audits"][ref["id"]] for ref in refs if ref["weight"]]
    low = [one for one in audits if one["score"] is not None and one["score"] < 0.9]
    return [f"{one['id']} {one.get('displayValue', '')}".strip() for one in low]


def run(running: Stage, command: list[str], runs: int) -> None:
    token = register()
    port = running.start_web()
    feed = Feed(port, token)
    feed.start()
    base, key = f"http://127.0.0.1:{port}", session_of("bench")
    try:
        for path in PAGES:
            whose = "" if path == "/login/" else key
            reports = [audit(command, base + path, whose) for _ in range(runs)]
            _print(path, reports)
    finally:
        feed.stop()


def _print(path: str, reports: list[dict[str, Any]]) -> None:
    marks = {
        kind: statistics.median(marks_of(report)[kind] for report in reports) for kind in KINDS
    }
    told = ", ".join(f"{kind} {mark:.0f}" for kind, mark in marks.items())
    place = reports[-1]["finalDisplayedUrl"]
    print(f"{path:20} {told}; {load()}{'' if place.endswith(path) else f'; led to {place}'}")
    for kind, mark in marks.items():
        if mark < WANTED:
            print(f"{'':20} {kind}: {'; '.join(failed(reports[-1], kind))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--command", default="npx --yes lighthouse@12.8.2")
    args = parser.parse_args()
    command = shlex.split(args.command)
    subprocess.run([*command, "--version"], check=True)  # here, before anything is started
    with stage() as running:
        run(running, command, args.runs)


if __name__ == "__main__":
    main()
