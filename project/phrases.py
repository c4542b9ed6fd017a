"""Words for codes in reports, in the language of the page; a report is the same for all."""

from __future__ import annotations

from devices.wording import CLOSINGS, CODES, GAPS, STREAMS, Words


def phrases() -> dict[str, dict[str, str]]:
    """Return kind of code -> code -> words."""
    closings = {int(code): text for code, text in CLOSINGS.items()}
    kinds: dict[str, Words] = {"gaps": GAPS, "codes": CODES, "streams": STREAMS}
    return {
        kind: {str(code): str(text) for code, text in words.items()}
        for kind, words in (kinds | {"closings": closings}).items()
    }
