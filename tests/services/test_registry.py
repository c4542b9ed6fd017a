from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from devices.models import Credential, Device, Site, Tag, TopicEvent
from devices.registry import (
    AUTHORITY_CHANNEL,
    InUse,
    create_device,
    create_site,
    delete_device,
    issue_token,
    revoke_credential,
    save_device,
    set_enabled,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Ear:
    """Another process that listens."""

    def __init__(self) -> None:
        self._connection = psycopg2.connect(**connection.get_connection_params())
        self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(f"listen {AUTHORITY_CHANNEL}")

    def heard(self) -> list[str]:
        """Return what was notified; a round trip brings all that was committed before."""
        with self._connection.cursor() as cursor:
            cursor.execute("select 1")
        self._connection.poll()
        heard = [note.payload for note in self._connection.notifies]
        self._connection.notifies.clear()
        return heard

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def ear(db: None) -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.close()


def last_row() -> dict[str, object]:
    row: dict[str, object] = TopicEvent.objects.latest("pk").payload
    return row


def test_revoking_a_token_tells_all_processes_once(device: Device, ear: Ear) -> None:
    credential = issue_token(device=device).credential
    assert ear.heard() == []
    for _ in range(2):
        revoke_credential(credential=credential)
    assert ear.heard() == [str(device.pk)]


def test_a_token_stays_revoked_since_the_first_time(device: Device) -> None:
    credential = issue_token(device=device).credential
    revoke_credential(credential=credential)
    first = credential.revoked_at
    revoke_credential(credential=credential)
    assert credential.revoked_at == first


def test_nobody_is_told_of_a_revocation_that_is_rolled_back(device: Device, ear: Ear) -> None:
    credential = issue_token(device=device).credential
    with transaction.atomic():
        revoke_credential(credential=credential)
        transaction.set_rollback(True)
    assert ear.heard() == []
    assert Credential.objects.get().revoked_at is None


def test_disabling_a_device_tells_the_processes_and_the_pages(device: Device, ear: Ear) -> None:
    set_enabled(device=device, enabled=False)
    assert ear.heard() == [str(device.pk)]
    assert (last_row()["uid"], last_row()["status"]) == ("GW-1", "disabled")


def test_a_new_device_is_announced_to_the_pages_of_its_site(site: Site) -> None:
    gateway = create_device(uid="GW-7", name="Line 7", site=site)
    create_device(uid="PLC-7", name="Press", site=site, area="Hall", via=gateway)
    assert (last_row()["uid"], last_row()["via"], last_row()["status"]) == ("PLC-7", "GW-7", "new")


def test_a_device_needs_a_uid_that_is_free_and_well_formed(device: Device, site: Site) -> None:
    for uid in ("GW-1", "has space", "", "ü", "x" * 65, "a\n"):
        with pytest.raises(ValidationError):
            create_device(uid=uid, name="x", site=site)


def test_a_device_cannot_be_its_own_gateway_nor_in_a_circle(site: Site) -> None:
    first = create_device(uid="A", name="A", site=site)
    second = create_device(uid="B", name="B", site=site, via=first)
    for loop in (first, second):
        first.via = loop
        with pytest.raises(ValidationError):
            save_device(device=first)


def test_a_device_that_moves_to_another_site_leaves_the_pages_of_the_first(
    device: Device, site: Site
) -> None:
    save_device(device=device)
    device.site = create_site(slug="west", name="West works")
    save_device(device=device)
    told = {event.topic.site_id: event.payload for event in TopicEvent.objects.order_by("pk")}
    assert told[site.pk] == {"id": device.pk, "gone": True}
    assert told[device.site_id]["uid"] == "GW-1"


def test_deleting_a_device_closes_its_sockets_and_takes_it_off_the_pages(
    device: Device, site: Site, ear: Ear
) -> None:
    save_device(device=device)
    issue_token(device=device)
    ear.heard()
    deleted = device.pk
    delete_device(device=device)
    assert ear.heard() == [str(deleted)]
    assert not Credential.objects.exists()
    assert not Tag.objects.exists()
    rows = [event.payload for event in TopicEvent.objects.order_by("pk")]
    assert rows[-1] == {"id": deleted, "gone": True}


def test_a_gateway_that_others_are_reached_via_is_not_deleted(device: Device, site: Site) -> None:
    press = create_device(uid="PLC-1", name="Press", site=site, via=device)
    with pytest.raises(InUse, match="1 device is reached via GW-1: PLC-1"):
        delete_device(device=device)
    assert Device.objects.filter(pk=device.pk).exists()
    delete_device(device=press)
    delete_device(device=device)
    assert not Device.objects.exists()


def test_a_site_needs_a_slug_of_its_own(site: Site) -> None:
    with pytest.raises(ValidationError):
        create_site(slug="east", name="Another")


def test_a_uid_that_differs_from_another_only_in_capitals_is_refused(device: Device) -> None:
    with pytest.raises(ValidationError, match="differs from this one only in capital letters"):
        create_device(uid=device.uid.lower(), name="x", site=device.site)
    assert Device.objects.count() == 1
