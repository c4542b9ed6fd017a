"""Check the alarm journal: ``manage.py verify_journal [--expect NUMBER:DIGEST]``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alarms.journal import digest_of, verify


class Command(BaseCommand):
    """Say whether every entry follows from those before it, and where the journal ends."""

    help = "Check that no entry of the alarm journal was altered or removed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take an end of the journal that was noted earlier."""
        parser.add_argument(
            "--expect",
            default="",
            metavar="NUMBER:DIGEST",
            help="an end of the journal that this command printed earlier",
        )

    def handle(self, *args: Any, expect: str, **options: Any) -> None:
        """Check.

        Raises:
            CommandError: the journal is not what it was.
        """
        chain = verify()
        if chain.broken_at is not None:
            message = f"Entry {chain.broken_at} is missing or was altered."
            raise CommandError(f"{message} The {chain.number} before it are as they were written.")
        if chain.unsealed:
            raise CommandError(f"{chain.unsealed} entries were written past the trigger.")
        number, _, digest = expect.partition(":")
        if expect and not (number.isdigit() and digest_of(int(number)) == digest):
            raise CommandError(f"Entry {number} is not the one that was noted as {digest}.")
        if expect:
            self.stdout.write(f"Entry {number} is the one that was noted.")
        self.stdout.write(f"{chain.number} entries, all as written. End of the journal:")
        self.stdout.write(f"{chain.number}:{chain.digest}")
