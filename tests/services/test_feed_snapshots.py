"""A snapshot with the later events is a later snapshot, whatever happens at the plant."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from devices import feed
from devices.feed import DEVICES, Position, events_since, refresh_devices
from devices.models import Device, DeviceState, Latest, Site, Tag
from devices.selectors import Row, device_rows

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def apply_events(rows: dict[int, Row], events: list[feed.Event]) -> dict[int, Row]:
    """Do what a page does."""
    rows = dict(rows)
    for event in events:
        payload = json.loads(event.payload)
        if payload.get("gone"):
            rows.pop(payload["id"], None)
        else:
            rows[payload["id"]] = payload
    return rows


def snapshot(site: Site) -> tuple[Position, dict[int, Row]]:
    found = feed.snapshot(site_id=site.pk, topic=DEVICES)
    rows = {row["id"]: row for row in json.loads(found.rows)}
    return Position(found.epoch, found.offset), rows


UIDS = ("GW-1", "PUMP-1", "PUMP-2")
STEP = st.one_of(
    st.tuples(st.just("connect"), st.just("GW-1")),
    st.tuples(st.just("disconnect"), st.just("GW-1")),
    st.tuples(
        st.sampled_from(["add", "delete", "enable", "disable", "rename", "report", "down", "up"]),
        st.sampled_from(UIDS),
    ),
    st.tuples(st.just("wait"), st.sampled_from(["1", "20", "70"])),
    st.tuples(st.just("refresh"), st.sampled_from(["all", "GW-1", "PUMP-1"])),
)


class SnapshotAndEvents(TestCase):  # type: ignore[misc]  # hypothesis' class is untyped
    """Whatever happens, in whatever order, and wherever a page joins."""

    @given(before=st.lists(STEP, max_size=15), after=st.lists(STEP, max_size=25))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_snapshot_with_the_later_events_is_a_fresh_snapshot(
        self, before: list[tuple[str, str]], after: list[tuple[str, str]]
    ) -> None:
        plant = Plant()
        plant.play(before)
        since, rows = snapshot(plant.site)
        plant.play(after)
        refresh_devices(site_id=plant.site.pk, now=plant.now)

        events = events_since(site_id=plant.site.pk, topic=DEVICES, since=since)

        assert events is not None
        fresh = {row["id"]: row for row in device_rows(site_id=plant.site.pk, now=plant.now)}
        assert apply_events(rows, events) == fresh
        assert snapshot(plant.site)[1] == fresh


class Plant:
    """A gateway and two pumps, changed the way services change them."""

    def __init__(self) -> None:
        self.site = Site.objects.create(slug="east", name="East works")
        self.now = T0

    def play(self, steps: list[tuple[str, str]]) -> None:
        for verb, what in steps:
            getattr(self, verb)(what)

    def wait(self, seconds: str) -> None:
        self.now += timedelta(seconds=int(seconds))

    def refresh(self, what: str) -> None:
        ids = None
        if what != "all":
            ids = [pk for (pk,) in Device.objects.filter(uid=what).values_list("pk")]
        refresh_devices(site_id=self.site.pk, device_ids=ids, now=self.now)

    def add(self, uid: str) -> None:
        if Device.objects.filter(uid=uid).exists():
            return
        via = None if uid == "GW-1" else Device.objects.filter(uid="GW-1").first()
        device = Device.objects.create(uid=uid, name=uid, site=self.site, via=via)
        if uid != "GW-1":
            Tag.objects.create(device=device, name="speed")

    def delete(self, uid: str) -> None:
        Device.objects.filter(uid=uid).delete()

    def enable(self, uid: str) -> None:
        Device.objects.filter(uid=uid).update(enabled=True)

    def disable(self, uid: str) -> None:
        Device.objects.filter(uid=uid).update(enabled=False)

    def rename(self, uid: str) -> None:
        Device.objects.filter(uid=uid).update(name=f"{uid} at {self.now:%M:%S}")

    def connect(self, uid: str) -> None:
        self._note(uid, connected=True, changed_at=self.now, last_seen_at=self.now)

    def disconnect(self, uid: str) -> None:
        self._note(uid, connected=False, changed_at=self.now)

    def down(self, uid: str) -> None:
        self._note(uid, link_down_since=self.now, link_event_at=self.now, link_detail="BAD")

    def up(self, uid: str) -> None:
        self._note(uid, link_down_since=None, link_event_at=self.now, link_detail="")

    def report(self, uid: str) -> None:
        for tag in Tag.objects.filter(device__uid=uid):
            moment = {"source_time": self.now, "received_time": self.now}
            Latest.objects.update_or_create(tag=tag, defaults={**moment, "quality": 192})

    def _note(self, uid: str, **fields: Any) -> None:
        device = Device.objects.filter(uid=uid).first()
        if device is not None:
            DeviceState.objects.update_or_create(device=device, defaults=fields)
