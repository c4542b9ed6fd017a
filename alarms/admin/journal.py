"""The alarm journal. Read only, for engineers of the site."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alarms.models import JournalEntry, Kind, Priority
from alarms.states import Hold, State, Trigger
from alarms.wording import own_name
from devices.admin.base import Journal
from devices.admin.narrowing import by_words
from devices.wording import in_words

# The same words as in static/js/alarmwords.js.
ACTIONS: Final = {
    Trigger.RAISE: pgettext_lazy("alarm", "raised"),
    Trigger.CLEAR: pgettext_lazy("alarm", "returned to normal"),
    Trigger.ACKNOWLEDGE: pgettext_lazy("alarm", "acknowledged"),
    "comment": pgettext_lazy("alarm", "comment"),
    Trigger.RESET: pgettext_lazy("alarm", "reset"),
    Trigger.SHELVE: pgettext_lazy("alarm", "shelved"),
    Trigger.UNSHELVE: pgettext_lazy("alarm", "shelf ended"),
    Trigger.SUPPRESS: pgettext_lazy("alarm", "suppressed by design"),
    Trigger.UNSUPPRESS: pgettext_lazy("alarm", "not suppressed any more"),
    Trigger.REMOVE: pgettext_lazy("alarm", "taken out of service"),
    Trigger.RESTORE: pgettext_lazy("alarm", "back in service"),
}
STATES: Final = {
    State.NORMAL: _("normal"),
    State.UNACKNOWLEDGED: _("unacknowledged"),
    State.ACKNOWLEDGED: _("acknowledged"),
    State.RETURNED: _("returned, unacknowledged"),
    State.LATCHED_UNACKNOWLEDGED: _("returned, latched, unacknowledged"),
    State.LATCHED: _("returned, latched"),
}
HOLDS: Final = {
    Hold.SHELVED: _("shelved"),
    Hold.SUPPRESSED: _("suppressed by design"),
    Hold.OUT_OF_SERVICE: _("out of service"),
}


def _kind_words(code: str) -> str:
    return str(Kind(code).label) if code in Kind.values else code


def _priority_words(code: str) -> str:
    return str(Priority(int(code)).label) if code.isdecimal() else code


def _rounded(value: float | None) -> str | None:
    """Write a measured number with the four digits that people read, and no exponent if large."""
    if value is None:
        return None
    return f"{value:.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


@admin.register(JournalEntry)
class JournalEntryAdmin(Journal):
    """What happened to alarms. It outlives rules and devices: names are those of the time."""

    list_display = (
        *("at", "name", "priority_words", "what", "place", "value_words", "limit_words", "actor"),
        "detail",
    )
    list_filter = (
        "at",
        ("action", by_words(ACTIONS)),
        ("priority", by_words(_priority_words)),
        ("kind", by_words(_kind_words)),
        "historical",
    )
    search_fields = ("rule_name", "device_uid", "tag_name", "actor", "reason")
    date_hierarchy = "at"
    fields = readonly_fields = (
        *("number", "at", "source_time", "what", "name", "rule_version", "kind_words"),
        *("priority_words", "place", "area", "before_words", "after_words", "holds_words"),
        *("value_words", "limit_words", "actor", "detail"),
    )

    @admin.display(description=_("rule"), ordering="rule_name")
    def name(self, entry: Any) -> str:
        """Name the rule as it was called then."""
        return own_name(entry.rule_name, entry.tag_name)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_words(self, entry: Any) -> str:
        """Say what the rule looked at."""
        return _kind_words(entry.kind)

    @admin.display(description=_("priority"), ordering="priority")
    def priority_words(self, entry: Any) -> str:
        """Write the number with its word."""
        return format_html("{} {}", entry.priority, _priority_words(str(entry.priority)))

    @admin.display(description=_("what"), ordering="action")
    def what(self, entry: Any) -> str:
        """Say what happened, and whether it was found in readings that came late."""
        words = in_words(ACTIONS, entry.action)
        return f"{words}, {_('historical')}" if entry.historical else words

    @admin.display(description=_("where"), ordering="device_uid")
    def place(self, entry: Any) -> str:
        """Name device and tag."""
        return " / ".join(filter(None, (entry.device_uid, entry.tag_name)))

    @admin.display(description=_("value"), ordering="value")
    def value_words(self, entry: Any) -> str | None:
        """Write what was compared."""
        return _rounded(entry.value)

    @admin.display(description=_("limit"), ordering="limit")
    def limit_words(self, entry: Any) -> str | None:
        """Write what it was compared with."""
        return None if entry.limit is None else f"{entry.limit:g}"

    @admin.display(description=_("from"))
    def before_words(self, entry: Any) -> str:
        """Name the state before."""
        return in_words(STATES, entry.before)

    @admin.display(description=_("to"))
    def after_words(self, entry: Any) -> str:
        """Name the state after it."""
        return in_words(STATES, entry.after)

    @admin.display(description=_("held"))
    def holds_words(self, entry: Any) -> str:
        """Say what held the alarm back afterwards."""
        return ", ".join(in_words(HOLDS, code) for code in entry.holds.split(",") if code)

    @admin.display(description=_("why"))
    def detail(self, entry: Any) -> str:
        """Say why, in the words of whoever did it."""
        return str(entry.reason)
