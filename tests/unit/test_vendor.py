"""The committed browser files of other projects are those of the lock, with their licences."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "vendor"
SERVED = REPOSITORY / "static" / "vendor"
FOR_TESTS = REPOSITORY / "tests" / "browser" / "vendor"
LOCK_NAME = "vendor.lock.json"

WORDS_OF_LICENCE = {
    "0BSD": "Permission to use, copy, modify, and/or distribute this software",
    "Apache-2.0": "Apache License",
    "BSD-3-Clause": "Redistribution and use in source and binary forms",
    "MPL-2.0": "Mozilla Public License, version 2.0",
    "OFL-1.1": "SIL OPEN FONT LICENSE Version 1.1",
}

each_folder = pytest.mark.parametrize("folder", [SERVED, FOR_TESTS], ids=["served", "for tests"])


class StrictestStorage(ManifestStaticFilesStorage):
    """Rewrites whatever Django is able to rewrite, the imports of ES modules included."""

    support_js_module_import_aggregation = True


def read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_in(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def strings_in(node: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a JSON document with the path of keys that leads to it."""
    if isinstance(node, str):
        yield where, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield f"{where}/{key}", str(key)
            yield from strings_in(value, f"{where}/{key}")
    elif isinstance(node, list):
        for value in node:
            yield from strings_in(value, where)


@each_folder
def test_every_vendored_file_has_the_sha256_of_the_lock(folder: Path) -> None:
    locked = {name: file["sha256"] for name, file in read_json(folder / LOCK_NAME)["files"].items()}
    assert {name: sha256_of(folder / name) for name in locked} == locked


@each_folder
def test_a_vendored_folder_holds_the_files_of_its_lock_and_no_others(folder: Path) -> None:
    assert files_in(folder) == sorted([*read_json(folder / LOCK_NAME)["files"], LOCK_NAME])


@each_folder
def test_every_vendored_package_is_the_one_that_npm_has_pinned(folder: Path) -> None:
    pinned = read_json(BUILD / "package-lock.json")["packages"]
    for package in read_json(folder / LOCK_NAME)["packages"]:
        entry = pinned[f"node_modules/{package['name']}"]
        assert package == {
            "name": package["name"],
            "version": entry["version"],
            "license": entry["license"],
            "integrity": entry["integrity"],
        }
        assert package["integrity"].startswith("sha512-")


@each_folder
def test_every_vendored_package_travels_with_the_words_of_its_licence(folder: Path) -> None:
    lock = read_json(folder / LOCK_NAME)
    for package in lock["packages"]:
        texts = [
            " ".join((folder / name).read_text(encoding="utf-8").split())
            for name, file in lock["files"].items()
            if name.startswith("licenses/") and file["from"] == [package["name"]]
        ]
        assert any(WORDS_OF_LICENCE[package["license"]] in text for text in texts), package["name"]


def test_the_notice_that_the_apache_licence_asks_for_is_served() -> None:
    notice = (SERVED / "licenses" / "echarts" / "NOTICE.txt").read_text(encoding="utf-8")
    assert notice.startswith("Apache ECharts")


def test_every_direct_dependency_is_pinned_to_one_version() -> None:
    dependencies = read_json(BUILD / "package.json")["devDependencies"]
    assert dependencies
    for name, version in dependencies.items():
        assert all(part.isdigit() for part in version.split(".")), name


def test_no_registry_host_is_named() -> None:
    assert "registry=" not in (BUILD / ".npmrc").read_text(encoding="utf-8")
    for path in [
        BUILD / "package.json",
        BUILD / "package-lock.json",
        SERVED / LOCK_NAME,
        FOR_TESTS / LOCK_NAME,
    ]:
        for where, text in strings_in(read_json(path)):
            # An author's page for donations is the one address that npm copies from a package.
            assert "://" not in text or where.endswith("/funding/url"), (
                f"{path.name}{where}: {text}"
            )
            assert text != "resolved", (
                f"{path.name}{where} tells where the package was fetched from"
            )


def test_the_storage_that_renames_static_files_leaves_the_vendored_ones_as_they_are(
    tmp_path: Path,
) -> None:
    collected = tmp_path / "vendor"
    shutil.copytree(SERVED, collected)
    storage = StrictestStorage(location=str(tmp_path), base_url="/static/")
    source = FileSystemStorage(location=str(tmp_path))
    paths = {f"vendor/{name}": (source, f"vendor/{name}") for name in files_in(SERVED)}
    for name, hashed, outcome in storage.post_process(paths):
        assert not isinstance(outcome, Exception), f"{name}: {outcome}"
        assert hashed is not None, f"{name} was not renamed"
        assert hashed != name
        assert sha256_of(tmp_path / hashed) == sha256_of(tmp_path / name)
