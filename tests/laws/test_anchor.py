"""The anchor rule against brute force over every street, and its cases in hand-drawn towns."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.network import Network
from planner.places import Anchors, anchor
from planner.profile import WayRule, Weights, weigh
from tests.laws.drafts import TURNED, Draft, Point, drafts, lon_lat
from tests.oracle.feet import Pieces, between, told
from tests.towns import WALKER, town

PRIVATE = {"access": "private"}
BARRED = {"highway": "motorway"}


def at(network: Network, weights: Weights, spots: list[Point], max_access_m: float = 200.0) -> Anchors:
    return anchor(network, weights, *lon_lat(spots), max_access_m=max_access_m)


TOWNS = st.one_of(drafts(spots=8), drafts(spots=8, step_m=50))
"""On a coarse mesh many streets are equally near."""


@given(draft=TOWNS, max_access_m=st.sampled_from([0.0, 20.0, 60.0, 200.0]))
@settings(max_examples=150)
def test_every_anchor_agrees_with_brute_force(draft: Draft, max_access_m: float) -> None:
    network, weights = draft.town()
    lon, lat = lon_lat(draft.spots)
    found, pieces = anchor(network, weights, lon, lat, max_access_m=max_access_m), Pieces(network, weights)
    for i in range(len(lon)):
        assert told(found, i) == pieces.anchor(lon[i], lat[i], max_access_m)


@given(draft=TOWNS)
@settings(max_examples=50)
def test_an_anchor_lies_on_a_usable_street_at_its_fraction_as_far_as_it_says(draft: Draft) -> None:
    network, weights = draft.town()
    lon, lat = lon_lat(draft.spots)
    found, pieces = anchor(network, weights, lon, lat), Pieces(network, weights)
    to_metres = between("EPSG:4326", network.crs).transform
    for i in range(len(lon)):
        assert (found.access_m[i] <= 200.0) == (found.status[i] == "ok") == (found.edge[i] >= 0)
        if found.edge[i] < 0:
            assert np.isnan(found.fraction[i])
            continue
        assert pieces.usable[found.edge[i]]
        assert 0.0 <= found.fraction[i] <= 1.0
        spot = pieces.point(found.edge[i], found.fraction[i])
        assert (found.lon[i], found.lat[i]) == tuple(np.round(spot, 7))
        # Half a millimetre from rounding the leg, and what half a unit of the fraction's 7th decimal is on the street.
        off_m = 0.0005 + network.length_mm[found.edge[i]] / 1000.0 * 5e-8 + 1e-6
        leg_m = math.dist(to_metres(lon[i], lat[i]), to_metres(*spot))
        assert abs(leg_m - found.access_m[i]) <= off_m
        if found.passed_over[i] >= 0:
            assert pieces.usable[found.passed_over[i]]
            assert pieces.component[found.edge[i]] == pieces.longest
            assert pieces.component[found.passed_over[i]] != pieces.longest


@given(
    ends=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=3, max_size=3, unique=True),
    bent=st.booleans(),
    along=st.lists(st.integers(0, 1000).map(lambda n: n / 1000.0), min_size=1, max_size=5),
)
@settings(max_examples=60)
def test_a_street_that_runs_back_over_itself_is_met_on_its_way_out(
    ends: list[Point], bent: bool, along: list[float]
) -> None:
    """A point on it has two fractions: the smaller one counts, however the float falls."""
    street = (0, 1, 2, 3, 0) if bent else (0, 1, 0)  # the node on the way back is another at the same spot
    network, weights = town([*ends, ends[1], (-10, -10), (410, 410)], [(street, {}), ((4, 5), BARRED)])
    (ax, ay), (bx, by), _ = ends
    found = at(network, weights, [(ax + t * (bx - ax), ay + t * (by - ay)) for t in along])
    assert (found.fraction <= 0.5).all()
    if not bent:
        assert found.fraction.tolist() == pytest.approx([t / 2 for t in along], abs=1e-6)


@given(draft=TOWNS, data=st.data())
@settings(max_examples=30)
def test_the_order_and_the_company_of_places_change_nothing(draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    lon, lat = lon_lat(draft.spots)
    whole = anchor(network, weights, lon, lat)
    order = np.array(data.draw(st.permutations(range(len(lon)))))
    again = anchor(network, weights, lon[order], lat[order])
    alone = anchor(network, weights, lon[:1], lat[:1])
    assert [told(again, i) for i in range(len(lon))] == [told(whole, i) for i in order]
    assert told(alone, 0) == told(whole, 0)


@given(draft=st.one_of(drafts(spots=8, distinct=True), drafts(spots=8, step_m=50)), data=st.data())
@settings(max_examples=50)
def test_the_order_and_the_direction_of_streets_change_no_anchors_place(draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    lengths = weights.component_length_mm
    assume(len(lengths) == 1 or lengths[0] != lengths[1])  # else either of the two may be the largest
    turned = tuple(
        (refs[::-1], TURNED[kind]) if data.draw(st.booleans()) else (refs, kind)
        for refs, kind in data.draw(st.permutations(draft.streets))
    )
    shuffled, other_weights = replace(draft, streets=turned).town()
    lon, lat = lon_lat(draft.spots)
    one, two = anchor(network, weights, lon, lat), anchor(shuffled, other_weights, lon, lat)
    for name in ("status", "access_m", "lon", "lat"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=name != "status")
    assert np.array_equal(one.passed_over >= 0, two.passed_over >= 0)


def test_the_exact_point_of_a_street_with_corners() -> None:
    network, weights = town([(0, 0), (300, 0), (300, 100)], [((0, 1, 2), {})])
    found = at(network, weights, [(120, 35), (340, 60), (310, -10), (-30, -40)])
    assert found.status.tolist() == ["ok"] * 4
    assert found.fraction.tolist() == pytest.approx([0.3, 0.9, 0.75, 0.0], abs=1e-6)  # degrees are about metres
    assert found.access_m.tolist() == pytest.approx([35.0, 40.0, 200**0.5, 50.0], abs=6e-4)  # round, to 1 mm
    lon, lat = lon_lat([(120, 0), (300, 60), (300, 0), (0, 0)])
    assert found.lon.tolist() == pytest.approx(lon.tolist(), abs=1e-7)
    assert found.lat.tolist() == pytest.approx(lat.tolist(), abs=1e-7)
    for values, decimals in ((found.fraction, 7), (found.access_m, 3), (found.lon, 7), (found.lat, 7)):
        assert np.array_equal(values, np.round(values, decimals))


def test_only_streets_that_the_profile_may_use_count() -> None:
    network, weights = town([(0, 0), (100, 0), (0, 30), (100, 30)], [((0, 1), {}), ((2, 3), BARRED)])
    found = at(network, weights, [(50, 29)])
    assert (found.edge[0], found.access_m[0], found.passed_over[0]) == (0, pytest.approx(29.0, abs=1e-3), -1)
    to_drive = replace(WALKER, rules=(WayRule({"highway": ("motorway",)}, "open"),))
    found = at(network, weigh(network, to_drive), [(50, 29)])
    assert (found.edge[0], found.access_m[0]) == (1, pytest.approx(1.0, abs=1e-3))


def test_a_street_open_in_one_direction_or_private_counts() -> None:
    drawn = [((0, 1), {}), ((2, 3), PRIVATE), ((4, 5), {"oneway:foot": "yes"}), ((0, 2, 4), {})]
    points = [(0, 0), (100, 0), (0, 30), (100, 30), (0, 60), (100, 60)]
    network, weights = town(points, drawn)
    found = at(network, weights, [(50, 29), (50, 61)])
    assert [network.tags["access"][e] for e in found.edge] == ["private", ""]
    assert network.tags["oneway:foot"][found.edge[1]] == "yes"


ISLAND = [(0, 0), (1000, 0), (400, 90), (440, 90)]


@pytest.mark.parametrize(
    ("island_m", "max_access_m", "edge", "passed_over", "access_m"),
    [
        (49, 200.0, 0, 1, 85.0),  # below 5 % of 1,000 m: the mainland takes the place
        (50, 200.0, 1, -1, 5.0),  # 5 % is no island
        (49, 85.0, 0, 1, 85.0),
        (49, 84.9, 1, -1, 5.0),  # the mainland is too far
    ],
)
def test_the_island_rule(island_m: float, max_access_m: float, edge: int, passed_over: int, access_m: float) -> None:
    points = [*ISLAND[:3], (400 + island_m, 90)]
    network, weights = town(points, [((0, 1), {}), ((2, 3), {})])
    # Lengths are whole millimetres; make sure that the town is what the case says.
    assert network.length_mm.tolist() == [1_000_000, island_m * 1000]
    found = at(network, weights, [(410, 85)], max_access_m)
    assert (found.status[0], found.edge[0], found.passed_over[0]) == ("ok", edge, passed_over)
    assert found.access_m[0] == pytest.approx(access_m, abs=6e-4)


def test_an_island_of_usable_streets_though_the_whole_network_hangs_together() -> None:
    points = [(0, 0), (1000, 0), (500, 60), (530, 60)]
    joined = [((0, 1), {}), ((2, 3), {}), ((1, 2), BARRED)]
    network, weights = town(points, joined)
    assert len(network.component_length_mm) == 1
    found = at(network, weights, [(500, 55)])
    assert (found.edge[0], found.passed_over[0]) == (0, 1)


def test_the_largest_component_takes_the_place_though_another_is_nearer() -> None:
    points = [(0, 0), (1000, 0), (0, 100), (500, 100), (0, 120), (10, 120)]
    network, weights = town(points, [((0, 1), {}), ((2, 3), {}), ((4, 5), {})])
    found = at(network, weights, [(5, 119)])
    assert (found.edge[0], found.passed_over[0]) == (0, 2)


def test_a_place_too_far_from_everything_has_no_passed_over_street() -> None:
    network, weights = town([*ISLAND], [((0, 1), {}), ((2, 3), {})])
    found = at(network, weights, [(420, 400)])
    assert told(found, 0) == ("too_far", -1, None, pytest.approx(310.0, abs=1e-3), None, None, -1)


@pytest.mark.parametrize(("away_m", "status"), [(199.999, "ok"), (200.0, "ok"), (200.001, "too_far")])
def test_the_longest_access_leg_is_still_allowed(away_m: float, status: str) -> None:
    network, weights = town([(0, 0), (100, 0)], [((0, 1), {})])
    lon, lat = lon_lat([(50, away_m)])
    x, _ = between("EPSG:4326", network.crs).transform(lon[0], 0.0)
    lon[0], lat[0] = between(network.crs, "EPSG:4326").transform(x, network.point_y[network.line[0]] + away_m)
    found = anchor(network, weights, lon, lat, max_access_m=200.0)
    assert (found.status[0], found.access_m[0]) == (status, away_m)
    assert (found.edge[0] >= 0) == (status == "ok")


def test_a_street_that_comes_nearest_at_several_places_is_met_at_the_western_one() -> None:
    square = [(0, 0), (0, 100), (100, 100), (100, 0)]
    for refs in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 2, 3, 0, 1), (2, 1, 0, 3, 2)):
        network, weights = town(square, [(refs, {})])
        found = at(network, weights, [(50, 40)] if len(refs) == 4 else [(50, 50)])
        assert (found.edge[0], found.lon[0]) == (0, 120.0)
        assert found.access_m[0] == pytest.approx(50.0, abs=1e-3)


def test_a_bend_is_no_second_place_where_the_next_step_comes_nearer() -> None:
    """The corner at (100, 0) is within a millimetre of being as near as the foot, and farther west; it isn't meant."""
    network, weights = town([(0, 0), (100, 0), (200, 0)], [((0, 1, 2), {})])
    found = at(network, weights, [(100.3, 90)])
    assert found.fraction[0] == pytest.approx(100.3 / 200, abs=1e-6)


