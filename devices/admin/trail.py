"""Who changed what. Read only, for administrators of the site."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from devices.admin.base import Journal
from devices.models import AuditEntry, Role


@admin.register(AuditEntry)
class AuditEntryAdmin(Journal):
    """The audit trail."""

    need_view = Role.ADMIN
    list_display = ("at", "actor", "action", "kind", "object_name", "changes", "remote")
    list_filter = ("kind", "action", "at")
    search_fields = ("actor", "object_name", "object_id", "remote")
    date_hierarchy = "at"
    fields = (
        *("at", "actor", "remote", "action", "kind", "object_name"),
        *("whole", "number", "digest"),
    )
    readonly_fields = fields

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
