"""The qualities that decoding can give. Pure.

OPC DA numbers; ``edge.wire.Quality`` has them all, and a test sees that the two agree. They are
repeated here because the wire is built on profiles and not the other way round.
"""

from __future__ import annotations

from typing import Final

SENSOR_FAILURE: Final = 16  # the device says that the value is not available
LIMIT_EXCEEDED: Final = 84  # cut to the clamp, or outside the range
GOOD: Final = 192
