"""Services on who may do what where: sites, and the roles of people at them."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from devices.audit import fields_of, record, recorded
from devices.models import Membership, Site


@transaction.atomic
def save_site(*, site: Site) -> None:
    """Store a new or edited site.

    Raises:
        ValidationError: a field is wrong or the slug is taken.
    """
    site.full_clean()
    if site.time_zone not in zoneinfo.available_timezones():
        message = _("No such time zone. One is called Europe/Berlin or Asia/Shanghai, for example.")
        raise ValidationError({"time_zone": message})
    with recorded(site):
        site.save()


@transaction.atomic
def save_membership(*, membership: Membership) -> None:
    """Give somebody a role at a site, or another one. Open pages follow within a minute.

    Raises:
        ValidationError: a field is wrong, or they have a role there already.
    """
    membership.full_clean()
    with recorded(membership):
        membership.save()


@transaction.atomic
def end_membership(*, membership: Membership) -> None:
    """Take somebody's role at a site away. Their open pages close within a minute."""
    record("delete", membership, fields_of(membership), None)
    membership.delete()
