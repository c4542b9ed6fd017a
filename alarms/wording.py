"""What we called a rule, in the language of the page. What people wrote stays as it is.

Texts of the rules that nobody wrote are stored in English, whatever language the server speaks: a
row goes to all pages alike. Scripts do the same in ``alarmwords.name``.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext

from alarms.limits import LIMIT_KINDS
from alarms.models import Kind
from alarms.site_rules import DEFAULTS
from devices.camera_words import own_words

_OURS: Final = {text for each in DEFAULTS for text in (each.name, each.cause, each.action)}


def own_text(text: str) -> str:
    """Say a text of a rule that every site has in the language of the page."""
    return gettext(text) if text in _OURS else text


def own_name(name: str, tag: str) -> str:
    """Say the name of a rule in the language of the page, if nobody chose it.

    Args:
        name: of the rule.
        tag: what it watches, as people call it; a rule from a limit is named after both.
    """
    for kind in LIMIT_KINDS:
        if tag and name == limit_name(tag, kind):
            return f"{own_words(tag)} {kind.label}"
    return own_text(name)


def limit_name(tag: str, kind: Kind) -> str:
    """Name a rule that comes from a limit of a tag, in English."""
    limit = kind.value.replace("_", " ")
    return f"{tag[: 99 - len(limit)]} {limit}"
