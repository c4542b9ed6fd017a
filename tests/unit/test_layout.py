"""House rules that no linter knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.config import load_config
from project.plant import PLANT, read_plant

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("project", "realtime", "alarms", "devices", "edge", "tests", "bench")
SOURCES = [
    path.relative_to(ROOT)
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
PAGES = [
    path.relative_to(ROOT)
    for folder, pattern in (("static/js", "*.js"), ("static/css", "*.css"), ("templates", "*.html"))
    for path in sorted((ROOT / folder).rglob(pattern))
]


@pytest.mark.parametrize("path", [*SOURCES, *PAGES], ids=str)
def test_no_file_is_longer_than_300_lines(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_only_receivers_listen_to_signals(path: Path) -> None:
    if path.name == "receivers.py" or "tests" in path.parts:
        return
    text = (ROOT / path).read_text()
    # a signal is connected with a receiver; sockets, databases and clients take addresses
    listening = re.findall(r"@receiver\(|\b(?:post|pre)_\w+\.connect\(|announced\.connect\(", text)
    assert not listening


def test_every_setting_is_in_the_example_environment() -> None:
    settings = (ROOT / "project" / "settings.py").read_text()
    read = set(re.findall(r'\benv_\w+\(\s*"(\w+)"', settings))
    listed = set(
        re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    assert len(read) > 10
    assert read <= listed


def test_compose_takes_every_secret_from_the_environment_and_has_no_default_for_it() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        used = re.findall(rf"\$\{{{name}([^}}]*)\}}", compose)
        assert used
        assert all(rest.startswith(":?") for rest in used)


def test_the_demo_registry_agrees_with_the_gateways_parser() -> None:
    parsed = [load_config(file, environ={}) for file in sorted(PLANT.glob("*.toml"))]
    seen = read_plant()
    assert [gateway.uid for gateway in seen] == [config.gateway.uid for config in parsed]
    pairs = [
        (tag, planned)
        for gateway, config in zip(seen, parsed, strict=True)
        for device, known in zip(gateway.devices, config.devices, strict=True)
        for tag, planned in zip(device.tags, known.tags, strict=True)
    ]
    assert len(pairs) >= 20
    for tag, planned in pairs:
        fields = ("name", "label", "unit", "decimals", "low", "high", "scan_ms", "silence_ms")
        assert {f: getattr(tag, f) for f in fields} == {f: getattr(planned, f) for f in fields}
