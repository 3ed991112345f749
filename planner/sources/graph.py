"""Street graphs of OSMnx: GraphML files and live ``networkx.MultiDiGraph`` objects."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.errors import SourceError
from planner.issue import Issue
from planner.measure import GEOGRAPHIC_CRS, FloatArray, IntArray
from planner.sources.extract import OPENSTREETMAP, Extract, Runs, column, empty_network, gather, pointlike_note
from planner.sources.graph_judging import (
    Point,
    fault,
    judge_degrees,
    judge_edges,
    other_lengths,
    points_of,
    stated_length,
)

if TYPE_CHECKING:
    import networkx as nx

ENDINGS = (".graphml",)
"""The endings of graph files."""

_DECIMALS = 7  # of a degree, 11 mm: both directions of a street have the same line to this


def read_graphml(path: Path, *, table: str, tag_keys: Collection[str]) -> Extract:
    """Read a GraphML file written by OSMnx; see `read_graph`.

    Raises
    ------
    SourceError
        The file is damaged, or wasn't written by OSMnx.
    InputError
        As for a live graph.
    """
    import networkx as nx
    import osmnx

    # "yes" or "-1" where OSMnx kept OpenStreetMap's own words; a length that is no number is told with its edge
    as_written = {"oneway": str, "reversed": str, "length": str}
    try:
        with np.errstate(invalid="ignore"):  # a point that is no number is told below
            graph = osmnx.load_graphml(path, edge_dtypes=as_written)
    except (OSError, SyntaxError, ValueError, KeyError, nx.NetworkXError, shapely.errors.ShapelyError) as error:
        raise SourceError(
            [
                Issue(
                    severity="error",
                    code="unreadable_file",
                    table=table,
                    message=f"the file is damaged or no GraphML of OSMnx ({str(error).splitlines()[0]})",
                    remedy="save it again with osmnx.save_graphml",
                )
            ]
        ) from error
    return read_graph(graph, table=table, tag_keys=tag_keys)


def read_graph(graph: nx.MultiDiGraph, *, table: str, tag_keys: Collection[str]) -> Extract:
    """Read a graph as OSMnx makes them; the graph isn't changed.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y`` in ``graph.graph["crs"]``; edges with ``geometry`` where they aren't straight.
    table
        The source as the study names it.
    tag_keys
        The attributes of edges and of nodes that are read as tags, beside ``highway``; several values are joined with
        ``;``.

    Returns
    -------
    Extract
        The two directions of a street become one way, whose direction is that of the OpenStreetMap way where the
        graph tells it (``reversed``). A street with a ``highway`` tag may be used both ways as far as the graph goes,
        for a profile judges by tags; one without runs only as the graph has it. Nodes keep their ids; points along a
        line get negative ones, so that nothing meets there. Nodes where OSMnx counted more streets
        (``street_count``) than the graph still has were cut off and are border nodes. Where other edges have a
        ``highway`` tag, one with an OpenStreetMap id but no such tag is no street and is left out.

    Raises
    ------
    InputError
        The graph is of another class, has no street, lacks coordinates, states no CRS though its coordinates aren't
        degrees, or an edge has a length or a line that can't be.

    Notes
    -----
    Lengths are measured along the lines (docs/method.md); those that the edges state are judged, and told where they
    differ, but not taken.
    """
    import networkx as nx

    if not isinstance(graph, nx.MultiDiGraph):
        raise fault(
            table,
            "unknown_source",
            f"streets can't be read from a {type(graph).__name__}",
            "give a networkx.MultiDiGraph as OSMnx makes it, or the path of a file",
        )
    at = points_of(graph, table)
    judge_edges(graph, table)
    streets, other = _without_other_ways(_streets(graph, at))
    if not streets:
        raise empty_network(table, message="the graph has no street", remedy="give a graph with edges between nodes")
    keys = sorted({"highway", *tag_keys})
    tags = [street.tags(keys) for street in streets]
    ids = _node_ids(graph)
    node_id, points, count = _references(streets, at, ids)
    lon, lat = _in_degrees(graph, points, table)

    def name(street: int) -> str:
        return f"{streets[street].tail!r}-{streets[street].head!r}"

    judge_degrees(lon, lat, count, table=table, name=name)
    stated = np.array([stated_length(street.data) for street in streets])
    runs = Runs(
        ref_id=node_id,
        lon=lon,
        lat=lat,
        count=count,
        way_id=np.arange(1, len(streets) + 1, dtype=np.int64),
        tags={
            key: column(len(streets), {row: cells[key] for row, cells in enumerate(tags) if cells[key]})
            for key in keys
            if any(cells[key] for cells in tags)
        },
        two_way=np.array([street.two_way for street in streets], dtype=bool),
        border_id=np.array([ids[node] for node in _cut_off(graph)], np.int64),
        node_tags=_node_tags(graph, keys, ids),
    )
    ways, counts = gather(runs, table=table)
    issues = other_lengths(stated, lon, lat, count, table=table, name=name)
    if other:
        issues.append(_left_out(table, other))
    pointlike = counts["pointlike_ways"] + sum(not line for *_, line in nx.selfloop_edges(graph, data="geometry"))
    if pointlike:
        issues.append(pointlike_note(table, pointlike))
    from_openstreetmap = any("osmid" in street.data for street in streets)
    return Extract(ways=ways, issues=tuple(issues), attribution=(OPENSTREETMAP,) if from_openstreetmap else ())


@dataclass(frozen=True, slots=True)
class _Street:
    """One street: its ends, the points between them, its attributes, and how it lies to them."""

    tail: Any
    head: Any
    between: tuple[Point, ...]
    data: Mapping[str, Any]
    two_way: bool
    turned: bool = False

    def tags(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the tags, with ``oneway`` told in the street's own direction."""
        tags = {key: _text(self.data.get(key)) for key in keys}
        if self.turned and tags.get("oneway") == "yes":
            tags["oneway"] = "-1"
        return tags


