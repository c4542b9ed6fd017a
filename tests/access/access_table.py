"""The table: for every URL and method, who is let in. A URL without a row fails the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from access_fills import (
    Fields,
    file,
    file_again,
    gateway,
    of_own,
    of_site,
    order,
    pk,
    question,
    script,
    selection,
    trend,
    uid,
)
from access_map import METHODS
from access_plant import EXPORTER, PROFILE_2, Plant
from access_rules import (
    ORDER,
    Rule,
    anywhere,
    at,
    closed,
    everybody,
    harmless,
    nothing,
    only,
    signed_in,
    superuser,
)

from alarms.services import NEEDS
from devices.models import Role

VIEWER, ENGINEER, ADMIN = Role.VIEWER, Role.ENGINEER, Role.ADMIN
ABSENT: Fields = {
    "uid": "ABSENT",
    "pk": 999_999,
    "tag": 999_999,
    "slug": "absent",
    "lookup": "a" * 12,
    "object_id": 999_999,
}


def none(plant: Plant) -> Fields:
    """Return nothing to fill in."""
    return {}


@dataclass(frozen=True)
class Row:
    """One URL: a rule for each method, what is filled in, and what is sent."""

    rules: Mapping[str, Rule]
    fill: Callable[[Plant], Fields] = none
    query: Callable[[Plant], Fields] = none
    body: Callable[[Plant], Fields] = none
    creates: Role | None = None  # a POST makes something for those with this role at the own site
    blind: bool = False  # the view asks only whether it is a POST

    def rule(self, method: str) -> Rule:
        """Return what is expected of a method."""
        if method in self.rules:
            return self.rules[method]
        if method == "HEAD":
            return self.rules.get("GET", closed)
        return self.rules.get("*", closed)


def reads(rule: Rule, **more: Any) -> Row:
    """Only looked at."""
    return Row({"GET": rule}, **more)


def whatever(rule: Rule, **more: Any) -> Row:
    """The same for all methods."""
    return Row({"*": rule, "GET": rule, "POST": rule}, blind=True, **more)


def posts(rule: Rule, **more: Any) -> Row:
    """Only done."""
    return Row({"POST": rule}, **more)


def listed(see: Role, new: Rule, body: Callable[[Plant], Fields]) -> Row:
    """List of the API, to which something is added."""
    look = signed_in if see == VIEWER else anywhere(see)
    return Row({"GET": look, "POST": new}, body=body, creates=max(see, ENGINEER, key=ORDER.index))


def thing(see: Role, change: Role, fill: Callable[[Plant], Fields]) -> Row:
    """Row of the API that can be changed and deleted."""
    edit = at(change, see)
    return Row({"GET": at(see, see), "PATCH": edit, "DELETE": edit}, fill)


PAGES: dict[str, Row] = {
    "": reads(signed_in),
    "alarms/": reads(signed_in),
    "alarms/metrics/": reads(signed_in),
    "devices/<str:uid>/": reads(at(VIEWER), fill=uid),
    "gallery/": reads(signed_in),
    "gallery/density/": reads(signed_in),
    "gallery/quality/": reads(signed_in),
    "trends/": reads(signed_in),
    "trends/marks/": reads(at(VIEWER), query=trend),
    "cameras/": reads(signed_in),
    "cameras/<str:uid>/": reads(at(VIEWER), fill=lambda plant: {"uid": plant.camera.uid}),
    "cameras/<str:uid>/picture/": Row(
        {"POST": at(Role.OPERATOR)}, fill=lambda plant: {"uid": plant.camera.uid}
    ),
    "media/snapshots/<int:pk>/<str:size>/": reads(
        at(VIEWER), fill=lambda plant: {"pk": plant.snapshot.pk, "size": "full"}
    ),
    "gateways/": reads(signed_in),
    "gateways/<str:uid>/": reads(at(VIEWER), fill=gateway),
    "gateways/<str:uid>/guess/": Row(
        {"GET": at(ENGINEER), "POST": at(ENGINEER)}, gateway, body=question
    ),
    "login/": Row(dict.fromkeys(METHODS, harmless)),
    "logout/": Row(dict.fromkeys(METHODS, harmless)),
    "language/": whatever(everybody),
    "theme/": posts(everybody),
    "catalog/<str:language>/<str:digest>.js": Row({"GET": everybody, "HEAD": closed}, script),
    "healthz": whatever(everybody),
    "readyz": whatever(everybody),
}
# Doors of gateways: a token or a code counts, a session does not.
GATEWAYS: dict[str, Row] = {
    "api/v1/telemetry/": Row({}),
    "api/v1/enrol": Row({}, body=lambda plant: {"code": "x"}),
}
API: dict[str, Row] = {
    "api/v1/dashboard/": whatever(everybody),  # an address of old: leads to the overview
    "api/v1/me/": reads(signed_in),
    "api/v1/schema/": reads(signed_in, blind=True),  # it takes a second to write
    "api/v1/docs/": reads(signed_in),
    "api/v1/trends/": reads(at(VIEWER), query=trend),
    "api/v1/devices/": listed(
        VIEWER,
        anywhere(ENGINEER),
        lambda plant: {"uid": "NEW", "name": "New", "site": plant.own.slug},
    ),
    "api/v1/devices/(?P<uid>[A-Za-z0-9._:-]+)/": thing(VIEWER, ENGINEER, uid),
    "api/v1/devices/(?P<uid>[A-Za-z0-9._:-]+)/camera/": Row(
        {"GET": at(VIEWER), "PATCH": at(ENGINEER)},
        lambda plant: {"uid": plant.camera.uid},
        body=lambda plant: {"looks_per_s": 2},
    ),
    "api/v1/alarms/": reads(signed_in),
    "api/v1/alarms/<int:pk>/": reads(at(VIEWER), fill=pk("alarm")),
    "api/v1/alarms/<int:pk>/evidence/": reads(at(VIEWER), fill=pk("alarm")),
    "api/v1/alarms/journal/": reads(signed_in),
    "api/v1/alarms/metrics/": reads(at(VIEWER), query=lambda plant: {"site": plant.own.slug}),
    "api/v1/alarms/rules/": listed(
        VIEWER,
        anywhere(ENGINEER),
        lambda plant: {"site": plant.own.slug, "name": "New", "kind": "offline"},
    ),
    "api/v1/alarms/rules/<int:pk>/": thing(VIEWER, ENGINEER, pk("rule")),
    # of which site is said in the body: see tests/api/alarms/test_rule_api.py
    "api/v1/alarms/rules/backtest/": posts(anywhere(ENGINEER)),
    "api/v1/alarms/rules/check_expression/": posts(anywhere(ENGINEER)),
    **{f"api/v1/alarms/{action}/": posts(at(need), body=order) for action, need in NEEDS.items()},
    "api/v1/detections/": reads(signed_in),
    "api/v1/detections/<int:pk>/": reads(at(VIEWER), fill=pk("detection")),
    "api/v1/detections/<int:pk>/review/": posts(at(VIEWER), fill=pk("detection")),
    "api/v1/detections/<int:pk>/verdict/": posts(
        at(Role.OPERATOR), fill=pk("detection"), body=lambda plant: {"verdict": "false"}
    ),
    "api/v1/detections/<int:pk>/hold/": posts(
        at(ENGINEER), fill=pk("detection"), body=lambda plant: {"hold": True, "reason": "x"}
    ),
    # a list of what exists for whoever asks; others' do not count
    "api/v1/detections/review/": posts(signed_in, body=lambda plant: {"ids": [plant.detection.pk]}),
    "api/v1/detections/quality/": reads(at(VIEWER), query=of_site),
    "api/v1/detections/dataset/": reads(at(ENGINEER), query=of_site),
    "api/v1/devices/(?P<uid>[A-Za-z0-9._:-]+)/clone/": posts(
        at(ENGINEER),
        fill=uid,
        body=lambda plant: {"uid": "NEW", "name": "New", "unit_id": 9},
        creates=ENGINEER,
    ),
    "api/v1/devices/(?P<uid>[A-Za-z0-9._:-]+)/rotate/": posts(at(ENGINEER), fill=gateway),
    "api/v1/credentials/": listed(
        ENGINEER, anywhere(ENGINEER), lambda plant: {"device": plant.gateway.uid}
    ),
    "api/v1/credentials/(?P<lookup>[a-z2-7]{12})/": reads(
        at(ENGINEER, ENGINEER), fill=lambda plant: {"lookup": plant.credential.lookup}
    ),
    "api/v1/credentials/(?P<lookup>[a-z2-7]{12})/revoke/": posts(
        at(ENGINEER, ENGINEER), fill=lambda plant: {"lookup": plant.credential.lookup}
    ),
    "api/v1/health/": reads(signed_in),
    "api/v1/health/(?P<uid>[A-Za-z0-9._:-]+)/": reads(at(VIEWER), fill=uid),
    "api/v1/sites/": listed(VIEWER, superuser, lambda plant: {"slug": "new", "name": "New"}),
    "api/v1/sites/<str:slug>/": Row({"GET": at(VIEWER), "PATCH": at(ADMIN)}, of_own),
    "api/v1/sites/<str:slug>/export/": reads(at(ENGINEER), fill=of_own),
    "api/v1/sites/<str:slug>/import/": posts(at(ENGINEER), fill=of_own, body=file_again),
    "api/v1/sites/<str:slug>/import/preview/": posts(at(ENGINEER), fill=of_own, body=file),
    "api/v1/tags/": listed(
        VIEWER,
        anywhere(ENGINEER),
        lambda plant: {
            "device": plant.pump.uid,
            "name": "extra",
            "point": {"address": 8, "type": "uint16"},
        },
    ),
    "api/v1/tags/<int:pk>/": thing(VIEWER, ENGINEER, pk("tag")),
    "api/v1/connections/": listed(
        ENGINEER,
        anywhere(ENGINEER),
        lambda plant: {"gateway": plant.gateway.uid, "name": "line9", "host": "192.0.2.9"},
    ),
    "api/v1/connections/<int:pk>/": thing(ENGINEER, ENGINEER, pk("line")),
    "api/v1/profiles/": Row(
        {"GET": signed_in, "POST": anywhere(ENGINEER)},
        body=lambda plant: {**json.loads(PROFILE_2), "version": "9.0.0"},
    ),
    "api/v1/profiles/<int:pk>/": reads(signed_in, fill=pk("profile")),
    "api/v1/enrolments/": listed(
        ENGINEER, anywhere(ENGINEER), lambda plant: {"site": plant.own.slug}
    ),
    "api/v1/enrolments/<int:pk>/": reads(at(ENGINEER, ENGINEER), fill=pk("enrolment")),
    "api/v1/enrolments/<int:pk>/approve/": posts(at(ENGINEER, ENGINEER), fill=pk("enrolment")),
    "api/v1/memberships/": listed(
        ADMIN,
        anywhere(ADMIN),
        lambda plant: {"user": "stranger", "site": plant.own.slug, "role": "viewer"},
    ),
    "api/v1/memberships/<int:pk>/": thing(ADMIN, ADMIN, pk("membership")),
    "api/v1/readings/": reads(signed_in),
    "api/v1/readings/count/": Row({"GET": at(VIEWER), "HEAD": closed}, query=trend),
    "api/v1/readings/export/": Row({"GET": at(VIEWER), "HEAD": closed}, query=trend),
    "api/v1/exports/": Row({"GET": signed_in, "POST": at(VIEWER)}, body=selection),
    "api/v1/exports/<int:pk>/": Row({"GET": only(EXPORTER), "DELETE": only(EXPORTER)}, pk("job")),
    "api/v1/exports/<int:pk>/file/": reads(only(EXPORTER), fill=pk("job")),
    "api/v1/readings/<int:tag>/": reads(at(VIEWER), fill=pk("tag")),
    "api/v1/configurations/": reads(anywhere(ENGINEER)),
    "api/v1/configurations/<int:pk>/": reads(at(ENGINEER, ENGINEER), fill=pk("configuration")),
    "api/v1/audit/": reads(anywhere(ADMIN)),
    "api/v1/": Row(dict.fromkeys(METHODS, nothing)),  # whatever has no address of its own
}
