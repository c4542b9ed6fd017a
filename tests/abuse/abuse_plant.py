"""What there is to attack: gateways with tags, lapsed tokens, a user, and what was stored."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import psycopg2
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections

from devices.models import Credential, Device, Site, Tag
from devices.registry import create_site, issue_token, revoke_credential, set_enabled
from project.env import database_from_url

P = ParamSpec("P")
R = TypeVar("R")


class Registry:
    """The registry of a database of our own, through a thread with its own connection to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="registry")
        self.call(self._connect)
        self.call(call_command, "migrate", verbosity=0)

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something that touches the database."""
        return self._thread.submit(function, *args, **kwargs).result()

    def close(self) -> None:
        """Let go of the database."""
        self.call(connections.close_all)
        self._thread.shutdown()

    def _connect(self) -> None:
        settings = connections.settings["default"] | database_from_url("DATABASE_URL", self.url)
        connections["default"] = connections["default"].__class__(settings, "default")


@dataclass
class Plant:
    """One per server. Make it through ``Registry.call``."""

    url: str
    tags: int = 2
    mark: str = field(default_factory=lambda: secrets.token_hex(3).upper())
    site: Site = field(init=False)
    user: User = field(init=False)
    devices: dict[str, Device] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    session: str = ""

    def __post_init__(self) -> None:
        self.site = create_site(slug=self.mark.lower(), name=f"Plant {self.mark}")
        self.user = User.objects.create_user(f"operator-{self.mark}")
        self.site.members.add(self.user)
        self.session = self._sign_in()

    def add_gateway(self, name: str, **fields: Any) -> None:
        """Add a gateway that reads its own tags, ``t0`` and so on."""
        device = self.add_device(name, **fields)
        Tag.objects.bulk_create(Tag(device=device, name=f"t{i}") for i in range(self.tags))
        self.tokens[name] = issue_token(device=device).token

    def add_device(self, name: str, **fields: Any) -> Device:
        """Add a device that nobody has tags or a token for."""
        known = {"uid": f"{name}-{self.mark}", "name": name, "site": self.site}
        device = self.devices[name] = Device.objects.create(**(known | fields))
        return device

    def add_lapsed(self) -> None:
        """Add tokens that were good once, and devices that a gateway may not speak for."""
        self.add_gateway("REVOKED")
        revoke_credential(credential=Credential.objects.get(device=self.devices["REVOKED"]))
        self.add_gateway("EXPIRED")
        then = datetime.now(UTC) - timedelta(days=1)
        Credential.objects.filter(device=self.devices["EXPIRED"]).update(expires_at=then)
        self.add_gateway("DISABLED")
        set_enabled(device=self.devices["DISABLED"], enabled=False)
        foreign = create_site(slug=f"not-{self.mark.lower()}", name="Somebody else's")
        self.add_device("FOREIGN", site=foreign)
        self.add_device("NEIGHBOUR")
        self.add_device("OFF", via=self.devices["ABUSER"], enabled=False)

    def uid(self, name: str) -> str:
        """Return the UID of a device."""
        return str(self.devices[name].uid)

    def stored(self, name: str) -> int:
        """Count the readings of a gateway's own tags."""
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from devices_reading r join devices_tag t on t.id = r.tag_id"
                " where t.device_id = %s",
                [self.devices[name].pk],
            )
            return int(cursor.fetchone()[0])

    def _sign_in(self) -> str:
        session = SessionStore()
        session[SESSION_KEY] = str(self.user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        session.create()
        return str(session.session_key)
