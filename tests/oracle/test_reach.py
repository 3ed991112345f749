"""Reach, nearest, spread and within against networkx: no mismatch allowed, on random towns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import within as searching
from planner.hierarchy import hierarchy
from planner.kernels.sweep import LIMIT
from planner.measure import UNREACHED
from planner.places import Anchors
from planner.profile import TravelProfile
from planner.reach import Nearest, compute, meets_border, nearest, sites
from planner.spread import Spread, spread
from planner.streets import Criterion, Streets, streets
from planner.within import WORD, Within, within
from tests.laws.drafts import EVER, RUNNER, TOWNS, Draft, pairs, two_crowds
from tests.oracle.trips import Cost, Costs, Runs, Trips, in_order
from tests.towns import WALKER, joined

BOTH = pytest.mark.parametrize("by", ["time", "length"])


def of(by: str, costs: dict[tuple[int, int], Cost]) -> dict[tuple[int, int], Cost]:
    """Return (time, length) of each pair, as a Reach gives it, from costs in the order in which they decide."""
    return {pair: in_order(by, cost) for pair, cost in costs.items()}


@BOTH
@given(draft=TOWNS, profile=st.sampled_from([WALKER, RUNNER]), data=st.data())
@settings(max_examples=200)
def test_every_pair_agrees_with_networkx(
    by: Criterion, draft: Draft, profile: TravelProfile, data: st.DataObject
) -> None:
    network, weights = draft.town(profile)
    origins, targets = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    truth = Trips(network, weights, by=by).table(origins, targets)
    assert pairs(compute(way, origins, targets, limit=EVER)) == of(by, truth)
    tie = data.draw(st.sampled_from([0, 3000, *sorted({cost[0] for cost in truth.values()})]))
    for limit in (tie, tie - 1):
        within = {pair: cost for pair, cost in truth.items() if cost[0] <= limit}
        assert pairs(compute(way, origins, targets, limit=limit)) == of(by, within)


@BOTH
@given(draft=TOWNS, profile=st.sampled_from([WALKER, RUNNER]), data=st.data())
@settings(max_examples=50)
def test_nearest_and_second_nearest_agree_with_networkx(
    by: Criterion, draft: Draft, profile: TravelProfile, data: st.DataObject
) -> None:
    network, weights = draft.town(profile)
    origins, targets = two_crowds(draft, data, network, weights)
    count = len(targets.edge)
    rank = np.array(data.draw(st.permutations(range(count))))
    x = [float(data.draw(st.integers(0, 4))) for _ in range(count)]  # a metre apart, so some share a site
    site = sites(x, np.zeros(count))
    trips = Trips(network, weights, by=by)
    truth = [
        trips.to_one(origins, targets, t, trips.runs(targets, t, leaving=False)) if targets.ok[t] else {}
        for t in range(count)
    ]
    found = nearest(streets(network, weights, by=by), origins, targets, rank=rank, site=site)
    assert two_nearest(found, by) == [best_two(truth, o, rank, by_hand(x)) for o in range(len(origins.edge))]


def two_nearest(found: Nearest, by: str) -> list[list[tuple[int, Cost]]]:
    """Return target and cost of each origin's nearest and second nearest."""
    shape = zip(found.target.tolist(), found.time_ds.tolist(), found.length_mm.tolist(), strict=True)
    return [[(t, in_order(by, cost)) for t, *cost in zip(*row, strict=True)] for row in shape]


def best_two(truth: list[Costs], origin: int, rank: Sequence[int], site: Sequence[int]) -> list[tuple[int, Cost]]:
    """Return the same from the costs to each target: ties by rank, and the second from another site."""
    order = sorted((costs[origin][0], rank[t], t) for t, costs in enumerate(truth) if origin in costs)
    chosen = [t for _, _, t in order][:1]
    chosen += [t for _, _, t in order if site[t] != site[chosen[0]]][:1]
    return [(t, truth[t][origin]) for t in chosen] + [(-1, (int(UNREACHED),) * 2)] * (2 - len(chosen))


def by_hand(x: list[float]) -> list[int]:
    """Return a number for the site of each place on a line: a metre apart at most, or linked by others that are."""
    return [sum(1 for step in range(int(one)) if step not in x) for one in x]


