"""What the pages of the administration share."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest


class NotByHand:
    """Mix-in: written by services only, so nobody may add, change or delete it here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say no."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say no."""
        return False


class Journal(NotByHand, admin.ModelAdmin):  # type: ignore[type-arg]
    """A table that is only looked at, newest first."""

    list_per_page = 50
    show_full_result_count = False  # these tables grow
    actions = None
