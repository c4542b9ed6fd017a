"""Several processes judge one plant: each move happens once, and follows from the one before."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from alarm_line import Line, SaveRule, the_alarm
from django.contrib.auth.models import User
from django.db import connection

from alarms import sweeps
from alarms.journal import verify
from alarms.models import Alarm, JournalEntry
from alarms.services import Action, Order, perform
from devices.intake import Entry, Sender
from devices.models import Tag
from edge import wire
from realtime.flush import Flush

pytestmark = pytest.mark.django_db(transaction=True)

FRAMES = 25


def post(sender: Sender, value: float) -> None:
    """Store a reading as the HTTP door does for a sender without frame numbers."""
    now = round(time.time() * 1000)
    frame = wire.Data(stream="live", seq=1, t0=now, dt=[0], tag=[1], v=[value])
    assert Flush([Entry(sender, frame, now)]).attempt() is not None


def all_at_once(*jobs: object) -> None:
    """Run jobs in threads, each with a connection of its own, and have none fail quietly."""
    failures: list[BaseException] = []
    together = threading.Barrier(len(jobs))

    def run(job: object) -> None:
        try:
            together.wait(30)
            job()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures


def is_a_chain(alarm: Alarm) -> bool:
    entries = list(JournalEntry.objects.filter(alarm_id=alarm.pk).order_by("number"))
    states = ["normal", *(entry.after for entry in entries)]
    return [entry.before for entry in entries] == states[:-1] and states[-1] == alarm.state


def test_readings_of_one_tag_through_two_doors_move_its_alarm_in_turn(
    line: Line, save: SaveRule, tag: Tag
) -> None:
    rule = save()
    senders = [
        Sender(line.sender.device_id, line.sender.site_id, line.sender.credential_id, tags=tags)
        for tags in (line.sender.tags, line.sender.tags)
    ]

    def flip(sender: Sender) -> None:
        for number in range(FRAMES):
            post(sender, 95.0 if number % 2 else 20.0)

    all_at_once(*(lambda sender=sender: flip(sender) for sender in senders))
    assert is_a_chain(the_alarm(rule))
    assert verify().broken_at is None


def test_readings_sweeps_and_operators_do_not_wait_in_a_circle(
    line: Line, save: SaveRule, tag: Tag, operator: User
) -> None:
    rules = [save(), save(name="Higher", limit=90.0), save(name="Later", on_delay_s=0.01)]
    sender = Sender(
        line.sender.device_id, line.sender.site_id, line.sender.credential_id, tags=line.sender.tags
    )

    def report() -> None:
        for number in range(FRAMES):
            post(sender, 95.0 if number % 2 else 20.0)

    def sweep() -> None:
        for _ in range(FRAMES):
            sweeps.sweep()
            sweeps.look_around()

    def operate() -> None:
        for _ in range(FRAMES):
            items = dict(Alarm.objects.values_list("pk", "rev"))
            perform(operator, Order(Action.ACKNOWLEDGE, items, uuid.uuid4()))

    all_at_once(report, sweep, operate)
    assert all(is_a_chain(the_alarm(rule)) for rule in rules)
