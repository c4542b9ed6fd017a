"""A site with one of everything, another one, and everybody who may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from access_rules import ACTORS, Who
from alarm_making import make_alarm, raise_
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from alarms.models import (
    Detection,
    JournalEntry,
    NotificationChannel,
    NotificationRoute,
    Snapshot,
)
from alarms.notify.outbox import queue_test
from devices.audit import recorded
from devices.cameras import save_camera
from devices.enrolment import create_code, enrol
from devices.models import (
    AuditEntry,
    Camera,
    Connection,
    Device,
    DeviceHealth,
    DeviceProfile,
    ExportJob,
    ExportState,
    Gap,
    GatewayEvent,
    Latest,
    Membership,
    ModbusConnection,
    Quarantined,
    Site,
    Tag,
)
from devices.people import save_membership, save_site
from devices.profiles import import_profile
from devices.registry import issue_token, save_connection, save_device

MARK = "zebra"  # in the name of everything of the own site, and of nothing else
EXPORTER = "viewer of own"  # who has ordered the only export
NOW = datetime.now(UTC)
PROFILE = b"""{"id": "meter", "version": "1.0.0", "vendor": "V", "model": "M",
 "points": [{"name": "v", "address": 0, "type": "float32"}]}"""
PROFILE_2 = PROFILE.replace(b"1.0.0", b"1.1.0")


class Plant:
    """Everything of the own site, whose numbers stand in addresses."""

    def __init__(self) -> None:
        self.sessions: dict[str, str] = {"anonymous": ""}
        self.profile: DeviceProfile = import_profile(data=PROFILE)
        import_profile(data=PROFILE_2)
        self.own = self._site(MARK)
        self.foreign = self._site("horse")
        self.gateway = self._devices(self.own, MARK)
        self._devices(self.foreign, "horse")
        self.pump = Device.objects.get(uid=f"{MARK}-pump")
        self.line = ModbusConnection.objects.get(name=f"{MARK}_line")
        self.tag: Tag = self.pump.tags.get()
        self.credential = issue_token(device=self.gateway).credential
        for who in ACTORS[1:]:
            self._user(who)
        self.user = User.objects.get(username="stranger")
        self.membership = Membership.objects.filter(site=self.own).earliest("pk")
        self.audited = self._audited()
        admin = User.objects.get(username="superuser")
        self.enrolment, code = create_code(site=self.own, by=admin, uid=f"{MARK}-new")
        enrol(code=code, uid="", agent=f"{MARK}-agent", remote="192.0.2.8")
        self._happenings()
        self._evidence()
        self._exports()
        self._telling()
        self.alarm = raise_(make_alarm(self.own, of=self.tag, name=f"{MARK} hot"))
        self.rule, self.entry = self.alarm.rule, JournalEntry.objects.latest("pk")

    def _site(self, name: str) -> Site:
        site = Site(slug=name, name=f"{name} works")
        save_site(site=site)
        return site

    def _devices(self, site: Site, name: str) -> Device:
        gateway = Device(uid=f"{name}-gw", name=f"{name} gateway", site=site)
        save_device(device=gateway)
        line = ModbusConnection(gateway=gateway, name=f"{name}_line", host="192.0.2.7")
        save_connection(connection=line)
        pump = Device(uid=f"{name}-pump", name=f"{name} pump", site=site, via=gateway)
        pump.modbus, pump.profile = line, self.profile
        save_device(device=pump)
        return gateway

    def _user(self, who: Who) -> None:
        make = User.objects.create_superuser if who.name == "superuser" else None
        user = (make or User.objects.create_user)(who.name.replace(" ", "-"))
        if who.role is not None:
            site = self.own if who.place == "own" else self.foreign
            save_membership(membership=Membership(user=user, site=site, role=who.role))
        client = Client()
        client.force_login(user)
        self.sessions[who.name] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def _audited(self) -> AuditEntry:
        self.own.name = f"{MARK} plant"
        with recorded(self.own):
            self.own.save()
        return AuditEntry.objects.filter(site_id=self.own.pk).latest("pk")

    def _evidence(self) -> None:
        """A camera, and what it saw; the picture is in the storage."""
        self.camera = Device(uid=f"{MARK}-cam", name=f"{MARK} cam", site=self.own, via=self.gateway)
        save_device(device=self.camera)
        watched = Camera(device=self.camera, source="rtsp://u:secret@192.0.2.9/", model_names=["m"])
        save_camera(camera=watched)
        self.detection = Detection.objects.create(
            event=UUID(int=9),
            gateway=self.gateway,
            camera=self.camera,
            camera_uid=self.camera.uid,
            site=self.own,
            label="fire",
            zone=f"{MARK} zone",
            **dict.fromkeys(("since", "at", "received_at", "heard_at"), NOW),
            **dict.fromkeys(("score", "peak", "threshold"), 0.5),
        )
        name = default_storage.save("snapshots/access.jpg", ContentFile(b"picture"))
        self.snapshot = Snapshot.objects.create(
            detection=self.detection,
            role="best",
            at=NOW,
            sha256="0" * 64,
            width=64,
            height=64,
            state="ready",
            name=name,
            thumb=name,
        )

    def _exports(self) -> None:
        """A file that is ready."""
        name = default_storage.save("exports/access.zip", ContentFile(b"PK"))
        self.job = ExportJob.objects.create(
            owner=User.objects.get(username=EXPORTER.replace(" ", "-")),
            site=self.own,
            tags=[self.tag.pk],
            from_ms=0,
            to_ms=1,
            format="csv",
            state=ExportState.DONE,
            name=name,
            size=2,
            finished_at=NOW,
        )

    def _telling(self) -> None:
        """Somebody who is told of alarms."""
        self.channel = NotificationChannel.objects.create(
            site=self.own,
            name=f"{MARK} shift",
            kind="email",
            configuration={"recipients": ["zebra@plant.test"]},
        )
        self.route = NotificationRoute.objects.create(site=self.own, channel=self.channel)
        (self.notification,) = queue_test(self.channel, MARK)

    def _happenings(self) -> None:
        self.connection = Connection.objects.create(
            session=UUID(int=7),
            device=self.gateway,
            agent=f"{MARK}-agent",
            opened_at=NOW - timedelta(hours=1),
            last_seen_at=NOW,
        )
        self.event = GatewayEvent.objects.create(
            gateway=self.gateway, kind=f"{MARK}_event", at=NOW, received_at=NOW
        )
        DeviceHealth.objects.create(device=self.pump, error=f"{MARK} error", at=NOW)
        Latest.objects.create(
            tag=self.tag, source_time=NOW, received_time=NOW, value=1.0, quality=192
        )
        self.gap = Gap.objects.create(
            device=self.gateway,
            seq_from=1,
            seq_to=2,
            first_at=NOW,
            last_at=NOW,
            readings=3,
            reason=f"{MARK}_gap",
            received_at=NOW,
        )
        self.quarantined = Quarantined.objects.create(
            device=self.gateway, i=0, code=f"{MARK}_code", raw="x", received_at=NOW
        )
        self.configuration = self.gateway.configurations.latest("version")
