"""A spool that is damaged, killed in the middle of writing, or out of disk."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from edge_makers import Opener
from spool_steps import frames, readings

from edge.report import Reading
from edge.spool_file import SpoolLocked
from edge.wire import Data, Gap


def test_a_second_gateway_on_the_same_spool_is_refused(open_spool: Opener, tmp_path: Path) -> None:
    open_spool()
    code = (
        "import sys; from pathlib import Path; from edge.spool import Spool; "
        "Spool(Path(sys.argv[1]), 1048576)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "gw.spool")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert SpoolLocked.__name__ in other.stderr


def test_a_corrupt_body_becomes_a_gap_and_its_neighbours_go_out(
    open_spool: Opener, tmp_path: Path
) -> None:
    spool = open_spool()
    for i in range(3):
        spool.append(readings(10, i * 10))
    spool.close()
    with sqlite3.connect(tmp_path / "gw.spool") as db:
        db.execute("UPDATE frame SET body = zeroblob(length(body)) WHERE seq = 2")
    db.close()
    first, gap, last = frames(open_spool())
    assert isinstance(first, Data)
    assert gap == Gap("live", 2, 2, 10_000, 19_000, 10, "corrupt")
    assert isinstance(last, Data)


def test_a_file_that_is_no_database_is_set_aside_and_a_new_epoch_begins(
    open_spool: Opener, tmp_path: Path
) -> None:
    (tmp_path / "gw.spool").write_bytes(b"not a database at all" * 1000)
    spool = open_spool()
    assert spool.set_aside is not None
    assert spool.set_aside.read_bytes().startswith(b"not a database")
    assert spool.append(readings(1)) == {"live": 1}


def test_a_refused_frame_becomes_a_gap_of_its_own(open_spool: Opener) -> None:
    spool = open_spool()
    for i in range(3):
        spool.append(readings(2, i * 2))
    spool.refuse("live", 2)
    spool.refuse("live", 2)
    _, gap, _ = frames(spool)
    assert gap == Gap("live", 2, 2, 2_000, 3_000, 2, "refused")


def test_numbers_that_the_cloud_has_from_elsewhere_are_skipped_with_a_gap(
    open_spool: Opener,
) -> None:
    spool = open_spool()
    spool.append(readings(3))
    spool.append(readings(3, 3))
    spool.skip_to("live", 10)
    assert frames(spool) == [Gap("live", 11, 11, 0, 5_000, 6, "operator")]
    assert spool.append(readings(1)) == {"live": 12}


def test_numbers_are_skipped_without_a_gap_when_nothing_waits(open_spool: Opener) -> None:
    spool = open_spool()
    spool.skip_to("live", 10)
    assert frames(spool) == []
    assert spool.append(readings(1)) == {"live": 11}


# ---------------------------------------------------------------- kill -9

WRITER = """
import sys
from pathlib import Path
from edge.report import Reading
from edge.spool import Spool
spool = Spool(Path(sys.argv[1]), 1 << 24, Path(sys.argv[2]))
for i in range(10_000_000):
    sealed = spool.append([Reading("D", "t", i, 192, float(i))] * (1 + i % 5), stream="live")
    print(sealed["live"], flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 3, 20, 57])
def test_a_kill_in_the_middle_of_writing_loses_nothing_that_append_returned_for(
    open_spool: Opener, tmp_path: Path, lines: int
) -> None:
    truth = tmp_path / "truth"
    arguments = [sys.executable, "-c", WRITER, str(tmp_path / "gw.spool"), str(truth)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(lines)]
        os.kill(writer.pid, signal.SIGKILL)
        seen += [int(line) for line in writer.stdout if line.endswith("\n")]
    spool = open_spool(1 << 24, truth)
    kept = [frame.seq for frame in frames(spool)]
    assert seen == list(range(1, len(seen) + 1))
    assert kept == list(range(1, len(kept) + 1))
    assert len(seen) <= len(kept) <= len(seen) + 1
    told = [json.loads(line) for line in truth.read_text().splitlines()]
    assert [line["seq"] for line in told] in (kept, kept[:-1])
    assert spool.append(readings(1)) == {"live": len(kept) + 1}


def test_the_truth_log_tells_every_frame_with_its_readings(
    open_spool: Opener, tmp_path: Path
) -> None:
    truth = tmp_path / "truth"
    truth.write_text('{"torn": ')  # what a kill may leave
    spool = open_spool(truth_log=truth)
    spool.append([Reading("D", "t", 5, 192, 1.5), Reading("D", "u", 6, 24)])
    _, told = truth.read_text().splitlines()
    assert json.loads(told) == {
        "epoch": spool.epoch,
        "stream": "live",
        "seq": 1,
        "count": 2,
        "readings": [["D", "t", 5, 1.5, 192], ["D", "u", 6, None, 24]],
    }


# ---------------------------------------------------------------- disks

FULL_DISK = """
import os, sys
from pathlib import Path
from spool_steps import frames, readings
from edge.spool import Spool
from edge.wire import Data, Gap
folder = Path(sys.argv[1])
spool = Spool(folder / "gw.spool", 1 << 28)
ballast = folder / "gw.spool.ballast"
assert ballast.exists()
total = 0
def append(times):
    global total
    for _ in range(times):
        spool.append(readings(1000, total))
        total += 1000
append(20)
filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(filler, bytes(65536))
except OSError:
    pass
append(700)
assert not ballast.exists(), "the reserve was not needed"
found = frames(spool)
lost = sum(frame.readings for frame in found if isinstance(frame, Gap))
kept = sum(len(frame.v) for frame in found if isinstance(frame, Data))
assert lost > 0 and kept > 0 and lost + kept == total, (lost, kept, total)
os.ftruncate(filler, 0)
append(20)
spool.status()
assert ballast.exists(), "the reserve was not taken again"
found = frames(spool)
assert sum(f.readings if isinstance(f, Gap) else len(f.v) for f in found) == total
spool.close()
print("done")
"""


@pytest.mark.slow
def test_a_full_disk_costs_the_oldest_readings_but_neither_the_gateway_nor_the_account(
    tmp_path: Path,
) -> None:
    mount = 'mount -t tmpfs -o size=80m none "$0" && exec "$1" -c "$2" "$0"'
    arguments = ["unshare", "-rm", "sh", "-c", mount, str(tmp_path), sys.executable, FULL_DISK]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=environ)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("a small disk cannot be mounted here")
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr


FAILING_DISK = """
import resource, signal, sys
from pathlib import Path
from spool_steps import frames, readings
from edge.spool import Spool
from edge.spool_file import SpoolUnavailable
spool = Spool(Path(sys.argv[1]) / "gw.spool", 1 << 28)
spool.append(readings(1000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
failures = 0
for _ in range(3):
    try:
        spool.append(readings(1000, 1000))
    except SpoolUnavailable:
        failures += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert failures == 3, failures
assert spool.append(readings(1000, 1000)) == {"live": 2}
assert [frame.seq for frame in frames(spool)] == [1, 2]
spool.close()
print("done")
"""


def test_a_disk_that_fails_for_a_while_costs_nothing(tmp_path: Path) -> None:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-c", FAILING_DISK, str(tmp_path)]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=environ)
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr
