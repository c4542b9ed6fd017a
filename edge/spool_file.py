"""The file under the spool: one owner, safe transactions, and what to do when the disk fails."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

PAGE_BYTES: Final = 4096
BALLAST_BYTES: Final = 8 * 1024 * 1024  # twice what the log holds between two checkpoints
_BALLAST_ROOM: Final = 64 * 1024 * 1024  # free bytes on the disk before the ballast is taken again

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tag (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (device, name)
);
CREATE TABLE stream (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL,          -- number of the next frame to be sealed
    forgotten INTEGER NOT NULL,     -- frames up to this one are with the cloud
    forgotten_ms INTEGER NOT NULL   -- newest source time among them
) WITHOUT ROWID;
CREATE TABLE frame (
    id INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    seq_from INTEGER NOT NULL,      -- smaller than seq only in a gap record
    readings INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    reason TEXT,                    -- set: the frame was dropped, this is its gap record
    crc INTEGER,
    body BLOB,
    UNIQUE (stream, seq)
);
PRAGMA user_version = 1;
"""


class SpoolError(Exception):
    """The spool failed."""


class SpoolLocked(SpoolError):
    """Another gateway runs on this spool. Stop it, or give this one a spool of its own."""


class SpoolUnavailable(SpoolError):
    """The disk is full or fails. Nothing was written: try again later."""


class SpoolFull(SpoolUnavailable):
    """There is no room, in the quota or on the disk."""


class SpoolDamaged(SpoolError):
    """The file is not a database any more. A restart sets it aside and begins a new epoch."""


_KINDS: Final[dict[int, type[SpoolError]]] = {
    sqlite3.SQLITE_CORRUPT: SpoolDamaged,
    sqlite3.SQLITE_NOTADB: SpoolDamaged,
    sqlite3.SQLITE_FULL: SpoolFull,
}


def translated(error: sqlite3.Error) -> SpoolError:
    """Say what an SQLite error asks of the caller."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _KINDS.get(code, SpoolUnavailable)(f"spool: {error}")


def lock(path: Path) -> IO[bytes]:
    """Take the spool for this process; the kernel gives it back however the process ends.

    Returns:
        An open file that holds the lock until it is closed.

    Raises:
        SpoolLocked: another process holds it.
    """
    fd = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    held = os.fdopen(fd, "r+b")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise SpoolLocked(f"{path}: another gateway runs on this spool") from error
    return held


def open_database(path: Path, quota_bytes: int) -> sqlite3.Connection:
    """Open the database, or create it; readable by its owner only.

    Raises:
        SpoolDamaged: it is not a database, or damaged.
        SpoolUnavailable: the disk is full or fails.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would use the umask
        path.chmod(0o600)
        return _connect(path, quota_bytes)
    except sqlite3.Error as error:
        raise translated(error) from error
    except OSError as error:
        raise SpoolUnavailable(f"{path}: {error.strerror}") from error


def _connect(path: Path, quota_bytes: int) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # a commit that returned survives a power cut
        db.execute("PRAGMA journal_size_limit = 8388608")
        db.execute(f"PRAGMA max_page_count = {max(64, quota_bytes // PAGE_BYTES)}")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise SpoolDamaged(f"{path}: is damaged")
    except BaseException:
        db.close()
        raise
    return db


def set_aside(path: Path) -> Path:
    """Rename a damaged spool, so that a new one can begin and the old one can be examined."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000_000}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


class Ballast:
    """Disk space held in reserve: on a disk that is full not even a DELETE can be written."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".ballast")

    def take(self) -> bool:
        """Reserve the space, if the disk has plenty; say whether it is held."""
        if self._path.exists():
            return True
        if shutil.disk_usage(self._path.parent).free < _BALLAST_ROOM:
            return False
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(fd, 0, BALLAST_BYTES)
            finally:
                os.close(fd)
        except OSError as error:
            logger.warning("no reserve for the spool: %s", error.strerror)
            self._path.unlink(missing_ok=True)
        return self._path.exists()

    def release(self) -> bool:
        """Give the space free; False when it was not held."""
        if not self._path.exists():
            return False
        self._path.unlink()
        return True


class SpoolFile:
    """An open spool database, and the only place that begins a transaction on it."""

    def __init__(self, path: Path, quota_bytes: int) -> None:
        """Take the file and open it; a damaged one is set aside and a new one begun.

        Raises:
            SpoolLocked: another process runs on it.
            SpoolUnavailable: the disk is full or fails.
        """
        self.set_aside: Path | None = None  # where a damaged predecessor went
        self.disk_is_full = False  # then a transaction must do with the room inside the file
        self._is_suspect = False  # a write failed: open the file anew before the next
        self._path = path
        self._quota_bytes = quota_bytes
        self._ballast = Ballast(path)
        self._lock = lock(path)
        try:
            self.db = self._open()
        except BaseException:
            self._lock.close()
            raise
        self._ballast.take()

    def close(self) -> None:
        """Close the file and let another process have it."""
        self.db.close()
        self._lock.close()

    def take_ballast(self) -> None:
        """Hold disk space in reserve again, if it was given free and the disk has room."""
        if self._ballast.take():
            self.disk_is_full = False

    def read(self, action: Callable[[], Result]) -> Result:
        """Run an action that only reads.

        Raises:
            SpoolError: what the caller should do about it.
        """
        try:
            return action()
        except sqlite3.Error as error:
            raise translated(error) from error

    def write(self, action: Callable[[], Result]) -> Result:
        """Run an action in a transaction, on a full disk with what room can still be made.

        The action may run up to three times; all but the last run are rolled back.

        Raises:
            SpoolUnavailable: nothing was written.
            SpoolDamaged: nothing was written, nor ever will be.
        """
        try:
            return self._transaction(action)
        except SpoolFull:
            afterwards, self.disk_is_full = self.disk_is_full, True
        try:
            return self._transaction(action)
        except SpoolFull:
            if not self._ballast.release():
                raise
            logger.warning("%s: the disk is full; the reserve is given free", self._path)
            afterwards = True  # the file must not grow into the reserve
            return self._transaction(action)
        finally:
            self.disk_is_full = afterwards

    def _transaction(self, action: Callable[[], Result]) -> Result:
        if self._is_suspect:
            self._open_anew()
        try:
            self.db.execute("BEGIN IMMEDIATE")
            result = action()
            self.db.execute("COMMIT")
        except sqlite3.Error as error:
            translation = translated(error)
            self._roll_back()
            self._is_suspect = not isinstance(translation, SpoolFull | SpoolDamaged)
            raise translation from error
        except BaseException:
            self._roll_back()
            raise
        return result

    def _roll_back(self) -> None:
        if self.db.in_transaction:  # SQLite itself rolls back after some errors
            with contextlib.suppress(sqlite3.Error):  # closing does it as well
                self.db.execute("ROLLBACK")

    def _open_anew(self) -> None:
        """After a failed write the state of the descriptor is unknown: close it, open, verify."""
        self.db.close()
        self.db = open_database(self._path, self._quota_bytes)
        self._is_suspect = False

    def _open(self) -> sqlite3.Connection:
        try:
            return open_database(self._path, self._quota_bytes)
        except SpoolDamaged as error:
            self.set_aside = set_aside(self._path)
            logger.error("%s; it is now %s, and a new spool begins", error, self.set_aside)
        except SpoolUnavailable:
            if not self._ballast.release():
                raise
        return open_database(self._path, self._quota_bytes)
