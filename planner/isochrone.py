"""Isochrones: the streets within reach, cut exactly at the limit, and the land beside them.

Pictures, never the decision: that is taken at the anchors (`planner.coverage`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from planner import contour
from planner.circle import Circle, judge_limit
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import IntArray, length_quanta, time_quanta
from planner.parts import Merge, cut, in_degrees, parts
from planner.places import Anchors, Places
from planner.progress import Progress, silent
from planner.room import Room, must_fit, unlimited
from planner.streets import Streets

BANDS = (1 / 3, 2 / 3, 1.0)
"""Of the limit: 5, 10 and 15 minutes of a quarter of an hour."""

BATCH = 50
"""Places drawn at a time; progress is told in between."""

FIRST_PLACES = 100
"""So many places tell how much memory the isochrones of all will take."""

SHAPE, CORNER = 2_000, 70
"""Bytes of memory for an isochrone, and for each corner of it, until it is written: measured, then rounded up."""

Product = Literal["polygons", "lines"]
"""The land beside streets within reach, or those streets themselves."""


@dataclass(frozen=True, slots=True)
class Band:
    """What lies within a limit of a circle's facilities, in degrees; ``limit`` in the circle's unit.

    ``polygon`` is the land, a (multi)polygon; ``streets`` are those, cut exactly, that this band adds to the nearer
    ones, a MultiLineString.
    """

    circle: str
    limit: float
    limit_unit: str
    polygon: Any
    streets: Any


@dataclass(frozen=True, slots=True)
class Isochrone:
    """What lies within a limit of one place by a profile, of all places together where ``place`` is None.

    A MultiPolygon or MultiLineString in degrees, empty off the streets.
    """

    role: str
    place: int | None
    profile: str
    limit: float
    limit_unit: Literal["minutes", "metres"]
    geometry: Any


def draw(circle: Circle, way: Streets, doors: Anchors, *, shares: Sequence[float] = BANDS) -> list[Band]:
    """Draw land and streets from which some facility is within the limit, and within parts of it, all together.

    Parameters
    ----------
    doors
        The anchors of the facilities that count.
    shares
        The bands, as shares of the limit.

    Returns
    -------
    list
        Widest band first, so that the nearer ones are drawn over it; none for a straight circle, which follows no
        street.
    """
    if circle.measure == "straight" or not doors.ok.any():
        return []
    limit = circle.limit_quanta(way.weights.profile.speed_m_s)
    shares = sorted(shares)
    quanta = [int(limit * share) for share in shares]
    (polygons,) = around(way, doors, limits=quanta, inward=True, merge="all", cell_m=contour.FINE_CELL_M)
    (lines,) = around(way, doors, limits=quanta, inward=True, product="lines", merge="all", fresh=True)
    return [
        Band(
            circle=circle.name, limit=circle.limit * share, limit_unit=circle.limit_unit, polygon=land, streets=streets
        )
        for share, land, streets in zip(reversed(shares), reversed(polygons), reversed(lines), strict=True)
    ]


def must_be_limits(limits: Sequence[float], unit: Literal["minutes", "metres"] = "minutes") -> None:
    """Raise InputError where there is no limit, or one that isn't above 0 and below a day, or a thousand kilometres."""
    faults = [fault for limit in limits for fault in judge_limit(limit, unit, table="isochrones", of="a band")]
    if not limits:
        what = "there is no limit"
        remedy = "give minutes above 0 and below 1,440, such as 5, 10, 15"
        if unit == "metres":
            remedy = "give metres above 0 and below 1,000,000, such as 500, 1000"
        faults.append(Issue(severity="error", code="bad_limit", table="isochrones", message=what, remedy=remedy))
    if faults:
        raise InputError(faults)


def chosen(places: Places, ids: Sequence[str] | None) -> Places:
    """Return the places with some ids, in the order of their table; raises InputError with each id that isn't there."""
    if ids is None:
        return places
    known = set(places.ids.tolist())
    faults = [
        Issue(
            severity="error",
            code="unknown_id",
            table=places.table,
            id=one,
            message=f"there are no {places.role} with the id '{one}'",
            remedy=f"give ids of the table, such as {', '.join(map(str, places.ids[:3]))}" if known else "add some",
        )
        for one in ids
        if one not in known
    ]
    if faults:
        raise InputError(faults)
    return places.take(np.isin(places.ids, list(ids)))


