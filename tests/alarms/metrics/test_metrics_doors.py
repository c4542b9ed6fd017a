"""The figures at the API and on the page: whose they are, and over which time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alarms.metrics import Range, span_of
from alarms.metrics.span import BIN, watched
from alarms.models import JournalEntry
from bench.alarm_month import month, store
from devices.models import AuditEntry, Membership, Role, Site

API = "/api/v1/alarms/metrics/"


@pytest.fixture
def viewer(client: Client, db: None) -> Client:
    """Sign a viewer of one of two sites in; both had the same month."""
    entries = month(3000)
    for slug in ("east", "west"):
        site = Site.objects.create(slug=slug, name=f"{slug.title()} works")
        store(entries, site.pk, timezone.now() - timedelta(days=25))
    user = User.objects.create_user("viewer")
    Membership.objects.create(user=user, site=Site.objects.get(slug="east"), role=Role.VIEWER)
    client.force_login(user)
    return client


def test_a_viewer_reads_the_figures_of_a_site(viewer: Client) -> None:
    answer = viewer.get(API, {"site": "east", "range": "30d"})
    assert answer.status_code == 200
    told = answer.json()
    assert len(told["rate"]["counts"]) == pytest.approx(25 * 144, abs=20)
    assert (
        sum(told["rate"]["counts"]) == told["rate"]["total"] == sum(told["mix"]["counts"].values())
    )
    assert told["chattering"]["verdict"] == "bad"
    assert told["bad_actors"]["actors"][0]["off_delay"]["seconds"] > 0
    assert told["floods"]["floods"][0]["count"] >= 10


def test_time_before_the_first_rule_is_not_judged_and_the_page_says_so(viewer: Client) -> None:
    told = viewer.get(API, {"site": "east", "range": "30d"}).json()
    begun = JournalEntry.objects.filter(site_id=Site.objects.get(slug="east").pk).earliest("at").at
    start = datetime.fromisoformat(told["start"])
    assert begun - timedelta(minutes=10) < start <= begun
    rate = told["rate"]
    assert rate["average"] == pytest.approx(rate["total"] / len(rate["counts"]), rel=0.001)
    page = viewer.get("/alarms/metrics/", {"range": "30d"})
    assert page.context["report"].shortened
    assert f"since {timezone.localtime(start, UTC):%Y-%m-%d %H:%M}" in page.content.decode()
    week = viewer.get("/alarms/metrics/", {"range": "7d"})
    assert not week.context["report"].shortened


def test_a_rule_that_never_rang_counts_from_when_it_was_made(client: Client, site: Site) -> None:
    now = timezone.now()
    made = {"actor": "root", "action": "create", "kind": "rule", "object_id": "1"}
    AuditEntry.objects.create(at=now - timedelta(hours=5), site_id=site.pk, **made)
    asked = span_of(Range.DAY, now)
    assert watched(site.pk, asked).length // BIN == 30
    AuditEntry.objects.create(at=now, site_id=site.pk + 1, **made)
    assert watched(site.pk + 1, asked).length >= BIN
    assert watched(site.pk + 2, asked) == asked


def test_the_last_day_is_meant_where_no_range_is_given(viewer: Client) -> None:
    told = viewer.get(API, {"site": "east"}).json()
    assert (len(told["rate"]["counts"]), told["bin_s"]) == (144, 600)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"site": "west"}, 404),
        ({"site": "nowhere"}, 404),
        ({}, 400),
        ({"site": "east", "range": "1y"}, 400),
        ({"site": "east", "rnge": "7d"}, 400),
    ],
    ids=str,
)
def test_other_questions_are_refused(viewer: Client, query: dict[str, str], status: int) -> None:
    answer = viewer.get(API, query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_nobody_reads_figures_without_signing_in(client: Client) -> None:
    assert client.get(API, {"site": "east"}).status_code == 401
    assert client.get("/alarms/metrics/").status_code == 302


@pytest.mark.parametrize("asked", ["24h", "7d", "30d"])
def test_the_page_shows_the_time_that_its_address_asks_for(viewer: Client, asked: str) -> None:
    answer = viewer.get("/alarms/metrics/", {"range": asked})
    assert answer.status_code == 200
    assert answer.context["wanted"] == asked
    assert len(answer.context["tiles"]) == 10


def test_the_page_takes_a_range_that_there_is_not_for_the_last_day(viewer: Client) -> None:
    assert viewer.get("/alarms/metrics/", {"range": "1y"}).context["wanted"] == "24h"


def test_the_page_of_somebody_elses_site_does_not_exist(viewer: Client) -> None:
    assert viewer.get("/alarms/metrics/", {"site": "west"}).status_code == 404
