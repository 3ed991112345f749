"""Scenarios: streets that close and streets that are added, worked into the ways before a network is built of them.

Everything after (anchors, reach, coverage) runs on the changed ways as it does on the others, so that "after" is
reckoned exactly as "before".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from planner.barrier import Geometries, NewNodes, Steps, closed_off, fresh_ids, steps_of
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray, project
from planner.network import TextArray
from planner.profile import TravelProfile, open_ways
from planner.ways import Ways

JOIN_M = 10.0
"""A loose end of an added street is led on to the nearest street no farther away."""

TOUCH_M = 0.05
"""A corner of an added street this near to a street lies on it: what a GIS snaps agrees to 0.01 m."""


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
    closed_m = added_m = 0.0
    if len(scenario.closed):
        ways, closed_m = closed_off(ways, scenario.closed, table=scenario.closed_table)
    if scenario.added is not None:
        ways, added_m = _joined(ways, scenario.added, profiles, table=scenario.added_table)
    return Changed(ways=ways, closed_m=closed_m, added_m=added_m)


def _joined(ways: Ways, added: Ways, profiles: Iterable[TravelProfile], *, table: str) -> tuple[Ways, float]:
    """Return the ways with the added streets among them, and how many metres those are."""
    among = np.zeros(len(ways.way_id), dtype=bool)
    for profile in profiles:
        among |= open_ways(ways.tags, len(ways.way_id), profile)
    steps = steps_of(ways, among=among)
    node, step, away_m, share = _contacts(added, steps)
    _must_join(added, node, steps, table)
    length_m = steps.length_m
    new = NewNodes(ways)
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
    added_m = float(steps_of(added, crs=steps.crs).length_m.sum())
    return _appended(split, added, meets), added_m


def _contacts(added: Ways, steps: Steps) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return which nodes of added streets meet a street, at which step, how far off, and where along it, 0 to 1."""
    used = np.unique(added.ref)
    ends = np.concatenate([added.ref[added.start[:-1]], added.ref[added.start[1:] - 1]])
    uses = np.bincount(added.ref, minlength=len(added.node_id))
    loose = np.isin(used, ends) & (uses[used] == 1)
    x, y = project(steps.crs, added.lon[used], added.lat[used])
    points = shapely.points(x, y)
    (asked, near), away_m = steps.tree.query_nearest(
        points, max_distance=JOIN_M, return_distance=True, all_matches=True
    )
    keep = (away_m <= TOUCH_M) | loose[asked]
    asked, near, away_m = asked[keep], near[keep], away_m[keep]
    order = np.lexsort((near, asked))  # of several that are equally near, the first in the file
    first = order[np.unique(asked[order], return_index=True)[1]]
    asked, near, away_m = asked[first], near[first], away_m[first]
    share: FloatArray = shapely.line_locate_point(steps.line[near], points[asked], normalized=True)
    return used[asked], near, away_m, np.nan_to_num(share)


def _must_join(added: Ways, node: IntArray, steps: Steps, table: str) -> None:
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
    lost = np.flatnonzero(~of_way)
    if len(lost) == 0:
        return
    ends = np.column_stack([added.ref[added.start[lost]], added.ref[added.start[lost + 1] - 1]]).ravel()
    x, y = project(steps.crs, added.lon[ends], added.lat[ends])
    _, away_m = steps.tree.query_nearest(shapely.points(x, y), return_distance=True, all_matches=False)
    raise InputError(
        Issue(
            severity="error",
            code="joins_nothing",
            table=table,
            row=int(added.way_id[one]),
            message=f"the added street joins no other: its ends lie {_listed(of_ends_m)} from the nearest",
            remedy=f"draw an end to within {JOIN_M:g} m of a street that the travellers may use",
        )
        for one, of_ends_m in zip(lost.tolist(), away_m.reshape(len(lost), -1), strict=True)
    )


def _listed(away_m: FloatArray) -> str:
    return " and ".join(f"{one:,.1f} m" for one in away_m.tolist()) or "far"  # no street at all has no distance


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
        node_id=np.concatenate([ways.node_id, fresh_ids(ways.node_id, len(added.node_id))]),
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
