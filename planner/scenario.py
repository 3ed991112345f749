"""Scenarios: streets that close and streets that are added, worked into the ways before a network is built of them.

Everything after (anchors, reach, coverage) runs on the changed ways as it does on the others, so that "after" is
reckoned exactly as "before".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray, metric_crs, project, shapes_in_metres
from planner.network import BoolArray, TextArray
from planner.profile import TravelProfile, open_ways
from planner.ways import Ways

BARRIER_M = 0.5
"""A barrier drawn as a line closes what lies this near to it: a line through a crossing closes all its arms."""

JOIN_M = 10.0
"""A loose end of an added street is led on to the nearest street no farther away."""

TOUCH_M = 0.05
"""A corner of an added street this near to a street lies on it: what a GIS snaps agrees to 0.01 m."""

Geometries = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What would change: streets closed, streets added.

    Parameters
    ----------
    closed
        Shapely polygons and lines in WGS 84 degrees. A polygon closes every street within, cut at its outline; a line
        cuts every street that it meets. Bridges and tunnels are no exception.
    added
        Streets, as any source gives them; None for none. They meet the others where a corner lies on a street, or
        where an end comes within 10 m of one; crossing alone joins nothing, so a bridge passes over.
    closed_table, added_table
        The files as the study names them, for messages.
    """

    name: str
    closed: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    added: Ways | None = None
    closed_table: str = "close"
    added_table: str = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Ways after a scenario, and the metres of street that it closed and added."""

    ways: Ways
    closed_m: float = 0.0
    added_m: float = 0.0


def change(ways: Ways, scenario: Scenario, profiles: Iterable[TravelProfile]) -> Changed:
    """Work a scenario into ways.

    Parameters
    ----------
    ways
        As a source gives them, obstacles not yet parted.
    profiles
        Added streets join only streets that one of them may use.

    Raises
    ------
    InputError
        The barriers close every street, or none; or an added street joins nothing.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from planner.sources import sample_district
    >>> study = sample_district()
    >>> wall = shapely.LineString([(study.ways.lon.mean(), -90), (study.ways.lon.mean(), 90)])
    >>> halves = change(study.ways, Scenario(name="wall", closed=np.array([wall])), study.profiles.values())
    >>> halves.closed_m > 0
    True
    """
    found = Changed(ways=ways)
    if len(scenario.closed):
        found = _without(ways, scenario)
    if scenario.added is not None:
        found = _joined(found, scenario, tuple(profiles))
    return found


@dataclass(frozen=True, slots=True)
class _Steps:
    """The straight steps of ways: where in ``ref`` each begins, and its line in metres."""

    crs: CRS
    at: IntArray
    line: Geometries

    @property
    def length_m(self) -> FloatArray:
        length: FloatArray = shapely.length(self.line)
        return length


def _steps(ways: Ways, among: BoolArray | None = None, crs: CRS | None = None) -> _Steps:
    """Return the steps of the ways of a mask, each from one reference to the next."""
    way = np.repeat(np.arange(len(ways.way_id)), np.diff(ways.start))
    inside = way[1:] == way[:-1]
    if among is not None:
        inside &= among[way[1:]]
    at = np.flatnonzero(inside)
    if crs is None:
        crs = metric_crs(float(np.median(ways.lon[ways.ref])), float(np.median(ways.lat[ways.ref])))
    x, y = project(crs, ways.lon, ways.lat)
    ends = np.column_stack([ways.ref[at], ways.ref[at + 1]]).ravel()
    line: Geometries = shapely.linestrings(np.column_stack([x[ends], y[ends]]).reshape(-1, 2, 2))
    return _Steps(crs, at, line)


def _without(ways: Ways, scenario: Scenario) -> Changed:
    """Return the ways without what the barriers close."""
    steps = _steps(ways)
    shapes = shapes_in_metres(steps.crs, scenario.closed)
    areal = shapely.get_dimensions(shapes) == 2
    zones = np.where(areal, shapes, shapely.buffer(shapes, BARRIER_M, quad_segs=4))
    met = np.unique(shapely.STRtree(steps.line).query(zones, predicate="intersects")[1])
    if len(met) == 0:
        message = "the barriers meet no street"
        raise _fault(scenario.closed_table, "closes_nothing", message, "check their place, datum and CRS")
    rest = shapely.difference(steps.line[met], shapely.union_all(zones))
    cuts = _Cuts(ways)
    for at, line, left in zip(steps.at[met].tolist(), steps.line[met], rest, strict=True):
        cuts.keep(at, _parts(line, left))
    closed_m = float(steps.length_m[met].sum() - shapely.length(rest).sum())
    changed = cuts.made()
    if len(changed.way_id) == 0:
        message = "the barriers close every street"
        raise _fault(scenario.closed_table, "closes_everything", message, "check the barriers, their datum and CRS")
    return Changed(ways=changed, closed_m=closed_m)


def _parts(line: Any, left: Any) -> list[tuple[float, float]]:
    """Return from where to where, 0 to 1, a step is left; what is shorter than a millimetre isn't."""
    (x, y), (to_x, to_y) = shapely.get_coordinates(line)
    length = float(np.hypot(to_x - x, to_y - y))
    found = []
    for part in shapely.get_parts(left):
        if length > 0.0 and part.length > 0.001:
            xy = shapely.get_coordinates(part)[[0, -1]]
            share = ((xy[:, 0] - x) * (to_x - x) + (xy[:, 1] - y) * (to_y - y)) / length**2
            low, high = sorted(share.tolist())
            found.append((0.0 if low * length < 0.001 else low, 1.0 if (1.0 - high) * length < 0.001 else high))
    return sorted(found)


