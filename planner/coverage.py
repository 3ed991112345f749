"""Which communities a circle covers, how far the rest are, and what a straight-line circle would have claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from planner import reach
from planner.circle import Circle
from planner.crow import crow_blocks
from planner.distance import Distance, measure
from planner.issue import Issue, Severity
from planner.measure import FloatArray, IntArray, length_quanta
from planner.network import BoolArray, TextArray
from planner.places import Anchors, Places
from planner.present import present
from planner.store import Store, unkept
from planner.streets import Streets

COVERED, UNCOVERED, NOT_ASSESSED = "covered", "uncovered", "not_assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Communities or people by status; the three parts sum to ``total``, exact integers.

    ``unknown_communities`` counts those whose demand is blank; they are in no other figure of people.
    """

    total: int
    covered: int
    uncovered: int
    not_assessed: int
    unknown_communities: int = 0

    @property
    def share(self) -> float | None:
        """Return covered / total, not assessed in the denominator; None where the total is 0."""
        return self.covered / self.total if self.total else None

    @property
    def share_assessed(self) -> float | None:
        """Return covered / (covered + uncovered); None where nobody is assessed."""
        assessed = self.covered + self.uncovered
        return self.covered / assessed if assessed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """What a circle drawn by hand, of the same metres, would claim: a comparison that never decides."""

    radius_m: float
    communities_covered: int
    people_covered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One circle's answer for every community, in the order of the study's communities (length n).

    Parameters
    ----------
    facilities
        Positions in the study's facilities of those that count.
    status
        ``covered``, ``uncovered`` or ``not_assessed``.
    minutes, metres, nearest
        To the nearest facility that counts, access legs included; NaN and -1 where none can be reached or the
        community isn't assessed. ``nearest`` and ``backup`` are positions in the study's facilities.
    backup, backup_minutes, backup_metres
        The nearest facility on another site (more than 1 m away).
    present
        True, False or None: a facility that counts inside the community itself; None where it can't be known.
    near_border
        Uncovered, but the search meets the border of the extract within the limit.
    people
        None where the demand column is absent.
    """

    circle: Circle
    speed_m_s: float
    facilities: IntArray
    status: TextArray
    minutes: FloatArray
    metres: FloatArray
    nearest: IntArray
    backup: IntArray
    backup_minutes: FloatArray
    backup_metres: FloatArray
    present: TextArray
    near_border: BoolArray
    communities: Tally
    people: Tally | None
    straight_line: StraightLine


@dataclass(frozen=True, slots=True)
class Difference:
    """An area where "a facility inside" and "a facility within the limit" disagree, or where one isn't known."""

    circle: str
    area_id: str
    level: str
    present: bool | None
    reachable: bool | None


def qualifying(circle: Circle, facilities: Places, *, year: int | None) -> IntArray:
    """Return the positions of the facilities that count: open, of the circle's service, meeting its filter.

    ``year`` is the study's; a facility with a later year doesn't count yet.
    """
    services = facilities.columns.get("service", np.full(len(facilities), None, dtype=object))
    counts = np.array([circle.served_by(cell) for cell in services], dtype=bool)
    counts &= facilities.open_in(year)
    if circle.where is not None:
        counts &= circle.where.matches(facilities.columns, len(facilities))
    return np.flatnonzero(counts)


def judge(
    circle: Circle,
    facilities: Places,
    doors: Anchors,
    *,
    year: int | None,
    max_access_m: float,
    told: Iterable[Issue] = (),
) -> list[Issue]:
    """Return a fault where the limit isn't one or no facility that counts is on a street, a warning where none counts.

    Parameters
    ----------
    doors
        The anchors of all facilities under the circle's profile.
    told
        What the reading of the study has told already: that no facility offers the service, or that there is none.
    """
    faults = circle.judge()
    if faults:
        return faults
    counting = qualifying(circle, facilities, year=year)
    if len(counting) == 0:
        if any(
            (one.code == "no_facility" and one.id == circle.name)
            or (one.code == "empty_table" and one.table == facilities.table)
            for one in told
        ):
            return []
        severity: Severity = "warning"
        code = "no_facility_counts"
        message = f"no facility counts for circle '{circle.name}', so every community is uncovered"
        remedy = "check the facilities' service, status and year, and the circle's where"
        if len(facilities) == 0:  # the same for every circle, so that it is told once
            message, remedy = (
                "there is no facility, so every community is uncovered",
                "add facilities, if there are any",
            )
    elif circle.measure == "network" and not doors.take(counting).ok.any():
        severity, code = "error", "no_facility_anchored"
        message = f"no facility of circle '{circle.name}' lies within {max_access_m:g} m of a street"
        remedy = "check the datum (GCJ-02 is off by 500 m) and the CRS, or raise [network] max_access_m"
    else:
        return []
    return [Issue(severity=severity, code=code, table=facilities.table, message=message, remedy=remedy)]


