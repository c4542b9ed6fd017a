"""All figures of a site and a span together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Final

from alarms.metrics import load, nuisance, response
from alarms.metrics.span import Span, watched

MORE: Final = 5  # nuisances of each kind that are listed although they make little load


@dataclass(frozen=True, slots=True)
class Report:
    """Every figure of `alarms.metrics`."""

    span: Span
    shortened: bool  # nobody watched for all of the time that was asked for
    rate: load.Rate
    floods: load.Floods
    mix: load.Mix
    standing: response.Standing
    stale: response.Stale
    chattering: nuisance.Nuisance
    fleeting: nuisance.Nuisance
    bad_actors: nuisance.BadActors
    responses: list[response.Response]
    shelving: response.Shelving


def report_of(site_id: int, span: Span) -> Report:
    """Return all figures of a site. Standing and stale are of now, whatever the span.

    Before the plant had rules there was nothing to tell: that time is neither good nor bad, and is
    left out.
    """
    asked, span = span, watched(site_id, span)
    chattering = nuisance.chattering(site_id, span)
    fleeting = nuisance.fleeting(site_id, span)
    besides = [*islice(chattering.times, MORE), *islice(fleeting.times, MORE)]
    return Report(
        span=span,
        shortened=span != asked,
        rate=load.rate(site_id, span),
        floods=load.floods(site_id, span),
        mix=load.mix(site_id, span),
        standing=response.standing(site_id, span),
        stale=response.stale(site_id, span),
        chattering=chattering,
        fleeting=fleeting,
        bad_actors=nuisance.bad_actors(site_id, span, besides),
        responses=response.responses(site_id, span),
        shelving=response.shelving(site_id, span),
    )
