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
from alarms.models.reviews import MOST_NOTE, Review, Verdict

# under names that the API's schema can be told: see SPECTACULAR_SETTINGS
DetectionState, SnapshotState = Detection.State, Snapshot.State
DetectionVerdict = Verdict.Kind

__all__ = [
    "DEVICE_KINDS",
    "MOST_NOTE",
    "OPEN_STATES",
    "TAG_KINDS",
    "Alarm",
    "AttemptResult",
    "ChannelKind",
    "DeliveryAttempt",
    "Detection",
    "DetectionState",
    "DetectionVerdict",
    "Event",
    "JournalEntry",
    "Kind",
    "Notification",
    "NotificationChannel",
    "NotificationRoute",
    "NotificationState",
    "Priority",
    "Review",
    "Rule",
    "Snapshot",
    "SnapshotState",
    "SnapshotUpload",
    "Verdict",
    "Watch",
]
