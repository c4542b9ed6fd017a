"""The webhook, against a real HTTPS server."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from notify_https import Receiver
from pytest_django.fixtures import Settings

from alarms.notify import webhook
from alarms.notify.base import Message, Outcome, Result
from alarms.notify.webhook import Webhook

SECRET = "0123456789abcdef0123456789abcdef"
MESSAGE = Message(
    "4d1c9a30-0000-4000-8000-000000000001", "P1", "too hot", {"value": 91.2, "u": "°C"}
)


def send(url: str) -> Outcome:
    return Webhook().send(MESSAGE, {"url": url, "secret": SECRET})


def test_a_message_arrives_as_json_with_its_id_and_a_signature_that_openssl_would_make(
    hook: Receiver,
) -> None:
    assert send(hook.url()).result is Result.SENT
    (post,) = hook.posts
    assert post.path == "/hook?plant=east"
    assert json.loads(post.body) == {
        "id": MESSAGE.id, "subject": "P1", "text": "too hot", "value": 91.2, "u": "°C",
    }  # fmt: skip
    assert post.headers["X-Sentinel-Delivery"] == MESSAGE.id
    assert post.headers["Host"] == f"localhost:{hook.port}"
    stamp = post.headers["X-Sentinel-Timestamp"]
    assert abs(int(stamp) - time.time()) < 30
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + post.body, hashlib.sha256)
    assert post.headers["X-Sentinel-Signature"] == f"v1={expected.hexdigest()}"


def test_the_signature_of_a_known_body_is_the_one_of_the_documentation() -> None:
    # printf '1700000000.{"id":"x"}' | openssl dgst -sha256 -hmac 0123456789abcdef
    assert webhook.signature("0123456789abcdef", 1_700_000_000, b'{"id":"x"}') == (
        "v1=f1cf8ba6a2fa64bd8193b9db564f42cd35d0fc2a46f6a2c2903f897838a7f23a"
    )


@pytest.mark.parametrize(
    ("status", "result"),
    [
        *((200, Result.SENT), (202, Result.SENT), (204, Result.SENT)),
        *((301, Result.PERMANENT), (302, Result.PERMANENT), (308, Result.PERMANENT)),
        *((400, Result.PERMANENT), (401, Result.PERMANENT), (404, Result.PERMANENT)),
        *((410, Result.PERMANENT), (408, Result.TEMPORARY), (425, Result.TEMPORARY)),
        *((429, Result.TEMPORARY), (500, Result.TEMPORARY), (503, Result.TEMPORARY)),
    ],
)
def test_the_status_decides_whether_it_is_tried_again(
    hook: Receiver, status: int, result: Result
) -> None:
    hook.answers = [(status, {})]
    outcome = send(hook.url())
    assert outcome.result is result
    assert str(status) in outcome.detail


def test_a_redirect_is_not_followed(hook: Receiver) -> None:
    hook.answers = [(307, {"Location": f"https://localhost:{hook.port}/elsewhere"})]
    assert send(hook.url()).result is Result.PERMANENT
    assert [post.path for post in hook.posts] == ["/hook?plant=east"]


def test_an_answer_that_never_ends_is_given_up(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.3)
    hook.drips = True
    started = time.monotonic()
    assert send(hook.url()).result is Result.TEMPORARY
    assert time.monotonic() - started < 5


def test_an_address_that_is_not_public_is_refused_before_anybody_connects(
    hook: Receiver, settings: Settings
) -> None:
    settings.NOTIFY_ALLOW_NETWORKS = ()
    outcome = send(hook.url())
    assert outcome.result is Result.PERMANENT
    assert "127.0.0.1" in outcome.detail or "::1" in outcome.detail
    assert not hook.posts


def test_a_name_is_resolved_once_and_connected_to_as_it_was_judged(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, []

    def rebinding(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.test":
            return real(host, *args, **kwargs)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return real(address, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert send(hook.url("rebind.test")).result is Result.SENT
    assert asked == ["rebind.test"]
    assert hook.posts[0].headers["Host"] == f"rebind.test:{hook.port}"


def test_a_certificate_for_another_name_is_refused(hook: Receiver) -> None:
    outcome = send(hook.url("127.0.0.1"))
    assert outcome.result is Result.TEMPORARY
    assert "certificate" in outcome.detail.lower()
    assert not hook.posts


def test_a_port_where_nobody_listens_is_tried_again_later(hook: Receiver) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = send(f"https://127.0.0.1:{port}/")
    assert outcome.result is Result.TEMPORARY
    assert outcome.down


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://hooks.example/",
            "ftp://hooks.example/",
            "file:///etc/passwd",
            "//x",
            "",
            "https://",
        ),
        *("https://user@hooks.example/", "https://a:b@hooks.example/", "https://hooks.example/#x"),
        *("https://hooks.example/ x", "https://hooks.example/\r\nX: y", "https://hooks.example:0/"),
        *("https://hooks.example:70000/", "https://[::1/", "https://hooks.example:x/"),
        f"https://{'a' * 64}.example/",
    ],
)
def test_what_is_no_url_for_a_webhook_is_refused_when_it_is_entered_and_when_it_is_sent(
    url: str,
) -> None:
    with pytest.raises(ValidationError):
        Webhook().check({"url": url, "secret": SECRET})
    assert send(url).result is Result.PERMANENT


def test_a_short_secret_is_refused() -> None:
    Webhook().check({"url": "https://hooks.example/x", "secret": SECRET})
    with pytest.raises(ValidationError, match="16"):
        Webhook().check({"url": "https://hooks.example/x", "secret": "short"})