class _Cuts:
    """Ways of which some steps are left in parts: a new node at every cut, a way for every run between two cuts."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.parts: dict[int, list[tuple[float, float]]] = {}
        self.new = _NewNodes(ways)

    def keep(self, at: int, parts: list[tuple[float, float]]) -> None:
        """Leave parts of the step that begins at a position of ``ref``."""
        self.parts[at] = parts

    def made(self) -> Ways:
        """Return the ways after all cuts."""
        ways = self.ways
        touched = np.unique(np.searchsorted(ways.start, np.array([*self.parts], np.int64), side="right") - 1)
        runs: list[tuple[int, list[int]]] = []
        for way in touched.tolist():
            runs += [(way, run) for run in self._runs(int(ways.start[way]), int(ways.start[way + 1])) if len(run) > 1]
        whole = np.ones(len(ways.way_id), dtype=bool)
        whole[touched] = False
        kept = np.repeat(whole, np.diff(ways.start))
        ref = np.concatenate([ways.ref[kept], *(np.array(run, np.int64) for _, run in runs)])
        count = np.concatenate([np.diff(ways.start)[whole], np.array([len(run) for _, run in runs], np.int64)])
        of = np.concatenate([np.flatnonzero(whole), np.array([way for way, _ in runs], np.int64)]).astype(np.int64)
        order = np.argsort(of, kind="stable")  # the runs of a way stand where the way stood
        begin = np.cumsum(count) - count
        at = (
            np.repeat(begin[order], count[order])
            + np.arange(len(ref))
            - np.repeat(np.cumsum(count[order]) - count[order], count[order])
        )
        return self.new.added_to(
            replace(
                ways,
                ref=ref[at],
                start=np.concatenate([[0], np.cumsum(count[order])]).astype(np.int64),
                way_id=ways.way_id[of[order]],
                tags={key: cells[of[order]] for key, cells in ways.tags.items()},
                two_way=ways.two_way[of[order]],
            )
        )

    def _runs(self, first: int, last: int) -> list[list[int]]:
        """Return the runs of nodes that are left of the way over ``ref[first:last]``."""
        ref, runs, run = self.ways.ref, [], [int(self.ways.ref[first])]
        for at in range(first, last - 1):
            one, other = int(ref[at]), int(ref[at + 1])
            parts = self.parts.get(at, [(0.0, 1.0)])
            if not parts or parts[0][0] > 0.0:
                runs.append(run)
                run = []
            for low, high in parts:
                if low > 0.0:
                    run = [self.new.between(one, other, low)]
                elif not run:
                    run = [one]
                run.append(other if high == 1.0 else self.new.between(one, other, high))
                if high < 1.0:
                    runs.append(run)
                    run = []
            if not run:
                run = [other]
        return [*runs, run]


class _NewNodes:
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
            node_id=np.concatenate([ways.node_id, _fresh_ids(ways.node_id, len(share))]),
            lon=mixed(ways.lon),
            lat=mixed(ways.lat),
            border=np.concatenate([ways.border, np.zeros(len(share), dtype=bool)]),
            elevation_m=None if ways.elevation_m is None else mixed(ways.elevation_m),
        )


def _fresh_ids(taken: IntArray, count: int) -> IntArray:
    """Return ids below all of those taken, and below 0."""
    return min(0, int(taken.min(initial=0))) - 1 - np.arange(count)


def _joined(found: Changed, scenario: Scenario, profiles: tuple[TravelProfile, ...]) -> Changed:
    """Return the ways with the added streets among them."""
    ways, added = found.ways, scenario.added
    assert added is not None  # noqa: S101  # asked by the caller
    among = np.zeros(len(ways.way_id), dtype=bool)
    for profile in profiles:
        among |= open_ways(ways.tags, len(ways.way_id), profile)
    steps = _steps(ways, among)
    node, step, away_m, share = _contacts(added, steps)
    _must_join(added, node, steps, scenario)
    length_m = steps.length_m
    new = _NewNodes(ways)
    inserted: list[tuple[int, float, int]] = []
    meets: dict[int, tuple[int, float]] = {}
    for one, k, off, part in zip(node.tolist(), step.tolist(), away_m.tolist(), share.tolist(), strict=True):
        at = int(steps.at[k])
        if part * length_m[k] <= TOUCH_M:
            to = int(ways.ref[at])
        elif (1.0 - part) * length_m[k] <= TOUCH_M:
            to = int(ways.ref[at + 1])
        else:
            to = new.between(int(ways.ref[at]), int(ways.ref[at + 1]), part)
            inserted.append((at, part, to))
        meets[one] = (to, off)
    split = new.added_to(_with_refs(ways, inserted))
    own = _steps(added, crs=steps.crs)
    return Changed(ways=_appended(split, added, meets), closed_m=found.closed_m, added_m=float(own.length_m.sum()))


def _contacts(added: Ways, steps: _Steps) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return which nodes of added streets meet a street, at which step, how far off, and where along it, 0 to 1."""
    used = np.unique(added.ref)
    ends = np.concatenate([added.ref[added.start[:-1]], added.ref[added.start[1:] - 1]])
    uses = np.bincount(added.ref, minlength=len(added.node_id))
    loose = np.isin(used, ends) & (uses[used] == 1)
    x, y = project(steps.crs, added.lon[used], added.lat[used])
    points = shapely.points(x, y)
    (asked, near), away_m = shapely.STRtree(steps.line).query_nearest(
        points, max_distance=JOIN_M, return_distance=True, all_matches=True
    )
    keep = (away_m <= TOUCH_M) | loose[asked]
    asked, near, away_m = asked[keep], near[keep], away_m[keep]
    order = np.lexsort((near, asked))  # of several that are equally near, the first in the file
    first = order[np.unique(asked[order], return_index=True)[1]]
    asked, near, away_m = asked[first], near[first], away_m[first]
    share: FloatArray = shapely.line_locate_point(steps.line[near], points[asked], normalized=True)
    return used[asked], near, away_m, np.nan_to_num(share)


