"""Fill the registry for one run with alarms: ``python -m tests.faults.alarms_seed NAME PORT``.

PORT is where the receiver of webhooks listens. Prints what the run has to know as one JSON line:
see `tests.faults.alarms_world.Seeded`.
"""

from __future__ import annotations

import importlib
import json
import secrets
import sys
from typing import Any

import django

from tests.faults.alarms_plant import LIMIT, POINTS, UID, Point
from tests.faults.alarms_receiver import REFUSED, TAKEN


def main(name: str, port: int) -> None:
    django.setup()
    registry: Any = importlib.import_module("devices.registry")
    site = registry.create_site(slug=name, name=name)
    device = registry.create_device(uid=f"{name}-{UID}", name=UID, site=site)
    told = {
        "site": site.pk,
        "uid": device.uid,
        "token": registry.issue_token(device=device).token,
        "alarms": {point.name: _make_rule(site, device, point) for point in POINTS},
        "routes": _make_routes(site, port),
        "session": _sign_operator_in(site),
    }
    _disable_the_others(site)
    sys.stdout.write(json.dumps(told) + "\n")


def _make_rule(site: Any, device: Any, point: Point) -> int:
    """Save the rule of a tag, and return its alarm."""
    from alarms.models import Alarm, Kind, Rule
    from alarms.rules import save_rule
    from devices.models import Tag

    tag = Tag.objects.create(device=device, name=point.name)
    rule = save_rule(
        Rule(
            site=site,
            tag=tag,
            name=f"{point.name} high",
            kind=Kind.HIGH,
            limit=LIMIT,
            latching=point.latching,
            on_delay_s=point.on_ms / 1000,
            off_delay_s=point.off_ms / 1000,
        )
    )
    return Alarm.objects.get(rule=rule).pk


def _make_routes(site: Any, port: int) -> dict[str, int]:
    """Tell everything at once, and what became of it too, to one who takes it and one who does not.

    Returns:
        Path at the receiver -> route.
    """
    from alarms.models import ChannelKind, NotificationChannel, NotificationRoute
    from alarms.notify.channels import save_channel, save_route

    routes = {}
    for path in (TAKEN, REFUSED):
        channel = NotificationChannel(
            name=path,
            site=site,
            kind=ChannelKind.WEBHOOK,
            configuration={"url": f"https://localhost:{port}{path}"},
            secret=secrets.token_hex(16),
        )
        save_channel(channel=channel)
        route = NotificationRoute(
            site=site, channel=channel, also_cleared=True, also_acknowledged=True
        )
        save_route(route=route)
        routes[path] = route.pk
    return routes


def _disable_the_others(site: Any) -> None:
    """Leave out the rules that every site has: the faults decide whether a device looks lost."""
    from alarms.models import Rule
    from alarms.rules import save_rule
    from alarms.site_rules import fit_site_rules

    fit_site_rules([site.pk])
    for rule in Rule.objects.filter(site=site, origin="default"):
        rule.enabled = False
        save_rule(rule)


def _sign_operator_in(site: Any) -> str:
    """Return the key of an operator's session."""
    from django.contrib.auth.models import User
    from django.test import Client

    from devices.models import Membership, Role

    operator = User.objects.create_user(f"{site.slug}-operator")
    Membership.objects.create(user=operator, site=site, role=Role.OPERATOR)
    client = Client()
    client.force_login(operator)
    return str(client.cookies["sessionid"].value)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
