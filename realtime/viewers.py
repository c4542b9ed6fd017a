"""Who looks at a page: the user behind a session cookie, asked again while the socket is open."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest

from devices.access import sites_for
from devices.models import Device
from realtime.groups import Channel


def viewer_of(session_key: str) -> User | None:
    """Return the active user of a session that is still good: not ended, password not changed."""
    if not session_key.isascii() or not session_key.isalnum():
        return None  # a cookie may hold anything, also what the database cannot be asked for
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


def site_of(viewer: User, channel: Channel) -> int | None:
    """Return the site that a channel belongs to, or None when the viewer may not see it."""
    sites = sites_for(viewer)
    if channel.kind in {"tel:device", "health"}:
        devices = Device.objects.filter(pk=channel.id, site__in=sites)
        return devices.values_list("site_id", flat=True).first()
    return sites.filter(pk=channel.id).values_list("pk", flat=True).first()
