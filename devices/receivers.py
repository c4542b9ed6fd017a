"""What Django tells this app. Changes of our own are announced in devices/signals.py."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


def connect(app: AppConfig) -> None:
    """Have every installation know the profiles that come with this version."""
    post_migrate.connect(load_profiles, sender=app, dispatch_uid="devices.load_profiles")


def load_profiles(apps: Any = apps, **_options: object) -> None:
    """Load the shipped profiles, unless the database was migrated back to before there were any."""
    from devices.profiles import load_shipped_profiles

    try:
        apps.get_model("devices", "DeviceProfile")
    except LookupError:
        return
    load_shipped_profiles()
