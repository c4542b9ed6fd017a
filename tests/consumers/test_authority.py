"""Who loses the right to speak is cut off while speaking, whichever process takes it away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from channels.testing import WebsocketCommunicator
from django.utils import timezone
from outage import Database
from presence_peers import DEADLINE_S, Peer, authority_of, is_connected

from devices.models import Credential, Device, DeviceState, Site, Tag
from devices.registry import delete_device, issue_token, revoke_credential, set_enabled
from devices.tokens import authenticate
from edge import wire
from project.asgi import application
from realtime import authority as watching
from realtime.database import in_database
from realtime.presence import Presence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gateway(db: None) -> Device:
    site = Site.objects.create(slug="east", name="East works")
    device = Device.objects.create(uid="GW-1", name="Gateway", site=site)
    Tag.objects.create(device=device, name="temperature")
    return device


@pytest.fixture
def peer(gateway: Device) -> Peer:
    return Peer(authority_of(gateway))


@pytest.fixture
async def here() -> AsyncIterator[Presence]:
    presence = Presence()
    yield presence
    await presence.stop()


class Streaming:
    """A gateway that sends readings all the time, and counts what was acknowledged."""

    def __init__(self, token: str) -> None:
        header = (b"authorization", f"Bearer {token}".encode())
        self.socket = WebsocketCommunicator(application, "/ws/v1/gateway", [header])
        self.acked = 0
        self.flowing = asyncio.Event()

    async def run(self) -> tuple[str, int]:
        """Stream until the server closes; return the code of its error frame and of its close."""
        assert (await self.socket.connect())[0]
        await self._say(
            wire.Hello(
                v=1,
                uid="GW-1",
                epoch="00112233445566aa",
                next={"live": 1},
                wall=_now_ms(),
                tags=[wire.TagDecl(n=0, device="GW-1", name="temperature")],
            )
        )
        sending = asyncio.create_task(self._send_forever())
        try:
            return await self._listen()
        finally:
            sending.cancel()
            await asyncio.wait([sending])

    async def _listen(self) -> tuple[str, int]:
        code = ""
        while True:
            output = await self.socket.receive_output(timeout=DEADLINE_S)
            if output["type"] == "websocket.close":
                return code, output["code"]
            frame = json.loads(output["text"])
            code = frame.get("code", "")
            if frame["type"] == "ack":
                self.acked = frame["seq"]
                self.flowing.set()

    async def _send_forever(self) -> None:
        seq = 0
        while True:
            seq += 1
            frame = wire.Data(stream="live", seq=seq, t0=_now_ms(), dt=[0], tag=[0], v=[float(seq)])
            await self._say(frame)
            await asyncio.sleep(0.02)

    async def _say(self, frame: wire.Up) -> None:
        await self.socket.send_to(text_data=wire.encode(frame))


def _now_ms() -> int:
    return int(time.time() * 1000)


def revoke(device: Device) -> None:
    revoke_credential(credential=Credential.objects.get(device=device))


def disable(device: Device) -> None:
    set_enabled(device=device, enabled=False)


@pytest.mark.parametrize(
    ("take_away", "code"), [(revoke, "revoked"), (disable, "disabled"), (delete_device, "revoked")]
)
async def test_a_streaming_gateway_is_closed_with_4401_within_two_seconds(
    gateway: Device, take_away: Callable[..., None], code: str
) -> None:
    token = (await in_database(lambda: issue_token(device=gateway))).token
    streaming = Streaming(token)
    closed = asyncio.create_task(streaming.run())
    async with asyncio.timeout(DEADLINE_S):
        await streaming.flowing.wait()
    if take_away is delete_device:
        await in_database(lambda: delete_device(device=gateway))
    else:
        await in_database(take_away, gateway)
    async with asyncio.timeout(2):  # what is promised
        said, closed_with = await closed
    assert closed_with == wire.Close.UNAUTHORIZED
    assert said in {code, "revoked"}  # the storing transaction may have been first to notice


@pytest.mark.parametrize(("take_away", "reason"), [(revoke, "revoked"), (disable, "disabled")])
async def test_an_idle_socket_is_closed_within_two_seconds_and_goes_offline(
    here: Presence,
    peer: Peer,
    gateway: Device,
    take_away: Callable[[Device], None],
    reason: str,
) -> None:
    await peer.open(here)
    await in_database(take_away, gateway)
    async with asyncio.timeout(2):
        await peer.ended.wait()
    assert peer.told[0] == (wire.Close.UNAUTHORIZED, reason)
    await here.closed(peer.session, 4401, reason)
    assert not await is_connected(gateway)


async def test_a_socket_in_another_process_is_closed_too(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    there = Presence()
    await peer.open(there)
    await in_database(revoke, gateway)  # as an admin page served by whatever process
    assert await peer.was_closed() == (wire.Close.UNAUTHORIZED, "revoked")
    await there.stop()


async def test_the_other_tokens_and_devices_stay_connected(
    here: Presence, peer: Peer, gateway: Device
) -> None:
    second = await in_database(
        lambda: Device.objects.create(uid="GW-2", name="Other", site_id=gateway.site_id)
    )
    other = Peer(await in_database(authority_of, second))
    await peer.open(here)
    await other.open(here)
    await in_database(lambda: issue_token(device=gateway))
    await in_database(revoke_first, gateway)
    await peer.was_closed()
    assert not other.told


def revoke_first(device: Device) -> None:
    revoke_credential(credential=device.credentials.earliest("pk"))


async def test_a_token_that_expires_closes_its_socket(here: Presence, gateway: Device) -> None:
    expires_at = timezone.now() + timedelta(seconds=1)
    issued = await in_database(lambda: issue_token(device=gateway, expires_at=expires_at))
    peer = Peer(await in_database(authenticate, f"Bearer {issued.token}"))
    await peer.open(here)
    assert await peer.was_closed() == (wire.Close.UNAUTHORIZED, "expired")
    assert timezone.now() >= expires_at


async def test_a_revocation_that_nobody_heard_is_noticed_when_listening_begins_again(
    here: Presence, peer: Peer, gateway: Device, database: Database
) -> None:
    await peer.open(here)
    await revoke_silently(gateway)
    database.cut()
    assert await peer.was_closed() == (wire.Close.UNAUTHORIZED, "revoked")


async def revoke_silently(device: Device) -> None:
    """Revoke as it looks to a process that was not listening at that moment."""
    revoked = Credential.objects.filter(device=device)
    await in_database(revoked.update, revoked_at=timezone.now())


async def test_a_revocation_that_nobody_heard_is_noticed_by_the_regular_look(
    peer: Peer, gateway: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RECHECK_S", 0.3)
    here = Presence()
    await peer.open(here)
    await revoke_silently(gateway)
    assert await peer.was_closed() == (wire.Close.UNAUTHORIZED, "revoked")
    await here.stop()


async def test_a_superseded_socket_whose_notice_was_lost_is_closed_by_the_regular_look(
    peer: Peer, gateway: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RECHECK_S", 0.3)
    here = Presence()
    await peer.open(here)
    await in_database(_take_place, gateway)
    assert await peer.was_closed() == (wire.Close.SUPERSEDED, "superseded")
    await here.stop()


def _take_place(device: Device) -> None:
    DeviceState.objects.filter(device=device).update(session=uuid4())
