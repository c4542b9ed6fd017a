"""Whatever happens in whatever order: the journal has it all, and pages know what tables do."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from alarm_line import SaveRule
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarms import listing
from alarms.journal import Happening, verify
from alarms.models import Alarm, JournalEntry, Kind
from alarms.services import Action, Order, perform
from alarms.states import Hold, State, Status, Trigger
from alarms.transitions import Moves, locked
from devices.feed import ALARMS, Position, events_since, snapshot
from devices.models import Membership, Role, Site

pytestmark = pytest.mark.django_db

CONDITIONS = (Trigger.RAISE, Trigger.CLEAR, Trigger.SUPPRESS, Trigger.UNSUPPRESS)
STEPS = st.lists(
    st.tuples(st.sampled_from([*CONDITIONS, *Action]), st.integers(0, 1), st.booleans()),
    min_size=1,
    max_size=25,
)


def pull(alarm: Alarm, trigger: Trigger) -> None:
    moves = Moves()
    (row,) = locked(Alarm.objects.filter(pk=alarm.pk))
    moves.pull(row, trigger, Happening(trigger, timezone.now(), value=1.5))
    moves.write()


def do(user: User, action: Action, alarm: Alarm, *, one_shot: bool) -> None:
    until = None if one_shot else timezone.now() + dt.timedelta(hours=1)
    perform(
        user,
        Order(
            action,
            {alarm.pk: Alarm.objects.get(pk=alarm.pk).rev},
            uuid.uuid4(),
            reason="because",
            until=until if action is Action.SHELVE else None,
            one_shot=one_shot,
        ),
    )


@dataclass
class Page:
    """What a page knows that took a snapshot once and has applied every event since."""

    site_id: int
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    at: Position = field(default_factory=lambda: Position("", 0))

    def start(self) -> None:
        taken = snapshot(site_id=self.site_id, topic=ALARMS)
        self.rows = {row["id"]: row for row in json.loads(taken.rows)}
        self.at = Position(taken.epoch, taken.offset)

    def follow(self) -> None:
        events = events_since(site_id=self.site_id, topic=ALARMS, since=self.at)
        assert events is not None
        for event in events:
            row = json.loads(event.payload)
            if row.get("gone"):
                self.rows.pop(row["id"], None)
            else:
                self.rows[row["id"]] = row


@pytest.fixture
def engineer(site: Site) -> User:
    user = User.objects.create_user("erik")
    Membership.objects.create(user=user, site=site, role=Role.ENGINEER)
    return user


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_is_journaled_and_told(
    steps: list[tuple[Trigger | Action, int, bool]], save: SaveRule, engineer: User, site: Site
) -> None:
    with transaction.atomic():
        rules = [save(latching=False), save(kind=Kind.HIGH_HIGH, latching=True)]
        alarms = [Alarm.objects.get(rule=rule) for rule in rules]
        page = Page(site.pk)
        page.start()
        for step, which, one_shot in steps:
            if isinstance(step, Trigger):
                pull(alarms[which], step)
            else:
                do(engineer, step, alarms[which], one_shot=one_shot)
        page.follow()
        fresh = {row.pk: json.loads(json.dumps(listing.row(row))) for row in _listed()}
        assert page.rows == fresh
        for alarm in alarms:
            _is_whole(Alarm.objects.get(pk=alarm.pk))
        transaction.set_rollback(True)


def _listed() -> list[Alarm]:
    return list(listing.with_names(listing.listed(Alarm.objects.all())))


def _is_whole(alarm: Alarm) -> None:
    """Every entry begins where the one before it ended, and the row is where the last one ended."""
    status = Status()
    for entry in JournalEntry.objects.filter(alarm_id=alarm.pk).order_by("pk"):
        assert entry.before == status.state
        holds = frozenset(Hold(name) for name in entry.holds.split(",") if name)
        status = Status(State(entry.after), holds)
    assert (alarm.status.state, alarm.status.holds) == (status.state, status.holds)


def test_there_cannot_be_two_alarms_of_one_rule_and_source(save: SaveRule) -> None:
    alarm = Alarm.objects.get(rule=save())
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(rule=alarm.rule, site=alarm.site, source=alarm.source)


@pytest.mark.django_db(transaction=True)
def test_the_journal_is_linked_and_an_altered_entry_is_found(save: SaveRule) -> None:
    alarm = Alarm.objects.get(rule=save())
    for trigger in (Trigger.RAISE, Trigger.CLEAR, Trigger.RAISE):
        with transaction.atomic():
            pull(alarm, trigger)
    chain = verify()
    assert (chain.number, chain.broken_at, chain.unsealed) == (3, None, 0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update alarms_journalentry set actor = 'nobody' where number = 2")
    assert verify().broken_at == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "update alarms_journalentry set actor = 'nobody'",
        "delete from alarms_journalentry",
        "update alarms_journalentry set number = null",
    ],
    ids=["update", "delete", "unseal"],
)
def test_the_database_refuses_to_change_the_journal(save: SaveRule, statement: str) -> None:
    with transaction.atomic():
        pull(Alarm.objects.get(rule=save()), Trigger.RAISE)
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
