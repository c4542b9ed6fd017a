"""Break the whole system by hand: ``python -m tests.faults --seed 7 --faults 60``."""

from __future__ import annotations

import argparse
import random
import sys

from tests.faults.faults import KINDS
from tests.faults.ground import Ground
from tests.faults.nemesis import make_schedule, say
from tests.faults.plantfile import Load
from tests.faults.trial import run_trial
from tests.faults.world import Cast


def main() -> int:
    """Run one schedule; the exit status says whether everything is accounted for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--faults", type=int, default=2 * len(KINDS))
    parser.add_argument("--gateways", type=int, default=4)
    parser.add_argument("--server", choices=["web", "web-daphne"], default="web")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    options = parser.parse_args()
    schedule = make_schedule(options.seed, options.faults, options.gateways, options.kinds)
    cast = Cast(server=options.server, load=Load(gateways=options.gateways))
    with Ground() as ground:
        report = run_trial("byhand", ground, schedule, seed=options.seed, cast=cast)
        say(str(report))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
