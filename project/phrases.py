"""Words for codes in reports, in the language of the page; a report is the same for all."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from edge.wire import Close
from project.templatetags.plant import closing_words

_GAPS: Final = {
    "quota": _("the spool was full"),
    "age": _("too old to be kept"),
    "corrupt": _("damaged in the spool"),
    "refused": _("refused by the server"),
    "operator": _("given up by a person"),
}
_CODES: Final = {
    "unknown_tag": _("the registry does not know the tag"),
    "unknown_device": _("the registry does not know the device"),
    "too_old": _("older than what is kept"),
    "in_future": _("from the future: a clock is wrong"),
    "bad_time": _("no readable time"),
    "bad_tag": _("no readable tag number"),
    "bad_quality": _("no readable quality"),
    "bad_value": _("no readable value"),
    "bad_text": _("text too long or not readable"),
    "no_value": _("good, but without a value"),
    "value_of_bad_reading": _("bad, but with a value"),
    "ragged": _("columns of different length"),
    "database": _("the database refused it"),
}
_STREAMS: Final = {
    "events": _("events"),
    "live": _("live readings"),
    "history": _("late readings"),
}


def phrases() -> dict[str, dict[str, str]]:
    """Return kind of code -> code -> words."""
    closings = {str(int(code)): closing_words(code) for code in (*Close, 1006, 1011)}
    kinds = {"gaps": _GAPS, "codes": _CODES, "streams": _STREAMS}
    words = {
        kind: {code: str(text) for code, text in known.items()} for kind, known in kinds.items()
    }
    return words | {"closings": closings}
