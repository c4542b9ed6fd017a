"""One line a record, and never a secret in it."""

from __future__ import annotations

import logging
import re

from django.core.exceptions import PermissionDenied

_SECRET = re.compile(
    r"(sn[te]_[a-z2-7]{12}_)[A-Za-z0-9_-]+"  # our tokens and codes: the look-up part may stay
    r"|(authorization:?\s*(?:bearer\s+)?|token=|password=|sessionid=|csrftoken=)[^\s&;'\"]+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Replace what looks like a secret by ``***``."""
    return _SECRET.sub(lambda found: f"{found[1] or found[2]}***", text)


class Redact(logging.Filter):
    """Takes secrets out of the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always keep it."""
        record.msg, record.args = redact(record.getMessage()), ()
        return True


class Brief(logging.Filter):
    """Takes the traceback from what is refused by rule: strangers could fill the log with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always keep it."""
        error = record.exc_info[1] if record.exc_info else None
        if (
            record.name.startswith("django.security.")
            or isinstance(error, PermissionDenied)  # Django logs each 403 with one
            or (record.name == "uvicorn.error" and isinstance(error, UnicodeDecodeError))
        ):
            record.exc_info = record.exc_text = None
        return True


class OneLine(logging.Formatter):
    """ISO time, level, logger, message; line breaks in the message are escaped: no forged lines."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Format one record without its traceback."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
