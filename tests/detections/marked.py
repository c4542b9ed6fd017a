"""Detections that somebody marked, people of every role, and how they ask."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alarms.models import Detection, Verdict
from devices.models import Device, Membership, Role, Site


def person(site: Site, role: Role, name: str = "") -> User:
    """Make somebody who has a role at a site."""
    user = User.objects.create_user(name or role.value)
    Membership.objects.create(user=user, site=site, role=role)
    return user


def client_of(user: User) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, path: str, **body: Any) -> Any:
    """Send something to the API about detections."""
    return client.post(f"/api/v1/detections/{path}", body, content_type="application/json")


def seen(camera: Device, label: str = "fire", **fields: Any) -> Detection:
    """Let a camera have seen something."""
    since = fields.pop("since", timezone.now() - dt.timedelta(minutes=5))
    known: dict[str, Any] = {
        "event": uuid.uuid4(),
        "gateway": camera.via,
        "camera": camera,
        "camera_uid": camera.uid,
        "site": camera.site,
        "label": label,
        "state": "ended",
        "since": since,
        "at": since + dt.timedelta(seconds=9),
        "received_at": since,
        "heard_at": since,
        "score": 0.8,
        "peak": 0.9,
        "reached": 0.85,
        "threshold": 0.5,
        "model": "5" * 64,
    }
    return Detection.objects.create(**known | fields)


def mark(detection: Detection, kind: str, by: str = "olga") -> Detection:
    """Say what it was."""
    Verdict.objects.create(detection=detection, kind=kind, by=by, at=timezone.now())
    return detection
