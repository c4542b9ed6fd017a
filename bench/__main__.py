"""Every published figure, in one run: ``make bench``."""

import runpy

for script in ("ingest", "latency", "idle"):
    print(f"\n== {script}", flush=True)
    runpy.run_module(f"bench.{script}", run_name="__main__")
