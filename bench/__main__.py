"""Every published figure, in one run: ``make bench``."""

import subprocess
import sys

SCRIPTS = (
    *("ingest", "latency", "idle", "stall", "reading", "vision", "cameras"),
    *("judging", "alarming", "metrics", "painting", "trending"),
)
for script in SCRIPTS:
    print(f"\n== {script}", flush=True)
    # each in a process of its own: Django keeps the database that it was first set up with
    subprocess.run([sys.executable, "-m", f"bench.{script}"], check=True)
