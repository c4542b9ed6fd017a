"""What a gateway hears when the database answers, but with an error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from gateway_peer import Gateway, hello

from devices.models import Device, Site, Tag
from devices.registry import issue_token
from edge import wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(db: None) -> str:
    site = Site.objects.create(slug="east", name="East works")
    gateway = Device.objects.create(uid="GW-1", name="Gateway", site=site)
    pump = Device.objects.create(uid="PUMP-1", name="Pump", site=site, via=gateway, discovery=True)
    for name in ("temperature", "pressure"):
        Tag.objects.create(device=pump, name=name)
    return issue_token(device=gateway).token


@contextmanager
def refused(table: str) -> Iterator[None]:
    """Let PostgreSQL refuse every new row of a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create function refuse() returns trigger language plpgsql as"
            " $$ begin raise exception E'no row\\nfor you'; end $$"
        )
        cursor.execute(
            f"create trigger refuse before insert on {table} for each row execute function refuse()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function refuse cascade")


@pytest.fixture
def positions_are_refused(token: str) -> Iterator[None]:
    with refused("devices_position"):
        yield


@pytest.fixture
def tags_are_refused(token: str) -> Iterator[None]:
    with refused("devices_tag"):
        yield


@pytest.mark.usefixtures("positions_are_refused")
async def test_a_hello_that_the_database_refuses_is_told_to_try_later(
    token: str, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(token)
    assert (await gateway.connect())[0]
    await gateway.say(hello())
    assert await gateway.closed_with() == ("database", 4503)
    assert is_one_error(caplog, "no row")
    await gateway.disconnect()


@pytest.mark.usefixtures("tags_are_refused")
async def test_tags_that_the_database_refuses_are_told_to_try_later(
    token: str, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(token)
    assert (await gateway.greet())["type"] == "welcome"
    await gateway.say(wire.Tags(tags=[wire.TagDecl(n=2, device="PUMP-1", name="new")]))
    assert await gateway.closed_with() == ("database", 4503)
    assert is_one_error(caplog, "no row")
    await gateway.disconnect()


def is_one_error(caplog: pytest.LogCaptureFixture, what: str) -> bool:
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return len(errors) == 1 and what in errors[0].getMessage() and not errors[0].exc_info
