"""A site whose tags have readings, and people who want them as files."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from devices.models import Device, Membership, Role, Site, Tag
from devices.partitions import ensure_days

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
START_MS = int(START.timestamp() * 1000)
Stored = tuple[float, float | None, int, str | None]  # seconds after START, value, quality, text


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ms(seconds: float) -> int:
    return START_MS + round(seconds * 1000)


def store(tag: Tag, *readings: Stored) -> None:
    """Store readings; they were received half a second later."""
    with connection.cursor() as cursor:
        ensure_days(cursor, {at(reading[0]).date() for reading in readings})
        cursor.executemany(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality, raw)"
            " values (%s, %s, %s, %s, %s, %s)",
            [
                [at(seconds), at(seconds + 0.5), value, tag.pk, quality, text]
                for seconds, value, quality, text in readings
            ],
        )


def store_many(tag: Tag, count: int, every_s: float = 0.01) -> None:
    """Store readings of ever larger values."""
    with connection.cursor() as cursor:
        ensure_days(cursor, {at(0).date(), at(count * every_s).date()})
        cursor.execute(
            "insert into devices_reading (source_time, received_time, value, tag_id, quality)"
            " select %s + i * %s, now(), i, %s, 192 from generate_series(0, %s) i",
            [START, timedelta(seconds=every_s), tag.pk, count - 1],
        )


def make_tag(site: Site, name: str = "speed", uid: str = "PUMP-1", **fields: Any) -> Tag:
    device, _ = Device.objects.get_or_create(uid=uid, site=site, defaults={"name": "Pump"})
    return Tag.objects.create(device=device, name=name, **fields)


class Person:
    """Somebody who is signed in."""

    def __init__(self, name: str, site: Site | None = None) -> None:
        self.user = User.objects.create_user(name)
        if site is not None:
            Membership.objects.create(user=self.user, site=site, role=Role.VIEWER)
        self.client = Client()
        self.client.force_login(self.user)

    def get(self, path: str, **query: object) -> HttpResponse:
        return self.client.get(f"/api/v1/{path}", query)  # type: ignore[return-value, arg-type]

    def download(self, *tags: Tag, until: float = 3600, **query: object) -> HttpResponse:
        asked = {"tag": [tag.pk for tag in tags], "from_ms": ms(0), "to_ms": ms(until)} | query
        return self.get("readings/export/", **asked)

    def order(self, *tags: Tag, **changes: object) -> HttpResponse:
        body = {"tags": [tag.pk for tag in tags], "from_ms": ms(0), "to_ms": ms(7200)}
        body |= {"format": "csv"} | changes  # type: ignore[dict-item]
        kind = "application/json"
        return self.client.post("/api/v1/exports/", body, content_type=kind)  # type: ignore[return-value]

    def ordered(self, *tags: Tag, **changes: object) -> dict[str, Any]:
        answer = self.order(*tags, **changes)
        assert answer.status_code == 201, answer.content
        job: dict[str, Any] = answer.json()  # type: ignore[attr-defined]
        return job

    def job(self, pk: int) -> dict[str, Any]:
        answer = self.get(f"exports/{pk}/")
        assert answer.status_code == 200
        job: dict[str, Any] = answer.json()  # type: ignore[attr-defined]
        return job

    def delete(self, pk: int) -> HttpResponse:
        return self.client.delete(f"/api/v1/exports/{pk}/")  # type: ignore[return-value]


def content_of(answer: HttpResponse) -> bytes:
    """Return what was downloaded."""
    assert answer.status_code == 200, answer.content
    return b"".join(answer)


def lines_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files() -> list[str]:
    """Return the exported files that there are."""
    return default_storage.listdir("exports")[1] if default_storage.exists("exports") else []
