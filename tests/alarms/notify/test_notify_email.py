"""E-mail, against a real mail server."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from notify_smtp import MailServer
from pytest_django.fixtures import Settings

from alarms.notify.base import Message, Outcome, Result
from alarms.notify.email import MAX_RECIPIENTS, Email

MESSAGE = Message(
    "4d1c9a30-0000-4000-8000-000000000001", "P1 紧急: 91.2 °C", "too hot\nOpen the damper", {}
)


def send(recipient: str = "olga@plant.test") -> Outcome:
    return Email().send(MESSAGE, {"recipients": [recipient], "recipient": recipient})


def test_a_mail_arrives_with_an_id_that_is_the_same_each_time(mail: MailServer) -> None:
    assert send().result is Result.SENT
    assert send().result is Result.SENT
    first, second = mail.mails
    assert mail.recipients == ["olga@plant.test"] * 2
    assert first["Subject"] == MESSAGE.subject
    assert first.get_content().split() == MESSAGE.body.split()
    assert first["From"] == "Sentinel <sentinel@plant.test>"
    assert first["Message-ID"] == second["Message-ID"] == f"<{MESSAGE.id}@plant.test>"
    assert first["X-Sentinel-Delivery"] == MESSAGE.id
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("verb", "answer", "result"),
    [
        ("RCPT", "450 greylisted", Result.TEMPORARY),
        ("RCPT", "550 no such user", Result.PERMANENT),
        ("MAIL", "452 full", Result.TEMPORARY),
        ("MAIL", "553 not you", Result.PERMANENT),
        ("DATA", "451 later", Result.TEMPORARY),
        ("DATA", "554 no", Result.PERMANENT),
        ("END", "421 going down", Result.TEMPORARY),
        ("END", "552 too large", Result.PERMANENT),
        ("CONNECT", "554 not here", Result.TEMPORARY),
    ],
)
def test_the_code_decides_whether_it_is_tried_again(
    mail: MailServer, verb: str, answer: str, result: Result
) -> None:
    mail.answers = {verb: [answer]}
    outcome = send()
    assert outcome.result is result
    assert answer[:3] in outcome.detail
    assert not mail.mails


def test_a_server_that_hangs_up_is_tried_again(mail: MailServer) -> None:
    mail.answers = {"END": [""]}
    assert send().result is Result.TEMPORARY


def test_a_server_that_is_away_is_tried_again(mail: MailServer, settings: Settings) -> None:
    settings.EMAIL_PORT = 1
    outcome = send()
    assert outcome.result is Result.TEMPORARY
    assert outcome.down


@pytest.mark.parametrize("address", ["a\nBcc: b@plant.test", "olga@plant.test\r\nX: y"])
def test_an_address_with_a_line_break_is_never_sent_to(mail: MailServer, address: str) -> None:
    assert send(address).result is Result.PERMANENT
    assert not mail.mails


@pytest.mark.parametrize(
    "recipients",
    [[], "a@b.test", None, ["nobody"], ["a@b.test"] * (MAX_RECIPIENTS + 1), ["a@b.test", "x y@z"]],
)
def test_what_are_no_recipients_is_refused(recipients: object, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.test"
    with pytest.raises(ValidationError):
        Email().check({"recipients": recipients})


def test_without_a_mail_server_there_is_no_such_channel(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    with pytest.raises(ValidationError, match="EMAIL_HOST"):
        Email().check({"recipients": ["a@b.test"]})
