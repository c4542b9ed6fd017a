"""What the fixtures of these tests make."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from edge.config import Config
from edge.spool import Spool

ConfigMaker = Callable[..., Config]
Opener = Callable[..., Spool]
Runner = Callable[..., AbstractAsyncContextManager[None]]

DEVICE = """
[[device]]
uid = "D{unit}"
connection = "plc"
unit = {unit}
[[device.tag]]
name = "level"
address = 4
type = "uint16"
unit = "cm"
scan_ms = 50
silence_ms = 60000
"""
