"""Kill the gateway at every step of a rotation and of a change: it always comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from modbus_plant import Plant
from telling_cloud import TellingCloud, document, new_token

from edge.wire import Configured, Kept, Up

KILLED = Path(__file__).with_name("killed.py")
MOST_STEPS = 40  # far more than there are: a loop that never ends is a failure

Start = Callable[[int], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def cloud() -> AsyncIterator[TellingCloud]:
    cloud = TellingCloud(tokens={new_token()})
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def start(cloud: TellingCloud, tmp_path: Path) -> AsyncIterator[Start]:
    """Start a gateway that is killed before the n-th touch of its state; 0: never."""
    log = (tmp_path / "log").open("a")
    begun: list[asyncio.subprocess.Process] = []
    (token,) = cloud.tokens  # the one that the technician typed in, and nobody changes again

    async def begin(at: int) -> asyncio.subprocess.Process:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SENTINEL_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(KILLED), str(at), str(tmp_path / "state"),
            "run", "--url", cloud.url, "--uid", "GW-1", "--state", str(tmp_path / "state"),
            env=environ | {"SENTINEL_TOKEN": token, "PYTHONPATH": str(Path.cwd())},
            stderr=log,
        )  # fmt: skip
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.returncode is None:
            process.kill()
        await process.wait()
    log.close()


async def works(cloud: TellingCloud, version: int) -> None:
    """Wait until a gateway is connected, runs this version, and has no other token than ours."""
    seen = len(cloud.hellos)
    await cloud.until(
        lambda: (
            len(cloud.hellos) > seen
            and not cloud.fresh
            and (cloud.hellos[-1].config == version or is_answered(cloud, version))
        )
    )


async def end(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()


async def died(
    process: asyncio.subprocess.Process, cloud: TellingCloud, done: Callable[[], bool]
) -> bool:
    """Wait until the process killed itself (True), or everything was done without that."""
    ended = asyncio.ensure_future(process.wait())
    finished = asyncio.ensure_future(cloud.until(done))
    await asyncio.wait({ended, finished}, return_when=asyncio.FIRST_COMPLETED)
    finished.cancel()
    if not ended.done():
        ended.cancel()
        return False
    assert process.returncode == -signal.SIGKILL
    return True


async def test_a_rotation_that_is_killed_at_any_step_never_locks_the_gateway_out(
    cloud: TellingCloud, start: Start
) -> None:
    for step in range(1, MOST_STEPS):
        process = await start(step)
        cloud.fresh = new_token()  # given at the welcome
        wanted = cloud.fresh
        was_killed = await died(process, cloud, lambda: not cloud.fresh)
        if not was_killed:
            await end(process)
            break
        process = await start(0)
        await works(cloud, 0)
        await end(process)
        assert cloud.tokens == {wanted}
    else:
        pytest.fail("the rotation never came to its end")
    assert step > 4  # the file was opened, written beside, renamed, its folder synced


@pytest.mark.slow
async def test_a_change_that_is_killed_at_any_step_leaves_the_old_or_the_new_one(
    cloud: TellingCloud, plant: Plant, start: Start
) -> None:
    cloud.want(1, document(plant.port, "level"))
    process = await start(0)
    await works(cloud, 1)
    await end(process)
    for step in range(1, MOST_STEPS):
        cloud.want(step + 1, document(plant.port, "level", f"tag{step}"))
        process = await start(step)
        if not await died(process, cloud, partial(is_answered, cloud, step + 1)):
            await end(process)
            break
        process = await start(0)
        await works(cloud, step + 1)
        assert cloud.hellos[-1].config in {step, step + 1}
        await end(process)
    else:
        pytest.fail("the change never came to its end")
    assert step > 4


def is_answered(cloud: TellingCloud, version: int) -> bool:
    return (version, []) in cloud.answers()


@pytest.mark.parametrize("heard", [Kept, Configured])
async def test_a_gateway_that_is_killed_right_after_it_answered_comes_back_with_what_it_said(
    cloud: TellingCloud, plant: Plant, start: Start, heard: type[Up]
) -> None:
    process = await start(0)
    await cloud.until(lambda: bool(cloud.heard))  # so it was welcomed
    fresh = await cloud.rotate()
    await cloud.change(1, document(plant.port, "level"))
    await cloud.until(lambda: bool(cloud.heard_of(heard)))
    await end(process)
    process = await start(0)
    await works(cloud, 1)
    await end(process)
    assert cloud.shown()[-1] == fresh
