"""What one import may touch, what it touched, and whom that is told, once, at its end."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from devices.access import sites_for
from devices.feed import refresh_devices
from devices.importing.problems import RowRefused
from devices.models import Device, Role, Site
from devices.states import announce_state
from devices.telling import tell_authority, tell_plant


class Reach:
    """Sites of the user, and the devices that were changed."""

    def __init__(self, by: User, only: Site | None = None) -> None:
        self.by = by
        self._only = only
        self._changed: set[int] = set()
        self._tags_changed: set[int] = set()  # gateways for which tag numbers mean something else
        self._left: dict[int, set[int]] = defaultdict(set)  # by site: devices that went elsewhere

    @cached_property
    def sites(self) -> dict[str, Site]:
        """Sites where the user is an engineer, by slug; if one was asked for, at most that."""
        sites = sites_for(self.by, need=Role.ENGINEER)
        if self._only is not None:
            sites = sites.filter(pk=self._only.pk)
        return {site.slug: site for site in sites}

    @cached_property
    def site_ids(self) -> frozenset[int]:
        """The same, by id."""
        return frozenset(site.pk for site in self.sites.values())

    def site(self, slug: str) -> Site:
        """Find one of them.

        Raises:
            RowRefused: there is none of this name, or it is none of theirs.
        """
        if slug in self.sites:
            return self.sites[slug]
        if self._only is not None:
            raise RowRefused(
                _("site: this import is for “%(site)s” only.") % {"site": self._only.slug},
                "site",
            )
        raise RowRefused(
            _("site: you are not an engineer of “%(site)s”. You are one of: %(known)s.")
            % {"site": slug, "known": ", ".join(sorted(self.sites)) or "–"},
            "site",
        )

    def device_changed(self, device: Device, before: Device | None) -> None:
        """Note a device that was added or changed."""
        self._changed.add(device.pk)
        self._tags_changed.add(device.via_id or device.pk)
        if before is not None:
            self._tags_changed.add(before.via_id or before.pk)
            if before.site_id != device.site_id:
                self._left[before.site_id].add(device.pk)

    def tags_changed(self, device: Device) -> None:
        """Note that tags of a device were added or changed."""
        self._tags_changed.add(device.via_id or device.pk)

    def configure(self) -> list[str]:
        """Make new versions of what the gateways are to read.

        Returns:
            Why a gateway could not read what came of it, in plain words.
        """
        problems: list[str] = []
        for pk in sorted(self._tags_changed):
            try:
                tell_plant(pk)
            except ValidationError as error:
                problems += error.messages
        return problems

    def tell(self) -> None:
        """Tell pages and sockets. Late: it locks what others want to write too."""
        for pk in sorted(self._changed):
            tell_authority(pk)
        for site_id, pks in sorted(self._left.items()):
            refresh_devices(site_id=site_id, device_ids=sorted(pks))
        announce_state(self._changed)
