"""Names on both sides of the fan-out: groups of the channel layer, channels of the browsers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "devices", "gallery", "alarms", "figures", "tel:site", "tel:device", "gateways", "health"
]

_CHANNEL = re.compile(
    r"(devices|gallery|alarms|figures|tel:site|tel:device|gateways|health):([1-9][0-9]{0,17})\Z"
)


def site_group(site_id: int) -> str:
    """Group of the processes in which somebody looks at this site."""
    return f"site.{site_id}"


def hub_group(hub: str) -> str:
    """Group of one process: brings it its own heartbeat through the layer."""
    return f"hub.{hub}"


def gateways_group() -> str:
    """Group of the processes that hold sockets of gateways."""
    return "gateways"


def asker_group(asker: str) -> str:
    """Group of one process: brings it the answers to what it asked."""
    return f"asker.{asker}"


@dataclass(frozen=True, slots=True)
class Channel:
    """What a browser can subscribe to."""

    kind: Kind
    id: int  # of the site, or of the device for ``tel:device`` and ``health``

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"{self.kind}:{self.id}"

    @property
    def counted(self) -> bool:
        """Say whether it is a state topic, whose events are numbered and never skipped."""
        return self.kind in {"devices", "gallery", "alarms", "figures"}

    @property
    def reported(self) -> bool:
        """Say whether each message is a whole report that takes the place of the one before."""
        return self.kind in {"gateways", "health"}


def parse_channel(name: str) -> Channel:
    """Read a channel name.

    Raises:
        ValueError: there is no such channel.
    """
    found = _CHANNEL.match(name)
    if found is None:
        raise ValueError(f"no such channel: {name!r}")
    kind: Kind = found[1]  # type: ignore[assignment]  # the pattern lists the same words
    return Channel(kind, int(found[2]))
