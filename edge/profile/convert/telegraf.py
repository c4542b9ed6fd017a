"""Telegraf's inputs.modbus (TOML), in its styles register, request and metric. Pure."""

from __future__ import annotations

import tomllib
from typing import Any, Final
from urllib.parse import urlsplit

from edge.profile.convert.converted import (
    ORDERS,
    ConversionError,
    Converted,
    Device,
    scan_fields,
    seconds,
)
from edge.profile.point import BIT_TABLES

_REGISTER_STYLE: Final = {
    "discrete_inputs": "discrete",
    "coils": "coil",
    "holding_registers": "holding",
    "input_registers": "input",
}
_TYPES: Final = {
    "INT16": "int16",
    "UINT16": "uint16",
    "INT32": "int32",
    "UINT32": "uint32",
    "INT64": "int64",
    "UINT64": "uint64",
    "FLOAT16": "float16",
    "FLOAT32": "float32",
    "FLOAT64": "float64",
    "FLOAT16-IEEE": "float16",
    "FLOAT32-IEEE": "float32",
    "FLOAT64-IEEE": "float64",
    "STRING": "string",
    "BIT": "bool",
}
_KNOWN: Final = {
    "busy_retries": "is not taken over: a busy device is asked again at the next scan",
    "busy_retries_wait": "is not taken over: a busy device is asked again at the next scan",
    "debug_connection": "is not taken over: see --log-level",
    "log_level": "is not taken over: see --log-level",
    "optimization": "is not taken over: reads are planned from max_gap and max_registers",
    "optimization_max_register_fill": "is not taken over: set max_gap of the device",
    "tags": "are not taken over: a device has a site, an area and a line instead",
    "measurement": "is not taken over: a point belongs to its device",
    "output": "is not taken over: every value is a float, and exact beyond 2^53",
    "exclude_register_type_tag": "is not taken over: there is no such tag here",
}
_WORKAROUNDS: Final = {
    "pause_after_connect": "is not taken over: there is no pause after connecting",
    "close_connection_after_gather": "is not taken over: a connection stays open",
    "read_coils_starting_at_zero": "is not taken over: coils are read from where they lie",
}


def from_telegraf(data: bytes) -> Converted:
    """Convert a Telegraf configuration; what is not inputs.modbus in it is noted.

    Raises:
        ConversionError: it is not TOML, or has no inputs.modbus.
    """
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"is not TOML: {error}") from error
    inputs = table.pop("inputs", {})
    plugins = inputs.pop("modbus", None) if isinstance(inputs, dict) else None
    if not isinstance(plugins, list):
        raise ConversionError("there is no [[inputs.modbus]]: is it a configuration of Telegraf?")
    made = Converted()
    agent = table.get("agent")
    interval = agent.pop("interval", None) if isinstance(agent, dict) else None
    if agent == {}:
        del table["agent"]
    made.note_rest("file", [*table, *(f"inputs.{name}" for name in inputs)], {})
    for number, plugin in enumerate(made.tables("file", "inputs.modbus", plugins), 1):
        _plugin(made, {"interval": interval} | plugin, number)
    return made


def _plugin(made: Converted, plugin: dict[str, Any], number: int) -> None:
    name = str(plugin.pop("name", "") or f"modbus {number}")
    where = f"inputs.modbus {number} ({name})"
    connection = _connection(made, where, plugin)
    limits = _limits(made, where, plugin)
    scan = scan_fields(seconds(plugin.pop("interval", None)))
    style = plugin.pop("configuration_type", "register")
    unit = plugin.pop("slave_id", 1)
    devices: dict[int, Device] = {}

    def device_of(slave: Any) -> Device:
        slave = slave if isinstance(slave, int) else 1
        title = name if slave == unit else f"{name} {slave}"
        one = Device(name=title, unit=slave, connection=connection, limits=limits)
        return devices.setdefault(slave, one)

    for key, table in _REGISTER_STYLE.items():
        for one in made.tables(where, key, plugin.pop(key, [])):
            place = f"{where}, {key} {one.get('name', '?')}"
            if _fits(made, place, style, "register"):
                _add_register(made, device_of(unit), place, one, {"table": table} | scan)
    for key in ("request", "metric"):
        blocks = made.tables(where, key, plugin.pop(key, []))
        for index, block in enumerate(blocks, 1):
            if _fits(made, f"{where}, {key} {index}", style, key):
                slave = block.get("slave_id", unit)
                _add_block(made, device_of(slave), f"{where}, {key} {index}", block, scan)
    made.note_rest(where, plugin, _KNOWN)
    for device in devices.values():
        made.add_device(device)


def _fits(made: Converted, where: str, style: str, needed: str) -> bool:
    if style != needed:
        made.note(where, f"is left out: configuration_type is {style}, so Telegraf ignores it too")
    return style == needed


