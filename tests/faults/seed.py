"""Fill the registry of an empty database for one run: ``python -m tests.faults.seed FOLDER NAME``.

A process of its own, so that whoever breaks things needs no settings and no database connection of
Django. Reads the gateways' files in the folder, puts their tokens beside them, and prints where the
page finds everything, as one JSON line.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import django

from edge.config import load_config
from edge.wire.configuration import DeviceConfig
from project.embedded.files import write_secret


def main(folder: Path, name: str) -> None:
    django.setup()
    registry: Any = importlib.import_module("devices.registry")
    site = registry.create_site(slug=name, name=name)
    devices = [
        device
        for file in sorted(folder.glob(f"{name}-*.toml"))
        for device in _register_gateway(registry, site, file)
    ]
    told = {"site": site.pk, "devices": devices, "session": _session(site)}
    sys.stdout.write(json.dumps(told) + "\n")


def _register_gateway(registry: Any, site: Any, file: Path) -> list[int]:
    config = load_config(file, {})
    uid = config.gateway.uid
    gateway = registry.create_device(uid=uid, name=uid, site=site)
    write_secret(config.path(config.gateway.token_file), registry.issue_token(device=gateway).token)
    return [_register_device(registry, gateway, device) for device in config.devices]


def _register_device(registry: Any, gateway: Any, config: DeviceConfig) -> int:
    from devices.models import Tag

    device = registry.create_device(uid=config.uid, name=config.uid, site=gateway.site, via=gateway)
    Tag.objects.bulk_create(
        Tag(device=device, name=tag.name, scan_ms=tag.scan_ms, silence_ms=tag.silence_ms)
        for tag in config.tags
    )
    return int(device.pk)


def _session(site: Any) -> str:
    """Sign a member of the site in, and return the key of the session."""
    from django.contrib.auth.models import User
    from django.test import Client

    member = User.objects.create_user(f"{site.slug}-member")
    site.members.add(member)
    client = Client()
    client.force_login(member)
    return str(client.cookies["sessionid"].value)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
