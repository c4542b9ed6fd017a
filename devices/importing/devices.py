"""Rows of the sheet "devices" to the registry."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from django.utils.translation import gettext as _

from devices import audit
from devices.exporting.rows import device_values
from devices.importing.cells import Value
from devices.importing.difference import Entry, Finding, Key, compare
from devices.importing.problems import RowRefused
from devices.importing.reach import Reach
from devices.models import Device, DeviceProfile
from devices.profiles import remake_tags
from devices.registry import check_device

_REFERENCES = {"site", "via", "profile", "connection"}


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
        if finding is not None:
            device = copy.copy(known) if known else Device(uid=entry.key[0])
            self._fill(device, {change.column: change.after for change in finding.changes})
            self._save(device, known)
        return finding

    def _save(self, device: Device, known: Device | None) -> None:
        check_device(device=device)
        device.save()
        before = audit.fields_of(known) if known else None
        audit.record("change" if known else "create", device, before, audit.fields_of(device))
        old_profile = known.profile if known else None
        if old_profile != device.profile:
            remake_tags(device=device, before=old_profile)
        self._reach.device_changed(device, known)

    def _fill(self, device: Device, values: dict[str, Value]) -> None:
        for column in values.keys() - _REFERENCES:
            setattr(device, column, values[column])
        if "site" in values:
            self._set_site(device, str(values["site"]))
        elif device.site_id is None:
            raise RowRefused(_("site: is missing."))
        if "via" in values:
            self._set_via(device, str(values["via"]))
        if "profile" in values:
            self._set_profile(device, str(values["profile"]))
        if "connection" in values:
            self._set_connection(device, str(values["connection"]))

    def _set_site(self, device: Device, slug: str) -> None:
        site = self._reach.sites.get(slug)
        if site is None:
            raise RowRefused(
                _("site: you are not an engineer of “%(site)s”. You are one of: %(known)s.")
                % {"site": slug, "known": ", ".join(sorted(self._reach.sites)) or "–"}
            )
        device.site = site

    def _set_via(self, device: Device, uid: str) -> None:
        if not uid:
            device.via = None
            return
        gateway = Device.objects.filter(uid=uid, site__in=self._reach.site_ids).first()
        if gateway is None:
            raise RowRefused(_("via: there is no gateway “%(uid)s”.") % {"uid": uid})
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
                    % {"name": reference}
                )
            self._profiles[reference] = profile
        device.profile = self._profiles[reference]

    def _set_connection(self, device: Device, name: str) -> None:
        if not name:
            device.modbus = None
            return
        gateway = device.via
        if gateway is None:
            raise RowRefused(_("connection: a device that is read needs its gateway in “via”."))
        found = gateway.modbus_connections.filter(name=name).first()
        if found is None:
            raise RowRefused(
                _("connection: %(gateway)s has no “%(name)s”. Add it on the gateway's page first.")
                % {"gateway": gateway.uid, "name": name}
            )
        device.modbus = found
