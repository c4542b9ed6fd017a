"""What a connected gateway has not been told yet: a configuration, a new token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Max
from django.utils import timezone

from devices.configuration import configuration_for
from devices.models import GatewayConfiguration
from devices.rotation import hand_over, waiting_for


@dataclass(frozen=True, slots=True)
class News:
    """What to tell a gateway now."""

    version: int = 0  # of the configuration
    packed: str = ""  # see edge.wire.configuration; empty: it has the newest
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one connection was told."""

    gateway_id: int
    credential_id: int
    version: int | None  # of its configuration; None: it has its own file
    token: bool  # it was handed what takes the place of its token


def news_for(heard: Heard) -> News:
    """Return what a connection must be told. A token in it is new and must be sent."""
    newer = None
    if heard.version is not None:
        newer = configuration_for(gateway_id=heard.gateway_id, runs=heard.version)
    return News(
        version=newer.version if newer is not None else 0,
        packed=newer.packed if newer is not None else "",
        token=None if heard.token else hand_over(credential_id=heard.credential_id),
    )


def find_news(connections: Collection[Heard]) -> set[int]:
    """Return the gateways for which there may be news, with two queries for all connections."""
    rows = GatewayConfiguration.objects.filter(
        gateway__in={each.gateway_id for each in connections}
    )
    newest = dict(rows.values_list("gateway").annotate(Max("version")))
    wanted = [each.credential_id for each in connections if not each.token]
    asked = waiting_for(wanted, timezone.now()).values_list("replaces", flat=True)
    with_token = set(asked)
    return {each.gateway_id for each in connections if _is_news(each, newest, with_token)}


def _is_news(heard: Heard, newest: dict[int, int], with_token: set[int | None]) -> bool:
    if not heard.token and heard.credential_id in with_token:
        return True
    return heard.version is not None and heard.version != newest.get(
        heard.gateway_id, heard.version
    )
