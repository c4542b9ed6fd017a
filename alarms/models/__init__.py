"""Tables of alarms and of what cameras saw, and the pictures that prove it."""

from alarms.models.alarms import (
    DEVICE_KINDS,
    TAG_KINDS,
    Alarm,
    Kind,
    Priority,
    Rule,
    Watch,
)
from alarms.models.detections import Detection, Snapshot, SnapshotUpload
from alarms.models.journal import JournalEntry
from alarms.models.notify import (
    OPEN_STATES,
    AttemptResult,
    ChannelKind,
    DeliveryAttempt,
    Event,
    Notification,
    NotificationChannel,
    NotificationRoute,
    NotificationState,
)

# under names that the API's schema can be told: see SPECTACULAR_SETTINGS
DetectionState, SnapshotState = Detection.State, Snapshot.State

__all__ = [
    "DEVICE_KINDS",
    "OPEN_STATES",
    "TAG_KINDS",
    "Alarm",
    "AttemptResult",
    "ChannelKind",
    "DeliveryAttempt",
    "Detection",
    "DetectionState",
    "Event",
    "JournalEntry",
    "Kind",
    "Notification",
    "NotificationChannel",
    "NotificationRoute",
    "NotificationState",
    "Priority",
    "Rule",
    "Snapshot",
    "SnapshotState",
    "SnapshotUpload",
    "Watch",
]
