"""Who may see and do what. Every page, socket, endpoint and admin page asks these functions.

What a user may not see does not exist for that user: the answer is the same. What they see but may
not do is refused with ``PermissionDenied``. Roles hold at one site; a superuser is an administrator
of every site. `SITE_OF` is the only place that knows to which site a row belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from devices.models import (
    AuditEntry,
    Camera,
    Connection,
    Credential,
    Device,
    DeviceHealth,
    DeviceState,
    Enrolment,
    ExportJob,
    Gap,
    GatewayConfiguration,
    GatewayEvent,
    Latest,
    Membership,
    ModbusConnection,
    Quarantined,
    Role,
    Site,
    SiteFigure,
    Tag,
)

AnyUser = AbstractBaseUser | AnonymousUser
Row = TypeVar("Row", bound=Model)

# The way from a row to its site, as a query has it.
SITE_OF: Final[dict[type[Model], str]] = {
    Site: "pk",
    SiteFigure: "site",
    Membership: "site",
    Enrolment: "site",
    ExportJob: "site",
    Device: "site",
    AuditEntry: "site_id",
    Tag: "device__site",
    Camera: "device__site",
    Credential: "device__site",
    Connection: "device__site",
    DeviceState: "device__site",
    DeviceHealth: "device__site",
    Gap: "device__site",
    Quarantined: "device__site",
    GatewayEvent: "gateway__site",
    GatewayConfiguration: "gateway__site",
    ModbusConnection: "gateway__site",
    Latest: "tag__device__site",
}
_ORDER: Final = tuple(Role)


def at_least(need: Role) -> tuple[Role, ...]:
    """Return the roles that include this one."""
    return _ORDER[_ORDER.index(need) :]


# ---------------------------------------------------------------- sites and roles


def sites_for(user: AnyUser, need: Role = Role.VIEWER) -> QuerySet[Site]:
    """Sites where a user has at least this role."""
    if not isinstance(user, User) or not user.is_active:
        return Site.objects.none()
    if user.is_superuser:
        return Site.objects.all()
    return Site.objects.filter(memberships__user=user, memberships__role__in=at_least(need))


def role_at(user: AnyUser, site: Site | int) -> Role | None:
    """Return what a user is at a site; None: nothing, so that it does not exist for them."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMIN
    role = Membership.objects.filter(user=user, site=site).values_list("role", flat=True).first()
    return None if role is None else Role(role)


def may(user: AnyUser, site: Site | int, need: Role) -> bool:
    """Say whether a user has at least this role at a site."""
    return role_at(user, site) in at_least(need)


def may_somewhere(user: AnyUser, need: Role) -> bool:
    """Say whether a user has at least this role at any site; a superuser always has."""
    if isinstance(user, User) and user.is_active and user.is_superuser:
        return True
    return sites_for(user, need).exists()


def require(user: AnyUser, site: Site | int, need: Role) -> None:
    """Let only those pass who have at least this role at a site that they may see.

    Raises:
        PermissionDenied: they have a lesser one.
    """
    if not may(user, site, need):
        message = _("This needs the role of %(role)s at the site.")
        raise PermissionDenied(message % {"role": need.label})


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


# ---------------------------------------------------------------- rows


def rows_for(user: AnyUser, model: type[Row], need: Role = Role.VIEWER) -> QuerySet[Row]:
    """Rows of a table at the sites where a user has at least this role."""
    return scoped(model._default_manager.all(), user, need)


def scoped(rows: QuerySet[Row], user: AnyUser, need: Role = Role.VIEWER) -> QuerySet[Row]:
    """Those of these rows that are at sites where a user has at least this role.

    Rows without a site, such as audit entries on profiles, are a superuser's only.
    """
    if isinstance(user, User) and user.is_active and user.is_superuser:
        return rows
    return rows.filter(**{f"{SITE_OF[rows.model]}__in": sites_for(user, need).values("pk")})


def site_id_of(row: Model) -> int | None:
    """Return the site that a row belongs to; None: none yet, or the row belongs to all."""
    path = SITE_OF.get(type(row))
    if path is None:
        return None
    *way, last = path.split("__")
    holder: Any = reduce(getattr, way, row)
    found: int | None = getattr(holder, last if last in {"pk", "site_id"} else f"{last}_id")
    return found


def device_for(user: AnyUser, uid: str, need: Role = Role.VIEWER) -> Device:
    """One device of the user's sites.

    Raises:
        Device.DoesNotExist: there is none, or it is not at one of the user's sites.
        PermissionDenied: the user sees it, with a lesser role than needed.
    """
    devices = Device.objects.select_related("site", "via")
    device = devices.get(uid=uid, site__in=sites_for(user))
    if need != Role.VIEWER:
        require(user, device.site_id, need)
    return device


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
