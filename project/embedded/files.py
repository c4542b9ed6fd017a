"""Files that several processes and several users meet in: locks, secrets, open folders."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from typing import IO


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads; a kill in the middle leaves the old one or none."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def take_lock(path: Path) -> IO[str] | None:
    """Lock a file for as long as the answer stays open; None if another process holds it.

    The kernel releases it however the holder dies. Children do not inherit it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def closed_folder(path: Path) -> Path | None:
    """Name the first folder above ``path`` that other users may not pass through, or None."""
    for folder in reversed(path.parents):
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None
