"""The physics of one device: all its tags, stepped together."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from edge.config import ConfigError
from edge.sim.signals import Step, Wave
from edge.sim.waves import WaveError, waves_of
from edge.wire.configuration import DeviceConfig

LONGEST_STEP_S = 1.0  # a simulator that was held up does not live through the time it lost


class Process:
    """Values of a device's tags over time. Reads no clock."""

    def __init__(self, device: DeviceConfig, *, seed: int, time_s: float) -> None:
        """Start the device as if it had been running for long.

        Raises:
            ConfigError: a ``sim`` table names an unknown wave, parameter or tag.
        """
        self._waves = _in_order(_load_waves(device))
        self._seeds = {
            name: zlib.crc32(f"{seed}/{device.uid}/{name}".encode()) for name in self._waves
        }
        self._held: dict[str, float] = {}
        self._state: dict[str, float] = {}
        self._values: dict[str, float] = {}
        self._time_s = time_s
        for _ in range(2):  # where a loop begins, a tag has a value from the second round on
            for name, wave, step in self._steps(0.0):
                self._state[name] = wave.first(step)
                self._values[name] = wave.measure(self._state[name], step)

    @property
    def values(self) -> Mapping[str, float]:
        """Present value of every tag that is a number, in its unit; bools as 0 and 1."""
        return self._values

    @property
    def held(self) -> Mapping[str, float]:
        """The values that were set by hand."""
        return self._held

    def advance(self, time_s: float) -> None:
        """Step all tags to a time; a clock that was set back changes nothing but the time."""
        dt_s = min(time_s - self._time_s, LONGEST_STEP_S)
        self._time_s = time_s
        if dt_s <= 0:
            return
        for name, wave, step in self._steps(dt_s):
            self._state[name] = wave.next(self._state[name], step)
            if name not in self._held:
                self._values[name] = wave.measure(self._state[name], step)

    def hold(self, tag: str, value: float) -> None:
        """Set a tag by hand, at once; the tags that depend on it follow from the next step on."""
        self._held[tag] = self._values[tag] = value

    def release(self) -> None:
        """Give all tags back to their waves, from the next step on."""
        self._held.clear()

    def _steps(self, dt_s: float) -> Iterator[tuple[str, Wave, Step]]:
        for name, wave in self._waves.items():
            yield name, wave, Step(self._time_s, dt_s, self._seeds[name], self._values)


def _in_order(waves: Mapping[str, Wave]) -> dict[str, Wave]:
    """Sort waves so that each stands after those that it uses, as far as loops allow."""
    ordered: dict[str, Wave] = {}
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in visited:
            return
        visited.add(name)
        for used in waves[name].uses():
            visit(used)
        ordered[name] = waves[name]

    for name in waves:
        visit(name)
    return ordered


def _load_waves(device: DeviceConfig) -> dict[str, Wave]:
    """The waves of all tags that are numbers.

    Raises:
        ConfigError: a ``sim`` table names an unknown wave, parameter or tag.
    """
    try:
        return waves_of(device.tags)
    except WaveError as error:
        raise ConfigError(f"device {device.uid}, tag {error}") from error
