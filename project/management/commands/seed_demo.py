"""Fill the registry with the demo plant. Run again, it changes nothing that people changed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from devices.cameras import save_camera
from devices.configuration import one_version
from devices.feed import refresh_devices
from devices.models import Camera, Device, DeviceProfile, ModbusConnection, Site, Tag
from devices.registry import create_device, create_site, issue_token, save_connection, save_device
from devices.tokens import Refused, authenticate
from project.demo.alarm_rules import have_rules
from project.embedded.files import write_secret
from project.plant import PlantDevice, PlantGateway, PlantTag, read_plant

# Trends on the overview from the first start.
PINNED = {
    ("SIM001", "temperature"),
    ("SIM001", "pressure"),
    ("SIM001", "rpm"),
    ("BLR001", "steam_pressure"),
    ("PRS001", "hydraulic_pressure"),
    ("FRN001", "zone_1_temperature"),
    ("CMP001", "receiver_pressure"),
    ("TNK001", "level"),
    ("PWR001", "power"),
}
# A third gateway that has no file: what it reads stands in the registry.
ENERGY = PlantGateway(
    uid="GW-ENERGY",
    name="Energy gateway",
    area="Energy",
    devices=(PlantDevice(uid="MTR001", name="Workshop feeder", area="Energy", tags=()),),
)
METER_PROFILE = "eastron-sdm630"
# A fourth one for cameras, configured from here too.
CAMERAS = PlantGateway(
    uid="GW-CAMERAS",
    name="Camera gateway",
    area="Safety",
    devices=(
        PlantDevice(uid="CAM001", name="Assembly hall camera", area="Safety", tags=()),
        PlantDevice(uid="CAM002", name="Loading yard camera", area="Safety", tags=()),
    ),
)
SCENE = "scene:busy?seed=3&fps=5"  # rendered in the gateway; the other camera speaks RTSP
MODELS = ["fire_smoke", "helmet"]
# All that the models are shipped for, smoke too, which is off by default: see docs/models.md.
RULES = [{"label": label} for label in ("fire", "smoke", "no_helmet")]
LOOKS_PER_S = 3.0  # leaves a small machine time for everything else
_PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - none that look alike


class Command(BaseCommand):
    """``manage.py seed_demo``."""

    help = "Create the demo plant, its users admin and operator, and the tokens of its gateways."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where secrets go."""
        parser.add_argument(
            "--state",
            type=Path,
            default=settings.BASE_DIR / "var",
            help="folder for the passwords that are made (each file yours alone)",
        )
        parser.add_argument(
            "--tokens", type=Path, help="folder for the tokens of the gateways; without it STATE"
        )

        parser.add_argument(
            "--meters",
            default="",
            metavar="HOST:PORT",
            help="where the gateway GW-ENERGY, which is configured from here, finds its meters;"
            " without it there is no such gateway",
        )

        parser.add_argument(
            "--camera",
            default="",
            metavar="HOST:PORT",
            help="where the gateway GW-CAMERAS finds its RTSP camera; without it there is no such"
            " gateway",
        )

    def handle(
        self, *, state: Path, tokens: Path | None, meters: str, camera: str, **_options: Any
    ) -> None:
        """Seed."""
        tokens = tokens or state
        for folder in (state, tokens):
            folder.mkdir(parents=True, exist_ok=True)
        with transaction.atomic():
            site = Site.objects.filter(slug="demo").first()
            site = site or create_site(slug="demo", name="Riverside works")
            for gateway in read_plant():
                _have_gateway(site, gateway, tokens)
            if meters:
                _have_energy(site, meters, tokens)
            if camera:
                _have_cameras(site, camera, tokens)
            _have_user("admin", state, is_staff=True, is_superuser=True)
            site.members.add(_have_user("operator", state))
            refresh_devices(site_id=site.pk)
        have_rules(site)  # each in a transaction of its own: its alarms are judged
        self.stdout.write(f"The demo plant is in the registry; secrets are in {state}.")


def _have_gateway(site: Site, gateway: PlantGateway, folder: Path) -> None:
    speaker = _have_device(site, gateway)
    _have_token(speaker, folder / f"{gateway.uid.lower()}.token")
    for device in gateway.devices:
        _have_tags(_have_device(site, device, via=speaker), device.tags)


def _have_energy(site: Site, meters: str, folder: Path) -> None:
    """Have the gateway that the server configures, and a meter that it reads."""
    host, _, port = meters.rpartition(":")
    speaker = _have_device(site, ENERGY)
    _have_token(speaker, folder / f"{ENERGY.uid.lower()}.token")
    with one_version():
        connection = ModbusConnection.objects.filter(gateway=speaker, name="meters").first()
        connection = connection or ModbusConnection(gateway=speaker, name="meters")
        connection.host, connection.port = host, int(port)  # it may move from start to start
        save_connection(connection=connection)
        for planned in ENERGY.devices:
            if not Device.objects.filter(uid=planned.uid).exists():
                meter = _have_device(site, planned, via=speaker)
                meter.profile = DeviceProfile.objects.filter(slug=METER_PROFILE).last()
                meter.modbus = connection
                save_device(device=meter)


def _have_cameras(site: Site, rtsp: str, folder: Path) -> None:
    """Have the gateway that looks at cameras; one of them may move from start to start."""
    speaker = _have_device(site, CAMERAS)
    _have_token(speaker, folder / f"{CAMERAS.uid.lower()}.token")
    sources = (SCENE, f"rtsp://{rtsp}/yard.mp4?play_count=0")
    with one_version():
        for planned, source in zip(CAMERAS.devices, sources, strict=True):
            device = _have_device(site, planned, via=speaker)
            camera = Camera.objects.filter(device=device).first()
            if camera is None:
                camera = Camera(
                    device=device, model_names=MODELS, rules=RULES, looks_per_s=LOOKS_PER_S
                )
            if camera.source.partition(":")[0] in {"", source.partition(":")[0]}:
                camera.source = source
                save_camera(camera=camera)


def _have_device(
    site: Site, planned: PlantGateway | PlantDevice, via: Device | None = None
) -> Device:
    known = Device.objects.filter(uid=planned.uid).first()
    return known or create_device(
        uid=planned.uid, name=planned.name, site=site, area=planned.area, via=via
    )


def _have_tags(device: Device, planned: Sequence[PlantTag]) -> None:
    known = set(device.tags.values_list("name", flat=True))
    for position, tag in enumerate(planned):
        if tag.name not in known:
            pinned = (device.uid, tag.name) in PINNED
            Tag.objects.create(device=device, position=position, pinned=pinned, **asdict(tag))


def _have_token(gateway: Device, file: Path) -> None:
    """Keep the token of an earlier run while it is good for this gateway."""
    try:
        authority = authenticate(f"Bearer {file.read_text().strip()}")
    except (FileNotFoundError, Refused):
        pass  # the first run, another database, or someone revoked it
    else:
        if authority.device_id == gateway.pk:
            return
    write_secret(file, issue_token(device=gateway).token)


def _have_user(name: str, folder: Path, **flags: bool) -> User:
    """Make the user once. Its password is made with the file, and again when the file is lost."""
    file = folder / f"{name}.password"
    user = User.objects.filter(username=name).first()
    if user is not None and file.exists():
        return user
    if not file.exists():
        write_secret(file, "-".join(_letters(5) for _ in range(3)))
    user = user or User(username=name, **flags)
    user.set_password(file.read_text().strip())
    user.save()
    return user


def _letters(count: int) -> str:
    return "".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(count))
