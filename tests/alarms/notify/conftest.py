from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from notify_https import Receiver, receiver, write_certificate
from notify_plant import Bell, mailbox, make_bell
from notify_smtp import MailServer, mail_server
from pytest_django.fixtures import Settings

from alarms.models import NotificationChannel
from devices.models import Site, Tag


@pytest.fixture
def mail(settings: Settings) -> Iterator[MailServer]:
    """A mail server, and settings that lead to it."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.DEFAULT_FROM_EMAIL = "Sentinel <sentinel@plant.test>"
        yield server


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Receiver]:
    """A receiver of webhooks as localhost and rebind.test, which may be reached."""
    certificate = write_certificate(tmp_path / "hook.pem", "localhost", "rebind.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.NOTIFY_ALLOW_NETWORKS = (
        ipaddress.ip_network("127.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )
    with receiver(certificate) as server:
        yield server


@pytest.fixture
def bell(site: Site, tag: Tag) -> Bell:
    """An alarm: P1, temperature of OVEN-1 in Hall 2 above 85 °C."""
    return make_bell(site, tag)


@pytest.fixture
def channel(site: Site) -> NotificationChannel:
    """An e-mail channel to olga@plant.test."""
    return mailbox(site)
