"""Tables of the registry, of the link to the gateways, and around the readings."""

from devices.models.feed import Topic, TopicEvent, TopicRow
from devices.models.link import Connection, DeviceState, GatewayEvent
from devices.models.readings import Gap, Latest, Position, Quarantined
from devices.models.registry import Credential, Device, Site, Tag

__all__ = [
    "Connection",
    "Credential",
    "Device",
    "DeviceState",
    "Gap",
    "GatewayEvent",
    "Latest",
    "Position",
    "Quarantined",
    "Site",
    "Tag",
    "Topic",
    "TopicEvent",
    "TopicRow",
]