def _connection(made: Converted, where: str, plugin: dict[str, Any]) -> dict[str, Any]:
    controller, mode = str(plugin.pop("controller", "")), plugin.pop("transmission_mode", "")
    url = urlsplit(controller)
    connection: dict[str, Any] = {}
    serial = [("baud_rate", "baud"), ("parity", "parity")]
    serial += [("data_bits", "data_bits"), ("stop_bits", "stop_bits")]
    if str(mode).upper().startswith("ASCII"):
        made.note(where, f"transmission_mode: {mode} is not supported; RTU was taken")
    if url.scheme == "tcp":
        kind = "tcp" if str(mode).upper() in {"", "TCP", "AUTO"} else "rtu_over_tcp"
        connection |= {"kind": kind, "host": url.hostname or "", "port": url.port or 502}
    else:
        if url.scheme not in {"file", ""}:
            made.note(where, f"controller: {controller!r} is neither tcp:// nor file://")
        set_ = {ours: plugin.pop(key) for key, ours in serial if key in plugin}
        connection |= {"kind": "rtu", "serial": {"port": url.path or url.netloc} | set_}
    timeout_s = seconds(plugin.pop("timeout", "1s"))
    return connection | {"timeout_s": min(timeout_s or 1.0, 60.0)}


def _limits(made: Converted, where: str, plugin: dict[str, Any]) -> dict[str, Any]:
    [workarounds] = made.tables(where, "workarounds", [plugin.pop("workarounds", {})]) or [{}]
    limits: dict[str, Any] = {}
    pause_s = seconds(workarounds.pop("pause_between_requests", 0))
    if pause_s:
        limits["min_gap_ms"] = min(round(pause_s * 1000), 10_000)
    if workarounds.pop("one_request_per_field", False):
        limits["max_gap"] = 0
        made.note(where, "one_request_per_field: max_gap 0 was taken; neighbours are still joined")
    made.note_rest(where, workarounds, _WORKAROUNDS)
    return limits


def _add_register(
    made: Converted, device: Device, where: str, one: dict[str, Any], fields: dict[str, Any]
) -> None:
    addresses = one.pop("address", [])
    if not isinstance(addresses, list) or any(type(a) is not int for a in addresses):
        made.note(where, "is left out: address: a list of registers is expected")
        return
    if not addresses or addresses != list(range(addresses[0], addresses[0] + len(addresses))):
        made.note(where, f"is left out: the registers {addresses} do not follow each other")
        return
    kind = str(one.pop("data_type", "")).upper()
    if kind in {"FIXED", "UFIXED", "FLOAT32"}:  # FLOAT32 without -IEEE is an old name of UFIXED
        kind = f"{'INT' if kind == 'FIXED' else 'UINT'}{16 * len(addresses)}"
    fields |= {"name": one.pop("name", ""), "address": addresses[0]}
    _add(made, device, where, one, fields, kind, len(addresses))


def _add_block(
    made: Converted, device: Device, where: str, block: dict[str, Any], scan: dict[str, Any]
) -> None:
    block.pop("slave_id", None)
    common = {"byte_order": block.pop("byte_order", "ABCD"), "register": block.pop("register", "")}
    for said in made.tables(where, "fields", block.pop("fields", [])):
        one = common | said
        place = f"{where}, field {one.get('name', one.get('address', '?'))}"
        if one.pop("omit", False):
            made.note(place, "is left out: omit is set")
            continue
        fields = {"name": one.pop("name", ""), "address": one.pop("address", None)} | scan
        fields["table"] = one.pop("register") or "holding"
        kind, length = str(one.pop("type", "")).upper(), one.pop("length", 0)
        _add(made, device, place, one, fields, kind, length)
    made.note_rest(where, block, _KNOWN)


def _add(
    made: Converted,
    device: Device,
    where: str,
    one: dict[str, Any],
    fields: dict[str, Any],
    kind: str,
    length: int,
) -> None:
    order = str(one.pop("byte_order", "") or "ABCD").upper()
    if fields["table"] in BIT_TABLES:
        fields["type"] = "bool"
        one.pop("scale", None)
    elif kind not in _TYPES:
        made.note(where, f"is left out: there is no type like {kind or 'none'} here")
        return
    else:
        fields |= {"type": _TYPES[kind], "order": ORDERS.get(order, "ABCD")}
        if order not in ORDERS:
            made.note(where, f"byte_order: {order} is unknown; ABCD was taken")
        if kind == "STRING":
            fields["length"] = length
        if kind == "BIT":
            fields["bit"] = one.pop("bit", 0)
        scale = one.pop("scale", 0)  # Telegraf takes 0 for "none"
        if scale:
            fields["scale"] = scale
    made.note_rest(where, one, _KNOWN)
    made.add_point(device, where, fields)
