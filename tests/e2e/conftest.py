"""What several of these files need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_place import Place, demo_place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Give a test a folder and a port for demos."""
    with demo_place(tmp_path) as place:
        yield place
