from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from http_camera import HttpCamera
from watched_cameras import Gateway, GatewayMaker

from edge.camera.cameras import Cameras
from edge.gather import Gather
from edge.wire.cameras import CameraConfig

# Small networks that really run, and a cloud that speaks the protocol.
sys.path += [str(Path(__file__).parent.parent / folder) for folder in ("vision", "edge")]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that finds what is red."""
    from tiny_models import write_red_detector

    folder = tmp_path_factory.mktemp("models")
    write_red_detector(folder)
    return folder


@pytest.fixture
def gateway(models: Path, tmp_path: Path) -> GatewayMaker:
    """Watch cameras while the context is open."""

    @asynccontextmanager
    async def running(*cameras: CameraConfig, is_patient: bool = False) -> AsyncIterator[Gateway]:
        gather = Gather()
        gateway = Gateway(Cameras(gather, models, tmp_path, is_patient=is_patient), gather)
        taking = asyncio.create_task(gateway.take_forever())
        try:
            await gateway.apply(*cameras)
            yield gateway
        finally:
            await gateway.cameras.stop()
            gather.close()
            await taking

    return running


@pytest.fixture
def http_camera() -> Iterator[HttpCamera]:
    camera = HttpCamera()
    yield camera
    camera.kill()


@pytest.fixture
def steady_camera() -> Iterator[HttpCamera]:
    camera = HttpCamera()
    yield camera
    camera.kill()
