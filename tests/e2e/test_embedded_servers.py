"""The servers of `make demo` and of these tests: what happens when someone is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
import redis
from running import ROOT, wait_for

from project.embedded.files import closed_folder, take_lock, write_secret
from project.embedded.process import die_with_parent, is_running

SCRIPT = Path(__file__).with_name("supervised.py")


@dataclass
class Supervised:
    """Two servers and the process that supervises them."""

    supervisor: subprocess.Popen[str]
    pids: dict[str, int]
    database: str
    store: str

    def kill(self) -> None:
        """Kill the supervisor alone."""
        self.supervisor.kill()
        self.supervisor.wait()

    def servers_run(self) -> bool:
        return any(is_running(pid, name) for name, pid in self.pids.items())


class Drill:
    """A folder, and supervisors started in it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack

    def launch(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, self.folder],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - in the main thread
        )
        self.stack.enter_context(process)
        self.stack.callback(process.kill)
        return process

    def start(self) -> Supervised:
        process = self.launch()
        assert process.stdout
        told = process.stdout.readline()
        assert told, process.communicate()[1]
        started = Supervised(process, **json.loads(told))
        self.stack.callback(wait_for, lambda: not started.servers_run(), "the end of the servers")
        self.stack.callback(process.kill)
        return started


@pytest.fixture
def drill() -> Iterator[Drill]:
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        yield Drill(folder, stack)


def count(url: str) -> int:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from kept")
        return int(cursor.fetchone()[0])


def keep_rows(url: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("create table kept as select generate_series(1, 1000)")
        connection.commit()


def test_the_servers_end_when_their_supervisor_is_killed(drill: Drill) -> None:
    servers = drill.start()
    servers.kill()
    wait_for(lambda: not servers.servers_run(), "the end of both servers")


@pytest.mark.slow
def test_what_was_committed_is_there_after_every_process_was_killed(drill: Drill) -> None:
    servers = drill.start()
    keep_rows(servers.database)
    for pid in (*servers.pids.values(), servers.supervisor.pid):
        os.kill(pid, signal.SIGKILL)
    servers.supervisor.wait()
    assert count(drill.start().database) == 1000


@pytest.mark.slow
def test_a_start_right_after_a_kill_takes_over(drill: Drill) -> None:
    first = drill.start()
    keep_rows(first.database)
    with closing(redis.Redis.from_url(first.store)) as client:
        client.set("kept", "yes")
    first.kill()
    second = drill.start()
    assert count(second.database) == 1000
    with closing(redis.Redis.from_url(second.store)) as client:
        assert client.get("kept") == b"yes"


def test_a_second_supervisor_of_the_same_folder_is_refused(drill: Drill) -> None:
    first = drill.start()
    second = drill.launch()
    assert "is in use by another process" in second.communicate()[1]
    assert second.returncode == 1
    assert first.servers_run()


@pytest.mark.slow
def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(drill: Drill) -> None:
    first = drill.start()
    first.kill()
    wait_for(lambda: not first.servers_run(), "the end of both servers")
    (drill.folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    (drill.folder / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    assert drill.start().servers_run()


@pytest.mark.slow
def test_a_kill_while_the_cluster_is_made_leaves_a_folder_that_starts(drill: Drill) -> None:
    process = drill.launch()
    half_made = f"postgres.init.{process.pid}/PG_VERSION"
    wait_for((drill.folder / half_made).exists, "the making of a cluster")
    process.kill()
    process.wait()
    assert not (drill.folder / "postgres").exists()
    assert drill.start().servers_run()


def test_a_folder_that_others_cannot_pass_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    outside = {str(folder) for folder in tmp_path.parents}
    assert str(closed_folder(closed / "data")) in {*outside, str(tmp_path), str(closed)}
    assert closed_folder(Path("/data")) is None


def test_a_lock_is_free_again_when_its_holder_lets_go(tmp_path: Path) -> None:
    first = take_lock(tmp_path / "lock")
    assert first
    assert take_lock(tmp_path / "lock") is None
    first.close()
    again = take_lock(tmp_path / "lock")
    assert again
    again.close()


def test_a_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old and open")
    write_secret(file, "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
