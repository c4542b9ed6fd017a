"""What a gateway is to read: composed from the registry, and kept by version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from devices.events import record_own
from devices.mistakes import convert
from devices.models import (
    Camera,
    Device,
    DeviceState,
    GatewayConfiguration,
    ModbusConnection,
    Tag,
)
from devices.profiles import Fields, points_in, resolve
from devices.sources import with_password
from devices.states import notify
from edge.wire.cameras import CameraConfig
from edge.wire.configuration import ConnectionConfig, DeviceConfig, Document, mistakes_in, pack

CONFIGURATION_CHANNEL: Final = "sentinel_configuration"  # payload: id of the gateway
KEPT_VERSIONS: Final = 100  # of each gateway
_LARGEST: Final = 2**31 - 1  # version that the database holds
_MOST_SHOWN: Final = 20  # mistakes in one answer; who has more corrects these first

Item = TypeVar("Item")
Made = TypeVar("Made")


# ---------------------------------------------------------------- composing


def compose(gateway: Device) -> Document:
    """Put together what a gateway is to read. The same registry always gives the same document.

    Raises:
        ValidationError: with what is wrong, in plain words.
    """
    mistakes: list[str] = []
    document = Document(
        connections=_make(_connection, _connections_of(gateway), mistakes),
        devices=_make(_device, _devices_of(gateway), mistakes),
        cameras=_make(camera_config, _cameras_of(gateway), mistakes),
    )
    mistakes = mistakes or list(mistakes_in(document, gateway.uid))
    if mistakes:
        raise ValidationError(mistakes[:_MOST_SHOWN])
    return document


def _connections_of(gateway: Device) -> list[ModbusConnection]:
    return sorted(gateway.modbus_connections.all(), key=lambda each: each.name)


def _devices_of(gateway: Device) -> list[Device]:
    read = Prefetch("tags", Tag.objects.filter(read=True))
    devices = Device.objects.filter(via=gateway, modbus__gateway=gateway, enabled=True)
    devices = devices.select_related("profile", "modbus").prefetch_related(read)
    return sorted(devices, key=lambda device: device.uid)  # not by the database's collation


def _cameras_of(gateway: Device) -> list[Camera]:
    cameras = Camera.objects.filter(device__via=gateway, device__enabled=True, enabled=True)
    return sorted(cameras.select_related("device__site"), key=lambda camera: camera.device.uid)


def _make(make: Callable[[Item], Made], items: Iterable[Item], mistakes: list[str]) -> list[Made]:
    """Make all that can be made, and note what is wrong with the others."""
    made: list[Made] = []
    for item in items:
        try:
            made.append(make(item))
        except ValidationError as error:
            mistakes += error.messages
    return made


def _connection(row: ModbusConnection) -> ConnectionConfig:
    fields: Fields = {"name": row.name, "kind": row.kind}
    fields |= {"timeout_s": row.timeout_s, "retries": row.retries}
    if row.kind == ModbusConnection.Kind.RTU:
        fields["serial"] = {
            "port": row.serial_port,
            "baud": row.baud,
            "parity": row.parity,
            "data_bits": row.data_bits,
            "stop_bits": row.stop_bits,
        }
    else:
        fields |= {"host": row.host, "port": row.port}
    if row.kind == ModbusConnection.Kind.TLS:
        fields |= {"ca_file": row.ca_file, "server_name": row.server_name}
    return convert(fields, ConnectionConfig, f"connection {row.name}")


def _device(device: Device) -> DeviceConfig:
    where, profile = f"device {device.uid}", device.profile
    mistakes: list[str] = []
    fields: Fields = {
        **(profile.document.get("limits", {}) if profile else {}),
        "uid": device.uid,
        "name": device.name,
        "area": device.area,
        "connection": device.modbus.name if device.modbus else "",
        "unit": device.unit_id,
        "profile": profile.reference if profile else "",
    }
    config = convert(fields, DeviceConfig, where)
    known = points_in(profile)
    tags = sorted(device.tags.all(), key=lambda tag: tag.name)
    points = _make(lambda tag: resolve(tag, known), tags, mistakes)
    if mistakes:
        raise ValidationError([f"{where}, tag {mistake}" for mistake in mistakes])
    return msgspec.structs.replace(config, tags=points)


def camera_config(camera: Camera) -> CameraConfig:
    """Return what a gateway hears of a camera.

    Raises:
        ValidationError: with what is wrong, in plain words.
    """
    device = camera.device
    fields: Fields = {
        "uid": device.uid,
        "name": device.name,
        "area": device.area,
        "source": with_password(camera.source, camera.password),
        "transport": camera.transport,
        "models": camera.model_names,
        "looks_per_s": camera.looks_per_s,
        "motion_gate": camera.motion_gate,
        "time_zone": device.site.time_zone,
        "rule": camera.rules,
        "zone": camera.zones,
    }
    return convert(fields, CameraConfig, f"camera {device.uid}")


# ---------------------------------------------------------------- versions


_later: ContextVar[set[int] | None] = ContextVar("later", default=None)


@contextmanager
def one_version() -> Iterator[None]:
    """Make at most one version of each gateway's configuration of all changes in this context.

    For changes of many devices at once; open it inside their transaction.

    Raises:
        ValidationError: at the end, for what all the changes together would come to.
    """
    waiting: set[int] = set()
    token = _later.set(waiting)
    try:
        yield
    finally:
        _later.reset(token)
    for gateway_id in sorted(waiting):
        refresh_configuration(gateway_id=gateway_id)


@transaction.atomic
def refresh_configuration(*, gateway_id: int) -> GatewayConfiguration | None:
    """Make a new version of a gateway's configuration if what it is to read has changed.

    Call it in the transaction of every change of a connection, device, tag or profile. The gateway
    gets the new version within two seconds of the commit, or when it connects.

    Returns:
        The new version; None when nothing has changed, or the gateway is not configured from here.

    Raises:
        ValidationError: the change would make a configuration that no gateway can use.
    """
    waiting = _later.get()
    if waiting is not None:
        waiting.add(gateway_id)
        return None
    gateway = _lock(gateway_id)
    if gateway is None:
        return None
    newest = gateway.configurations.first()
    document = compose(gateway)
    if newest is None and not (document.connections or document.cameras):
        return None
    packed = pack(document)
    digest = hashlib.sha256(packed.encode()).hexdigest()
    if newest is not None and newest.digest == digest:
        return None
    return _add_version(
        GatewayConfiguration(
            gateway=gateway,
            version=newest.version + 1 if newest is not None else 1,
            packed=packed,
            digest=digest,
            summary=_summary(document),
        )
    )


def _lock(gateway_id: int) -> Device | None:
    """Lock a gateway, so that its versions are made one after the other."""
    return Device.objects.select_for_update(no_key=True).filter(pk=gateway_id).first()


def _add_version(row: GatewayConfiguration) -> GatewayConfiguration:
    row.save(force_insert=True)
    old = GatewayConfiguration.objects.filter(gateway_id=row.gateway_id)
    old.filter(version__lte=row.version - KEPT_VERSIONS).delete()
    notify(CONFIGURATION_CHANNEL, str(row.gateway_id))
    return row


def _summary(document: Document) -> str:
    tags = sum(len(device.tags) for device in document.devices)
    counts = {
        "connections": len(document.connections),
        "devices": len(document.devices),
        "tags": tags,
    }
    if document.cameras:
        counts["cameras"] = len(document.cameras)
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def configuration_for(*, gateway_id: int, runs: int) -> GatewayConfiguration | None:
    """Return what a gateway that runs this version must be sent; None when it has the newest.

    After a restore from backup a gateway may run a version that we have forgotten. Its number must
    not come to mean something else, so the newest one then gets a number beyond it.
    """
    newest = GatewayConfiguration.objects.filter(gateway_id=gateway_id).first()
    if newest is None or newest.version == runs:
        return None
    return newest if newest.version > runs else _outnumber(gateway_id, runs)


@transaction.atomic
def _outnumber(gateway_id: int, runs: int) -> GatewayConfiguration | None:
    gateway = _lock(gateway_id)
    newest = gateway.configurations.first() if gateway is not None else None
    if newest is None or newest.version >= runs or runs >= _LARGEST:
        return newest
    same = {name: getattr(newest, name) for name in ("gateway", "packed", "digest", "summary")}
    return _add_version(GatewayConfiguration(version=runs + 1, **same))


# ---------------------------------------------------------------- what the gateway says


@transaction.atomic
def note_configured(*, gateway_id: int, version: int, mistakes: Sequence[str]) -> None:
    """Note that a gateway put a version to work, or why it refused it, and tell it as an event.

    A version that we do not know, from before a restore, is not noted.
    """
    rows = GatewayConfiguration.objects.select_for_update()
    row = rows.filter(gateway_id=gateway_id, version=min(version, _LARGEST)).first()
    if row is None:
        return
    news = mistakes and row.mistakes != list(mistakes)
    row.mistakes, row.refused_at = list(mistakes), timezone.now() if mistakes else None
    if mistakes:
        kind, detail = "configuration.refused", f"version {version}: {'; '.join(mistakes)}"
    else:
        kind, detail = "configuration.running", f"version {version}"
        news = row.running_since is None
        row.running_since = row.running_since or timezone.now()
        DeviceState.objects.filter(pk=gateway_id).update(config_version=version)
    row.save(update_fields=["mistakes", "refused_at", "running_since"])
    if news:
        record_own(gateway_id=gateway_id, kind=kind, detail=detail)
