"""Who may see what. Every page, socket and endpoint looks things up through these functions.

What a user may not see does not exist for that user: the answer is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import QuerySet

from devices.models import Device, Site, Tag

AnyUser = AbstractBaseUser | AnonymousUser


def sites_for(user: AnyUser) -> QuerySet[Site]:
    """Sites of a user: all for an administrator, for others those they are a member of."""
    if not isinstance(user, User) or not user.is_active:
        return Site.objects.none()
    return Site.objects.all() if user.is_superuser else Site.objects.filter(members=user)


def site_for(user: AnyUser, slug: str = "") -> Site:
    """One site of the user by its slug, or the first one.

    Raises:
        Site.DoesNotExist: there is none, or it is not the user's.
    """
    sites = sites_for(user)
    if slug:
        return sites.get(slug=slug)
    site = sites.first()
    if site is None:
        raise Site.DoesNotExist
    return site


def device_for(user: AnyUser, uid: str) -> Device:
    """One device of the user's sites.

    Raises:
        Device.DoesNotExist: there is none, or it is not at one of the user's sites.
    """
    return Device.objects.select_related("site", "via").get(uid=uid, site__in=sites_for(user))


def tags_for(user: AnyUser, ids: Sequence[int]) -> list[Tag]:
    """Tags of the user's sites, in the order asked for.

    Raises:
        Tag.DoesNotExist: one of them does not exist, or is not at one of the user's sites.
    """
    tags = Tag.objects.filter(device__site__in=sites_for(user)).in_bulk(ids)
    missing = set(ids) - tags.keys()
    if missing:
        raise Tag.DoesNotExist(f"No such tag: {min(missing)}")
    return [tags[pk] for pk in ids]
