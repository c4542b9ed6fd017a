"""The doors around the live pages: theme, catalogue, and what is said when something is wrong."""

from __future__ import annotations

import gzip
import json
from urllib.parse import unquote

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory

from project import views
from project.bounds import bounded
from project.catalog import catalog_digest


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_the_theme_switch_never_leads_to_another_site(client: Client, back: str) -> None:
    answer = client.post("/theme/", {"theme": "light", "next": back})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_page_travels_compressed_to_those_who_can_unpack_it(client: Client) -> None:
    plain = client.get("/login/")
    packed = client.get("/login/", headers={"Accept-Encoding": "gzip"})
    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert b'name="username"' in gzip.decompress(packed.content)


def test_an_unknown_theme_is_not_remembered(client: Client) -> None:
    answer = client.post("/theme/", {"theme": "pink", "next": "/login/"})
    assert answer["Location"] == "/login/"
    assert "sentinel_theme" not in answer.cookies
    client.cookies["sentinel_theme"] = "pink"
    assert 'data-theme="dark"' in client.get("/login/").content.decode()


def test_theme_and_language_are_switched_by_post_only(client: Client) -> None:
    assert client.get("/theme/").status_code == 405
    answer = client.get("/language/?language=zh-hans")
    assert "django_language" not in answer.cookies


def test_a_form_without_its_token_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/theme/", {"theme": "light"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "no data %s"), ("zh-hans", "无数据 %s")])
def test_the_catalogue_speaks_the_language_of_its_address(
    client: Client, language: str, word: str
) -> None:
    answer = client.get(
        f"/catalog/{language}/{catalog_digest()}.js", headers={"accept-language": "fr"}
    )
    assert (json.dumps(word) in answer.content.decode()) == (language != "en")
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/catalog/fr/{digest}.js", "/catalog/en/000000000000.js"])
def test_other_catalogues_do_not_exist(client: Client, path: str) -> None:
    assert client.get(path.format(digest=catalog_digest())).status_code == 404


@pytest.mark.parametrize(
    ("view", "error", "status"),
    [
        (views.bad_request, SuspiciousOperation(), 400),
        (views.permission_denied, PermissionDenied(), 403),
        (views.page_not_found, Http404(), 404),
    ],
)
def test_an_error_page_needs_no_session_and_no_database(
    rf: RequestFactory, view: views.ErrorView, error: Exception, status: int
) -> None:
    answer = view(rf.get("/"), error)
    assert answer.status_code == status
    assert f"Error {status}" in answer.content.decode()


@pytest.mark.parametrize("address", ["/?area=%00", "/devices/%00/"])
async def test_an_address_that_holds_nul_gets_a_page_where_a_browser_asks(address: str) -> None:
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(b"host", b"testserver"), (b"accept", b"text/html,*/*")],
    }
    asking = ApplicationCommunicator(bounded(get_asgi_application()), scope)
    await asking.send_input({"type": "http.request", "body": b""})
    start = await asking.receive_output()
    body = await asking.receive_output()
    await asking.wait()
    assert start["status"] == 400
    assert b"Error 400" in body["body"]
    assert any(name.lower() == b"content-security-policy" for name, _value in start["headers"])


def test_the_page_for_a_broken_server_needs_no_session_and_no_database(rf: RequestFactory) -> None:
    request: HttpRequest = rf.get("/")
    request.COOKIES["sentinel_theme"] = "light"
    answer = views.server_error(request)
    assert answer.status_code == 500
    assert 'data-theme="light"' in answer.content.decode()


@pytest.mark.django_db
def test_every_page_forbids_what_it_does_not_need(client: Client) -> None:
    client.force_login(User.objects.create_user("somebody"))
    for path in ("/", "/login/", "/nothing/"):
        answer = client.get(path, follow=True)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
