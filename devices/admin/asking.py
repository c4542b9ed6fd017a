"""A page between choosing an action and carrying it out, which asks for what it needs."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from devices.admin.pages import show

GO = "go"  # set by the button of the page: the form was filled in


def asked(request: HttpRequest, form: type[Form], /, **kwargs: Any) -> Form:
    """Return the form: filled in, if the page was shown already."""
    return form(request.POST if GO in request.POST else None, **kwargs)


def ask(
    admin: ModelAdmin[Any],
    request: HttpRequest,
    queryset: QuerySet[Any],
    form: Form,
    **context: Any,
) -> HttpResponse:
    """Show the page.

    Args:
        admin: whose action it is.
        request: of the action.
        queryset: what was selected.
        form: what to ask for.
        context: ``action`` (its name), ``title``, ``note`` and ``button``.
    """
    return show(
        admin,
        request,
        "admin/ask.html",
        form=form,
        selected=list(queryset),
        checkbox=ACTION_CHECKBOX_NAME,
        **context,
    )


def sentences(error: ValidationError) -> str:
    """Join everything that a service said against something."""
    return " ".join(error.messages)
