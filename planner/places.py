"""Places (communities, facilities, candidates, scored sites) and where they meet the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.measure import FloatArray, IntArray, project, unproject
from planner.network import BoolArray, Network, TextArray
from planner.profile import Weights

SMALL_COMPONENT_SHARE = 0.05
"""A component below this share of the longest one's length is taken for an island of the data."""

TIE_M = 0.001
"""Streets whose distances differ by no more than this are equally near."""

SAME_M = 1e-6
"""Two points of a street no farther apart than this are one: far above the error of a float, far below a millimetre."""

DEFAULT_MAX_ACCESS_M = 200.0

OK, TOO_FAR, NO_USABLE_EDGE = "ok", "too_far", "no_usable_edge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Points with ids and whatever their table tells about them.

    Parameters
    ----------
    role
        ``communities``, ``facilities``, ``candidates``, ``areas`` or ``sites``.
    table
        The file as the study names it, for messages.
    ids, names
        Length n, text; ids are distinct, and places stand in the order of their table.
    lon, lat
        Length n, WGS 84 degrees.
    row
        Length n: where each stands in its file.
    columns
        By name, n cells: numbers as floats with NaN for unknown, flags and text as objects with None for unknown,
        services as tuples. A column that the table doesn't have is absent.
    polygon
        Length n: shapely polygons in degrees, None where only a point is known.
    """

    role: str
    table: str
    ids: TextArray
    names: TextArray
    lon: FloatArray
    lat: FloatArray
    row: IntArray
    columns: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    polygon: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, name: str) -> FloatArray:
        """Return a column of numbers, NaN all along where the table doesn't have it."""
        found = self.columns.get(name)
        return np.full(len(self), np.nan) if found is None else np.asarray(found, np.float64)

    def built_by(self, year: int | None) -> BoolArray:
        """Return which places stand in a year: all but those of a later one, and all where there is no year."""
        return np.asarray(~(self.number("year") > (np.inf if year is None else year)), dtype=bool)

    def open_in(self, year: int | None) -> BoolArray:
        """Return which places are open in a year: built by then, and of no other status."""
        found, status = self.built_by(year), self.columns.get("status")
        if status is not None:
            found &= np.array([cell is None or cell == "open" for cell in status], dtype=bool)
        return found

    def take(self, keep: npt.NDArray[Any]) -> Places:
        """Return the places of a mask, or of positions."""
        return replace(
            self,
            ids=self.ids[keep],
            names=self.names[keep],
            lon=self.lon[keep],
            lat=self.lat[keep],
            row=self.row[keep],
            columns={name: cells[keep] for name, cells in self.columns.items()},
            polygon=None if self.polygon is None else self.polygon[keep],
        )


