"""Everything that a camera can do wrong, with a real one beside it that goes on."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from http_camera import PASSWORD, USER, HttpCamera
from watched_cameras import GatewayMaker, camera_of

from edge.wire import Quality

pytestmark = pytest.mark.slow

NAMED_WITHIN_S = 10.0


def kill(camera: HttpCamera) -> None:
    camera.kill()


def mode(name: str) -> Callable[[HttpCamera], None]:
    def change(camera: HttpCamera) -> None:
        camera.mode = name  # type: ignore[assignment]

    return change


def lock(camera: HttpCamera) -> None:
    camera.password = PASSWORD


def start(camera: HttpCamera) -> None:
    camera.start()


def unlock(camera: HttpCamera) -> None:
    camera.password = ""


FAULTS = {
    "killed": (kill, start, "lost"),
    "frozen": (mode("frozen"), mode("live"), "frozen"),
    "black": (mode("black"), mode("live"), "dark"),
    "half-open": (mode("silent"), mode("live"), "lost"),
    "wrong password": (lock, unlock, "refused"),
    "garbage": (mode("garbage"), mode("live"), "garbled"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_has_its_name_within_ten_seconds_and_passes_while_the_others_keep_their_rate(
    fault: str, http_camera: HttpCamera, steady_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    damage, repair, state = FAULTS[fault]
    ill, well = (
        camera_of("ILL", http_camera.url, frozen_s=5.0),
        camera_of("WELL", steady_camera.url),
    )
    async with gateway(ill, well) as running:
        await running.live("ILL", "WELL")
        await running.until(lambda: running.status("WELL").fps >= 4.5)
        damage(http_camera)
        await running.until(lambda: running.state("ILL") == state, NAMED_WITHIN_S)
        assert running.status("WELL").fps >= 4.0
        repair(http_camera)
        await running.live("ILL")
        assert running.state("WELL") == "live"
        said = [h.detail for h in running.happenings if h.device == "ILL"]
        assert any(detail.startswith(state) for detail in said)
        assert [h.detail for h in running.happenings if h.device == "WELL"] == ["live"]


async def test_another_resolution_is_no_fault_at_all(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.until(lambda: running.phases("CAM").count("start") == 1)
        http_camera.size = (640, 360)
        http_camera.red = False
        await running.until(lambda: running.phases("CAM")[-1] == "end")
        http_camera.red = True
        await running.until(lambda: running.phases("CAM").count("start") == 2)
        best = [d.picture for d in running.detections if d.phase == "start"]
        assert [(p.width, p.height) for p in best if p] == [(320, 240), (640, 360)]
        assert [h.detail for h in running.happenings] == ["live"]


async def test_the_right_password_opens_a_camera_that_refused_the_wrong_one(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    http_camera.password = PASSWORD
    wrong = http_camera.url.replace("//", f"//{USER}:wrong@")
    right = http_camera.url.replace("//", f"//{USER}:{quote(PASSWORD, safe='')}@")
    async with gateway(camera_of("CAM", wrong)) as running:
        await running.until(lambda: running.state("CAM") == "refused", NAMED_WITHIN_S)
        assert not any("wrong" in happening.detail for happening in running.happenings)
        await running.apply(camera_of("CAM", right))
        await running.live("CAM")


async def test_readings_without_a_picture_have_no_value_and_those_of_a_dark_one_are_uncertain(
    http_camera: HttpCamera, gateway: GatewayMaker
) -> None:
    async with gateway(camera_of("CAM", http_camera.url)) as running:
        await running.until(lambda: running.newest_is("CAM", "brightness", Quality.GOOD))
        http_camera.mode = "black"
        await running.until(lambda: running.newest_is("CAM", "brightness", Quality.UNCERTAIN))
        http_camera.kill()
        await running.until(lambda: running.newest_is("CAM", "fps", Quality.NOT_CONNECTED))
        assert running.newest("CAM", "fps").value is None
        assert running.newest("CAM", "state").value == 4
        assert running.newest("CAM", "state").quality == Quality.GOOD
        http_camera.start()
