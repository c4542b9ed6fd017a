"""What there is to attack: two sites, gateways with tags, a user, and a count of what was stored."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import psycopg2
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections

from devices.models import Device, Site, Tag
from devices.registry import create_device, create_site, issue_token
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
    foreign: Site = field(init=False)
    user: User = field(init=False)
    gateways: dict[str, Device] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    session: str = ""

    def __post_init__(self) -> None:
        self.site = create_site(slug=self.mark.lower(), name=f"Plant {self.mark}")
        self.foreign = create_site(slug=f"not-{self.mark.lower()}", name="Somebody else's")
        self.user = User.objects.create_user(f"operator-{self.mark}")
        self.site.members.add(self.user)
        self.session = self.sign_in()

    def add_gateway(self, name: str, **fields: object) -> None:
        """Add a gateway that reads its own tags, ``t0`` and so on."""
        device = create_device(uid=f"{name}-{self.mark}", name=name, site=self.site)
        Device.objects.filter(pk=device.pk).update(**fields)
        Tag.objects.bulk_create(Tag(device=device, name=f"t{i}") for i in range(self.tags))
        self.gateways[name] = device
        self.tokens[name] = issue_token(device=device).token

    def sign_in(self) -> str:
        """Return the key of a new session."""
        session = SessionStore()
        session[SESSION_KEY] = str(self.user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        session.create()
        return str(session.session_key)

    def stored(self, name: str) -> int:
        """Count the readings of a gateway's own tags."""
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from devices_reading r join devices_tag t on t.id = r.tag_id"
                " where t.device_id = %s",
                [self.gateways[name].pk],
            )
            return int(cursor.fetchone()[0])
