"""The API and its schema: whatever is sent, no 5xx, and no answer that the schema does not know.

schemathesis makes the requests out of the schema: such as make sense, and such as do not. Half of
those that make sense are about rows that exist.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest
import schemathesis
from api_world import World
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.django_db
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@cache
def _schema() -> Any:
    """Return the schema that /api/v1/schema/ shows, over the application in this process."""
    text = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schema = schemathesis.openapi.from_dict(text)
    schema.app = get_wsgi_application()
    return schema


OPERATIONS: Final = {each.ok().label: each.ok() for each in _schema().get_all_operations()}


def _sensible(operation: Any, known: dict[str, Any]) -> st.SearchStrategy[Case]:
    """Requests that make sense, about rows that exist."""
    path = {each.name: known[each.name] for each in operation.path_parameters}

    def put_in(case: Case) -> Case:
        if isinstance(case.body, dict):
            case.body |= {name: known[name] for name in case.body.keys() & known.keys()}
        return case

    return operation.as_strategy(path_parameters=path).map(put_in)  # type: ignore[no-any-return]


def _run(world: World, label: str, examples: int) -> None:
    operation = OPERATIONS[label]
    cases = st.one_of(
        _sensible(operation, world.known_to(label)),
        operation.as_strategy(GenerationMode.POSITIVE),
        operation.as_strategy(GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=examples,
        derandomize=True,  # the same requests in every run
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(cases)
    def conforms(case: Case) -> None:
        with transaction.atomic():
            answer = case.call(headers=world.headers, cookies=world.cookies)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    conforms()


@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_does_what_its_schema_says(world: World, label: str) -> None:
    _run(world, label, examples=12)


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_does_what_its_schema_says_whatever_is_sent(world: World, label: str) -> None:
    _run(world, label, examples=60)


def test_the_schema_has_every_endpoint_of_the_api() -> None:
    from alarms.api.urls import urlpatterns as of_detections
    from devices.api import urls

    paths = {path.strip("/").split("/")[2] for path in _schema().raw_schema["paths"]}
    endpoints = {
        str(each.pattern).strip("^/$").split("/")[0] for each in [*of_detections, *urls.urlpatterns]
    }

    assert paths == endpoints - {"", "schema", "docs"}
