"""Every link on every page, followed by everybody: none leads nowhere, none is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from access_map import ask, routes
from access_plant import Plant
from access_rules import ACTORS, Who
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from pytest_django.fixtures import Settings
from site_pages import MORE, NO_PAGES, PAGES, Names, addresses

pytestmark = pytest.mark.django_db
ORIGIN = "http://testserver"
FOLLOWED = {"a": "href", "area": "href", "iframe": "src", "img": "src", "source": "src"}
# Nothing of their site is shown to people of another one: see test_matrix.py.
# The administration has a hundred pages for whoever may enter it: of these one walks in every run.
WALKERS = [
    pytest.param(
        who, id=who.name, marks=[pytest.mark.slow] * (who.name in {"superuser", "admin of own"})
    )
    for who in ACTORS
    if who.place != "foreign"
]


@pytest.fixture
def plant(db: None, settings: Settings) -> Plant:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "servestatic" not in name]
    return Plant()


class Links(HTMLParser):
    """Collects where a page leads: what is fetched with GET when it is clicked or shown."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: set[str] = set()
        self.ids: set[str] = set()
        self.templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.templates += tag == "template"
        if self.templates:
            return  # filled in by scripts
        self.ids.add(told.get("id") or "")
        name = FOLLOWED.get(tag)
        if tag == "form" and (told.get("method") or "get").lower() == "get":
            name = "action"
        address = told.get(name) if name else None
        if address is not None and not address.startswith(("data:", "mailto:")):
            self.found.add(urljoin(self.base, address))

    def handle_endtag(self, tag: str) -> None:
        self.templates -= tag == "template"


@dataclass
class Walk:
    """Follows every link of one user, each kind of address once."""

    plant: Plant
    who: Who
    waiting: list[tuple[str, str]] = field(default_factory=list)  # address, where it stands
    known: set[object] = field(default_factory=set)
    holes: list[str] = field(default_factory=list)
    followed: int = 0

    def add(self, address: str, where: str) -> None:
        """Follow an address unless one like it has been."""
        kind = _kind_of(address)
        if kind not in self.known:
            self.known.add(kind)
            self.waiting.append((address, where))

    def go(self) -> None:
        """Follow until there is nothing new."""
        while self.waiting:
            address, where = self.waiting.pop(0)
            self._open(address, where)

    def _open(self, address: str, where: str) -> None:
        self.followed += 1
        split = urlsplit(address)
        answer = ask(self.plant.sessions[self.who.name], "GET", split.path, None, _query(address))
        place = answer.headers.get("Location", "")
        if answer.status_code >= 400:
            self.holes.append(f"{where} → {address}: {answer.status_code}")
        elif place.startswith("/login/") and self.who.name != "anonymous":
            self.holes.append(f"{where} → {address}: asks who this is")
        elif place:
            self.add(urljoin(ORIGIN + address, place).removeprefix(ORIGIN), address)
        elif answer.headers["Content-Type"].startswith("text/html"):
            self._read(answer, address)

    def _read(self, answer: HttpResponse, address: str) -> None:
        links = Links(ORIGIN + address)
        links.feed(b"".join(answer).decode())
        for link in sorted(links.found):
            if link.startswith(f"{ORIGIN}/static/"):
                continue  # tests have no hashed files; a missing one fails collectstatic
            if not link.startswith(f"{ORIGIN}/"):
                self.holes.append(f"{address} → {link}: elsewhere")
                continue
            here = link.removeprefix(ORIGIN)
            target, _, mark = here.partition("#")
            if mark and target == address and mark not in links.ids:
                self.holes.append(f"{address} → #{mark}: not on the page")
            self.add(target, address)


def _kind_of(address: str) -> object:
    """Tell addresses apart: by path and by what is asked for there, not by every value of it.

    Of the administration each kind of page is opened once, plain and with a question.
    """
    split = urlsplit(address)
    asked = set(parse_qs(split.query, keep_blank_values=True)) - {"_changelist_filters"}
    if split.path.startswith("/admin/"):
        return resolve(split.path).route, bool(asked)
    return split.path, frozenset(asked)


def _query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query, keep_blank_values=True)


def _names(plant: Plant) -> Names:
    return Names("Hall A", plant.camera.uid, plant.pump.uid, plant.gateway.uid, plant.tag.pk)


def test_every_page_is_listed_and_everything_else_is_known_to_be_none(plant: Plant) -> None:
    own = {route for route in routes() if not route.startswith(("admin/", "api/"))}
    assert own == ({*PAGES} | NO_PAGES) - {"admin/"}


@pytest.mark.parametrize("who", WALKERS)
def test_no_link_leads_nowhere_or_is_refused(plant: Plant, who: Who) -> None:
    plant.pump.area = "Hall A"
    plant.pump.save()
    walk = Walk(plant, who)
    walk.add("/", "start")
    for address in _open_to(plant, who):
        walk.add(address, "list of pages")
    walk.go()
    assert walk.holes == []
    assert walk.followed > 1


def _open_to(plant: Plant, who: Who) -> Iterator[str]:
    """Yield the pages that this user may open; what leads nowhere is left out."""
    client = Client(raise_request_exception=False)
    if session := plant.sessions[who.name]:
        client.cookies["sessionid"] = session
    for address in addresses(_names(plant)):
        if address not in {MORE[-1], "/?area=nowhere"} and client.get(address).status_code == 200:
            yield address
