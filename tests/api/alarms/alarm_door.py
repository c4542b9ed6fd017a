"""The doors of alarms, as the pages use them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from alarms.models import Alarm
from devices.models import Membership, Role, Site


class Person:
    """Somebody who is signed in."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def ask(self, path: str = "", **query: object) -> HttpResponse:
        return self.client.get(f"/api/v1/alarms/{path}", query)  # type: ignore[return-value, arg-type]

    def get(self, path: str = "", **query: object) -> Any:
        """Return what there is; it must be there."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()  # type: ignore[attr-defined]

    def order(self, action: str, *alarms: Alarm, **fields: Any) -> tuple[int, Any]:
        """Order something for alarms as they are here; returns status and body."""
        items = [{"id": alarm.pk, "rev": alarm.rev} for alarm in alarms]
        body = {"request_id": str(uuid.uuid4()), "items": items} | fields
        answer = self.client.post(f"/api/v1/alarms/{action}/", body, "application/json")
        return answer.status_code, answer.json()  # type: ignore[attr-defined]


def person(name: str, site: Site, role: Role) -> Person:
    user = User.objects.create_user(name)
    Membership.objects.create(user=user, site=site, role=role)
    return Person(user)
