"""Forms whose answer is a secret that is shown once: sent again by a reload, they make nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Max, QuerySet


class SentAlready(Exception):
    """Since the form was made something was made with it, or beside it."""


class OnceForm(forms.Form):
    """Says what was the newest when it was made; whoever shows it writes that into the page."""

    after = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def take(self, rows: QuerySet[Any]) -> dict[str, Any]:
        """Return what else was entered. Who calls this twice at once must hold a lock.

        Args:
            rows: what the form adds to.

        Raises:
            SentAlready: there is a newer one.
        """
        fields = dict(self.cleaned_data)
        if newest_of(rows) != (fields.pop("after") or 0):
            raise SentAlready
        return fields


def newest_of(rows: QuerySet[Any]) -> int:
    """Return the key of the newest row; 0: there is none."""
    return rows.aggregate(newest=Max("pk"))["newest"] or 0
