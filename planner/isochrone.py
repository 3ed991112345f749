"""Isochrones: the streets within reach, cut exactly at the limit, and the land beside them.

Pictures, never the decision: that is taken at the anchors (`planner.coverage`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.circle import Circle, judge_limit
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray, Quanta, time_quanta, unproject
from planner.network import Network
from planner.places import Anchors, Places, lines, substring
from planner.progress import Progress, silent
from planner.room import Room, must_fit, unlimited
from planner.spread import Spread, spread
from planner.streets import Streets

BANDS = (1 / 3, 2 / 3, 1.0)
"""Of the limit: 5, 10 and 15 minutes of a quarter of an hour."""

BUFFER_M = 30.0
"""Half the width of the land drawn beside a reached street: about one row of buildings, too little to cross a river."""

QUAD_SEGS = 3
"""Points in a quarter of a round end; 3 keeps the arc within 1 m of true at 30 m."""

GRID_DEGREES = 1e-6
"""Corners are rounded to this, about 0.1 m."""

FIRST_PLACES = 100
"""So many places tell how much memory the polygons of all will take."""

POLYGON, CORNER = 2_000, 70
"""Bytes of memory for a polygon, and for each corner of it, until it is written: measured, then rounded up."""

SIMPLIFY_M = 1.0
"""How far a drawn outline may stray; far below the buffer, so that no bank is joined to the other."""


@dataclass(frozen=True, slots=True)
class Band:
    """The land within a limit of a circle's facilities: a (multi)polygon in degrees; ``limit`` in the circle's unit."""

    circle: str
    limit: float
    limit_unit: str
    polygon: Any


@dataclass(frozen=True, slots=True)
class Isochrone:
    """The land within ``limit`` minutes of one place by a profile: a MultiPolygon in degrees, empty off the streets."""

    role: str
    place: int
    profile: str
    limit: float
    polygon: Any


def draw(circle: Circle, way: Streets, doors: Anchors, *, shares: Sequence[float] = BANDS) -> list[Band]:
    """Draw the land from which some facility is within the limit, and within parts of it, all facilities together.

    Parameters
    ----------
    doors
        The anchors of the facilities that count.
    shares
        The bands, as shares of the limit.

    Returns
    -------
    list
        Widest band first, so that the nearer ones are drawn over it; none for a straight circle, which follows no
        street.
    """
    if circle.measure == "straight" or not doors.ok.any():
        return []
    limit = circle.limit_quanta(way.weights.profile.speed_m_s)
    shares = sorted(shares)
    polygons = _nested(way, doors, [int(limit * share) for share in shares], inward=True)
    return [
        Band(circle=circle.name, limit=circle.limit * share, limit_unit=circle.limit_unit, polygon=land)
        for share, land in zip(reversed(shares), reversed(polygons), strict=True)
    ]


def must_be_limits(minutes: Sequence[float]) -> None:
    """Raise InputError where there is no limit, or one that isn't above 0 and below a day."""
    faults = [fault for limit in minutes for fault in judge_limit(limit, "minutes", table="isochrones", of="a band")]
    if not minutes:
        what, remedy = "there is no limit", "give minutes above 0 and below 1,440, such as 5, 10, 15"
        faults.append(Issue(severity="error", code="bad_limit", table="isochrones", message=what, remedy=remedy))
    if faults:
        raise InputError(faults)


def of_places(
    way: Streets,
    anchors: Anchors,
    places: Places,
    *,
    minutes: Sequence[float],
    progress: Progress = silent,
    room: Room = unlimited,
) -> list[Isochrone]:
    """Return the land within some minutes of each place, for each limit: outward from communities, else towards it.

    Raises
    ------
    InputError
        The polygons would take more memory than is free, going by those of the first places.
    """
    limits = [int(time_quanta(limit * 60.0)) for limit in minutes]
    profile, role = way.weights.profile.name, places.role
    found: list[Isochrone] = []
    for i in range(len(places)):
        progress(f"isochrones {places.ids[i]}", i / len(places))
        (polygons,) = around(way, anchors.take(np.array([i])), limits=limits, inward=role != "communities")
        found += [
            Isochrone(role, i, profile, float(limit), land) for limit, land in zip(minutes, polygons, strict=True)
        ]
        if i + 1 == FIRST_PLACES:
            corners = sum(shapely.get_num_coordinates(one.polygon) for one in found)
            need = (POLYGON * len(found) + CORNER * corners) / FIRST_PLACES * len(places)
            what = f"the polygons of {len(places):,} {role}"
            must_fit(need, room, table=places.table, what=what, remedy="draw some at a time, or fewer limits")
    return found


def around(way: Streets, anchors: Anchors, *, limits: Sequence[int], inward: bool) -> list[list[Any]]:
    """Return for each place the polygon of each limit (in the streets' quanta), in degrees; empty without an anchor."""
    order = np.argsort(limits, kind="stable")
    found = []
    for i in range(len(anchors.edge)):
        one = anchors.take(np.array([i]))
        nested = _nested(way, one, [limits[k] for k in order], inward=inward)
        found.append([nested[int(np.flatnonzero(order == k)[0])] for k in range(len(limits))])
    return found


