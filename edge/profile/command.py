"""``python -m edge profile ...``: list, show and check profiles, or make one from other files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from edge.profile.check import ProfileError, read_profile
from edge.profile.convert import (
    Converted,
    device_toml,
    from_telegraf,
    from_thingsboard,
    profile_json,
)
from edge.profile.convert.converted import ConversionError
from edge.profile.library import shipped, shipped_profile
from edge.profile.model import Profile
from edge.profile.point import Point
from edge.profile.schema import schema_text
from edge.sim.waves import WaveError, waves_of

EXIT_MISTAKES: Final = 1
EXIT_NO_FILE: Final = 2

_FORMATS: Final[dict[str, Callable[[bytes], Converted]]] = {
    "thingsboard": from_thingsboard,
    "telegraf": from_telegraf,
}


def add_verbs(verbs: Any) -> None:
    """Add ``profile`` and its verbs to a command line; each sets ``verb`` to what does it.

    Args:
        verbs: what ``ArgumentParser.add_subparsers`` returned.
    """
    profile = verbs.add_parser("profile", help="look at, check and convert device profiles")
    more = profile.add_subparsers(required=True, metavar="verb")
    check = more.add_parser("check", help="say everything that is wrong with a profile file")
    check.add_argument("file", nargs="+", type=Path, metavar="FILE")
    check.set_defaults(verb=_check)
    more.add_parser("list", help="list the profiles that come along").set_defaults(verb=_list)
    show = more.add_parser("show", help="show the points of a profile")
    show.add_argument("id", metavar="ID|FILE")
    show.set_defaults(verb=_show)
    schema = more.add_parser("schema", help="print the JSON Schema of profile files")
    schema.set_defaults(verb=_schema)
    convert = more.add_parser("convert", help="make profiles from another gateway's configuration")
    convert.add_argument("--from", dest="source", required=True, choices=sorted(_FORMATS))
    convert.add_argument(
        "--toml", action="store_true", help="print connections and devices instead"
    )
    convert.add_argument("--out", type=Path, metavar="FOLDER", help="write a file for each device")
    convert.add_argument("file", type=Path, metavar="FILE")
    convert.set_defaults(verb=_convert)


def _check(options: argparse.Namespace) -> int:
    wrong = False
    for path in options.file:
        mistakes = _mistakes_of(path)
        wrong = wrong or bool(mistakes)
        _say(*(f"{path}: {mistake}" for mistake in mistakes or ["no mistake"]))
    return EXIT_MISTAKES if wrong else 0


def _mistakes_of(path: Path) -> list[str]:
    try:
        profile = read_profile(path.read_bytes())
        waves_of(profile.points)
    except OSError as error:
        return [f"cannot be read: {error.strerror}"]
    except ProfileError as error:
        return error.mistakes
    except WaveError as error:
        return [f"point {error}"]
    return []


def _list(options: argparse.Namespace) -> int:
    for profile in shipped():
        trust = "tried on hardware" if profile.verified.hardware else "not tried on hardware"
        title = profile.title or f"{profile.vendor} {profile.model}"
        _say(
            f"{profile.id:24} {profile.version:8} {len(profile.points):3} points  {title}; {trust}"
        )
    return 0


def _show(options: argparse.Namespace) -> int:
    try:
        profile = _find(options.id)
    except (KeyError, OSError, ProfileError) as error:
        _complain(str(error.args[0]) if isinstance(error, KeyError) else f"{options.id}: {error}")
        return EXIT_NO_FILE
    _say(
        f"{profile.id} {profile.version}: {profile.title or profile.model} ({profile.vendor})",
        *(f"  source: {source}" for source in profile.sources),
        f"  a read has at most {profile.limits.max_registers} registers",
        *map(_line, profile.points),
    )
    return 0


def _find(name: str) -> Profile:
    if name.endswith(".json"):
        return read_profile(Path(name).read_bytes())
    return shipped_profile(name)


def _line(point: Point) -> str:
    place = f"model {point.model} + {point.address}" if point.model else str(point.address)
    bit = f" bit {point.bit}" if point.bit is not None else ""
    kind = f"{point.type} {point.order}" if point.width > 1 else point.type
    write = ", written" if point.write is not None else ""
    text = f"{point.label} [{point.unit}]" if point.unit else point.label
    return f"  {point.name:20} {point.table:8} {place + bit:16} {kind:13} {text}{write}"


def _schema(options: argparse.Namespace) -> int:
    sys.stdout.write(schema_text())
    return 0


def _convert(options: argparse.Namespace) -> int:
    try:
        made = _FORMATS[options.source](options.file.read_bytes())
    except OSError as error:
        _complain(f"{options.file}: cannot be read: {error.strerror}")
        return EXIT_NO_FILE
    except ConversionError as error:
        _complain(f"{options.file}: {error}")
        return EXIT_MISTAKES
    _complain(*(f"note: {note}" for note in made.notes))
    if options.toml:
        sys.stdout.write(device_toml(made.devices))
        return 0
    source = f"{options.source}, {options.file.name}"
    if options.out is None:
        sys.stdout.writelines(profile_json(device, source) for device in made.devices)
        return 0
    return _write(options.out, {one.slug: profile_json(one, source) for one in made.devices})


def _write(folder: Path, texts: dict[str, str]) -> int:
    """Write a file for each device; a file that is there is somebody's work and stays."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for slug, text in texts.items():
            path = folder / f"{slug}.json"
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            _say(f"{path}: written")
    except FileExistsError as error:
        _complain(f"{error.filename}: is there already; move it away or name another folder")
        return EXIT_NO_FILE
    except OSError as error:
        _complain(f"{error.filename}: cannot be written: {error.strerror}")
        return EXIT_NO_FILE
    return 0


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _complain(*lines: str) -> None:
    sys.stderr.writelines(f"{line}\n" for line in lines)
