"""A process that stands still must not keep the frame numbers that another one has to claim.

A frozen machine or a network that went silent leaves its transaction open in the server, which
waits for the rest of it: in the middle of a COPY without any time limit. Whoever needs the numbers
ends it. That is safe: the process finds its transaction rolled back when it wakes, and asks the
fence again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection

from devices.intake import Sender

STALLED_S: Final = 5.0  # far longer than a process that lives leaves the server waiting

# Whoever has locked a row, or changed it and not committed yet, stands in its xmax.
_END = """
select pid, pg_terminate_backend(pid) from (
    select distinct a.pid
    from devices_position p join pg_stat_activity a on a.backend_xid = p.xmax
    where p.id = any(%s) and a.wait_event = 'ClientRead'
    and a.state_change < clock_timestamp() - %s * interval '1 second'
) stalled"""


def end_stalled(senders: Iterable[Sender]) -> int:
    """End the transactions that hold the numbers of these senders and wait for a silent process.

    Returns:
        How many there were.
    """
    wanted = {pid for sender in senders for pid in sender.positions.values()}
    with connection.cursor() as cursor:
        cursor.execute(_END, [list(wanted), STALLED_S])
        return len(cursor.fetchall())
