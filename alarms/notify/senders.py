"""The senders by the kind of a channel, and what they are given of it."""

from __future__ import annotations

from typing import Any, Final

from alarms.models import ChannelKind, NotificationChannel
from alarms.notify.apprise import Apprise
from alarms.notify.base import Sender
from alarms.notify.email import Email
from alarms.notify.webhook import Webhook

SENDERS: Final[dict[str, Sender]] = {
    ChannelKind.EMAIL: Email(),
    ChannelKind.WEBHOOK: Webhook(),
    ChannelKind.APPRISE: Apprise(),
}


def configuration_of(channel: NotificationChannel, recipient: str = "") -> dict[str, Any]:
    """Return what a sender needs of a channel."""
    return {**channel.configuration, "secret": channel.secret, "recipient": recipient}


def recipients_of(channel: NotificationChannel) -> list[str]:
    """Return who gets a message of their own: each address of an e-mail, else just the channel."""
    if channel.kind == ChannelKind.EMAIL:
        return [str(each) for each in channel.configuration.get("recipients", [])]
    return [""]