def test_ties_break_by_the_anchors_lon_then_lat_then_the_edges_id() -> None:
    cross = [(0, 100), (200, 100), (100, 0), (100, 200), (0, -300), (200, -300)]
    network, weights = town(cross, [((4, 5), {}), ((0, 1), {}), ((0, 4), {}), ((1, 5), {})])
    # The middle of the square is 100 m from the streets east and west, 200 m from those north and south.
    found = at(network, weights, [(100, -100)])
    assert network.node_id[network.u[found.edge[0]]] == 100  # the western one
    corner = [(0, 0), (0, 200), (200, 0)]
    network, weights = town(corner, [((0, 2), {}), ((0, 1), {})])
    assert at(network, weights, [(50, 50)]).edge[0] == 1  # the western one, though the other lies farther south
    points = [(0, 0), (100, 0), (0, 80), (100, 80)]
    for drawn in ([((0, 1), {}), ((2, 3), {})], [((2, 3), {}), ((0, 1), {})]):
        network, weights = town(points, drawn)
        found = at(network, weights, [(50, 40)])
        assert found.lat[0] == 0.0  # the same lon: the southern one, whichever stands first
    network, weights = town(points[:2], [((0, 1), {}), ((1, 0), {}), ((0, 1), {})])
    assert at(network, weights, [(50, 40)]).edge[0] == 0


