"""What the pages of the administration show: values of exchange files, first rows of long lists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def cell(value: Any) -> str:
    """Write a value as it stands in a file; nothing is a dash."""
    if value is None or value == "" or value == {}:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)


@register.filter
def first_rows(rows: Sequence[Any], most: int) -> Sequence[Any]:
    """Return the first rows of a list that may be long."""
    return rows[:most]
