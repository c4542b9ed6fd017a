"""Why rows of an import are refused: everything that is wrong with a row, at once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from exchange import look, reasons

from devices.models import Device

pytestmark = pytest.mark.django_db


def test_every_mistake_of_a_row_is_told(meter: Device, engineer: User) -> None:
    file = "uid,name,site,via,profile,connection,unit_id\nNEW,,nowhere,GW-404,meter@9,line1,x\n"
    ((line, said),) = reasons(look(file, engineer))
    assert line == 2
    for column in ("unit_id", "site", "via", "profile", "name"):
        assert said.count(f"{column}: ") == 1, said
    assert "connection: " not in said  # without the gateway nothing is known of its connections


def test_every_mistake_of_a_tag_is_told(meter: Device, engineer: User) -> None:
    register = '"{""type"": ""float99"", ""adress"": 4}"'
    file = f"device,name,deadband,scan,register\nM-1,v,-1,often,{register}\nM-404,v,x,fast,\n"
    (_, tag), (_, unknown) = reasons(look(file, engineer))
    for part in ("deadband: ", "scan: ", "'float99' is not one of", "did you mean address?"):
        assert part in tag
    assert "deadband: “x” is not a number" in unknown
    assert "device: you have no device “M-404”" in unknown


def test_a_second_row_of_a_device_is_told_also_when_the_first_one_is_refused(
    meter: Device, engineer: User
) -> None:
    file = "uid,unit_id\nM-1,300\nGW-1,\nM-1,4\n"
    found = dict(reasons(look(file, engineer)))
    assert set(found) == {2, 4}
    assert found[4] == "It is also on line 2."


def test_a_device_at_a_unit_that_is_taken_is_refused_and_the_other_is_named(
    meter: Device, engineer: User
) -> None:
    file = "uid,name,site,via,connection,unit_id\nM-2,New,east,GW-1,line1,3\n"
    ((_, said),) = reasons(look(file, engineer))
    assert said.startswith("unit_id: M-1 is read at unit 3 of this connection already.")
