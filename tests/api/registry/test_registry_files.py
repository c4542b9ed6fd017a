"""Devices and tags as files over the API: a look at the difference, the import, the export."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from api_client import Api, person, problem
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from devices.importing.files import MAX_BYTES, MAX_ROWS
from devices.models import AuditEntry, Device, GatewayConfiguration, Role, Site

pytestmark = pytest.mark.django_db

NEW = "uid,name,site,via,profile,connection,unit_id\nM-2,Second,east,GW-1,meter@1.0.0,line1,4\n"
RENAMED = "uid,name\nM-1,Renamed\n"


def send(api: Api, path: str, data: str | bytes, **fields: str) -> HttpResponse:
    content = data.encode() if isinstance(data, str) else data
    form = {"file": SimpleUploadedFile("registry", content), **fields}
    return api.client.post(f"/api/v1/sites/{path}", form)  # type: ignore[return-value]


def look(api: Api, data: str | bytes, site: str = "east") -> Any:
    answer = send(api, f"{site}/import/preview/", data)
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[attr-defined]


def bring_in(api: Api, data: str | bytes, digest: str, site: str = "east") -> HttpResponse:
    return send(api, f"{site}/import/", data, digest=digest)


def export(api: Api, **query: str) -> bytes:
    answer = api.ask("sites/east/export/", **query)
    assert answer.status_code == 200, answer.content
    return answer.content


def rows(outcome: Any, kind: str) -> list[Any]:
    return [row for each in outcome["differences"] for row in each[kind]]


def test_a_file_is_looked_at_then_imported_then_exported_and_says_the_same(
    engineer: Api, admin: Api, meter: Device
) -> None:
    versions = GatewayConfiguration.objects.count()

    shown = look(engineer, NEW)

    assert not shown["refused"]
    (added,) = rows(shown, "added")
    assert (added["line"], added["key"]) == (2, ["M-2"])
    assert {"column": "unit_id", "before": None, "after": 4} in added["changes"]
    assert not Device.objects.filter(uid="M-2").exists()

    answer = bring_in(engineer, NEW, shown["digest"])

    assert (answer.status_code, answer.json()) == (200, shown)  # type: ignore[attr-defined]
    made = engineer.get("devices/M-2/")
    assert (made["unit_id"], [tag["name"] for tag in made["tags"]]) == (4, ["volts"])
    assert GatewayConfiguration.objects.count() == versions + 1
    entry = admin.get("audit/", kind="device", action="create")["results"][0]
    assert (entry["actor"], entry["object_name"]) == ("erin", "M-2")
    for query in ({"format": "csv"}, {"format": "csv", "sheet": "tags"}, {"format": "xlsx"}, {}):
        again = look(engineer, export(engineer, **query))
        assert [rows(again, kind) for kind in ("added", "changed", "refused")] == [[], [], []]
        assert sum(each["unchanged"] for each in again["differences"]) > 0


def test_an_exported_site_comes_back_after_its_devices_were_deleted(
    engineer: Api, meter: Device
) -> None:
    devices, tags, both = (
        export(engineer, format="csv"),
        export(engineer, format="csv", sheet="tags"),
        export(engineer, format="xlsx"),
    )
    engineer.delete("devices/M-1/")

    assert bring_in(engineer, both, look(engineer, both)["digest"]).status_code == 200

    assert export(engineer, format="csv") == devices
    assert export(engineer, format="csv", sheet="tags") == tags


def test_a_change_is_shown_with_what_was_before(engineer: Api, meter: Device) -> None:
    shown = look(engineer, "device,name,high\nM-1,volts,250.5\n")

    assert [each["sheet"] for each in shown["differences"]] == ["tags"]
    (changed,) = rows(shown, "changed")
    assert changed == {
        "line": 2,
        "key": ["M-1", "volts"],
        "changes": [{"column": "high", "before": None, "after": 250.5}],
    }


def test_mistakes_are_told_by_row_and_such_a_file_changes_nothing(
    engineer: Api, meter: Device
) -> None:
    file = "uid,name,unit_id\nM-1,Renamed,1\nGW-1,Gateway,300\n"

    shown = look(engineer, file)

    assert shown["refused"]
    (refused,) = rows(shown, "refused")
    assert (refused["line"], refused["key"]) == (3, ["GW-1"])
    assert "unit_id" in refused["reason"]
    assert problem(bring_in(engineer, file, shown["digest"])) == (400, "invalid", {"file"})
    meter.refresh_from_db()
    assert meter.name == "Meter"


def test_what_its_gateway_could_not_read_is_a_problem_of_the_file(
    engineer: Api, meter: Device
) -> None:
    shown = look(engineer, "device,name,scan_ms,silence_ms\nM-1,volts,5000,100\n")

    assert shown["refused"]
    assert "silence_ms" in shown["problems"][0]


def test_a_registry_that_changed_since_the_preview_is_not_overwritten(
    engineer: Api, admin: Api, meter: Device
) -> None:
    digest = look(engineer, RENAMED)["digest"]
    admin.patch("devices/M-1/", name="Meanwhile")

    assert problem(bring_in(engineer, RENAMED, digest))[:2] == (409, "conflict")
    meter.refresh_from_db()
    assert meter.name == "Meanwhile"
    assert bring_in(engineer, RENAMED, look(engineer, RENAMED)["digest"]).status_code == 200


def test_another_file_than_the_one_that_was_looked_at_is_not_imported(
    engineer: Api, meter: Device
) -> None:
    digest = look(engineer, RENAMED)["digest"]

    assert problem(bring_in(engineer, NEW, digest))[:2] == (409, "conflict")
    assert not Device.objects.filter(uid="M-2").exists()


@pytest.mark.parametrize("door", ["import/preview/", "import/", "export/"])
def test_only_engineers_of_the_site_pass_and_to_strangers_it_does_not_exist(
    viewer: Api, stranger: Api, meter: Device, site: Site, door: str
) -> None:
    def ask(api: Api, slug: str = "east") -> HttpResponse:
        if door == "export/":
            return api.ask(f"sites/{slug}/{door}")
        return send(api, f"{slug}/{door}", RENAMED, digest="0" * 64)

    for api in (viewer, person("otto", site, Role.OPERATOR)):
        assert problem(ask(api))[:2] == (403, "not_allowed")
    hidden, absent = ask(stranger), ask(stranger, "nowhere")
    assert problem(hidden)[:2] == (404, "not_found")
    assert hidden.content == absent.content
    assert not AuditEntry.objects.filter(after__name="Renamed").exists()


def test_an_import_touches_its_own_site_only_even_by_an_engineer_of_both(
    meter: Device, west: Site
) -> None:
    root = Api(User.objects.create_superuser("root"))

    (taken,) = rows(look(root, RENAMED, "west"), "refused")
    (moved,) = rows(look(root, "uid,site\nM-1,west\n"), "refused")
    (absent,) = rows(look(root, "device,name\nM-1,extra\n", "west"), "refused")

    assert "may not change" in taken["reason"]
    assert "for “east” only" in moved["reason"]
    assert "no device" in absent["reason"]


def test_an_export_has_the_devices_of_its_site_only(engineer: Api, meter: Device) -> None:
    west = Site.objects.create(slug="west", name="West works")
    Device.objects.create(uid="FAR-1", name="Far", site=west)

    assert b"FAR-1" not in export(engineer, format="csv")
    answer = engineer.ask("sites/east/export/", format="csv", sheet="tags")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="east-tags.csv"'
    assert answer.headers["Content-Type"] == "text/csv"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\xff\xfe",
        b"PK\x03\x04 not a zip",
        b"nothing,of,ours\n1,2,3\n",
        b"uid,colour\nX,red\n",
        b"uid\n" + b"x\n" * (MAX_ROWS + 1),
        b"uid\n" + b"x" * MAX_BYTES,
    ],
    ids=["empty", "binary", "damaged", "foreign", "column", "rows", "bytes"],
)
@pytest.mark.parametrize("door", ["import/preview/", "import/"])
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    engineer: Api, site: Site, door: str, data: bytes
) -> None:
    more = {"digest": "0" * 64} if door == "import/" else {}

    answer = send(engineer, f"east/{door}", data, **more)

    assert problem(answer) == (400, "invalid", {"file"})


def test_a_form_without_its_parts_or_with_others_is_refused(engineer: Api, meter: Device) -> None:
    assert problem(send(engineer, "east/import/", RENAMED)) == (400, "invalid", {"digest"})
    for digest in ("x", "\x00", "0" * 65):
        answer = send(engineer, "east/import/", RENAMED, digest=digest)
        assert problem(answer) == (400, "invalid", {"digest"})
    nothing = engineer.client.post("/api/v1/sites/east/import/preview/", {"file": "a text"})
    assert problem(nothing) == (400, "invalid", {"file"})  # type: ignore[arg-type]
    other = send(engineer, "east/import/preview/", RENAMED, site="west")
    assert problem(other) == (400, "invalid", {"site"})
    json = engineer.post("sites/east/import/preview/", file="uid")
    assert problem(json)[:2] == (415, "bad_media_type")


@pytest.mark.parametrize("parts", ["damaged", "many"])
def test_a_form_that_django_cannot_read_is_a_problem_like_others(
    engineer: Api, site: Site, parts: str
) -> None:
    one = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n'
    body = b"no form" if parts == "damaged" else one * 101 + b"--x--\r\n"
    kind = "multipart/form-data" + ("" if parts == "damaged" else "; boundary=x")

    answer = engineer.client.post("/api/v1/sites/east/import/preview/", body, content_type=kind)

    assert problem(answer)[:2] == (400, "invalid")  # type: ignore[arg-type]


@pytest.mark.parametrize("query", [{"format": "pdf"}, {"format": "csv", "sheet": "people"}])
def test_an_export_that_there_is_not_is_refused(
    engineer: Api, site: Site, query: dict[str, str]
) -> None:
    name = next(reversed(query))

    assert problem(engineer.ask("sites/east/export/", **query)) == (400, "invalid", {name})


def test_what_no_database_holds_is_a_mistake_of_its_row_or_a_text_like_others(
    engineer: Api, meter: Device
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["device", "name", "label", "register"])
    book.active.append(["M-1", "volts", "_xD800_", ""])
    for line, odd in enumerate(('"\\ud800": 1', '"scale": 1e999', '"\\u0000": 1'), start=3):
        point = f'{{"address": 6, "type": "float32", {odd}}}'
        book.active.append(["M-1", f"amps{line}", "", point])
    file = io.BytesIO()
    book.save(file)

    shown = look(engineer, file.getvalue())

    refused = rows(shown, "refused")
    assert [row["line"] for row in refused] == [3, 4, 5]
    assert all("This is not JSON" in row["reason"] for row in refused)
    (changed,) = rows(shown, "changed")
    assert changed["changes"] == [{"column": "label", "before": "", "after": "_xD800_"}]
