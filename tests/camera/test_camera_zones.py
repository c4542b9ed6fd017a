from __future__ import annotations

import math

from camera_strategies import SHARE, box, boxes
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.camera.zones import is_inside, zone_of
from edge.wire import Box
from edge.wire.cameras import ZoneConfig

LEFT = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
POINT = st.tuples(SHARE, SHARE)


def zone(name: str = "left", **settings: object) -> ZoneConfig:
    return ZoneConfig(name=name, points=LEFT, **settings)  # type: ignore[arg-type]


@given(POINT, st.lists(POINT, min_size=3, max_size=8), st.integers(0, 7))
def test_where_a_polygon_begins_and_which_way_it_runs_makes_no_difference(
    point: tuple[float, float], polygon: list[tuple[float, float]], by: int
) -> None:
    turned = polygon[by % len(polygon) :] + polygon[: by % len(polygon)]
    assert is_inside(point, polygon) == is_inside(point, turned)


@given(POINT, POINT, st.floats(0.01, 1))
def test_a_circle_holds_what_is_nearer_than_its_radius(
    point: tuple[float, float], middle: tuple[float, float], radius: float
) -> None:
    distance = math.dist(point, middle)
    assume(abs(distance - radius) > 0.01 * radius)
    corners = [math.tau * i / 50 for i in range(50)]
    circle = [(middle[0] + radius * math.cos(a), middle[1] + radius * math.sin(a)) for a in corners]
    assert is_inside(point, circle) == (distance < radius)


@given(boxes())
def test_without_zones_the_whole_picture_is_watched(one: Box) -> None:
    assert zone_of(one, []) == ""


@given(boxes())
def test_a_mask_wins_over_every_zone(one: Box) -> None:
    whole = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    mask = ZoneConfig(name="mask", kind="mask", points=whole)
    assert zone_of(one, [ZoneConfig(name="all", points=whole), mask]) is None


def test_what_stands_in_the_zone_counts_and_what_leans_into_it_does_not() -> None:
    assert zone_of(box(0.3, 0.5), [zone()]) == "left"
    assert zone_of(Box("fire", 0.9, 0.3, 0.2, 0.5, 0.4), [zone()]) is None


def test_the_edge_belongs_to_the_zone() -> None:
    assert is_inside((0.5, 0.5), LEFT)
    assert is_inside((0.0, 0.0), LEFT)
    assert not is_inside((0.500001, 0.5), LEFT)


def test_a_zone_for_other_labels_does_not_restrict_this_one() -> None:
    zones = [zone(labels=["no_helmet"])]
    assert zone_of(box(0.9, 0.5, label="fire"), zones) == ""
    assert zone_of(box(0.9, 0.5, label="no_helmet"), zones) is None
    assert zone_of(box(0.2, 0.5, label="no_helmet"), zones) == "left"