def _must_join(added: Ways, node: IntArray, steps: _Steps, scenario: Scenario) -> None:
    """Raise InputError where added streets, together with those that they meet, join no other street."""
    way = np.repeat(np.arange(len(added.way_id)), np.diff(added.start))
    reached = np.isin(added.ref, node)
    while True:  # streets pass it on where they meet
        of_way = np.zeros(len(added.way_id), dtype=bool)
        of_way[way[reached]] = True
        grown = np.isin(added.ref, added.ref[of_way[way]])
        if np.array_equal(grown, reached):
            break
        reached = grown
    issues = []
    for lost in np.flatnonzero(~of_way).tolist():
        ends = added.ref[[added.start[lost], added.start[lost + 1] - 1]]
        x, y = project(steps.crs, added.lon[ends], added.lat[ends])
        away_m = shapely.STRtree(steps.line).query_nearest(
            shapely.points(x, y), return_distance=True, all_matches=False
        )[1]
        issues.append(
            Issue(
                severity="error",
                code="joins_nothing",
                table=scenario.added_table,
                row=int(added.way_id[lost]),
                message=f"the added street joins no other: its ends lie {_listed(away_m)} from the nearest",
                remedy=f"draw an end to within {JOIN_M:g} m of a street that the travellers may use",
            )
        )
    if issues:
        raise InputError(issues)


