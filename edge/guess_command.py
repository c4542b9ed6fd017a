"""``python -m edge guess``: reads registers of an unknown device and ranks what they may hold."""
# ruff: noqa: T201 - a command line answers on the terminal

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Final

from edge.modbus import ModbusError, ModbusLink
from edge.plan import Block
from edge.profile import BIT_TABLES
from edge.profile.guess import Guess, rank
from edge.wire.configuration import ConnectionConfig, SerialLine

EXIT_NO_ANSWER: Final = 1
SHOWN: Final = 8  # guesses
BETWEEN_READS_S: Final = 1.0


def add_verbs(verbs: Any) -> None:
    """Add it to the command line (to what ``ArgumentParser.add_subparsers`` returned)."""
    text = "read registers of a device and rank the types and byte orders that they may have"
    guess = verbs.add_parser("guess", help=text)
    guess.add_argument("where", help="HOST, HOST:PORT, or a serial port like /dev/ttyUSB0")
    guess.add_argument("address", type=int, help="of the first register on the wire, from 0")
    guess.add_argument("--count", type=int, default=4, help="registers to read, 1 to 125 (4)")
    guess.add_argument("--unit", type=int, default=1, help="unit id (1)")
    tables = ["holding", "input", *sorted(BIT_TABLES)]
    guess.add_argument("--table", default="holding", choices=tables)
    guess.add_argument("--reads", type=int, default=1, help="more tell a value from noise (1)")
    guess.add_argument("--rtu", action="store_true", help="RTU frames to HOST:PORT")
    guess.add_argument("--baud", type=int, default=9600, help="of a serial port (9600)")
    guess.add_argument("--parity", default="N", choices=["N", "E", "O"])
    guess.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    """Read, rank, print; return the exit code."""
    if mistake := _mistake_in(options):
        print(mistake, file=sys.stderr)
        return EXIT_NO_ANSWER
    block = Block(options.table, options.address, options.count, ())
    try:
        link = ModbusLink(_connection(options))
        reads = asyncio.run(_read(link, options.unit, block, options.reads))
    except (ModbusError, ValueError) as error:
        print(error, file=sys.stderr)
        return EXIT_NO_ANSWER
    print("\n".join(describe(reads, in_bits=block.table in BIT_TABLES)))
    return 0


def _mistake_in(options: argparse.Namespace) -> str:
    if not 0 <= options.address <= 65535:
        return "address: 0 to 65535, as it is on the wire"
    if not 1 <= options.count <= min(125, 65536 - options.address):
        return "count: 1 to 125 registers, up to address 65535"
    return "" if 0 <= options.unit <= 255 else "unit: 0 to 255"


def describe(reads: Sequence[Sequence[int]], *, in_bits: bool = False) -> list[str]:
    """The registers, and what they most plausibly hold; the best guess first."""
    if in_bits:
        return ["bits       " + " ".join(map(str, words)) for words in reads]
    lines = ["registers  " + " ".join(f"{word:04X}" for word in words) for words in reads]
    best = rank(*reads)[:SHOWN]
    return [*lines, "", *(_line(number, guess) for number, guess in enumerate(best, 1))]


def _line(number: int, guess: Guess) -> str:
    values = "  ".join(f"{v:.9g}" if isinstance(v, float) else repr(v) for v in guess.values)
    size = f"{guess.width} register{'s' * (guess.width != 1)}"
    return f"{number}. {guess.type:8} {guess.order}  {size:12} {values}"


async def _read(link: ModbusLink, unit: int, block: Block, count: int) -> list[list[int]]:
    reads = []
    try:
        for i in range(max(1, count)):
            if i:
                await asyncio.sleep(BETWEEN_READS_S)  # a value has moved a little by then
            reads.append(list(await link.read(unit, block)))
    finally:
        link.close()
    return reads


def _connection(options: argparse.Namespace) -> ConnectionConfig:
    if "/" in options.where or options.where.upper().startswith("COM"):
        line = SerialLine(port=options.where, baud=options.baud, parity=options.parity)
        return ConnectionConfig(name="guess", kind="rtu", serial=line)
    host, colon, port = options.where.rpartition(":")
    if colon and not port.isdecimal():
        raise ValueError(f"{options.where}: HOST:PORT is expected")
    return ConnectionConfig(
        name="guess",
        kind="rtu_over_tcp" if options.rtu else "tcp",
        host=host.strip("[]") if colon else options.where,
        port=int(port) if colon else 502,
    )
