"""Why a message failed or was not needed, in words.

What an attempt came to is stored in English, with what the other side said. It is translated where
somebody reads it, because the worker that wrote it has no language.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from django.utils.translation import gettext, gettext_lazy, gettext_noop

# Why a notification was not needed any more; other texts are shown as they are.
WHYS: Final = {
    "acknowledge": gettext_lazy("the alarm was acknowledged"),
    "clear": gettext_lazy("the alarm returned to normal"),
    "reset": gettext_lazy("the alarm was reset"),
    "shelve": gettext_lazy("the alarm was shelved"),
    "suppress": gettext_lazy("the alarm was suppressed by design"),
    "remove": gettext_lazy("the alarm was taken out of service"),
    "announced_anew": gettext_lazy("the alarm was announced anew"),
    "over": gettext_lazy("the alarm no longer waits for an acknowledgement"),
    "raise_not_sent": gettext_lazy("nobody was told of the alarm by this way"),
    "channel_deleted": gettext_lazy("the channel was deleted"),
    "channel_disabled": gettext_lazy("the channel was disabled"),
    "route_deleted": gettext_lazy("the route was deleted"),
    "route_disabled": gettext_lazy("the route was disabled"),
}
NOT_PUBLIC: Final = gettext_noop("not a public address")
NOT_FOUND: Final = gettext_noop("name not found")
NO_ANSWER: Final = gettext_noop("no whole answer in time")
REDIRECTED: Final = gettext_noop("redirects are not followed")
NO_SERVER: Final = gettext_noop("No mail server is set: see EMAIL_HOST in .env.example.")
MAYBE_SENT: Final = gettext_noop(
    "may have been sent before: the worker was lost during the attempt"
)
TOO_LATE: Final = gettext_noop("after its claim ran out")
GIVEN_UP: Final = gettext_noop("given up after attempt %(count)s")
LOST: Final = gettext_noop("given up: the worker was lost %(count)s times while sending it")

_PHRASES: Final = (NOT_PUBLIC, NOT_FOUND, NO_ANSWER, REDIRECTED, NO_SERVER, MAYBE_SENT, TOO_LATE)
_COUNTED: Final = {
    re.compile(re.escape(text).replace(re.escape("%(count)s"), r"(\d+)")): text
    for text in (GIVEN_UP, LOST)
}


def why_in_words(why: str) -> str:
    """Say why a message ended, or what an attempt came to; unknown texts stay as they are."""
    if why in WHYS:
        return str(WHYS[why])
    for pattern, text in _COUNTED.items():
        why = pattern.sub(partial(_counted, text), why)
    for phrase in _PHRASES:
        why = why.replace(phrase, gettext(phrase))
    return why


def _counted(text: str, found: re.Match[str]) -> str:
    return gettext(text) % {"count": found[1]}
