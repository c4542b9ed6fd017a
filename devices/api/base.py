"""What the endpoints share: whose rows, which role, pages of rows, and no lost updates.

An endpoint is a door: it finds the rows that the user may see, checks the role at the site of each
row it touches, and calls one service.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import mixins
from rest_framework.pagination import BasePagination, CursorPagination, PageNumberPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from devices.access import SITE_OF, may_somewhere, require, scoped, site_id_of
from devices.api.problems import ChangedMeanwhile
from devices.api.strict import refuse_unknown_parameters
from devices.models import Role

READS = frozenset({"GET", "HEAD"})


class Pages(PageNumberPagination):
    """Pages by number: ``?page=2&page_size=100``."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class Newest(CursorPagination):
    """Pages of a table that grows while it is read: follow ``next``."""

    page_size = 50
    ordering = "-pk"


class SiteRole(IsAuthenticated):
    """Asks for the role that the endpoint needs.

    Of a row it is the role at the row's site: what cannot be seen was not found before this is
    asked. Of a list or a new row it is the role at any site; the rows are those of these sites.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask for a session, and on a list for the role."""
        if not super().has_permission(request, view):
            return False
        assert isinstance(view, SiteView)  # noqa: S101 - nothing else uses it
        need = view.need()
        return view.detail or need == Role.VIEWER or may_somewhere(request.user, need)

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        """Ask for the role at the site of the row.

        Raises:
            PermissionDenied: it is a lesser one.
        """
        assert isinstance(view, SiteView)  # noqa: S101 - nothing else uses it
        view.require_at(obj, view.need())
        return True


class SiteView(GenericViewSet[Any]):
    """Rows of one table at the user's sites, if it is in `devices.access.SITE_OF`; else all."""

    permission_classes = (SiteRole,)
    renderer_classes = (JSONRenderer,)
    pagination_class: type[BasePagination] = Pages
    http_method_names = ["get", "post", "patch", "delete", "head"]
    need_view: Role = Role.VIEWER
    need_change: Role = Role.ENGINEER

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what a list cannot be narrowed down by, once it is known who asks."""
        super().initial(request, *args, **kwargs)
        if self.action == "list":
            refuse_unknown_parameters(request, self.parameters())

    def parameters(self) -> set[str]:
        """Return what the address of the list may ask for, as the schema has it."""
        parts: list[Any] = [*(backend() for backend in self.filter_backends)]
        parts.append(self.pagination_class())
        told = [part for part in parts if hasattr(part, "get_schema_operation_parameters")]
        named = {one["name"] for part in told for one in part.get_schema_operation_parameters(self)}
        filters: Any = getattr(self, "filterset_class", None)
        return named | set(filters.base_filters if filters else ())  # that backend tells none

    def need(self) -> Role:
        """Return the role that this request needs."""
        return self.need_view if self.request.method in READS else self.need_change

    @property
    def user(self) -> User:
        """Whoever asks; `SiteRole` let nobody else in."""
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101
        return user

    def get_queryset(self) -> QuerySet[Any]:
        """Leave out what the user may not see."""
        rows = super().get_queryset()
        if rows.model not in SITE_OF:
            return rows
        return scoped(rows, self.request.user, self.need_view)

    def require_at(self, row: Model, need: Role) -> None:
        """Let only those pass who have the role at the site of a row they see.

        Raises:
            PermissionDenied: the others.
        """
        site_id = site_id_of(row)
        if site_id is not None:
            require(self.request.user, site_id, need)

    def check_values(self, values: Mapping[str, Any]) -> None:
        """Ask for the role also at the sites of the rows that a change leads to.

        Raises:
            PermissionDenied: it is a lesser one.
        """
        for value in values.values():
            if isinstance(value, Model) and type(value) in SITE_OF:
                self.require_at(value, self.need_change)


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, SiteView):
    """Rows that are only looked at here."""


class Registry(mixins.ListModelMixin, SiteView):
    """Rows that are created, changed and deleted here, through the services ``store``, ``remove``.

    What is read carries an ``ETag``. A change that sends it back in ``If-Match`` is refused when
    somebody else was faster.
    """

    not_versioned: frozenset[str] = frozenset()  # what is shown but not stored

    def store(self, row: Any) -> None:
        """Call the service that stores a new or changed row."""
        raise NotImplementedError

    def remove(self, row: Any) -> None:
        """Call the service that deletes a row."""
        raise NotImplementedError

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one row with its version."""
        return self.answer(self.get_object())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store a new row."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        self.check_values(values)
        row = self.new(values)
        self.store(row)
        return self.answer(row, 201)

    def new(self, values: dict[str, Any]) -> Any:
        """Return the row that these values make."""
        return self.get_queryset().model(**values)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that were sent."""
        with transaction.atomic():
            row = self.locked()
            serializer = self.get_serializer(row, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            self.check_values(serializer.validated_data)
            for name, value in serializer.validated_data.items():
                setattr(row, name, value)
            self.store(row)
        return self.answer(row)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete it."""
        with transaction.atomic():
            self.remove(self.locked())
        return Response(status=204)

    def locked(self) -> Any:
        """Return the row asked for, locked, as the user knows it.

        Raises:
            ChangedMeanwhile: it is not as the ``If-Match`` of the request says.
        """
        found = self.get_object()
        type(found)._default_manager.select_for_update(no_key=True).filter(pk=found.pk).first()
        row = self.get_object()  # as it is now that nobody else can change it
        expected = self.request.headers.get("If-Match", "*")
        if expected not in {"*", self.version(self.shown(row))}:
            raise ChangedMeanwhile
        return row

    def answer(self, row: Any, status: int = 200) -> Response:
        """Return a row with its version."""
        if status != 200 or self.request.method not in READS:
            row = self.get_queryset().filter(pk=row.pk).first() or row
        data = self.shown(row)
        return Response(data, status, headers={"ETag": self.version(data)})

    def shown(self, row: Any) -> dict[str, Any]:
        """Return a row as it is sent."""
        data: dict[str, Any] = self.get_serializer(row).data
        return data

    def version(self, data: Mapping[str, Any]) -> str:
        """Return what stands for this content."""
        stored = {name: value for name, value in data.items() if name not in self.not_versioned}
        return f'"{hashlib.sha256(JSONRenderer().render(stored)).hexdigest()[:24]}"'
