"""Barriers: ways without what a barrier closes, cut into their straight steps, with new nodes at the cuts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray, metric_crs, project, shapes_in_metres
from planner.network import BoolArray
from planner.ways import Ways

BARRIER_M = 0.5
"""A barrier drawn as a line closes what lies this near to it: a line through a crossing closes all its arms."""

TINY_M = 0.001
"""A cut this near to the end of a step is that end, and a part no longer than this is none."""

Geometries = npt.NDArray[Any]

Parts = Sequence[tuple[float, float]]
"""From where to where, 0 to 1, a step is left, in order; empty where nothing is."""

ALL: Parts = ((0.0, 1.0),)


@dataclass(frozen=True, slots=True)
class Steps:
    """The straight steps of ways, each from one reference to the next.

    Parameters
    ----------
    crs
        Of the lines, in metres.
    at
        Length k: where in ``ref`` each begins.
    tree
        Over their k lines.
    """

    crs: CRS
    at: IntArray
    tree: shapely.STRtree

    @property
    def line(self) -> Geometries:
        """Return the line of each."""
        found: Geometries = self.tree.geometries
        return found

    @property
    def length_m(self) -> FloatArray:
        """Return the length of each."""
        length: FloatArray = shapely.length(self.line)
        return length


def steps_of(ways: Ways, *, among: BoolArray | None = None, crs: CRS | None = None) -> Steps:
    """Return the steps of the ways of a mask (of all where None), in a CRS (one at their middle where None)."""
    way = np.repeat(np.arange(len(ways.way_id)), np.diff(ways.start))
    inside = way[1:] == way[:-1]
    if among is not None:
        inside &= among[way[1:]]
    at = np.flatnonzero(inside)
    if crs is None:
        crs = metric_crs(float(np.median(ways.lon[ways.ref])), float(np.median(ways.lat[ways.ref])))
    x, y = project(crs, ways.lon, ways.lat)
    ends = np.column_stack([ways.ref[at], ways.ref[at + 1]]).ravel()
    line = shapely.linestrings(np.column_stack([x[ends], y[ends]]).reshape(-1, 2, 2))
    return Steps(crs, at, shapely.STRtree(line))


def closed_off(ways: Ways, barriers: Geometries, *, table: str) -> tuple[Ways, float]:
    """Return ways without what barriers close, and how many metres that is.

    Parameters
    ----------
    barriers
        Polygons and lines in degrees, as in `planner.scenario.Scenario`.
    table
        Their file, for messages.

    Raises
    ------
    InputError
        The barriers close every street, or none.
    """
    steps = steps_of(ways)
    shapes = shapes_in_metres(steps.crs, barriers)
    areal = shapely.get_dimensions(shapes) == 2
    zones = np.where(areal, shapes, shapely.buffer(shapes, BARRIER_M, quad_segs=4))
    met = np.unique(steps.tree.query(zones, predicate="intersects")[1])
    if len(met) == 0:
        remedy = "check their place, datum and CRS"
        raise _fault(table, "closes_nothing", "the barriers meet no street", remedy)
    rest = shapely.difference(steps.line[met], shapely.union_all(zones))
    left = {
        at: _parts(line, part) for at, line, part in zip(steps.at[met].tolist(), steps.line[met], rest, strict=True)
    }
    changed = _cut(ways, left)
    if len(changed.way_id) == 0:
        remedy = "check the barriers, their datum and CRS"
        raise _fault(table, "closes_everything", "the barriers close every street", remedy)
    return changed, float(steps.length_m[met].sum() - shapely.length(rest).sum())


class NewNodes:
    """Nodes to be added to ways; their ids lie below all others and below 0."""

    def __init__(self, ways: Ways) -> None:
        self.ways, self.count = ways, len(ways.node_id)
        self.one: list[int] = []
        self.other: list[int] = []
        self.share: list[float] = []

    def between(self, one: int, other: int, share: float) -> int:
        """Return the position of a new node on the step between two."""
        self.one.append(one)
        self.other.append(other)
        self.share.append(share)
        return self.count + len(self.share) - 1

    def added_to(self, ways: Ways) -> Ways:
        """Return ways with the new nodes behind their own."""
        if not self.share:
            return ways
        one, other, share = np.array(self.one), np.array(self.other), np.array(self.share)

        def mixed(values: FloatArray) -> FloatArray:
            return np.concatenate([values, values[one] * (1.0 - share) + values[other] * share])

        return replace(
            ways,
            node_id=np.concatenate([ways.node_id, fresh_ids(ways.node_id, len(share))]),
            lon=mixed(ways.lon),
            lat=mixed(ways.lat),
            border=np.concatenate([ways.border, np.zeros(len(share), dtype=bool)]),
            elevation_m=None if ways.elevation_m is None else mixed(ways.elevation_m),
        )


def fresh_ids(taken: IntArray, count: int) -> IntArray:
    """Return ids below all of those taken, and below 0."""
    return min(0, int(taken.min(initial=0))) - 1 - np.arange(count)


def _parts(line: Any, left: Any) -> Parts:
    """Return from where to where, 0 to 1, a step is left."""
    (x, y), (to_x, to_y) = shapely.get_coordinates(line)
    length = float(np.hypot(to_x - x, to_y - y))
    found = []
    for part in shapely.get_parts(left):
        if length > 0.0 and part.length > TINY_M:
            xy = shapely.get_coordinates(part)[[0, -1]]
            share = ((xy[:, 0] - x) * (to_x - x) + (xy[:, 1] - y) * (to_y - y)) / length**2
            low, high = sorted(share.tolist())
            found.append((0.0 if low * length < TINY_M else low, 1.0 if (1.0 - high) * length < TINY_M else high))
    return sorted(found)


def _cut(ways: Ways, left: Mapping[int, Parts]) -> Ways:
    """Return ways of which some steps, by where in ``ref`` they begin, are left in parts.

    A way for every run between two cuts, behind the ways that are whole.
    """
    touched = np.unique(np.searchsorted(ways.start, np.array([*left], np.int64), side="right") - 1)
    new = NewNodes(ways)
    runs = [
        (way, run)
        for way, first, last in zip(
            touched, ways.start[touched].tolist(), ways.start[touched + 1].tolist(), strict=True
        )
        for run in _runs(ways.ref[first:last].tolist(), [left.get(at, ALL) for at in range(first, last - 1)], new)
        if len(run) > 1
    ]
    whole = np.ones(len(ways.way_id), dtype=bool)
    whole[touched] = False
    corners = np.diff(ways.start)
    count = np.concatenate([[0], corners[whole], [len(run) for _, run in runs]]).astype(np.int64)
    of = np.concatenate([np.flatnonzero(whole), [way for way, _ in runs]]).astype(np.int64)
    return new.added_to(
        replace(
            ways,
            ref=np.concatenate([ways.ref[np.repeat(whole, corners)], *(run for _, run in runs)]).astype(np.int64),
            start=np.cumsum(count),
            way_id=ways.way_id[of],
            tags={key: cells[of] for key, cells in ways.tags.items()},
            two_way=ways.two_way[of],
        )
    )


def _runs(ref: Sequence[int], left: Sequence[Parts], new: NewNodes) -> Iterator[list[int]]:
    """Yield the runs of nodes that are left of a way; ``left`` has the parts of each step."""
    run = [ref[0]]
    for (one, other), parts in zip(itertools.pairwise(ref), left, strict=True):
        for low, high in parts:
            if low > 0.0:
                yield run
                run = [new.between(one, other, low)]
            run.append(other if high == 1.0 else new.between(one, other, high))
        if not parts or parts[-1][1] < 1.0:
            yield run
            run = [other]
    yield run


def _fault(table: str, code: str, message: str, remedy: str) -> InputError:
    return InputError([Issue(severity="error", code=code, table=table, message=message, remedy=remedy)])
