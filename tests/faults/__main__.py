"""Break the whole system by hand: ``python -m tests.faults --seed 7 --faults 60``."""

from __future__ import annotations

import argparse
import random
import sys

from tests.faults.faults import ordinary_kinds
from tests.faults.ground import Ground
from tests.faults.nemesis import make_schedule, say
from tests.faults.plantfile import SMALL_SPOOLS, Load
from tests.faults.trial import run_trial
from tests.faults.world import GATEWAY, Cast


def main() -> int:
    """Run one schedule; the exit status says whether everything is accounted for."""
    kinds = ordinary_kinds()
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--faults", type=int, default=2 * len(kinds))
    parser.add_argument("--gateways", type=int, default=4)
    parser.add_argument("--server", choices=["web", "web-daphne"], default="web")
    parser.add_argument("--kinds", nargs="+", choices=kinds, default=kinds, metavar="KIND")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    parser.add_argument("--small-spools", action="store_true", help="which overflow; see docs")
    options = parser.parse_args()
    kinds, load, gateway = options.kinds, Load(gateways=options.gateways), GATEWAY
    if options.small_spools:
        kinds = [*kinds, "overflow"]
        load, gateway = SMALL_SPOOLS, "python -m tests.faults.small_spool"
    schedule = make_schedule(options.seed, options.faults, load.gateways, kinds)
    cast = Cast(server=options.server, gateway=gateway, load=load)
    reasons = {"quota"} if options.small_spools else set()
    with Ground(keep=options.keep) as ground:
        say(f"in {ground.folder}")
        report = run_trial(
            "byhand", ground, schedule, seed=options.seed, cast=cast, expected_reasons=reasons
        )
        say(str(report))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
