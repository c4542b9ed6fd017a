"""The door to what a camera sees now: its gateway is asked, and the image gate looks at the answer.

Nothing is stored. The answer to the POST is the picture itself, as the gate has written it anew;
what a gateway sent never reaches a browser.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from alarms.gate import Passed, Refused
from alarms.gatekeeper import GateDied
from devices.access import device_for
from devices.models import Device, Role
from edge import wire
from project.refusals import refusal, refusal_of
from project.sightings import cameras_of
from realtime import asking, screening

logger = logging.getLogger(__name__)

ASKER: Final = Role.OPERATOR
# Those of edge.wire.shown, written out so that they are found for translation.
WORDS: Final = (
    gettext_noop("this camera is not watched"),
    gettext_noop("none came yet"),
    gettext_noop("the gateway has not reached the camera yet"),
    gettext_noop("the camera cannot be reached"),
    gettext_noop("the camera refuses user name or password"),
    gettext_noop("what the camera sends cannot be read as a picture"),
    gettext_noop("what reads the camera has ended too often"),
)


@never_cache
@require_POST
@login_required
async def picture_now(request: HttpRequest, uid: str) -> HttpResponse:
    """Answer with the newest picture of a camera as a JPEG, or with why there is none as JSON.

    ``X-Picture-At`` is its source time, ``X-Picture-Age`` its age when it was sent; milliseconds.
    """
    camera = await sync_to_async(_camera_of)(request, uid)
    try:
        shown = await asking.show(camera=camera)
    except asking.AskError as error:
        return refusal_of(_translated(error), _("There is no picture: %(why)s."))
    try:
        passed = await screening.screen(shown.jpeg)
    except Refused as refused:
        logger.warning("the picture that %s shows was refused: %s", uid, refused)
        text = _("What the gateway sent was refused: it is no picture that can be shown safely.")
        return refusal("picture_refused", text, HTTPStatus.BAD_GATEWAY)
    except GateDied as error:
        logger.warning("the picture that %s shows could not be checked: %s", uid, error)
        text = _("The picture could not be checked and is not shown. Try again.")
        return refusal("not_checked", text, HTTPStatus.BAD_GATEWAY)
    return _picture(shown, passed)


def _camera_of(request: HttpRequest, uid: str) -> Device:
    """Return a camera that the user may have a look at.

    Raises:
        Http404: there is none, or not for this user.
        PermissionDenied: the user sees it, with a lesser role than needed.
    """
    try:
        device = device_for(request.user, uid, ASKER)
    except Device.DoesNotExist as error:
        raise Http404 from error
    if not cameras_of(device.site).filter(pk=device.pk).exists():
        raise Http404
    return device


def _translated(error: asking.AskError) -> asking.AskError:
    """The gateway's words in the language of the page, where they are some that we know."""
    why = str(error)
    return asking.GatewayRefused(_(why)) if why in WORDS else error


def _picture(shown: wire.Shown, passed: Passed) -> HttpResponse:
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline",
        "X-Picture-At": str(shown.at),
        "X-Picture-Age": str(shown.age_ms),
    }
    return HttpResponse(passed.image, content_type="image/jpeg", headers=headers)