def test_a_difference_of_a_millimetre_is_a_tie_and_more_is_not() -> None:
    for gap_m, southern in ((0.0008, True), (0.0015, False)):
        points = [(0, 0), (100, 0), (0, 80), (100, 80)]
        network, weights = town(points, [((2, 3), {}), ((0, 1), {})])
        lon, lat = lon_lat([(50, 0)])
        middle = (network.point_y.min() + network.point_y.max()) / 2.0 + gap_m / 2.0
        x = float(np.mean(network.point_x[network.line]))
        lon[0], lat[0] = between(network.crs, "EPSG:4326").transform(x, middle)
        assert (anchor(network, weights, lon, lat).edge[0] == 1) == southern


def test_without_a_usable_street_nothing_is_anchored() -> None:
    network, weights = town([(0, 0), (100, 0)], [((0, 1), BARRED)])
    found = at(network, weights, [(50, 0), (0, 0)])
    assert found.status.tolist() == ["no_usable_edge"] * 2
    assert found.edge.tolist() == found.passed_over.tolist() == [-1, -1]
    assert np.isnan(found.access_m).all()
    assert not found.ok.any()


def test_no_places_have_no_anchors() -> None:
    network, weights = town([(0, 0), (100, 0)], [((0, 1), {})])
    assert len(anchor(network, weights, np.empty(0), np.empty(0)).edge) == 0


def test_a_place_far_out_on_a_street_of_no_length_has_an_anchor_all_the_same() -> None:
    network, weights = town([(0, 0), (0, 0)], [((0, 1), {})])
    found = at(network, weights, [(30, 40)])
    assert (found.status[0], found.edge[0], found.fraction[0]) == ("ok", 0, 0.0)
    assert found.access_m[0] == pytest.approx(50.0, abs=1e-3)
