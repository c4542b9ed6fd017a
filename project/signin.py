"""The door where people sign in, and who tried too often there.

Wrong passwords are counted per user name, whether or not it exists, and per address, as device
tokens are: see realtime/guard.py. While one of the two is blocked nothing is looked at, so that a
guess that hits tells the guesser nothing.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import math
import unicodedata
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext

from project.acting import remote_of_request
from project.context import theme_of
from realtime.guard import Failures, network_of

logger = logging.getLogger(__name__)

_LONGEST_NAME: Final = 150  # of a user, in the log


class SignIn(LoginView):
    """Takes a user name and a password."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the password, unless too many were wrong."""
        failures = _failures(settings.REDIS_URL)
        if wait_s := max(failures.blocked_for(who) for who in _counted(request)):
            return _too_many(request, wait_s)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count a wrong password; an empty field is none."""
        if form.has_error(NON_FIELD_ERRORS):
            _count(self.request)
        return super().form_invalid(form)


def _count(request: HttpRequest) -> None:
    failures = _failures(settings.REDIS_URL)
    blocks = [failures.add(who) for who in _counted(request)]
    if any(blocks):
        logger.warning(
            "too many wrong passwords, the last for user %r from %s: blocked for a while",
            request.POST.get("username", "")[:_LONGEST_NAME],
            remote_of_request(request),
        )


def _counted(request: HttpRequest) -> tuple[str, str]:
    """Return the two keys under which this attempt counts."""
    # As Django's form reads it, in a length of its own: it comes from strangers.
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")).strip()
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]
    return f"user:{digest}", f"address:{network_of(remote_of_request(request))}"


def _too_many(request: HttpRequest, wait_s: float) -> HttpResponse:
    minutes = math.ceil(wait_s / 60)
    advice = ngettext(
        "Nobody can sign in with this user name or from this address for %(minutes)d minute, "
        "not even with the right password. Wait, then try again.",
        "Nobody can sign in with this user name or from this address for %(minutes)d minutes, "
        "not even with the right password. Wait, then try again.",
        minutes,
    )
    status = HTTPStatus.TOO_MANY_REQUESTS
    context = {
        "theme": theme_of(request),
        "title": gettext("Too many wrong passwords"),
        "advice": advice % {"minutes": minutes},
        "status": status.value,
    }
    answer = HttpResponse(render_to_string("error.html", context), status=status)
    answer["Retry-After"] = str(math.ceil(wait_s))
    return answer


@functools.cache
def _failures(url: str) -> Failures:
    return Failures(url, "passwords", grows=True)
