"""From the first picture of a fire to its card in an open gallery.

    python -m bench.cameras [--fires 20]

A rendered hall in which fires break out, one after the other, as H.264 over RTSP; one real gateway
with the shipped model at its own precision, its spool, the web server, and a page in headless
Chromium, in which a mutation observer notes when a card is there. Which picture of the video the
gateway had, and so when the fire began, is found by comparing the picture that it sent with them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from bench.latency import CHROMIUM
from bench.stage import Stage, stage
from edge.sim.rtsp import FPS, NAME, write_video
from edge.sim.scene.script import Happening, Script
from project.embedded.process import free_port

FIRST_S, EVERY_S, BURNS_S, FIRES = 8.0, 22.0, 7.0, 5  # of one round of the video
SCRIPT = Script(
    tuple(
        Happening("fire", start, start + BURNS_S)
        for start in (FIRST_S + number * EVERY_S for number in range(FIRES))
    ),
    FIRST_S + FIRES * EVERY_S,
)
RULES = [{"label": "fire"}, {"label": "smoke", "enabled": False}]
PATIENCE_S = 2 * EVERY_S  # for the next fire; the camera starts anew with each round
WATCH = """
() => {
  window.seen = {};
  const note = (card) => {
    const at = (window.seen[card.dataset.card] ??= { card: Date.now() });
    if (card.dataset.picture === "ready") at.picture ??= Date.now();
  };
  const list = document.querySelector("[data-cards]");
  new MutationObserver(() => [...list.children].forEach(note))
    .observe(list, { childList: true, subtree: true, attributeFilter: ["data-picture"] });
}
"""


class Fire(NamedTuple):
    """One fire; milliseconds since 1970."""

    began: float  # its first picture was taken
    seen: float  # the first picture in which the model found it
    confirmed: float  # the picture that fulfilled the rule
    stored: float  # the web server had it
    card: float  # it stood in the page
    picture: float  # its card had a picture, that had passed the image gate


def register(folder: Path, source: str) -> None:
    """Enter the camera into the registry, with a login for the page."""
    from django.contrib.auth.models import User

    from devices.cameras import save_camera
    from devices.models import Camera, Device, Site
    from devices.registry import issue_token

    site = Site.objects.create(slug="bench", name="Bench")
    gateway = Device.objects.create(uid="BENCH-GW", name="Gateway", site=site)
    device = Device.objects.create(uid="YARD", name="Yard", site=site, via=gateway)
    camera = Camera(device=device, source=source, model_names=["fire_smoke"], rules=RULES)
    save_camera(camera=camera)
    User.objects.create_superuser("bench", password="bench")
    (folder / "token").write_text(issue_token(device=gateway).token)


@contextmanager
def process(log: Path, *command: str, **environment: str) -> Iterator[None]:
    """Run a Python program until the end of the block."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
        try:
            yield
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(20)


def run(running: Stage, fires: int) -> list[Fire]:
    """Film until so many fires were seen."""
    folder, rtsp = running.folder, free_port()
    media = folder / "media"
    port = running.start_web(settings={"MEDIA_ROOT": str(media)})
    video = folder / "video" / NAME
    video.parent.mkdir()
    write_video(video, SCRIPT)
    register(folder, f"rtsp://127.0.0.1:{rtsp}/{NAME}?play_count=0")
    camera = ("-m", "edge.sim.rtsp", str(video.parent), str(rtsp), str(free_port()))
    gateway = {
        "SENTINEL_URL": f"ws://127.0.0.1:{port}/ws/v1/gateway",
        "SENTINEL_UID": "BENCH-GW",
        "SENTINEL_TOKEN": (folder / "token").read_text(),
    }
    state = ("-m", "edge", "run", "--state", str(folder / "state"))
    with (
        process(folder / "camera.log", *camera),
        process(folder / "gateway.log", *state, **gateway),
    ):
        painted, told = watch(port, fires)
    pictures = small_pictures(video)
    return [
        Fire(began_at(pk, media, pictures), *told[pk], at["card"], at["picture"])
        for pk, at in painted.items()
        if pk in told and "picture" in at
    ]


