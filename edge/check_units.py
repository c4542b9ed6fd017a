"""Every device of a document, asked once for one of its tags."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from edge.gather import Gather
from edge.readers import Pollers
from edge.verdict import Verdict, bad, good
from edge.wire import Answer, Probe, UnitHealth
from edge.wire.configuration import DeviceConfig, Document

TIMEOUT_S: Final = 30.0  # for a device on a slow line with many that do not answer


async def check_units(document: Document) -> AsyncIterator[Verdict]:
    """Read one tag of each device, one after another."""
    pollers = Pollers(Gather())
    try:
        await pollers.apply(Document(connections=document.connections))  # no scans beside ours
        for device in document.devices:
            yield await _ask(pollers, device)
    finally:
        await pollers.stop()


async def _ask(pollers: Pollers, device: DeviceConfig) -> Verdict:
    tag = next((tag for tag in device.tags if not tag.model), None)
    where = f"{device.uid}: unit {device.unit} on {device.connection}"
    if tag is None:
        return good("device", f"{where} has no tag to read")
    probe = Probe("check", device.connection, device.unit, tag.table, tag.address, tag.width)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer = await pollers.probe(probe)
    except TimeoutError:
        answer = Answer("check", error="no answer in time")
    if answer.error:
        return bad("device", f"{where}, {tag.name}: {answer.error}")
    return good("device", f"{where} answers in {answer.latency_ms:.0f} ms")


def verdict_of(unit: UnitHealth) -> Verdict:
    """Say how a device answers the gateway that runs."""
    if unit.state == "up" and unit.holes:
        return bad("device", f"{unit.device}: answers, but refuses {unit.holes} of its tags")
    if unit.state == "up":
        return good("device", f"{unit.device}: answers in {unit.latency_ms:.0f} ms")
    if unit.state == "unknown":
        return good("device", f"{unit.device}: not asked yet")
    why = unit.error or "no reason known"
    return bad("device", f"{unit.device}: does not answer ({unit.state}): {why}")
