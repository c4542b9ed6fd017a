"""The way to the cloud, step by step: name, address, TLS, token."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from edge.config import Config
from edge.link import AGENT, Ended, code_of, open_socket, tls_context
from edge.link_log import LinkLog, hear_last_words
from edge.session import Session
from edge.store import Store
from edge.telling import wall_ms
from edge.tokens import Tokens, lookup_of
from edge.verdict import Verdict, bad, good
from edge.wire import VERSION, Error, Hello, Welcome, WireError, decode_down, encode

TIMEOUT_S: Final = 10.0
EXPIRES_SOON_DAYS: Final = 14
_DAY_S: Final = 86_400


async def meet(config: Config) -> AsyncIterator[Verdict]:
    """Reach the host and check its certificate. Ends with the first step that fails."""
    url = urlsplit(config.gateway.url)
    host, is_secure = url.hostname or "", url.scheme == "wss"
    port = url.port or (443 if is_secure else 80)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        yield bad("cloud", f"{host} port {port}: {_plain(error)}")
        return
    address = writer.get_extra_info("peername")[0]
    writer.close()
    yield good("cloud", f"{host} port {port} answers ({address})")
    yield await _tls(config, host, port) if is_secure else _in_the_clear(config)


def _in_the_clear(config: Config) -> Verdict:
    allowed = "as allow_insecure says" if config.gateway.allow_insecure else "on this machine only"
    return good("tls", f"none, {allowed}")


async def _tls(config: Config, host: str, port: int) -> Verdict:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=tls_context(config))
    except ssl.SSLCertVerificationError as error:
        text = f"the certificate cannot be trusted: {error.verify_message}"
        return bad("tls", text)
    except (OSError, TimeoutError) as error:
        return bad("tls", _plain(error))
    certificate, tls = writer.get_extra_info("peercert"), writer.get_extra_info("ssl_object")
    writer.close()
    ends = ssl.cert_time_to_seconds(certificate["notAfter"])
    days = int((ends - time.time()) // _DAY_S)
    until = datetime.fromtimestamp(ends, UTC)
    text = f"{tls.version()}, certificate valid until {until:%Y-%m-%d}"
    if days < EXPIRES_SOON_DAYS:
        return bad("tls", f"{text}: {days} days, it must be renewed")
    return good("tls", text)


async def hello(config: Config, configured: str, version: int | None) -> tuple[Verdict, int | None]:
    """Show every token until one is let in, and say hello on the real spool.

    Args:
        config: whose cloud.
        configured: the token of environment or file; empty: only kept ones.
        version: of the configuration that the gateway runs.

    Returns:
        What came of it, and the clock skew in ms (this machine minus the cloud) if welcomed.

    Raises:
        SpoolError: the spool cannot be opened.
    """
    tokens = Tokens(config.state, configured)
    gateway = config.gateway
    store = await Store.open(config.path(gateway.spool), gateway.spool_quota_mb * 1024 * 1024)
    try:
        numbers = Session(await store.ends()).next_numbers()
        message = Hello(VERSION, gateway.uid, store.epoch, numbers, 0, AGENT, version)
        failure = "there is none"
        for token in tokens.candidates:
            try:
                skew_ms = await _try(config, token, message)
            except Ended as end:
                failure = f"{lookup_of(token) or 'the configured one'}: {end}"
                if end.code is None:  # not the token's fault: the others would fare the same
                    break
            else:
                text = f"{lookup_of(token) or 'the configured one'} is let in"
                return good("token", text), skew_ms
        return bad("token", failure), None
    finally:
        await store.close()


async def _try(config: Config, token: str, message: Hello) -> int:
    """Say hello with one token; return the clock skew in ms.

    Raises:
        Ended: it was not welcomed.
    """
    log = LinkLog(config.gateway.url)
    try:
        socket = await open_socket(config, token)
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Ended(_plain(error), code_of(error)) from error
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _welcome(socket, message, log)
    except TimeoutError as error:
        raise Ended("it does not say welcome") from error
    except ConnectionClosed as error:
        await hear_last_words(socket, log)
        code = error.rcvd.code if error.rcvd else None
        raise Ended(log.explain(f"closed with {code or 'no word'}"), code) from error
    except WireError as error:
        raise Ended(f"this is no Sentinel of version {VERSION}: {error}") from error
    finally:
        await socket.close()


async def _welcome(socket: ClientConnection, message: Hello, log: LinkLog) -> int:
    message.wall = asked_ms = wall_ms()
    await socket.send(encode(message))
    while True:
        frame = decode_down(await socket.recv())
        if isinstance(frame, Welcome):
            return (asked_ms + wall_ms()) // 2 - frame.wall
        if isinstance(frame, Error):
            log.note(frame)


def _plain(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) else "") or str(error) or "failed"
