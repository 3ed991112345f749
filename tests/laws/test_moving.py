"""Laws of moving the city, enlarging the extract and changing the speed, on random towns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from planner.errors import InputError
from planner.measure import metric_crs
from planner.network import Network, Ways, build
from planner.places import Anchors, anchor
from planner.profile import Weights, weigh
from planner.streets import Criterion, streets
from tests.laws.drafts import TOWNS, Draft, Point, drafts, every_pair, lon_lat, standing
from tests.towns import WALKER, anchors_at, on_streets, ways


def placed_at(draft: Draft, lon: float, lat: float) -> Ways:
    """Return the draft's ways with its middle at some place of the world, metres kept."""
    to_degrees = Transformer.from_crs(metric_crs(lon, lat), "EPSG:4326", always_xy=True)
    x, y = np.array(draft.points, np.float64).T - 200.0
    there_lon, there_lat = to_degrees.transform(x, y)
    return replace(draft.ways(), lon=there_lon, lat=there_lat)


@pytest.mark.parametrize("degrees", [-77.0, 0.25, 33.00004])
@given(draft=drafts())
@settings(max_examples=15)
def test_moving_the_city_east_or_west_changes_no_time(degrees: float, draft: Draft) -> None:
    """Anchors are looked for anew: their streets stay, too."""
    network, weights = draft.town()
    at = anchors_at(network, weights, draft.spots)
    moved = build(replace(draft.ways(), lon=draft.ways().lon + degrees), tag_keys=WALKER.tag_keys)
    lon, lat = lon_lat(draft.spots)
    there = anchor(moved, weigh(moved, WALKER), lon + degrees, lat, max_access_m=10_000.0)
    assert np.array_equal(there.edge, at.edge)
    same_times(network, moved, at, there)


@pytest.mark.parametrize("place", [(117.2, 39.13), (-51.2, -30.05), (126.6, 53.4), (-0.001, 0.0)])
@given(draft=drafts(), data=st.data())
@settings(max_examples=10)
def test_moving_the_city_anywhere_changes_no_time(
    place: tuple[float, float], draft: Draft, data: st.DataObject
) -> None:
    """With anchors held fixed: where two streets are equally near, other degrees may prefer the other."""
    network, weights = draft.town()
    at = data.draw(standing(network, weights))
    same_times(network, build(placed_at(draft, *place), tag_keys=WALKER.tag_keys), at, at)


def same_times(network: Network, moved: Network, at: Anchors, there: Anchors) -> None:
    """Check that times are the same, and lengths but for the last millimetre of an edge or an end."""
    assert sorted(moved.node_id) == sorted(network.node_id)
    assert np.abs(moved.length_mm - network.length_mm).max() <= 1
    before, after = (every_pair(streets(one, weigh(one, WALKER)), who) for one, who in ((network, at), (moved, there)))
    assert {pair: time for pair, (time, _) in after.items()} == {pair: time for pair, (time, _) in before.items()}
    hops = edges_on_the_way(network, weigh(network, WALKER), at)
    assert all(abs(after[pair][1] - before[pair][1]) <= hops[pair] + 2 for pair in before)


@pytest.mark.parametrize("away_m", [(30_000, 0), (0, 30_000), (-20_000, -20_000)])
@given(draft=drafts(), data=st.data())
@settings(max_examples=10)
def test_streets_far_away_change_times_by_no_more_than_the_scale_of_the_crs(
    away_m: Point, draft: Draft, data: st.DataObject
) -> None:
    """A larger extract has its centre elsewhere, and at 15 km from it lengths err by 3 in a million."""
    network, weights = draft.town()
    at = data.draw(standing(network, weights))
    far = replace(draft, points=(*draft.points[:-1], away_m))  # the far end of the barred street
    larger, larger_weights = far.town()
    before = every_pair(streets(network, weights), at)
    after = every_pair(streets(larger, larger_weights), at)
    hops = edges_on_the_way(network, weights, at), edges_on_the_way(larger, larger_weights, at)
    assert after.keys() == before.keys()
    for pair, (time, _) in before.items():
        assert abs(after[pair][0] - time) <= 5e-6 * time + max(one[pair] for one in hops) + 2


def edges_on_the_way(
    network: Network, weights: Weights, at: Anchors, by: Criterion = "time"
) -> dict[tuple[int, int], float]:
    """Return how many edges the best way between each pair runs over, its ends counted in part."""
    each = 10**9
    if by == "time":
        network = replace(network, length_mm=np.full_like(network.length_mm, each))
    else:
        one, other = (np.where(ds >= 0, each, ds) for ds in (weights.forward_ds, weights.backward_ds))
        weights = replace(weights, forward_ds=one, backward_ds=other)
    ride = 1 if by == "time" else 0
    return {pair: cost[ride] / each for pair, cost in every_pair(streets(network, weights, by=by), at).items()}


@given(draft=TOWNS, speed=st.floats(0.3, 4.0), data=st.data())
@settings(max_examples=40)
def test_minutes_scale_with_the_speed_within_the_rounding(draft: Draft, speed: float, data: st.DataObject) -> None:
    """A time is the shortest length over the speed, but for half a decisecond an edge and another at either end."""
    profile = replace(WALKER, speed_m_s=speed, access_speed_m_s=speed)
    network, weights = draft.town(profile)
    at = data.draw(st.one_of(standing(network, weights), st.just(anchors_at(network, weights, draft.spots))))
    fastest = every_pair(streets(network, weights), at)
    shortest = every_pair(streets(network, weights, by="length"), at)
    assert fastest.keys() == shortest.keys()
    hops = {by: edges_on_the_way(network, weights, at, by) for by in ("time", "length")}
    for pair, (time, _) in fastest.items():
        exact = shortest[pair][1] / 100.0 / speed
        slack = 1.0 + 0.01 / speed + 1e-6  # half a decisecond at either end, half a millimetre there, and floats
        assert exact - 0.5 * hops["time"][pair] - slack <= time <= exact + 0.5 * hops["length"][pair] + slack


def test_a_street_longer_than_the_searches_can_count_is_refused_and_one_just_shorter_is_not() -> None:
    """A street by itself has 31 bits, a sum of them 63."""

    def drawn(there_m: float) -> Ways:
        return ways([(0, 0), (0, there_m), (0, 2 * there_m)], [((0, 1), {}), ((1, 2), {})])

    with pytest.raises(InputError, match=r"length_mm\[0\] is 22\d{8}; give whole millimetres from 0 to 2147483647"):
        build(drawn(2_200_000), tag_keys=())
    network = build(drawn(2_140_000), tag_keys=())
    at = on_streets([0, 1], [0.0, 1.0])
    for by in ("time", "length"):
        found = every_pair(streets(network, weigh(network, WALKER), by=by), at)
        assert found[0, 1][1] == found[1, 0][1] == network.length_mm.sum() > 2**31
