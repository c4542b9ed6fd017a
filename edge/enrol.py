"""``python -m edge enrol``: a one-time code becomes the token of this gateway."""

from __future__ import annotations

import argparse
import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from edge.config import Config, ConfigError, config_from
from edge.link import AGENT, tls_context
from edge.options import SPOOL, known_of, recall, remember
from edge.tokens import TokenError, Tokens

PATH: Final = "/api/v1/enrol"
GATEWAY_PATH: Final = "/ws/v1/gateway"
TIMEOUT_S: Final = 30.0
_LARGEST_ANSWER: Final = 64 * 1024
_SCHEMES: Final = {"https": "wss", "http": "ws", "wss": "wss", "ws": "ws"}
_NOBODY_YET: Final = "not-known-yet"  # stands for the uid until the cloud says it


class EnrolError(Exception):
    """No token came of it. The message says what to do."""


class Enrolled(Struct):
    """What the cloud answers."""

    uid: str
    token: str
    approved: bool = True


class _Problem(Struct):
    message: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The code belongs to the address that was typed in, and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


def enrol(options: argparse.Namespace) -> list[str]:
    """Use the code of the command line; return what to tell the technician.

    Raises:
        ConfigError: the address cannot be used.
        EnrolError: the cloud gave no token, or it could not be kept.
    """
    folder: Path = options.state
    config = _settings(options)
    try:  # before the code is used up
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = msgspec.structs.replace(known_of(config), uid=recall(folder).uid)
        remember(folder, known)
    except OSError as error:
        raise EnrolError(f"{folder}: cannot be written: {error.strerror}") from error
    enrolled = _post(config, options.code, options.uid)
    try:
        Tokens(folder).keep(enrolled.token)
        remember(folder, msgspec.structs.replace(known, uid=enrolled.uid))
    except (TokenError, OSError) as error:
        raise EnrolError(f"the token could not be kept: {error}; ask for a new code") from error
    return _advice(enrolled, folder)


def _settings(options: argparse.Namespace) -> Config:
    """The address as the gateway will use it, whichever way it was typed."""
    url = options.url or recall(options.state).url
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise ConfigError("--url: https://HOST is expected")
    path = parts.path if parts.scheme in {"ws", "wss"} else parts.path.rstrip("/") + GATEWAY_PATH
    gateway = {
        "url": f"{_SCHEMES[parts.scheme]}://{parts.netloc}{path}",
        "uid": options.uid or _NOBODY_YET,
        "spool": SPOOL,
        "state": ".",
        "ca_file": str(Path(options.ca_file).absolute()) if options.ca_file else "",
        "allow_insecure": options.allow_insecure,
    }
    return config_from({"gateway": gateway}, "enrol", Path(options.state).absolute(), {})


def _post(config: Config, code: str, uid: str) -> Enrolled:
    body = msgspec.json.encode({"code": code, "uid": uid, "agent": AGENT})
    headers = {"Content-Type": "application/json", "User-Agent": AGENT}
    request = urllib.request.Request(address(config), body, headers, method="POST")  # noqa: S310 - the scheme is checked
    try:
        with _opener(config).open(request, timeout=TIMEOUT_S) as answer:
            return msgspec.json.decode(answer.read(_LARGEST_ANSWER), type=Enrolled)
    except urllib.error.HTTPError as error:
        raise EnrolError(_why(error)) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise EnrolError(f"no connection to {address(config)}: {reason}") from error
    except msgspec.MsgspecError as error:
        raise EnrolError(f"{address(config)} is no Sentinel: it answers something else") from error


def address(config: Config) -> str:
    """Where codes are sent."""
    parts = urlsplit(config.gateway.url)
    scheme = "https" if parts.scheme == "wss" else "http"
    return f"{scheme}://{parts.netloc}{parts.path.removesuffix(GATEWAY_PATH)}{PATH}"


def _opener(config: Config) -> urllib.request.OpenerDirector:
    """Verifies TLS, follows nothing and uses no proxy, like the connection of the gateway."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect(), urllib.request.ProxyHandler({})]
    if (tls := tls_context(config)) is not None:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    return urllib.request.build_opener(*handlers)


def _why(error: urllib.error.HTTPError) -> str:
    if 300 <= error.code < 400:
        return f"the cloud is elsewhere ({error.headers.get('Location', '?')}); use its own address"
    try:
        said = msgspec.json.decode(error.read(_LARGEST_ANSWER), type=_Problem).message
    except (OSError, msgspec.MsgspecError):
        said = ""
    return f"the cloud refuses the code: {said or error.reason} ({error.code})"


def _advice(enrolled: Enrolled, folder: Path) -> list[str]:
    lines = [f"This gateway is now {enrolled.uid}; its token is kept in {folder}."]
    if not enrolled.approved:
        lines.append("It waits for approval: somebody must approve it on the server.")
        lines.append("You may start it now; it keeps trying, and says so, until it is let in.")
    lines.append(f"Start it with: python -m edge run --state {folder}")
    return lines
