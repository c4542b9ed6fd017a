"""The command line of the gateway: ``python -m edge run``, and what a technician needs."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from edge.benchmark import add_verbs as add_benchmark_verb
from edge.config import ConfigError
from edge.drain import drain
from edge.guess_command import add_verbs as add_guess_verb
from edge.options import add_options, config_of, known_of, remember, token_of
from edge.profile.command import add_verbs as add_profile_verbs
from edge.spool_file import SpoolError
from edge.supervisor import run
from edge.verbs import add_verbs

EXIT_WAITING = 1  # drain was stopped before the spool was empty
EXIT_CONFIG = 2  # a restart will not help: a person must change something
EXIT_SPOOL = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=options.log_level, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    # These two log every attempt; the gateway logs one line when something is lost, one when back.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    try:
        return int(options.verb(options))
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line answers on the terminal
        return EXIT_CONFIG
    except SpoolError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EXIT_SPOOL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge", description="Sentinel gateway")
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING"])
    verbs = parser.add_subparsers(required=True, metavar="verb")
    for name, verb, text in (
        ("run", _run, "read devices and stream their readings to the cloud"),
        ("drain", _drain, "send what the spool holds, read nothing, and end when it is empty"),
    ):
        one = verbs.add_parser(name, help=text)
        add_options(one)
        one.set_defaults(verb=verb)
    add_verbs(verbs)
    add_profile_verbs(verbs)
    add_guess_verb(verbs)
    add_benchmark_verb(verbs)
    return parser


def _run(options: argparse.Namespace) -> int:
    config = config_of(options)
    token = token_of(config)
    if options.state is not None:
        remember(config.state, known_of(config))
    asyncio.run(run(config, token))
    return 0


def _drain(options: argparse.Namespace) -> int:
    config = config_of(options)
    return EXIT_WAITING if asyncio.run(drain(config, token_of(config))) else 0


if __name__ == "__main__":
    sys.exit(main())
