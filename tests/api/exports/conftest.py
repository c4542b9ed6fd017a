from __future__ import annotations

from pathlib import Path

import pytest
from exporting_plant import Person, make_tag
from pytest_django.fixtures import Settings

from devices.models import Site, Tag


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works", time_zone="Asia/Shanghai")


@pytest.fixture
def tag(site: Site) -> Tag:
    return make_tag(site, label="Speed", unit="rpm", decimals=0)


@pytest.fixture
def other(site: Site) -> Tag:
    return make_tag(site, "torque", unit="Nm")


@pytest.fixture
def vera(site: Site) -> Person:
    return Person("vera", site)


@pytest.fixture
def stranger(db: None) -> Person:
    return Person("walt", Site.objects.create(slug="west", name="West works"))


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> None:
    """A storage of each test's own."""
    settings.MEDIA_ROOT = tmp_path
