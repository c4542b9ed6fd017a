"""How gateways do: what their pages show, cheap enough to be read every second.

A report tells what a gateway said last of itself and of how its devices answer. To it belongs the
ledger (see devices/ledgers.py), which the caller may keep for a while. The state of gateways and
devices is not in it: pages have it from the devices' own topic.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from devices.journal import connections_of
from devices.ledgers import Row, ledger_of, ms
from devices.models import (
    Connection,
    Credential,
    Device,
    DeviceHealth,
    DeviceState,
    GatewayConfiguration,
    ModbusConnection,
    Tag,
)

Ledgers = dict[int, Row]  # id of a gateway -> its ledger
_LISTED: Final = ("holes", "gap_count", "lost", "quarantined", "day", "week", "since", "stored")
_COUNTED: Final = (
    *("requests", "timeouts", "refusals", "retries", "overruns"),
    *("latency_ms", "worst_ms", "blocks", "holes"),
)


def gateways_of(*, site_id: int) -> QuerySet[Device]:
    """Gateways of a site, by UID."""
    devices = gateways_among(Device.objects.filter(site_id=site_id))
    return devices.select_related("state").order_by("uid")


def gateways_among(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Keep the gateways.

    What speaks for others or reads others, has held a connection, or waits for its first one. A
    device that only posts its own readings is none.
    """
    waits = Q(_has(Credential)) & ~Q(_has(Tag))
    return devices.filter(via=None).filter(_speaks() | waits)


def may_carry(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Keep those that other devices can be reached via: gateways, and what may become one."""
    return devices.filter(via=None).filter(_speaks() | ~Q(_has(Tag)))


def _speaks() -> Q:
    return Q(_has(Device, via="pk") | _has(ModbusConnection, gateway="pk") | _has(Connection))


def _has(model: type[Any], **kwargs: str) -> Exists:
    rows = kwargs or {"device": "pk"}
    return Exists(model.objects.filter(**{k: OuterRef(v) for k, v in rows.items()}))


def reports(*, site_id: int, now: datetime, ledgers: Ledgers) -> list[Row]:
    """Tell how all gateways of a site do, one row each.

    Args:
        site_id: the site.
        now: the moment.
        ledgers: those that are missing are added.

    Returns:
        ``{id, uid, name, told, agent, skew, beat, waiting, oldest, spool, errors, config, holes,
        gap_count, lost, quarantined, day, week, since, stored}``; moments are epoch milliseconds,
        ``told`` when it was last heard and ``beat`` when it last counted what waits and failed
        (None: never), ``skew`` milliseconds that its clock is ahead, ``spool`` bytes.
    """
    gateways = list(gateways_of(site_id=site_id))
    newest = _newest_configurations(gateway.pk for gateway in gateways)
    rows = []
    for gateway in gateways:
        ledger = _ledger(gateway, now, ledgers)
        counted = {name: ledger[name] for name in _LISTED}
        rows.append(_told(gateway, newest.get(gateway.pk)) | counted)
    return rows


def report(*, gateway_id: int, now: datetime, ledgers: Ledgers) -> Row | None:
    """Tell how one gateway does, in full.

    Returns:
        As `reports`, with the whole ``ledger``, ``connections`` (newest first) and ``devices``: how
        each answers it, as it last told. None: there is no such device.
    """
    gateway = Device.objects.select_related("state").filter(pk=gateway_id).first()
    if gateway is None:
        return None
    newest = _newest_configurations([gateway.pk])
    return _told(gateway, newest.get(gateway.pk)) | {
        "ledger": _ledger(gateway, now, ledgers),
        "connections": [_connection(each) for each in connections_of(device=gateway)],
        "devices": _devices(gateway),
    }


def _ledger(gateway: Device, now: datetime, ledgers: Ledgers) -> Row:
    if gateway.pk not in ledgers:
        ledgers[gateway.pk] = ledger_of(gateway, now)
    return ledgers[gateway.pk]


def _told(gateway: Device, newest: GatewayConfiguration | None) -> Row:
    state = getattr(gateway, "state", None) or DeviceState()
    return {
        "id": gateway.pk,
        "uid": gateway.uid,
        "name": gateway.name,
        "told": ms(state.last_seen_at),
        "agent": state.agent,
        "skew": state.skew_ms,
        "beat": ms(state.beat_at),
        "waiting": state.waiting,
        "oldest": ms(state.oldest_at),
        "spool": state.spool_bytes,
        "errors": state.read_errors,
        "config": _configuration(newest, state.config_version),
    }


# ---------------------------------------------------------------- configuration


def _newest_configurations(gateway_ids: Iterable[int]) -> dict[int, GatewayConfiguration]:
    rows = GatewayConfiguration.objects.filter(gateway_id__in=list(gateway_ids)).defer("packed")
    newest = rows.order_by("gateway_id", "-version").distinct("gateway_id")
    return {row.gateway_id: row for row in newest}


def _configuration(newest: GatewayConfiguration | None, running: int | None) -> Row:
    """Say which version runs (None: a file of its own), and what became of the newest one."""
    return {
        "running": running,
        "newest": newest.version if newest else None,
        "made": ms(newest.created_at) if newest else None,
        "summary": newest.summary if newest else "",
        "refused": ms(newest.refused_at) if newest else None,
        "mistakes": newest.mistakes if newest else [],
    }


# ---------------------------------------------------------------- connections and devices


def _connection(row: Connection) -> Row:
    return {
        "opened": ms(row.opened_at),
        "closed": ms(row.closed_at),
        "code": row.close_code,
        "remote": row.remote,
    }


def _devices(gateway: Device) -> list[Row]:
    children = Device.objects.filter(via=gateway).select_related("health").order_by("uid")
    return [_device(child) for child in children]


def _device(device: Device) -> Row:
    row: Row = {"id": device.pk, "uid": device.uid, "name": device.name}
    health: DeviceHealth | None = getattr(device, "health", None)
    if health is None:
        return row | {"told": None}
    counted = {name: getattr(health, name) for name in _COUNTED}
    return row | counted | {"told": ms(health.at), "state": health.state, "error": health.error}
