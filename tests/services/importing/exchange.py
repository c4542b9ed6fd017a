"""Exchange files as the tests write and read them."""

from __future__ import annotations

from django.contrib.auth.models import User

from devices.exporting.files import to_csv, to_xlsx
from devices.exporting.rows import rows_of_devices, rows_of_tags
from devices.importing.columns import DEVICES, TAGS
from devices.importing.difference import Outcome
from devices.importing.files import read_file
from devices.importing.service import apply, preview
from devices.models import Device


def exported() -> dict[str, bytes]:
    """Everything, in every form."""
    devices = Device.objects.all()
    return {
        "devices.csv": to_csv(DEVICES, rows_of_devices(devices)),
        "tags.csv": to_csv(TAGS, rows_of_tags(devices)),
        "all.xlsx": to_xlsx([(DEVICES, rows_of_devices(devices)), (TAGS, rows_of_tags(devices))]),
    }


def content() -> tuple[bytes, bytes]:
    """All devices and tags; XLSX files would differ by the time when they were written."""
    files = exported()
    return files["devices.csv"], files["tags.csv"]


def look(file: str | bytes, by: User) -> Outcome:
    """Do a dry run."""
    data = file.encode() if isinstance(file, str) else file
    return preview(tables=read_file(data), by=by)


def bring_in(file: str | bytes, by: User) -> Outcome:
    """Do a dry run, then do what it says."""
    data = file.encode() if isinstance(file, str) else file
    shown = look(data, by)
    return apply(tables=read_file(data), by=by, expected=shown.digest)


def reasons(outcome: Outcome) -> list[tuple[int, str]]:
    """Line and reason of everything that is refused."""
    return [(r.line, r.reason) for each in outcome.differences for r in each.refused]
