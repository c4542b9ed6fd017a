"""What becomes of an alarm whose tag or device is deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alarm_making import make_alarm, raise_
from django.test import TestCase

from alarms.models import Alarm, JournalEntry, Rule
from alarms.rules import delete_rule
from devices.feed import ALARMS
from devices.models import Device, Tag
from devices.registry import delete_device, save_tags
from devices.signals import announced

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[dict[str, object]]]:
    """What pages of alarms are told from now on, while the transactions are committed."""
    heard: list[dict[str, object]] = []

    def hear(*, topic: str, payload: dict[str, object], **_: object) -> None:
        if topic == ALARMS:
            heard.append(payload)

    announced.connect(hear, weak=False, dispatch_uid="test.told")
    yield heard
    announced.disconnect(dispatch_uid="test.told")


def test_an_alarm_ends_with_its_tag(
    device: Device, tag: Tag, told: list[dict[str, object]]
) -> None:
    alarm = raise_(make_alarm(device.site, of=tag))
    with TestCase.captureOnCommitCallbacks(execute=True):
        save_tags(device=device, tags=[], deleted=[tag])
    assert not Alarm.objects.filter(pk=alarm.pk).exists()
    entry = JournalEntry.objects.latest("pk")
    assert (entry.action, entry.reason, entry.alarm_id) == ("clear", "deleted", alarm.pk)
    assert {"id": alarm.pk, "gone": True} in told


def test_the_alarms_of_a_device_end_with_it_and_the_rule_for_the_site_stays(
    device: Device, told: list[dict[str, object]]
) -> None:
    rule = Rule.objects.create(site=device.site, kind="offline", name="Lost")
    gone = Alarm.objects.create(
        rule=rule, site=device.site, source=f"device:{device.pk}", device=device
    )
    raise_(gone, None)
    with TestCase.captureOnCommitCallbacks(execute=True):
        delete_device(device=device)
    assert Rule.objects.filter(pk=rule.pk).exists()
    assert not Alarm.objects.filter(pk=gone.pk).exists()
    assert JournalEntry.objects.latest("pk").reason == "deleted"
    assert {"id": gone.pk, "gone": True} in told


def test_a_rule_that_is_deleted_ends_its_alarm_once(device: Device, tag: Tag) -> None:
    alarm = raise_(make_alarm(device.site, of=tag))
    delete_rule(alarm.rule, by="erin")
    cleared = JournalEntry.objects.filter(alarm_id=alarm.pk, action="clear")
    assert list(cleared.values_list("actor", flat=True)) == ["erin"]
