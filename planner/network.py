"""The street network: ways as a source gives them, and the network that is built from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from planner.errors import InputError
from planner.issue import Issue
from planner.kernels.components import components
from planner.measure import FloatArray, IntArray, length_quanta, metric_crs, project

BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Streets as a source gives them: nodes, ways over nodes, tags. Every source of networks ends here.

    Parameters
    ----------
    node_id, lon, lat, border
        Each of length n: the node's id, WGS 84 degrees, and whether the extract ends there.
    ref, start
        Way ``i`` runs over the node positions ``ref[start[i]:start[i + 1]]``; ``start`` has length w + 1.
    way_id
        Length w.
    tags
        By key, w strings, blank where the way doesn't have the key.
    two_way
        Length w: False where the source itself gives only the direction of ``ref`` (a graph without tags).
    table
        The source as the study names it, for messages.
    tagged, node_tags
        The positions of the nodes that have tags, t of them, and by key t strings, blank where a node lacks the key.
    elevation_m
        Length n: metres above any one level, NaN where unknown; None where heights aren't known at all.
    obstacles
        The last so many ways are no streets but links of no length to a node in somebody's way (`planner.obstacle`).
    """

    node_id: IntArray
    lon: FloatArray
    lat: FloatArray
    border: BoolArray
    ref: IntArray
    start: IntArray
    way_id: IntArray
    tags: Mapping[str, TextArray]
    two_way: BoolArray
    table: str = "network"
    tagged: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    node_tags: Mapping[str, TextArray] = field(default_factory=dict)
    elevation_m: FloatArray | None = None
    obstacles: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The directed street graph: n nodes where streets meet or end, m edges between them, each with its line.

    An edge runs forward from ``u`` to ``v`` and, where ``two_way``, backward; a profile decides who may use which.
    The position of an edge is its ``edge_id``.

    Parameters
    ----------
    crs
        The metric CRS of ``x``, ``y`` and the lines.
    node_id, lon, lat, x, y, border
        Length n.
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
    line_start, line_x, line_y, line_lon, line_lat
        The line of edge ``e`` is ``line_x[line_start[e]:line_start[e + 1]]`` and so on, forward.
    component_length_mm
        By component.
    """

    crs: CRS
    node_id: IntArray
    lon: FloatArray
    lat: FloatArray
    x: FloatArray
    y: FloatArray
    border: BoolArray
    elevation_m: FloatArray
    u: IntArray
    v: IntArray
    length_mm: IntArray
    two_way: BoolArray
    obstacle: BoolArray
    component: IntArray
    component_length_mm: IntArray
    tags: Mapping[str, TextArray]
    kind: IntArray
    line_start: IntArray
    line_x: FloatArray
    line_y: FloatArray
    line_lon: FloatArray
    line_lat: FloatArray
    table: str = "network"

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
            float(self.line_lon.min()),
            float(self.line_lat.min()),
            float(self.line_lon.max()),
            float(self.line_lat.max()),
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
        No way has two distinct nodes.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> network = build(sample_district().ways, tag_keys=["highway"])
    >>> network.directed_edges > 1000
    True
    """
    ref, way_of_ref = _without_repeats(ways)
    if len(ref) < 2:
        raise InputError(
            [
                Issue(
                    severity="error",
                    code="empty_network",
                    table=ways.table,
                    message="the network has no street",
                    remedy="name an extract that covers the communities and holds ways tagged highway",
                )
            ]
        )
    first, last = _edges(ref, way_of_ref, ways)
    way = way_of_ref[first]

    node, where = np.unique(np.concatenate([ref[first], ref[last]]), return_inverse=True)
    u, v = where[: len(first)].astype(np.int64), where[len(first) :].astype(np.int64)

    counts = last - first + 1
    line_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    on_line = ref[np.arange(line_start[-1]) - np.repeat(line_start[:-1] - first, counts)]
    line_lon, line_lat = ways.lon[on_line], ways.lat[on_line]

    crs = metric_crs(float(line_lon.min() + line_lon.max()) / 2.0, float(line_lat.min() + line_lat.max()) / 2.0)
    line_x, line_y = project(crs, line_lon, line_lat)
    length_mm = length_quanta(_lengths_m(line_x, line_y, line_start))
    component, component_length_mm = components_by_length(u, v, length_mm, len(node))
    x, y = project(crs, ways.lon[node], ways.lat[node])
    obstacle = np.arange(len(ways.way_id)) >= len(ways.way_id) - ways.obstacles
    tags = {key: ways.tags[key] for key in sorted(tag_keys) if key in ways.tags}
    return Network(
        crs=crs,
        node_id=ways.node_id[node],
        lon=ways.lon[node],
        lat=ways.lat[node],
        x=x,
        y=y,
        border=ways.border[node],
        elevation_m=np.full(len(node), np.nan) if ways.elevation_m is None else ways.elevation_m[node],
        u=u,
        v=v,
        length_mm=length_mm,
        two_way=ways.two_way[way],
        obstacle=obstacle[way],
        component=component,
        component_length_mm=component_length_mm,
        tags={key: values[way] for key, values in tags.items()},
        kind=distinct([obstacle, *tags.values()])[way],
        line_start=line_start,
        line_x=line_x,
        line_y=line_y,
        line_lon=line_lon,
        line_lat=line_lat,
        table=ways.table,
    )


def components_by_length(u: IntArray, v: IntArray, length_mm: IntArray, nodes: int) -> tuple[IntArray, IntArray]:
    """Label each edge with its weakly connected component, numbered from the longest; also return their lengths.

    Parameters
    ----------
    u, v, length_mm
        Length m: ends and length of each edge.
    nodes
        The number of nodes.

    Returns
    -------
    tuple
        The component of each edge, and the length of each component in millimetres. Equal lengths are numbered in
        the order of their first edge.
    """
    if len(u) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    root = components(u, v, nodes)[u]
    first = np.full(nodes, len(u), np.int64)
    first[root[::-1]] = np.arange(len(u))[::-1]
    found = np.flatnonzero(first < len(u))
    total = np.bincount(root, length_mm, nodes)[found].astype(
        np.int64
    )  # exact: all streets of Earth are below 2**53 mm
    order = np.lexsort((first[found], -total))
    rank = np.empty(nodes, np.int64)
    rank[found[order]] = np.arange(len(order))
    return rank[root], total[order]


def distinct(columns: Sequence[npt.NDArray[Any]]) -> IntArray:
    """Return a number for each row of parallel columns, the same for the same cells, counted as they appear."""
    seen: dict[tuple[Any, ...], int] = {}
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return np.fromiter((seen.setdefault(row, len(seen)) for row in rows), np.int64)


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


def _lengths_m(x: FloatArray, y: FloatArray, start: IntArray) -> FloatArray:
    """Return the length of each line, summed line by line so that it doesn't depend on its neighbours."""
    step = np.zeros(len(x))
    step[:-1] = np.hypot(np.diff(x), np.diff(y))
    step[start[1:] - 1] = 0.0  # from one line's end to the next line's start
    total: FloatArray = np.add.reduceat(step, start[:-1])
    return total
