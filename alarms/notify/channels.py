"""Saves and deletes channels and routes, with a line in the audit trail, and without their secrets.

Who may do that is asked by the doors: administrators of the site; for channels of all sites,
superusers.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from alarms import schedule
from alarms.models import ChannelKind, Kind, NotificationChannel, NotificationRoute
from alarms.notify.apprise import schema_of
from alarms.notify.senders import SENDERS, configuration_of
from devices.audit import Fields, fields_of, record, recorded

_MOST_ITEMS = 100  # of a list that narrows a route down


@transaction.atomic
def save_channel(*, channel: NotificationChannel) -> None:
    """Store a new or edited channel.

    Raises:
        ValidationError: a field is wrong, nothing could be sent with this configuration, or routes
            of another site use the channel.
    """
    channel.full_clean()
    if channel.kind == ChannelKind.APPRISE:
        channel.configuration = {"schema": schema_of(channel.secret)}
    SENDERS[channel.kind].check(configuration_of(channel))
    if channel.language not in {"", *dict(settings.LANGUAGES)}:
        raise ValidationError({"language": _("There is no such language.")})
    _check_site(channel)
    stored = NotificationChannel.objects.filter(pk=channel.pk).first()
    channel.save()
    before = _fields(stored) if stored else None
    record("change" if stored else "create", channel, before, _fields(channel))


@transaction.atomic
def delete_channel(*, channel: NotificationChannel) -> None:
    """Delete a channel and its routes. What waits for it is not sent; the log stays."""
    for route in channel.routes.all():
        record("delete", route, fields_of(route), None)
    record("delete", channel, _fields(channel), None)
    channel.delete()


def save_route(*, route: NotificationRoute) -> None:
    """Store a new or edited route. It is asked when an alarm is announced and when one is due.

    Raises:
        ValidationError: a field is wrong, or the channel is another site's.
    """
    route.full_clean()
    if route.channel.site_id not in {None, route.site_id}:
        raise ValidationError({"channel": _("This channel belongs to another site.")})
    for name in ("areas", "labels", "kinds"):
        _check_texts(name, getattr(route, name))
    if unknown := set(route.kinds) - set(Kind.values):
        text = _("There is no kind %(kind)s.") % {"kind": min(unknown)}
        raise ValidationError({"kinds": text})
    try:
        schedule.validate(route.schedule)
    except ValueError as error:
        raise ValidationError({"schedule": str(error)}) from error
    with recorded(route):
        route.save()


@transaction.atomic
def delete_route(*, route: NotificationRoute) -> None:
    """Delete a route. What waits because of it is not sent; the log stays."""
    record("delete", route, fields_of(route), None)
    route.delete()


def _check_site(channel: NotificationChannel) -> None:
    routes = NotificationRoute.objects.filter(channel=channel.pk)
    if channel.site_id is not None and routes.exclude(site=channel.site_id).exists():
        raise ValidationError({"site": _("Routes of another site use this channel.")})


def _check_texts(name: str, given: Any) -> None:
    if not isinstance(given, list) or not all(isinstance(each, str) and each for each in given):
        raise ValidationError({name: _("This has to be a list of texts.")})
    if len(given) > _MOST_ITEMS:
        raise ValidationError({name: _("There are too many.")})


def _fields(channel: NotificationChannel) -> Fields:
    """Return what is written down: of a secret only whether it is another one."""
    print_of_it = hashlib.sha256(channel.secret.encode()).hexdigest()[:8] if channel.secret else ""
    return {**fields_of(channel), "secret": print_of_it}
