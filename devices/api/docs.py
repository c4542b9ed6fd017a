"""The API describes itself: its OpenAPI schema, and a page to read and try it without a network."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from devices.api.problems import MEDIA_TYPE

Spec = dict[str, Any]

_PROBLEMS: Final = {
    "400": "What was sent makes no sense; `errors` says why, by field.",
    "401": "Sign in first.",
    "403": "You see it, but may not do this.",
    "404": "It does not exist, or is none of yours.",
    "405": "Not with this method.",
    "406": "The answer is only to be had as it is described here.",
    "409": "Somebody else took the name, or others need it.",
    "412": "It has changed since you read it.",
    "413": "There is more of it than can be sent at once.",
    "415": "Send what the request body says.",
}


class SessionInSchema(SessionScheme):  # type: ignore[no-untyped-call]  # it registers itself
    """Says in the schema that the session of the pages is what counts."""

    target_class = "devices.api.problems.Session"
    name = "session"


class Schema(SpectacularAPIView):
    """The OpenAPI schema."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return it as YAML, or as JSON to whoever accepts only that."""
        return super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]


class Docs(SpectacularSwaggerSplitView):
    """A page to read the schema and to try it, from files of our own server."""

    permission_classes = (IsAuthenticated,)
    template_name = "api_docs.html"  # theirs has a style of its own, which our policy forbids
    url_name = "api_schema"


def refuse_unknown(result: Spec, **_: Any) -> Spec:
    """Say of every body that nothing else may be in it; a hook of drf-spectacular."""
    schemas = result.get("components", {}).get("schemas", {})
    for operations in result["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                if name:
                    schemas[name]["additionalProperties"] = False
    return result


def add_problems(result: Spec, **_: Any) -> Spec:
    """Say of every operation what else it may answer; a hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, meaning in _PROBLEMS.items():
                operation["responses"].setdefault(status, _answer(meaning))
    return result


_PROBLEM: Final = {
    "type": "object",
    "description": "Why it was not done (RFC 9457).",
    "required": ["status", "code", "title", "detail", "errors"],
    "properties": {
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs."},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "For people."},
        "errors": {
            "type": "object",
            "description": 'Mistakes by field; those of no field under "".',
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def _answer(meaning: str) -> Spec:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": meaning, "content": {MEDIA_TYPE: {"schema": schema}}}
