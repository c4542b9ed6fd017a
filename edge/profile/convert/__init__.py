"""Modbus configurations of other gateways, made into our points. Pure.

Nothing is dropped in silence: what has no counterpart here becomes a note in plain words.
"""

from __future__ import annotations

from edge.profile.convert.converted import Converted, Device
from edge.profile.convert.telegraf import from_telegraf
from edge.profile.convert.thingsboard import from_thingsboard
from edge.profile.convert.written import device_toml, profile_json

__all__ = [
    "Converted",
    "Device",
    "device_toml",
    "from_telegraf",
    "from_thingsboard",
    "profile_json",
]
