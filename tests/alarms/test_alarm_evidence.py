"""The evidence of an occurrence is whole, and says so itself."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile

import pytest
from alarm_line import Line, SaveRule
from detection_frames import detection, jpeg, now_ms
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from alarms import listing
from alarms.evidence import NoSuchOccurrence, evidence_of
from alarms.gatekeeper import gatekeeper
from alarms.models import Alarm, Kind, Rule
from alarms.rules import save_rule
from alarms.snapshots import screen_next
from devices.models import AuditEntry, Camera, Device, Site, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def parts_of(rule: Rule, occurrence: int = 1) -> dict[str, bytes]:
    alarm = listing.with_names(Alarm.objects.filter(rule=rule)).get()
    with zipfile.ZipFile(io.BytesIO(evidence_of(alarm, occurrence).content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def table(part: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(part.decode("utf-8-sig"))))


def test_every_part_is_in_the_manifest_with_its_digest(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 95.0, 20.0)
    parts = parts_of(rule)
    manifest = json.loads(parts.pop("manifest.json"))
    assert {p["name"]: p["sha256"] for p in manifest["parts"]} == {
        name: hashlib.sha256(part).hexdigest() for name, part in parts.items()
    }


def test_it_has_the_journal_with_the_links_of_its_chain(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 95.0, 20.0)
    line.say(tag, 96.0)
    first = table(parts_of(rule)["journal.csv"])
    assert [(row["action"], row["number"], len(row["digest"])) for row in first] == [
        ("raise", "1", 64),
        ("clear", "2", 64),
    ]
    assert [row["action"] for row in table(parts_of(rule, 2)["journal.csv"])] == ["raise"]


def test_it_has_the_readings_of_a_minute_before_and_after(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 10.0, ago_s=50)
    line.say(tag, 95.0, 20.0)
    rows = table(parts_of(rule)["trend/OVEN-1.temperature.csv"])
    assert [float(row["value"]) for row in rows] == [10.0, 95.0, 20.0]
    assert {row["unit"] for row in rows} == {"°C"}


def test_it_says_by_which_version_of_the_rule_it_was_raised(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    line.say(tag, 95.0)
    rule.limit = 85.0
    save_rule(rule)
    told = json.loads(parts_of(rule)["rule.json"])
    assert (told["version_that_raised"], told["version_now"]) == (1, 2)
    assert [change["action"] for change in told["changes"]] == ["create", "change"]
    assert told["changes"][1]["before"]["limit"] == 80.0


def test_it_has_the_pictures_and_boxes_of_its_detection(
    line: Line, save: SaveRule, site: Site, gateway: Device, settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path
    camera = Device.objects.create(uid="CAM-1", name="Furnace", site=site, via=gateway)
    Camera.objects.create(device=camera)
    rule = save(kind=Kind.DETECTION, tag=None, limit=None, label="fire")
    line.send(detection(1, data=jpeg(), at=now_ms()))
    while screen_next():
        pass
    gatekeeper.close()
    parts = parts_of(rule)
    (picture,) = [name for name in parts if name.startswith("pictures/")]
    assert parts[picture].startswith(b"\xff\xd8")
    told = json.loads(parts["detection.json"])
    assert told["pictures"][0]["file"] == picture
    assert told["pictures"][0]["boxes"][0]["label"] == "fire"


def test_who_takes_it_is_in_the_audit_trail(
    line: Line, save: SaveRule, tag: Tag, operator: User
) -> None:
    rule = save()
    line.say(tag, 95.0)
    alarm = listing.with_names(Alarm.objects.filter(rule=rule)).get()
    evidence = evidence_of(alarm, 1)
    entry = AuditEntry.objects.get(action="export")
    assert entry.after == {"occurrence": 1, "manifest_sha256": evidence.manifest_sha256}


def test_what_a_spreadsheet_would_compute_is_text(line: Line, save: SaveRule, tag: Tag) -> None:
    rule = save(name="=1+1")
    line.say(tag, 95.0)
    (row,) = table(parts_of(rule)["journal.csv"])
    assert row["rule_name"] == "'=1+1"


def test_there_is_none_of_what_never_happened(save: SaveRule) -> None:
    alarm = listing.with_names(Alarm.objects.filter(rule=save())).get()
    with pytest.raises(NoSuchOccurrence):
        evidence_of(alarm, 1)
