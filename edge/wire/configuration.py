"""What a gateway shall read: the document that the cloud sends it, and that its TOML may hold.

Fully resolved: the cloud has already merged profiles and what people changed, so the gateway
merges nothing. It travels compressed, in parts, and is checked again where it arrives.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, field

from edge.profile import Point, ReadLimits, point_mistakes, reach_mistakes
from edge.profile.point import Display, Strict
from edge.wire.basics import UID_PATTERN
from edge.wire.cameras import CameraConfig, camera_mistakes

MAX_DOCUMENT_BYTES: Final = 32 * 1024 * 1024
PART_CHARACTERS: Final = 128 * 1024
CONNECTION_PATTERN: Final = r"^[A-Za-z0-9_-]{1,64}\Z"


class ConfigurationError(ValueError):
    """The configuration cannot be used. The message names what is wrong, a line for each."""


class SerialLine(Strict, frozen=True, kw_only=True):
    """How a serial line is set."""

    port: Annotated[str, Meta(min_length=1, max_length=255)]  # "/dev/ttyUSB0", "COM3"
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    parity: Literal["N", "E", "O"] = "N"
    data_bits: Literal[7, 8] = 8
    stop_bits: Literal[1, 2] = 1


class ConnectionConfig(Strict, frozen=True, kw_only=True):
    """A Modbus endpoint: one device, or a gateway or serial line with several units behind it."""

    name: Annotated[str, Meta(pattern=CONNECTION_PATTERN)]
    kind: Literal["tcp", "rtu", "rtu_over_tcp", "tls"] = "tcp"
    host: Annotated[str, Meta(max_length=255)] = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 502
    serial: SerialLine | None = None  # of kind rtu
    ca_file: Annotated[str, Meta(max_length=255)] = ""  # of kind tls; empty: the system's
    server_name: Annotated[str, Meta(max_length=255)] = ""  # of kind tls; empty: the host
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 1.0
    retries: Annotated[int, Meta(ge=0, le=5)] = 1


class DeviceConfig(ReadLimits, frozen=True, kw_only=True):
    """What the gateway reads behind one unit id of a connection."""

    uid: Annotated[str, Meta(pattern=UID_PATTERN)]
    name: Display = ""
    area: Display = ""
    connection: str
    unit: Annotated[int, Meta(ge=0, le=255)] = 1
    profile: Annotated[str, Meta(max_length=100)] = ""  # "id@version" it was made from; a note
    tags: list[Point] = field(name="tag", default_factory=list)


class Document(Strict, frozen=True, kw_only=True):
    """Everything that one gateway reads."""

    connections: list[ConnectionConfig] = field(name="connection", default_factory=list)
    devices: list[DeviceConfig] = field(name="device", default_factory=list)
    cameras: list[CameraConfig] = field(name="camera", default_factory=list)


def mistakes_in(document: Document, gateway_uid: str) -> Iterator[str]:
    """Say in plain words what contradicts itself, each with the setting at fault."""
    alike = (c.name.upper().replace("-", "_") for c in document.connections)
    yield from _twice("connection.name", alike)
    read = [device.uid for device in document.devices]
    yield from _twice("device.uid", [*read, *(camera.uid for camera in document.cameras)])
    for connection in document.connections:
        yield from _mistakes_of_connection(connection)
    known = {connection.name for connection in document.connections}
    for device in document.devices:
        where = f"device {device.uid}"
        if device.uid == gateway_uid:
            yield f"device.uid: {device.uid} is the uid of the gateway"
        if device.connection not in known:
            yield f"{where}: connection: there is no {device.connection!r}"
        yield from (where + mistake for mistake in _mistakes_of_device(device))
    for camera in document.cameras:
        if camera.uid == gateway_uid:
            yield f"camera.uid: {camera.uid} is the uid of the gateway"
        yield from camera_mistakes(camera)


def _mistakes_of_connection(connection: ConnectionConfig) -> Iterator[str]:
    where = f"connection {connection.name}"
    if connection.kind == "rtu" and connection.serial is None:
        yield f"{where}: serial: a serial line needs its port"
    if connection.kind != "rtu" and not connection.host:
        yield f"{where}: host: is missing"
    if connection.kind != "rtu" and connection.serial is not None:
        yield f"{where}: serial: only kind rtu has a serial line"


def _mistakes_of_device(device: DeviceConfig) -> Iterator[str]:
    yield from _twice(": tag.name", (tag.name for tag in device.tags))
    names = {tag.name: tag for tag in device.tags}
    for tag in device.tags:
        factor = names.get(tag.scale_from)
        for mistake in (*point_mistakes(tag), *reach_mistakes(tag, factor, device)):
            yield f", tag {tag.name}: {mistake}"
        if tag.scale_from and factor is None:
            yield f", tag {tag.name}: scale_from: there is no tag {tag.scale_from}"


def _twice(setting: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{setting}: {name} is used twice"
        seen.add(name)


# ---------------------------------------------------------------- on the wire


def pack(document: Document) -> str:
    """Encode a document for the wire: the same document always gives the same text."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(document), 9)).decode()


def unpack(text: str, gateway_uid: str) -> Document:
    """Decode and check a packed document.

    Raises:
        ConfigurationError: it is damaged, too large, or contradicts itself.
    """
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(base64.b64decode(text, validate=True), MAX_DOCUMENT_BYTES)
        if not inflate.eof:
            raise ConfigurationError(f"longer than {MAX_DOCUMENT_BYTES} bytes, or cut off")
        document = msgspec.json.decode(data, type=Document)
    except (binascii.Error, zlib.error, msgspec.MsgspecError, UnicodeError) as error:
        raise ConfigurationError(str(error)) from error
    if mistakes := list(mistakes_in(document, gateway_uid)):
        raise ConfigurationError("\n".join(mistakes))
    return document


def parts_of(text: str) -> list[str]:
    """Cut a packed document into what one frame each can carry."""
    cuts = range(0, len(text), PART_CHARACTERS)
    return [text[at : at + PART_CHARACTERS] for at in cuts] or [""]
