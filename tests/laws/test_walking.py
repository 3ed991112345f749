"""Laws of walking, on random towns: what more time, a new street, another speed or other ids may change."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.network import Network, build
from planner.places import Anchors, lines
from planner.profile import Weights, weigh
from planner.reach import compute, nearest
from planner.streets import Criterion, streets
from tests.laws.drafts import EVER, TAGS, TURNED, Draft, drafts, every_pair, standing
from tests.towns import WALKER, anchors_at, town

TWO_WAY = ("plain", "plain", "private", "motorway")


@pytest.mark.parametrize("by", ["time", "length"])
@given(draft=drafts(), limits=st.tuples(st.integers(0, 12_000), st.integers(0, 12_000)))
@settings(max_examples=30)
def test_a_longer_limit_never_loses_a_pair(by: Criterion, draft: Draft, limits: tuple[int, int]) -> None:
    network, weights = draft.town()
    way, at = streets(network, weights, by=by), anchors_at(network, weights, draft.spots)
    low, high = (limit * (1 if by == "time" else 100) for limit in sorted(limits))
    near, far = every_pair(way, at, low), every_pair(way, at, high)
    decides = 0 if by == "time" else 1
    assert near == {pair: cost for pair, cost in far.items() if cost[decides] <= low}


@pytest.mark.parametrize("by", ["time", "length"])
@given(draft=drafts(kinds=TWO_WAY), data=st.data())
@settings(max_examples=30)
def test_there_is_as_far_as_back_without_one_way_streets(by: Criterion, draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    way, spots = streets(network, weights, by=by), anchors_at(network, weights, draft.spots)
    at = data.draw(st.one_of(standing(network, weights), st.just(spots)))
    found = every_pair(way, at)
    assert found == {(there, here): cost for (here, there), cost in found.items()}


@given(draft=drafts(), kind=st.sampled_from(sorted(set(TAGS) - {"motorway"})), data=st.data())
@settings(max_examples=30)
def test_with_anchors_held_fixed_a_new_street_never_slows_anyone(draft: Draft, kind: str, data: st.DataObject) -> None:
    network, weights = draft.town()
    crossing = st.sampled_from((network.node_id - 100).tolist())  # between crossings, so that no street is cut anew
    ends = data.draw(st.lists(crossing, min_size=2, max_size=2, unique=True))
    grown = replace(draft, streets=(*draft.streets, (tuple(ends), kind)))
    larger, larger_weights = grown.town()
    old = len(network.u)
    assert len(larger.u) == old + 1
    for ends, before in ((larger.u, network.u), (larger.v, network.v)):
        assert np.array_equal(larger.node_id[ends[:old]], network.node_id[before])
    assert np.array_equal(larger.length_mm[:old], network.length_mm)
    assume(np.array_equal(larger_weights.ends_only[:old], weights.ends_only))  # else other streets became private

    at = anchors_at(network, weights, draft.spots)
    for by in ("time", "length"):
        decides = 0 if by == "time" else 1
        before = every_pair(streets(network, weights, by=by), at)
        after = every_pair(streets(larger, larger_weights, by=by), at)
        assert before.keys() <= after.keys()
        assert all(after[pair][decides] <= cost[decides] for pair, cost in before.items())


def alone_on_its_street(network: Network, weights: Weights, at: Anchors) -> bool:
    """Whether every anchor is at a crossing or where one street passes, and passes once.

    Where streets lie on each other the edge's id decides, which shuffling changes by right.
    """
    usable = np.flatnonzero(weights.usable)
    steps = [
        shapely.LineString(step)
        for line in lines(network, usable)
        for step in itertools.pairwise(shapely.get_coordinates(line))
    ]
    corners = {(round(x, 3), round(y, 3)) for x, y in zip(network.x, network.y, strict=True)}
    for edge, fraction in zip(at.edge, at.fraction, strict=True):
        point = shapely.line_interpolate_point(lines(network, np.array([edge]))[0], fraction, normalized=True)
        if (round(point.x, 3), round(point.y, 3)) in corners:
            if fraction not in (0.0, 1.0):
                return False  # it lies on a crossing that its street passes over
        elif shapely.length(shapely.intersection(steps, point.buffer(0.01))).sum() > 0.021:  # one passing is 2 cm long
            return False
    return True


@given(draft=drafts(distinct=True), data=st.data())
@settings(max_examples=30)
def test_shuffling_and_relabelling_change_ids_never_times(draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    at = anchors_at(network, weights, draft.spots)
    lengths = weights.component_length_mm
    assume(len(lengths) == 1 or lengths[0] != lengths[1])  # else the largest component isn't one component
    assume(alone_on_its_street(network, weights, at))

    to_new = data.draw(st.permutations(range(len(draft.points))))
    points = [draft.points[0]] * len(draft.points)
    for old, new in enumerate(to_new):
        points[new] = draft.points[old]
    moved = []
    for refs, kind in data.draw(st.permutations(draft.streets)):
        new_refs = tuple(to_new[ref] for ref in refs)
        moved.append((new_refs[::-1], TURNED[kind]) if data.draw(st.booleans()) else (new_refs, kind))
    other = replace(draft, points=tuple(points), streets=tuple(moved))
    drawn = replace(other.ways(), node_id=np.array(data.draw(st.permutations(range(len(points))))) * 7 + 3)
    shuffled = build(drawn, tag_keys=WALKER.tag_keys)
    other_weights = weigh(shuffled, WALKER)
    there = anchors_at(shuffled, other_weights, draft.spots)

    assert np.array_equal(there.status, at.status)
    assert np.array_equal(there.access_m, at.access_m)
    assert np.array_equal(there.lon, at.lon)
    assert np.array_equal(there.lat, at.lat)
    for by in ("time", "length"):
        before = every_pair(streets(network, weights, by=by), at)
        after = every_pair(streets(shuffled, other_weights, by=by), there)
        assert {pair: cost[by == "length"] for pair, cost in after.items()} == {
            pair: cost[by == "length"] for pair, cost in before.items()
        }


@given(draft=drafts(distinct=True))
@settings(max_examples=30)
def test_ends_only_streets_are_no_shortcut_between_public_doors(draft: Draft) -> None:
    """Between places inside public streets, a private street is as good as none."""
    network, weights = draft.town()
    barred_network, barred = draft.with_kind("private", "motorway").town()
    at = anchors_at(barred_network, barred, draft.spots)
    at = at.take((at.fraction > 0) & (at.fraction < 1))
    for by in ("time", "length"):
        assert every_pair(streets(network, weights, by=by), at) == every_pair(
            streets(barred_network, barred, by=by), at
        )


@given(draft=drafts(distinct=True))
@settings(max_examples=30)
def test_opening_the_gates_never_slows_anyone(draft: Draft) -> None:
    network, weights = draft.town()
    opened_network, opened = draft.with_kind("private", "plain").town()
    at = anchors_at(network, weights, draft.spots)
    shut, free = every_pair(streets(network, weights), at), every_pair(streets(opened_network, opened), at)
    assert shut.keys() <= free.keys()
    assert all(free[pair][0] <= cost[0] for pair, cost in shut.items())


GATED = [  # a block of 400 by 400 m, and a private lane through its middle from (0, 200) to (400, 200)
    ((0, 0), (400, 0), (400, 400), (0, 400), (0, 200), (400, 200)),
    [((4, 0, 1, 5), {}), ((4, 3, 2, 5), {}), ((4, 5), {"access": "private"})],
]


def minutes_between(here: tuple[float, float], there: tuple[float, float]) -> float:
    network, weights = town(*GATED)
    way = streets(network, weights)
    one, other = (anchors_at(network, weights, [spot]) for spot in (here, there))
    (time,) = compute(way, one, other, limit=EVER).time_ds
    return float(time) / 10.0


def test_a_gated_lane_is_used_at_either_end_of_a_trip_never_in_between() -> None:
    assert minutes_between((0, 190), (400, 190)) == 780.0  # round the block, not 420 through the gates
    assert minutes_between((100, 200), (400, 190)) == 310.0  # out by the near gate, then 10 m
    assert minutes_between((400, 190), (100, 200)) == 310.0
    assert minutes_between((100, 200), (0, 190)) == 110.0
    assert minutes_between((100, 200), (300, 200)) == 200.0  # wholly inside
    assert minutes_between((0, 200), (400, 200)) == 400.0  # both doors are the gates themselves
    assert minutes_between((0, 200), (400, 190)) == 410.0  # a trip that begins with the lane


def test_a_gated_lane_beyond_another_gate_is_one_unbroken_run() -> None:
    points = [(0, 0), (100, 0), (200, 0), (300, 0), (400, 0)]
    private = {"access": "private"}
    network, weights = town(points, [((0, 1), private), ((1, 2), {}), ((2, 3), private), ((3, 4), {})])
    way = streets(network, weights)
    spots = anchors_at(network, weights, [(50, 0), (150, 0), (250, 0), (350, 0)])
    reachable = set(every_pair(way, spots))
    assert {(0, 2), (2, 0), (0, 1), (2, 3), (1, 2)} <= reachable  # private, public, private
    assert {(1, 3), (3, 1), (0, 3)} <= reachable  # the last street lies behind the lane, so it is no public one


def test_parallel_streets_loops_and_streets_of_no_length() -> None:
    points = [(0, 0), (100, 0), (50, 120), (100, 0), (160, 0), (160, 60), (100, 60), (0, 0)]
    plain: dict[str, str] = {}
    drawn = [
        ((0, 2, 1), plain),  # 260 m round
        ((0, 1), plain),  # 100 m straight
        ((1, 3), plain),  # no length
        ((3, 4, 5, 6, 3), plain),  # a loop of 240 m
        ((7, 0), plain),  # no length
    ]
    network, weights = town(points, drawn)
    assert sorted(network.length_mm.tolist()) == [0, 0, 100_000, 240_000, 260_000]
    way = streets(network, weights)
    at = anchors_at(network, weights, [(0, 0), (100, 0), (50, 120), (160, 50), (100, 10), (150, 60)])
    found = every_pair(way, at)
    time = {pair: cost[0] / 10.0 for pair, cost in found.items()}
    assert time[0, 0] == 0.0
    assert time[0, 1] == 100.0  # the straight one
    assert time[0, 2] == 130.0
    assert time[1, 3] == 110.0  # by the loop's start
    assert time[1, 4] == 10.0  # by the loop's end
    assert time[3, 4] == 120.0  # through the crossing, not 140 m along the loop
    assert time[3, 5] == 20.0  # along the loop, round its corner


def test_a_one_way_loop_is_walked_one_way() -> None:
    points = [(0, 0), (100, 0), (100, 100), (0, 100), (-100, 0)]
    network, weights = town(points, [((0, 1, 2, 3, 0), {"oneway:foot": "yes"}), ((0, 4), {})])
    at = anchors_at(network, weights, [(-100, 0), (100, 50), (50, 0)])
    time = {pair: cost[0] / 10.0 for pair, cost in every_pair(streets(network, weights), at).items()}
    assert time[0, 1] == 250.0
    assert time[1, 0] == 350.0
    assert time[2, 1] == 100.0
    assert time[1, 2] == 300.0


def test_the_access_leg_counts_at_both_ends_and_at_one_point() -> None:
    network, weights = town([(0, 0), (1000, 0)], [((0, 1), {})])
    at = anchors_at(network, weights, [(300, 40), (300, 40), (500, -25), (1000, 0)])
    found = every_pair(streets(network, weights), at)
    assert found[0, 1] == (800, 80_000)
    assert found[0, 0] == (800, 80_000)
    assert found[0, 2] == (2650, 265_000)
    assert found[2, 3] == (5250, 525_000)


def test_a_place_at_a_crossing_may_take_every_street_there() -> None:
    network, weights = town([(0, 0), (100, 0), (100, 100)], [((1, 0), {"oneway:foot": "yes"}), ((1, 2), {})])
    at = anchors_at(network, weights, [(100, 0), (100, 80), (30, 0), (0, 0)])
    found = {pair: cost[0] for pair, cost in every_pair(streets(network, weights), at).items()}
    assert found[1, 0] == found[0, 1] == 800
    assert found[0, 2] == 700
    assert (2, 0) not in found
    assert found[2, 3] == 300
    assert (3, 2) not in found


def test_the_nearest_has_no_cut_off() -> None:
    points = [(1000 * i, 0) for i in range(31)]
    network, weights = town(points, [(tuple(range(31)), {})])
    at = anchors_at(network, weights, [(0, 0), (30_000, 0)])
    found = nearest(streets(network, weights), at.take(np.array([0])), at.take(np.array([1])),
                    rank=np.zeros(1, np.int64), site=np.zeros(1, np.int64))  # fmt: skip
    assert found.time_ds[0, 0] == 300_000
