"""Simulate the plant that gateway configurations describe.

  python -m edge.sim run edge/sim/plant/*.toml     serve its Modbus TCP units until Ctrl-C
  python -m edge.sim run --profile eastron-sdm630 --port 5020 --unit 7
                                                   one device of a profile (id or file)
  python -m edge.sim list                          show devices, present values and faults
  python -m edge.sim set SIM001 temperature 92.5   hold a tag at a value, at once
  python -m edge.sim fault SIM001 dead             break something (below)
  python -m edge.sim fault SIM001 clear            mend the device and release what was set

Faults, which add up until the device is cleared:

  dead          the unit takes requests and never answers: the client times out
  slow SECONDS  the unit answers that much later; other units are not held up
  busy          the unit refuses every read with exception 6 (device busy)
  refuse TAG    reads that touch the tag's registers are refused with exception 2 (bad register)
  stuck TAG     the tag's registers keep their present content; the process goes on behind them
  nan TAG       the tag's registers hold what means "not available": NaN, or its sentinel

A register that no tag covers answers exception 2 (but a device made from a profile has the gaps
that the profile lets a reader touch), a block that is longer than the device's max_registers
exception 3, an odd place or length exception 2 or 3 where the device reads evenly, a function
other than reads 1 to 4 exception 1, and a unit id that nobody has exception 11, as a gateway to a
serial line does. A value that is too large or small for its register shows the nearest one that
fits, as a transmitter at the end of its range does.

run, list, set and fault meet at the control door, a TCP port on 127.0.0.1 (--control; one JSON
line per request and answer). SENTINEL_CONNECTION_NAME=host:port moves a connection. When all
servers listen, run prints where, as one JSON line:
{"control": "host:port", "connections": {NAME: "host:port", ...}}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from edge.config import ConfigError, load_config
from edge.sim import door
from edge.sim.commands import (
    TAG_FAULTS,
    Answer,
    Command,
    CommandRefused,
    DeviceState,
    InjectFault,
    Kind,
    ListDevices,
    SetValue,
)
from edge.sim.profiled import device_of, find_profile, plant_of
from edge.sim.simulation import SEED, Simulation
from edge.wire.configuration import Document

PROFILE_PORT = 5020
DOOR = f"{door.HOST}:{door.PORT}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.verb == "run":
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
            asyncio.run(_serve(options))
        else:
            command = _command(options)
            answer = door.ask(options.control, command)
            sys.stdout.write("".join(_show(device) for device in answer.devices or []))
            if not isinstance(command, ListDevices):
                sys.stdout.write(_now_is(command, door.ask(options.control, ListDevices())))
    except (ConfigError, CommandRefused, OSError) as error:
        sys.stderr.write(f"edge.sim: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m edge.sim",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="serve a plant")
    run.add_argument("config", nargs="*", type=Path, help="TOML of a gateway")
    run.add_argument("--profile", default="", metavar="ID|FILE", help="serve one device like this")
    run.add_argument("--port", type=_port, default=PROFILE_PORT, help="of the profile's device")
    run.add_argument("--unit", type=_unit, default=1, help="of the profile's device")
    run.add_argument(
        "--uid", default="", help="of the profile's device; otherwise the profile's id"
    )
    run.add_argument(
        "--control", type=_port, default=door.PORT, metavar="PORT", help="0: a free one"
    )
    run.add_argument("--bind", default="", metavar="HOST", help="instead of the connections' hosts")
    run.add_argument("--free-ports", action="store_true", help="instead of the connections' ports")
    run.add_argument("--seed", type=int, default=SEED, help="other noise and other cycles")
    client = argparse.ArgumentParser(add_help=False)
    client.add_argument("--control", default=DOOR, metavar="HOST:PORT", help="of the running plant")
    verbs.add_parser("list", parents=[client], help="show the plant")
    fault = verbs.add_parser("fault", parents=[client], help="break or mend a device")
    fault.add_argument("device")
    fault.add_argument("kind", choices=get_args(Kind))
    fault.add_argument("detail", nargs="?", default="", metavar="TAG|SECONDS")
    hold = verbs.add_parser("set", parents=[client], help="hold a tag at a value")
    hold.add_argument("device")
    hold.add_argument("tag")
    hold.add_argument("value", type=float)
    return parser


def _port(text: str) -> int:
    return _whole_number(text, 65535)


def _unit(text: str) -> int:
    return _whole_number(text, 255)


def _whole_number(text: str, most: int) -> int:
    if not text.isdecimal() or int(text) > most:
        raise argparse.ArgumentTypeError(f"a number from 0 to {most} is expected, not {text!r}")
    return int(text)


def _command(options: argparse.Namespace) -> Command:
    """Make the command; a missing or superfluous detail is refused here."""
    if options.verb == "list":
        return ListDevices()
    if options.verb == "set":
        return SetValue(device=options.device, tag=options.tag, value=options.value)
    kind, detail = options.kind, options.detail
    needed = "TAG" if kind in TAG_FAULTS else "SECONDS" if kind == "slow" else ""
    if bool(needed) != bool(detail):
        raise CommandRefused(f"{kind} takes {needed or 'no further word'}")
    if kind != "slow":
        return InjectFault(device=options.device, kind=kind, tag=detail)
    try:
        return InjectFault(device=options.device, kind=kind, seconds=float(detail))
    except ValueError as error:
        raise CommandRefused(f"slow takes SECONDS, not {detail!r}") from error


def _show(device: DeviceState) -> str:
    faults = ", ".join(device.faults) or "none"
    head = f"{device.uid}  {device.name}  {device.address} unit {device.unit}  faults: {faults}\n"
    values = (
        f"    {tag} = {round(value, 3):.15g}{'  (set)' if tag in device.held else ''}\n"
        for tag, value in device.values.items()
    )
    texts = (f"    {tag} = {text!r}\n" for tag, text in device.texts.items())
    return head + "".join((*texts, *values))


def _now_is(command: InjectFault | SetValue, answer: Answer) -> str:
    """Return a line that says what is now the case with the device of a command."""
    device = next(device for device in answer.devices or [] if device.uid == command.device)
    faults = ", ".join(device.faults) or "none"
    return f"{device.uid}  faults: {faults}  set: {', '.join(device.held) or 'none'}\n"


def _plants(options: argparse.Namespace) -> list[Document]:
    plants: list[Document] = [load_config(path) for path in options.config]
    if options.profile:
        profile = find_profile(options.profile)
        device = device_of(profile, uid=options.uid, unit=options.unit)
        plants.append(plant_of(device, host="127.0.0.1", port=options.port))
    if not plants:
        raise ConfigError("run: name the TOML of a gateway, or a --profile")
    return plants


async def _serve(options: argparse.Namespace) -> None:
    """Serve the plant until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    plant = Simulation(_plants(options), seed=options.seed)
    control = door.ControlDoor(plant.execute)
    try:
        await plant.start(bind=options.bind, free_ports=options.free_ports)
        ready = {"control": await control.start(options.control), "connections": plant.addresses}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        async with asyncio.TaskGroup() as group:  # a failure of the clock ends the plant
            clock = group.create_task(plant.run_clock(), name="plant clock")
            await stopping.wait()
            clock.cancel()
    finally:
        await control.stop()
        await plant.stop()


if __name__ == "__main__":
    sys.exit(main())
