from __future__ import annotations

import datetime as dt

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from pytest_django.fixtures import Settings

from alarms import tasks as detections
from devices import tasks
from devices.connections import Opening, close_connection, open_connection
from devices.models import Connection, Device, Gap, Quarantined
from devices.registry import issue_token
from devices.retention import AHEAD_DAYS, drop_old_rows, keep_partitions
from project.celery import app

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2030, 6, 15, 23, 30, tzinfo=dt.UTC)


def days() -> set[dt.date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where i.inhparent = 'devices_reading'::regclass"
        )
        return {dt.date.fromisoformat(name[-8:]) for (name,) in cursor.fetchall()}


@pytest.fixture
def whole_table(db: None) -> None:
    """No partition that another test made."""
    with connection.cursor() as cursor:
        for day in days():
            cursor.execute(f"drop table devices_reading_{day:%Y%m%d}")


@pytest.mark.usefixtures("whole_table")
def test_partitions_are_made_ahead(settings: Settings) -> None:
    assert keep_partitions(NOW) == 0
    today = NOW.date()
    assert days() == {today + dt.timedelta(days=ahead) for ahead in range(AHEAD_DAYS + 1)}


@pytest.mark.usefixtures("whole_table")
def test_partitions_older_than_what_is_kept_are_dropped(settings: Settings) -> None:
    settings.READINGS_KEEP_DAYS = 10
    for day in range(4):
        keep_partitions(NOW + dt.timedelta(days=day))
    assert keep_partitions(NOW + dt.timedelta(days=12)) == 2
    assert min(days()) == NOW.date() + dt.timedelta(days=2)


@pytest.mark.usefixtures("whole_table")
def test_the_oldest_day_that_ingest_takes_is_never_dropped(settings: Settings) -> None:
    from devices.ingest import DAY_MS, oldest_ms

    settings.READINGS_KEEP_DAYS = 1
    keep_partitions(NOW)
    oldest = dt.date(1970, 1, 1) + dt.timedelta(
        days=oldest_ms(int(NOW.timestamp() * 1000)) // DAY_MS
    )
    assert oldest in days()


def test_rows_that_go_with_dropped_readings_are_deleted(device: Device, settings: Settings) -> None:
    settings.READINGS_KEEP_DAYS = 10
    now = dt.datetime.now(dt.UTC)
    old, new = now - dt.timedelta(days=11), now - dt.timedelta(days=9)
    for moment in (old, new):
        Quarantined.objects.create(device=device, i=0, code="x", raw="", received_at=moment)
        Gap.objects.create(
            device=device,
            epoch="e",
            stream="live",
            seq_from=1,
            seq_to=1,
            first_at=moment,
            last_at=moment,
            readings=1,
            reason="quota",
            received_at=moment,
        )
    assert {name: n for name, n in drop_old_rows(now).items() if n} == {"gaps": 1, "quarantined": 1}
    assert Gap.objects.get().received_at == new


def test_an_open_connection_stays_however_old_it_is(device: Device) -> None:
    from uuid import uuid4

    sessions = [uuid4(), uuid4()]
    pk = issue_token(device=device).credential.pk
    for session in sessions:
        open_connection(Opening(session, pk, device.pk, "", "", None))
    close_connection(session=sessions[1], device_id=device.pk, code=1001, reason="", age_s=0)
    Connection.objects.update(opened_at=NOW - dt.timedelta(days=9999))
    Connection.objects.filter(session=sessions[0]).update(closed_at=None)
    assert drop_old_rows(NOW + dt.timedelta(days=9999))["connections"] == 1
    assert Connection.objects.get().session == sessions[0]


def test_the_worker_knows_every_scheduled_task(device: Device) -> None:
    assert isinstance(app, Celery)
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    known = {tasks.keep_partitions.name, tasks.drop_old_rows.name, tasks.renew_tokens.name}
    known |= {tasks.make_exports.name, tasks.roll_up.name}
    of_detections = {
        detections.screen_snapshots.name,
        detections.end_forgotten.name,
        detections.drop_old_detections.name,
    }
    of_alarms = {
        detections.fit_rules.name,
        detections.deliver_notifications.name,
        detections.drop_old_notifications.name,
    }
    assert scheduled == known | of_detections | of_alarms
    assert scheduled <= set(app.tasks)
    for name in scheduled:
        app.tasks[name].apply(throw=True)
