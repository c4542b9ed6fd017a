"""Tables of the registry, of the link to the gateways, and around the readings."""

from devices.models.cameras import Camera
from devices.models.configuration import (
    DeviceHealth,
    DeviceProfile,
    GatewayConfiguration,
    ModbusConnection,
)
from devices.models.exports import ExportFormat, ExportJob, ExportReason, ExportState
from devices.models.feed import Topic, TopicEvent, TopicRow
from devices.models.figures import AGGREGATES, OF_TAGS, FigureKind, SiteFigure
from devices.models.link import Connection, DeviceState, GatewayEvent
from devices.models.people import AuditEntry, Enrolment, Membership, Role
from devices.models.readings import Gap, Latest, Position, Quarantined
from devices.models.registry import Credential, Device, Scope, Site, Tag

__all__ = [
    "AGGREGATES",
    "OF_TAGS",
    "AuditEntry",
    "Camera",
    "Connection",
    "Credential",
    "Device",
    "DeviceHealth",
    "DeviceProfile",
    "DeviceState",
    "Enrolment",
    "ExportFormat",
    "ExportJob",
    "ExportReason",
    "ExportState",
    "FigureKind",
    "Gap",
    "GatewayConfiguration",
    "GatewayEvent",
    "Latest",
    "Membership",
    "ModbusConnection",
    "Position",
    "Quarantined",
    "Role",
    "Scope",
    "Site",
    "SiteFigure",
    "Tag",
    "Topic",
    "TopicEvent",
    "TopicRow",
]
