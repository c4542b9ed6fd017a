"""Every kind of source, read by the process that grabs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from http_camera import HttpCamera
from rtsp_camera import RtspCamera, write_video
from watched_cameras import GatewayMaker, camera_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "cam.mp4")


@pytest.fixture
def rtsp_camera(video: Path) -> Iterator[RtspCamera]:
    camera = RtspCamera(video.parent, video.name)
    yield camera
    camera.thaw()
    camera.kill()


def write_images(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:03}.png"), np.full((48, 64, 3), 40 + number, np.uint8))


async def test_a_file_is_played_at_its_own_pace_again_and_again(
    video: Path, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", f"file:{video}", looks_per_s=30)) as running:
        await running.until(lambda: running.phases("CAM") == ["start", "update"])
        await running.until(lambda: running.newest_number("CAM") > 60)  # more than there are
        assert 8 <= running.status("CAM").fps <= 12
        assert running.state("CAM") == "live"


async def test_a_folder_of_images_is_a_camera(tmp_path: Path, gateway: GatewayMaker) -> None:
    write_images(tmp_path / "images", 3)
    async with gateway(camera_of("CAM", f"folder:{tmp_path / 'images'}")) as running:
        await running.live("CAM")
        await running.until(lambda: running.newest_number("CAM") > 3)


async def test_a_rendered_scene_is_a_camera(gateway: GatewayMaker) -> None:
    async with gateway(camera_of("CAM", "scene:calm?seed=3&fps=5")) as running:
        await running.live("CAM")


async def test_single_images_over_http_are_a_camera(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    http_camera.single = True
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.live("CAM")
        await running.until(lambda: running.newest_number("CAM") > 3)


async def test_a_page_to_log_in_is_no_picture(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    http_camera.mode = "html"
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.until(lambda: running.state("CAM") == "garbled", 10.0)


@pytest.mark.parametrize(
    "source", ["file:there/is/none.mp4", "folder:there/is/none", "usb:77", "scene:none"]
)
async def test_what_is_not_there_is_lost(source: str, gateway: GatewayMaker) -> None:
    async with gateway(camera_of("CAM", source)) as running:
        await running.until(lambda: running.state("CAM") == "lost", 10.0)


async def test_an_rtsp_camera_is_watched_and_comes_back_after_it_was_killed(
    rtsp_camera: RtspCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", rtsp_camera.url)) as running:
        await running.until(lambda: running.phases("CAM") == ["start", "update"])
        rtsp_camera.kill()
        await running.until(lambda: running.state("CAM") == "lost", 10.0)
        rtsp_camera.start()
        await running.live("CAM")


async def test_an_rtsp_camera_that_falls_silent_is_lost_and_comes_back(
    rtsp_camera: RtspCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", rtsp_camera.url)) as running:
        await running.live("CAM")
        rtsp_camera.freeze()
        await running.until(lambda: running.state("CAM") == "lost", 10.0)
        rtsp_camera.thaw()
        await running.live("CAM")


async def test_an_rtsp_stream_that_is_not_there_is_lost(
    rtsp_camera: RtspCamera, gateway: GatewayMaker
) -> None:
    source = rtsp_camera.url.replace("cam.mp4", "none.mp4")
    async with gateway(camera_of("CAM", source)) as running:
        await running.until(lambda: running.state("CAM") == "lost", 10.0)
