"""The network as it is built from ways: where they are cut, what a street measures, which streets hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from planner.errors import InputError
from planner.kernels.components import components_by_length
from planner.measure import length_quanta, metric_crs, minutes, project, time_quanta, unproject
from planner.network import Network, build
from planner.places import lines, substring
from tests.laws.drafts import Draft, drafts
from tests.towns import ways

Point = tuple[float, float]


def network_of(points: Sequence[Point], streets: Sequence[Sequence[int]], border: Sequence[int] = ()) -> Network:
    return build(ways(points, [(refs, {}) for refs in streets], border), tag_keys=["highway"])


def ends(network: Network) -> list[tuple[int, int]]:
    """Return the ends of each street as positions of the points that drew it."""
    u, v = (network.node_id[at] - 100 for at in (network.u, network.v))
    return list(zip(u.tolist(), v.tolist(), strict=True))


ROW = [(100 * i, 0) for i in range(6)]


def test_ways_are_cut_where_they_meet_and_nowhere_else() -> None:
    network = network_of([*ROW, (200, 100)], [(0, 1, 2, 3), (2, 6), (3, 4, 5)])
    assert ends(network) == [(0, 2), (2, 3), (2, 6), (3, 5)]
    assert network.length_mm.tolist() == pytest.approx([200_000, 100_000, 100_000, 200_000], abs=2)
    assert sorted(network.node_id - 100) == [0, 2, 3, 5, 6]  # 1 and 4 only bend the line
    assert np.diff(network.line_start).tolist() == [3, 2, 2, 3]


def test_a_street_that_is_crossed_without_a_common_node_is_not_cut() -> None:
    network = network_of([(0, 0), (100, 0), (50, -50), (50, 50)], [(0, 1), (2, 3)])
    assert ends(network) == [(0, 1), (2, 3)]


def test_a_closed_way_is_a_loop_at_its_first_node() -> None:
    square = [(0, 0), (100, 0), (100, 100), (0, 100), (200, 0)]
    assert ends(network_of(square, [(0, 1, 2, 3, 0)])) == [(0, 0)]
    assert ends(network_of(square, [(0, 1, 2, 3, 0), (1, 4)])) == [(0, 1), (1, 0), (1, 4)]


def test_a_way_that_meets_itself_is_cut_there() -> None:
    assert ends(network_of([(0, 0), (100, 0), (100, 100), (0, 50)], [(0, 1, 2, 3, 1)])) == [(0, 1), (1, 1)]
    assert ends(network_of(ROW[:3], [(0, 1, 2, 1)])) == [(0, 1), (1, 1)]  # there and back is one street


def test_a_node_named_twice_in_a_row_counts_once() -> None:
    network = network_of(ROW[:3], [(0, 0, 1, 1, 2)])
    assert ends(network) == [(0, 2)]
    assert np.diff(network.line_start).tolist() == [3]


def test_ways_of_one_node_are_no_streets() -> None:
    assert ends(network_of(ROW[:3], [(0,), (1, 2), (0, 0)])) == [(1, 2)]
    for nothing in ([], [(0,)], [(1, 1, 1)]):
        with pytest.raises(InputError, match="the network has no street") as caught:
            network_of(ROW[:3], nothing)
        assert caught.value.issues[0].code == "empty_network"


def test_the_border_cuts_and_is_kept() -> None:
    network = network_of(ROW, [(0, 1, 2, 3)], border=[2, 5])
    assert ends(network) == [(0, 2), (2, 3)]
    assert network.border.tolist() == [False, True, False]


def test_both_ends_of_a_clipped_way_are_its_own_streets() -> None:
    """What a source makes of a way whose middle lies outside: two ways, their last nodes marked."""
    drawn = ways(ROW, [((0, 1), {}), ((4, 5), {})], border=[1, 4])
    network = build(replace(drawn, way_id=np.array([7, 7])), tag_keys=["highway"])
    assert ends(network) == [(0, 1), (4, 5)]
    assert len(network.component_length_mm) == 2


def test_parallel_streets_and_streets_of_no_length_are_kept() -> None:
    network = network_of([(0, 0), (100, 0), (0, 0)], [(0, 1), (1, 0), (0, 2)])
    assert ends(network) == [(0, 1), (1, 0), (0, 2)]
    assert network.length_mm[2] == 0


def test_directed_edges_length_and_box() -> None:
    drawn = replace(ways(ROW, [((0, 1), {}), ((1, 2), {})]), two_way=np.array([True, False]))
    network = build(drawn, tag_keys=["highway"])
    assert network.directed_edges == 3
    assert network.length_km == pytest.approx(0.2, abs=1e-5)
    assert network.two_way.tolist() == [True, False]
    assert network.box == (drawn.lon[0], 0.0, drawn.lon[2], 0.0)  # nodes off every street don't count


def test_tags_follow_their_way_and_others_stay_behind() -> None:
    drawn = ways(ROW[:4], [((0, 1, 2), {"highway": "steps"}), ((1, 3), {"access": "private"})])
    network = build(drawn, tag_keys=["highway", "access", "surface"])
    assert network.tags["highway"].tolist() == ["steps", "steps", "residential"]
    assert network.tags["access"].tolist() == ["", "", "private"]
    assert set(network.tags) == {"highway", "access"}
    assert set(build(drawn, tag_keys=["highway"]).tags) == {"highway"}


def test_components_are_numbered_from_the_longest() -> None:
    points = [*ROW, (0, 500), (1000, 500)]
    network = network_of(points, [(0, 1), (2, 3, 4), (6, 7)])
    assert network.component.tolist() == [2, 1, 0]
    assert network.component_length_mm.tolist() == pytest.approx([1_000_000, 200_000, 100_000], abs=10)


def test_components_of_one_length_stand_in_the_order_of_their_streets() -> None:
    label, total = components_by_length(np.array([4, 2, 0, 2]), np.array([5, 3, 1, 2]), np.array([50, 70, 70, 0]), 6)
    assert label.tolist() == [2, 0, 1, 0]
    assert total.tolist() == [70, 70, 50]
    none = np.empty(0, np.int64)
    assert [len(one) for one in components_by_length(none, none, none, 3)] == [0, 0]


@given(draft=drafts())
@settings(max_examples=30, deadline=None)
def test_the_streets_are_the_ways_cut_up(draft: Draft) -> None:
    """Nothing is lost or made up: the pieces of each way, joined, are the way; inside nodes are nobody else's."""
    drawn = draft.ways()
    network = build(drawn, tag_keys=["highway"])
    position = {100 + i: i for i in range(len(draft.points))}
    corners = np.column_stack([network.point_lon, network.point_lat])[network.line]
    at = 0
    for refs, kind in draft.streets:
        path = [ref for i, ref in enumerate(refs) if i == 0 or ref != refs[i - 1]]
        walked: list[int] = []
        while len(walked) < len(path):
            piece = [tuple(one) for one in corners[network.line_start[at] : network.line_start[at + 1]]]
            u, v = (position[int(network.node_id[end[at]])] for end in (network.u, network.v))
            wanted = path[len(walked) - 1 if walked else 0 :][: len(piece)]
            assert piece == [(drawn.lon[node], drawn.lat[node]) for node in wanted]
            assert (u, v) == (wanted[0], wanted[-1])
            assert network.tags["highway"][at] == ("motorway" if kind == "motorway" else "residential")
            walked += wanted[1:] if walked else wanted
            at += 1
    assert at == len(network.u)
    uses = np.bincount([ref for refs, _ in draft.streets for i, ref in enumerate(refs)
                        if i == 0 or ref != refs[i - 1]], minlength=len(draft.points))  # fmt: skip
    named = set((network.node_id - 100).tolist())
    assert {node for node in range(len(uses)) if uses[node] > 1} <= named


