"""The rules that every site has: lost devices, full spools, wrong clocks, and what cameras see.

They are made once, with their origin "default". Whoever does not want one disables it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop as _

from alarms.models import Kind, Priority, Rule
from alarms.rules import DEFAULT, save_rule
from devices.models import Camera, Site

logger = logging.getLogger(__name__)

_SEEN_OFF_S: Final = 30.0  # who is hidden for a moment has not gone


@dataclass(frozen=True, slots=True)
class Default:
    """A rule for all devices, or all cameras, of a site."""

    kind: Kind
    name: str  # in English, as are the next ones: see wording.py
    priority: Priority
    cause: str
    action: str
    limit: float | None = None  # seconds
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    label: str = ""

    def rule_of(self, site: Site) -> Rule:
        """Return the rule, not stored yet."""
        return Rule(
            site=site,
            kind=self.kind,
            name=self.name,
            priority=self.priority,
            cause=self.cause,
            action=self.action,
            limit=self.limit,
            on_delay_s=self.on_delay_s,
            off_delay_s=self.off_delay_s,
            label=self.label,
            origin=DEFAULT,
        )


DEFAULTS: Final = (
    Default(
        Kind.OFFLINE,
        _("Device offline"),
        Priority.HIGH,
        _("The device or its gateway is switched off, or the network between is interrupted."),
        _("Check power and network at the device. Until then its values are old."),
        on_delay_s=10.0,
    ),
    Default(
        Kind.SPOOL,
        _("Readings arrive late"),
        Priority.MEDIUM,
        _("The gateway reads faster than the server or the network takes."),
        _("Look at the page of the gateway: does the spool still fill?"),
        limit=300.0,
    ),
    Default(
        Kind.CLOCK_SKEW,
        _("Clock wrong"),
        Priority.LOW,
        _("The clock of the gateway is not synchronised."),
        _("Set up time synchronisation (NTP) at the gateway."),
        limit=5.0,
    ),
    Default(
        Kind.DETECTION,
        _("Fire seen"),
        Priority.CRITICAL,
        _("A camera sees flames."),
        _("Look at the picture. If it burns, follow the fire instructions of the plant."),
        off_delay_s=_SEEN_OFF_S,
        label="fire",
    ),
    Default(
        Kind.DETECTION,
        _("Smoke seen"),
        Priority.HIGH,
        _("A camera sees smoke or steam."),
        _("Look at the picture, and send somebody there."),
        off_delay_s=_SEEN_OFF_S,
        label="smoke",
    ),
    Default(
        Kind.DETECTION,
        _("No helmet"),
        Priority.HIGH,
        _("Somebody is where helmets are worn, and wears none."),
        _("Call them out of there, or bring them a helmet."),
        off_delay_s=_SEEN_OFF_S,
        label="no_helmet",
    ),
)


def fit_site_rules(site_ids: Collection[int] | None = None) -> int:
    """Make what sites lack of the rules that every site has.

    Args:
        site_ids: of which sites; None: of all.

    Returns:
        The number of rules that were made.
    """
    sites = Site.objects.all() if site_ids is None else Site.objects.filter(pk__in=site_ids)
    return sum(_make(site, default) for site, default in _missing(list(sites.order_by("pk"))))


def _missing(sites: Collection[Site]) -> Iterator[tuple[Site, Default]]:
    known = set(Rule.objects.filter(site__in=sites).values_list("site_id", "kind", "label"))
    rows = Camera.objects.filter(device__site__in=sites)
    watched = set(rows.values_list("device__site_id", flat=True).distinct())
    for site in sites:
        for default in DEFAULTS:
            sees = default.kind is not Kind.DETECTION or site.pk in watched
            if sees and (site.pk, default.kind, default.label) not in known:
                yield site, default


def _make(site: Site, default: Default) -> bool:
    """Make a rule, unless another process is just doing that."""
    try:
        with transaction.atomic():
            Site.objects.select_for_update(no_key=True).get(pk=site.pk)
            same = {"site": site, "kind": default.kind, "label": default.label}
            if Rule.objects.filter(**same).exists():
                return False
            save_rule(default.rule_of(site))
    except (ValidationError, IntegrityError, Site.DoesNotExist) as error:
        logger.warning("%s has no rule “%s”: %s", site.slug, default.label or default.kind, error)
        return False
    return True
