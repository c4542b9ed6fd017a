"""`python -m project.demo`, which is what `make demo` runs, from its first start to its end."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
from demo_place import COMMAND, Place
from running import ROOT, answers, running, wait_for

pytestmark = pytest.mark.slow


def log_in(page: str, user: str, password: str) -> str:
    """Log in as a browser does and return the page that follows."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = browser.open(f"{page}/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    fields = {"username": user, "password": password, "csrfmiddlewaretoken": token[1]}
    headers = {"Origin": page, "Referer": f"{page}/login/"}
    request = urllib.request.Request(
        f"{page}/login/", urllib.parse.urlencode(fields).encode(), headers
    )
    with browser.open(request) as answer:
        assert answer.url == f"{page}/"
        return str(answer.read().decode())


def test_the_demo_shows_its_logins_and_stores_readings_and_one_ctrl_c_ends_it(place: Place) -> None:
    demo = place.start()
    logins = dict(re.findall(r"log in as (\w+) +password (\S+)", place.log.read_text()))
    assert set(logins) == {"admin", "operator"}
    for user, password in logins.items():
        assert "SIM001" in log_in(place.page, user, password)
        assert (place.state / f"{user}.password").stat().st_mode & 0o777 == 0o600
    wait_for(lambda: place.readings() >= 3, "a reading of SIM001", place.log)
    logs = place.state / "log"
    assert {file.stat().st_mode & 0o777 for file in logs.glob("*.log")} == {0o600}
    assert logs.stat().st_mode & 0o777 == 0o700
    assert "/login/" not in (logs / "web.log").read_text()  # no line for each request
    demo.send_signal(signal.SIGINT)
    assert demo.wait() == 0
    assert place.processes() == []


def test_after_a_kill_nothing_is_left_and_the_next_start_goes_on_with_the_same_data(
    place: Place,
) -> None:
    demo = place.start()
    wait_for(lambda: place.readings() >= 1, "a reading of SIM001", place.log)
    before = place.readings()
    logins = place.log.read_text().count("password")
    demo.kill()
    demo.wait()
    wait_for(lambda: place.processes() == [], "the end of all processes")
    place.start()
    assert place.log.read_text().count("password") == logins
    wait_for(lambda: place.readings() > before, "a further reading", place.log)


def test_a_start_right_after_a_kill_does_not_trip_over_what_is_still_ending(place: Place) -> None:
    demo = place.start()
    demo.kill()
    demo.wait()
    place.start()
    assert answers(f"{place.page}/readyz")


def test_a_second_start_is_refused_and_says_who_runs(place: Place) -> None:
    demo = place.start()
    second = subprocess.run(
        COMMAND.split(),
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"already running: process {demo.pid}, http://localhost:{place.port}/" in second.stderr
    assert demo.poll() is None


def test_a_busy_port_is_named_before_anything_starts(place: Place) -> None:
    with running(f"{sys.executable} -m http.server {place.port}", {}, place.logs / "other.log"):
        wait_for(lambda: answers(place.page), "the other server")
        done = subprocess.run(
            COMMAND.split(),
            cwd=ROOT,
            env=place.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {place.port} is in use" in done.stderr
    assert not (place.state / "postgres").exists()


@pytest.mark.parametrize(
    "pid_file", ["log/web.pid", "log/plant.pid", "postgres/postmaster.pid", "valkey/valkey.pid"]
)
def test_a_process_that_dies_is_started_again(place: Place, pid_file: str) -> None:
    place.start()
    pid = int((place.state / pid_file).read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: "starting again" in place.log.read_text(), "notice of the end", place.log)
    wait_for(lambda: answers(f"{place.page}/readyz"), "an answer after that", place.log)
    before = place.readings()
    wait_for(lambda: place.readings() > before, "a reading after that", place.log)