def watch(port: int, fires: int) -> tuple[dict[int, dict[str, float]], dict[int, tuple[Any, ...]]]:
    """Open the gallery; return when cards were painted, and what the first event of each said."""
    from playwright.sync_api import sync_playwright

    base = f"http://127.0.0.1:{port}"
    told: dict[int, tuple[Any, ...]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", lambda m: hear(m, told)))
        page.goto(f"{base}/login/")
        page.fill("input[name=username]", "bench")
        page.fill("input[name=password]", "bench")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        page.goto(f"{base}/gallery/")
        page.wait_for_selector("#link[data-phase=live]")
        page.evaluate(WATCH)
        seen: dict[str, dict[str, float]] = {}
        newest = time.monotonic()
        while len(seen) < fires and time.monotonic() - newest < PATIENCE_S:
            page.wait_for_timeout(1000)
            before, seen = len(seen), page.evaluate("() => window.seen")
            newest = time.monotonic() if len(seen) > before else newest
        page.wait_for_timeout(2000)  # for the last picture
        seen = page.evaluate("() => window.seen")
        browser.close()
    return {int(pk): at for pk, at in seen.items()}, told


def hear(message: str | bytes, told: dict[int, tuple[Any, ...]]) -> None:
    """Note what the first event of a detection says: seen, confirmed and stored."""
    frame = json.loads(message)
    for part in frame.get("m", [frame]):
        card = part.get("d")
        if part.get("t") == "d" and part["ch"].startswith("gallery:") and "since" in card:
            told.setdefault(card["id"], (card["since"], card["at"], card["received"]))


def small_pictures(video: Path) -> list[Any]:
    """Every picture of the video, small."""
    capture, pictures = cv2.VideoCapture(str(video)), []
    while (read := capture.read())[0]:
        pictures.append(small(read[1]))
    return pictures


def small(picture: Any) -> Any:
    return cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA).astype(np.int16)


def began_at(pk: int, media: Path, pictures: list[Any]) -> float:
    """When the gateway took the first picture of the fire."""
    from alarms.models import Snapshot

    first = Snapshot.objects.filter(detection_id=pk, role="best").order_by("at").first()
    if first is None:
        raise SystemExit("a detection has no picture")
    mine = small(cv2.imread(str(media / first.name)))
    number = int(np.argmin([np.abs(mine - each).mean() for each in pictures]))
    starts = [round(one.start_s * FPS) for one in SCRIPT.happenings]
    began = max(start for start in starts if start <= number)
    return first.at.timestamp() * 1000 - (number - began) * 1000 / FPS


def line_of(what: str, durations: list[float]) -> str:
    """A line of the table."""
    p95 = statistics.quantiles(durations, n=20, method="inclusive")[18]
    return f"{what:44} p50 {statistics.median(durations):5.0f}, p95 {p95:5.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fires", type=int, default=20)
    args = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright leaves a loop in this thread
    with stage() as running:
        found = run(running, args.fires)
    if len(found) < 2:
        raise SystemExit("no fires were seen")
    print(f"{len(found)} fires, {FPS} pictures a second")
    for what, begin, end in (
        ("first picture of the fire to its card", "began", "card"),
        ("  until the model finds it", "began", "seen"),
        ("  confirmation by the rule", "seen", "confirmed"),
        ("  confirmed to stored by the web server", "confirmed", "stored"),
        ("  stored to the card in the page", "stored", "card"),
        ("card beyond the confirmation", "confirmed", "card"),
        ("picture in the card beyond the confirmation", "confirmed", "picture"),
    ):
        print(line_of(what, [getattr(one, end) - getattr(one, begin) for one in found]))


if __name__ == "__main__":
    main()
