"""Marked pictures as a dataset: what our trainer reads, and how the file comes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from detection_frames import jpeg
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import AsyncClient, Client
from marked import client_of, mark, person, seen
from PIL import Image

from alarms.models import Detection, Snapshot
from devices.models import AuditEntry, Device, Role, Site
from edge.training.dataset import TASKS, samples_of

FIRE = {"label": "fire", "score": 0.9, "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
SMOKE = {"label": "smoke", "score": 0.6, "x": 0.0, "y": 0.0, "w": 0.5, "h": 0.5}
PATH = "/api/v1/detections/dataset/"


def show(detection: Detection, *boxes: dict[str, Any], **fields: Any) -> Detection:
    """Give a detection its best picture."""
    name = default_storage.save(f"snapshots/{detection.pk}.jpg", ContentFile(jpeg(64, 36)))
    known = {"role": "best", "at": detection.at, "sha256": f"{detection.pk:064}", "state": "ready"}
    sides = {"width": 64, "height": 36, "boxes": list(boxes), "name": name, "thumb": name}
    Snapshot.objects.create(detection=detection, **known | sides | fields)
    return detection


@pytest.fixture
def engineer(site: Site) -> Client:
    return client_of(person(site, Role.ENGINEER))


def taken(client: Client, **query: str) -> zipfile.ZipFile:
    answer = client.get(PATH, {"site": "east"} | query)
    assert answer.status_code == 200
    content = b"".join(answer)  # type: ignore[call-overload]
    return zipfile.ZipFile(io.BytesIO(content))


def label_of(archive: zipfile.ZipFile, detection: Detection) -> str:
    (name,) = [n for n in archive.namelist() if n.endswith(f"/{detection.pk}.txt")]
    return archive.read(name).decode()


@pytest.mark.django_db
def test_a_real_one_comes_with_its_boxes_and_a_false_alarm_as_background(
    camera: Device, engineer: Client
) -> None:
    real = mark(show(seen(camera), FIRE), "true")
    false = mark(show(seen(camera), FIRE), "false")
    unsure = mark(show(seen(camera), FIRE), "unsure")
    archive = taken(engineer)
    assert archive.testzip() is None
    assert label_of(archive, real) == "0 0.250000 0.400000 0.300000 0.400000\n"
    assert label_of(archive, false) == ""
    assert not [name for name in archive.namelist() if f"/{unsure.pk}." in name]


@pytest.mark.django_db
def test_our_trainer_reads_it(camera: Device, engineer: Client, tmp_path: Path) -> None:
    days = [dt.datetime(2026, 3, 1 + number, 12, tzinfo=dt.UTC) for number in range(20)]
    for day in days:
        mark(show(seen(camera, since=day), FIRE, SMOKE), "true")
    mark(show(seen(camera, "no_helmet", since=days[0])), "false")
    taken(engineer).extractall(tmp_path)
    found = {
        part: samples_of(tmp_path, TASKS["fire_smoke"], part)
        for part in ("train", "choose", "test")
    }
    assert sum(len(part) for part in found.values()) == 20
    assert found["train"]
    assert found["test"]
    picture, boxes, classes = found["train"][0].read()
    assert (picture.shape, boxes.shape) == ((36, 64, 3), (2, 4))
    assert sorted(classes.tolist()) == [0, 1]
    (helmet,) = [
        sample
        for part in ("train", "choose", "test")
        for sample in samples_of(tmp_path, TASKS["helmet"], part)
    ]
    assert len(helmet.read()[1]) == 0


@pytest.mark.django_db
def test_what_one_camera_saw_on_one_day_is_never_divided(camera: Device, engineer: Client) -> None:
    for number in range(10):
        since = dt.datetime(2026, 3, 1 + number % 5, number, tzinfo=dt.UTC)
        mark(show(seen(camera, since=since), FIRE), "true")
    manifest = taken(engineer).read("manifest.csv").decode()
    rows = list(csv.DictReader(io.StringIO(manifest)))
    splits = {
        row["group"]: {r["split"] for r in rows if r["group"] == row["group"]} for row in rows
    }
    assert len(splits) == 5
    assert all(len(each) == 1 for each in splits.values())


@pytest.mark.django_db
def test_boxes_of_another_class_stay_unless_somebody_said_that_they_are_false(
    camera: Device, engineer: Client
) -> None:
    unjudged = mark(show(seen(camera), FIRE, SMOKE), "false")
    other = Device.objects.create(uid="CAM-2", name="Other", site=camera.site, via=camera.via)
    judged = mark(show(seen(other), FIRE, SMOKE), "true")
    mark(seen(other, "smoke"), "false")
    archive = taken(engineer)
    assert label_of(archive, unjudged).startswith("1 ")
    assert label_of(archive, judged) == "0 0.250000 0.400000 0.300000 0.400000\n"
    readme = archive.read("README.md").decode()
    assert "boxes of other classes that nobody judged: smoke 1" in readme


@pytest.mark.django_db
def test_the_readme_says_where_it_comes_from_and_names_nobody(
    camera: Device, engineer: Client
) -> None:
    mark(show(seen(camera), FIRE), "true", by="olga")
    mark(show(seen(camera), FIRE), "false", by="oleg")
    mark(seen(camera), "true")
    readme = taken(engineer).read("README.md").decode()
    assert "| fire | 1 | 1 |" in readme
    assert "pictures: 2; left out without a picture: 1" in readme
    assert f"`{'5' * 64}`" in readme
    assert "| CAM-1 | fire | 0.5 | 2 |" in readme
    assert "marked by 2 people" in readme
    assert "olga" not in readme


@pytest.mark.django_db
def test_a_dataset_as_yolo_trainers_take_it_names_its_classes(
    camera: Device, engineer: Client
) -> None:
    mark(show(seen(camera, "person"), {**FIRE, "label": "person"}), "true")
    mark(show(seen(camera, "no_helmet")), "true")
    archive = taken(engineer)
    assert "names:\n  0: helmet\n  1: no_helmet\n" in archive.read("helmet/data.yaml").decode()
    assert "names:\n  0: person\n" in archive.read("other/data.yaml").decode()


@pytest.mark.django_db
def test_a_picture_that_did_not_pass_the_gate_or_is_lost_is_left_out(
    camera: Device, engineer: Client
) -> None:
    refused = mark(show(seen(camera), FIRE, state="refused"), "true")
    lost = mark(show(seen(camera), FIRE), "true")
    default_storage.delete(lost.snapshots.get().name)
    names = taken(engineer).namelist()
    assert not [name for name in names if f"/{refused.pk}." in name or f"/{lost.pk}." in name]


@pytest.mark.django_db
def test_who_takes_it_is_on_record_and_the_time_narrows_it_down(
    site: Site, camera: Device, engineer: Client
) -> None:
    old = mark(show(seen(camera, since=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)), FIRE), "true")
    new = mark(show(seen(camera), FIRE), "true")
    archive = taken(engineer, since="2026-04-01T00:00:00Z")
    names = " ".join(archive.namelist())
    assert (f"/{old.pk}.jpg" in names, f"/{new.pk}.jpg" in names) == (False, True)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.site_id) == ("export", "engineer", site.pk)
    assert entry.after == {"dataset": 1, "since": "2026-04-01T00:00:00+00:00"}


@pytest.mark.django_db
def test_operators_do_not_get_it(site: Site, camera: Device) -> None:
    client = client_of(person(site, Role.OPERATOR))
    assert client.get(PATH, {"site": "east"}).status_code == 403
    assert client.get(PATH, {"site": "west"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_it_comes_in_pieces_while_it_is_made(site: Site, camera: Device) -> None:
    for _ in range(3):
        mark(show(seen(camera), FIRE), "true")
    user = person(site, Role.ENGINEER)

    async def pieces() -> list[bytes]:
        client = AsyncClient()
        await client.aforce_login(user)
        answer = await client.get(PATH, {"site": "east"})
        assert answer.is_async  # type: ignore[attr-defined]
        return [part async for part in answer]  # type: ignore[attr-defined]

    parts = async_to_sync(pieces)()
    assert len(parts) == 4  # one for each picture, and the end
    archive = zipfile.ZipFile(io.BytesIO(b"".join(parts)))
    first = next(name for name in archive.namelist() if name.endswith(".jpg"))
    assert Image.open(io.BytesIO(archive.read(first))).size == (64, 36)
