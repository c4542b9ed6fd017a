"""The page of a back-test: what the rule in the form would have done. Nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from alarms.models import Rule
from alarms.tally import LISTED
from alarms.trials import RANGES, Trial, try_rule
from alarms.units import unit_of_rule
from devices.access import require
from devices.admin.pages import add_refusal, find, page_of, show
from devices.models import Role

_BAR: Final = 10  # width of a day's bar with the gap beside it, in the units of its picture
_TALL: Final = 60  # height of the tallest one


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the picture."""

    x: int
    y: float
    height: float
    title: str


def trial_page(admin: ModelAdmin[Any], request: HttpRequest, pk: int | None) -> HttpResponse:
    """Try the rule that the form has.

    Args:
        admin: of rules.
        request: POST of the form, with ``range``.
        pk: of the stored rule that is being changed; None: a new one.

    Raises:
        Http404: there is none, or not for this user.
        PermissionDenied: the user may not change it, or makes no rules.
    """
    rule: Rule | None = None if pk is None else find(admin, request, pk)
    if rule is None and not admin.has_add_permission(request):
        raise PermissionDenied
    if request.method != "POST":
        return redirect(page_of(rule) if rule else "admin:alarms_rule_add")
    form = _form_of(admin, request, rule)
    span = request.POST.get("range", "")
    trial = _try(form, request, span if span in RANGES else "24h") if form.is_valid() else None
    return show(
        admin,
        request,
        "admin/alarms/rule/backtest.html",
        title=_("Back-test"),
        subtitle=form.instance.name,
        mistakes=_mistakes(form),
        unit=unit_of_rule(form.instance) if trial else "",
        **(_told(trial) if trial else {}),
    )


def _form_of(admin: ModelAdmin[Any], request: HttpRequest, rule: Rule | None) -> Any:
    data = request.POST.copy()
    if not data.get("name"):
        data["name"] = _("Back-test")  # it need not have one yet
    return admin.get_form(request, rule, change=rule is not None)(data, instance=rule)


def _try(form: Any, request: HttpRequest, span: str) -> Trial | None:
    require(request.user, form.instance.site_id, Role.ENGINEER)
    try:
        return try_rule(form.instance, span)
    except ValidationError as error:
        add_refusal(form, error)
        return None


def _mistakes(form: Any) -> list[str]:
    """Return what is wrong, with the labels of the fields."""
    return [
        f"{form.fields[name].label}: {text}" if name in form.fields else text
        for name, texts in form.errors.items()
        for text in texts
    ]


def _told(trial: Trial) -> dict[str, Any]:
    report, counts = trial.report, trial.report.counts
    rows = [
        {
            "since": _time(each.since),
            "until": None if each.until is None else _time(each.until),
            "lasted": lasting((each.until or report.until) - each.since),
            "peak": each.peak,
        }
        for each in counts.occurrences
    ]
    return {
        "report": report,
        "counts": counts,
        "since": _time(report.since),
        "until": _time(report.until),
        "active": lasting(counts.active_ms),
        "longest": lasting(counts.longest_ms),
        "bars": bars_of(counts.per_day),
        "first_day": next(iter(counts.per_day), ""),
        "last_day": next(reversed(counts.per_day), ""),
        "days": [f"{day}: {count}" for day, count in counts.per_day.items() if count],
        "width": len(counts.per_day) * _BAR,
        "rows": rows,
        "left_out": counts.activations - len(rows) if counts.activations > LISTED else 0,
        "proposal": trial.proposal,
        "removed": round(100 * trial.proposal.removed) if trial.proposal else 0,
        "unknown": trial.unknown,
    }


def bars_of(per_day: Mapping[str, int]) -> list[Bar]:
    """Return a bar for each day, the tallest as high as the picture."""
    most = max([1, *per_day.values()])
    heights = [round(_TALL * count / most, 2) for count in per_day.values()]
    return [
        Bar(i * _BAR, _TALL - height, height, f"{day}: {per_day[day]}")
        for i, (day, height) in enumerate(zip(per_day, heights, strict=True))
    ]


def lasting(ms: int) -> str:
    """Write a time as hours, minutes and seconds."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _time(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