@BOTH
@pytest.mark.parametrize("inward", [True, False], ids=["towards", "from"])
@given(draft=TOWNS, profile=st.sampled_from([WALKER, RUNNER]), data=st.data())
@settings(max_examples=50)
def test_spread_agrees_with_networkx(
    by: Criterion, inward: bool, draft: Draft, profile: TravelProfile, data: st.DataObject
) -> None:
    network, weights = draft.town(profile)
    at, _ = two_crowds(draft, data, network, weights)
    trips = Trips(network, weights, by=by)
    way = streets(network, weights, by=by)
    runs = {i: trips.runs(at, i, leaving=not inward) for i in np.flatnonzero(at.ok).tolist()}
    costs = sorted({cost[0] for one in runs.values() for cost in one.far.values()})
    for limit in (None, data.draw(st.sampled_from([0, 3000, *costs]))):
        found = spread(way, at, limit=limit, inward=inward)
        agrees(found, runs, EVER if limit is None else limit)
        leads_back(found, at, trips)


def agrees(found: Spread, runs: dict[int, Runs], limit: int) -> None:
    """Check anchor and cost of every node, and of its copies, against the runs of each anchor by itself."""
    way = found.streets
    own, far = (way.end_copy, way.start_copy) if found.inward else (way.start_copy, way.end_copy)
    for node in range(len(way.network.node_id)):
        stages = [("public", node), ("far", far[node])]
        if own[node] != node:
            stages.append(("own", own[node]))
        for stage, at in stages:
            rows = [(cost[0], i, cost[1]) for i, one in runs.items()
                    if (cost := getattr(one, stage).get(node)) is not None and cost[0] <= limit]  # fmt: skip
            cost, source, second = min(rows, default=(UNREACHED, -1, UNREACHED))
            assert (found.cost[at], found.source[at], found.second[at]) == (cost, source, second)


