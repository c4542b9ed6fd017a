"""How the verbs of the command line are told which gateway is meant."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from edge.config import Config, ConfigError, config_from, load_config, load_token
from edge.durable import write_durably
from edge.tokens import Tokens

logger = logging.getLogger(__name__)

FILE: Final = "gateway.json"
SPOOL: Final = "gateway.spool"
DEFAULT_QUOTA_BYTES: Final = 256 * 1024 * 1024


class Known(msgspec.Struct, omit_defaults=True):
    """What a state folder remembers of the gateway itself."""

    url: str = ""
    uid: str = ""
    ca_file: str = ""
    allow_insecure: bool = False


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which gateway is meant."""
    parser.add_argument("--config", type=Path, help="the TOML file of the gateway, if it has one")
    parser.add_argument("--state", type=Path, help="its folder for tokens, configuration and spool")
    parser.add_argument("--url", default="", help="wss://HOST/ws/v1/gateway")
    parser.add_argument("--uid", default="", help="the uid of the gateway")
    parser.add_argument("--ca-file", default="", help="CA that vouches for the cloud; PEM")
    parser.add_argument(
        "--allow-insecure", action="store_true", help="speak ws:// (inside a private network)"
    )


class Place(NamedTuple):
    """Where the files of a gateway lie."""

    state: Path
    spool: Path
    quota_bytes: int


def place_of(options: argparse.Namespace) -> Place:
    """Where to look, also when the settings are not known (any more).

    Raises:
        ConfigError: nothing says where.
    """
    if options.config is None and options.state is not None:
        return Place(options.state, options.state / SPOOL, DEFAULT_QUOTA_BYTES)
    config = config_of(options)
    quota_bytes = config.gateway.spool_quota_mb * 1024 * 1024
    return Place(config.state, config.path(config.gateway.spool), quota_bytes)


def config_of(options: argparse.Namespace, environ: Mapping[str, str] | None = None) -> Config:
    """The settings of the gateway that is meant.

    Raises:
        ConfigError: they are missing or wrong; the message says which.
    """
    environ = os.environ if environ is None else environ
    if options.config is not None:
        return load_config(options.config, environ)
    if options.state is None:
        raise ConfigError("say which gateway: --config FILE or --state FOLDER")
    known = recall(options.state)
    gateway: dict[str, Any] = {
        "url": options.url or known.url,
        "uid": options.uid or known.uid,
        "ca_file": str(Path(options.ca_file).absolute()) if options.ca_file else known.ca_file,
        "allow_insecure": options.allow_insecure or known.allow_insecure,
        "spool": SPOOL,
        "state": ".",
    }
    for setting in ("url", "uid"):
        if not gateway[setting] and not environ.get(f"SENTINEL_{setting.upper()}"):
            missing = f"--{setting} is missing; say it once, or enrol with a code"
            raise ConfigError(f"--state {options.state}: {missing}")
    folder = Path(options.state).absolute()
    return config_from({"gateway": gateway}, f"--state {options.state}", folder, environ)


def token_of(config: Config, environ: Mapping[str, str] | None = None) -> str:
    """The configured token; empty when there is none, but the state folder has one.

    Raises:
        ConfigError: there is no token at all.
    """
    try:
        return load_token(config, environ)
    except ConfigError as error:
        if not Tokens(config.state).candidates:
            raise
        logger.debug("only kept tokens are shown: %s", error)
        return ""


def recall(folder: Path) -> Known:
    """What the folder remembers; nothing if it is new."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Known)
    except FileNotFoundError:
        return Known()
    except (OSError, msgspec.MsgspecError) as error:
        logger.warning("%s cannot be read: %s", folder / FILE, error)
        return Known()


def remember(folder: Path, known: Known) -> None:
    """Keep it for the verbs that come later.

    Raises:
        OSError: the folder cannot be written.
    """
    if recall(folder) != known:
        write_durably(folder / FILE, msgspec.json.encode(known))


def known_of(config: Config) -> Known:
    """What is worth remembering of a gateway."""
    gateway = config.gateway
    return Known(gateway.url, gateway.uid, gateway.ca_file, gateway.allow_insecure)