def of_places(
    way: Streets,
    anchors: Anchors,
    places: Places,
    *,
    limits: Sequence[float],
    product: Product = "polygons",
    merge: Merge = "none",
    progress: Progress = silent,
    room: Room = unlimited,
) -> list[Isochrone]:
    """Return what lies within some limits of places, place by place: outward from communities, else towards them.

    Parameters
    ----------
    limits
        In minutes where the streets are searched by time, else in metres.
    merge
        ``none``: each place by itself. ``all``: one isochrone a limit. ``nearest``: to each place what is nearer to it
        than to any other.

    Raises
    ------
    InputError
        The isochrones would take more memory than is free, going by those of the first places.
    """
    in_time = way.by == "time"
    quanta = [int(time_quanta(one * 60.0) if in_time else length_quanta(one)) for one in limits]
    inward = places.role != "communities"
    batch = BATCH if merge == "none" else max(len(places), 1)
    found: list[Isochrone] = []
    for first in range(0, len(places), batch):
        some = np.arange(first, min(first + batch, len(places)))
        progress(f"isochrones {places.ids[first]}", first / len(places))
        shapes = around(way, anchors.take(some), limits=quanta, inward=inward, product=product, merge=merge)
        whose: Sequence[int | None] = [None] if merge == "all" else some.tolist()
        found += [
            Isochrone(places.role, i, way.weights.profile.name, float(limit), "minutes" if in_time else "metres", shape)
            for i, row in zip(whose, shapes, strict=True)
            for limit, shape in zip(limits, row, strict=True)
        ]
        if len(some) + first == FIRST_PLACES:
            corners = sum(shapely.get_num_coordinates(one.geometry) for one in found)
            need = (SHAPE * len(found) + CORNER * corners) / FIRST_PLACES * len(places)
            what = f"the {product} of {len(places):,} {places.role}"
            must_fit(need, room, table=places.table, what=what, remedy="draw some at a time, or fewer limits")
    return found


def around(
    way: Streets,
    anchors: Anchors,
    *,
    limits: Sequence[int],
    inward: bool,
    product: Product = "polygons",
    merge: Merge = "none",
    fresh: bool = False,
    cell_m: float = contour.CELL_M,
) -> npt.NDArray[Any]:
    """Return what lies within limits of places, in degrees.

    Parameters
    ----------
    limits
        In the streets' quanta, in any order.
    inward
        Towards the places, or from them.
    product
        ``polygons``: the land within `planner.contour.BUFFER_M` of streets within the limit, each limit's holding the
        lesser one's. ``lines``: those streets, cut exactly.
    fresh
        Whether a limit's lines are only those that the lesser ones lack.
    cell_m
        Of the grid that land is drawn from.

    Returns
    -------
    ndarray
        MultiPolygons or MultiLineStrings, of shape (places, limits), or (1, limits) where all places are one; empty
        without an anchor.
    """
    order = np.argsort(limits, kind="stable")
    rising = [int(limits[k]) for k in order]
    drawn = product == "polygons"
    found = parts(way, anchors, limits=rising, inward=inward, merge=merge, fresh=drawn or fresh)
    start, points = cut(way.network, found)
    owners = len(anchors.edge) if merge == "nearest" else 0
    if drawn:
        shapes = contour.land(
            way.network, found.start, found.number, found.source, (start, points),
            limits=len(limits), owners=owners, cell_m=cell_m,
        )  # fmt: skip
    else:
        rows = owners or len(found.start) - 1
        key = (found.source if owners else found.group) * len(limits) + found.number
        lines = _lines(start, in_degrees(way.network, points), key, rows * len(limits))
        shapes = lines.reshape(rows, len(limits))
    ranks = np.empty(len(limits), np.int64)
    ranks[order] = np.arange(len(limits))
    return shapes[:, ranks]


def _lines(start: IntArray, points: npt.NDArray[np.float64], key: IntArray, keys: int) -> npt.NDArray[Any]:
    """Return a MultiLineString for each key, of the lines that have it."""
    found = np.full(keys, shapely.MultiLineString(), dtype=object)
    count = np.diff(start)
    some = count > 1
    if some.any():
        lines = shapely.linestrings(points, indices=np.repeat(np.arange(np.count_nonzero(some)), count[some]))
        order = np.argsort(key[some], kind="stable")
        shapely.multilinestrings(lines[order], indices=key[some][order], out=found)
    return found
