"""The Modbus connector of thingsboard-gateway (modbus.json). Pure.

Read from its documentation and its converter: byte and word order are LITTLE where they are not
given, a ``bit`` counts from the lowest bit of the register, and a string has no order.
"""

from __future__ import annotations

import math
from typing import Any, Final

from edge.profile.convert.converted import (
    TABLES,
    ConversionError,
    Converted,
    Device,
    scan_fields,
    seconds,
)
from edge.profile.plain import load_json
from edge.profile.point import Order

_ORDERS: Final[dict[tuple[str, str], Order]] = {  # byte order, word order
    ("BIG", "BIG"): "ABCD",
    ("BIG", "LITTLE"): "CDAB",
    ("LITTLE", "BIG"): "BADC",
    ("LITTLE", "LITTLE"): "DCBA",
}
_TYPES: Final = {
    "16int": "int16",
    "16uint": "uint16",
    "16float": "float16",
    "32int": "int32",
    "32uint": "uint32",
    "32float": "float32",
    "64int": "int64",
    "64uint": "uint64",
    "64float": "float64",
    "string": "string",
}
_SERIAL: Final = {
    "port": "port",
    "baudrate": "baud",
    "parity": "parity",
    "bytesize": "data_bits",
    "stopbits": "stop_bits",
}
_BY_SIZE: Final = {"int": "int", "long": "int", "integer": "int", "uint": "uint"} | {
    "float": "float",
    "double": "float",
}
_KNOWN: Final = {
    "retryOnEmpty": "is not taken over: a read is repeated as the connection's retries say",
    "retryOnInvalid": "is not taken over: a read is repeated as the connection's retries say",
    "connectAttemptTimeMs": "is not taken over: a lost connection is tried again for ever",
    "connectAttemptCount": "is not taken over: a lost connection is tried again for ever",
    "waitAfterFailedAttemptsMs": "is not taken over: the pause grows by itself, to 5 s",
    "deviceType": "is not taken over: a profile says what type of device it is",
    "sendDataOnlyOnChange": "is not taken over: set a deadband for each point instead",
    "reportStrategy": "is not taken over: set deadband and silence_ms for each point instead",
    "security": "is not taken over: set ca_file of the connection (kind tls)",
    "converter": "is not taken over: a converter of one's own has no counterpart",
    "downlink_converter": "is not taken over: a converter of one's own has no counterpart",
}


def from_thingsboard(data: bytes) -> Converted:
    """Convert a modbus.json.

    Raises:
        ConversionError: it is not one.
    """
    try:
        table = load_json(data)
    except ValueError as error:
        raise ConversionError(str(error)) from error
    master = table.pop("master", table)
    slaves = master.pop("slaves", None) if isinstance(master, dict) else None
    if not isinstance(slaves, list):
        raise ConversionError("there is no master.slaves: is it the connector's modbus.json?")
    made = Converted()
    made.note_rest(
        "file",
        {*table, *master} - {"master"},
        {"slave": "is not taken over: a gateway of ours serves no registers"},
    )
    for number, slave in enumerate(made.tables("file", "slaves", slaves), 1):
        made.add_device(_device(made, slave, number))
    return made


def _device(made: Converted, slave: dict[str, Any], number: int) -> Device:
    name = str(slave.pop("deviceName", None) or f"slave {number}")
    where = f"slave {number} ({name})"
    unit = slave.pop("unitId", 1)
    device = Device(name=name, unit=unit if isinstance(unit, int) else 1)
    if device.unit != unit:
        made.note(where, f"unitId: {unit!r} is not a number, 1 was taken")
    device.connection = _connection(made, where, slave)
    order = {key: slave.pop(key, "LITTLE") for key in ("byteOrder", "wordOrder")}
    period_ms = slave.pop("pollPeriod", None)
    period = seconds(period_ms) if isinstance(period_ms, int | float) else None
    scan = scan_fields(None if period is None else period / 1000)
    if period_ms is not None and not scan:
        made.note(where, f"pollPeriod: {str(period_ms)[:40]} is no period, 1 s was taken")
    for section, more in (("timeseries", {}), ("attributes", {"scan": "slow"})):
        for one in made.tables(where, section, slave.pop(section, [])):
            place = f"{where}, {section} {one.get('tag', '?')}"
            _add(made, device, place, one, order, scan | more)
    for section in ("attributeUpdates", "rpc"):
        for one in made.tables(where, section, slave.pop(section, [])):
            what = "is not taken over: add a write rule with its limits to the point by hand"
            made.note(f"{where}, {section} {one.get('tag', '?')}", what)
    made.note_rest(where, slave, _KNOWN)
    return device


