"""The door to the pictures."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from alarms import files
from alarms.models import Snapshot
from devices.access import rows_for

_FOR_GOOD: Final = "private, max-age=31536000, immutable"  # an address has one content


@require_safe
@login_required
def snapshot(request: HttpRequest, pk: int, size: str) -> HttpResponse:
    """Serve a picture ("full") or its thumbnail ("thumb") to who may see its site."""
    ready = rows_for(request.user, Snapshot).filter(state=Snapshot.State.READY)
    picture = ready.select_related("detection").filter(pk=pk).first()
    if picture is None or size not in {"full", "thumb"}:
        raise Http404
    try:
        content = files.read(picture.name if size == "full" else picture.thumb)
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{picture.detection.camera_uid}_{picture.detection.label}_{picture.at:%Y%m%dT%H%M%SZ}"
    disposition = content_disposition_header(as_attachment=False, filename=f"{name}.jpg")
    headers = {
        "Cache-Control": _FOR_GOOD,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition or "inline",
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
