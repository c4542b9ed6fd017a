"""What docs/abuse.md lists is what is sent."""

from __future__ import annotations

from browser_inputs import KNOCKS, SAYINGS
from documented import answers
from frame_inputs import FRAMES
from gateway_inputs import MESSAGES, OPENINGS
from http_inputs import REQUESTS

TABLES = (MESSAGES, OPENINGS, FRAMES, SAYINGS, KNOCKS, REQUESTS)


def test_every_case_is_documented_and_every_documented_case_is_sent() -> None:
    assert sorted(answers()) == sorted(case for table in TABLES for case in table)


def test_the_platform_is_asked_more_than_two_hundred_bad_things() -> None:
    assert len(answers()) > 200
