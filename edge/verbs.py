"""The verbs of a technician at the cabinet: enrol, check, spool, status."""
# ruff: noqa: T201 - a command line answers on the terminal

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from edge import spool_view, status
from edge.check import check
from edge.config import Config
from edge.enrol import EnrolError, enrol
from edge.options import add_options, config_of, place_of, token_of
from edge.status import NotRunning

EXIT_BAD = 1


def add_verbs(verbs: Any) -> None:
    """Add them to the command line (to what ``ArgumentParser.add_subparsers`` returned)."""
    text = "get the token of this gateway with a one-time code"
    enrolling = verbs.add_parser("enrol", help=text)
    enrolling.add_argument("--state", type=Path, required=True, help="folder that keeps the token")
    enrolling.add_argument("--url", default="", help="https://HOST of the cloud")
    enrolling.add_argument("--code", required=True, help="the one-time code")
    enrolling.add_argument("--uid", default="", help="uid to ask for, where the code has none")
    enrolling.add_argument("--ca-file", default="", help="CA that vouches for the cloud; PEM")
    enrolling.add_argument("--allow-insecure", action="store_true", help="speak http:// to it")
    enrolling.set_defaults(verb=_enrol)
    for name, verb, text in (
        ("check", _check, "test configuration, connection, token, clock and every device"),
        ("spool", _spool, "show what waits for the cloud"),
        ("status", _status, "show the state of the running gateway"),
    ):
        one = verbs.add_parser(name, help=text)
        add_options(one)
        one.set_defaults(verb=verb)


def _enrol(options: argparse.Namespace) -> int:
    try:
        print("\n".join(enrol(options)))
    except EnrolError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD
    return 0


def _check(options: argparse.Namespace) -> int:
    return asyncio.run(_print_verdicts(config_of(options)))


async def _print_verdicts(config: Config) -> int:
    failures = 0
    async for verdict in check(config, token_of):
        print(verdict, flush=True)
        failures += not verdict.is_well
    print("everything works" if not failures else f"{failures} of these do not work")
    return EXIT_BAD if failures else 0


def _spool(options: argparse.Namespace) -> int:
    place = place_of(options)
    view = spool_view.look_at(place.spool)
    if view is None:
        print(f"{place.spool}: there is no spool; the gateway never ran here", file=sys.stderr)
        return EXIT_BAD
    for line in spool_view.describe(view, place.quota_bytes, spool_view.now_ms()):
        print(line)
    return 0


def _status(options: argparse.Namespace) -> int:
    try:
        state = status.ask(place_of(options).state)
    except NotRunning as error:
        print(error, file=sys.stderr)
        return EXIT_BAD
    print("\n".join(status.describe(state)))
    return 0
