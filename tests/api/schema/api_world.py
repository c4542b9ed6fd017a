"""One of everything, and a superuser who asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from alarm_making import make_alarm, raise_
from django.contrib.auth.models import User
from django.test import Client

from alarms.models import Detection, Snapshot
from devices.cameras import save_camera
from devices.enrolment import create_code, enrol
from devices.importing.files import read_file
from devices.importing.service import preview
from devices.models import (
    Camera,
    Device,
    DeviceHealth,
    ExportJob,
    Latest,
    Membership,
    ModbusConnection,
    Role,
    Site,
)
from devices.people import save_membership
from devices.profiles import import_profile
from devices.registry import issue_token, save_connection, save_device

PROFILE = b"""{"id": "meter", "version": "1.0.0", "vendor": "V", "model": "M",
 "points": [{"name": "v", "address": 0, "type": "float32"}]}"""
FILE = b"uid,name,site,readings_per_s\nM-1,Renamed,east,5\nM-9,New,east,\n"
CSRF = "c" * 32
NOW = datetime.now(UTC)


class World:
    """Rows that requests can be about, and what lets them pass."""

    def __init__(self) -> None:
        user = User.objects.create_superuser("admin")
        client = Client()
        client.force_login(user)
        self.cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": CSRF}
        self.headers = {"X-CSRFToken": CSRF, "Accept-Encoding": "identity"}
        site = Site.objects.create(slug="east", name="East works")
        gateway = Device(uid="GW-1", name="Gateway", site=site)
        save_device(device=gateway)
        line = ModbusConnection(gateway=gateway, name="line1", host="192.0.2.7")
        save_connection(connection=line)
        self.profile = import_profile(data=PROFILE)
        meter = Device(uid="M-1", name="Meter", site=site, via=gateway)
        meter.modbus, meter.profile = line, self.profile
        save_device(device=meter)
        tag = meter.tags.get()
        Latest.objects.create(tag=tag, source_time=NOW, received_time=NOW, value=1, quality=192)
        DeviceHealth.objects.create(device=meter, at=NOW)
        camera = Device.objects.create(uid="CAM-1", name="Camera", site=site, via=gateway)
        save_camera(camera=Camera(device=camera, source="rtsp://192.0.2.9/", model_names=["m"]))
        detection = Detection.objects.create(
            event=UUID(int=9),
            gateway=gateway,
            camera=camera,
            camera_uid=camera.uid,
            site=site,
            label="fire",
            **dict.fromkeys(("since", "at", "received_at", "heard_at"), NOW),
            **dict.fromkeys(("score", "peak", "threshold"), 0.5),
        )
        boxes = [{"label": "fire", "score": 0.5, "x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2}]
        Snapshot.objects.create(
            detection=detection,
            role="best",
            at=NOW,
            sha256="0" * 64,
            width=64,
            height=64,
            boxes=boxes,
        )
        save_membership(membership=Membership(user=user, site=site, role=Role.ENGINEER))
        alarm = raise_(make_alarm(site, of=tag))
        credential = issue_token(device=gateway).credential
        enrolment, code = create_code(site=site, by=user, uid="GW-2")
        enrol(code=code, uid="", agent="edge", remote="192.0.2.8")
        self.known: dict[str, Any] = {
            "site": "east",
            "device": "M-1",
            "gateway": "GW-1",
            "via": "GW-1",
            "user": "admin",
            "modbus": line.pk,
            "profile": self.profile.reference,
            "uid": "M-1",
            "slug": "east",
            "tag": tag.pk,
            "tags": [tag.pk],
            "lookup": credential.lookup,
            "items": [{"id": alarm.pk, "rev": alarm.rev}],
            "file": FILE,
            "digest": preview(tables=read_file(FILE), by=user, site=site).digest,
        }
        job = ExportJob.objects.create(
            owner=user, site=site, tags=[tag.pk], from_ms=0, to_ms=1, format="csv"
        )
        self.numbers = {
            "exports": job.pk,
            "tags": tag.pk,
            "connections": line.pk,
            "profiles": self.profile.pk,
            "enrolments": enrolment.pk,
            "memberships": Membership.objects.get().pk,
            "detections": detection.pk,
            "alarms": alarm.pk,
            "configurations": gateway.configurations.latest("pk").pk,
        }

    def known_to(self, label: str) -> dict[str, Any]:
        """Return the names of what exists, by what an operation calls them."""
        kind = label.split("/")[3]
        uid = {"uid": "CAM-1"} if label.endswith("/camera/") else {}
        return {**self.known, **uid, "id": self.numbers.get(kind), "pk": self.numbers.get(kind)}