def _streets(graph: nx.MultiDiGraph, at: Mapping[Any, Point]) -> list[_Street]:
    """Return the streets: edges that lie on one line between the same nodes, whichever way they run, are one."""
    position = {node: number for number, node in enumerate(graph.nodes)}
    found: dict[tuple[Any, ...], list[_Street]] = {}
    for u, v, data in graph.edges(data=True):
        between = _between(data.get("geometry"), at[u], at[v])
        if u == v and not between:
            continue  # a loop without a line has no length
        shape = tuple((round(x, _DECIMALS), round(y, _DECIMALS)) for x, y in between)
        backward = shape[::-1] < shape if u == v else position[v] < position[u]
        ends = (position[v], position[u]) if backward and u != v else (position[u], position[v])
        key = (*ends, shape[::-1] if backward else shape, tuple(sorted(_texts(data.get("osmid")))))
        found.setdefault(key, []).append(_Street(u, v, between, data, two_way=backward, turned=_is_reversed(data)))
    return [_merged(arcs) for arcs in found.values()]


def _merged(arcs: list[_Street]) -> _Street:
    """Return one street for the arcs along one line; until here ``two_way`` tells which way an arc runs."""
    both = len({arc.two_way for arc in arcs}) > 1
    lead = next((arc for arc in arcs if not arc.turned), arcs[0])
    two_way = both or bool(_text(lead.data.get("highway")))
    if (
        lead.turned
    ):  # the graph has only the arc against the OpenStreetMap way, and a graph without tags has no such way
        if _text(lead.data.get("highway")):
            return _Street(lead.head, lead.tail, lead.between[::-1], lead.data, two_way, turned=True)
        return _Street(lead.tail, lead.head, lead.between, lead.data, two_way)
    return _Street(lead.tail, lead.head, lead.between, lead.data, two_way)


def _without_other_ways(streets: list[_Street]) -> tuple[list[_Street], int]:
    """Leave out OpenStreetMap ways that are no streets, such as outlines of buildings, where the graph holds both."""
    tagged = [bool(_text(street.data.get("highway"))) for street in streets]
    if not any(tagged):
        return streets, 0
    kept = [one for one, is_street in zip(streets, tagged, strict=True) if is_street or "osmid" not in one.data]
    return kept, len(streets) - len(kept)


def _between(line: Any, tail: Point, head: Point) -> tuple[Point, ...]:
    """Return the points of a line between two nodes, running from the tail."""
    if line is None:
        return ()
    points = [(float(x), float(y)) for x, y, *_ in line.coords]
    if math.dist(points[0], tail) + math.dist(points[-1], head) > math.dist(points[0], head) + math.dist(
        points[-1], tail
    ):
        points.reverse()
    first = 1 if _same(points[0], tail) else 0
    last = len(points) - 1 if _same(points[-1], head) else len(points)
    return tuple(points[first:last])


