from __future__ import annotations

import pytest
from alarm_door import Person, person
from alarm_making import make_alarm, raise_

from alarms.models import Alarm
from devices.models import Device, Role, Site, Tag


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(slug="east", name="East works")


@pytest.fixture
def west(db: None) -> Site:
    return Site.objects.create(slug="west", name="West works")


@pytest.fixture
def viewer(site: Site) -> Person:
    return person("vera", site, Role.VIEWER)


@pytest.fixture
def operator(site: Site) -> Person:
    return person("olga", site, Role.OPERATOR)


@pytest.fixture
def other(site: Site) -> Person:
    return person("li", site, Role.OPERATOR)


@pytest.fixture
def engineer(site: Site) -> Person:
    return person("erin", site, Role.ENGINEER)


@pytest.fixture
def stranger(west: Site) -> Person:
    return person("walt", west, Role.ADMIN)


@pytest.fixture
def tag(site: Site) -> Tag:
    pump = Device.objects.create(uid="P-1", name="Pump", area="Hall A", site=site)
    return Tag.objects.create(device=pump, name="temp", unit="°C", decimals=1, low=20, high=80)


@pytest.fixture
def hot(tag: Tag) -> Alarm:
    """An alarm that has just been raised."""
    return raise_(make_alarm(tag.device.site, of=tag, cause="No flow", action="Open the valve"))