def _nested(way: Streets, anchors: Anchors, limits: Sequence[int], *, inward: bool) -> list[Any]:
    """Return the polygon of each limit, rising; each holds the one before, to the last corner."""
    if not anchors.ok.any():
        return [shapely.MultiPolygon() for _ in limits]
    reached = spread(way, anchors, limit=max(limits), inward=inward)
    found: list[Any] = []
    for limit in limits:
        land = polygon(way.network, reached_lines(reached, anchors, limit=limit))
        # Outlines are simplified one by one, so the nearer may stick out by a hand; it is part of the wider.
        found.append(_whole(shapely.union(land, found[-1], grid_size=GRID_DEGREES)) if found else land)
    return found


def _whole(land: Any) -> Any:
    """Return the polygons of a geometry as one MultiPolygon."""
    return shapely.MultiPolygon([part for part in shapely.get_parts(land) if part.geom_type == "Polygon"])


def reached_lines(found: Spread, anchors: Anchors, *, limit: int) -> npt.NDArray[Any]:
    """Return the streets within ``limit`` of the nearest anchor, as lines in the network's metric CRS.

    Parameters
    ----------
    found
        From these anchors, up to at least ``limit``.
    limit
        In the streets' quanta.

    Returns
    -------
    ndarray
        LineStrings: whole edges, and parts of edges cut exactly at the limit. A street that is reached from both of
        its ends gives one line where the parts meet, else two.
    """
    way = found.streets
    network = way.network
    copy = way.start_copy if found.inward else way.end_copy
    private = way.weights.ends_only
    node_u = np.where(private, copy[network.u], network.u)
    node_v = np.where(private, copy[network.v], network.v)
    # Inward, whoever stands on a street comes out at u by walking it backward; outward, one enters at u forward.
    out_at_u, out_at_v = (2 * np.arange(len(network.u)) + 1, 2 * np.arange(len(network.u)))
    if not found.inward:
        out_at_u, out_at_v = out_at_v, out_at_u
    from_u = _part(limit - found.cost[node_u], way.first[out_at_u])
    from_v = _part(limit - found.cost[node_v], way.first[out_at_v])
    edge, low, high = _pieces(from_u, from_v)
    own = _around_anchors(found, anchors, limit)
    return _cut(network, np.concatenate([edge, own[0]]), np.concatenate([low, own[1]]), np.concatenate([high, own[2]]))


def polygon(network: Network, reached: npt.NDArray[Any], *, buffer_m: float = BUFFER_M) -> Any:
    """Return the land within ``buffer_m`` of reached streets, holes kept: a MultiPolygon in degrees, WGS 84, valid.

    Empty where no street is reached.
    """
    if len(reached) == 0:
        return shapely.MultiPolygon()
    strips = shapely.buffer(reached, buffer_m, quad_segs=QUAD_SEGS)
    land = shapely.simplify(shapely.union_all(strips), SIMPLIFY_M)
    degrees = shapely.transform(land, lambda xy: np.column_stack(unproject(network.crs, xy[:, 0], xy[:, 1])))
    return _whole(shapely.set_precision(degrees, GRID_DEGREES))  # valid again after rounding


def _part(left: IntArray, cost: Quanta) -> FloatArray:
    """Return the share of each edge that can be walked with the quanta left, 0 to 1."""
    share = np.where(cost > 0, left / np.maximum(cost, 1), 1.0)
    return np.clip(np.where((cost >= 0) & (left >= 0), share, 0.0), 0.0, 1.0)


def _pieces(from_u: FloatArray, from_v: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return edge, start and end (fractions) of each reached piece."""
    whole = from_u + from_v >= 1.0
    edge_w = np.flatnonzero(whole)
    edge_u = np.flatnonzero(~whole & (from_u > 0))
    edge_v = np.flatnonzero(~whole & (from_v > 0))
    return (
        np.concatenate([edge_w, edge_u, edge_v]),
        np.concatenate([np.zeros(len(edge_w) + len(edge_u)), 1.0 - from_v[edge_v]]),
        np.concatenate([np.ones(len(edge_w)), from_u[edge_u], np.ones(len(edge_v))]),
    )


def _around_anchors(found: Spread, anchors: Anchors, limit: int) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the pieces of the anchors' own streets that are reached along them."""
    way = found.streets
    ok = anchors.ok
    edge, at = anchors.edge[ok], anchors.fraction[ok]
    access_m = anchors.access_m[ok]
    leg = access_m / way.weights.profile.access_speed_m_s * 10.0 if way.by == "time" else access_m * 1000.0
    left = limit - leg
    ahead, behind = way.first[2 * edge], way.first[2 * edge + 1]
    if found.inward:  # one comes from ahead by walking backward
        ahead, behind = behind, ahead
    low = np.maximum(at - _share(left, behind), 0.0)
    high = np.minimum(at + _share(left, ahead), 1.0)
    reached = (left >= 0) & (high > low)
    return edge[reached], low[reached], high[reached]


def _share(left: FloatArray, cost: Quanta) -> FloatArray:
    return np.where(cost >= 0, np.maximum(left, 0.0) / np.maximum(cost, 1), 0.0)


def _cut(network: Network, edge: IntArray, low: FloatArray, high: FloatArray) -> npt.NDArray[Any]:
    """Return the lines of edges between two fractions."""
    line = lines(network, edge)
    part = np.flatnonzero((low > 0) | (high < 1))
    for i in part:
        line[i] = substring(line[i], float(low[i]), float(high[i]))
    kept: npt.NDArray[Any] = line[shapely.length(line) > 0]
    return kept
