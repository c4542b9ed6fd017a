"""What the pages of the administration share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices.access import SITE_OF, may, may_somewhere, rows_for, scoped, site_id_of
from devices.models import Role

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object


def person(field: str, said: Any) -> Any:
    """Return a column that names who did something. Django's own link leads where few may go.

    Args:
        field: of the row, to a user or to nobody.
        said: lazy text.
    """

    @admin.display(description=said)
    def named(row: Any) -> str:
        return str(getattr(row, field) or "–")

    return named


CREATOR: Final[Any] = person("created_by", _("created by"))


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


class SiteScoped(_Base):
    """Mix-in for admin pages and inlines: rows and rights by the role at the row's site.

    Put it first (after `NotByHand`). The model must be in `devices.access.SITE_OF`, or belong to no
    site: then a role counts at whichever site it is. Choices of rows of other tables are those at
    sites where the user may make this change. Django's own permissions play no part.
    """

    need_view: Role = Role.ENGINEER
    need_change: Role = Role.ENGINEER
    need_add: Role | None = None  # None: as for a change
    need_delete: Role | None = None  # None: as for a change

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out the rows of other sites."""
        rows = super().get_queryset(request)
        return scoped(rows, request.user, self.need_view) if self.model in SITE_OF else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Say whether there is anything here for this user."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether this row, or any, may be looked at."""
        return _may(request, obj, self.need_view)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether this row, or any, may be changed."""
        return _may(request, obj, self.need_change)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether a row may be added; for an inline, to this object."""
        return _may(request, obj, self.need_add or self.need_change)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether this row, or any, may be deleted."""
        return _may(request, obj, self.need_delete or self.need_change)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer only what the user may connect with."""
        target = db_field.remote_field.model
        if "queryset" not in kwargs and target in SITE_OF:
            kwargs["queryset"] = rows_for(request.user, target, self.need_change)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class OwnSitesFilter(admin.RelatedFieldListFilter):
    """Narrows a list down by rows of another table: those that the user may know of."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[Any]:
        """Leave out the rows of other sites."""
        target = field.remote_field.model
        if target not in SITE_OF:
            return super().field_choices(field, request, model_admin)
        need = getattr(model_admin, "need_view", Role.ENGINEER)
        return [(str(row.pk), str(row)) for row in rows_for(request.user, target, need)]


admin.FieldListFilter.register(
    lambda field: field.remote_field is not None and field.remote_field.model in SITE_OF,
    OwnSitesFilter,
    take_priority=True,
)


def _may(request: HttpRequest, obj: Model | None, need: Role) -> bool:
    """Decide by the site of the object; of an inline that is the object it is shown on."""
    site_id = site_id_of(obj) if obj is not None and obj.pk is not None else None
    if site_id is None:
        return may_somewhere(request.user, need)
    return may(request.user, site_id, need)


class Journal(NotByHand, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """A table that is only looked at, newest first."""

    need_view = Role.ENGINEER
    list_per_page = 50
    show_full_result_count = False  # these tables grow
    actions = None