def no_places(role: str) -> Places:
    """Return an empty table of places."""
    text: TextArray = np.empty(0, dtype=object)
    number = np.empty(0)
    return Places(role=role, table=role, ids=text, names=text, lon=number, lat=number, row=np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Anchors:
    """Where places meet the network under one profile.

    Parameters
    ----------
    status
        Length n: ``ok``, ``too_far`` (beyond ``max_access_m``) or ``no_usable_edge``.
    edge
        Length n: the edge, -1 where not ok.
    fraction
        Length n: along the forward edge, 0 at ``u``; 7 decimals.
    access_m
        Length n: the straight leg between the place and the street, whole millimetres; NaN without a usable edge.
    lon, lat
        Length n: the point on the street, WGS 84, 7 decimals; NaN where not ok.
    passed_over
        Length n: the nearer edge that was left for the largest component, else -1.
    """

    status: TextArray
    edge: IntArray
    fraction: FloatArray
    access_m: FloatArray
    lon: FloatArray
    lat: FloatArray
    passed_over: IntArray

    @property
    def ok(self) -> BoolArray:
        """Return which places are anchored."""
        return np.asarray(self.status == OK, dtype=bool)

    def take(self, keep: npt.NDArray[Any]) -> Anchors:
        """Return the anchors of a mask, or of positions."""
        return Anchors(
            status=self.status[keep],
            edge=self.edge[keep],
            fraction=self.fraction[keep],
            access_m=self.access_m[keep],
            lon=self.lon[keep],
            lat=self.lat[keep],
            passed_over=self.passed_over[keep],
        )


def anchor(
    network: Network, weights: Weights, lon: FloatArray, lat: FloatArray, *, max_access_m: float = DEFAULT_MAX_ACCESS_M
) -> Anchors:
    """Anchor points to the nearest edge that the profile may use, split at the exact point.

    Parameters
    ----------
    network, weights
        The network and how the profile sees it.
    lon, lat
        Length n, WGS 84 degrees.
    max_access_m
        The longest access leg.

    Returns
    -------
    Anchors
        Only where the nearest edge lies on a component of less than 5 % of the longest one's length does the nearest
        edge of the longest component within ``max_access_m`` take its place, and ``passed_over`` names the edge left.
        Points of streets that are equally near (to 1 mm) are told apart by their lon, then lat, then the edge's id.
        A point that a street passes twice, as one that runs back over itself does, is taken at the smaller fraction.

    Examples
    --------
    >>> import numpy as np
    >>> from planner.network import build
    >>> from planner.profile import weigh
    >>> from planner.sources import sample_district
    >>> study = sample_district()
    >>> walker = study.profiles["standard_walk"]
    >>> network = build(study.ways, tag_keys=walker.tag_keys)
    >>> found = anchor(network, weigh(network, walker), network.lon[:1], network.lat[:1])
    >>> found.status[0], float(found.access_m[0])
    ('ok', 0.0)
    """
    edges = np.flatnonzero(weights.usable & ~network.obstacle)
    if len(edges) == 0 or len(lon) == 0:
        return _unanchored(len(lon))
    x, y = project(network.crs, lon, lat)
    nearest = _Nearest(network, edges, x, y)
    edge, fraction, distance_m = nearest.edge, nearest.fraction, nearest.distance_m
    passed_over = np.full(len(lon), -1, np.int64)

    longest = weights.component_length_mm[0]
    island = weights.component_length_mm[weights.component[edge]] < SMALL_COMPONENT_SHARE * longest
    if island.any():
        which = np.flatnonzero(island)
        mainland = _Nearest(network, edges[weights.component[edges] == 0], x[which], y[which])
        near = np.round(mainland.distance_m, 3) <= max_access_m
        moved = which[near]
        passed_over[moved] = edge[moved]
        edge[moved], fraction[moved] = mainland.edge[near], mainland.fraction[near]
        distance_m[moved] = mainland.distance_m[near]

    access_m = np.round(distance_m, 3)
    ok = access_m <= max_access_m
    at_lon, at_lat = _points_on_lines(network, edge, fraction)
    return Anchors(
        status=np.where(ok, OK, TOO_FAR).astype(object),
        edge=np.where(ok, edge, -1),
        fraction=np.where(ok, fraction, np.nan),
        access_m=access_m,
        lon=np.where(ok, at_lon, np.nan),
        lat=np.where(ok, at_lat, np.nan),
        passed_over=passed_over,
    )


def _unanchored(count: int) -> Anchors:
    unknown = np.full(count, np.nan)
    none = np.full(count, -1, np.int64)
    return Anchors(
        status=np.full(count, NO_USABLE_EDGE, dtype=object),
        edge=none,
        fraction=unknown,
        access_m=unknown,
        lon=unknown,
        lat=unknown,
        passed_over=none,
    )


class _Nearest:
    """The nearest point of some edges to each point (x, y), with ties settled."""

    def __init__(self, network: Network, edges: IntArray, x: FloatArray, y: FloatArray) -> None:
        points = shapely.points(x, y)
        tree = shapely.STRtree(lines(network, edges))
        (asked, _), distance = tree.query_nearest(points, return_distance=True, all_matches=False)
        nearest_m = np.empty(len(points))
        nearest_m[asked] = distance
        point, found = tree.query(points, predicate="dwithin", distance=nearest_m + TIE_M)
        which, at, distance_m = _feet(network, edges[found], x[point], y[point])
        tied = distance_m <= nearest_m[point[which]] + TIE_M
        which, at, distance_m = which[tied], at[tied], distance_m[tied]
        point, found = point[which], found[which]
        fraction = shapely.line_locate_point(tree.geometries[found], at, normalized=True)
        for i in np.flatnonzero(np.bincount(which)[which] > 1).tolist():
            fraction[i] = _first_passing(tree.geometries[found[i]], at[i])
        fraction = np.round(fraction, 7)
        lon, lat = _points_on_lines(network, edges[found], fraction)
        order = np.lexsort((fraction, edges[found], lat, lon, point))
        first = order[np.unique(point[order], return_index=True)[1]]
        self.edge = edges[found[first]]
        self.fraction = fraction[first]
        self.distance_m = distance_m[first]


def _feet(
    network: Network, edge: IntArray, x: FloatArray, y: FloatArray
) -> tuple[IntArray, npt.NDArray[Any], FloatArray]:
    """Return where each edge comes nearest to its point: which pair, the place on the edge, and the metres to it.

    An edge with bends may do so at several places: a square round the point at four.
    """
    count = network.line_start[edge + 1] - network.line_start[edge] - 1
    pair = np.repeat(np.arange(len(edge)), count)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    corner = network.line_start[edge][pair] + step
    one, other = network.line[corner], network.line[corner + 1]
    from_x, from_y = network.point_x[one], network.point_y[one]
    along_x, along_y = network.point_x[other] - from_x, network.point_y[other] - from_y
    square = along_x**2 + along_y**2
    part = ((x[pair] - from_x) * along_x + (y[pair] - from_y) * along_y) / np.where(square > 0, square, 1.0)
    part = np.clip(part, 0.0, 1.0)
    # At a bend once, and only where the steps on both sides come nearest there; else the next step is nearer.
    nearer_before = (part == 0.0) & (step > 0)
    nearer_after = (part == 1.0) & (step < count[pair] - 1) & (np.roll(part, -1) > 0.0)
    foot = ~nearer_before & ~nearer_after
    at_x, at_y = (from_x + part * along_x)[foot], (from_y + part * along_y)[foot]
    pair = pair[foot]
    return pair, shapely.points(at_x, at_y), np.hypot(at_x - x[pair], at_y - y[pair])


def _first_passing(line: Any, at: Any) -> float:
    """Return the smallest fraction at which a line passes a point on it, twice where it runs back over itself."""
    xy, (x, y) = shapely.get_coordinates(line), shapely.get_coordinates(at)[0]
    along = np.diff(xy, axis=0)
    length = np.hypot(along[:, 0], along[:, 1])
    part = ((x - xy[:-1, 0]) * along[:, 0] + (y - xy[:-1, 1]) * along[:, 1]) / np.where(length > 0, length**2, 1.0)
    part = np.clip(part, 0.0, 1.0)
    away = np.hypot(xy[:-1, 0] + part * along[:, 0] - x, xy[:-1, 1] + part * along[:, 1] - y)
    first = int(np.argmax(away <= away.min() + SAME_M))
    return float((length[:first].sum() + part[first] * length[first]) / length.sum())


def lines(network: Network, edges: IntArray) -> npt.NDArray[Any]:
    """Return the lines of edges as shapely LineStrings in the network's metric CRS."""
    point, count = network.corners(edges)
    xy = np.column_stack([network.point_x[point], network.point_y[point]])
    found: npt.NDArray[Any] = shapely.linestrings(xy, indices=np.repeat(np.arange(len(edges)), count))
    return found


def _points_on_lines(network: Network, edge: IntArray, fraction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return lon and lat, 7 decimals, of the points at fractions of edges."""
    at = shapely.line_interpolate_point(lines(network, edge), fraction, normalized=True)
    lon, lat = unproject(network.crs, shapely.get_x(at), shapely.get_y(at))
    return np.round(lon, 7), np.round(lat, 7)


def substring(line: Any, low: float, high: float) -> Any:
    """Return a line between two fractions of its length; a point's worth gives a line of no length."""
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    ends = np.array([low, high]) * along[-1]
    inside = (along > ends[0]) & (along < ends[1])
    cut = np.column_stack([np.interp(ends, along, xy[:, 0]), np.interp(ends, along, xy[:, 1])])
    return shapely.LineString(np.vstack([cut[:1], xy[inside], cut[1:]]))
