"""The street network: ways as a source gives them, and the network that is built from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from planner.errors import InputError
from planner.gate import Gate
from planner.issue import Issue
from planner.kernels.components import components_by_length
from planner.kernels.order import along_hilbert_curve
from planner.measure import FloatArray, IntArray, length_quanta, metric_crs, project
from planner.ways import Ways, judge, judge_heights

BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[Any]
Positions = npt.NDArray[np.int32]
"""Where something stands among others: half the memory of an int64, and enough for any country's streets."""

HALF_WIDTH_M = 900_000.0
"""How far from its middle, east or west, a network may reach: there the metric CRS errs by 1 % (x² / 2R²)."""

LONGEST_EDGE_MM = 2**31 - 1
"""2,147 km: what 32 bits hold, in which searches count; at the slowest speed its time in deciseconds fits them too."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Network:
    """The directed street graph: n nodes where streets meet or end, m edges between them, each with its line.

    An edge runs forward from ``u`` to ``v`` and, where ``two_way``, backward; a profile decides who may use which.
    The position of an edge is its ``edge_id``.

    Parameters
    ----------
    crs
        The metric CRS of ``x``, ``y`` and the lines.
    node_id, border
        Length n, along a Hilbert curve: nodes that are near each other stand near each other.
    elevation_m
        Length n: NaN where unknown.
    u, v
        Length m, positions of nodes.
    length_mm
        Length m, whole millimetres along the line in ``crs``.
    two_way, component
        Length m; components are numbered from the longest, 0.
    obstacle
        Length m: no street but a link of no length, from the end of a street to a node in somebody's way.
    tags, kind
        By key, m strings; and a number for each edge: those with one number agree in all tags and in ``obstacle``.
    point_lon, point_lat, point_x, point_y
        The corners of all lines, each once; the first n are the nodes.
    line_start, line
        The line of edge ``e`` runs over the points ``line[line_start[e]:line_start[e + 1]]``, forward.
    component_length_mm
        By component.
    """

    crs: CRS
    node_id: IntArray
    border: BoolArray
    elevation_m: FloatArray
    u: Positions
    v: Positions
    length_mm: IntArray
    two_way: BoolArray
    obstacle: BoolArray
    component: Positions
    component_length_mm: IntArray
    tags: Mapping[str, TextArray]
    kind: Positions
    point_lon: FloatArray
    point_lat: FloatArray
    point_x: FloatArray
    point_y: FloatArray
    line_start: IntArray
    line: Positions
    table: str = "network"

    @property
    def lon(self) -> FloatArray:
        """Return the nodes' degrees east, of length n."""
        return self.point_lon[: len(self.node_id)]

    @property
    def lat(self) -> FloatArray:
        """Return the nodes' degrees north, of length n."""
        return self.point_lat[: len(self.node_id)]

    @property
    def x(self) -> FloatArray:
        """Return the nodes' metres east in ``crs``, of length n."""
        return self.point_x[: len(self.node_id)]

    @property
    def y(self) -> FloatArray:
        """Return the nodes' metres north in ``crs``, of length n."""
        return self.point_y[: len(self.node_id)]

    def corners(self, edges: npt.NDArray[np.integer]) -> tuple[Positions, IntArray]:
        """Return the points of the lines of edges, one line after the other, and how many each line has."""
        count = self.line_start[edges + 1] - self.line_start[edges]
        before = np.cumsum(count) - count
        at = np.arange(count.sum()) + np.repeat(self.line_start[edges] - before, count)
        return self.line[at], count

    @property
    def directed_edges(self) -> int:
        """Return the number of directed edges."""
        return len(self.u) + int(self.two_way.sum())

    @property
    def length_km(self) -> float:
        """Return the length of all streets, each counted once."""
        return float(self.length_mm.sum()) / 1e6

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees."""
        return (
            float(self.point_lon.min()),
            float(self.point_lat.min()),
            float(self.point_lon.max()),
            float(self.point_lat.max()),
        )


def build(ways: Ways, *, tag_keys: Collection[str]) -> Network:
    """Build the network: ways cut where they meet, end, or reach the extract's border.

    Parameters
    ----------
    ways
        From any source.
    tag_keys
        The keys that the study's profiles read; other tags are left behind.

    Raises
    ------
    InputError
        The arrays contradict each other (see `judge`), no way has two distinct nodes, or the streets lie so far apart
        that their metres would be wrong.

    Notes
    -----
    Two nodes at one spot stay two: the edge between them has a length of 0 and takes no time.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> network = build(sample_district().ways, tag_keys=["highway"])
    >>> network.directed_edges > 1000
    True
    """
    faults = judge(ways)
    if faults:
        raise InputError(faults)
    ref, way_of_ref = _without_repeats(ways)
    if len(ref) < 2:
        remedy = "name an extract that covers the communities and holds ways tagged highway"
        Gate(ways.table).refuse("empty_network", "the network has no street", remedy)
    first, last = _edges(ref, way_of_ref, ways)
    way = way_of_ref[first]
    del way_of_ref  # of a large country, every array of its corners counts

    nodes, point, position = _points(ref, first, last, ways)
    counts = last - first + 1
    line_start = np.concatenate([[0], np.cumsum(counts)])
    at = np.arange(line_start[-1])
    at -= np.repeat(line_start[:-1] - first, counts)
    line = position[ref[at]]
    u, v = position[ref[first]], position[ref[last]]
    del at, ref, first, last, counts

    lon, lat = ways.lon[point].astype(np.float64), ways.lat[point].astype(np.float64)
    crs = metric_crs(float(lon.min() + lon.max()) / 2.0, float(lat.min() + lat.max()) / 2.0)
    x, y = project(crs, lon, lat)
    _must_be_narrow(ways, x, point)
    length_mm = length_quanta(_lengths_m(x, y, line, line_start))
    _judge_lengths(gate := Gate(ways.table), length_mm)
    gate.close()
    component, component_length_mm = components_by_length(u, v, length_mm, nodes)
    obstacle = np.arange(len(ways.way_id)) >= len(ways.way_id) - ways.obstacles
    tags = {key: ways.tags[key] for key in sorted(tag_keys) if key in ways.tags}
    return Network(
        crs=crs,
        node_id=ways.node_id[point[:nodes]].astype(np.int64),
        border=ways.border[point[:nodes]],
        elevation_m=np.full(nodes, np.nan) if ways.elevation_m is None else ways.elevation_m[point[:nodes]],
        u=u,
        v=v,
        length_mm=length_mm,
        two_way=ways.two_way[way],
        obstacle=obstacle[way],
        component=component,
        component_length_mm=component_length_mm,
        tags={key: values[way] for key, values in tags.items()},
        kind=distinct([obstacle, *tags.values()])[way],
        point_lon=lon,
        point_lat=lat,
        point_x=x,
        point_y=y,
        line_start=line_start,
        line=line,
        table=ways.table,
    )


def judge_network(network: Network) -> list[Issue]:
    """Return every fault of a network that a search over it couldn't bear, as one made by hand may have.

    Edges to nodes that aren't there; lengths that are negative or no whole millimetres; lines that don't fit.
    """
    gate = Gate(network.table)
    if not gate.whole("node_id", network.node_id) or not gate.whole("u", network.u):
        return gate.issues
    nodes, edges = len(network.node_id), len(network.u)
    for name, ends in (("u", network.u), ("v", network.v)):
        if gate.whole(name, ends, edges):
            gate.below(name, ends, nodes, "node_id", code="unknown_node")
    if gate.whole("length_mm", network.length_mm, edges):
        _judge_lengths(gate, network.length_mm)
    gate.flags("two_way", network.two_way, edges)
    gate.flags("obstacle", network.obstacle, edges)
    gate.flags("border", network.border, nodes)
    judge_heights(gate, network.elevation_m, nodes)
    lengths = network.component_length_mm
    if gate.whole("component", network.component, edges) and gate.whole("component_length_mm", lengths):
        gate.below("component", network.component, len(lengths), "component_length_mm")
    gate.tags(network.tags, edges)
    if gate.whole("kind", network.kind, edges):
        gate.below("kind", network.kind, edges, "u")
    _judge_lines(gate, network, nodes, edges)
    return gate.issues


def distinct(columns: Sequence[npt.NDArray[Any]]) -> Positions:
    """Return a number for each row of parallel columns, the same for the same cells, counted as they appear."""
    if len(columns) == 1 and not columns[0].any():  # streets without tags: nothing to tell them apart
        return np.zeros(len(columns[0]), np.int32)
    seen: dict[tuple[Any, ...], int] = {}
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return np.fromiter((seen.setdefault(row, len(seen)) for row in rows), np.int32)


def _judge_lines(gate: Gate, network: Network, nodes: int, edges: int) -> None:
    if not gate.numbers("point_lon", network.point_lon):
        return
    points = len(network.point_lon)
    if points < nodes:
        message = f"point_lon has length {points}, but there are {nodes} nodes"
        gate.fault("bad_array", message, "give the points of the nodes first")
    for name in ("point_lon", "point_lat", "point_x", "point_y"):
        values = getattr(network, name)
        if gate.numbers(name, values, points) and not np.isfinite(values).all():
            gate.fault("bad_coordinates", f"{name} has values that are no numbers", "give finite coordinates")
    if gate.whole("line", network.line):
        gate.below("line", network.line, points, "point_lon")
    if gate.whole("line_start", network.line_start, edges + 1):
        gate.rising("line_start", network.line_start, len(network.line), "line")
        if (np.diff(network.line_start) < 2).any():
            gate.fault("bad_array", "a line has fewer than two corners", "give each edge its line, ends included")


def _judge_lengths(gate: Gate, length_mm: IntArray) -> None:
    gate.between("length_mm", length_mm, 0, LONGEST_EDGE_MM, code="bad_length", what="whole millimetres")


def _must_be_narrow(ways: Ways, x: FloatArray, point: IntArray) -> None:
    """Raise InputError where the metric CRS would be wrong by more than 1 %, as with one stray node at 0, 0.

    ``x`` and ``point`` tell where each corner of the streets lies, and where it stands among the ways' nodes.
    """
    if (np.abs(x) <= HALF_WIDTH_M).all():
        return
    lon = ways.lon[point]
    off = np.abs(lon - np.median(lon))  # one stray corner doesn't move the median
    at = int(np.argmax(off))
    way = ways.way_id[np.searchsorted(ways.start, np.argmax(ways.ref == point[at]), side="right") - 1]
    Gate(ways.table).refuse(
        "too_wide",
        f"the streets lie too far apart to be measured together: way {way} has a node at "
        f"{lon[at]:.5f}, {ways.lat[point[at]]:.5f}, {off[at]:.0f} degrees east or west of most others",
        f"mend it if it is a slip, or clip the network to less than {2 * HALF_WIDTH_M / 1000:,.0f} km",
        place_id=str(way),
    )


def _without_repeats(ways: Ways) -> tuple[IntArray, IntArray]:
    """Return the refs and the way of each, with a node named twice in a row kept once."""
    way_of_ref = np.repeat(np.arange(len(ways.way_id), dtype=np.int64), np.diff(ways.start))
    keep = np.ones(len(ways.ref), dtype=bool)
    keep[1:] = (ways.ref[1:] != ways.ref[:-1]) | (way_of_ref[1:] != way_of_ref[:-1])
    ref, way_of_ref = ways.ref[keep], way_of_ref[keep]
    long_enough = np.bincount(way_of_ref, minlength=len(ways.way_id))[way_of_ref] > 1
    return ref[long_enough], way_of_ref[long_enough]


def _edges(ref: IntArray, way_of_ref: IntArray, ways: Ways) -> tuple[IntArray, IntArray]:
    """Return the first and the last position in ``ref`` of every edge."""
    starts = np.ones(len(ref), dtype=bool)
    starts[1:] = way_of_ref[1:] != way_of_ref[:-1]
    ends = np.ones(len(ref), dtype=bool)
    ends[:-1] = starts[1:]
    uses = np.bincount(ref, minlength=len(ways.node_id))
    cut = starts | ends | (uses[ref] > 1) | ways.border[ref]
    where = np.flatnonzero(cut)
    inside = ~ends[where[:-1]]  # the gap between one way's end and the next way's start is no street
    return where[:-1][inside], where[1:][inside]


def _points(ref: IntArray, first: IntArray, last: IntArray, ways: Ways) -> tuple[int, IntArray, Positions]:
    """Return how many nodes there are, where in the ways the points stand, and where among the points each stands.

    Nodes, where edges begin and end, come first, along a Hilbert curve; then the corners between.
    """
    on_line, is_node = np.zeros(len(ways.node_id), dtype=bool), np.zeros(len(ways.node_id), dtype=bool)
    on_line[ref] = True
    is_node[ref[first]] = is_node[ref[last]] = True
    node = np.flatnonzero(is_node)
    node = node[along_hilbert_curve(ways.lon[node].astype(np.float64), ways.lat[node].astype(np.float64))]
    point = np.concatenate([node, np.flatnonzero(on_line & ~is_node)])
    position = np.full(len(ways.node_id), -1, np.int32)
    position[point] = np.arange(len(point))
    return len(node), point, position


def _lengths_m(x: FloatArray, y: FloatArray, line: Positions, start: IntArray) -> FloatArray:
    """Return the length of each line, summed line by line so that it doesn't depend on its neighbours."""
    step = np.zeros(len(line))
    step[:-1] = np.hypot(np.diff(x[line]), np.diff(y[line]))
    step[start[1:] - 1] = 0.0  # from one line's end to the next line's start
    total: FloatArray = np.add.reduceat(step, start[:-1])
    return total
