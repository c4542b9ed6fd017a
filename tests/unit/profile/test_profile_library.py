"""The profiles that come along, and what is published about profiles."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from edge.profile import Point, Profile, ReadLimits, WriteRule
from edge.profile.check import read_profile
from edge.profile.library import FOLDER, shipped, shipped_profile
from edge.profile.schema import schema_text

ROOT = Path(__file__).resolve().parents[3]

# ---------------------------------------------------------------- the library


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_shipped_profile_is_complete(path: Path) -> None:
    profile = read_profile(path.read_bytes())
    assert profile.id == path.stem
    assert profile.vectors
    assert all(vector.source for vector in profile.vectors)
    assert profile.sources
    assert not profile.verified.hardware
    for one in profile.points:
        assert one.label, one.name
        assert one.sim, one.name
        if one.kind == "gauge" and one.type != "string":
            assert one.range is not None or one.write or one.scan == "demand", one.name
            assert one.deadband > 0 or one.scan == "demand", one.name


def test_every_type_of_a_shipped_profile_is_in_one_of_its_vectors() -> None:
    for profile in shipped():
        types = {point.name: point.type for point in profile.points}
        shown = {types[name] for vector in profile.vectors for name in vector.expect}
        assert shown == set(types.values()), profile.id


def test_the_library_holds_the_devices_that_are_promised() -> None:
    promised = {"eastron-sdm630", "schneider-pm5xxx", "schneider-iem3000", "siemens-v20", "sim001"}
    promised |= {"sunspec-inverter-103", "sunspec-meter-203", "carlo-gavazzi-em340", "abb-b23"}
    assert promised <= {profile.id for profile in shipped()}
    assert shipped_profile("sim001").model == "SIM001"
    with pytest.raises(KeyError, match="eastron-sdm630"):
        shipped_profile("nobody")


# ---------------------------------------------------------------- what is published


def test_the_example_of_the_documentation_has_no_mistake() -> None:
    page = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    example = page.split("```json\n")[1].split("```")[0]
    assert len(read_profile(example.encode()).points) == 2


def test_the_documentation_lists_every_profile_and_every_field_of_a_point() -> None:
    page = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    names = [profile.id for profile in shipped()]
    for struct in (Profile, Point, ReadLimits, WriteRule):
        names += [name for name in struct.__struct_fields__ if name != "length"]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_published_schema_is_up_to_date() -> None:
    """Renew it: python -m edge profile schema > docs/profile.schema.json."""
    published = (ROOT / "docs" / "profile.schema.json").read_text(encoding="utf-8")
    assert published == schema_text()


def test_the_schema_accepts_the_library_and_refuses_mistakes() -> None:
    schema = json.loads(schema_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for path in FOLDER.glob("*.json"):
        validator.validate(json.loads(path.read_text(encoding="utf-8")))
    good = json.loads((FOLDER / "sim001.json").read_text(encoding="utf-8"))
    for wrong in ({"type": "x"}, {"adress": 1}, {"address": -1}):
        points = [good["points"][0] | wrong, *good["points"][1:]]
        assert not validator.is_valid(good | {"points": points})
