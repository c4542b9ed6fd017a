from __future__ import annotations

import asyncio

from edge.gather import Gather, Happening
from edge.report import Reading

A = Reading("D", "a", 1, 192, 1.0)
B = Reading("D", "b", 2, 192, 2.0)
UP = Happening("device.up", "D", 3)


async def test_readings_of_scans_that_are_under_way_together_share_a_batch() -> None:
    gather = Gather(linger_s=60)
    with gather.scanning():
        with gather.scanning():
            await gather.put([A])
        batch = asyncio.create_task(gather.take())
        await gather.put([B], [UP])
        assert not batch.done()
    assert await batch == ([A, B], [UP])


async def test_without_a_scan_under_way_nothing_waits() -> None:
    gather = Gather(linger_s=60)
    await gather.put([A])
    async with asyncio.timeout(30):
        assert await gather.take() == ([A], [])


async def test_a_slow_scan_does_not_hold_back_the_readings_of_others() -> None:
    gather = Gather(linger_s=0.001)
    with gather.scanning():
        await gather.put([A])
        assert await gather.take() == ([A], [])


async def test_scans_wait_while_the_disk_is_far_behind() -> None:
    gather = Gather(capacity=2)
    await gather.put([A, B])
    waiting = asyncio.create_task(gather.put([A]))
    await asyncio.wait([waiting], timeout=0.01)
    assert not waiting.done()
    assert await gather.take() == ([A, B], [])
    await waiting
    assert await gather.take() == ([A], [])


async def test_what_was_put_in_before_the_end_comes_out_and_then_nothing() -> None:
    gather = Gather(linger_s=60)
    await gather.put([A])
    gather.close()
    assert await gather.take() == ([A], [])
    assert await gather.take() is None
