"""Towns on the drawing board: plain lists that a law can change before the town is built."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from planner.circle import Circle
from planner.measure import UNREACHED
from planner.network import Network, Ways, build
from planner.places import Anchors, Places
from planner.profile import TravelProfile, Weights, weigh
from planner.reach import Reach, compute
from planner.streets import Streets
from planner.study import Study
from tests.towns import DEGREE_M, WALKER, anchors_at, on_streets, ways

LAT_DEGREE_M = 110_574.3886  # a degree of latitude at the equator, as tests.towns has it
KINDS = ("plain", "plain", "plain", "private", "oneway", "-1", "motorway")
TAGS = {
    "plain": {},
    "private": {"access": "private"},
    "oneway": {"oneway:foot": "yes"},
    "-1": {"oneway:foot": "-1"},
    "motorway": {"highway": "motorway"},
}
TURNED = {**{kind: kind for kind in TAGS}, "oneway": "-1", "-1": "oneway"}
"""What a street is when its points are told the other way round."""

RUNNER = replace(WALKER, speed_m_s=2.0)
"""Twice as fast along streets as beside them, so that ways as quick as each other are not as long."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Draft:
    """Points in metres, streets over them with their kind, and spots where places may stand."""

    points: tuple[Point, ...]
    streets: tuple[tuple[tuple[int, ...], str], ...]
    spots: tuple[Point, ...]

    def ways(self, border: Collection[int] = ()) -> Ways:
        return ways(self.points, [(refs, TAGS[kind]) for refs, kind in self.streets], sorted(border))

    def town(self, profile: TravelProfile = WALKER, border: Collection[int] = ()) -> tuple[Network, Weights]:
        network = build(self.ways(border), tag_keys=profile.tag_keys)
        return network, weigh(network, profile)

    def with_kind(self, old: str, new: str) -> Draft:
        """Return the draft with every street of one kind made another."""
        return replace(self, streets=tuple((refs, new if kind == old else kind) for refs, kind in self.streets))


def turns_back(refs: list[int]) -> bool:
    """Return whether a street runs back over itself: a point on it then has two fractions; sources take such ways once."""
    return any(before == after for before, after in zip(refs, refs[2:], strict=False))


