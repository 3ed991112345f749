"""What a source of streets gives: ways, things to find one's way by, and findings; ways gathered from loose arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.errors import InputError
from planner.inputs import MapFeature
from planner.issue import Issue
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray, TextArray
from planner.ways import Ways

OPENSTREETMAP = "© OpenStreetMap contributors (ODbL 1.0)"
"""Whom the licence of OpenStreetMap's data asks to be named."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Extract:
    """What was read from one source of streets.

    Parameters
    ----------
    ways
        The streets, not yet judged by any profile.
    basemap
        Water, green and railways; empty where the source holds streets alone.
    issues
        Notes and warnings on what was read; faults are raised instead.
    attribution
        Whom the licence of the data asks to be named.
    """

    ways: Ways
    basemap: tuple[MapFeature, ...] = ()
    issues: tuple[Issue, ...] = ()
    attribution: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Streets before they are gathered: w ways over r references, coordinates at each reference.

    Parameters
    ----------
    ref_id, lon, lat
        Length r: node id and WGS 84 degrees; NaN where the source doesn't hold the node.
    count
        Length w: how many references each way has.
    way_id
        Length w.
    tags
        By key, w strings, blank where the way doesn't have the key.
    two_way
        Length w; True all along where None.
    border_id
        Nodes that the source knows to be cut off.
    node_tags
        By key, then by node id: tags of nodes, on a street or off.
    box
        West, south, east, north of the source in degrees, where it says so.
    """

    ref_id: IntArray
    lon: FloatArray
    lat: FloatArray
    count: IntArray
    way_id: IntArray
    tags: Mapping[str, TextArray]
    two_way: BoolArray | None = None
    border_id: IntArray | None = None
    node_tags: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    box: Box | None = None


def gather(runs: Runs, *, table: str) -> tuple[Ways, dict[str, int]]:
    """Gather streets into ways: each node once, ways split where a node is missing, border nodes marked.

    Parameters
    ----------
    runs
        As the source gives them.
    table
        The source as the study names it.

    Returns
    -------
    tuple
        The ways, and counts by what befell the source's ways: ``clipped_ways`` lack a node, ``retraced_ways`` come
        back over themselves, as two-way streets do in some exports, and are kept one time over, ``pointlike_ways``
        never leave one node, so that no network has a street of them.
    """
    way = np.repeat(np.arange(len(runs.count), dtype=np.int64), runs.count)
    known = np.isfinite(runs.lon) & np.isfinite(runs.lat)
    same = np.zeros(len(way), dtype=bool)
    same[1:] = way[1:] == way[:-1]  # whether a reference continues the way of the one before it
    linked = same & known
    linked[1:] &= known[:-1]
    again = _walked_again(runs.ref_id, way, linked)
    by_gap = same & known & ~linked
    by_gap[:-1] |= same[1:] & known[:-1] & ~known[1:]
    border_id = [runs.ref_id[by_gap]] if runs.border_id is None else [runs.ref_id[by_gap], runs.border_id]

    piece = np.cumsum((known & ~(linked & ~again))[known]) - 1
    kept = np.bincount(piece)[piece] > 1 if len(piece) else np.empty(0, dtype=bool)  # one node alone is no street
    at = np.flatnonzero(known)[kept]
    _, first, count = np.unique(piece[kept], return_index=True, return_counts=True)
    node_id, where, ref = np.unique(runs.ref_id[at], return_index=True, return_inverse=True)
    lon, lat = runs.lon[at][where], runs.lat[at][where]
    of = way[at][first]
    tagged, node_tags = _tagged(node_id, runs.node_tags)
    moves = np.zeros(len(at), dtype=bool)
    moves[1:] = runs.ref_id[at][1:] != runs.ref_id[at][:-1]
    moves[first] = False  # from one way's end to the next way's start
    pointlike = of[~np.logical_or.reduceat(moves, first)] if len(first) else of
    ways = Ways(
        node_id=node_id,
        lon=lon,
        lat=lat,
        border=np.isin(node_id, np.concatenate(border_id)) | _at_edge(lon, lat, runs.box),
        ref=ref.astype(np.int64),
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        way_id=runs.way_id[of],
        tags={key: values[of] for key, values in runs.tags.items()},
        two_way=np.ones(len(of), dtype=bool) if runs.two_way is None else runs.two_way[of],
        table=table,
        tagged=tagged,
        node_tags=node_tags,
    )
    counts = {"clipped_ways": way[~known], "retraced_ways": way[again], "pointlike_ways": pointlike}
    return ways, {what: len(np.unique(which)) for what, which in counts.items()}


def pointlike_note(table: str, count: int) -> Issue:
    """Return the note on streets that never leave one node."""
    message = f"streets that are a single point, left out because they lead nowhere: {count}"
    return Issue(severity="note", code="pointlike_ways", table=table, message=message)


def column(rows: int, cells: Mapping[int, str]) -> TextArray:
    """Return a column of ``rows`` strings, blank but for the cells given by position."""
    texts: TextArray = np.full(rows, "", dtype=object)
    if cells:
        texts[np.fromiter(cells.keys(), np.int64, len(cells))] = list(cells.values())
    return texts


def empty_network(table: str, *, message: str, remedy: str) -> InputError:
    """Return the fault of a source that can be read but holds no street."""
    return InputError([Issue(severity="error", code="empty_network", table=table, message=message, remedy=remedy)])


def listed(names: Collection[str]) -> str:
    """Return names as a sentence lists them, in order."""
    return ", ".join(sorted(names)) or "none"


def _tagged(node_id: IntArray, tags: Mapping[str, Mapping[int, str]]) -> tuple[IntArray, dict[str, TextArray]]:
    """Return the positions of the nodes that have tags among the sorted ids of streets, and their tags by key."""
    every = np.array(sorted({node for cells in tags.values() for node in cells}), np.int64)
    ids = every[np.isin(every, node_id)]
    row = {node: place for place, node in enumerate(ids.tolist())}
    found = {
        key: column(len(ids), {row[node]: text for node, text in cells.items() if node in row})
        for key, cells in sorted(tags.items())
    }
    return np.searchsorted(node_id, ids).astype(np.int64), {key: cells for key, cells in found.items() if cells.any()}


def _at_edge(lon: FloatArray, lat: FloatArray, box: Box | None) -> BoolArray:
    if box is None:
        return np.zeros(len(lon), dtype=bool)
    west, south, east, north = box
    return (lon <= west) | (lon >= east) | (lat <= south) | (lat >= north)


def _walked_again(ref_id: IntArray, way: IntArray, linked: BoolArray) -> BoolArray:
    """Return where a way comes to a node over a step that it has taken before, in either direction."""
    again = np.zeros(len(way), dtype=bool)
    turns = np.zeros(len(way), dtype=bool)
    turns[2:] = linked[2:] & linked[1:-1] & (ref_id[2:] == ref_id[:-2]) & (ref_id[2:] != ref_id[1:-1])
    at = np.flatnonzero(linked & np.isin(way, way[turns]))  # only a way that turns back on the spot is looked at
    low, high = np.minimum(ref_id[at - 1], ref_id[at]), np.maximum(ref_id[at - 1], ref_id[at])
    order = np.lexsort((at, high, low, way[at]))
    step = np.column_stack([way[at], low, high])[order]
    repeats = np.zeros(len(at), dtype=bool)
    repeats[1:] = (step[1:] == step[:-1]).all(axis=1) & (step[1:, 1] != step[1:, 2])
    again[at[order[repeats]]] = True
    return again
