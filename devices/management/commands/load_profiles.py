"""Have the profiles that come with Sentinel in the database; ``migrate`` does it too."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from devices.profiles import load_shipped_profiles


class Command(BaseCommand):
    """``manage.py load_profiles``."""

    help = "Load the profiles that come with Sentinel. Those that are there already stay."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load them."""
        self.stdout.write(f"{load_shipped_profiles()} profiles loaded")
