"""The administration of alarms: a door like any other, before services and what they keep."""

from alarms.admin import journal, notify, rules

__all__ = ["journal", "notify", "rules"]
