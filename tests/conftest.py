"""Real servers for the whole run: PostgreSQL and Valkey of our own, on free ports, gone after it.

In a parallel run each process has its own.

The environment is set when this file is imported, before Django reads its settings; the servers
start with the first test that needs one.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import django
import hypothesis
import psycopg2
import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from project.embedded import EmbeddedPostgres, EmbeddedValkey, postgres, valkey
from project.embedded.files import take_lock

ROOT = Path(__file__).resolve().parent.parent
_PREFIX = "sentinel-tests-"
# A busy machine is no mistake of what is tested.
hypothesis.settings.register_profile("sentinel", deadline=None)
hypothesis.settings.load_profile("sentinel")


@dataclass(frozen=True)
class Servers:
    """The servers of this run. Tests of the same run share them: no FLUSHALL, no kill."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    @property
    def database_url(self) -> str:
        """URL of the database that the tests write to, for processes that a test starts."""
        return self.postgres.url_of(f"test_{self.postgres.database}")


def _sweep() -> None:
    """Remove the folders of runs that were killed; their servers died with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            ours = folder.stat().st_uid == os.geteuid()
            lock = take_lock(folder / "lock") if ours else None
        except FileNotFoundError:  # another run that starts just now has removed it
            continue
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            lock.close()


def _set_environment(servers: Servers) -> None:
    """Make the run independent of the settings in the developer's shell."""
    read = re.findall(r'\benv_\w+\(\s*"(\w+)"', (ROOT / "project" / "settings.py").read_text())
    for name in [*read, *(name for name in os.environ if name.startswith("SENTINEL_"))]:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "SECRET_KEY": secrets.token_urlsafe(40),
        "DATABASE_URL": servers.postgres.url,
        "REDIS_URL": servers.valkey.url,
        "CHANNEL_PREFIX": f"test-{secrets.token_hex(4)}",
        "STATIC_ROOT": str(_FOLDER / "static"),
        "MEDIA_ROOT": str(_FOLDER / "media"),
        "GATEWAY_CONNECTIONS_PER_S": "1000",  # a test's gateway comes back at once
    }


def _take_folder() -> tuple[Path, IO[str] | None]:
    """Make a folder that others' sweeps see only when it is locked."""
    made = Path(tempfile.mkdtemp(prefix="sentinel-new-"))
    made.chmod(0o711)  # PostgreSQL runs as another user when the tests run as root
    lock = take_lock(made / "lock")
    return made.rename(made.with_name(_PREFIX + made.name.rpartition("-")[2])), lock


_sweep()
_FOLDER, _LOCK = _take_folder()
(_FOLDER / "static").mkdir()  # STATIC_ROOT: a missing one is a warning, and so an error
_SERVERS = Servers(
    EmbeddedPostgres(_FOLDER / "postgres", settings=postgres.VOLATILE),
    EmbeddedValkey(_FOLDER / "valkey", settings=valkey.VOLATILE),
)


@atexit.register
def _leave_nothing() -> None:
    """Clean up, also after a run that could not even import what it tests."""
    _SERVERS.valkey.stop()
    _SERVERS.postgres.stop()
    shutil.rmtree(_FOLDER, ignore_errors=True)
    if _LOCK is not None:
        _LOCK.close()


_set_environment(_SERVERS)
# Static files by their own names: hashed ones exist only after collectstatic. Said before anything
# is imported that could ask for one.
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
# Each real hash would cost 0.8 s of processor time: more than most tests take.
settings.PASSWORD_HASHERS = ["quick_passwords.QuickHasher"]
django.setup()


def pytest_xdist_setupnodes() -> None:
    """Let each process of a parallel run read the settings after this file has set them there."""
    os.environ.pop("DJANGO_SETTINGS_MODULE")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Start both servers. A test with ``django_db`` has them without asking."""
    with _SERVERS.postgres, _SERVERS.valkey:
        yield _SERVERS


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """Have the servers running before pytest-django makes the test database."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """End what threads of the application still hold, so that the test database can be dropped."""
    _let_the_audit_trail_be_emptied()
    yield
    with closing(psycopg2.connect(_SERVERS.postgres.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'test_%'"
                " and application_name = 'sentinel' and pid <> pg_backend_pid()"
            )
    from django.db import connections

    connections.close_all()


def _let_the_audit_trail_be_emptied() -> None:
    """Django truncates every table after a test that commits; the audit trail refuses that.

    The tests of the trail switch the trigger on again, inside their transaction.
    """
    with closing(psycopg2.connect(_SERVERS.database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("alter table devices_auditentry disable trigger audit_not_emptied")
            cursor.execute("alter table alarms_journalentry disable trigger journal_not_emptied")


@pytest.fixture(autouse=True)
def no_readings_of_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the readings table, which has no model, before a test whose rows are committed.

    A server that still runs, and sweeps, may lock two tables in another order than Django empties
    them afterwards. Who waits longest before it looks for a deadlock is not the one to give way.
    """
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    from django.db import connection

    request.getfixturevalue("transactional_db")
    with connection.cursor() as cursor:
        cursor.execute("reset deadlock_timeout")
        cursor.execute("truncate devices_reading")
    yield
    with connection.cursor() as cursor:
        cursor.execute("set deadlock_timeout = '1min'")


@pytest.fixture(autouse=True)
def no_failures_of_others(settings: Settings) -> None:
    """Give each test keys of its own in Redis: wrong tokens of one must not block the next."""
    settings.CHANNEL_PREFIX = f"test-{secrets.token_hex(4)}"


@pytest.fixture(autouse=True)
def no_language_of_others() -> None:
    """Begin each test in English: a request leaves its language with the thread."""
    from django.utils import translation

    translation.deactivate()
