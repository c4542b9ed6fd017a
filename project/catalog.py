"""The texts of the scripts, one file per language that browsers keep until it changes."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import override
from django.views.decorators.http import require_GET
from django.views.i18n import JavaScriptCatalog

_show = JavaScriptCatalog.as_view(packages=["project"])


@functools.cache
def catalog_digest() -> str:
    """Name the present version of all catalogues."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for folder in settings.LOCALE_PATHS:
        for file in sorted(Path(folder).glob("*/LC_MESSAGES/djangojs.mo")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@require_GET
def script_catalog(request: HttpRequest, language: str, digest: str) -> HttpResponseBase:
    """Answer the catalogue of a language; the address changes with its content."""
    if language not in dict(settings.LANGUAGES) or digest != catalog_digest():
        raise Http404
    with override(language):
        response = _show(request)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
