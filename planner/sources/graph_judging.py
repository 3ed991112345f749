"""What a graph must hold before streets are read from it: points on the map, lines that are lines, true lengths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray

if TYPE_CHECKING:
    import networkx as nx

Point = tuple[float, float]
Name = Callable[[int], str]

SAME_LENGTH = (1.0, 0.02)
"""Metres and share by which a length may differ from its line's: OSMnx measures on a sphere (0.6 % off at most)."""


def points_of(graph: nx.MultiDiGraph, table: str) -> dict[Any, Point]:
    """Return x and y of each node.

    Raises
    ------
    InputError
        A node has none, as those that only an edge names, or they are no numbers.
    """
    at: dict[Any, Point] = {}
    for node, data in graph.nodes(data=True):
        try:
            at[node] = float(data["x"]), float(data["y"])
        except (KeyError, TypeError, ValueError):
            at[node] = math.nan, math.nan
        if not (math.isfinite(at[node][0]) and math.isfinite(at[node][1])):
            message = f"node {node!r} has no x and y"
            if "x" in data and "y" in data:
                message = f"node {node!r} lies at x {data['x']!r}, y {data['y']!r}"
            remedy = "give every node x and y, or take its edges out"
            raise fault(table, "bad_coordinates", message, remedy, node)
    return at


def judge_edges(graph: nx.MultiDiGraph, table: str) -> None:
    """Raise InputError with every kind of fault of the edges, each with the first edge that has it and their number.

    A ``length`` must be a number from 0 up, for one that isn't shows that the graph is damaged, though metres are
    measured along the lines; a ``geometry`` must be a line of finite points.
    """
    bad_lengths: list[str] = []
    bad_lines: list[str] = []
    for u, v, data in graph.edges(data=True):
        length, line = data.get("length"), data.get("geometry")
        if length is not None and not 0.0 <= _number(length) < math.inf:
            bad_lengths.append(f"edge {u!r}-{v!r} has the length {length!r:.40}")
        if line is not None and not _is_line(line):
            bad_lines.append(f"the geometry of edge {u!r}-{v!r} isn't a line of finite points")
    found = [
        Issue(severity="error", code=code, table=table, message=f"{edges[0]}{_and_more(edges)}", remedy=remedy)
        for code, edges, remedy in (
            ("bad_length", bad_lengths, "give metres from 0 up, or take the attribute out: the line is measured"),
            ("bad_geometry", bad_lines, "give it a LineString, or none for a straight edge"),
        )
        if edges
    ]
    if found:
        raise InputError(found)


def judge_degrees(lon: FloatArray, lat: FloatArray, count: IntArray, *, table: str, name: Name) -> None:
    """Raise InputError where a point of a street isn't on the globe; ``count`` is how many points each street has."""
    bad = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    if bad.any():
        street = int(np.searchsorted(np.cumsum(count), np.argmax(bad), side="right"))
        message = f"edge {name(street)} lies outside the globe"
        raise fault(table, "bad_coordinates", message, "check its points and the CRS")


def other_lengths(
    stated: FloatArray, lon: FloatArray, lat: FloatArray, count: IntArray, *, table: str, name: Name
) -> list[Issue]:
    """Return a warning where edges state lengths that aren't those of their lines: ours are measured along the lines.

    Parameters
    ----------
    stated
        Metres by street, NaN where the graph states none.
    lon, lat, count
        The points of all streets, and how many each has.
    name
        Gives the name of a street by its position.
    """
    from pyproj import Geod

    start = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    step = np.zeros(len(lon))
    _, _, step[1:] = Geod(ellps="WGS84").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    step[start] = 0.0  # from one street's end to the next street's start
    line_m = np.add.reduceat(step, start)
    metres, share = SAME_LENGTH
    off = np.abs(stated - line_m) > np.maximum(metres, share * line_m)  # NaN never is
    if not off.any():
        return []
    at = int(np.argmax(np.where(off, np.abs(stated - line_m), 0.0)))
    message = (
        f"edges whose own length isn't their line's, which is taken: {int(off.sum())}, "
        f"most of all {name(at)}, {stated[at]:.1f} m by its length and {line_m[at]:.1f} m along its line"
    )
    remedy = "draw the lines as the ways run, or don't mind"
    return [Issue(severity="warning", code="other_length", table=table, message=message, remedy=remedy)]


def stated_length(data: Mapping[str, Any]) -> float:
    """Return the length that an edge states, NaN where it states none."""
    length = data.get("length")
    return math.nan if length is None else _number(length)


def fault(table: str, code: str, message: str, remedy: str, node: Any = None) -> InputError:
    """Return the error of one fault."""
    place_id = None if node is None else str(node)
    return InputError([Issue(severity="error", code=code, table=table, message=message, remedy=remedy, id=place_id)])


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _is_line(line: Any) -> bool:
    if not isinstance(line, shapely.LineString) or line.is_empty:
        return False
    return bool(np.isfinite(shapely.get_coordinates(line)).all())


def _and_more(edges: list[str]) -> str:
    return f", and {len(edges) - 1} more are like it" if len(edges) > 1 else ""
