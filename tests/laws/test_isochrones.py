"""Laws of isochrones: whole, nested, nothing beyond the limit inside, nothing within it lost."""

from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import contour, isochrone
from planner.measure import UNREACHED, shapes_in_metres
from planner.network import Network
from planner.parts import Merge
from planner.places import lines
from planner.reach import compute
from planner.streets import Criterion, Streets, streets
from tests.laws.drafts import Draft, drafts, two_crowds
from tests.towns import on_streets

STEP_M = 2.0
MERGES = get_args(Merge)
CELLS = st.sampled_from([contour.CELL_M, 25.0])
KINDS = ("plain", "plain", "private", "oneway", "-1", "motorway")
LIMITS = st.lists(st.integers(0, 4000), min_size=2, max_size=3).map(sorted)


def in_metres(network: Network, shape: object) -> shapely.Geometry:
    return shapes_in_metres(network.crs, shape)


def strewn(shape: shapely.Geometry, count: int, seed: int) -> np.ndarray:
    """Return points within a shape, and all the corners of it."""
    if shape.is_empty:
        return np.empty(0, dtype=object)
    west, south, east, north = shape.bounds
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.uniform((west, south), (east, north), (count, 2)))
    shapely.prepare(shape)
    return np.concatenate([points[shapely.contains(shape, points)], shapely.points(shapely.get_coordinates(shape))])


def along(network: Network, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points 2 m apart on streets: their edge, fraction and place."""
    rows = []
    for edge, line in zip(edges, lines(network, edges), strict=True):
        share = np.linspace(0.0, 1.0, int(np.ceil(line.length / STEP_M)) + 1)
        rows.append((np.full(len(share), edge), share, shapely.line_interpolate_point(line, share, normalized=True)))
    edge, share, spot = (np.concatenate(column) for column in zip(*rows, strict=True))
    return edge, share, spot


def least_cost(way: Streets, doors: object, edge: np.ndarray, share: np.ndarray, *, inward: bool) -> np.ndarray:
    """Return the cost of each street point to or from each place, of shape (places, points)."""
    points = on_streets(edge, share)
    origins, targets = (points, doors) if inward else (doors, points)
    found = compute(way, origins, targets, limit=int(UNREACHED) - 1)
    cost = np.full((len(doors.edge), len(edge)), UNREACHED)
    first = found.time_ds if way.by == "time" else found.length_mm
    at = (found.target, found.origin) if inward else (found.origin, found.target)
    np.minimum.at(cost, at, first)
    return cost


@pytest.mark.parametrize("by", ["time", "length"])
@pytest.mark.parametrize("merge", MERGES)
@given(draft=drafts(kinds=KINDS), limits=LIMITS, inward=st.booleans(), cell_m=CELLS, data=st.data())
@settings(max_examples=8)
def test_land_is_whole_nested_and_true(
    by: Criterion, merge: Merge, draft: Draft, limits: list[int], inward: bool, cell_m: float, data: st.DataObject
) -> None:
    """From any point drawn, the buffer's walk leads straight to a street point that is within the limit by itself."""
    network, weights = draft.town()
    doors, _ = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    quanta = [limit if by == "time" else 100 * limit for limit in limits]
    drawn = isochrone.around(way, doors, limits=quanta, inward=inward, merge=merge, cell_m=cell_m)
    edge, share, spot = along(network, np.flatnonzero(weights.usable & (network.length_mm > 0)))
    cost = least_cost(way, doors, edge, share, inward=inward)
    cost = cost.min(axis=0, keepdims=True) if merge == "all" else cost
    step = 22 if by == "time" else 2002  # street points are 2 m apart, and costs are rounded
    stray_m = contour.BUFFER_M + contour.STRAY * cell_m + STEP_M / 2 + 0.1
    for place, row in enumerate(drawn):
        assert all(one.geom_type == "MultiPolygon" and one.is_valid for one in row)
        for nearer, wider in itertools.pairwise(row):
            assert nearer.is_empty or shapely.covers(shapely.buffer(wider, 1e-7), nearer)  # 1 cm
        for limit, land in zip(quanta, (in_metres(network, one) for one in row), strict=True):
            inside = strewn(land, 30, seed=limit)
            near = spot[cost[place] <= limit + step]
            if len(inside):
                assert len(near)
                tree = shapely.STRtree(near)
                _, away_m = tree.query_nearest(inside, return_distance=True, all_matches=False)
                assert away_m.max() <= stray_m
            if merge != "nearest":
                shapely.prepare(land)
                reached = (cost[place] <= limit - step) & (share > 0) & (share < 1)  # a lone node is no land
                assert shapely.covers(land, spot[reached]).all()


@pytest.mark.parametrize("by", ["time", "length"])
@given(draft=drafts(kinds=KINDS, step_m=50, distinct=True), limits=LIMITS, inward=st.booleans(), data=st.data())
@settings(max_examples=12)
def test_what_is_shared_out_is_all_of_it_and_nobodys_twice(
    by: Criterion, draft: Draft, limits: list[int], inward: bool, data: st.DataObject
) -> None:
    network, weights = draft.town()
    doors, _ = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    quanta = [limit if by == "time" else 100 * limit for limit in limits]
    shares = isochrone.around(way, doors, limits=quanta, inward=inward, merge="nearest")
    (whole,) = isochrone.around(way, doors, limits=quanta, inward=inward, merge="all")
    for column, land in zip(shares.T, whole, strict=True):
        parts = [in_metres(network, one) for one in column]
        for one, other in itertools.combinations(parts, 2):
            assert shapely.intersection(one, other).area < 0.1  # hairs: a millimetre along outlines
        # Between two places' land a seam of up to a cell stays free, more of it where several meet.
        whole_land = in_metres(network, land)
        lost_m2 = shapely.difference(whole_land, shapely.union_all(parts)).area
        assert lost_m2 <= 0.15 * whole_land.area + 4.0 * contour.CELL_M**2
        assert shapely.difference(shapely.union_all(parts), whole_land).area < 0.1


@pytest.mark.parametrize("by", ["time", "length"])
@given(draft=drafts(kinds=KINDS), limits=LIMITS, inward=st.booleans(), data=st.data())
@settings(max_examples=12)
def test_lines_are_as_long_together_as_shared_out(
    by: Criterion, draft: Draft, limits: list[int], inward: bool, data: st.DataObject
) -> None:
    network, weights = draft.town()
    doors, _ = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    quanta = [limit if by == "time" else 100 * limit for limit in limits]

    def metres(merge: Merge) -> np.ndarray:
        found = isochrone.around(way, doors, limits=quanta, inward=inward, product="lines", merge=merge)
        assert all(one.geom_type == "MultiLineString" for one in found.ravel())
        return np.array([[in_metres(network, one).length for one in row] for row in found])

    together = metres("all")[0]
    assert np.allclose(metres("nearest").sum(axis=0), together, atol=0.01)
    each = metres("none")
    assert (each.max(axis=0) <= together + 0.2).all()  # a cost is rounded at a node, not along a street
    assert (together <= each.sum(axis=0) + 0.2 * len(doors.edge)).all()
    assert (np.diff(each, axis=1) >= -1e-6).all()
