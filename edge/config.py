"""The one TOML file that drives a gateway, its simulator and the demo seed.

Read once at the start. A mistake stops it with a ``ConfigError`` that names file and setting.
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field

from edge.wire import NAME_PATTERN, UID_PATTERN

Table = Literal["holding", "input", "coil", "discrete"]
Type = Literal[
    "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"
]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]

BIT_TABLES: Final = frozenset({"coil", "discrete"})
WIDTH: Final[dict[Type, int]] = {  # registers of one value
    "bool": 1,
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "float32": 2,
    "int64": 4,
    "uint64": 4,
    "float64": 4,
}

Uid = Annotated[str, Meta(pattern=UID_PATTERN)]
Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
Display = Annotated[str, Meta(max_length=128)]


class ConfigError(ValueError):
    """The configuration cannot be used. The message names the file and the setting."""


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all tables: a misspelled setting is refused rather than ignored."""


class GatewayConfig(_Table, frozen=True, kw_only=True):
    """The gateway itself. Paths are relative to the TOML file."""

    url: str
    uid: Uid
    token_file: str = ""
    spool: str
    spool_quota_mb: Annotated[int, Meta(ge=1, le=1_000_000)] = 256
    name: Display = ""
    area: Display = ""
    ca_file: str = ""
    allow_insecure: bool = False
    truth_log: str = ""  # diagnosis aid: one fsynced line for every frame that was spooled


