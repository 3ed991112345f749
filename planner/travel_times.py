"""Times between communities and places for one circle: what siting, the page and other programs reckon with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from planner import crow, reach
from planner.circle import Circle
from planner.distance import by_id, nearest_kept, sites_of
from planner.measure import UNREACHED, FloatArray, IntArray, metres
from planner.network import BoolArray, TextArray
from planner.places import Anchors, Places
from planner.reach import Reach
from planner.room import PAIR, Room, must_fit, unlimited
from planner.store import Store, unkept
from planner.streets import Streets

Role = Literal["existing", "candidate"]

SAMPLE = 200
"""So many communities tell how many pairs all of them have, to a few per cent."""

LIMITS_KEPT = 2
"""Pairs are kept up to this many times the limit: enough to see who is nearly covered, and by what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimes:
    """Costs of one circle, up to twice its limit, and each community's nearest and second nearest of either role.

    ``community`` and ``place`` are positions in the study's tables; ``role`` (``existing`` or ``candidate``) tells in
    which. Sorted by role (existing first), community, place.
    """

    circle: Circle
    community: IntArray
    place: IntArray
    role: TextArray
    time_ds: IntArray
    length_mm: IntArray

    @property
    def seconds(self) -> FloatArray:
        """Return the times in seconds."""
        return self.time_ds / 10.0

    @property
    def metres(self) -> FloatArray:
        """Return the lengths in metres."""
        return metres(self.length_mm)

    @property
    def cost(self) -> IntArray:
        """Return what the circle's limit is compared with: deciseconds, or millimetres."""
        return self.time_ds if self.circle.by_time else self.length_mm

    def of(self, role: Role) -> BoolArray:
        """Return which rows are of a role."""
        return np.asarray(self.role == role, dtype=bool)


def measure(
    circle: Circle,
    way: Streets,
    communities: tuple[Places, Anchors],
    existing: tuple[Places, Anchors, IntArray],
    candidates: tuple[Places, Anchors, IntArray],
    *,
    every: bool = False,
    store: Store = unkept,
    room: Room = unlimited,
) -> TravelTimes:
    """Measure the pairs of one circle.

    Parameters
    ----------
    communities
        Places and their anchors.
    existing, candidates
        Places, their anchors, and the positions of those that take part.
    every
        Whether all pairs are kept, however far.
    store
        Where the searches are kept between runs.
    room
        Gives the free memory.

    Raises
    ------
    InputError
        The pairs would take more memory than is free.
    """
    roles: list[tuple[Role, tuple[Places, Anchors, IntArray]]] = [("existing", existing), ("candidate", candidates)]
    for _, places in roles:
        _must_fit(circle, way, communities, places, room, every=every)
    parts = [(role, places[2], _pairs(circle, way, communities, places, store, every=every)) for role, places in roles]
    return TravelTimes(
        circle=circle,
        community=np.concatenate([found.origin for _, _, found in parts]),
        place=np.concatenate([taking_part[found.target] for _, taking_part, found in parts]),
        role=np.concatenate([np.full(len(found.origin), role, dtype=object) for role, _, found in parts]),
        time_ds=np.concatenate([found.time_ds for _, _, found in parts]),
        length_mm=np.concatenate([found.length_mm for _, _, found in parts]),
    )


def _must_fit(
    circle: Circle,
    way: Streets,
    communities: tuple[Places, Anchors],
    places: tuple[Places, Anchors, IntArray],
    room: Room,
    *,
    every: bool,
) -> None:
    """Raise InputError where the pairs would take more memory than is free, going by those of some communities."""
    rows, taking_part = len(communities[0]), len(places[2])
    if PAIR * rows * taking_part <= room():  # even if every pair were kept
        return
    some = np.unique(np.linspace(0, rows - 1, SAMPLE).astype(np.int64))
    part = (communities[0].take(some), communities[1].take(some))
    found = _pairs(circle, way, part, places, unkept, every=every)
    pairs = len(found.origin) * rows / len(some)
    must_fit(
        PAIR * pairs,
        room,
        table=f"circle '{circle.name}'",
        what=f"about {pairs:,.0f} times between {rows:,} communities and {taking_part:,} {places[0].role}",
        remedy=f"study one part at a time, take fewer {places[0].role}, or a lower limit",
    )


