"""The API as a program uses it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from devices.models import Membership, Role, Site

PROFILE = b"""{"id": "meter", "version": "1.0.0", "vendor": "V", "model": "M",
 "points": [{"name": "volts", "address": 0, "type": "float32", "unit": "V"}]}"""


class Api:
    """Somebody who is signed in. Addresses are those below /api/v1/."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def ask(self, path: str, **query: object) -> HttpResponse:
        return self.client.get(f"/api/v1/{path}", query)  # type: ignore[return-value, arg-type]

    def get(self, path: str, **query: object) -> Any:
        """Return what there is; it must be there."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()  # type: ignore[attr-defined]

    def post(self, path: str, **body: object) -> HttpResponse:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")  # type: ignore[return-value]

    def make(self, path: str, **body: object) -> Any:
        """Return what was made; it must be allowed."""
        answer = self.post(path, **body)
        assert answer.status_code == 201, answer.content
        return answer.json()  # type: ignore[attr-defined]

    def patch(self, path: str, version: str = "", **body: object) -> HttpResponse:
        headers = {"If-Match": version} if version else {}
        return self.client.patch(  # type: ignore[return-value]
            f"/api/v1/{path}", body, content_type="application/json", headers=headers
        )

    def delete(self, path: str) -> HttpResponse:
        return self.client.delete(f"/api/v1/{path}")  # type: ignore[return-value]


def problem(answer: HttpResponse) -> tuple[int, str, set[str]]:
    """Return status, code, and the fields that are at fault."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()  # type: ignore[attr-defined]
    assert body["status"] == answer.status_code
    return body["status"], body["code"], set(body["errors"])


def person(name: str, site: Site | None = None, role: Role | None = None) -> Api:
    user = User.objects.create_user(name)
    if site is not None and role is not None:
        Membership.objects.create(user=user, site=site, role=role)
    return Api(user)