class ConnectionConfig(_Table, frozen=True, kw_only=True):
    """A Modbus TCP endpoint: one device, or a gateway with several units behind it."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
    host: Annotated[str, Meta(min_length=1, max_length=255)]
    port: Annotated[int, Meta(ge=1, le=65535)] = 502
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 1.0


class TagConfig(_Table, frozen=True, kw_only=True):
    """A named point of a device."""

    name: Name
    label: Display = ""
    unit: Annotated[str, Meta(max_length=32)] = ""
    decimals: Annotated[int, Meta(ge=0, le=9)] = 2
    table: Table = "holding"
    address: Annotated[int, Meta(ge=0, le=65535)]  # as on the wire, counted from 0
    type: Type
    order: Order = "ABCD"
    scale: float = 1.0
    offset: float = 0.0  # in the tag's unit, added after scaling
    scan_ms: Annotated[int, Meta(ge=10, le=3_600_000)] = 1000
    deadband: Annotated[float, Meta(ge=0)] = 0.0  # in the tag's unit
    silence_ms: Annotated[int, Meta(ge=10, le=86_400_000)] = 30_000
    low: float | None = None
    high: float | None = None
    sim: dict[str, Any] = {}

    @property
    def width(self) -> int:
        """How many registers (or bits, in a bit table) the value takes."""
        return WIDTH[self.type]


class DeviceConfig(_Table, frozen=True, kw_only=True):
    """What the gateway reads behind one unit id of a connection."""

    uid: Uid
    name: Display = ""
    area: Display = ""
    connection: str
    unit: Annotated[int, Meta(ge=0, le=255)] = 1
    max_registers: Annotated[int, Meta(ge=1, le=125)] = 125
    max_gap: Annotated[int, Meta(ge=0, le=124)] = 8
    tags: list[TagConfig] = field(name="tag", default_factory=list)


class Config(_Table, frozen=True, kw_only=True):
    """A whole file, checked, with the environment applied."""

    gateway: GatewayConfig
    connections: list[ConnectionConfig] = field(name="connection", default_factory=list)
    devices: list[DeviceConfig] = field(name="device", default_factory=list)
    folder: str = ""  # where the TOML lies; not a setting

    def path(self, relative: str) -> Path:
        """Resolve a path of the file; an absolute one stays as it is."""
        return Path(self.folder) / relative


def load_config(path: Path | str, environ: Mapping[str, str] | None = None) -> Config:
    """Read, check and complete a configuration file; ``SENTINEL_*`` variables win over it.

    Raises:
        ConfigError: with the file and the setting in its message.
    """
    environ = os.environ if environ is None else environ
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # also numbers and nesting that Python gives up
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    try:
        if "folder" in table:
            raise msgspec.ValidationError("Object contains unknown field `folder`")
        _apply_environment(table, environ)
        config = msgspec.convert(table | {"folder": str(path.absolute().parent)}, Config)
        _check(config)
    except (msgspec.ValidationError, ConfigError) as error:
        raise ConfigError(f"{path}: {_readable(str(error))}") from error
    return config


def load_token(config: Config, environ: Mapping[str, str] | None = None) -> str:
    """Read the credential: SENTINEL_TOKEN, SENTINEL_TOKEN_FILE, then ``gateway.token_file``.

    Raises:
        ConfigError: there is none, or it cannot be sent in an HTTP header.
    """
    environ = os.environ if environ is None else environ
    token, source = environ.get("SENTINEL_TOKEN", "").strip(), "SENTINEL_TOKEN"
    if not token:
        name = environ.get("SENTINEL_TOKEN_FILE", "") or config.gateway.token_file
        if not name:
            raise ConfigError("gateway.token_file: no token; set it or SENTINEL_TOKEN")
        file, source = config.path(name), f"token file {config.path(name)}"
        try:
            token = file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise ConfigError(f"{source}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{source}: is not a token") from error
    if not re.fullmatch(r"[\x21-\x7e]{1,512}", token):
        raise ConfigError(f"{source}: is not a token (one line without blanks is expected)")
    return token


# ---------------------------------------------------------------- environment


def environment_name(connection: str) -> str:
    """Name of the variable that moves a connection to another ``host:port``."""
    return "SENTINEL_CONNECTION_" + connection.upper().replace("-", "_")


def _apply_environment(table: dict[str, Any], environ: Mapping[str, str]) -> None:
    gateway = table.get("gateway")
    if isinstance(gateway, dict):
        for key in ("url", "uid", "spool", "truth_log"):
            if value := environ.get(f"SENTINEL_{key.upper()}"):
                gateway[key] = value
        if value := environ.get("SENTINEL_ALLOW_INSECURE"):  # inside a private container network
            gateway["allow_insecure"] = value.lower() in {"1", "true", "yes", "on"}
    connections = table.get("connection")
    for connection in connections if isinstance(connections, list) else []:
        if not isinstance(connection, dict) or not isinstance(connection.get("name"), str):
            continue  # the conversion says what is wrong with it
        variable = environment_name(connection["name"])
        if value := environ.get(variable):
            host, _, port = value.rpartition(":")
            if not host or not re.fullmatch("[0-9]{1,5}", port):
                raise ConfigError(f"{variable}: host:port is expected, not {value!r}")
            connection["host"], connection["port"] = host.strip("[]"), int(port)


# ---------------------------------------------------------------- checks


def _check(config: Config) -> None:
    _check_url(config.gateway)
    _check_unique("connection.name", (environment_name(c.name) for c in config.connections))
    _check_unique("device.uid", (d.uid for d in config.devices))
    if any(device.uid == config.gateway.uid for device in config.devices):
        raise ConfigError(f"device.uid: {config.gateway.uid} is the uid of the gateway")
    known = {connection.name for connection in config.connections}
    for device in config.devices:
        where = f"device {device.uid}"
        if device.connection not in known:
            raise ConfigError(f"{where}: connection: there is no {device.connection!r}")
        _check_unique(f"{where}: tag.name", (tag.name for tag in device.tags))
        for tag in device.tags:
            _check_tag(f"{where}, tag {tag.name}", device, tag)


def _check_url(gateway: GatewayConfig) -> None:
    try:
        url = urlsplit(gateway.url)
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise ConfigError(f"gateway.url: {error}") from error
    if url.scheme not in {"ws", "wss"} or not host:
        raise ConfigError("gateway.url: ws://host/path or wss://host/path is expected")
    if url.username or url.password or url.fragment:
        raise ConfigError("gateway.url: no user, password or fragment is allowed in it")
    if url.scheme == "ws" and not gateway.allow_insecure and not _is_loopback(host):
        raise ConfigError(
            "gateway.url: ws:// sends the token in the clear; use wss://, or set allow_insecure"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_unique(setting: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"{setting}: {name} is used twice")
        seen.add(name)


def _check_tag(where: str, device: DeviceConfig, tag: TagConfig) -> None:
    numbers = [tag.scale, tag.offset, tag.deadband, tag.low or 0.0, tag.high or 0.0]
    if not all(map(math.isfinite, numbers)):
        raise ConfigError(f"{where}: scale, offset, deadband, low and high must be finite")
    if tag.scale == 0:
        raise ConfigError(f"{where}: scale: must not be 0")
    if tag.type == "bool" and (tag.scale, tag.offset) != (1, 0):
        raise ConfigError(f"{where}: scale: a bool is 0 or 1, it has no scale and no offset")
    if tag.table in BIT_TABLES and tag.type != "bool":
        raise ConfigError(f"{where}: type: a {tag.table} is a bool, not {tag.type}")
    if tag.address + tag.width > 65536:
        raise ConfigError(f"{where}: address: the value ends beyond 65535")
    if tag.width > device.max_registers:
        raise ConfigError(f"{where}: type: {tag.type} needs more than max_registers in one read")
    if tag.silence_ms < tag.scan_ms:
        raise ConfigError(f"{where}: silence_ms: must not be shorter than scan_ms")
    if tag.low is not None and tag.high is not None and tag.low >= tag.high:
        raise ConfigError(f"{where}: low: must be below high")


def _readable(message: str) -> str:
    """Turn ``Expected `int` - at `$.gateway.port``` into ``gateway.port: Expected `int```."""
    what, found, where = message.partition(" - at `$.")
    return f"{where.rstrip('`')}: {what}" if found else what
