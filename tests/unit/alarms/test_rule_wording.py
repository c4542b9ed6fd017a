"""Names of rules that nobody wrote, in the language of the page."""

from __future__ import annotations

import pytest
from django.utils import translation

from alarms.wording import own_name


@pytest.mark.parametrize(
    ("name", "tag", "said"),
    [
        ("Device offline", "", "设备离线"),
        ("Frequency high high", "Frequency", "Frequency 高高"),
        ("Frequency high high", "Voltage", "Frequency high high"),
        ("Tank too high", "Tank", "Tank too high"),
    ],
)
def test_a_rule_that_nobody_named_is_called_in_the_language_of_the_page(
    name: str, tag: str, said: str
) -> None:
    with translation.override("zh-hans"):
        assert own_name(name, tag) == said