def leads_back(found: Spread, anchors: Anchors, trips: Trips) -> None:
    """Check that the way from each node is made of its streets, costs what is told and ends at the anchor's door."""
    way, network = found.streets, found.streets.network
    original = np.full(len(found.cost), -1)
    for copy in (way.start_copy, way.end_copy, np.arange(len(network.node_id))):
        original[copy] = np.arange(len(network.node_id))
    at = np.flatnonzero((found.source >= 0) & (found.towards >= 0))
    to, edge = found.towards[at], found.edge[at]
    assert np.array_equal(found.source[at], found.source[to])
    free = edge < 0
    assert np.array_equal(original[at[free]], original[to[free]])
    for costs, of_edges in ((found.cost, way.first), (found.second, way.second)):
        assert (of_edges[edge[~free]] >= 0).all()
        assert np.array_equal(costs[at] - costs[to], np.where(free, 0, of_edges[edge]))
    backward = (edge[~free] % 2 == 1) ^ (not found.inward)
    ends = network.u[edge[~free] // 2], network.v[edge[~free] // 2]
    assert np.array_equal(original[at[~free]], np.where(backward, *ends[::-1]))
    assert np.array_equal(original[to[~free]], np.where(backward, *ends))

    steps = np.where(found.source >= 0, found.towards, -1)
    walkers = np.flatnonzero(steps >= 0)
    for _ in range(len(steps)):
        walkers = steps[walkers]
        walkers = np.unique(walkers[steps[walkers] >= 0])
    assert len(walkers) == 0  # nobody walks in circles
    for node in np.flatnonzero((found.source >= 0) & (found.towards < 0)).tolist():
        doors = trips.doors(anchors, int(found.source[node]), leaving=not found.inward)
        assert (found.cost[node], found.second[node]) in [
            one[key] for one in doors for key in one if key == original[node]
        ]


@BOTH
@pytest.mark.parametrize("times", [1, 40], ids=["few", "side by side"])
@given(draft=TOWNS, profile=st.sampled_from([WALKER, RUNNER]), data=st.data())
@settings(max_examples=50)
def test_within_agrees_with_networkx(
    by: Criterion, times: int, draft: Draft, profile: TravelProfile, data: st.DataObject
) -> None:
    """Also for so many origins on the same ground that they are searched side by side, over a hierarchy."""
    network, weights = draft.town(profile)
    origins = joined(*two_crowds(draft, data, network, weights))
    way, trips = streets(network, weights, by=by), Trips(network, weights, by=by)
    truth = [nodes_reached(way, trips, origins, o) for o in range(len(origins.edge))]
    costs = sorted({cost for one in truth for cost in one.values()})
    tie = data.draw(st.sampled_from([0, 3000, *costs]))
    over = hierarchy(way) if times > 1 else None
    for limit in (tie, tie - 1, 0, LIMIT - 1, LIMIT, LIMIT + 1, WORD, WORD + 1, max(costs, default=0)):
        with mock.patch.object(searching, "SPAN", math.inf):  # wherever the places of a town stand
            found = within(way, origins.take(np.tile(np.arange(len(truth)), times)), limit=limit, hierarchy=over)
        wanted = [{node: cost for node, cost in one.items() if cost <= limit} for one in truth]
        assert rows_of(found) == wanted * times


@BOTH
@given(draft=TOWNS, profile=st.sampled_from([WALKER, RUNNER]), data=st.data())
@settings(max_examples=50)
def test_against_travel_a_hierarchy_gives_what_single_searches_give(
    by: Criterion, draft: Draft, profile: TravelProfile, data: st.DataObject
) -> None:
    network, weights = draft.town(profile)
    origins = joined(*two_crowds(draft, data, network, weights))
    way, limit = streets(network, weights, by=by), data.draw(st.integers(0, LIMIT))
    alone = rows_of(within(way, origins, limit=limit, inward=True))
    crowd = origins.take(np.tile(np.arange(len(alone)), 40))
    with mock.patch.object(searching, "SPAN", math.inf):
        found = within(way, crowd, limit=limit, inward=True, hierarchy=hierarchy(way))
    assert rows_of(found) == alone * 40


def nodes_reached(way: Streets, trips: Trips, origins: Anchors, o: int, *, limit: int = EVER) -> dict[int, int]:
    """Return the cost of every node of the search graph that an origin reaches."""
    if not origins.ok[o]:
        return {}
    runs = trips.runs(origins, o, leaving=True, limit=limit)
    found = {int(way.end_copy[node]): cost[0] for node, cost in runs.far.items()}
    found |= {node: cost[0] for node, cost in runs.public.items()}
    return found | {int(at): cost[0] for node, cost in runs.own.items() if (at := way.start_copy[node]) != node}


def rows_of(found: Within) -> list[dict[int, int]]:
    """Return the cost of each node by origin; no node may stand twice."""
    spans = [slice(a, b) for a, b in zip(found.start.tolist(), found.stop.tolist(), strict=True)]
    rows = [dict(zip(found.node[one].tolist(), found.cost[one].tolist(), strict=True)) for one in spans]
    assert sum(map(len, rows)) == len(found.node) == len(found.cost)
    return rows


@BOTH
@given(draft=TOWNS, profile=st.sampled_from([WALKER, RUNNER]), data=st.data())
@settings(max_examples=40)
def test_meeting_the_border_agrees_with_networkx(
    by: Criterion, draft: Draft, profile: TravelProfile, data: st.DataObject
) -> None:
    at_border = data.draw(st.sets(st.sampled_from(range(len(draft.points))), max_size=2))
    network, weights = draft.town(profile, at_border)
    at, _ = two_crowds(draft, data, network, weights)
    trips = Trips(network, weights, by=by)
    edge = set(np.flatnonzero(network.border).tolist())
    least = {i: min((c[0] for n, c in trips.runs(at, i, leaving=True).far.items() if n in edge), default=UNREACHED)
             for i in np.flatnonzero(at.ok).tolist()}  # fmt: skip
    for limit in (data.draw(st.sampled_from([0, 3000, *least.values()])), EVER):
        found = meets_border(streets(network, weights, by=by), at, limit=min(limit, EVER))
        assert np.flatnonzero(found).tolist() == [i for i, cost in least.items() if cost <= min(limit, EVER)]
