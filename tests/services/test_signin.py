"""Signing in, and who tried too often."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from project.embedded.process import free_port
from realtime.guard import MAX_FAILURES, WINDOW_S, LocalFailures

pytestmark = pytest.mark.django_db
PASSWORD = "a right password"


@pytest.fixture(params=["with Redis", "without Redis"], autouse=True)
def _redis(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Count in names and addresses of its own, with Redis and without it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the quickest
    settings.CHANNEL_PREFIX = f"test-{free_port()}-{request.node.name}"
    if request.param == "without Redis":
        settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    else:
        settings.REDIS_URL += f"?client_name=test-{free_port()}"


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", password=PASSWORD)


def sign_in(
    user: str, password: str = "wrong", remote: str = "192.0.2.1", language: str = "en"
) -> HttpResponse:
    data = {"username": user, "password": password}
    headers = {"accept-language": language}
    return Client().post("/login/", data, headers=headers, REMOTE_ADDR=remote)  # type: ignore[return-value]


@pytest.mark.usefixtures("anna")
def test_after_ten_wrong_passwords_even_the_right_one_is_refused_from_anywhere() -> None:
    for n in range(MAX_FAILURES):
        assert sign_in("anna", remote=f"192.0.2.{n}").status_code == 200
    answer = sign_in("anna", PASSWORD, remote="198.51.100.1")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= WINDOW_S
    assert "for 1 minute, not even with the right password" in answer.content.decode()


@pytest.mark.usefixtures("anna")
def test_an_address_that_tried_ten_names_is_refused_and_others_are_let_in() -> None:
    for n in range(MAX_FAILURES):
        sign_in(f"nobody-{n}")
    assert sign_in("anna", PASSWORD).status_code == 429
    assert sign_in("anna", PASSWORD, remote="198.51.100.1").status_code == 302


def test_names_that_nobody_has_are_blocked_like_those_that_somebody_has() -> None:
    answers = [sign_in("nobody", remote=f"192.0.2.{n}").status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


@pytest.mark.usefixtures("anna")
def test_empty_fields_and_right_passwords_count_as_no_guess() -> None:
    for _ in range(MAX_FAILURES):
        sign_in("anna", "")
        assert sign_in("anna", PASSWORD).status_code == 302


def test_a_block_is_one_line_in_the_log_with_user_and_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(2 * MAX_FAILURES):
        sign_in("an\nna")
    lines = [r for r in caplog.records if r.name == "project.signin"]
    assert [line.levelno for line in lines] == [logging.WARNING]
    assert "'an\\nna' from 192.0.2.1" in lines[0].getMessage()


def test_the_administration_leads_to_the_same_door(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/devices/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/admin/devices/")
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_each_further_block_is_twice_as_long_until_an_hour_was_quiet() -> None:
    failures = LocalFailures(grows=True)
    now, lengths = 0.0, []
    for _ in range(6):
        for _ in range(MAX_FAILURES):
            failures.add("a", now)
        lengths.append(failures.blocked_for("a", now))
        now += lengths[-1]
    assert lengths == [60, 120, 240, 480, 960, 960]
    now += 3600
    for _ in range(MAX_FAILURES):
        failures.add("a", now)
    assert failures.blocked_for("a", now) == 60
