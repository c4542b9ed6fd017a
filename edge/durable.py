"""Files that are the old ones or the new ones, whole, whenever the process or the power goes."""

from __future__ import annotations

import os
import time
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file, readable by its owner only; once this returns, the new content stays.

    Raises:
        OSError: the file is what it was before.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
    new.replace(path)
    _sync_folder(path.parent)  # the new name is on the disk as well


def set_aside(path: Path) -> Path:
    """Rename a damaged file, so that it can be examined and is not read again."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000_000}")
    path.replace(aside)
    return aside


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
