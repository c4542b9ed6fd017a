"""The tables of docs/abuse.md: which case is answered with what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

_FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "abuse.md"
_ROW = re.compile(r"^\| ([a-z0-9]+(?:-[a-z0-9]+)+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
_BY_SERVER = re.compile(r"uvicorn (.+), daphne (.+)")


def answers() -> dict[str, str]:
    """Return the documented answer of every case."""
    rows = _ROW.findall(_FILE.read_text())
    assert len(dict(rows)) == len(rows), "a case stands twice in docs/abuse.md"
    return dict(rows)


def answer_to(case: str, server: str) -> str:
    """Return what this server answers according to the document."""
    answer = answers()[case]
    found = _BY_SERVER.fullmatch(answer)
    return found[1 if server == "uvicorn" else 2] if found else answer


def each(cases: Iterable[str]) -> pytest.MarkDecorator:
    """Run a test once for every case."""
    return pytest.mark.parametrize("case", list(cases))
