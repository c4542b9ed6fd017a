"""A web process with a bug planted in it: it takes no notice of frame numbers.

Whatever comes is stored, and at hello it believes the gateway about where the streams stand. Start
it as ``tests.faults.sabotage_numbers:application``.
"""

from __future__ import annotations

from project.asgi import application  # sets Django up, so it comes first

# isort: split
from devices import ingest
from devices.intake import Entry, Receipt, Sender
from edge import wire
from realtime.consumers.gateway import GatewayConnection

__all__ = ["application"]

_open = GatewayConnection._open


def open_believing(self: GatewayConnection, hello: wire.Hello) -> tuple[Sender, wire.Welcome]:
    """Greet with the numbers that the gateway itself named."""
    sender, welcome = _open(self, hello)
    welcome.last.update({stream: number - 1 for stream, number in hello.next.items()})
    return sender, welcome


def take_everything(entry: Entry, last: dict[int, int], receipt: Receipt) -> bool:
    """Take every frame for a new one."""
    frame = entry.frame
    stream = "events" if isinstance(frame, wire.Event) else frame.stream
    last[entry.sender.positions[stream]] = receipt.acks[stream] = frame.seq
    return True


GatewayConnection._open = open_believing  # type: ignore[method-assign]
ingest._take = take_everything
