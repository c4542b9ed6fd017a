"""``python -m edge check``: what works and what does not, a line each, before anybody drives home.

Where the gateway runs already it is asked, because a second connection with its token would throw
it out, and a serial line has room for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from msgspec.structs import replace

from edge.check_cameras import check_cameras, verdict_of_camera
from edge.check_cloud import hello, meet
from edge.check_units import check_units, verdict_of
from edge.config import Config
from edge.configurator import NOTHING, Running, own_document, read_kept
from edge.configured import KeptConfiguration
from edge.declaring import tags_of
from edge.spool_file import SpoolError
from edge.status import LiveState, NotRunning, ask
from edge.verdict import Verdict, bad, good
from edge.wire.configuration import ConfigurationError

SKEW_MS: Final = 5_000  # a clock that is further off puts readings at the wrong place in a trend


async def check(config: Config, token_of: Callable[[Config], str]) -> AsyncIterator[Verdict]:
    """Test everything, from the file to the last camera; a verdict each, as soon as it is known.

    Args:
        config: of the gateway.
        token_of: reads its token; not called while it runs, which knows its own.

    Raises:
        ConfigError: there is no token.
    """
    try:
        state = await asyncio.to_thread(ask, config.state)
    except NotRunning:
        state = None
    token = "" if state else token_of(config)
    running, verdict = _configuration(config)
    yield verdict
    yield good("gateway", _gateway(state))
    async for verdict in meet(_as_it_runs(config, state)):
        yield verdict
    for verdict in _live(state) if state else await _alone(config, token, running):
        yield verdict
    if state:
        for unit in state.units:
            yield verdict_of(unit)
        for camera in state.cameras:
            yield verdict_of_camera(camera)
    else:
        async for verdict in check_units(running.document):
            yield verdict
        async for verdict in check_cameras(running.document.cameras, config):
            yield verdict


def _as_it_runs(config: Config, state: LiveState | None) -> Config:
    """Its environment may have told the running gateway another address than ours does."""
    if state is None:
        return config
    return replace(config, gateway=replace(config.gateway, url=state.url))


def _configuration(config: Config) -> tuple[Running, Verdict]:
    try:
        running = _running(config)
    except ConfigurationError as error:
        return NOTHING, bad("configuration", f"the kept one is refused: {error}")
    document, version = running.document, running.packed.version
    if config.is_managed and not version:
        text = "none yet: the cloud sends it when the gateway runs"
    else:
        source = f"version {version} of the cloud" if version else "its own file"
        text = (
            f"{source}: {len(document.connections)} connections, {len(document.devices)} devices,"
            f" {len(tags_of(document))} tags, {len(document.cameras)} cameras"
        )
    return running, good("configuration", text)


def _running(config: Config) -> Running:
    if config.is_managed:
        return read_kept(config, KeptConfiguration(config.state))
    return NOTHING._replace(document=own_document(config))


def _gateway(state: LiveState | None) -> str:
    if state is None:
        return "does not run now; this check connects in its place"
    return f"runs (pid {state.pid}); this check asks it instead of connecting in its place"


def _live(state: LiveState) -> list[Verdict]:
    if not state.is_up:
        return [bad("token", f"the gateway has no connection: {state.why}")]
    text = f"{state.token or 'it'} is let in"
    return [good("token", text), _clock(state.skew_ms or 0)]


async def _alone(config: Config, token: str, running: Running) -> list[Verdict]:
    version = running.packed.version if config.is_managed else None
    try:
        verdict, skew_ms = await hello(config, token, version)
    except SpoolError as error:
        return [bad("spool", str(error))]
    return [verdict] if skew_ms is None else [verdict, _clock(skew_ms)]


def _clock(skew_ms: int) -> Verdict:
    way = "ahead of" if skew_ms > 0 else "behind"
    text = f"{abs(skew_ms) / 1000:.1f} s {way} the cloud"
    if abs(skew_ms) <= SKEW_MS:
        return good("clock", text)
    return bad("clock", f"{text}: readings get wrong times; set up NTP")
