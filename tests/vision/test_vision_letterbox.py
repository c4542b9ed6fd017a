"""A picture of any shape fits into a network, and boxes find their way back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.letterbox import GREY, fit_into, letterbox
from edge.vision.picture import Size

pictures = st.builds(Size, st.integers(1, 4000), st.integers(1, 4000))
networks = st.builds(Size, st.integers(1, 40), st.integers(1, 40)).map(
    lambda cells: Size(cells.width * 32, cells.height * 32)
)
shares = st.tuples(*[st.floats(0, 1, width=32)] * 4)


@given(pictures, networks, shares)
def test_a_box_mapped_into_the_network_and_back_is_the_same_box(
    picture: Size, network: Size, share: tuple[float, ...]
) -> None:
    box = np.array([share], np.float32) * np.array((*picture, *picture), np.float32)
    fit, _ = fit_into(picture, network)
    np.testing.assert_allclose(fit.to_picture(fit.to_network(box)), box, atol=max(picture) * 1e-4)


@given(pictures, networks)
def test_the_whole_picture_lies_inside_the_network_and_touches_two_of_its_borders(
    picture: Size, network: Size
) -> None:
    fit, scaled = fit_into(picture, network)
    assert 0 <= fit.left <= network.width - scaled.width
    assert 0 <= fit.top <= network.height - scaled.height
    assert scaled.width == network.width or scaled.height == network.height


@given(pictures, networks)
def test_a_box_beyond_the_picture_is_cut_off_at_its_borders(picture: Size, network: Size) -> None:
    fit, _ = fit_into(picture, network)
    beyond = np.array([(-1e6, -1e6, 1e6, 1e6)], np.float32)
    assert fit.to_picture(beyond).tolist() == [[0, 0, *picture]]


def test_a_wide_picture_gets_grey_bars_of_the_same_height_above_and_below() -> None:
    padded, fit = letterbox(np.full((100, 200, 3), 7, np.uint8), Size(64, 64))
    assert (fit.left, fit.top, fit.scale) == (0, 16, (0.32, 0.32))
    assert (padded[16:48] == 7).all()
    assert (padded[:16] == GREY).all()
    assert (padded[48:] == GREY).all()


def test_a_picture_of_the_size_of_the_network_is_left_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    padded, _ = letterbox(picture, Size(96, 64))
    np.testing.assert_array_equal(padded, picture)


def test_a_picture_one_pixel_high_still_fits() -> None:
    padded, fit = letterbox(np.zeros((1, 4000, 3), np.uint8), Size(64, 64))
    assert padded.shape == (64, 64, 3)
    strip = np.array([[0, fit.top, 64, fit.top + 1]], np.float32)
    np.testing.assert_allclose(fit.to_picture(strip), [[0, 0, 4000, 1]], atol=0.01)
