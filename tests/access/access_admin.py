"""The table of the administration: what each of its pages needs."""

from __future__ import annotations

from access_map import METHODS
from access_plant import Plant
from access_rules import Rule, anywhere, at, harmless, inside, nobody, nothing, superuser
from access_table import Fields, Row, pk

from devices.models import Role

ENGINEER, ADMIN = Role.ENGINEER, Role.ADMIN
anybody = anywhere(ENGINEER)


def page(read: Rule, write: Rule | None = None, **more: object) -> Row:
    """Page of the administration: a POST may need more than a look."""
    rules = {"GET": inside(read), "POST": inside(write or read), "*": inside(read)}
    return Row(rules, blind=True, **more)  # type: ignore[arg-type]  # fill and query


def of_model(
    name: str,
    thing: str,
    see: Role | None,
    *,
    change: Rule = nobody,
    add: Rule = nobody,
    delete: Rule = nobody,
) -> dict[str, Row]:
    """Django's pages of a model.

    Args:
        name: of the application and the model.
        thing: what of the plant its object is.
        see: role that may look; None: superusers only.
        change: rules of the object's page; and so on.
    """
    one = superuser if see is None else at(see, see)
    all_ = superuser if see is None else anywhere(see)
    base, fill = f"admin/{name}/", pk(thing)
    of_one = f"{base}<path:object_id>/"
    return {
        base: page(all_),
        f"{base}add/": page(add),
        of_one: page(anybody, fill=fill),  # leads to the next one
        f"{of_one}change/": page(one, change, fill=fill),
        f"{of_one}delete/": page(delete, fill=fill),
        f"{of_one}history/": page(one, fill=fill),
    }


def journal(model: str, thing: str, see: Role = ENGINEER) -> dict[str, Row]:
    """Pages of a model that is only looked at."""
    return of_model(f"devices/{model}", thing, see)


def registry(model: str, thing: str, need: Role = ENGINEER) -> dict[str, Row]:
    """Pages of a model that is changed here."""
    edit = at(need, need)
    return of_model(f"devices/{model}", thing, need, change=edit, add=anywhere(need), delete=edit)


def told(model: str, thing: str) -> dict[str, Row]:
    """Pages of what decides who is told of alarms."""
    edit = at(ADMIN, ADMIN)
    return of_model(f"alarms/{model}", thing, ADMIN, change=edit, add=anywhere(ADMIN), delete=edit)


def shared(model: str, thing: str) -> dict[str, Row]:
    """Pages of what belongs to all sites and is written by services."""
    rows = journal(model, thing)
    base = f"admin/devices/{model}/<path:object_id>/"
    rows[f"{base}change/"] = page(anybody, nobody, fill=pk(thing))
    rows[f"{base}history/"] = page(anybody, fill=pk(thing))
    return rows


def choices(plant: Plant) -> Fields:
    """Ask for the gateways that a device can be read by."""
    return {"app_label": "devices", "model_name": "device", "field_name": "via"}


def of_device(route: str, rule: Rule) -> dict[str, Row]:
    """Page of our own of a device."""
    return {f"admin/devices/device/<int:pk>/{route}": page(rule, fill=pk("gateway"))}


ADMINISTRATION: dict[str, Row] = {
    "admin/": page(anybody),
    "admin/login/": Row(dict.fromkeys(METHODS, harmless)),
    "admin/logout/": Row(dict.fromkeys(METHODS, harmless)),
    "admin/password_change/": page(anybody),
    "admin/password_change/done/": page(anybody, harmless),
    "admin/autocomplete/": page(anybody, harmless, query=choices),
    "admin/jsi18n/": page(anybody, harmless),
    "admin/r/<path:content_type_id>/<path:object_id>/": page(
        nothing, fill=lambda plant: {"content_type_id": 1, "object_id": plant.pump.pk}
    ),
    "admin/(?P<app_label>devices|auth|alarms)/": page(
        anybody, fill=lambda plant: {"app_label": "devices"}
    ),
    "admin/(?P<url>.*)": page(nothing, fill=lambda plant: {"url": "nowhere/"}),
    **registry("device", "pump"),
    **of_device("issue-token/", at(ENGINEER)),
    **of_device("rotate/", at(ENGINEER)),
    **of_device("clone/", at(ENGINEER)),
    **of_device("profile/", at(ENGINEER)),
    "admin/devices/device/import/": page(anybody),
    "admin/devices/device/export/<str:name>": page(
        anybody, fill=lambda plant: {"name": "devices.csv"}
    ),
    **registry("tag", "tag"),
    **registry("membership", "membership", ADMIN),
    **of_model(
        "devices/site",
        "own",
        ENGINEER,
        change=at(ENGINEER, ENGINEER),  # of an engineer the key figures only
        add=superuser,
        delete=superuser,
    ),
    **of_model("auth/user", "user", None, change=superuser, add=superuser, delete=superuser),
    "admin/auth/user/<id>/password/": page(superuser, fill=lambda plant: {"id": plant.user.pk}),
    **journal("credential", "credential"),
    "admin/devices/credential/<int:pk>/revoke/": page(
        at(ENGINEER, ENGINEER), fill=pk("credential")
    ),
    **journal("enrolment", "enrolment"),
    "admin/devices/enrolment/new/": page(anybody),
    "admin/devices/enrolment/<int:pk>/approve/": page(at(ENGINEER, ENGINEER), fill=pk("enrolment")),
    **shared("deviceprofile", "profile"),
    "admin/devices/deviceprofile/upload/": page(anybody),
    "admin/devices/deviceprofile/<int:pk>/upgrade/": page(anybody, fill=pk("profile")),
    **journal("gatewayconfiguration", "configuration"),
    **journal("connection", "connection"),
    **journal("gap", "gap"),
    **journal("quarantined", "quarantined"),
    **journal("gatewayevent", "event"),
    **journal("auditentry", "audited", ADMIN),
    **of_model(
        "alarms/rule",
        "rule",
        ENGINEER,
        change=at(ENGINEER, ENGINEER),
        add=anybody,
        delete=at(ENGINEER, ENGINEER),
    ),
    "admin/alarms/rule/backtest/": page(anybody),
    "admin/alarms/rule/<int:pk>/backtest/": page(at(ENGINEER, ENGINEER), fill=pk("rule")),
    "admin/alarms/rule/<int:pk>/restore/": page(at(ENGINEER, ENGINEER), fill=pk("rule")),
    **of_model("alarms/journalentry", "entry", ENGINEER),
    **told("notificationchannel", "channel"),
    **told("notificationroute", "route"),
    **of_model("alarms/notification", "notification", ADMIN),
    "admin/alarms/notificationchannel/<int:pk>/test/": page(at(ADMIN, ADMIN), fill=pk("channel")),
}
