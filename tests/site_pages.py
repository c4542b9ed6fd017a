"""Every page of the site, once: what tests open that are true of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# By route, as project/urls.py has it: the addresses of its views, with names of things in braces.
PAGES: Mapping[str, tuple[str, ...]] = {
    "": ("/", "/?area={area}", "/?wall=1", "/?area=nowhere"),
    "alarms/": (
        "/alarms/",
        "/alarms/?tab=shelved",
        "/alarms/?tab=history",
        "/alarms/?priority=1",
    ),
    "alarms/metrics/": ("/alarms/metrics/",),
    "cameras/": ("/cameras/",),
    "cameras/<str:uid>/": ("/cameras/{camera}/",),
    "devices/<str:uid>/": (
        "/devices/{device}/",
        "/devices/{device}/?tab=history",
        "/devices/{device}/?tab=events",
        "/devices/{device}/?tab=config",
        "/devices/{gateway}/",
    ),
    "gallery/": ("/gallery/", "/gallery/?label=fire"),
    "gallery/quality/": ("/gallery/quality/",),
    "gateways/": ("/gateways/",),
    "gateways/<str:uid>/": ("/gateways/{gateway}/",),
    "gateways/<str:uid>/guess/": ("/gateways/{gateway}/guess/",),
    "trends/": ("/trends/", "/trends/?tags={tag}"),
    "login/": ("/login/",),
    "admin/": ("/admin/",),
}
# What is opened besides: pages of the administration, and what an address is answered with that
# leads nowhere.
MORE = (
    "/admin/devices/device/",
    "/admin/devices/device/add/",
    "/admin/devices/enrolment/",
    "/admin/alarms/rule/",
    "/nothing-here/",
)
# Routes outside the API and the administration that answer with no page of their own. The page of
# the API is Swagger's: see tests/browser/test_api_docs.py.
NO_PAGES = frozenset(
    {
        "cameras/<str:uid>/picture/",
        "catalog/<str:language>/<str:digest>.js",
        "gallery/density/",
        "healthz",
        "language/",
        "logout/",
        "media/snapshots/<int:pk>/<str:size>/",
        "readyz",
        "theme/",
        "trends/marks/",
    }
)


@dataclass(frozen=True)
class Names:
    """What the addresses of a plant are filled in with."""

    area: str
    camera: str
    device: str
    gateway: str
    tag: int


def addresses(names: Names) -> list[str]:
    """Return the address of every page of a plant, each once."""
    found = [address for views in PAGES.values() for address in views]
    return [address.format(**vars(names)) for address in [*found, *MORE]]
