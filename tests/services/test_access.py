"""Who sees what: a member, a stranger, an administrator, and nobody."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User

from devices.access import device_for, site_for, sites_for, tags_for
from devices.models import Device, Site, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(site: Site) -> User:
    user = User.objects.create_user("member")
    site.members.add(user)
    return user


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger")


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("administrator")


def test_a_member_sees_the_site_with_its_devices_and_tags(member: User, device: Device) -> None:
    tag = device.tags.earliest("pk")

    assert list(sites_for(member)) == [device.site]
    assert site_for(member) == site_for(member, "east") == device.site
    assert device_for(member, "GW-1") == device
    assert tags_for(member, [tag.pk]) == [tag]


def test_a_stranger_gets_the_answer_for_what_does_not_exist(stranger: User, device: Device) -> None:
    assert not sites_for(stranger)
    for slug in ("", "east", "nowhere"):
        with pytest.raises(Site.DoesNotExist):
            site_for(stranger, slug)
    for uid in ("GW-1", "GW-9"):
        with pytest.raises(Device.DoesNotExist):
            device_for(stranger, uid)
    for pk in (device.tags.earliest("pk").pk, 999_999):
        with pytest.raises(Tag.DoesNotExist):
            tags_for(stranger, [pk])


def test_an_administrator_sees_all_sites(administrator: User, device: Device) -> None:
    assert device_for(administrator, "GW-1") == device


def test_nobody_sees_anything(device: Device) -> None:
    assert not sites_for(AnonymousUser())


def test_an_account_that_was_closed_sees_nothing(member: User, administrator: User) -> None:
    for user in (member, administrator):
        user.is_active = False
        assert not sites_for(user)


def test_one_foreign_tag_spoils_the_whole_request(member: User, device: Device) -> None:
    west = Site.objects.create(slug="west", name="West works")
    foreign = Tag.objects.create(
        device=Device.objects.create(uid="GW-2", name="Foreign", site=west), name="speed"
    )

    with pytest.raises(Tag.DoesNotExist):
        tags_for(member, [device.tags.earliest("pk").pk, foreign.pk])


def test_tags_come_in_the_order_asked_for(member: User, device: Device) -> None:
    pks = sorted(device.tags.values_list("pk", flat=True), reverse=True)

    assert [tag.pk for tag in tags_for(member, pks)] == pks
