"""Configurations of other gateways, with something of everything in them."""

from __future__ import annotations

import json
from typing import Any

from edge.profile import Point
from edge.profile.convert import Converted, from_thingsboard

SLAVE: dict[str, Any] = {
    "host": "10.0.0.5",
    "port": 5021,
    "type": "tcp",
    "method": "socket",
    "unitId": 3,
    "deviceName": "Boiler 1",
    "deviceType": "default",
    "timeout": 35,
    "byteOrder": "BIG",
    "wordOrder": "LITTLE",
    "retries": 3,
    "retryOnEmpty": True,
    "pollPeriod": 5000,
    "timeseries": [
        {"tag": "temperature", "type": "16int", "functionCode": 3, "objectsCount": 1}
        | {"address": 0, "divider": 10},
        {"tag": "flow", "type": "32float", "functionCode": 4, "objectsCount": 2, "address": 8},
        {"tag": "energy", "type": "double", "functionCode": 4, "objectsCount": 4, "address": 12}
        | {"wordOrder": "BIG", "multiplier": 0.001},
        {"tag": "running", "type": "bits", "functionCode": 3, "objectsCount": 1, "address": 20}
        | {"bit": 4},
        {"tag": "lamps", "type": "bits", "functionCode": 1, "objectsCount": 3, "address": 2},
        {"tag": "odd", "type": "8int", "functionCode": 3, "objectsCount": 1, "address": 30},
        {"tag": "wide", "type": "16int", "functionCode": 3, "address": "1-10"},
        {"tag": "written", "type": "16int", "functionCode": 6, "address": 5},
    ],
    "attributes": [
        {"tag": "model name", "type": "string", "functionCode": 3, "registersCount": 8}
        | {"address": 40}
    ],
    "attributeUpdates": [],
    "rpc": [{"tag": "setRelay", "type": "bits", "functionCode": 5, "address": 1}],
}


def thingsboard(**more: Any) -> Converted:
    table = {"master": {"slaves": [SLAVE | more]}, "slave": {"type": "tcp"}}
    return from_thingsboard(json.dumps(table).encode())


def points(made: Converted, device: int = 0) -> dict[str, Point]:
    return {point.name: point for point in made.devices[device].points}


TELEGRAF = """
[agent]
interval = "10s"
debug = true

[[inputs.modbus]]
name = "Meter"
slave_id = 2
timeout = "2s"
controller = "tcp://10.0.0.6:1502"
configuration_type = "register"
interval = "5s"
busy_retries = 3
coils = [ { name = "pump", address = [7] } ]
holding_registers = [
  { name = "power_factor", byte_order = "AB", data_type = "FIXED", scale = 0.01, address = [8] },
  { name = "energy", byte_order = "CDAB", data_type = "UFIXED", scale = 0.001, address = [5, 6] },
  { name = "voltage", byte_order = "DCBA", data_type = "FLOAT32-IEEE", address = [10, 11] },
  { name = "total", byte_order = "HGFEDCBA", data_type = "INT64", address = [20, 21, 22, 23] },
  { name = "scattered", byte_order = "ABCD", data_type = "INT32", address = [30, 32] },
  { name = "half", byte_order = "AB", data_type = "INT8L", address = [40] },
]
[inputs.modbus.workarounds]
pause_between_requests = "20ms"
pause_after_connect = "1s"

[[inputs.modbus]]
name = "Line"
controller = "file:///dev/ttyUSB0"
baud_rate = 19200
parity = "E"
transmission_mode = "RTU"
configuration_type = "request"
[[inputs.modbus.request]]
slave_id = 4
byte_order = "CDAB"
register = "input"
measurement = "drive"
fields = [
  { address = 0, name = "speed", type = "INT16", scale = 0.1, output = "FLOAT64" },
  { address = 1, name = "unused", type = "INT16", omit = true },
  { address = 2, name = "torque", type = "FLOAT32" },
  { address = 4, name = "word", type = "BIT", bit = 3 },
  { address = 10, name = "label", type = "STRING", length = 8 },
]
[inputs.modbus.request.tags]
machine = "press"
[[inputs.modbus.request]]
slave_id = 5
register = "coil"
fields = [ { address = 3, name = "door" } ]
"""