@st.composite
def drafts(
    draw: st.DrawFn, *, kinds: Sequence[str] = KINDS, distinct: bool = False, spots: int = 5, step_m: int = 1
) -> Draft:
    """Draw a town with one-way, private and barred streets, parallel streets, loops, and points on one spot.

    ``step_m`` is the mesh that points and spots lie on: a coarse one makes ties.
    """
    near = st.integers(0, 400 // step_m).map(lambda steps: steps * step_m)
    fresh = st.tuples(near, near)
    kind = st.sampled_from(tuple(kinds))
    points = draw(st.lists(fresh, min_size=2, max_size=9, unique=True))
    streets: list[tuple[tuple[int, ...], str]] = [((0, 1), "plain")]
    if not distinct and draw(st.booleans()):
        points.append(draw(st.sampled_from(points)))  # two crossings on one spot, and a street of no length
        streets.append(((points.index(points[-1]), len(points) - 1), draw(kind)))
    node = st.integers(0, len(points) - 1)
    refs = st.lists(node, min_size=2, max_size=5).filter(lambda one: len(set(one)) > 1 and not turns_back(one))
    streets += draw(st.lists(st.tuples(refs.map(tuple), kind), min_size=1, max_size=14))
    if draw(st.booleans()):
        bends = draw(st.lists(fresh.filter(lambda at: at not in points), min_size=2, max_size=2, unique=True))
        points += bends
        start = draw(node)
        streets.append(((start, len(points) - 2, len(points) - 1, start), draw(kind)))  # back to where it began
    spot = st.one_of(fresh, st.sampled_from(points))
    chosen = draw(st.lists(spot, min_size=1, max_size=spots))
    # A barred street from corner to corner gives all towns one box, so one metric CRS: making one is slow.
    corners = (len(points), len(points) + 1)
    return Draft((*points, (-10, -10), (410, 410)), (*streets, (corners, "motorway")), tuple(chosen))


@st.composite
def standing(draw: st.DrawFn, network: Network, weights: Weights, *, most: int = 4) -> Anchors:
    """Draw anchors on the streets themselves: at crossings, several on one street, with and without an access leg.

    Private and one-way streets have more than their share; one place in ten has no anchor.
    """
    usable = weights.usable
    rare = usable & (weights.ends_only | (weights.forward_ds < 0) | (weights.backward_ds < 0))
    pools = [st.sampled_from(np.flatnonzero(some).tolist()) for some in (usable, rare) if some.any()]
    few = draw(st.lists(st.one_of(pools[::-1]), min_size=1, max_size=2))  # so that several stand on one street
    edge = st.one_of(st.sampled_from(few), *pools)
    fraction = st.one_of(st.sampled_from([0.0, 1.0, 0.5, 0.25]), st.integers(0, 10**7).map(lambda n: n / 10**7))
    access_m = st.one_of(st.just(0.0), st.sampled_from([12.5, 25.0]), st.integers(0, 30_000).map(lambda n: n / 1000.0))
    rows = draw(st.lists(st.tuples(edge, fraction, access_m), min_size=1, max_size=most))
    found = on_streets(*zip(*rows, strict=True))
    lost = draw(st.lists(st.sampled_from([False] * 9 + [True]), min_size=len(rows), max_size=len(rows)))
    found.status[lost], found.edge[lost], found.fraction[lost] = "too_far", -1, np.nan
    return found


TOWNS = st.one_of(drafts(), drafts(step_m=50))
"""Towns of any kind, and towns on a coarse mesh, where many ways are equally long."""


def two_crowds(draft: Draft, data: st.DataObject, network: Network, weights: Weights) -> tuple[Anchors, Anchors]:
    """Draw origins and targets: on the streets themselves, or wherever the town's spots are anchored."""
    crowd = st.one_of(standing(network, weights), st.just(anchors_at(network, weights, draft.spots)))
    return data.draw(crowd), data.draw(crowd)


def lon_lat(points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    """Return degrees of points given in metres east and north of 120 E on the equator."""
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    return 120.0 + xy[:, 0] / DEGREE_M, xy[:, 1] / LAT_DEGREE_M


def places(role: str, points: Sequence[Point], **columns: Sequence[object]) -> Places:
    """Return places at points in metres; ids are the role's first letter and a number."""
    lon, lat = lon_lat(points)
    ids = np.array([f"{role[0]}{i}" for i in range(len(lon))], dtype=object)
    cells = {
        name: np.array(values, np.float64) if name.startswith("population") or name == "year" else objects(values)
        for name, values in columns.items()
    }
    return Places(
        role=role, table=f"{role}.csv", ids=ids, names=ids, lon=lon, lat=lat, row=np.arange(len(lon)) + 2, columns=cells
    )


def objects(values: Sequence[object]) -> np.ndarray:
    """Return cells that stay what they are, tuples too."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def joined(one: Places, other: Places) -> Places:
    """Return two tables of one role as one, with the columns that both have."""
    columns = {
        name: np.concatenate([one.columns[name], other.columns[name]]) for name in one.columns if name in other.columns
    }
    return replace(
        one,
        ids=np.concatenate([one.ids, other.ids]),
        names=np.concatenate([one.names, other.names]),
        lon=np.concatenate([one.lon, other.lon]),
        lat=np.concatenate([one.lat, other.lat]),
        row=np.concatenate([one.row, other.row]),
        columns=columns,
        polygon=None,
    )


EVER = int(UNREACHED) - 1
"""A limit that is none."""


def pairs(found: Reach) -> dict[tuple[int, int], tuple[int, int]]:
    """Return time and length by origin and target."""
    return {
        (o, t): (time, length)
        for o, t, time, length in zip(
            found.origin.tolist(), found.target.tolist(), found.time_ds.tolist(), found.length_mm.tolist(), strict=True
        )
    }


def every_pair(way: Streets, at: Anchors, limit: int = EVER) -> dict[tuple[int, int], tuple[int, int]]:
    """Return time and length between all of some places."""
    return pairs(compute(way, at, at, limit=limit))


def study_of(
    drawn: Ways, communities: Places, facilities: Places, candidates: Places, *circles: Circle, **more: Any
) -> Study:
    """Return a study of a little town under the test walker."""
    return Study(
        name="A little town",
        year=2025,
        language="en",
        ways=drawn,
        communities=communities,
        facilities=facilities,
        candidates=candidates,
        circles=circles,
        profiles={WALKER.name: WALKER},
        services={},
        **more,
    )
