"""What outlives one run of the demo: a folder with data, logs and secrets."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import IO

from project.demo.terminal import say
from project.embedded.files import closed_folder, take_lock, write_secret
from project.embedded.process import NotStarted

ROOT = Path(__file__).resolve().parent.parent.parent


def state_folder() -> Path:
    """Choose the folder: ``SENTINEL_STATE``, or var/ in the checkout.

    As root, when no other user can reach the checkout (PostgreSQL runs as another user), it is a
    folder below /var/lib that belongs to this checkout.
    """
    chosen = os.environ.get("SENTINEL_STATE")
    folder = Path(chosen).resolve() if chosen else ROOT / "var"
    closed = closed_folder(folder) if os.geteuid() == 0 else None
    if closed and not chosen:
        mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
        folder = Path("/var/lib") / f"sentinel-{mark}"
        say("state", f"PostgreSQL cannot run as root, and {closed} is closed to other users:")
        say("", f"data, logs and passwords go to {folder}")
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if made:
        # PostgreSQL runs as another user when we are root: it passes through and sees nothing.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # whatever the umask says
    return folder


class State:
    """The folder, locked for this run."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            NotStarted: another demo runs here.
        """
        self.folder = folder
        self.logs = folder / "log"
        self._lock: IO[str] | None = take_lock(folder / "demo.lock")
        if self._lock is None:
            raise NotStarted(f"already running: {(folder / 'demo.lock').read_text().strip()}")
        self.logs.mkdir(exist_ok=True)
        self.logs.chmod(0o700)  # addresses and user names; the servers get theirs opened

    def publish(self, text: str) -> None:
        """Say in the lock file who we are, for a second start."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.write(text)
            self._lock.flush()

    def release(self) -> None:
        """Let another demo run here."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def secret(self, name: str) -> str:
        """Read a secret of this folder; make it the first time."""
        file = self.folder / name
        if not file.exists():
            write_secret(file, secrets.token_urlsafe(48))
        return file.read_text().strip()

    def password(self, user: str) -> str:
        """Read the password that a demo user was made with."""
        return (self.folder / f"{user}.password").read_text().strip()
