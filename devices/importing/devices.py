"""Rows of the sheet "devices" to the registry."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from django.utils.translation import gettext as _

from devices import audit
from devices.exporting.rows import device_values
from devices.importing.cells import Value
from devices.importing.difference import Entry, Finding, Key, compare
from devices.importing.problems import Reasons, RowRefused
from devices.importing.reach import Reach
from devices.models import Device, DeviceProfile
from devices.profiles import remake_tags
from devices.registry import check_device


class DeviceWriter:
    """Adds and changes devices."""

    def __init__(self, entries: Sequence[Entry], reach: Reach) -> None:
        self._reach = reach
        # a gateway may stand after the devices that are reached via it
        self.ordered = sorted(entries, key=lambda entry: bool(entry.values.get("via")))
        devices = Device.objects.select_for_update(of=("self",))
        related = devices.select_related("site", "via", "profile", "modbus")
        uids = [entry.key[0] for entry in entries]
        self.known: dict[Key, Device] = {
            (device.uid,): device for device in related.filter(uid__in=uids).order_by("pk")
        }
        self._profiles: dict[str, DeviceProfile] = {}
        self._references = {
            "site": self._set_site,
            "via": self._set_via,
            "profile": self._set_profile,
            "connection": self._set_connection,
        }

    def write(self, entry: Entry) -> Finding | None:
        """Add or change the device of a row.

        Raises:
            RowRefused: the user may not, or something that it names does not exist.
            django.core.exceptions.ValidationError: a field is wrong.
        """
        known = self.known.get(entry.key)
        if known is not None and known.site_id not in self._reach.site_ids:
            raise RowRefused(_("This UID is taken by a device that you may not change."))
        finding = compare(entry, device_values(known) if known else None)
        reasons = Reasons(entry.wrong)
        device = copy.copy(known) if known else Device(uid=entry.key[0])
        if finding is not None:
            self._fill(device, {change.column: change.after for change in finding.changes}, reasons)
            with reasons.collect():
                check_device(device=device)
        if reasons:
            raise reasons.refusal()
        if finding is not None:
            self._save(device, known)
        return finding

    def _save(self, device: Device, known: Device | None) -> None:
        device.save()
        before = audit.fields_of(known) if known else None
        audit.record("change" if known else "create", device, before, audit.fields_of(device))
        old_profile = known.profile if known else None
        if old_profile != device.profile:
            remake_tags(device=device, before=old_profile)
        self._reach.device_changed(device, known)

    def _fill(self, device: Device, values: dict[str, Value], reasons: Reasons) -> None:
        for column in values.keys() - self._references.keys():
            setattr(device, column, values[column])
        for column, look_up in self._references.items():
            # the connections are those of the gateway: without it there are none
            if column in values and (column != "connection" or "via" not in reasons):
                with reasons.collect():
                    look_up(device, str(values[column]))
        if not device.site_id and "site" not in values:
            reasons.note(_("site: is missing."), "site")

    def _set_site(self, device: Device, slug: str) -> None:
        device.site = self._reach.site(slug)

    def _set_via(self, device: Device, uid: str) -> None:
        if not uid:
            device.via = None
            return
        gateway = Device.objects.filter(uid=uid, site__in=self._reach.site_ids).first()
        if gateway is None:
            message = _("via: there is no gateway “%(uid)s”.")
            raise RowRefused(message % {"uid": uid}, "via")
        device.via = gateway

    def _set_profile(self, device: Device, reference: str) -> None:
        if not reference:
            device.profile = None
            return
        if reference not in self._profiles:
            slug, _at, version = reference.rpartition("@")
            profile = DeviceProfile.objects.filter(slug=slug, version=version).first()
            if profile is None:
                raise RowRefused(
                    _("profile: there is no “%(name)s”. Write it like “eastron-sdm630@1.0.0”.")
                    % {"name": reference},
                    "profile",
                )
            self._profiles[reference] = profile
        device.profile = self._profiles[reference]

    def _set_connection(self, device: Device, name: str) -> None:
        if not name:
            device.modbus = None
            return
        gateway = device.via
        if gateway is None:
            message = _("connection: a device that is read needs its gateway in “via”.")
            raise RowRefused(message, "connection")
        found = gateway.modbus_connections.filter(name=name).first()
        if found is None:
            raise RowRefused(
                _("connection: %(gateway)s has no “%(name)s”. Add it on the gateway's page first.")
                % {"gateway": gateway.uid, "name": name},
                "connection",
            )
        device.modbus = found
