"""From a posted body to a frame for ``take_in``. Synchronous: one hop to a thread does it all."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from django.conf import settings

from devices.intake import Sender, TagNumbers, weight_of
from devices.models import Scope
from devices.posting import Claim, Reach, claim_key, find_reach
from devices.tokens import Authority, Refused
from edge import wire
from realtime import guard
from realtime.limits import Bucket
from realtime.posted import Posted, Unreadable, decode, printable
from realtime.problems import Problem

BURST_S: Final = 4.0  # seconds of the full rate that may be saved up
_MAX_BUCKETS: Final = 10_000  # credentials remembered by one process
_DEVICE_STATUS: Final = {
    "unknown_device": HTTPStatus.NOT_FOUND,
    "not_yours": HTTPStatus.FORBIDDEN,
    "disabled": HTTPStatus.FORBIDDEN,
}
_DEVICE_MESSAGE: Final = {
    "unknown_device": "There is no such device at your site.",
    "not_yours": "The token's device does not speak for this device.",
    "disabled": "The device is disabled.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What came over HTTP."""

    authorization: str
    remote: str
    body: bytes
    key: str  # idempotency key; empty: none
    now_ms: int


@dataclass(frozen=True, slots=True)
class Post:
    """A report that is ready to be stored."""

    authority: Authority
    readings: Sequence[Posted]
    sender: Sender
    frame: wire.Salvaged | wire.Detection
    repeated: bool  # its key says that it is stored already


def prepare(request: Request) -> Post:
    """Authenticate, read the body, and look up what it means.

    Raises:
        Problem: nothing of it can be stored, and why.
        django.db.Error: the database is away.
    """
    authority = _admit(request, Scope.TELEMETRY, "readings")
    try:
        readings = decode(request.body)
    except Unreadable as error:
        too_much = error.code == "too_many_readings"
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_much else HTTPStatus.BAD_REQUEST
        raise Problem(status, error.code, str(error)) from error
    _rates.take_readings(authority, len(readings))
    reach = _reach(authority, readings)
    claim = claim_key(device_id=authority.device_id, key=request.key) if request.key else None
    return Post(
        authority,
        readings,
        _sender(authority, reach, claim),
        _frame(readings, reach, request.now_ms),
        repeated=claim is not None and claim.stored,
    )


def prepare_detection(request: Request) -> Post:
    """Authenticate, and read a detection as it travels over a socket, with a picture or without.

    Its number means nothing here: a phase that is sent again changes nothing.

    Raises:
        Problem: it cannot be stored, and why.
        django.db.Error: the database is away.
    """
    authority = _admit(request, Scope.DETECTIONS, "detections")
    try:
        frame = wire.decode_detection(request.body)
    except wire.WireError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, error.code, str(error)) from error
    _rates.take_readings(authority, weight_of(frame))
    sender = Sender(authority.device_id, authority.site_id, authority.credential_id)
    return Post(authority, (), sender, frame, repeated=False)


def _admit(request: Request, scope: Scope, what: str) -> Authority:
    """Let in whose token is good for this, unless it is in debt for what it sent before."""
    authority = _authenticate(request)
    if not authority.may(scope):
        message = f"The token may not send {what}."
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_scope", message)
    _rates.take_frame(authority)
    return authority


def _authenticate(request: Request) -> Authority:
    try:
        return guard.admit(request.authorization, request.remote)
    except guard.TooMany as error:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            error.code,
            error.message,
            retry_after_s=error.retry_after_s,
        ) from error
    except Refused as refused:
        raise unauthorized(refused.code, refused.message, shown=bool(request.authorization)) from (
            refused
        )


def unauthorized(code: str, message: str, *, shown: bool = True) -> Problem:
    """Return the problem of a token that lets nobody in, or of none being shown."""
    challenge = 'Bearer realm="sentinel"' + (', error="invalid_token"' if shown else "")
    headers = {"WWW-Authenticate": challenge}
    return Problem(HTTPStatus.UNAUTHORIZED, code, message, headers=headers)


