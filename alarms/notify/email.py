"""Sends a message by e-mail, through the server that the settings name (EMAIL_HOST and others)."""

from __future__ import annotations

import smtplib
from email.errors import MessageError
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from alarms.notify.base import Configuration, Message, Outcome, permanent, sent, temporary
from alarms.notify.reasons import NO_SERVER

MAX_RECIPIENTS: Final = 50  # more people: a mailing list


class Email:
    """The sender of channels of this kind. Configuration: ``recipients``, each told by itself."""

    def check(self, configuration: Configuration) -> None:
        """See the protocol."""
        recipients = configuration.get("recipients")
        if not isinstance(recipients, list) or not 0 < len(recipients) <= MAX_RECIPIENTS:
            text = _("Between 1 and %(count)d addresses, one in each line.")
            raise ValidationError({"recipients": text % {"count": MAX_RECIPIENTS}})
        for recipient in recipients:
            try:
                validate_email(recipient)
            except ValidationError:
                text = _("%(address)s is not an e-mail address.")
                raise ValidationError({"recipients": text % {"address": recipient}}) from None
        if not settings.EMAIL_HOST:
            raise ValidationError(_(NO_SERVER))

    def send(self, message: Message, configuration: Configuration) -> Outcome:
        """See the protocol."""
        if not settings.EMAIL_HOST:
            return temporary(NO_SERVER, down=True)
        recipient = str(configuration["recipient"])
        try:
            connection = get_connection(fail_silently=False)
            _mail(message, recipient, connection).send()
        except smtplib.SMTPException as error:
            return _judge(error)
        except OSError as error:
            return temporary(f"{type(error).__name__}: {error}", down=True)
        except (MessageError, ValueError) as error:  # a header or an address that cannot be
            return permanent(f"{type(error).__name__}: {error}")
        return sent()


def _mail(message: Message, recipient: str, connection: BaseEmailBackend) -> EmailMessage:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<{message.id}@{domain}>",  # the same if it is sent twice
        "X-Sentinel-Delivery": message.id,
        "Auto-Submitted": "auto-generated",  # RFC 3834: no answer of an absent one
    }
    return EmailMessage(
        message.subject,
        message.body,
        settings.DEFAULT_FROM_EMAIL,
        [recipient],
        connection=connection,
        headers=headers,
    )


def _judge(error: smtplib.SMTPException) -> Outcome:
    """Judge by the code of the answer: 4xx is worth another attempt, 5xx is not (RFC 5321).

    A server that refuses our name or password refuses every message until somebody has corrected
    the settings; nothing may be lost until then.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _by_code(code, text)
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError):
        return temporary(_said(error.smtp_code, error.smtp_error), down=True)
    if isinstance(error, smtplib.SMTPHeloError):
        return temporary(_said(error.smtp_code, error.smtp_error), down=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return permanent(f"{type(error).__name__}: {error}")
    return temporary(f"{type(error).__name__}: {error}", down=True)


def _by_code(code: int, text: bytes | str) -> Outcome:
    said = _said(code, text)
    return permanent(said) if 500 <= code < 600 else temporary(said)


def _said(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"SMTP {code} {words}"
