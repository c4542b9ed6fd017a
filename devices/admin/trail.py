"""Who changed what. Read only, for administrators of the site."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from devices.admin.base import Journal
from devices.admin.narrowing import by_words
from devices.models import AuditEntry, Role
from devices.wording import ACTIONS, in_words, kind_words


@admin.register(AuditEntry)
class AuditEntryAdmin(Journal):
    """The audit trail."""

    need_view = Role.ADMIN
    list_display = ("at", "actor", "done", "what", "object_name", "changes", "remote")
    list_filter = (("kind", by_words(kind_words)), ("action", by_words(ACTIONS)), "at")
    search_fields = ("actor", "object_name", "object_id", "remote")
    date_hierarchy = "at"
    fields = (
        *("at", "actor", "remote", "done", "what", "object_name"),
        *("whole", "number", "digest"),
    )
    readonly_fields = fields

    @admin.display(description=_("action"), ordering="action")
    def done(self, entry: AuditEntry) -> str:
        """Say what was done."""
        return in_words(ACTIONS, entry.action)

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, entry: AuditEntry) -> str:
        """Say what kind of thing it was done to."""
        return kind_words(entry.kind)

    @admin.display(description=_("changes"))
    def changes(self, entry: AuditEntry) -> str:
        """Name the fields."""
        names = [*{**(entry.before or {}), **(entry.after or {})}]
        return ", ".join(names[:6]) + (" …" if len(names) > 6 else "")

    @admin.display(description=_("changes"))
    def whole(self, entry: AuditEntry) -> SafeString:
        """Say what each field was and became."""
        before, after = entry.before or {}, entry.after or {}
        rows = [(name, _text(before.get(name)), _text(after.get(name))) for name in before | after]
        lines = format_html_join(
            "", "<tr><th>{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>", rows
        )
        head = format_html(
            "<tr><th>{}</th><th>{}</th><th>{}</th></tr>", _("field"), _("before"), _("after")
        )
        return format_html('<div class="wide-table"><table>{}{}</table></div>', head, lines)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
