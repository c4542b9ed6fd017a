"""What numpy packs is what PostgreSQL reads."""

from __future__ import annotations

import io

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.copying import COLUMNS, Columns, pack

Row = tuple[int, int, float | None, int, int, str | None]

times = st.integers(946_684_800_000 - 10**12, 4_102_444_800_000)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50)
rows = st.lists(
    st.tuples(
        times,
        times,
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.integers(1, 2**31 - 1),
        st.integers(0, 255),
        st.none() | texts,
    ),
    max_size=20,
)


def columns(table: list[Row]) -> Columns:
    return Columns(
        source=np.array([row[0] for row in table], np.int64),
        received=np.array([row[1] for row in table], np.int64),
        value=np.array([row[2] for row in table], np.float64),
        tag=np.array([row[3] for row in table], np.int32),
        quality=np.array([row[4] for row in table], np.int16),
        raw={i: row[5] for i, row in enumerate(table) if row[5] is not None},
    )


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows)
def test_every_row_is_read_back_as_it_was_packed(table: list[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table if not exists read_back (source_time timestamptz,"
            " received_time timestamptz, value float8, tag_id int4, quality int2, raw text)"
        )
        cursor.execute("truncate read_back")
        copy = f"copy read_back ({COLUMNS}) from stdin (format binary)"
        cursor.copy_expert(copy, io.BytesIO(pack(columns(table))))
        cursor.execute(
            "select (extract(epoch from source_time) * 1000)::bigint,"
            " (extract(epoch from received_time) * 1000)::bigint,"
            " value, tag_id, quality, raw from read_back"
        )
        found = cursor.fetchall()
    assert sorted(found, key=repr) == sorted(table, key=repr)
