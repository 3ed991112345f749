"""Streets closed and added, against networkx on pieces cut by shapely alone; and laws of both."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.barrier import BARRIER_M
from planner.errors import InputError
from planner.measure import UNREACHED, metric_crs, project
from planner.network import build
from planner.places import anchor
from planner.profile import weigh
from planner.reach import compute
from planner.scenario import JOIN_M, Scenario, change
from planner.sources import sample_district
from planner.streets import streets
from planner.ways import Ways
from tests.laws.drafts import TOWNS, Draft
from tests.towns import DEGREE_M, WALKER, anchors_at, ways

NORTH_M = 110_574.3886
FEW = settings(max_examples=60)
SPOTS = st.tuples(st.integers(-20, 420), st.integers(-20, 420))


def in_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry drawn in metres where `tests.towns` has its towns."""
    return shapely.transform(shape, lambda xy: np.column_stack([120.0 + xy[:, 0] / DEGREE_M, xy[:, 1] / NORTH_M]))


def scenario(*closed: shapely.Geometry, added: Ways | None = None) -> Scenario:
    return Scenario(name="test", closed=np.array([in_degrees(one) for one in closed], dtype=object), added=added)


def lines_of(found: Ways, crs: object) -> list[shapely.LineString]:
    """Return every straight step of some ways, in metres."""
    x, y = project(crs, found.lon, found.lat)
    return [
        shapely.LineString([(x[a], y[a]), (x[b], y[b])])
        for first, last in itertools.pairwise(found.start.tolist())
        for a, b in itertools.pairwise(found.ref[first:last].tolist())
    ]


def graph_of(found: Ways, crs: object) -> nx.Graph:
    """Return ways as a graph of their nodes, lengths in metres."""
    graph = nx.MultiGraph()
    graph.add_nodes_from(np.unique(found.ref).tolist())
    x, y = project(crs, found.lon, found.lat)
    for first, last in itertools.pairwise(found.start.tolist()):
        for a, b in itertools.pairwise(found.ref[first:last].tolist()):
            graph.add_edge(a, b, length=float(np.hypot(x[a] - x[b], y[a] - y[b])))
    return graph


barriers = st.one_of(
    st.tuples(SPOTS, SPOTS).filter(lambda ends: ends[0] != ends[1]).map(shapely.LineString),
    st.tuples(SPOTS, st.integers(1, 120), st.integers(1, 120)).map(
        lambda box: shapely.box(*box[0], box[0][0] + box[1], box[0][1] + box[2])
    ),
)


@FEW
@given(draft=TOWNS, drawn=st.lists(barriers, min_size=1, max_size=3))
def test_what_is_left_is_the_difference_and_hangs_together_as_shapely_cuts_it(
    draft: Draft, drawn: list[shapely.Geometry]
) -> None:
    before = draft.ways()
    crs = metric_crs(float(np.median(before.lon[before.ref])), float(np.median(before.lat[before.ref])))
    projected = [
        shapely.transform(in_degrees(one), lambda xy: np.column_stack(project(crs, xy[:, 0], xy[:, 1])))
        for one in drawn
    ]
    zone = shapely.union_all(
        [one if one.geom_type == "Polygon" else one.buffer(BARRIER_M, quad_segs=4) for one in projected]
    )
    steps = lines_of(before, crs)
    met = any(one.intersects(zone) for one in steps)
    if not met:
        with pytest.raises(InputError, match="meet no street"):
            change(before, scenario(*drawn), [WALKER])
        return
    found = change(before, scenario(*drawn), [WALKER])
    left = [one.difference(zone) for one in steps]
    assert sum(one.length for one in lines_of(found.ways, crs)) == pytest.approx(
        sum(one.length for one in left), abs=0.1
    )
    assert found.closed_m == pytest.approx(sum(one.length for one in steps) - sum(one.length for one in left), abs=0.01)
    assert all(one.difference(zone.buffer(-0.001)).length >= one.length - 0.1 for one in lines_of(found.ways, crs))

    # Nodes that are left: as far from each other as on a graph of which only whole steps stay.
    whole = nx.MultiGraph()
    x, y = project(crs, before.lon, before.lat)
    for first, last in itertools.pairwise(before.start.tolist()):
        for a, b in itertools.pairwise(before.ref[first:last].tolist()):
            step = shapely.LineString([(x[a], y[a]), (x[b], y[b])])
            if not step.intersects(zone):
                whole.add_edge(a, b, length=step.length)
    after = graph_of(found.ways, crs)
    for a in whole:
        truth = nx.single_source_dijkstra_path_length(whole, a, weight="length")
        ours = nx.single_source_dijkstra_path_length(after, a, weight="length")
        assert {node: pytest.approx(far, abs=1e-6) for node, far in truth.items()} == {
            node: far for node, far in ours.items() if node in whole
        }


@FEW
@given(draft=TOWNS, ends=st.tuples(SPOTS, SPOTS).filter(lambda ends: ends[0] != ends[1]))
def test_closing_never_speeds_anyone_up(draft: Draft, ends: tuple[tuple[int, int], tuple[int, int]]) -> None:
    before = draft.ways()
    try:
        after = change(before, scenario(shapely.LineString(ends)), [WALKER]).ways
    except InputError:
        return
    there, now = times(before, before, draft), times(before, after, draft)
    assert all(now.get(pair, UNREACHED) >= there[pair] - 2 for pair in there if pair in now)
    assert set(now) <= set(there)


@FEW
@given(draft=TOWNS, data=st.data())
def test_adding_never_slows_anyone_down(draft: Draft, data: st.DataObject) -> None:
    """With places at crossings that stay where they are."""
    one, other = data.draw(st.lists(st.sampled_from(draft.points[:-2]), min_size=2, max_size=2, unique=True))
    bend = data.draw(SPOTS)
    added = ways([one, bend, other], [((0, 1, 2), {})])
    before = draft.ways()
    after = change(before, scenario(added=added), [WALKER]).ways
    there, now = times(before, before, draft), times(before, after, draft)
    assert all(now[pair] <= there[pair] + 2 for pair in there)


