"""Rules over the API: by whom they are changed, what is refused, and what they would have done."""

from __future__ import annotations

from typing import Any

import pytest
from alarm_door import Person
from alarm_making import make_alarm
from django.http import HttpResponse
from django.utils import timezone
from stored_readings import store_readings

from alarms.defaults import fit_profile_rules
from alarms.models import Alarm, JournalEntry, Rule
from devices.models import Device, Latest, Site, Tag
from devices.profiles import apply_profile, import_profile

pytestmark = pytest.mark.django_db

URL = "/api/v1/alarms/rules/"
PROFILE = b"""{"id": "meter", "version": "1.0.0", "vendor": "V", "model": "M",
 "points": [{"name": "temp", "address": 0, "type": "float32", "high": 80}]}"""


def post(by: Person, body: dict[str, Any], path: str = "") -> HttpResponse:
    answer: HttpResponse = by.client.post(f"{URL}{path}", body, "application/json")  # type: ignore[assignment]
    return answer


def too_hot(tag: Tag, **more: Any) -> dict[str, Any]:
    fields = {"site": "east", "name": "Too hot", "kind": "high", "tag": tag.pk, "limit": 80.0}
    return fields | more


# ---------------------------------------------------------------- rules


def test_an_engineer_makes_changes_and_deletes_a_rule(engineer: Person, tag: Tag) -> None:
    made = post(engineer, too_hot(tag, priority=1, deadband=2.5, cause="No flow"))
    assert made.status_code == 201, made.content
    rule = made.json()  # type: ignore[attr-defined]
    assert (rule["origin"], rule["version"], rule["active"]) == ("site", 1, 0)
    url = f"{URL}{rule['id']}/"
    changed = engineer.client.patch(
        url, {"limit": 75}, "application/json", headers={"If-Match": made.headers["ETag"]}
    )
    assert (changed.status_code, changed.json()["limit"], changed.json()["version"]) == (200, 75, 2)
    late = engineer.client.patch(
        url, {"limit": 70}, "application/json", headers={"If-Match": made.headers["ETag"]}
    )
    assert late.status_code == 412
    assert Alarm.objects.filter(rule=rule["id"]).count() == 1
    assert engineer.client.delete(url).status_code == 204
    assert not Rule.objects.exists()


def test_whoever_disables_a_rule_is_named_where_its_alarm_ends(engineer: Person, tag: Tag) -> None:
    Latest.objects.create(
        tag=tag, value=90.0, quality=192, source_time=timezone.now(), received_time=timezone.now()
    )
    rule = post(engineer, too_hot(tag)).json()  # type: ignore[attr-defined]
    shown = engineer.get(f"rules/{rule['id']}/")
    assert shown["active"] == 1
    engineer.client.patch(f"{URL}{rule['id']}/", {"enabled": False}, "application/json")
    entry = JournalEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.reason) == ("clear", "erin", "disabled")


def test_viewers_and_operators_look_and_do_not_change(
    viewer: Person, operator: Person, tag: Tag
) -> None:
    rule = make_alarm(tag.device.site, of=tag).rule
    for somebody in (viewer, operator):
        assert [each["id"] for each in somebody.get("rules/")["results"]] == [rule.pk]
        assert post(somebody, too_hot(tag)).status_code == 403
        assert somebody.client.delete(f"{URL}{rule.pk}/").status_code == 403


def test_a_rule_of_another_site_does_not_exist(stranger: Person, tag: Tag) -> None:
    rule = make_alarm(tag.device.site, of=tag).rule
    assert stranger.get("rules/")["results"] == []
    assert stranger.ask(f"rules/{rule.pk}/").status_code == 404
    refused = post(stranger, too_hot(tag, site="west"))
    assert refused.json()["errors"] == {  # type: ignore[attr-defined]
        "tag": [f"There is no tag {tag.pk} that you may use here."]
    }


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"limit": None}, "limit", "A rule of this kind needs it."),
        ({"tag": None}, "tag", "A rule of this kind needs it."),
        ({"limit": "NaN"}, "limit", "A valid number is required"),
        ({"deadband": -1}, "deadband", "greater than or equal to 0"),
        ({"kind": "hgh"}, "kind", "is not one of high_high, high"),
        ({"limt": 5}, "limt", "Did you mean limit?"),
        ({"schedule": [{"days": [9]}]}, "schedule", "Part 1 of the schedule"),
        ({"kind": "expression", "expression": "P-1.tmp > 5"}, "expression", "Did you mean temp?"),
        ({"origin": "profile"}, "origin", "only shown"),
    ],
    ids=["limit", "tag", "nan", "deadband", "kind", "name", "schedule", "expression", "origin"],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_field(
    engineer: Person, tag: Tag, fields: dict[str, Any], field: str, said: str
) -> None:
    answer = post(engineer, too_hot(tag) | fields)
    assert answer.status_code == 400
    assert said in " ".join(answer.json()["errors"][field])  # type: ignore[attr-defined]
    assert not Rule.objects.exists()


