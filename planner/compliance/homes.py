"""Residential areas and circles: which of them are reached, and which lie within the limit of what could be built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.circle import Circle
from planner.compliance.entry import Compliance, Reason
from planner.compliance.evidence import UNKNOWN, Evidence, no_network, no_table
from planner.compliance.territory import Tier
from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED, Coverage, status_of
from planner.distance import measure, near
from planner.measure import IntArray
from planner.network import BoolArray
from planner.places import Anchors, Places
from planner.preparation import Preparation, anchored

LEVEL = "residential_area"

_REACHED = {COVERED: True, UNCOVERED: False, NOT_ASSESSED: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearHomes:
    """The residential areas that a plan judges on one circle, and what they have within its limit.

    Parameters
    ----------
    lost
        Those of which nothing tells what they reach: without a point, or off the streets.
    facilities, candidates
        Pairs, as the residential areas and beside them the facilities that count on the circle, or the candidates;
        all are positions in the study's tables.
    """

    lost: IntArray
    facilities: tuple[IntArray, IntArray]
    candidates: tuple[IntArray, IntArray]


def table_of(residential_areas: Places | None, areas: Places | None) -> Places | None:
    """Return the residential areas: the study's table of them, or else those drawn among its areas."""
    if residential_areas is not None or areas is None or "level" not in areas.columns:
        return residential_areas
    found = areas.take(areas.columns["level"] == LEVEL)
    return found if len(found) else None


def reached(
    evidence: Evidence, found: Coverage, keep: IntArray, tier: Tier, *, within: bool
) -> list[bool | None] | Reason:
    """Return for each residential area of a tier whether it reaches one of some facilities; None where nothing tells.

    Parameters
    ----------
    keep
        The facilities that count.
    within
        Whether only one inside the residential area itself counts.
    """
    table, ready = evidence.residential_areas, evidence.ready
    if table is None:
        return no_table("residential_areas")
    homes = table.take(np.isin(table.ids.astype(str), tier.ids.astype(str)))
    placed = _placed(homes)
    if not placed.any():
        text = "residential_areas: no area has a point, so nothing tells how far it is to a facility"
        return Reason(code="no_points", text=text, table="residential_areas", column="lon")
    if ready is None:
        return no_network()
    circle, there = found.circle, homes.take(placed)
    where, counted = _anchors(ready, circle, there), evidence.facilities.take(keep)
    doors = ready.anchors[circle.profile]["facilities"].take(keep)
    way = ready.streets(circle)
    status = status_of(measure(circle, way, there, counted, homes=where, doors=doors, counting=keep, store=ready.store))
    states: list[bool | None] = [None] * len(homes)
    at = np.flatnonzero(placed)
    for i, one in zip(at.tolist(), status, strict=True):
        states[i] = _REACHED[one]
    if not within:
        return states
    home, place = near(circle, way, there, counted, homes=where, doors=doors)
    return _inside(states, tier, at[home], tier.facility[keep][place])


def _inside(states: Sequence[bool | None], tier: Tier, home: IntArray, stands_in: IntArray) -> list[bool | None]:
    """Return what is left of some states where only a facility in the area itself counts.

    Parameters
    ----------
    home, stands_in
        Pairs within the limit: the residential area, and the one in which the facility stands.
    """
    own, open_ones = set(home[stands_in == home].tolist()), set(home[stands_in == UNKNOWN].tolist())
    return [
        None if state is None or (i not in own and i in open_ones and not tier.polygon[i]) else i in own
        for i, state in enumerate(states)
    ]


def near_homes(
    held: Compliance,
    coverages: Sequence[Coverage],
    homes: Places,
    facilities: Places,
    candidates: Places,
    ready: Preparation,
) -> dict[str, NearHomes]:
    """Return by circle what the residential areas that a plan judges on it have within its limit.

    Parameters
    ----------
    homes
        The residential areas, as ``table_of`` gives them.
    candidates
        Of whatever service and year: which of them a circle may have is the reader's to tell.

    Notes
    -----
    Points, anchors and limits are those by which `reached` judges.
    """
    asked: dict[str, set[str]] = {}
    for entry in held.entries:
        judged = {area.area_id for area in entry.by_area if area.level == LEVEL}
        if judged and entry.reading == "reach" and entry.circle is not None:
            asked.setdefault(entry.circle, set()).update(judged)
    found = {}
    for one in coverages:
        circle = one.circle
        if circle.name not in asked:
            continue
        mine = np.isin(homes.ids.astype(str), sorted(asked[circle.name]))
        at = np.flatnonzero(mine & _placed(homes))
        there, counted = homes.take(at), facilities.take(one.facilities)
        where, anchors, way = _anchors(ready, circle, there), ready.anchors[circle.profile], ready.streets(circle)
        doors = anchors["facilities"].take(one.facilities)
        home, place = near(circle, way, there, counted, homes=where, doors=doors)
        new_home, candidate = near(circle, way, there, candidates, homes=where, doors=anchors["candidates"])
        assessed = at if circle.measure == "straight" else at[where.ok]
        found[circle.name] = NearHomes(
            lost=np.setdiff1d(np.flatnonzero(mine), assessed),
            facilities=(at[home], one.facilities[place]),
            candidates=(at[new_home], candidate),
        )
    return found


def _placed(homes: Places) -> BoolArray:
    """Return which residential areas have a point."""
    return np.asarray(np.isfinite(homes.lon) & np.isfinite(homes.lat), dtype=bool)


def _anchors(ready: Preparation, circle: Circle, homes: Places) -> Anchors:
    """Return where residential areas meet the streets."""
    weights = ready.weights[circle.profile]
    return anchored(ready.network, weights, homes, max_access_m=ready.max_access_m, store=ready.store)
