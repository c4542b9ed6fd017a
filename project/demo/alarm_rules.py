"""Rules of the demo plant: a few that an engineer would write, beside those that make themselves.

Nothing of it is in alarm while the simulated plant runs as it should. Break something, and it is:
docs/alarms.md says how.
"""

from __future__ import annotations

from typing import Any, Final

from alarms.defaults import fit_profile_rules
from alarms.models import Kind, Priority, Rule
from alarms.rules import DEFAULT, save_rule
from alarms.site_rules import fit_site_rules
from devices.models import Device, DeviceProfile, Site, Tag
from devices.registry import save_device, save_tags

PUMP: Final = "SIM001"
PUMP_PROFILE: Final = "sim001"
FILM_S: Final = 180.0  # longer than a film of the simulated cameras
HIGH_HIGH_C: Final = 95.0  # of the pump's bearing; the profile has no such limit

# Each watches a tag, written UID and name. What normal running reaches is below every limit.
RULES: Final[dict[tuple[str, str], dict[str, Any]]] = {
    (PUMP, "temperature"): {
        "name": "Bearing heats up fast",
        "kind": Kind.RATE,
        "priority": Priority.MEDIUM,
        "limit": 3.0,  # °C/min; normally below 1
        "deadband": 1.0,
        "window_s": 120.0,
        "cause": "Lack of oil, or the bearing is damaged.",
        "consequence": "The bearing seizes within minutes.",
        "action": "Listen to the pump. Start the other one, and stop this one.",
    },
    ("FRN001", "zone_1_temperature"): {
        "name": "Zone 1 far from its setpoint",
        "kind": Kind.DEVIATION,
        "priority": Priority.MEDIUM,
        "setpoint": ("FRN001", "setpoint"),
        "limit": 20.0,  # °C
        "deadband": 4.0,
        "on_delay_s": 60.0,  # the door is open for less
        "cause": "A door that stays open, or a heater that has failed.",
        "consequence": "The load is not hardened through.",
        "action": "Close the door. Look at heater output and power.",
    },
    ("PRS001", "running"): {
        "name": "Press stands still",
        "kind": Kind.DISCRETE,
        "priority": Priority.LOW,
        "abnormal": [0],
        "on_delay_s": 180.0,  # a change of tools takes a minute
        "cause": "Stopped by hand, or by its own protection.",
        "action": "Look at the panel of the press.",
    },
}
FIRE_NEAR_PUMP: Final = {
    "name": "Fire, and the bearing heats up",
    "kind": Kind.EXPRESSION,
    "priority": Priority.CRITICAL,
    "latching": True,
    "expression": "fire(CAM001) and rate(SIM001.temperature) > 2 °C/min",
    "cause": "It burns near the pump: the camera sees flames while its bearing heats up.",
    "consequence": "The pump is lost, and oil burns.",
    "action": "Follow the fire instructions. Stop the pump from afar.",
}


def have_rules(site: Site) -> None:
    """Have the rules of the demo, once: if people made or kept any of their own, they stay so."""
    is_first = not Rule.objects.filter(site=site, origin="site").exists()
    fit_site_rules([site.pk])
    if is_first:
        _have_profile()
        _calm_cameras(site)
        for (uid, name), fields in RULES.items():
            _make(site, {**fields, "tag": (uid, name)})
        if Device.objects.filter(uid="CAM001", camera__isnull=False).exists():
            _make(site, FIRE_NEAR_PUMP)
    fit_profile_rules()


def _have_profile() -> None:
    """Give the pump its profile, whose limits become rules, and one limit of its own."""
    pump = Device.objects.get(uid=PUMP)
    profile = DeviceProfile.objects.filter(slug=PUMP_PROFILE).last()
    if pump.profile is not None or profile is None:
        return
    pump.profile = profile
    save_device(device=pump)
    bearing = pump.tags.get(name="temperature")
    bearing.point = {"high_high": HIGH_HIGH_C}
    save_tags(device=pump, tags=[bearing])


def _calm_cameras(site: Site) -> None:
    """Let what the cameras see last until it comes again: their films repeat every minute or so."""
    for rule in Rule.objects.filter(site=site, kind=Kind.DETECTION, origin=DEFAULT):
        rule.off_delay_s = FILM_S
        save_rule(rule)


def _make(site: Site, fields: dict[str, Any]) -> None:
    values = dict(fields)
    for name in {"tag", "setpoint"} & values.keys():
        values[name] = _tag(*values[name])
    save_rule(Rule(site=site, **values))


def _tag(uid: str, name: str) -> Tag:
    return Tag.objects.select_related("device").get(device__uid=uid, name=name)
