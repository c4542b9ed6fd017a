"""What the front page of the administration begins with: what needs an administrator now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from devices.access import AnyUser, rows_for
from devices.admin.device_list import rows_by_device
from devices.gateways import may_carry
from devices.models import Credential, Device, Enrolment, Role
from devices.selectors import Row
from devices.status import GATEWAY

MOST: Final = 8  # of each kind; the lists behind have the others


def front_of(user: AnyUser) -> dict[str, Any]:
    """Context of the front page, of the sites where the user may administer.

    Returns:
        ``offline``: the first rows of `devices.selectors.device_rows` that are offline, with
        ``since_at`` and with how many devices a gateway takes along as ``behind``;
        ``offline_count``: how many devices are, those behind gateways included; ``without_token``:
        gateways that cannot connect; ``waiting``: gateways that wait for somebody's approval.
    """
    down, count = _offline(user)
    return {
        "offline": down[:MOST],
        "offline_count": count,
        "without_token": _without_token(user)[:MOST],
        "waiting": _waiting(user)[:MOST],
    }


def _offline(user: AnyUser) -> tuple[list[Row], int]:
    """Return what is offline of itself, the longest first, and how many devices are offline."""
    devices = rows_for(user, Device, Role.ENGINEER)
    rows = rows_by_device(devices.order_by().values_list("pk", "site_id")).values()
    down = [row for row in rows if row["status"] == "offline"]
    cause = [row for row in down if row["detail"] != GATEWAY]
    known = {row["uid"] for row in cause}
    for row in cause:
        row["since_at"] = _moment(row["since"])
        row["behind"] = sum(other["via"] == row["uid"] for other in down)
    # whose gateway is not in the list, such as one that is switched off, stands for itself
    cause += [
        row | {"since_at": _moment(row["since"]), "behind": 0}
        for row in down
        if row["detail"] == GATEWAY and row["via"] not in known
    ]
    return sorted(cause, key=lambda row: (row["since"] or 0, row["uid"])), len(down)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def _without_token(user: AnyUser) -> Any:
    """Return what may carry others and has no token that is accepted."""
    valid = Credential.objects.filter(device=OuterRef("pk"), revoked_at=None).filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    )
    devices = may_carry(rows_for(user, Device, Role.ENGINEER))
    return devices.filter(~Exists(valid), enabled=True).order_by("uid")


def _waiting(user: AnyUser) -> Any:
    """Return codes that were used by gateways which may not speak yet, the longest first."""
    used = rows_for(user, Enrolment, Role.ENGINEER).filter(used_at__isnull=False)
    waits = used.filter(needs_approval=True, approved_at=None, device__isnull=False)
    return waits.select_related("device", "site").order_by("used_at")
