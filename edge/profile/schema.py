"""The JSON Schema of profile files, for editors: made from the structs that read them. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from edge.profile.model import Profile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_text() -> str:
    """The schema as the file docs/profile.schema.json has it."""
    schema = {"$schema": DIALECT, "title": "Sentinel device profile"} | _schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema() -> dict[str, Any]:
    made: dict[str, Any] = _with_javascript_patterns(msgspec.json.schema(Profile))
    return made


def _with_javascript_patterns(part: Any) -> Any:
    """End patterns as JSON Schema does: with a dollar, not as Python does."""
    if isinstance(part, dict):
        return {
            key: value.replace(r"\Z", "$") if key == "pattern" else _with_javascript_patterns(value)
            for key, value in part.items()
        }
    return [_with_javascript_patterns(one) for one in part] if isinstance(part, list) else part
