"""Which tags any alarm watches: known to each process, and looked up again when it has changed.

Most tags have no rule. Leaving them out before anything is sent to PostgreSQL is what keeps judging
cheap where many readings come at once.
"""

from __future__ import annotations

import numpy as np
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

# Watches are made and deleted, never moved to another tag, so these three tell a change.
_MARK = "select count(*), max(id), sum(id) from alarms_watch where tag_id is not null"
_TAGS = "select distinct tag_id from alarms_watch where tag_id is not null order by tag_id"

_known: tuple[object, NDArray[np.int32]] = (None, np.empty(0, np.int32))


def watched_tags(cursor: CursorWrapper) -> NDArray[np.int32]:
    """Return the ids of all watched tags, ascending, as this transaction sees them."""
    global _known  # noqa: PLW0603 - one pair, replaced as a whole
    cursor.execute(_MARK)
    mark = cursor.fetchone()
    known = _known
    if known[0] != mark:
        cursor.execute(_TAGS)
        known = (mark, np.array([tag for (tag,) in cursor.fetchall()], np.int32))
        _known = known
    return known[1]
