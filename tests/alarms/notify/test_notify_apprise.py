"""Messengers through Apprise: which URLs are taken, and what becomes of a message."""

from __future__ import annotations

import pytest
from apprise.plugins.telegram import NotifyTelegram
from django.core.exceptions import ValidationError
from notify_https import Receiver

from alarms.notify.apprise import Apprise
from alarms.notify.base import Message, Outcome, Result

TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
TEAMS = "workflows://prod-1.westus.logic.azure.com:443/643e69f83c8944/ABCDEFG/"
MESSAGE = Message("4d1c9a30-0000-4000-8000-000000000001", "P1", "too hot", {})


@pytest.mark.parametrize(
    "url",
    [
        *(TELEGRAM, f"{TELEGRAM}?silent=yes", TEAMS, "wecombot://abcdefgh/"),
        "dingtalk://abcdefghijkl/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "discord://1234567890/abcdefghijklmnop/",
        "feishu://abcdefghijkl/",
    ],
)
def test_a_service_with_an_address_of_its_own_is_taken(url: str) -> None:
    Apprise().check({"secret": url})


@pytest.mark.parametrize(
    "url",
    [
        *(
            "json://localhost/x",
            "jsons://hooks.example/x",
            "xml://h/",
            "form://h/",
            "mailto://a:b@h",
        ),
        *(
            "gotify://h/token",
            "ntfy://h/topic",
            "matrix://a:b@h",
            "syslog://",
            "dbus://",
            "file:///x",
        ),
        *(
            "https://hooks.slack.com/services/A/B/C",
            "http://127.0.0.1/",
            "exec://x",
            "",
            "tgram",
            "x",
        ),
        *("tgram://", "tgram://x", "TGRAM", "workflows://127.0.0.1/643e69f83c8944/ABCDEFG/"),
        "workflows://logic.azure.com.evil.example/643e69f83c8944/ABCDEFG/",
        "workflows://evil.example#.logic.azure.com/643e69f83c8944/ABCDEFG/",
        "workflows://evil.example/643e69f83c8944/.logic.azure.com/",
        f"{TELEGRAM}?verify=no",
        f"{TELEGRAM}?template=/etc/passwd",
        f"{TELEGRAM}?redirect=yes",
        f"{TELEGRAM}?+X-Header=1",
        f"{TEAMS}?template=https://evil.example/",
    ],
)
def test_a_url_that_goes_to_any_host_or_has_dangerous_options_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Apprise().check({"secret": url})
    assert Apprise().send(MESSAGE, {"secret": url}).result is Result.PERMANENT


def send(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Send to a Telegram that is our own server: the edge of the world."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __import__("os").environ["SSL_CERT_FILE"])
    monkeypatch.setattr(NotifyTelegram, "notify_url", f"https://localhost:{hook.port}/bot")
    return Apprise().send(MESSAGE, {"secret": TELEGRAM})


def test_a_message_arrives(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(hook, monkeypatch).result is Result.SENT
    assert b"too hot" in hook.posts[0].body


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (401, Result.PERMANENT),
        (404, Result.PERMANENT),
        (429, Result.TEMPORARY),
        (502, Result.TEMPORARY),
    ],
)
def test_the_status_in_apprises_words_decides_whether_it_is_tried_again(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch, status: int, result: Result
) -> None:
    hook.answers = [(status, {})] * 4
    outcome = send(hook, monkeypatch)
    assert outcome.result is result
    assert str(status) in outcome.detail


def test_a_service_that_does_not_answer_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotifyTelegram, "notify_url", "https://localhost:1/bot")
    outcome = Apprise().send(MESSAGE, {"secret": TELEGRAM})
    assert outcome.result is Result.TEMPORARY
    assert outcome.down
