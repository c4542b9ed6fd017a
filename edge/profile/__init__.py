"""What a device type is: its points, how they are encoded, and how it likes to be read. Pure.

The gateway, the simulator and the cloud share this vocabulary. See docs/profiles.md.
"""

from edge.profile.mistakes import point_mistakes
from edge.profile.model import Identity, Profile, ReadLimits, Vector
from edge.profile.point import (
    BIT_TABLES,
    Order,
    Point,
    Scan,
    Table,
    Type,
    WriteRule,
)
from edge.profile.reach import reach_mistakes

__all__ = [
    "BIT_TABLES",
    "Identity",
    "Order",
    "Point",
    "Profile",
    "ReadLimits",
    "Scan",
    "Table",
    "Type",
    "Vector",
    "WriteRule",
    "point_mistakes",
    "reach_mistakes",
]
