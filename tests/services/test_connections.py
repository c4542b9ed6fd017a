from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from devices.connections import (
    Mark,
    Opening,
    close_connection,
    note_marks,
    note_posts,
    open_connection,
)
from devices.models import Connection, Device, DeviceState, Site, TopicEvent
from devices.registry import issue_token, revoke_credential, set_enabled
from devices.sweeps import find_ended, find_lost, sweep_lost, sweep_quiet
from devices.tokens import Refused

pytestmark = pytest.mark.django_db
SILENT_S = 30.0


@pytest.fixture
def pump(device: Device, site: Site) -> Device:
    return Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=device)


@pytest.fixture
def credential_id(device: Device) -> int:
    return issue_token(device=device).credential.pk


@pytest.fixture
def opening(device: Device, credential_id: int) -> Opening:
    return make_opening(device, credential_id)


def make_opening(device: Device, credential_id: int) -> Opening:
    return Opening(uuid4(), credential_id, device.pk, "192.0.2.7", "sentinel-edge 0.1", 12)


def close(opening: Opening, code: int = 1001) -> None:
    close_connection(
        session=opening.session,
        device_id=opening.device_id,
        code=code,
        reason="gone",
        age_s=0.0,
    )


def mark(opening: Opening, age_s: float = 0.0) -> Mark:
    return Mark(opening.session, opening.device_id, age_s, skew_ms=5)


def state(device: Device) -> DeviceState:
    return DeviceState.objects.get(device=device)


def history() -> list[tuple[UUID, int | None, str]]:
    rows = Connection.objects.order_by("opened_at", "closed_at")
    return list(rows.values_list("session", "close_code", "reason"))


def told() -> list[tuple[str, str]]:
    """The devices and states that pages were told, in order."""
    events = TopicEvent.objects.order_by("pk")
    return [(event.payload["uid"], event.payload["status"]) for event in events]


def age(seconds: float) -> None:
    """Let all open connections have been silent for so long."""
    moment = timezone.now() - timedelta(seconds=seconds)
    Connection.objects.filter(closed_at=None).update(last_seen_at=moment)


def sweep() -> list[int]:
    return sweep_lost(find_lost(silent_s=SILENT_S), silent_s=SILENT_S)


def test_an_open_connection_makes_the_device_connected(device: Device, opening: Opening) -> None:
    assert open_connection(opening) is None
    now = state(device)
    assert (now.connected, now.session, now.agent) == (True, opening.session, opening.agent)
    assert now.changed_at == now.last_seen_at
    row = Connection.objects.get()
    assert (row.remote, row.closed_at) == ("192.0.2.7", None)


def test_the_pages_hear_of_the_gateway_and_of_what_is_reached_via_it(
    pump: Device, opening: Opening
) -> None:
    open_connection(opening)
    assert {uid for uid, _ in told()} == {"GW-1", "PUMP-1"}


def test_a_closed_connection_makes_the_device_offline_and_stays_in_the_history(
    device: Device, opening: Opening
) -> None:
    open_connection(opening)
    close(opening, code=4408)
    now = state(device)
    assert (now.connected, now.session) == (False, None)
    assert history() == [(opening.session, 4408, "gone")]
    assert told()[-1] == ("GW-1", "offline")


def test_a_connection_is_closed_only_once(opening: Opening) -> None:
    open_connection(opening)
    close(opening, code=1001)
    close(opening, code=1006)
    assert history() == [(opening.session, 1001, "gone")]


def test_a_newer_connection_takes_the_place_of_the_older(
    device: Device, credential_id: int, opening: Opening
) -> None:
    open_connection(opening)
    since = state(device).changed_at
    newer = make_opening(device, credential_id)
    assert open_connection(newer) == opening.session
    assert state(device).changed_at == since  # it was there all the time
    assert history() == [(opening.session, 4409, "superseded"), (newer.session, None, "")]


def test_the_end_of_an_older_connection_does_not_mark_the_newer_one_offline(
    device: Device, credential_id: int, opening: Opening
) -> None:
    open_connection(opening)
    newer = make_opening(device, credential_id)
    open_connection(newer)
    before = told()
    close(opening)
    assert state(device).connected
    assert state(device).session == newer.session
    assert told() == before


def test_a_token_revoked_since_it_was_shown_opens_nothing(device: Device, opening: Opening) -> None:
    revoke_credential(credential=device.credentials.get())
    with pytest.raises(Refused, match="revoked"):
        open_connection(opening)
    assert not Connection.objects.exists()


def test_a_token_deleted_since_it_was_shown_opens_nothing(device: Device, opening: Opening) -> None:
    device.credentials.all().delete()
    with pytest.raises(Refused):
        open_connection(opening)
    assert not Connection.objects.exists()


def test_marks_move_the_last_seen_time_on_and_keep_what_the_gateway_says(
    device: Device, opening: Opening
) -> None:
    open_connection(opening)
    age(60)
    DeviceState.objects.update(last_seen_at=timezone.now() - timedelta(seconds=60))
    oldest = timezone.now() - timedelta(hours=1)
    said = Mark(opening.session, device.pk, 2.0, -2500, 40.0, 17, oldest, 4096, 3)
    assert note_marks([said]) == []
    now = state(device)
    assert (now.skew_ms, now.waiting, now.oldest_at) == (-2500, 17, oldest)
    assert (now.spool_bytes, now.read_errors) == (4096, 3)
    seen = {now.last_seen_at, Connection.objects.get().last_seen_at}
    assert all(moment and timezone.now() - moment < timedelta(seconds=30) for moment in seen)


