from __future__ import annotations

import logging
import sys

from django.core.exceptions import PermissionDenied

from project.logs import Brief


def kept_traceback(error: Exception, name: str = "django.request") -> bool:
    try:
        raise error
    except type(error):
        record = logging.LogRecord(name, logging.WARNING, "", 0, "said", (), sys.exc_info())
    assert Brief().filter(record)
    return record.exc_info is not None


def test_what_is_refused_by_rule_is_logged_without_a_traceback() -> None:
    assert not kept_traceback(PermissionDenied())
    assert not kept_traceback(ValueError(), "django.security.DisallowedHost")


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    assert kept_traceback(ValueError())
