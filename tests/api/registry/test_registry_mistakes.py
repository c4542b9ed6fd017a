"""Mistakes are refused, at their field and in words that say what would be right."""

from __future__ import annotations

import json

import pytest
from api_client import PROFILE, Api, problem
from django.http import HttpResponse

from devices.models import Credential, Device, DeviceProfile, ModbusConnection, Site, Tag

pytestmark = pytest.mark.django_db


def errors(answer: HttpResponse) -> dict[str, str]:
    assert problem(answer)[:2] == (400, "invalid")
    found: dict[str, list[str]] = answer.json()["errors"]  # type: ignore[attr-defined]
    return {field: " ".join(texts) for field, texts in found.items()}


# ---------------------------------------------------------------- unknown words


def test_a_token_is_not_issued_when_a_field_is_unknown(engineer: Api, gateway: Device) -> None:
    said = errors(engineer.post("credentials/", device="GW-1", expires="2030-01-01T00:00:00Z"))

    assert said == {"expires": "“expires” is not known here. Did you mean expires_at?"}
    said = errors(engineer.post("credentials/", device="GW-1", days=1))
    assert said == {"days": "“days” is not known here. Known are: device, expires_at, scopes."}
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "sites/"),
        ("patch", "sites/east/"),
        ("post", "devices/"),
        ("patch", "devices/M-1/"),
        ("post", "devices/M-1/clone/"),
        ("patch", "devices/M-1/camera/"),
        ("post", "tags/"),
        ("post", "connections/"),
        ("post", "credentials/"),
        ("post", "enrolments/"),
        ("post", "memberships/"),
        ("post", "sites/east/import/preview/"),
    ],
)
def test_a_field_that_there_is_not_is_refused_wherever_something_is_written(
    root: Api, meter: Device, method: str, path: str
) -> None:
    if path.endswith("preview/"):
        answer = root.client.post(f"/api/v1/{path}", {"nmae": "x"})
    else:
        answer = getattr(root, method)(path, nmae="x")
    assert "nmae" in errors(answer)  # type: ignore[arg-type]


def test_what_is_only_shown_is_not_taken_as_if_it_were_set(engineer: Api, meter: Device) -> None:
    said = errors(engineer.patch("devices/M-1/", status="online", name="Renamed"))

    assert said == {"status": "This is only shown. Leave it out."}
    meter.refresh_from_db()
    assert meter.name == "Meter"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"sit": "east"}, {"sit": "“sit” is not known here. Did you mean site?"}),
        ({"ordering": "-nmae"}, {"ordering": "“nmae” is not known here. Did you mean name?"}),
    ],
)
def test_a_list_is_not_narrowed_or_ordered_by_what_it_does_not_have(
    engineer: Api, meter: Device, query: dict[str, object], said: dict[str, str]
) -> None:
    assert errors(engineer.ask("devices/", **query)) == said


# ---------------------------------------------------------------- places and words


def test_a_register_is_refused_at_its_field_with_what_could_be_said_instead(
    engineer: Api, meter: Device
) -> None:
    point = {"address": 70000, "type": "float99"}
    said = errors(engineer.post("tags/", device="M-1", name="amps", point=point))

    assert set(said) == {"point"}
    assert "amps: address: a whole number is expected, at most 65535" in said["point"]
    assert "'float99' is not one of bool, int16" in said["point"]
    assert "did you mean float" in said["point"]
    assert not Tag.objects.filter(name="amps").exists()


def test_what_only_the_whole_configuration_shows_stands_at_the_field_too(
    engineer: Api, meter: Device
) -> None:
    tag = meter.tags.get()
    said = errors(engineer.patch(f"tags/{tag.pk}/", silence_ms=100))

    assert set(said) == {"silence_ms"}


@pytest.mark.parametrize(
    ("fields", "at", "words"),
    [
        ({"host": ""}, "host", "host: is missing"),
        ({"kind": "rtu"}, "serial_port", "a text is expected, and not an empty one"),
        ({"host": "192.0.2.7", "name": "a b"}, "name", ""),
        ({"host": "192.0.2.7", "kind": "udp"}, "kind", "“udp” is not one of tcp, rtu"),
        ({"host": "192.0.2.7", "gateway": "GW-9"}, "gateway", "There is no “GW-9”"),
    ],
)
def test_a_connection_is_refused_at_its_field(
    engineer: Api, gateway: Device, fields: dict[str, object], at: str, words: str
) -> None:
    body = {"gateway": "GW-1", "name": "line1"} | fields
    said = errors(engineer.post("connections/", **body))

    assert set(said) == {at}
    assert words in said[at]
    assert "regex" not in said[at]


def test_what_is_named_and_does_not_exist_is_told_in_words(
    engineer: Api, gateway: Device, profile: DeviceProfile
) -> None:
    wrong = {"site": "nope", "via": 5, "modbus": 99, "profile": "x"}
    said = errors(engineer.post("devices/", uid="M-9", name="Meter", **wrong))

    assert said == {
        "site": "There is no “nope” that you may use here.",
        "via": "A name is expected, as a text.",
        "modbus": "There is no connection 99 that you may use here.",
        "profile": "There is no profile x.",
    }


# ---------------------------------------------------------------- what the plant forbids


def test_a_gateway_that_others_are_reached_via_is_not_deleted(
    engineer: Api, meter: Device, line: ModbusConnection
) -> None:
    answer = engineer.delete("devices/GW-1/")

    assert problem(answer)[:2] == (409, "conflict")
    assert "1 device is reached via GW-1: M-1. Move or delete it first" in answer.content.decode()
    meter.refresh_from_db()
    assert (meter.via, meter.modbus) == (line.gateway, line)
    assert engineer.delete("devices/M-1/").status_code == 204
    assert engineer.delete("devices/GW-1/").status_code == 204


def test_a_second_device_at_the_same_unit_is_refused_and_the_first_is_named(
    engineer: Api, meter: Device, line: ModbusConnection
) -> None:
    second = {"uid": "M-2", "name": "Second", "site": "east", "modbus": line.pk, "unit_id": 1}

    assert errors(engineer.post("devices/", **second))["unit_id"].startswith(
        "M-1 is read at unit 1"
    )
    made = engineer.make("devices/", **second | {"unit_id": 2})
    assert made["via"] == "GW-1"  # the gateway of the connection


def test_a_profile_that_is_there_already_is_not_made_again(engineer: Api, site: Site) -> None:
    file = json.loads(PROFILE)
    assert engineer.post("profiles/", **file).status_code == 201
    assert engineer.post("profiles/", **file).status_code == 200
