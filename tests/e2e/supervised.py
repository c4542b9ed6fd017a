"""Supervise both servers in the folder given, tell where they are, and wait: a process to kill."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from project.embedded import EmbeddedPostgres, EmbeddedValkey, NotStarted

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    try:
        # without fsync a commit still survives a kill, only not a power cut
        database = EmbeddedPostgres(folder / "postgres", settings={"fsync": "off"}).start()
        store = EmbeddedValkey(folder / "valkey").start()
    except NotStarted as error:
        sys.exit(str(error))
    assert database.process
    assert store.process
    pids = {"postgres": database.process.pid, "valkey": store.process.pid}
    told = {"pids": pids, "database": database.url, "store": store.url}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    signal.pause()