def _same(one: Point, other: Point) -> bool:
    return math.dist(one, other) < 10.0**-_DECIMALS


def _is_reversed(data: Mapping[str, Any]) -> bool:
    return _text(data.get("reversed")) == "yes"


def _node_ids(graph: nx.MultiDiGraph) -> dict[Any, int]:
    """Return the nodes' own ids where all are whole numbers, else their places in the graph, from 1."""
    if all(isinstance(node, (int, np.integer)) and abs(int(node)) < 2**62 for node in graph.nodes):
        return {node: int(node) for node in graph.nodes}
    return {node: number for number, node in enumerate(graph.nodes, start=1)}


def _node_tags(graph: nx.MultiDiGraph, keys: Iterable[str], ids: Mapping[Any, int]) -> dict[str, dict[int, str]]:
    """Return the tags of nodes by key and id."""
    found: dict[str, dict[int, str]] = {}
    for key in keys:
        for node, value in graph.nodes(data=key):
            if value is not None and (text := _text(value)):
                found.setdefault(key, {})[ids[node]] = text
    return found


def _references(
    streets: list[_Street], at: Mapping[Any, Point], ids: Mapping[Any, int]
) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the node id and the x, y of each reference, and how many each street has."""
    fresh = min(0, *ids.values()) - 1
    node_id: list[int] = []
    points: list[Point] = []
    for street in streets:
        inside = len(street.between)
        node_id += [ids[street.tail], *range(fresh, fresh - inside, -1), ids[street.head]]
        points += [at[street.tail], *street.between, at[street.head]]
        fresh -= inside
    count = np.array([len(street.between) + 2 for street in streets], np.int64)
    return np.array(node_id, np.int64), np.array(points, np.float64), count


def _in_degrees(graph: nx.MultiDiGraph, points: FloatArray, table: str) -> tuple[FloatArray, FloatArray]:
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    stated = graph.graph.get("crs")
    like_degrees = bool((np.abs(points) <= (180.0, 90.0)).all())
    if stated is None and not like_degrees:
        raise fault(
            table,
            "missing_crs",
            "the graph states no CRS and its coordinates aren't degrees",
            'set graph.graph["crs"], as OSMnx does',
        )
    try:
        crs = CRS.from_user_input(GEOGRAPHIC_CRS if stated is None else stated)
    except CRSError as error:
        raise fault(table, "unknown_crs", f"the graph's CRS {stated!r} is unknown", "set an EPSG code") from error
    if crs != CRS.from_user_input(GEOGRAPHIC_CRS):
        lon, lat = Transformer.from_crs(crs, GEOGRAPHIC_CRS, always_xy=True).transform(points[:, 0], points[:, 1])
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if not like_degrees:
        raise fault(
            table, "bad_coordinates", "the graph's coordinates aren't degrees though its CRS says so", "mend the CRS"
        )
    return points[:, 0], points[:, 1]


def _cut_off(graph: nx.MultiDiGraph) -> list[Any]:
    """Return the nodes where the graph has fewer streets than OSMnx counted before it cut the graph to its area."""
    counted = {node: count for node, count in graph.nodes(data="street_count") if count is not None}
    if not counted:
        return []
    import osmnx

    left = osmnx.stats.count_streets_per_node(graph)
    return [node for node, count in counted.items() if int(count) > left[node]]


def _text(value: Any) -> str:
    return ";".join(_texts(value))


def _texts(value: Any) -> list[str]:
    """Return the distinct values of an attribute as text, in order; OSMnx lists several in any order."""
    values = sorted({_one(part) for part in value}) if isinstance(value, (list, tuple, set)) else [_one(value)]
    return [text for text in values if text]


def _one(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (bool, np.bool_)) or value in ("True", "False"):
        return "yes" if str(value) == "True" else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _left_out(table: str, count: int) -> Issue:
    return Issue(
        severity="note",
        code="features_left_out",
        table=table,
        message=f"edges with an OpenStreetMap id but no highway tag, left out as no streets: {count}",
    )