@given(draft=drafts())
@settings(max_examples=20, deadline=None)
def test_a_length_is_that_of_the_line_to_a_millimetre(draft: Draft) -> None:
    network = build(draft.ways(), tag_keys=[])
    drawn = lines(network, np.arange(len(network.u)))
    assert np.array_equal(network.length_mm, length_quanta(shapely.length(drawn)))
    assert network.component_length_mm.sum() == network.length_mm.sum()


def test_the_metric_crs_has_scale_1_at_the_centre_of_the_streets() -> None:
    network = network_of([(0, 0), (3000, 0), (0, 5000)], [(0, 1), (0, 2)])
    assert network.crs == metric_crs(120.0134747, 0.0226094)  # the middle, to 4 decimals
    x, y = project(network.crs, network.lon, network.lat)
    assert np.array_equal(x, network.x)
    lon, lat = unproject(network.crs, x, y)
    assert np.allclose(lon, network.lon, atol=1e-12)
    assert np.allclose(lat, network.lat, atol=1e-12)
    assert network.length_mm.tolist() == pytest.approx([3_000_000, 5_000_000], rel=1e-6)


@pytest.mark.parametrize(("seconds", "quanta"), [(0.049, 0), (0.051, 1), (0.25, 2), (0.36, 4), (900.04, 9000)])
def test_times_are_whole_deciseconds(seconds: float, quanta: int) -> None:
    assert int(time_quanta(seconds)) == quanta
    assert float(minutes(9001)) == 9001 / 600


@pytest.mark.parametrize(
    ("low", "high", "corners"),
    [
        (0.0, 1.0, [(0, 0), (100, 0), (100, 100)]),
        (0.25, 0.75, [(50, 0), (100, 0), (100, 50)]),
        (0.5, 1.0, [(100, 0), (100, 100)]),
        (0.1, 0.4, [(20, 0), (80, 0)]),
        (0.3, 0.3, [(60, 0), (60, 0)]),
    ],
)
def test_a_line_between_two_fractions(low: float, high: float, corners: list[Point]) -> None:
    line = shapely.LineString([(0, 0), (100, 0), (100, 100)])
    assert np.allclose(shapely.get_coordinates(substring(line, low, high)), corners)
