"""Guessing tokens: counted per address, together in Redis, alone without it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from devices.models import Device
from devices.registry import issue_token, revoke_credential
from devices.tokens import Refused, make_token
from project.embedded import EmbeddedValkey, valkey
from project.embedded.process import free_port
from realtime import guard
from realtime.guard import MAX_FAILURES, WINDOW_S, LocalFailures, TooMany, admit, remote_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[EmbeddedValkey]:
    """A server that may be stopped."""
    with EmbeddedValkey(tmp_path, settings=valkey.VOLATILE) as server:
        settings.REDIS_URL = server.url
        yield server


@pytest.fixture
def no_redis(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"


def attempt(header: str, remote: str = "192.0.2.1") -> str:
    try:
        return admit(header, remote).device_uid
    except (Refused, TooMany) as error:
        return error.code


def guess(remote: str = "192.0.2.1") -> str:
    return attempt(f"Bearer {make_token().text}", remote)


def test_after_ten_wrong_tokens_even_the_right_one_waits(
    own_redis: EmbeddedValkey, device: Device
) -> None:
    right = f"Bearer {issue_token(device=device).token}"
    answers = [guess() for _ in range(MAX_FAILURES)]
    assert answers == ["unauthorized"] * 10
    assert attempt(right) == "too_many_failures"
    with pytest.raises(TooMany) as caught:
        admit(right, "192.0.2.1")
    assert 0 < caught.value.retry_after_s <= WINDOW_S


@pytest.mark.usefixtures("own_redis")
def test_a_thousand_guesses_get_ten_looks_at_the_database(device: Device) -> None:
    answers = [guess() for _ in range(1000)]
    assert answers.count("unauthorized") == 10
    assert answers.count("too_many_failures") == 990


@pytest.mark.usefixtures("own_redis")
def test_other_addresses_are_let_in_meanwhile(device: Device) -> None:
    right = f"Bearer {issue_token(device=device).token}"
    for _ in range(20):
        guess("192.0.2.1")
    assert attempt(right, "192.0.2.2") == "GW-1"


@pytest.mark.usefixtures("own_redis")
def test_all_addresses_of_one_ipv6_network_count_together(device: Device) -> None:
    for i in range(10):
        guess(f"2001:db8::{i:x}")
    assert guess("2001:db8::ffff:1") == "too_many_failures"
    assert guess("2001:db8:0:1::1") == "unauthorized"


@pytest.mark.usefixtures("own_redis")
def test_nothing_shown_or_a_proven_secret_is_no_guess(device: Device) -> None:
    issued = issue_token(device=device)
    revoke_credential(credential=issued.credential)
    for _ in range(20):
        assert attempt("") == "unauthorized"
        assert attempt(f"Bearer {issued.token}") == "revoked"
    assert guess() == "unauthorized"


def test_the_count_is_shared_by_all_processes(own_redis: EmbeddedValkey) -> None:
    first, second = guard.Failures(own_redis.url), guard.Failures(own_redis.url)
    for _ in range(5):
        first.add("a")
        second.add("a")
    assert first.blocked_for("a") > 0
    assert guard.Failures(own_redis.url).blocked_for("a") > 0


def test_no_address_is_blocked_for_ever(own_redis: EmbeddedValkey) -> None:
    import redis

    failures = guard.Failures(own_redis.url)
    for _ in range(12):
        failures.add("a")
    with redis.Redis.from_url(own_redis.url) as client:
        (key,) = client.keys()
        assert 0 < client.ttl(key) <= WINDOW_S
        client.delete(key)  # as the end of the minute does
    assert failures.blocked_for("a") == 0


@pytest.mark.usefixtures("no_redis")
def test_without_redis_a_process_counts_by_itself_and_says_so_once(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    right = f"Bearer {issue_token(device=device).token}"
    with caplog.at_level(logging.WARNING, "realtime.guard"):
        answers = [guess("198.51.100.9") for _ in range(100)]
    assert answers.count("unauthorized") == 10
    assert attempt(right, "198.51.100.9") == "too_many_failures"
    assert len(caplog.records) == 1


def test_the_count_goes_on_when_redis_is_lost(own_redis: EmbeddedValkey) -> None:
    failures = guard.Failures(own_redis.url)
    for _ in range(9):
        failures.add("a")
    own_redis.stop()
    assert failures.blocked_for("a") == 0
    failures.add("a")
    assert failures.blocked_for("a") > 0


def test_parallel_guesses_are_all_counted(own_redis: EmbeddedValkey) -> None:
    failures = guard.Failures(own_redis.url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(failures.add, ["a"] * 9))
    assert failures.blocked_for("a") == 0
    failures.add("a")
    assert failures.blocked_for("a") > 0


def test_a_local_count_starts_anew_after_a_minute() -> None:
    counts = LocalFailures()
    for i in range(9):
        counts.add("a", float(i))
    counts.add("a", 61.0)
    assert counts.blocked_for("a", 61.0) == 0


def test_a_local_block_lasts_a_minute_from_the_tenth_failure() -> None:
    counts = LocalFailures()
    for i in range(10):
        counts.add("a", float(i))
    assert counts.blocked_for("a", 9.0) == WINDOW_S
    assert counts.blocked_for("a", 68.9) > 0
    assert counts.blocked_for("a", 69.1) == 0


def test_a_process_remembers_a_bounded_number_of_addresses() -> None:
    counts = LocalFailures()
    for i in range(20_000):
        counts.add(str(i), 0.0)
    assert len(counts._counts) == 10_000


def scope(*forwarded: str, client: tuple[str, int] | None = ("10.0.0.9", 5)) -> dict[str, object]:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return {"client": client, "headers": [(b"host", b"x"), *headers]}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, [], "10.0.0.9"),
        (0, ["203.0.113.5"], "10.0.0.9"),  # anyone can write this header
        (1, ["203.0.113.5"], "203.0.113.5"),
        (1, ["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
        (1, ["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
        (2, ["1.1.1.1, 203.0.113.5, 10.0.0.1"], "203.0.113.5"),
        (2, ["203.0.113.5"], "10.0.0.9"),  # a proxy was passed by
        (1, [], "10.0.0.9"),
        (1, ["x" * 500], "x" * 64),
    ],
)
def test_the_address_of_a_client_is_what_our_own_proxies_saw(
    settings: Settings, proxies: int, forwarded: list[str], address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert remote_of(scope(*forwarded)) == address


def test_a_client_without_an_address_has_a_name(settings: Settings) -> None:
    assert remote_of(scope(client=None)) == "unknown"
