from __future__ import annotations

import pytest

from edge.__main__ import main


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (["0", "--unit", "300"], "unit: 0 to 255"),
        (["99999"], "address: 0 to 65535"),
        (["0", "--count", "126"], "count: 1 to 125"),
        (["65535", "--count", "2"], "count: 1 to 125"),
    ],
)
def test_a_register_that_cannot_be_is_refused_by_what_is_wrong(
    words: list[str], mistake: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["guess", "127.0.0.1:9", *words]) == 1
    assert mistake in capsys.readouterr().err