def test_a_rule_stays_at_its_site_and_of_its_kind(engineer: Person, tag: Tag) -> None:
    rule = make_alarm(tag.device.site, of=tag).rule
    answer = engineer.client.patch(f"{URL}{rule.pk}/", {"kind": "low"}, "application/json")
    assert answer.json()["errors"] == {"kind": ["This cannot change. Make a new rule."]}


def test_a_rule_of_a_profile_is_overridden_by_a_change_and_not_deleted(
    engineer: Person, tag: Tag
) -> None:
    apply_profile(device=tag.device, profile=import_profile(data=PROFILE))
    fit_profile_rules()
    (rule,) = engineer.get("rules/", origin="profile", device="P-1", kind="high")["results"]
    assert (rule["limit"], rule["overridden"]) == (80.0, False)
    refused = engineer.client.delete(f"{URL}{rule['id']}/")
    assert refused.status_code == 409
    assert "Disable it instead" in refused.json()["detail"]
    changed = engineer.client.patch(f"{URL}{rule['id']}/", {"limit": 70}, "application/json")
    assert changed.json()["overridden"]


# ---------------------------------------------------------------- back-tests


def test_a_back_test_says_what_a_rule_would_have_done(engineer: Person, tag: Tag) -> None:
    store_readings(tag, (3600, 70), (3000, 85), (2700, 92), (2400, 70), (1800, 70))
    answer = post(engineer, too_hot(tag) | {"range": "24h"}, "backtest/")
    assert answer.status_code == 200, answer.content
    report = answer.json()  # type: ignore[attr-defined]
    assert (report["samples"], report["activations"]) == (5, 1)
    assert (report["active_s"], report["longest_s"]) == (600.0, 600.0)
    (once,) = report["occurrences"]
    assert once["peak"] == 92.0
    assert sum(day["activations"] for day in report["per_day"]) == 1
    assert (report["chattering"], report["proposal"], report["unknown"]) == (0, None, [])
    assert not Rule.objects.exists()


def test_a_back_test_proposes_an_off_delay_that_ends_chattering(engineer: Person, tag: Tag) -> None:
    store_readings(tag, *((1800 - s, 85 if s % 4 < 2 else 75) for s in range(120)))
    report = post(engineer, too_hot(tag), "backtest/").json()  # type: ignore[attr-defined]
    assert report["chattering"] == 30
    assert report["proposal"]["off_delay_s"] <= 5


def test_a_kind_without_stored_readings_cannot_be_tried(engineer: Person, site: Site) -> None:
    body = {"site": "east", "kind": "offline"}
    answer = post(engineer, body, "backtest/")
    assert answer.status_code == 400
    assert "is not stored" in answer.json()["errors"]["kind"][0]  # type: ignore[attr-defined]


def test_a_back_test_says_what_nothing_is_stored_of(engineer: Person, tag: Tag) -> None:
    expression = "not online(P-1) and P-1.temp > 80"
    body = {"site": "east", "kind": "expression", "expression": expression, "range": "30d"}
    report = post(engineer, body, "backtest/").json()  # type: ignore[attr-defined]
    assert report["unknown"] == ["connection of P-1"]


def test_only_engineers_of_the_site_try_rules(viewer: Person, stranger: Person, tag: Tag) -> None:
    for path in ("backtest/", "check_expression/"):
        body = too_hot(tag) if path == "backtest/" else {"site": "east", "expression": "1 > 2"}
        assert post(viewer, body, path).status_code == 403
        assert post(stranger, body, path).status_code == 400  # there is no such site


# ---------------------------------------------------------------- expressions


def test_an_expression_is_checked_without_a_rule(engineer: Person, tag: Tag) -> None:
    body = {"site": "east", "expression": "P-1.temp>80 and  not bad(P-1.temp)"}
    answer = post(engineer, body, "check_expression/").json()  # type: ignore[attr-defined]
    assert answer == {"ok": True, "text": "P-1.temp > 80 and not bad(P-1.temp)"}


def test_what_is_wrong_with_an_expression_is_said_with_its_place(
    engineer: Person, tag: Tag, site: Site
) -> None:
    Device.objects.create(uid="P-2", name="Second", site=site)
    body = {"site": "east", "expression": "P-1.temp > 80 and P-2.temp > 1"}
    answer = post(engineer, body, "check_expression/")
    said = answer.json()  # type: ignore[attr-defined]
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        400,
        "application/problem+json",
    )
    assert body["expression"][said["start"] : said["end"]] == "P-2.temp"
    assert "Device P-2 has no tag temp." in said["message"]
    assert said["errors"]["expression"] == [said["message"]]