def _listed(away_m: FloatArray) -> str:
    return " and ".join(f"{one:,.1f} m" for one in away_m.tolist()) or "far"


def _with_refs(ways: Ways, inserted: list[tuple[int, float, int]]) -> Ways:
    """Return ways with nodes put into some of their steps: (where in ``ref`` the step begins, share, node)."""
    if not inserted:
        return ways
    inserted = sorted(inserted)
    at = np.array([one[0] for one in inserted], np.int64) + 1
    return replace(
        ways,
        ref=np.insert(ways.ref, at, [one[2] for one in inserted]),
        start=ways.start + np.searchsorted(at, ways.start, side="right"),
    )


def _appended(ways: Ways, added: Ways, meets: dict[int, tuple[int, float]]) -> Ways:
    """Return ways with the added ones behind them.

    ``meets`` tells, by node of the added ones, the node of the others that it meets and how far off it lies: one that
    lies on it becomes that node, an end that lies off is led on to it.
    """
    nodes = len(ways.node_id)
    place = nodes + np.arange(len(added.node_id))
    for node, (to, off) in meets.items():
        if off <= TOUCH_M:
            place[node] = to
    led = {node: to for node, (to, off) in meets.items() if off > TOUCH_M}
    runs = []
    for way in range(len(added.way_id)):
        ref = added.ref[added.start[way] : added.start[way + 1]]
        before, after = led.get(int(ref[0])), led.get(int(ref[-1]))
        run = [*([] if before is None else [before]), *place[ref].tolist(), *([] if after is None else [after])]
        runs.append(np.array(run, np.int64))
    blank: TextArray = np.array([""], dtype=object)
    unknown = np.full(len(added.node_id), np.nan)
    return replace(
        ways,
        node_id=np.concatenate([ways.node_id, _fresh_ids(ways.node_id, len(added.node_id))]),
        lon=np.concatenate([ways.lon, added.lon]),
        lat=np.concatenate([ways.lat, added.lat]),
        border=np.concatenate([ways.border, np.zeros(len(added.node_id), dtype=bool)]),
        ref=np.concatenate([ways.ref, *runs]),
        start=np.concatenate([ways.start, ways.start[-1] + np.cumsum([len(run) for run in runs])]).astype(np.int64),
        way_id=np.concatenate([ways.way_id, added.way_id]),
        tags={
            key: np.concatenate(
                [
                    ways.tags.get(key, np.repeat(blank, len(ways.way_id))),
                    added.tags.get(key, np.repeat(blank, len(added.way_id))),
                ]
            )
            for key in sorted({*ways.tags, *added.tags})
        },
        two_way=np.concatenate([ways.two_way, added.two_way]),
        elevation_m=None if ways.elevation_m is None else np.concatenate([ways.elevation_m, unknown]),
    )


def _fault(table: str, code: str, message: str, remedy: str) -> InputError:
    return InputError([Issue(severity="error", code=code, table=table, message=message, remedy=remedy)])