def assess(
    circle: Circle,
    way: Streets,
    communities: Places,
    facilities: Places,
    *,
    homes: Anchors,
    doors: Anchors,
    year: int | None = None,
    areas: Places | None = None,
    store: Store = unkept,
) -> Coverage:
    """Assess one circle for every community.

    Parameters
    ----------
    way
        The streets as the circle's profile searches them, by time for minutes and by length for metres.
    homes, doors
        The anchors of communities and facilities under that profile.
    year
        The study's year; facilities of later years don't count.
    areas
        Polygons by level; those of level ``community`` stand in for communities without their own.
    store
        Where the searches are kept between runs.

    Notes
    -----
    Coverage is decided on the network, at the anchors, in whole quanta, and "within" is <=. A straight circle
    measures between the points themselves.

    Examples
    --------
    >>> from planner import study
    >>> from planner.sources import sample_district
    >>> first = study.run(sample_district()).coverages[0]
    >>> tally = first.communities
    >>> tally.covered + tally.uncovered + tally.not_assessed == tally.total
    True
    """
    counting = qualifying(circle, facilities, year=year)
    counted = facilities.take(counting)
    speed = way.weights.profile.speed_m_s
    limit = circle.limit_quanta(speed)
    distance = measure(
        circle, way, communities, counted, homes=homes, doors=doors.take(counting), counting=counting, store=store
    )
    status = status_of(distance)
    near_border = np.zeros(len(communities), dtype=bool)
    if circle.measure == "network" and way.network.border.any():
        graph = (way.network, way.weights, way.by)
        meets = store("border", (*graph, homes, limit), lambda: reach.meets_border(way, homes, limit=limit))
        near_border = (status == UNCOVERED) & meets
    radius_m = circle.radius_m(speed)
    radius_mm = int(length_quanta(radius_m))
    blocks = crow_blocks(way, communities, counted)
    drawn = np.concatenate([(length_quanta(crow_m) <= radius_mm).any(axis=1) for crow_m in blocks])
    demand = communities.columns.get(circle.demand)
    return Coverage(
        circle=circle,
        speed_m_s=speed,
        facilities=counting,
        status=status,
        minutes=distance.minutes,
        metres=distance.metres,
        nearest=distance.nearest,
        backup=distance.backup,
        backup_minutes=distance.backup_minutes,
        backup_metres=distance.backup_metres,
        present=present(communities, counted, areas=areas),
        near_border=near_border,
        communities=_communities(status),
        people=None if demand is None else people_by_status(demand, status),
        straight_line=StraightLine(
            radius_m=radius_m,
            communities_covered=int(drawn.sum()),
            people_covered=None if demand is None else whole_sum(demand[drawn]),
        ),
    )


def status_of(distance: Distance) -> TextArray:
    """Return ``covered``, ``uncovered`` or ``not_assessed`` for each place that was measured."""
    return np.where(distance.within, COVERED, np.where(distance.assessed, UNCOVERED, NOT_ASSESSED)).astype(object)


def people_by_status(demand: npt.NDArray[Any], status: TextArray) -> Tally:
    """Sum the people of each status, exactly; blanks are counted as communities and summed nowhere."""
    return Tally(
        total=whole_sum(demand),
        covered=whole_sum(demand[status == COVERED]),
        uncovered=whole_sum(demand[status == UNCOVERED]),
        not_assessed=whole_sum(demand[status == NOT_ASSESSED]),
        unknown_communities=int(np.isnan(demand.astype(np.float64)).sum()),
    )


def whole_sum(people: npt.NDArray[Any]) -> int:
    """Return the exact sum of whole numbers, blanks left out."""
    return sum(int(count) for count in people if not np.isnan(count))


def _communities(status: TextArray) -> Tally:
    return Tally(
        total=len(status),
        covered=int((status == COVERED).sum()),
        uncovered=int((status == UNCOVERED).sum()),
        not_assessed=int((status == NOT_ASSESSED).sum()),
    )


def differences(found: Coverage, communities: Places) -> list[Difference]:
    """Return the communities where a facility inside and a facility within the limit disagree, or one isn't known."""
    reachable = {COVERED: True, UNCOVERED: False, NOT_ASSESSED: None}
    return [
        Difference(
            circle=found.circle.name, area_id=str(name), level="community", present=inside, reachable=reachable[status]
        )
        for name, inside, status in zip(communities.ids, found.present, found.status, strict=True)
        if inside is not reachable[status]
    ]
