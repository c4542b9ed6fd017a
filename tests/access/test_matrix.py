"""Role x endpoint x site: every URL is asked for by everybody, with every method.

What belongs to one site is asked for by people of it and of another one. Each answer is one that
the table expects, changes nothing unless it let somebody in, shows nothing of the site to others,
and is the same for what is not theirs and for what does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from access_admin import ADMINISTRATION
from access_map import METHODS, ask, routes, url_of, word_of
from access_plant import MARK, Plant
from access_rules import ACTORS, IN, Who
from access_table import ABSENT, API, GATEWAYS, PAGES, Row
from django.db import transaction
from django.http import HttpResponse
from pytest_django.fixtures import Settings

from devices.models import AuditEntry

pytestmark = pytest.mark.django_db
TABLES: Mapping[str, Mapping[str, Row]] = {"pages": {**PAGES, **API}, "admin": ADMINISTRATION}
# The administration renders a hundred pages for whoever may enter it. In every run somebody who may
# not and somebody of elsewhere ask with the methods that its views know; the rest is slow.
QUICK = {"viewer of own", "engineer of foreign"}
KNOWN = ("GET", "POST")


def _cells() -> Iterator[Any]:
    """Yield who asks for which table with which methods: every combination once."""
    for who in ACTORS:
        yield pytest.param(who, "pages", METHODS, id=f"pages {who.name}")
        known = KNOWN if who.name in QUICK else ()
        if known:
            yield pytest.param(who, "admin", known, id=f"admin {who.name}")
        others = tuple(method for method in METHODS if method not in known)
        name = f"admin {who.name}, other methods" if known else f"admin {who.name}"
        yield pytest.param(who, "admin", others, id=name, marks=pytest.mark.slow)


ROWS = {**PAGES, **API, **ADMINISTRATION, **GATEWAYS}


@pytest.fixture
def plant(db: None, settings: Settings) -> Plant:
    # what serves files is asynchronous: three changes of thread for each of thousands of requests
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "servestatic" not in name]
    return Plant()


def test_every_url_has_a_row_and_every_row_a_url() -> None:
    assert set(routes()) == set(ROWS)


@pytest.mark.parametrize(("who", "table", "methods"), list(_cells()))
def test_every_url_lets_in_whom_the_table_says(
    plant: Plant, who: Who, table: str, methods: Sequence[str]
) -> None:
    holes = [hole for row in TABLES[table].items() for hole in _holes(plant, who, methods, *row)]

    assert not holes, "\n" + "\n".join(holes)


def _holes(plant: Plant, who: Who, methods: Sequence[str], route: str, row: Row) -> Iterator[str]:
    """Ask for one URL with these methods, and say what was not as expected."""
    given = row.fill(plant)
    for method in methods:
        rule = row.rule(method)
        expected = rule(who)
        if row.blind and method not in {"GET", "POST"} and expected == IN:
            continue  # the same page as for GET
        told = AuditEntry.objects.count()
        answer, changed = _ask(plant, who, method, url_of(route, given), row)
        word, where = word_of(answer), f"{method} {route!r}"
        if word not in expected:
            yield f"{where}: {word} ({answer.status_code}), expected {sorted(expected)}"
        if changed != told and word != "in":
            yield f"{where}: {word}, but something was changed"
        if method == "POST" and row.creates and word == "in":
            wanted = 201 if who.has(row.creates, "own") else 400
            if answer.status_code != wanted:
                yield f"{where}: {answer.status_code}, expected {wanted}: {answer.content!r:.300}"
        if not _of_own(who) and not row.creates and MARK in _text(answer).lower():
            yield f"{where}: shows something of a site that is not theirs"
        if who.place == "foreign" and word in {"no", "hidden"} and set(given) & set(ABSENT):
            other, _ = _ask(plant, who, method, url_of(route, {**given, **ABSENT}), row)
            if word_of(other) != word:
                yield f"{where}: {word}, but {word_of(other)} where there is nothing"


def _ask(plant: Plant, who: Who, method: str, url: str, row: Row) -> tuple[HttpResponse, int]:
    """Ask, and undo what it did; return also how many changes are on record then."""
    query = dict(row.query(plant)) if method in {"GET", "HEAD"} else {}
    with transaction.atomic():
        answer = ask(plant.sessions[who.name], method, url, row.body(plant), query)
        changed = AuditEntry.objects.count()
        transaction.set_rollback(True)
    return answer, changed


def _of_own(who: Who) -> bool:
    return who.name == "superuser" or who.place == "own"


def _text(answer: HttpResponse) -> str:
    return b"".join(answer).decode(errors="replace")
