"""The key figures of a site, on its page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from devices.admin.base import SiteScoped
from devices.figures import MOST, check_figure, save_figures
from devices.models import Site, SiteFigure


class FigureForm(ModelForm):  # type: ignore[type-arg]
    """Says at once, at the field, which tags do not fit."""

    def clean(self) -> dict[str, Any]:
        """Check the tags as the service will."""
        known: dict[str, Any] = super().clean() or self.cleaned_data
        if "kind" in known and "tags" in known:
            tags = list(known["tags"].select_related("device"))
            check_figure(site_id=self.instance.site_id, kind=known["kind"], tags=tags)
        return known


class FigureInline(SiteScoped, admin.TabularInline):  # type: ignore[type-arg]
    """Which tiles stand on top of the overview, and in which order."""

    model = SiteFigure
    form = FigureForm
    extra = 0
    max_num = MOST
    fields = ("position", "kind", "tags", "label", "target")
    autocomplete_fields = ("tags",)
    template = "admin/devices/figures.html"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the tags that are there: a new one is made at its device."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "tags":
            field.widget.can_add_related = False
        return field


def save_figure_rows(site: Site, formset: Any) -> None:
    """Store the key figures of a table through the service."""
    formset.save(commit=False)  # sorts out what was changed and deleted
    gone = formset.deleted_forms
    changed = [
        (form.instance, list(form.cleaned_data["tags"].select_related("device")))
        for form in formset.forms
        if form.has_changed() and form not in gone
    ]
    if changed or formset.deleted_objects:
        save_figures(site=site, changed=changed, deleted=formset.deleted_objects)
