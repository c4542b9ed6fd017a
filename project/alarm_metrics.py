"""The page that says how well the alarm system of a plant works, and its door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alarms.metrics import OffDelay, Range, Report, Threshold, Verdict, policy, report_of, span_of
from alarms.metrics.span import BIN
from alarms.models import Priority
from alarms.wording import own_name
from devices.models import Site
from devices.selectors import device_rows
from project.pages import config_of
from project.templatetags.plant import NARROW_SPACE, number
from project.views import chosen_site, framed

MOST_FLOODS: Final = 10
MOST_STALE: Final = 10
VERDICTS: Final[dict[Verdict, Promise]] = {
    Verdict.GOOD: gettext_lazy("on target"),
    Verdict.WARN: gettext_lazy("off target"),
    Verdict.BAD: gettext_lazy("far off target"),
}
_TARGET_SHARES: Final = {1: "5", 2: "15", 3: "80"}  # per cent; the third with all below it


@dataclass(frozen=True)
class Tile:
    """One figure: what it is, how much, and what that means."""

    name: str
    value: str
    unit: str
    note: str
    target: str = ""
    verdict: Verdict | None = None

    @property
    def verdict_words(self) -> str:
        """What it says."""
        return str(VERDICTS[self.verdict]) if self.verdict else _("nothing to judge yet")


def metrics_page(site: Site, wanted: Range, now: datetime) -> dict[str, Any]:
    """Context of the page of a site."""
    report = report_of(site.pk, span_of(wanted, now))
    return {
        "section": "alarms",
        "site": site,
        "wanted": wanted,
        "ranges": Range.choices,
        "report": report,
        "tiles": [*_load_tiles(report, site), *_now_tiles(report), *_nuisance_tiles(report)],
        "priorities": _priorities(report),
        "mix_words": VERDICTS[report.mix.verdict] if report.mix.verdict else "",
        "actors": _actors(report),
        "limit": policy.BUSY_FROM,
        "floods": report.floods.floods[:MOST_FLOODS],
        "more_floods": max(0, len(report.floods.floods) - MOST_FLOODS),
        "stale": report.stale.alarms[:MOST_STALE],
        "more_stale": max(0, len(report.stale.alarms) - MOST_STALE),
        "config": config_of(site, now, device_rows(site_id=site.pk, now=now), [])
        | {"rate": _rate(report), "range": wanted.value},
    }


def _rate(report: Report) -> dict[str, Any]:
    """Give the script what the chart is drawn from."""
    return {
        "from": round(report.span.start.timestamp() * 1000),
        "step_ms": round(BIN.total_seconds() * 1000),
        "counts": report.rate.counts,
        "limit": policy.BUSY_FROM,
    }


# ---------------------------------------------------------------- tiles


def _load_tiles(report: Report, site: Site) -> list[Tile]:
    rate, floods = report.rate, report.floods
    worst = report.span.start + rate.counts.index(rate.peak) * BIN
    return [
        Tile(
            _("Alarm rate"),
            number(rate.average, 1),
            _("per 10 min"),
            ngettext("%s alarm in all", "%s alarms in all", rate.total) % number(rate.total, 0),
            _target(policy.RATE),
            rate.verdict,
        ),
        Tile(
            _("Peak"),
            number(rate.peak, 0),
            _("in 10 min"),
            _("the worst began %s") % _moment(worst, site) if rate.peak else "",
            _target(policy.PEAK),
            rate.peak_verdict,
        ),
        Tile(
            _("Busy periods"),
            _percent(rate.busy_share, 1),
            "",
            _("of the ten minutes had more than %s") % policy.BUSY_FROM,
            _target(policy.BUSY, share=True),
            rate.busy_verdict,
        ),
        Tile(
            _("Floods"),
            number(len(floods.floods), 0),
            "",
            _("%s of the time") % _percent(floods.share, 1),
            _target(policy.BUSY, share=True),
            floods.verdict,
        ),
    ]


def _now_tiles(report: Report) -> list[Tile]:
    return [
        Tile(
            _("Standing"),
            number(report.standing.total, 0),
            _("now"),
            _("active, not held back"),
            _target(policy.STANDING),
            report.standing.verdict,
        ),
        Tile(
            _("Stale"),
            number(len(report.stale.alarms), 0),
            _("now"),
            _("active for more than 24 h"),
            _target(policy.STALE),
            report.stale.verdict,
        ),
    ]


def _nuisance_tiles(report: Report) -> list[Tile]:
    chattering, fleeting, shelved = report.chattering, report.fleeting, report.shelving
    share = report.bad_actors.top_share
    return [
        Tile(
            _("Chattering"),
            number(chattering.alarms, 0),
            ngettext("alarm", "alarms", chattering.alarms),
            _("three raises within a minute, %s times") % number(chattering.total, 0),
            _target(policy.NUISANCE),
            chattering.verdict,
        ),
        Tile(
            _("Fleeting"),
            number(fleeting.alarms, 0),
            ngettext("alarm", "alarms", fleeting.alarms),
            _("gone within 10 s, %s times") % number(fleeting.total, 0),
            _target(policy.NUISANCE),
            fleeting.verdict,
        ),
        Tile(
            _("Ten worst alarms"),
            "–" if share is None else _percent(share, 0),
            "",
            _("of all alarms"),
            _target(policy.TOP_SHARE, share=True),
            report.bad_actors.verdict,
        ),
        Tile(
            _("Shelved"),
            number(shelved.count, 0),
            _("times"),
            ngettext(
                "%(alarms)s alarm, %(hours)s h together",
                "%(alarms)s alarms, %(hours)s h together",
                shelved.alarms,
            )
            % {"alarms": number(shelved.alarms, 0), "hours": number(shelved.hours, 1)},
        ),
    ]


def _moment(at: datetime, site: Site) -> str:
    """Write a time of the last 30 days on the clock of the plant."""
    return f"{timezone.localtime(at, ZoneInfo(site.time_zone)):%m-%d %H:%M}"


def _target(threshold: Threshold, *, share: bool = False) -> str:
    """Write a target: ``≤ 1`` or ``< 1 %``; nothing less than zero is just ``0``."""
    text = _percent(threshold.target, 0) if share else number(threshold.target, 0)
    if not share and threshold.target == 0:
        return text
    return f"{'<' if threshold.strict else '≤'}{NARROW_SPACE}{text}"


def _percent(share: float, decimals: int) -> str:
    """Write a share of 0 to 1."""
    return f"{number(100 * share, decimals)}{NARROW_SPACE}%"


def _span_text(seconds: float) -> str:
    """Write how long something took, as the scripts write ages."""
    s = round(seconds)
    if s < 60:
        return _("%s s") % s
    h, m = s // 3600, s // 60 % 60
    return f"{h}:{m:02}:{s % 60:02}" if h else f"{m}:{s % 60:02}"


# ---------------------------------------------------------------- tables


def _priorities(report: Report) -> list[dict[str, Any]]:
    """Rows of the table by priority."""
    answered = {response.priority: response for response in report.responses}
    rows = []
    for value, words in Priority.choices:
        share, response = report.mix.shares[value], answered.get(value)
        rows.append(
            {
                "priority": value,
                "words": words,
                "raises": number(report.mix.counts[value], 0),
                "share": "–" if share is None else _percent(share, 1),
                "target": _TARGET_SHARES.get(value, ""),
                "standing": report.standing.counts[value],
                "acknowledged": number(response.count, 0) if response else "0",
                "median": _span_text(response.median_s) if response else "–",
                "p90": _span_text(response.p90_s) if response else "–",
            }
        )
    return rows


def _actors(report: Report) -> list[dict[str, Any]]:
    """Rows of the table of bad actors."""
    rows = []
    for actor in report.bad_actors.actors:
        delay = _delay_text(actor.off_delay) if actor.off_delay else ""
        rows.append(
            {
                "actor": actor,
                "rule": own_name(actor.rule, actor.tag),
                "raises": number(actor.raises, 0),
                "share": _percent(actor.share, 1),
                "chattering": number(report.chattering.times.get(actor.alarm_id, 0), 0),
                "fleeting": number(report.fleeting.times.get(actor.alarm_id, 0), 0),
                "delay": delay,
            }
        )
    return rows


def _delay_text(delay: OffDelay) -> str:
    """Say what an off-delay would have done."""
    return _("%(seconds)s s would have removed %(share)s of the last %(of)s") % {
        "seconds": delay.seconds,
        "share": _percent(delay.share, 0),
        "of": delay.of,
    }


# ---------------------------------------------------------------- door


@require_safe
@never_cache
@login_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Show how well the alarms of a plant work; ``?range=24h``, ``7d`` or ``30d``."""
    site = chosen_site(request)
    if site is None:
        return render(request, "no_site.html")
    asked = request.GET.get("range", "")
    wanted = Range(asked) if asked in Range.values else Range.DAY
    context = metrics_page(site, wanted, timezone.now())
    return render(request, "alarm_metrics.html", framed(request, context))
