"""Isochrones of real towns, against networkx for the costs and shapely for every strip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.ops import substring

from planner import contour
from planner.isochrone import around
from planner.measure import shapes_in_metres
from planner.network import Network
from planner.places import Anchors, anchor
from planner.streets import Criterion, streets
from tests.extracts import scattered, town
from tests.oracle.trips import Trips
from tests.towns import on_streets

LIMITS = {"time": [3000, 6000, 9000], "length": [400_000, 800_000]}


def in_metres(network: Network, shape: object) -> shapely.Geometry:
    return shapes_in_metres(network.crs, shape)


def reached(trips: Trips, at: Anchors, i: int, limit: int, *, inward: bool) -> shapely.Geometry:
    """Return the streets within a limit of one place: each edge cut from its ends, and from the place itself."""
    network, weights = trips.network, trips.weights
    runs = trips.runs(at, i, leaving=not inward, limit=limit)
    lengths = {"time": (weights.forward_ds, weights.backward_ds), "length": (network.length_mm, network.length_mm)}
    found = []
    for e in range(len(network.u)):
        known = runs.far if weights.ends_only[e] else runs.public
        usable = (weights.forward_ds[e] >= 0, weights.backward_ds[e] >= 0)
        forward, backward = (int(one[e]) if ok else -1 for one, ok in zip(lengths[trips.by], usable, strict=True))
        up, down = (backward, forward) if inward else (forward, backward)  # walking on from u, and from v
        spans = []
        for node, cost, side in ((network.u[e], up, 0), (network.v[e], down, 1)):
            if int(node) in known and cost >= 0:
                share = min(1.0, (limit - known[int(node)][0]) / cost) if cost else 1.0
                spans.append((0.0, share) if side == 0 else (1.0 - share, 1.0))
        if e == at.edge[i]:
            speed = weights.profile.access_speed_m_s
            left = limit - (at.access_m[i] / speed * 10.0 if trips.by == "time" else at.access_m[i] * 1000.0)
            where = float(at.fraction[i])
            for cost, sign in ((up, 1), (down, -1)):
                if cost > 0 and left > 0:
                    spans.append(tuple(sorted((where, min(max(where + sign * left / cost, 0.0), 1.0)))))
        line = lines_of(network, e) if spans else None
        found += [substring(line, low, high, normalized=True) for low, high in joined(spans)]
    return shapely.MultiLineString([one for one in found if one.length > 0])


def joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans without overlap."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def lines_of(network: Network, e: int) -> shapely.LineString:
    corner = network.line[network.line_start[e] : network.line_start[e + 1]]
    return shapely.LineString(np.column_stack([network.point_x[corner], network.point_y[corner]]))


@pytest.mark.parametrize("name", ["porto_alegre", "shanghai_huangpu"])
@pytest.mark.parametrize("by", ["time", "length"])
@pytest.mark.parametrize("inward", [True, False])
def test_isochrones_of_real_towns(shared: Path, name: str, by: Criterion, inward: bool) -> None:
    network, weights = town(shared / "data", name)
    way, trips = streets(network, weights, by=by), Trips(network, weights, by=by)
    spots = anchor(network, weights, *scattered(network, 60, seed=8))
    private = np.flatnonzero(weights.ends_only)[:1]
    some = np.flatnonzero(spots.ok)[:3]
    for at in (spots.take(some), on_streets(private, np.full(len(private), 0.5), np.full(len(private), 9.0))):
        if len(at.edge) == 0:
            continue
        lines = around(way, at, limits=LIMITS[by], inward=inward, product="lines")
        lands = around(way, at, limits=LIMITS[by], inward=inward)
        for i in range(len(at.edge)):
            for limit, line, land in zip(LIMITS[by], lines[i], lands[i], strict=True):
                truth = reached(trips, at, i, limit, inward=inward)
                ours = in_metres(network, line)
                assert ours.length == pytest.approx(truth.length, rel=2e-3, abs=1.0)
                assert shapely.difference(ours, shapely.buffer(truth, 0.3)).length < 1e-6
                assert shapely.difference(truth, shapely.buffer(ours, 0.3)).length < 1e-6
                strips = shapely.buffer(truth, contour.BUFFER_M)
                drawn = in_metres(network, land)
                assert land.is_valid
                assert shapely.symmetric_difference(drawn, strips).area < 0.02 * strips.area + 100.0
                beyond_m = contour.BUFFER_M + contour.STRAY * contour.CELL_M + 0.3
                assert shapely.difference(drawn, shapely.buffer(truth, beyond_m)).area < 1e-6
                exact = in_metres(network, contour.exact(network, shapely.get_parts(ours)))
                assert shapely.symmetric_difference(exact, strips).area < 0.03 * strips.area
