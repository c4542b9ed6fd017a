"""The administration: a door like any other. It calls services and shows what they keep."""

from devices.admin import credentials, journal, registry

__all__ = ["credentials", "journal", "registry"]
