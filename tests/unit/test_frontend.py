"""House rules of the scripts, styles and templates that no tool here knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from project.templatetags.modules import VENDORED, files, needed

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


IMPORT = re.compile(r'^(?:import|export|\}) .*?from "(.+?)";|await import\("(.+?)"\)', re.MULTILINE)


def imported(path: Path) -> set[str]:
    return {name for pair in IMPORT.findall(path.read_text()) for name in pair if name}


def test_a_page_asks_at_once_for_all_that_its_scripts_import() -> None:
    asked = set(needed("overview"))
    reached = [path for path in SCRIPTS if path.stem in asked | {"overview"}]
    assert set().union(*map(imported, reached)) == asked


def test_every_module_is_run_by_a_page_or_imported_by_another() -> None:
    texts = [path.read_text() for path in TEMPLATES]
    run = {name for text in texts for name in re.findall(r"(?:module \"|'js/)(\w+)", text)}
    assert {path.stem for path in SCRIPTS} == (run | set().union(*map(imported, SCRIPTS))) - {
        *VENDORED
    }


@pytest.mark.parametrize("path", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_is_checked_and_imports_by_mapped_names_only(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("// @ts-check\n")
    imported = re.findall(r'(?:from |import\()"(.+?)"', text)
    assert set(imported) <= files().keys()


@pytest.mark.parametrize("path", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_puts_text_in_as_text(path: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", path.read_text()
    )


@pytest.mark.parametrize("path", [ROOT / "static/js/live.js", ROOT / "static/js/store.js"], ids=str)
def test_what_speaks_to_the_server_does_not_know_the_page(path: Path) -> None:
    assert not re.search(r"\b(document|querySelector|window)\b", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_a_template_has_no_inline_style_and_no_inline_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "nonce=" in tag, tag


@pytest.mark.parametrize("path", STYLES, ids=names(STYLES))
def test_colours_stand_in_the_tokens_only(path: Path) -> None:
    if path.name != "tokens.css":
        assert not re.search(
            r"#[0-9a-fA-F]{3,8}\b(?![-\w])", re.sub(r"#[a-z-]+ ?{", "", path.read_text())
        )
