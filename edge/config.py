"""The one TOML file that drives a gateway, its simulator and the demo seed.

A gateway that the cloud configures needs no file: its address, uid and state folder are enough.
Read once at the start. A mistake stops it with a ``ConfigError`` that names file and setting.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from edge.expand import expand_profiles
from edge.profile.point import Display, Strict
from edge.wire import UID_PATTERN
from edge.wire.configuration import Document, mistakes_in

Uid = Annotated[str, Meta(pattern=UID_PATTERN)]


MODELS = Path(__file__).parent / "models"  # that come along


class ConfigError(ValueError):
    """The configuration cannot be used. The message names the file and the setting."""


class NoToken(ConfigError):
    """Nobody configured a token. One may be in the state folder."""


class GatewayConfig(Strict, frozen=True, kw_only=True):
    """The gateway itself. Paths are relative to the TOML file."""

    url: str
    uid: Uid
    token_file: str = ""
    spool: str
    spool_quota_mb: Annotated[int, Meta(ge=1, le=1_000_000)] = 256
    state: str = ""  # folder of tokens and configuration; empty: beside the spool
    name: Display = ""
    area: Display = ""
    ca_file: str = ""
    allow_insecure: bool = False
    models: str = ""  # folder of model cards and weights; empty: those that come along
    truth_log: str = ""  # diagnosis aid: one fsynced line for every frame that was spooled


class Config(Document, frozen=True, kw_only=True):
    """A whole file, checked, with the environment applied."""

    gateway: GatewayConfig
    folder: str = ""  # where the TOML lies; not a setting

    @property
    def is_managed(self) -> bool:
        """Say whether the cloud tells this gateway what to read."""
        return not (self.connections or self.devices or self.cameras)

    @property
    def state(self) -> Path:
        """The folder that holds what the gateway learned: tokens and configuration."""
        return self.path(self.gateway.state or f"{self.gateway.spool}.state")

    @property
    def models(self) -> Path:
        """The folder of the models."""
        return self.path(self.gateway.models) if self.gateway.models else MODELS

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
    return config_from(table, str(path), path.absolute().parent, environ)


def config_from(
    table: dict[str, Any], source: str, folder: Path, environ: Mapping[str, str] | None = None
) -> Config:
    """Check and complete the settings of a gateway.

    Args:
        table: as it stands in a TOML.
        source: where they come from, for the message.
        folder: paths among them are relative to it.
        environ: ``SENTINEL_*`` variables win over the table.

    Raises:
        ConfigError: with the source and the setting in its message.
    """
    try:
        if "folder" in table:
            raise msgspec.ValidationError("Object contains unknown field `folder`")
        _apply_environment(table, os.environ if environ is None else environ)
        expand_profiles(table)
        whole = table | {"folder": str(folder)}
        config = msgspec.convert(whole, Config, str_keys=True)  # TOML has no other keys
        _check(config)
    except ValueError as error:  # what msgspec, profiles and our own checks raise
        raise ConfigError(f"{source}: {_readable(str(error))}") from error
    return config


def load_token(config: Config, environ: Mapping[str, str] | None = None) -> str:
    """Read the credential: SENTINEL_TOKEN, SENTINEL_TOKEN_FILE, then ``gateway.token_file``.

    Raises:
        NoToken: there is none.
        ConfigError: it cannot be read, or cannot be sent in an HTTP header.
    """
    environ = os.environ if environ is None else environ
    token, source = environ.get("SENTINEL_TOKEN", "").strip(), "SENTINEL_TOKEN"
    if not token:
        name = environ.get("SENTINEL_TOKEN_FILE", "") or config.gateway.token_file
        if not name:
            raise NoToken(
                "gateway.token_file: no token; set it or SENTINEL_TOKEN, or get one with a code:"
                " python -m edge enrol"
            )
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
        for key in ("url", "uid", "spool", "models", "truth_log"):
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
    for mistake in mistakes_in(config, config.gateway.uid):
        raise ConfigError(mistake)


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


def _readable(message: str) -> str:
    """Turn ``Expected `int` - at `$.gateway.port``` into ``gateway.port: Expected `int```."""
    what, found, where = message.partition(" - at `$.")
    return f"{where.rstrip('`')}: {what}" if found else what
