"""What the pages of our own have in common: the frame, and services that may say no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import BaseForm, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    _Base = ModelAdmin[Any]
else:
    _Base = object

Trail = list[tuple[str, str]]
TOO_LARGE: Final = "sentinel.too_large"  # in the scope: the form that was sent; see project/bounds


def add_refusal(form: BaseForm, error: ValidationError) -> None:
    """Show why a service said no, at the fields where they are in the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class ServedForm(ModelForm):  # type: ignore[type-arg]
    """A form that is shown again with what a service said against it."""

    refused: ValidationError | None = None

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's, unknown to its stubs
        if self.refused is not None:
            add_refusal(self, self.refused)


class Served(_Base):
    """Mix-in: what is entered is stored by a service, which may refuse it."""

    form = ServedForm

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        """Have the form know what was said against it."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.refused = getattr(request, "refused", None)
        return form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page again, with what was entered, when a service says no."""
        view: Callable[..., HttpResponse] = super().changeform_view
        try:
            return view(request, *args, **kwargs)
        except ValidationError as error:
            request.refused = error  # type: ignore[attr-defined]  # for `get_form`
            return view(request, *args, **kwargs)


def find(admin: ModelAdmin[Any], request: HttpRequest, pk: object, *, change: bool = True) -> Any:
    """Look up the object of a page of our own.

    Raises:
        Http404: there is none, or not for this user.
        PermissionDenied: the user may not change it.
    """
    obj = admin.get_object(request, str(pk))
    if obj is None:
        raise Http404
    if change and not admin.has_change_permission(request, obj):
        raise PermissionDenied
    return obj


def own_page(
    admin: ModelAdmin[Any], route: str, view: Callable[..., HttpResponse], name: str
) -> URLPattern:
    """Give a page of our own its address; only who may enter the administration gets there."""
    full = f"{admin.opts.app_label}_{admin.opts.model_name}_{name}"
    return path(route, admin.admin_site.admin_view(view), name=full)


def show(
    admin: ModelAdmin[Any],
    request: HttpRequest,
    template: str,
    *,
    obj: Model | None = None,
    **context: Any,
) -> TemplateResponse:
    """Render a page of our own in the frame of the administration."""
    if getattr(request, "scope", {}).get(TOO_LARGE):
        text = _("What you sent is too large, so nothing of it was looked at.")
        messages.error(request, text)
    return TemplateResponse(
        request,
        template,
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "media": admin.media,
            "trail": _trail(admin, obj),
            "subtitle": str(obj) if obj is not None else "",
            **context,
        },
    )


def page_of(obj: Model) -> str:
    """Return the address of the page of an object."""
    meta = obj._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])


def _trail(admin: ModelAdmin[Any], obj: Model | None) -> Trail:
    """Return the pages above this one, address and name."""
    meta = admin.opts
    listed = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    trail = [(listed, str(meta.verbose_name_plural))]
    return [*trail, (page_of(obj), str(obj))] if obj is not None else trail
