"""Make every open page start over; for after a restore from backup."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from devices.feed import renew_epochs


class Command(BaseCommand):
    """Run it once on the restored database: its event numbers have meant other events before."""

    help = "Make every open page start over. Run it after restoring a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew all topics."""
        self.stdout.write(f"{renew_epochs()} topics renewed")
