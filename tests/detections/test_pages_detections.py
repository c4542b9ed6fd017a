"""The pages about cameras as the server makes them: what they show, to whom, and what of it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from alarm_making import make_alarm, raise_
from detection_frames import detection, jpeg, now_ms
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alarms.models import Detection
from alarms.snapshots import screen_next
from devices.feed import GALLERY, position
from devices.intake import Entry, Sender
from devices.models import Device, DeviceState, Membership, Role, Site
from project.sightings import Filter, cards_of, cursor_of, read_filter
from realtime.flush import Flush

pytestmark = pytest.mark.django_db
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def client(site: Site) -> Client:
    """Sign somebody in who may look at the site."""
    user = User.objects.create_user("viewer")
    Membership.objects.create(user=user, site=site, role=Role.VIEWER)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def seen(sender: Sender) -> list[Detection]:
    """A fire with a picture, smoke that has ended and came late, a head of two days before."""
    now = now_ms()
    frames = [
        detection(1, id=uuid.UUID(int=1).hex, data=jpeg(), score=0.9),
        detection(2, "end", id=uuid.UUID(int=2).hex, label="smoke", score=0.6, at=now - 90_000,
                  since=now - 99_000),
        detection(3, id=uuid.UUID(int=3).hex, label="no_helmet", score=0.7, at=now - 2 * DAY_MS,
                  since=now - 2 * DAY_MS),
    ]  # fmt: skip
    Flush([Entry(sender, frame, now) for frame in frames]).attempt()
    return list(Detection.objects.order_by("event"))


def found(client: Client, **query: Any) -> list[str]:
    answer = client.get("/gallery/", query, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    return [card["label"] for card in answer.json()["cards"]]


def test_the_gallery_is_narrowed_down_by_its_address(client: Client, seen: list[Detection]) -> None:
    assert found(client) == ["fire", "smoke", "no_helmet"]
    assert found(client, label="smoke") == ["smoke"]
    assert found(client, camera="CAM-1", state="ended") == ["smoke"]
    assert found(client, state="historical") == ["smoke", "no_helmet"]
    assert found(client, area="Hall 2", score="65") == ["fire", "no_helmet"]
    assert found(client, area="Hall 3") == []
    assert found(client, day=f"{seen[2].since:%Y-%m-%d}")[-1:] == ["no_helmet"]
    assert "fire" not in found(client, day=f"{seen[2].since:%Y-%m-%d}")


def test_what_an_address_says_wrongly_counts_as_not_said(
    client: Client, seen: list[Detection]
) -> None:
    wrong = {"state": "gone", "score": "much", "day": "2026-13-01", "before": "x", "label": "\0"}
    assert found(client, **wrong) == ["fire", "smoke", "no_helmet"]


@pytest.mark.parametrize("name", ["label", "camera", "area"])
def test_what_the_address_asks_for_is_chosen_in_its_filter_also_when_nobody_knows_it(
    client: Client, seen: list[Detection], name: str
) -> None:
    page = client.get("/gallery/", {name: "NOPE"}).content.decode()
    field = page.partition(f'<select name="{name}">')[2].partition("</select>")[0]
    assert re.findall(r'value="([^"]*)" selected', field) == ["NOPE"]
    assert "data-review-all disabled" in page
    assert "data-review-all disabled" not in client.get("/gallery/").content.decode()


@given(
    st.dictionaries(
        st.sampled_from(["label", "camera", "area", "state", "score", "day"]), st.text(max_size=12)
    )
)
def test_any_address_makes_a_filter(query: dict[str, str]) -> None:
    wanted = read_filter(query)
    assert 0 <= wanted.score <= 100
    assert wanted.state in {"", "active", "ended", "historical"}


def test_pages_go_on_where_the_one_before_ended(site: Site, seen: list[Detection]) -> None:
    first = cards_of(site, Filter(), most=2)
    rest = cards_of(site, Filter(), before=cursor_of(first), most=2)
    assert [card["label"] for card in [*first, *rest]] == ["fire", "smoke", "no_helmet"]
    assert cards_of(site, Filter(), before=cursor_of(rest)) == []


def test_a_card_says_what_became_of_its_picture(site: Site, seen: list[Detection]) -> None:
    def pictures() -> list[str]:
        return [card["picture"] for card in cards_of(site, Filter())]

    assert pictures() == ["pending", "none", "none"]
    screen_next()
    assert pictures() == ["ready", "none", "none"]


def test_a_page_calls_nothing_active_whose_end_would_not_be_heard(
    client: Client, device: Device, seen: list[Detection]
) -> None:
    def states() -> list[str]:
        return re.findall(r'data-label="\w+" data-state="(\w+)"', page_of(client))

    states_of = DeviceState.objects.filter(device=device)
    DeviceState.objects.get_or_create(device=device)
    states_of.update(connected=True, config_version=1)
    assert states() == ["active", "ended", "unsure"]  # the last one was told of late

    Detection.objects.update(heard_at=timezone.now() - timedelta(seconds=31))
    assert states() == ["unsure", "ended", "unsure"]

    states_of.update(config_version=None)
    assert states() == ["active", "ended", "unsure"]

    states_of.update(connected=False, changed_at=timezone.now())
    assert states() == ["unsure", "ended", "unsure"]


def page_of(client: Client) -> str:
    return client.get("/gallery/").content.decode().partition("<template")[0]


def test_the_page_goes_on_from_the_position_of_its_cards(
    client: Client, site: Site, seen: list[Detection]
) -> None:
    answer = client.get("/gallery/")
    known = position(site_id=site.pk, topic=GALLERY)
    at = {"ep": known.epoch, "o": known.offset}
    assert answer.context["config"]["positions"] == {f"gallery:{site.pk}": at}
    assert f'data-card="{seen[0].pk}"' in answer.content.decode()


def test_a_camera_is_what_is_watched_or_has_seen_something(
    client: Client, camera: Device, device: Device, sender: Sender
) -> None:
    assert client.get(f"/cameras/{camera.uid}/").status_code == 404
    assert client.get("/cameras/").context["cameras"] == []

    Flush([Entry(sender, detection(1), now_ms())]).attempt()

    assert client.get(f"/cameras/{camera.uid}/").status_code == 200
    (shown,) = client.get("/cameras/").context["cameras"]
    assert (shown["device"]["uid"], shown["newest"]["label"]) == ("CAM-1", "fire")
    assert client.get(f"/cameras/{device.uid}/").status_code == 404


def test_what_cameras_of_another_site_saw_does_not_exist(
    client: Client, camera: Device, seen: list[Detection]
) -> None:
    west = Site.objects.create(slug="west", name="West works")
    Membership.objects.update(site=west)
    assert client.get(f"/cameras/{camera.uid}/").status_code == 404
    assert client.get("/gallery/", {"site": "east"}).status_code == 404
    assert found(client) == []


def test_the_overview_has_a_strip_only_where_there_are_cameras(
    client: Client, camera: Device, sender: Sender
) -> None:
    assert "data-cards" not in client.get("/").content.decode()
    Flush([Entry(sender, detection(1), now_ms())]).attempt()
    assert "data-cards" in client.get("/").content.decode()


def test_the_past_of_a_camera_tells_how_sure_it_was_of_its_alarms_as_the_console_does(
    client: Client, site: Site, camera: Device, seen: list[Detection]
) -> None:
    raise_(make_alarm(site, of=camera, name="Fire", kind="detection", limit=0.5), 0.87)
    text = client.get(f"/devices/{camera.uid}/?tab=history").content.decode()
    (shown,) = re.findall(r'data-label="Value at raise">([^<]*)<', text)
    assert shown == "87\u202f%"
