"""An installed package adds a layout of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.vision.decoders import LayoutError, layout_of

PACKAGE = """
from edge.vision.decoders import Layout
from edge.vision.decoders.yolo import decode
layout = Layout(decode, colours="bgr")
text = "not a layout"
"""


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "layouts_of_acme.py").write_text(PACKAGE)
    about = tmp_path / "layouts_of_acme-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: layouts-of-acme\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[sentinel.layouts]\nacme = layouts_of_acme:layout\nbroken = layouts_of_acme:text\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("_installed")
def test_a_layout_of_an_installed_package_is_found_by_its_name() -> None:
    assert layout_of("acme").colours == "bgr"


@pytest.mark.usefixtures("_installed")
def test_an_entry_point_that_is_no_layout_is_refused() -> None:
    with pytest.raises(LayoutError, match="layouts_of_acme:text is not a Layout"):
        layout_of("broken")
