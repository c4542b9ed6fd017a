"""Finding the models of a SunSpec device. Pure: it says what to read and is told what was there.

Source: SunSpec Device Information Model Specification 1.1: the map begins with "SunS" at one of
three addresses; models follow as identifier, length and as many registers, up to 0xFFFF.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from edge.plan import Block
from edge.profile import Point

BASES: Final = (40000, 0, 50000)
MARK: Final = (0x5375, 0x6E53)  # "SunS"
END: Final = 0xFFFF
MOST_MODELS: Final = 200  # a chain that never ends is no chain

Chain = dict[int, int]  # model -> address of its identifier; of several alike the first
Walk = Generator[Block, Sequence[int] | None, Chain]


def walk() -> Walk:
    """Yield what to read next, take its words (None: refused), return the chain (empty: none)."""
    for base in BASES:
        if tuple((yield _pair(base)) or ()) == MARK:
            return (yield from _models(base + 2))
    return {}


def _models(address: int) -> Walk:
    chain: Chain = {}
    for _ in range(MOST_MODELS):
        words = (yield _pair(address)) if address < 0xFFFF else None
        if words is None or words[0] == END:
            break
        chain.setdefault(words[0], address)
        address += 2 + words[1]
    return chain


def _pair(address: int) -> Block:
    return Block("holding", address, 2, ())


def place(tags: Iterable[Point], chain: Mapping[int, int]) -> list[Point]:
    """Give the tags of models their wire addresses; those of models that are missing are left out.

    Args:
        tags: of one device, of models or not.
        chain: what ``walk`` found.
    """
    placed = []
    for tag in tags:
        if not tag.model:
            placed.append(tag)
        elif tag.model in chain and chain[tag.model] + tag.address + tag.width <= 0x10000:
            placed.append(replace(tag, address=chain[tag.model] + tag.address, model=0))
    return placed


def missing(tags: Iterable[Point], chain: Mapping[int, int]) -> str:
    """Say in plain words which models are missing; empty: none."""
    models = sorted({tag.model for tag in tags if tag.model and tag.model not in chain})
    if not models:
        return ""
    if not chain:
        return f"no SunSpec map at {', '.join(map(str, BASES))}"
    return "no SunSpec model " + ", ".join(map(str, models))