def _reach(authority: Authority, readings: Sequence[Posted]) -> Reach:
    wanted: dict[str, set[str]] = defaultdict(set)
    for reading in readings:
        wanted[reading.uid] |= set() if reading.code else {reading.name}
    reach = find_reach(device_id=authority.device_id, site_id=authority.site_id, wanted=wanted)
    reasons = set(reach.refused.values())
    if len(reach.refused) == len(wanted) and len(reasons) == 1:
        reason = reasons.pop()
        raise Problem(_DEVICE_STATUS[reason], reason, _DEVICE_MESSAGE[reason])
    return reach


def _sender(authority: Authority, reach: Reach, claim: Claim | None) -> Sender:
    """Tags travel under their own ids: one request has no numbers to agree on."""
    return Sender(
        device_id=authority.device_id,
        site_id=authority.site_id,
        credential_id=authority.credential_id,
        epoch=claim.epoch if claim else "",
        tags=TagNumbers((pk, pk) for pk in reach.tags.values()),
        positions={"live": claim.position_id} if claim else {},
    )


def _frame(readings: Sequence[Posted], reach: Reach, now_ms: int) -> wire.Salvaged:
    times = [now_ms if reading.at_ms is None else reading.at_ms for reading in readings]
    frame = wire.Salvaged(
        stream="live", seq=1, t0=min(times), dt=[], tag=[], v=[], q=[], raw={}, index=[]
    )
    for i, (reading, at_ms) in enumerate(zip(readings, times, strict=True)):
        tag = reach.tags.get((reading.uid, reading.name), 0)
        code = reach.refused.get(reading.uid) or reading.code or ("" if tag else "unknown_tag")
        if code:
            frame.rejected.append(wire.Rejected(i, code, _as_sent(reading)))
        else:
            _keep(frame, i, at_ms, tag, reading)
    return frame


def _keep(frame: wire.Salvaged, i: int, at_ms: int, tag: int, reading: Posted) -> None:
    if reading.raw is not None and frame.raw is not None:
        frame.raw[len(frame.v)] = reading.raw
    frame.index.append(i)
    frame.dt.append(at_ms - frame.t0)
    frame.tag.append(tag)
    frame.v.append(reading.value)
    if frame.q is not None:
        frame.q.append(int(reading.quality))


def _as_sent(reading: Posted) -> str:
    at = f" ts={reading.sent_ts}" if reading.sent_ts else ""
    return printable(f"{reading.uid}/{reading.name}={reading.sent}{at}")


class _Rates:
    """Frames and readings a second of each token, in this process."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[int, tuple[Bucket, Bucket]] = OrderedDict()
        self._lock = threading.Lock()

    def take_frame(self, authority: Authority) -> None:
        """Count one request, unless this token is in debt for earlier ones.

        Raises:
            Problem: it is; nothing is counted, so that trying again does not make it worse.
        """
        now = time.monotonic()
        with self._lock:
            frames, readings = self._of(authority, now)
            wait_s = max(frames.take(0, now), readings.take(0, now))
            if not wait_s:
                frames.take(1, now)
        if wait_s:
            message = "Send less often, or more readings at once."
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate", message, retry_after_s=wait_s)

    def take_readings(self, authority: Authority, count: int) -> None:
        """Count the readings of a request that was let in."""
        now = time.monotonic()
        with self._lock:
            self._of(authority, now)[1].take(count, now)

    def _of(self, authority: Authority, now: float) -> tuple[Bucket, Bucket]:
        pair = self._buckets.pop(authority.credential_id, None)
        if pair is None:
            frames = authority.frames_per_s or settings.GATEWAY_FRAMES_PER_S
            readings = authority.readings_per_s or settings.GATEWAY_READINGS_PER_S
            pair = (
                Bucket(frames, frames * BURST_S, now),
                Bucket(readings, readings * BURST_S, now),
            )
        self._buckets[authority.credential_id] = pair  # last again: the longest unused goes first
        while len(self._buckets) > _MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return pair


_rates = _Rates()
