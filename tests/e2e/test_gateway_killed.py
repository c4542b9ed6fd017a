"""kill -9 of the gateway at every step, with the real server: it comes back, and reads on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from configured_ground import Edge, change_tag, newest, runs, shows

from devices.models import Credential, Device
from devices.rotation import rotate
from edge.sim.launch import RunningPlant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MOST_STEPS = 40  # far more than there are: a loop that never ends is a failure
LEAST_STEPS = 5  # the file is opened, written beside, renamed, its folder synced


def dies(edge: Edge, done: Callable[[], bool]) -> bool:
    """Wait until the gateway killed itself (True), or everything was done without that."""
    process = edge.process
    assert process
    edge.until(lambda: process.poll() is not None or done(), "either end")
    return process.poll() is not None


def is_shown(gateway: Device) -> bool:
    """Say whether every token of a gateway was shown at least once."""
    return not Credential.objects.filter(device=gateway, last_used_at=None).exists()


def test_a_rotation_that_is_killed_at_any_step_never_locks_the_gateway_out(
    reading: Edge, gateway: Device, meter: Device, meters: RunningPlant
) -> None:
    volts = count(200)
    for step in range(1, MOST_STEPS):
        reading.kill()
        rotate(device=gateway)
        reading.start(kill_at=step)
        was_killed = dies(reading, lambda: is_shown(gateway))
        if was_killed:
            reading.start()
        shows(reading, meter, meters, float(next(volts)))
        reading.until(lambda: is_shown(gateway), "the new token being shown")
        if not was_killed:
            break
    else:
        pytest.fail("the rotation never came to its end")
    assert step >= LEAST_STEPS
    assert Credential.objects.filter(device=gateway).count() == step + 1


def test_a_change_that_is_killed_at_any_step_leaves_a_configuration_that_works(
    reading: Edge, gateway: Device, meter: Device, meters: RunningPlant
) -> None:
    for step in range(1, MOST_STEPS):
        reading.kill()
        change_tag(meter, "v_l1", scale=1.0 + step)
        reading.start(kill_at=step)
        was_killed = dies(reading, lambda: runs(gateway) == newest(gateway).version)
        if was_killed:
            reading.start()
        shows(reading, meter, meters, 200.0 + step, scale=1.0 + step)
        reading.until(lambda: runs(gateway) == newest(gateway).version, "the newest running")
        if not was_killed:
            break
    else:
        pytest.fail("the change never came to its end")
    assert step >= LEAST_STEPS
