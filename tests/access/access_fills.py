"""What is filled in for the plant: numbers in addresses, and what is sent along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from access_plant import NOW, Plant
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from devices.importing.files import read_file
from devices.importing.service import preview
from project.catalog import catalog_digest

Fields = Mapping[str, Any]


def uid(plant: Plant) -> Fields:
    """Fill in a device that its gateway reads."""
    return {"uid": plant.pump.uid}


def gateway(plant: Plant) -> Fields:
    """Fill in the gateway."""
    return {"uid": plant.gateway.uid}


def pk(name: str) -> Callable[[Plant], Fields]:
    """Fill in the number of something of the plant."""
    return lambda plant: {key: getattr(plant, name).pk for key in ("pk", "object_id", "tag")}


def trend(plant: Plant) -> Fields:
    """Ask for the trend of the tag."""
    to = NOW + timedelta(minutes=1)
    times = {"from_ms": NOW.timestamp() * 1000 // 1, "to_ms": to.timestamp() * 1000 // 1}
    return {"tag": plant.tag.pk, **{name: int(time) for name, time in times.items()}}


def selection(plant: Plant) -> Fields:
    """Order the readings of the tag as a file."""
    times = {name: time for name, time in trend(plant).items() if name != "tag"}
    return {**times, "tags": [plant.tag.pk], "format": "csv"}


def script(plant: Plant) -> Fields:
    """Fill in the catalogue that pages load."""
    return {"language": "en", "digest": catalog_digest()}


def question(plant: Plant) -> Fields:
    """Ask the gateway for a register."""
    return {"connection": plant.line.name, "unit": 1, "table": "holding", "address": 0, "count": 1}


def of_own(plant: Plant) -> Fields:
    """Fill in the own site."""
    return {"slug": plant.own.slug}


def of_site(plant: Plant) -> Fields:
    """Ask for the own site."""
    return {"site": plant.own.slug}


def file(plant: Plant) -> Fields:
    """Send a file that renames a device."""
    return {"file": SimpleUploadedFile("devices.csv", _renaming(plant)[0])}


def file_again(plant: Plant) -> Fields:
    """Send it with the digest of what it changes."""
    return {**file(plant), "digest": _renaming(plant)[1]}


@cache
def _renaming(plant: Plant) -> tuple[bytes, str]:
    data = f"uid,name\n{plant.pump.uid},Renamed\n".encode()
    admin = User.objects.get(username="superuser")
    return data, preview(tables=read_file(data), by=admin, site=plant.own).digest


def order(plant: Plant) -> Fields:
    """Order something for the alarm."""
    item = {"id": plant.alarm.pk, "rev": plant.alarm.rev}
    return {"request_id": str(uuid4()), "items": [item], "reason": "x", "one_shot": True}
