"""The administration: a door like any other. It calls services and shows what they keep."""

from devices.admin import (
    configurations,
    credentials,
    devices,
    enrolments,
    journal,
    people,
    profiles,
    tags,
    trail,
)

__all__ = [
    "configurations",
    "credentials",
    "devices",
    "enrolments",
    "journal",
    "people",
    "profiles",
    "tags",
    "trail",
]