def _connection(made: Converted, where: str, slave: dict[str, Any]) -> dict[str, Any]:
    kind, method = (str(slave.pop(key, "")) for key in ("type", "method"))
    connection: dict[str, Any] = {}
    if kind == "serial":
        connection["kind"] = "rtu"
        connection["serial"] = {
            ours: slave.pop(key) for key, ours in _SERIAL.items() if key in slave
        }
    else:
        if kind not in {"", "tcp", "tls"}:
            made.note(where, f"type: {kind} is not supported; tcp was taken")
        connection["kind"] = kind if kind == "tls" else "rtu_over_tcp" if method == "rtu" else "tcp"
        connection["host"] = str(slave.pop("host", ""))
        connection["port"] = slave.pop("port", 502)
    timeout_s = seconds(slave.pop("timeout", 1))
    connection["timeout_s"] = min(timeout_s or 1.0, 60.0)
    if connection["timeout_s"] != timeout_s:
        made.note(where, f"timeout: {connection['timeout_s']:g} s was taken")
    retries = slave.pop("retries", 1)
    connection["retries"] = min(max(int(retries), 0), 5) if isinstance(retries, int) else 1
    return connection


def _add(
    made: Converted,
    device: Device,
    where: str,
    one: dict[str, Any],
    order: dict[str, Any],
    more: dict[str, Any],
) -> None:
    fields = {"name": one.pop("tag", ""), "address": one.pop("address", None)} | more
    function, count = one.pop("functionCode", None), _count(one)
    kind, bit = str(one.pop("type", "")).lower(), one.pop("bit", None)
    orders = [str(one.pop(key, "") or default).upper() for key, default in order.items()]
    one.pop("bitTargetType", None)  # a bool is 0 or 1 here
    if not isinstance(function, int) or function not in TABLES:
        made.note(where, f"is left out: functionCode {function} is no read (1 to 4)")
        return
    fields["table"] = TABLES[function]
    fields |= _scaling(one)
    made.note_rest(where, one, _KNOWN)
    if isinstance(fields["address"], str):
        made.note(where, f"is left out: address: {fields['address']!r} is not one address")
    elif function in {1, 2} or kind in {"bit", "bits"}:
        _add_bits(made, device, where, fields, bit, count if function in {1, 2} else 1)
    elif (type_ := _type_of(kind, count)) is None:
        made.note(where, f"is left out: there is no type like {kind!r} here")
    elif type_ == "string":
        made.add_point(device, where, fields | {"type": type_, "length": count})
    else:
        order_ = _ORDERS.get((orders[0], orders[1]))
        if order_ is None:
            made.note(where, f"byteOrder, wordOrder: {orders} are not BIG or LITTLE; LITTLE taken")
        made.add_point(device, where, fields | {"type": type_, "order": order_ or "DCBA"})


def _count(one: dict[str, Any]) -> Any:
    given = [one.pop(k, None) for k in ("objectsCount", "registersCount", "registerCount")]
    return next((count for count in given if count is not None), 1)


def _scaling(one: dict[str, Any]) -> dict[str, float]:
    divider, multiplier = one.pop("divider", None) or 1, one.pop("multiplier", None) or 1
    try:
        scale = float(multiplier) / float(divider)
    except (TypeError, ValueError, ArithmeticError):
        return {"scale": math.nan}  # refused where the point is made
    return {} if scale == 1 else {"scale": scale}


def _type_of(kind: str, count: Any) -> str | None:
    if kind in _BY_SIZE and isinstance(count, int):
        return _TYPES.get(f"{16 * count}{_BY_SIZE[kind]}")
    return _TYPES.get(kind)


def _add_bits(
    made: Converted, device: Device, where: str, fields: dict[str, Any], bit: Any, count: Any
) -> None:
    fields = {key: value for key, value in fields.items() if key != "scale"} | {"type": "bool"}
    in_register = fields["table"] in {"holding", "input"}
    if in_register and bit is not None:
        fields["bit"] = bit
    elif in_register:
        made.note(where, "bit: is not given; the point is true when any bit of the register is set")
    elif isinstance(count, int) and count > 1:
        made.note(where, f"becomes {count} points, one for each bit")
        for i in range(count):
            one = {"name": f"{fields['name']}_{i}", "address": fields["address"] + i}
            made.add_point(device, where, fields | one)
        return
    made.add_point(device, where, fields)