def times(base: Ways, found: Ways, draft: Draft) -> dict[tuple[int, int], int]:
    """Return the times between the nodes of the base that lie on open streets of both, anchored at those nodes."""
    network = build(found, tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    place = {int(name): i for i, name in enumerate(network.node_id)}
    crowd = [int(name) for name in base.node_id if int(name) in place]
    graph = streets(network, weights)
    found_at = anchor(
        network,
        weights,
        network.lon[[place[one] for one in crowd]],
        network.lat[[place[one] for one in crowd]],
        max_access_m=0.5,
    )
    pairs = compute(graph, found_at, found_at, limit=10**7)
    return {
        (crowd[o], crowd[t]): int(cost)
        for o, t, cost in zip(pairs.origin.tolist(), pairs.target.tolist(), pairs.time_ds.tolist(), strict=True)
    }


def test_a_bridge_joins_both_banks_and_passes_over_what_lies_between() -> None:
    """Two parallel streets 100 m apart and a third between, which the bridge crosses without meeting it."""
    before = ways(
        [(0, 0), (400, 0), (0, 100), (400, 100), (0, 50), (400, 50)], [((0, 1), {}), ((2, 3), {}), ((4, 5), {})]
    )
    bridge = ways([(200, 0), (200, 100)], [((0, 1), {"highway": "footway"})])
    found = change(before, scenario(added=bridge), [WALKER])
    assert found.added_m == pytest.approx(100.0, abs=0.01)
    network = build(found.ways, tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    at = anchors_at(network, weights, [(100, 0), (100, 100), (100, 50)])
    pairs = compute(streets(network, weights), at, at, limit=10**6)
    cost = {
        (o, t): c for o, t, c in zip(pairs.origin.tolist(), pairs.target.tolist(), pairs.time_ds.tolist(), strict=True)
    }
    assert cost[0, 1] == pytest.approx(3000, abs=2)  # 100 + 100 + 100 m at 1 m/s
    assert (0, 2) not in cost
    assert (2, 1) not in cost


@pytest.mark.parametrize("off_m", [0.0, 0.04, 5.0, JOIN_M - 0.1])
def test_a_loose_end_near_a_street_is_led_on_to_it(off_m: float) -> None:
    before = ways([(0, 0), (400, 0), (0, 100), (400, 100)], [((0, 1), {}), ((2, 3), {})])
    bridge = ways([(200, off_m), (200, 100 - off_m)], [((0, 1), {})])
    network = build(change(before, scenario(added=bridge), [WALKER]).ways, tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    at = anchors_at(network, weights, [(200, 0), (200, 100)])
    found = compute(streets(network, weights), at, at, limit=10**6)
    assert 998 <= int(found.time_ds[(found.origin == 0) & (found.target == 1)][0]) <= 1003


def test_streets_that_join_nothing_are_told_by_row_and_those_that_meet_one_that_does_are_not() -> None:
    before = ways([(0, 0), (400, 0)], [((0, 1), {})])
    chain = ways([(200, 0), (200, 100), (300, 100), (0, 300), (50, 300)], [((0, 1), {}), ((1, 2), {}), ((3, 4), {})])
    with pytest.raises(InputError) as told:
        change(before, scenario(added=chain), [WALKER])
    (issue,) = told.value.issues
    assert issue.code == "joins_nothing"
    assert issue.row == 2
    assert "300.0 m" in issue.message


def test_an_end_joins_no_street_that_nobody_of_the_study_may_use() -> None:
    before = ways([(0, 0), (400, 0), (0, 8), (400, 8)], [((0, 1), {"highway": "motorway"}), ((2, 3), {})])
    spur = ways([(200, 0.5), (200, -100)], [((0, 1), {})])
    network = build(change(before, scenario(added=spur), [WALKER]).ways, tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    assert len(weights.component_length_mm) == 1  # the spur hangs on the street 7.5 m off, not on the motorway


def test_barriers_that_close_everything_or_nothing_are_faults() -> None:
    before = ways([(0, 0), (400, 0)], [((0, 1), {})])
    with pytest.raises(InputError, match="close every street"):
        change(before, scenario(shapely.box(-10, -10, 500, 10)), [WALKER])
    with pytest.raises(InputError, match="meet no street"):
        change(before, scenario(shapely.box(-10, 100, 500, 200)), [WALKER])


def test_a_line_through_a_crossing_closes_all_its_arms() -> None:
    arms = [(0, 0), (100, 0), (-100, 0), (0, 100), (0, -100)]
    before = ways(arms, [((1, 0, 2), {}), ((3, 0, 4), {})])
    after = change(before, scenario(shapely.LineString([(-50, -50), (50, 50)])), [WALKER])
    network = build(after.ways, tag_keys=WALKER.tag_keys)
    assert len(network.component_length_mm) == 4
    assert after.closed_m == pytest.approx(4 * BARRIER_M * np.sqrt(2), abs=0.01)


def test_heights_and_border_and_tags_are_kept() -> None:
    base = sample_district().ways
    middle = float(base.lon.mean())
    wall = shapely.LineString([(middle, base.lat.min() - 1), (middle, base.lat.max() + 1)])
    after = change(base, Scenario(name="wall", closed=np.array([wall])), sample_district().profiles.values()).ways
    assert after.border[: len(base.border)].tolist() == base.border.tolist()
    assert set(after.tags) == set(base.tags)
    assert set(np.unique(after.way_id)) <= set(np.unique(base.way_id))
