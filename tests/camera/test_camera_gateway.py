"""Cameras as a gateway runs them: applied, changed while they run, stopped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from http_camera import HttpCamera
from watched_cameras import GatewayMaker, camera_of

from edge.camera.cameras import CameraError
from edge.camera.unfinished import FILE
from edge.config import Config, ConfigError, config_from
from edge.configurator import own_document
from edge.declaring import declare_tags, tags_of
from edge.wire import TagDecl
from edge.wire.cameras import LabelRule
from edge.wire.configuration import Document

TOML = {
    "gateway": {"url": "wss://cloud/ws", "uid": "GW", "spool": "gw.spool", "models": "my models"},
    "camera": [
        {
            "uid": "CAM1",
            "source": "rtsp://10.0.0.9/live",
            "models": ["red"],
            "rule": [{"label": "red", "hits": 2}],
            "zone": [{"name": "door", "points": [[0, 0], [1, 0], [1, 1]]}],
        }
    ],
}


def config(folder: Path, **camera: object) -> Config:
    cameras = [{**TOML["camera"][0], **camera}]  # type: ignore[dict-item]
    return config_from({**TOML, "camera": cameras}, "gw.toml", folder, {})


def test_cameras_stand_in_the_file_of_a_gateway_like_devices(tmp_path: Path) -> None:
    mine = config(tmp_path)
    assert not mine.is_managed
    assert mine.models == tmp_path / "my models"
    (camera,) = own_document(mine).cameras
    assert (camera.uid, camera.rules[0].hits, camera.zones[0].name) == ("CAM1", 2, "door")
    with pytest.raises(ConfigError, match="source: starts with one of rtsp:"):
        config(tmp_path, source="gopher://x")


def test_the_tags_of_a_camera_are_declared_with_their_units(tmp_path: Path) -> None:
    document = own_document(config(tmp_path))
    numbers = {tag: n for n, tag in enumerate(tags_of(document), start=1)}
    assert [(tag.device, tag.name, tag.unit) for tag in declare_tags(document, numbers)] == [
        ("CAM1", "state", ""),
        ("CAM1", "fps", "1/s"),
        ("CAM1", "brightness", "%"),
        ("CAM1", "detect_ms", "ms"),
    ]
    assert declare_tags(Document(), {("CAM1", "fps"): 2}) == [TagDecl(2, "CAM1", "fps")]


def test_a_gateway_without_cameras_imports_neither_opencv_nor_onnxruntime() -> None:
    code = (
        "import sys, edge.supervisor, edge.__main__\n"
        "loaded = {'cv2', 'onnxruntime', 'openvino', 'numpy'} & set(sys.modules)\n"
        "sys.exit(', '.join(loaded) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_a_camera_that_is_configured_as_before_goes_on_when_another_one_changes(
    http_camera: HttpCamera, steady_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    one, other = camera_of("ONE", http_camera.url), camera_of("OTHER", steady_camera.url)
    async with gateway(one, other) as running:
        await running.live("ONE", "OTHER")
        await running.apply(one, camera_of("OTHER", steady_camera.url, looks_per_s=2))
        assert running.state("ONE") == "live"
        await running.live("OTHER")
        await running.apply(one)
        assert [status.uid for status in running.cameras.status()] == ["ONE"]
        assert [h.detail for h in running.happenings if h.device == "ONE"] == ["live"]
    assert not [task for task in running.ended if not task.cancelled()]


async def test_events_end_when_their_camera_is_taken_away(
    http_camera: HttpCamera, gateway: GatewayMaker, tmp_path: Path
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.until(lambda: running.phases("CAM") == ["start", "update"])
        assert b'"start"' in (tmp_path / FILE).read_bytes()
        await running.apply()
        await running.until(lambda: running.phases("CAM") == ["start", "update", "end"])
        assert running.detections[-1].why == "changed"
        assert (tmp_path / FILE).read_bytes() == b"[]"


async def test_events_that_a_killed_gateway_left_are_ended_by_the_next_one(
    http_camera: HttpCamera, gateway: GatewayMaker, tmp_path: Path
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.until(lambda: running.phases("CAM") == ["start", "update"])
        left = (tmp_path / FILE).read_bytes()
    assert running.detections[-1].why == "stopped"
    (tmp_path / FILE).write_bytes(left)  # as if it had been killed
    async with gateway() as next_one:
        await next_one.until(lambda: next_one.phases("CAM") == ["end"])
    assert next_one.detections[0].id == running.detections[0].id
    assert next_one.detections[0].why == "stopped"
    assert (tmp_path / FILE).read_bytes() == b"[]"


async def test_a_model_that_is_missing_is_refused_with_the_names_of_those_there_are(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    wanted = camera_of("CAM", http_camera.url, models=["green"])
    async with gateway() as running:
        with pytest.raises(CameraError, match=r"no model 'green' in .*; there are: red"):
            await running.apply(wanted)
        await running.apply()  # back to what was at work


async def test_what_the_cloud_had_sent_is_watched_at_the_start_although_a_model_is_gone(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    blind = camera_of("CAM", http_camera.url, models=["green"])
    async with gateway(blind, is_patient=True) as running:
        await running.live("CAM")
        await running.until(lambda: bool(running.happenings))
        assert "camera.blind" in [happening.kind for happening in running.happenings]
        with pytest.raises(CameraError):
            await running.apply(camera_of("CAM", http_camera.url, models=["blue"]))


async def test_a_rule_for_what_no_model_finds_is_refused(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    wanted = camera_of("CAM", http_camera.url, rules=[LabelRule(label="reed")])
    async with gateway() as running:
        with pytest.raises(CameraError, match=r"rule reed: .* they find: red"):
            await running.apply(wanted)


async def test_a_time_zone_that_nobody_knows_is_refused(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway() as running:
        with pytest.raises(CameraError, match="time_zone"):
            await running.apply(camera_of("CAM", http_camera.url, time_zone="Mars/Olympus"))