def _pairs(
    circle: Circle,
    way: Streets,
    communities: tuple[Places, Anchors],
    existing: tuple[Places, Anchors, IntArray],
    store: Store,
    *,
    every: bool,
) -> Reach:
    """Return the pairs up to twice the limit and the two nearest, or all, sorted by community and place."""
    table, anchors, taking_part = existing
    places, doors = table.take(taking_part), anchors.take(taking_part)
    home, homes = communities
    if circle.measure == "straight":
        rank, site = by_id(places.ids), sites_of(way, places)
        return _straight(circle, way, home, places, rank, site, every=every)
    if every:
        return reach.compute(way, homes, doors, limit=int(UNREACHED) - 1)
    limit = LIMITS_KEPT * circle.limit_quanta(way.weights.profile.speed_m_s)
    near = store(
        "reach",
        (way.network, way.weights, way.by, homes, doors, limit),
        lambda: reach.compute(way, homes, doors, limit=limit),
    )
    nearest = nearest_kept(way, homes, doors, places, store)
    origin, which = np.nonzero(nearest.target >= 0)
    return _joined(
        near,
        Reach(
            origin=origin,
            target=nearest.target[origin, which],
            time_ds=nearest.time_ds[origin, which],
            length_mm=nearest.length_mm[origin, which],
        ),
    )


def _straight(
    circle: Circle, way: Streets, home: Places, places: Places, rank: IntArray, site: IntArray, *, every: bool
) -> Reach:
    """Return the pairs as the crow flies; some communities at a time, for each is measured to every place."""
    speed = way.weights.profile.speed_m_s
    near_mm = LIMITS_KEPT * circle.radius_m(speed) * 1000.0
    points = (places.lon, places.lat)
    rows = max(crow.AT_ONCE // max(len(places), 1), 1)
    parts = []
    for low in range(0, max(len(home), 1), rows):
        part = slice(low, low + rows)
        pairs = crow.straight(way.network.crs, (home.lon[part], home.lat[part]), points, speed_m_s=speed)
        near = _kept(pairs, every | (pairs.length_mm <= near_mm) | _two_nearest(pairs, rank, site))
        parts.append(replace(near, origin=near.origin + low))
    return Reach(
        origin=np.concatenate([part.origin for part in parts]),
        target=np.concatenate([part.target for part in parts]),
        time_ds=np.concatenate([part.time_ds for part in parts]),
        length_mm=np.concatenate([part.length_mm for part in parts]),
    )


def _joined(one: Reach, other: Reach) -> Reach:
    """Return the pairs of both, each once."""
    both = Reach(
        origin=np.concatenate([one.origin, other.origin]),
        target=np.concatenate([one.target, other.target]),
        time_ds=np.concatenate([one.time_ds, other.time_ds]),
        length_mm=np.concatenate([one.length_mm, other.length_mm]),
    )
    order = np.lexsort((both.target, both.origin))
    again = np.zeros(len(order), dtype=bool)
    again[1:] = (np.diff(both.origin[order]) == 0) & (np.diff(both.target[order]) == 0)
    return _kept(both, order[~again])


def _kept(found: Reach, keep: IntArray | BoolArray) -> Reach:
    return Reach(
        origin=found.origin[keep],
        target=found.target[keep],
        time_ds=found.time_ds[keep],
        length_mm=found.length_mm[keep],
    )


def _two_nearest(found: Reach, rank: IntArray, site: IntArray) -> BoolArray:
    """Return which pairs are an origin's nearest, or its nearest on another site."""
    keep = np.zeros(len(found.origin), dtype=bool)
    order = np.lexsort((rank[found.target], found.length_mm, found.origin))
    origin, first = np.unique(found.origin[order], return_index=True)
    keep[order[first]] = True
    own = np.full(int(found.origin.max(initial=-1)) + 1, -1, np.int64)
    own[origin] = site[found.target[order[first]]]
    elsewhere = order[site[found.target[order]] != own[found.origin[order]]]
    keep[elsewhere[np.unique(found.origin[elsewhere], return_index=True)[1]]] = True
    return keep
