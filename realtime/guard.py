"""Who is let in, for every door that takes device tokens or codes, and who tried too often.

Failures are counted per address in Redis, so that all web processes share the count; while Redis
is away each process counts by itself. Everything here is synchronous: call it in a thread.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from devices.tokens import Authority, Refused, authenticate

logger = logging.getLogger(__name__)

MAX_FAILURES: Final = 10  # within a minute and address
MAX_ENROLMENTS: Final = 5  # attempts, good or bad
WINDOW_S: Final = 60
_REDIS_TIMEOUT_S: Final = 2.0
_REDIS_PAUSE_S: Final = 5.0  # after a failure, before Redis is asked again
STRIKES_S: Final = 3600  # without a further block, after which a growing block begins anew
MOST_DOUBLINGS: Final = 4
_MAX_ADDRESSES: Final = 10_000  # remembered by one process
_FORWARDED: Final = b"x-forwarded-for"
Answer = TypeVar("Answer")


class TooMany(Exception):
    """Too many wrong tokens came from this address. Do not try again before ``retry_after_s``."""

    def __init__(
        self,
        retry_after_s: float,
        code: str = "too_many_failures",
        message: str = "Too many wrong tokens came from this address.",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def admit(authorization: str, remote: str) -> Authority:
    """Say who shows this ``Authorization`` header.

    Args:
        authorization: the header as it came, empty when there is none.
        remote: address of the peer, see ``remote_of``.

    Raises:
        TooMany: this address has shown too many wrong tokens; not even looked at.
        Refused: the token lets nobody in.
        django.db.OperationalError: the database is away. Try again.
    """
    address = network_of(remote)
    failures = _failures(settings.REDIS_URL)
    if wait_s := failures.blocked_for(address):
        raise TooMany(wait_s)
    try:
        return authenticate(authorization)
    except Refused as refused:
        # Whoever has shown the right secret, or nothing at all, is not guessing.
        if authorization and refused.code == "unauthorized":
            failures.add(address)
        raise


def admit_enrolment(remote: str) -> None:
    """Count an attempt to come in with a one-time code.

    Raises:
        TooMany: more than ``MAX_ENROLMENTS`` a minute came from this address.
    """
    address = network_of(remote)
    attempts = _enrolments(settings.REDIS_URL)
    if wait_s := attempts.blocked_for(address):
        raise TooMany(wait_s, "too_many", "Too many codes came from this address.")
    attempts.add(address)


def remote_of(scope: Mapping[str, Any]) -> str:
    """Return the address of the client of an ASGI scope.

    ``TRUSTED_PROXIES`` proxies of our own stand before us: each has appended the address it saw to
    ``X-Forwarded-For``, and what stands further left was written by strangers.
    """
    peer = (scope.get("client") or ("",))[0] or "unknown"
    if not settings.TRUSTED_PROXIES:
        return str(peer)
    sent = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED]
    hops = [hop.strip()[:64] for line in sent for hop in line.split(",") if hop.strip()]
    return hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else str(peer)


def network_of(remote: str) -> str:
    """Return what counts as one address: an IPv6 customer has 2**64 of them."""
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return remote
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Failures:
    """Counts failures per address over a minute; the tenth blocks the address for a minute.

    Args:
        url: of Redis.
        name: of what is counted, in the keys.
        most: so many block it.
        grows: each further block within ``STRIKES_S`` is twice as long, up to 16 minutes.
    """

    def __init__(
        self, url: str, name: str = "failures", most: int = MAX_FAILURES, *, grows: bool = False
    ) -> None:
        self._name, self._most, self._grows = name, most, grows
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=_REDIS_TIMEOUT_S,
            socket_connect_timeout=_REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._local = LocalFailures(most, grows=grows)
        self._ask_again_at = 0.0

    def blocked_for(self, address: str) -> float:
        """Return the seconds until this address may try again; 0 when it may now."""
        wait_s = self._ask(lambda client: _shared_wait(client, self._key(address), self._most))
        return self._local.blocked_for(address, time.monotonic()) if wait_s is None else wait_s

    def add(self, address: str) -> bool:
        """Count one failure, and say whether it blocks the address from now on."""
        # the count that is left when Redis goes away
        blocks = self._local.add(address, time.monotonic())
        shared = self._ask(
            lambda client: _add_shared(client, self._key(address), self._most, grows=self._grows)
        )
        return blocks if shared is None else shared

    def _key(self, address: str) -> str:
        return f"{settings.CHANNEL_PREFIX}:{self._name}:{address}"

    def _ask(self, question: Callable[[redis.Redis[bytes]], Answer]) -> Answer | None:
        """Ask Redis; None while it is away, without waiting for it again and again."""
        if time.monotonic() < self._ask_again_at:
            return None
        try:
            answer = question(self._redis)
        except redis.RedisError as error:
            if not self._ask_again_at:
                logger.warning("Redis is away, %s are counted per process: %s", self._name, error)
            self._ask_again_at = time.monotonic() + _REDIS_PAUSE_S
            return None
        if self._ask_again_at:
            self._ask_again_at = 0.0
            logger.warning("Redis is back, %s are counted together again", self._name)
        return answer


def _shared_wait(client: redis.Redis[bytes], key: str, most: int) -> float:
    with client.pipeline(transaction=False) as pipe:
        count, left_ms = pipe.get(key).pttl(key).execute()
    return max(left_ms, 1) / 1000 if int(count or 0) >= most else 0.0


def _add_shared(client: redis.Redis[bytes], key: str, most: int, *, grows: bool) -> bool:
    with client.pipeline() as pipe:  # one transaction: a key without an end would block for ever
        count = pipe.set(key, 0, ex=WINDOW_S, nx=True).incr(key).execute()[1]
    if count != most:
        return False
    strikes = 0
    if grows:
        with client.pipeline() as pipe:
            strikes = pipe.incr(f"{key}:blocks").expire(f"{key}:blocks", STRIKES_S).execute()[0] - 1
    client.expire(key, _block_s(strikes))
    return True


def _block_s(strikes: int) -> int:
    """Return how long a block lasts that so many came before."""
    return WINDOW_S << min(strikes, MOST_DOUBLINGS)


class LocalFailures:
    """The same count in the memory of one process. Pure: time is an argument (monotonic)."""

    def __init__(self, most: int = MAX_FAILURES, *, grows: bool = False) -> None:
        self._most, self._grows = most, grows
        self._counts: dict[str, tuple[int, float]] = {}  # address -> failures, end of the window
        self._strikes: dict[str, tuple[int, float]] = {}  # address -> blocks, until forgotten
        self._lock = threading.Lock()

    def blocked_for(self, address: str, now: float) -> float:
        """Return the seconds until this address may try again; 0 when it may now."""
        with self._lock:
            count, ends = self._counts.get(address, (0, now))
        return max(0.0, ends - now) if count >= self._most else 0.0

    def add(self, address: str, now: float) -> bool:
        """Count one failure, and say whether it blocks the address from now on."""
        with self._lock:
            count, ends = self._counts.pop(address, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + WINDOW_S
            count += 1
            blocks = count == self._most
            if blocks:
                ends = now + _block_s(self._strike(address, now))
            self._counts[address] = (count, ends)
            _forget_oldest(self._counts)
        return blocks

    def _strike(self, address: str, now: float) -> int:
        """Note a block and return how many came before."""
        strikes, until = self._strikes.pop(address, (0, 0.0))
        if not self._grows or until <= now:
            strikes = 0
        self._strikes[address] = (strikes + 1, now + STRIKES_S)
        _forget_oldest(self._strikes)
        return strikes


def _forget_oldest(counts: dict[str, tuple[int, float]]) -> None:
    while len(counts) > _MAX_ADDRESSES:
        del counts[next(iter(counts))]


@functools.cache
def _failures(url: str) -> Failures:
    return Failures(url)


@functools.cache
def _enrolments(url: str) -> Failures:
    return Failures(url, "enrolments", MAX_ENROLMENTS)
