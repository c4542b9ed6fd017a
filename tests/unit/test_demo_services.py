"""How the demo watches its processes; the clock is an argument, the processes are real."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from project.demo.__main__ import port_from
from project.demo.service import Child, Watcher, stop_orphans, trim_logs
from project.demo.state import State
from project.embedded import NotStarted
from project.embedded.process import command_line, is_running


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    watcher = Watcher()
    yield watcher
    watcher.stop()


def child(folder: Path, name: str, *args: str) -> Child:
    return Child(name, args, log=folder / f"{name}.log", env={"PATH": os.defpath}, cwd=folder)


def pid_of(service: Child) -> int:
    return int(service.log.with_suffix(".pid").read_text().split()[0])


def end(service: Child) -> None:
    os.kill(pid_of(service), signal.SIGKILL)
    os.waitid(os.P_PID, pid_of(service), os.WEXITED | os.WNOWAIT)


@contextmanager
def echoing(word: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``cat - word``, and go on when it answers: from its start on it has name and arguments.

    When ``Popen`` returns, the kernel may not have written them yet.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["/bin/cat", "-", word], bufsize=0, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(b"!")
            process.stdout.read(1)
            yield process
        finally:
            process.kill()


def test_what_keeps_dying_is_started_again_ever_more_slowly(
    watcher: Watcher, tmp_path: Path
) -> None:
    service = child(tmp_path, "dying", "/bin/sleep", "1000")
    now = 100.0
    watcher.start(service, now)
    for delay in (0.5, 1, 2, 4, 8, 16, 30, 30):
        before = pid_of(service)
        end(service)
        watcher.check(now)
        watcher.check(now + delay - 0.01)
        assert pid_of(service) == before
        now += delay
        watcher.check(now)
        assert pid_of(service) != before


def test_a_long_healthy_life_forgives_earlier_deaths(watcher: Watcher, tmp_path: Path) -> None:
    service = child(tmp_path, "recovered", "/bin/sleep", "1000")
    watcher.start(service, 0.0)
    for died, back in ((1.0, 1.5), (2.0, 3.0)):
        end(service)
        watcher.check(died)
        watcher.check(back)
    watcher.check(64.0)
    end(service)
    watcher.check(65.0)
    watcher.check(65.5)
    assert service.is_alive()


def test_services_stop_in_reverse_order(watcher: Watcher, tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        script = f"trap 'echo {name} >> order; exit' TERM; echo up; while :; do wait; done"
        service = child(tmp_path, name, "/bin/sh", "-c", f"sleep 1000 & {script}")
        watcher.start(service, 0.0)
        while "up" not in service.log.read_text():  # the trap is set
            assert service.is_alive()
    watcher.stop()
    assert (tmp_path / "order").read_text().split() == ["third", "second", "first"]


def test_orphans_are_ended_and_strangers_with_their_number_are_not(tmp_path: Path) -> None:
    with echoing("one") as orphan, echoing("two") as stranger:
        (tmp_path / "orphan.pid").write_text(f"{orphan.pid} /bin/cat - one")
        (tmp_path / "stranger.pid").write_text(f"{stranger.pid} /bin/cat - one")
        (tmp_path / "empty.pid").write_text("")
        stop_orphans(tmp_path)
        assert orphan.wait() == -signal.SIGTERM
        assert stranger.poll() is None
    assert list(tmp_path.glob("*.pid")) == []


def test_a_log_that_grew_too_long_is_set_aside_and_begins_anew(tmp_path: Path) -> None:
    long, short = tmp_path / "long.log", tmp_path / "short.log"
    long.write_bytes(b"x" * 20_000_001)
    short.write_bytes(b"short")
    trim_logs(tmp_path)
    assert (long.stat().st_size, short.read_bytes()) == (0, b"short")
    assert (tmp_path / "long.log.1").stat().st_size == 20_000_001


def test_a_folder_is_locked_for_one_demo_and_says_for_whom(tmp_path: Path) -> None:
    first = State(tmp_path)
    first.publish("process 1, http://localhost:8000/")
    with pytest.raises(NotStarted, match=r"already running: process 1, http://localhost:8000/"):
        State(tmp_path)
    first.release()
    State(tmp_path).release()
    assert first.secret("key") == first.secret("key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_process_is_known_by_its_program_and_not_by_its_number_alone() -> None:
    with echoing("me") as process:
        assert is_running(process.pid, "cat")
        assert not is_running(process.pid, "postgres")
        assert command_line(process.pid) == "/bin/cat - me"
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_running(process.pid, "cat")  # a zombie has ended
    assert command_line(process.pid) == ""


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "８０"])
def test_a_port_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(NotStarted, match="PORT: a number from 1 to 65535"):
        port_from(text)