def test_a_clock_that_is_years_off_still_fits(device: Device, opening: Opening) -> None:
    open_connection(opening)
    note_marks([Mark(opening.session, device.pk, 0.0, -(10**13))])
    assert state(device).skew_ms == -(2**31)


def test_a_mark_of_a_session_that_no_longer_counts_is_returned(
    device: Device, credential_id: int, opening: Opening
) -> None:
    open_connection(opening)
    newer = make_opening(device, credential_id)
    open_connection(newer)
    assert note_marks([mark(opening), mark(newer)]) == [opening.session]


def test_a_late_mark_does_not_bring_a_closed_session_back(device: Device, opening: Opening) -> None:
    open_connection(opening)
    close(opening)
    assert note_marks([mark(opening)]) == [opening.session]
    assert not state(device).connected


def test_a_connection_that_nobody_marks_is_swept_away(
    device: Device, pump: Device, opening: Opening
) -> None:
    open_connection(opening)
    age(SILENT_S + 1)
    assert sweep() == [device.pk]
    assert not state(device).connected
    assert history() == [(opening.session, 1006, "web process lost")]
    assert ("GW-1", "offline") in told()
    assert sweep() == []


def test_a_connection_that_is_marked_between_look_and_sweep_is_spared(
    device: Device, opening: Opening
) -> None:
    open_connection(opening)
    age(SILENT_S + 1)
    lost = find_lost(silent_s=SILENT_S)
    note_marks([mark(opening)])
    assert sweep_lost(lost, silent_s=SILENT_S) == []
    assert state(device).connected


def test_a_process_that_only_stood_still_brings_its_devices_back(
    device: Device, opening: Opening
) -> None:
    open_connection(opening)
    age(SILENT_S + 1)
    sweep()
    assert note_marks([mark(opening)]) == []
    assert state(device).connected
    assert history() == [(opening.session, None, "")]
    assert told()[-1] == ("GW-1", told()[0][1])


def test_a_reconnect_after_a_sweep_supersedes_the_lost_session(
    device: Device, credential_id: int, opening: Opening
) -> None:
    open_connection(opening)
    age(SILENT_S + 1)
    sweep()
    newer = make_opening(device, credential_id)
    assert open_connection(newer) == opening.session
    assert note_marks([mark(opening), mark(newer)]) == [opening.session]
    assert state(device).session == newer.session


def test_a_device_that_posts_is_online_while_its_posts_are_recent(device: Device) -> None:
    note_posts({device.pk: 0.5})
    assert (state(device).connected, state(device).session) == (True, None)
    assert sweep_quiet(silent_s=SILENT_S) == []
    note_posts({device.pk: 0.0})
    assert len(told()) == 1  # nothing changed for the pages


def test_a_device_that_stopped_posting_goes_offline_after_its_own_patience(device: Device) -> None:
    note_posts({device.pk: 0.0})
    device.tags.update(silence_ms=60_000, scan_ms=1000)
    last_posts = [timedelta(seconds=62), timedelta(seconds=64)]
    gone = []
    for silence in last_posts:
        DeviceState.objects.update(last_seen_at=timezone.now() - silence)
        gone.append(sweep_quiet(silent_s=SILENT_S))
    assert gone == [[], [device.pk]]
    assert not state(device).connected


def test_a_post_beside_an_open_socket_changes_nothing_but_the_last_seen_time(
    device: Device, opening: Opening
) -> None:
    open_connection(opening)
    note_posts({device.pk: 0.0})
    assert state(device).session == opening.session
    DeviceState.objects.update(last_seen_at=timezone.now() - timedelta(days=1))
    assert sweep_quiet(silent_s=SILENT_S) == []


def test_a_socket_takes_over_from_posts(device: Device, opening: Opening) -> None:
    note_posts({device.pk: 0.0})
    assert open_connection(opening) is None
    assert state(device).session == opening.session


def test_sessions_without_authority_are_found_with_the_reason(
    device: Device, site: Site, credential_id: int, opening: Opening
) -> None:
    open_connection(opening)
    key = (opening.session, device.pk, credential_id)
    assert find_ended([key]) == {}
    set_enabled(device=device, enabled=False)
    assert find_ended([key]) == {opening.session: "disabled"}
    device.credentials.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert find_ended([key]) == {opening.session: "expired"}
    revoke_credential(credential=device.credentials.get())
    assert find_ended([key]) == {opening.session: "revoked"}
    device.credentials.all().delete()
    assert find_ended([key]) == {opening.session: "revoked"}


def test_sessions_that_were_superseded_are_found(
    device: Device, credential_id: int, opening: Opening
) -> None:
    open_connection(opening)
    open_connection(make_opening(device, credential_id))
    asked = [(opening.session, device.pk, credential_id)]
    assert find_ended(asked) == {opening.session: "superseded"}
