"""Channel names as browsers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.groups import Channel, parse_channel

KINDS = ["devices", "tel:site", "tel:device", "gateways", "health"]
CHANNELS = st.builds(Channel, st.sampled_from(KINDS), st.integers(1, 10**18 - 1))


@given(CHANNELS)
def test_a_channel_is_read_back_from_its_name(channel: Channel) -> None:
    assert parse_channel(channel.name) == channel


@pytest.mark.parametrize(
    "name",
    [
        "",
        "devices",
        "devices:",
        "devices:0",
        "devices:01",
        "devices:-1",
        "devices:1 ",
        "Devices:1",
        "devices:1\n",
        "tel:1",
        "tel:site:x",
        "weather:1",
        "devices:1:2",
        "devices:" + "9" * 19,
        "devices:\u0661",
        " devices:1",
        "tel:site:1e3",
    ],
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such channel"):
        parse_channel(name)
