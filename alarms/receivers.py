"""What others tell this app: rules from profiles follow the plant, alarms go with their sources."""

from __future__ import annotations

from typing import Final

from asgiref.local import Local
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import pre_delete

from alarms.defaults import fit_profile_rules
from alarms.journal import SYSTEM
from alarms.models import Alarm
from alarms.rules import retire
from alarms.site_rules import fit_site_rules
from devices.models import Device
from devices.signals import plant_edited

MOST: Final = 100  # rules that whoever changes the plant waits for; the sweep makes the others

_changed = Local()  # .gateways: those that a transaction of this thread changed


def connect() -> None:
    """Hear of changes of the plant."""
    plant_edited.connect(note_change, dispatch_uid="alarms.fit_rules")
    pre_delete.connect(end_alarm, sender=Alarm, dispatch_uid="alarms.end_alarm")


def end_alarm(*, instance: Alarm, **_: object) -> None:
    """End an alarm that goes with its tag, device or rule: the journal and the pages hear of it."""
    retire([instance], SYSTEM, "deleted")


def note_change(*, gateway_id: int, **_: object) -> None:
    """Have the rules follow when the change is committed; what goes wrong there, a sweep heals."""
    _pending().add(gateway_id)
    transaction.on_commit(_follow, robust=True)


def _follow() -> None:
    """Follow all changes of the transaction at once."""
    gateways = set(_pending())  # maybe also one of an earlier transaction that was rolled back
    _pending().clear()
    if not gateways:
        return
    devices = Device.objects.filter(Q(pk__in=gateways) | Q(via__in=gateways))
    sites = dict(devices.values_list("pk", "site_id"))
    fit_profile_rules(list(sites), most=MOST)
    fit_site_rules(set(sites.values()))


def _pending() -> set[int]:
    if not hasattr(_changed, "gateways"):
        _changed.gateways = set()
    found: set[int] = _changed.gateways
    return found
