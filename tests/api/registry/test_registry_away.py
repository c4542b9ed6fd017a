"""While the database does not answer, the API says so, and that it is worth another try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from api_client import Api, problem
from django.db import OperationalError, connection

pytestmark = pytest.mark.django_db


def lose(execute: Callable[..., Any], sql: str, *_: Any) -> Any:
    """Behave like a connection that breaks at the first look at a device."""
    if "devices_device" in sql:
        raise OperationalError("server closed the connection unexpectedly")
    return execute(sql, *_)


def test_the_answer_is_503_with_a_time_to_wait(engineer: Api) -> None:
    with connection.execute_wrapper(lose):
        answer = engineer.ask("devices/")
    assert problem(answer)[:2] == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
