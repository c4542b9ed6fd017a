"""What a gateway leaves behind is read as it was written."""

from __future__ import annotations

from pathlib import Path

from edge.gather import Happening
from edge.report import Reading as Read
from edge.spool import Spool
from tests.faults.checker import Evidence, Place, Reading, Stand
from tests.faults.evidence import read_spool, read_truth

EPOCH = "00000000000000ff"


def test_the_line_that_a_kill_cut_short_is_counted_and_the_others_are_read(tmp_path: Path) -> None:
    log = tmp_path / "truth"
    line = '{"epoch":"%s","stream":"live","seq":%d,"count":1,"readings":[["D1","t",7,1.5,192]]}\n'
    log.write_text(line % (EPOCH, 1) + (line % (EPOCH, 2))[:40] + "\n" + line % (EPOCH, 3))
    evidence = Evidence("GW")
    read_truth(log, evidence)
    assert set(evidence.truth) == {Place(EPOCH, "live", 1), Place(EPOCH, "live", 3)}
    assert evidence.truth[Place(EPOCH, "live", 1)] == [Reading("D1", "t", 7, 1.5, 192)]
    assert (evidence.torn_lines, evidence.repeated) == (1, 0)


def test_a_spool_says_what_was_acknowledged_what_waits_and_what_was_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 1024 * 1024, tmp_path / "truth")
    for value in (1.0, 2.0, 3.0):
        spool.append([Read("D1", "t", int(value), 192, value)])
    spool.append([], [Happening("device.down", "D1", 4)])
    spool.forget({"live": 1})
    spool.refuse("live", 2)
    spool.close()
    evidence = Evidence("GW")
    read_spool(tmp_path / "spool", evidence)
    read_truth(tmp_path / "truth", evidence)
    epoch = spool.epoch
    assert evidence.spool[epoch, "live"] == Stand(4, 1)
    assert evidence.waiting == {Place(epoch, "live", 3), Place(epoch, "events", 1)}
    assert [gap[1:] for gap in evidence.unsent_gaps] == [("live", 2, 2, 1, "refused")]
    assert evidence.truth[Place(epoch, "live", 2)] == [Reading("D1", "t", 2, 2.0, 192)]
    assert evidence.truth[Place(epoch, "events", 1)] == []
