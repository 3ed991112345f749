"""How much of each community a circle covers, where population points or buildings tell where its people live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.circle import Circle
from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED, qualifying, status_of, whole_sum
from planner.distance import measure
from planner.issue import Issue
from planner.measure import FloatArray, IntArray
from planner.network import TextArray
from planner.places import Anchors, Places
from planner.store import Store, unkept
from planner.streets import Streets

FAR_OFF = 0.1
"""A sum over points that differs from the community's own figure by more than this share is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The people of each community by whether the place where they live is covered; n communities, q points.

    Parameters
    ----------
    spread
        Whether the community's own figure was spread over buildings by floor area; else the points have figures.
    status
        Length q: of each point.
    people
        Length q: at each point, whole; NaN where unknown.
    points
        Length n: how many points each community has.
    covered, uncovered, not_assessed
        Length n: people at points of that status, blanks left out.
    own
        Length n: the community's own figure, NaN where unknown.
    """

    spread: bool
    status: TextArray
    people: FloatArray
    points: IntArray
    covered: IntArray
    uncovered: IntArray
    not_assessed: IntArray
    own: FloatArray

    @property
    def total(self) -> IntArray:
        """Return the people at each community's points."""
        return self.covered + self.uncovered + self.not_assessed

    @property
    def share(self) -> FloatArray:
        """Return covered / total for each community, those not assessed in the denominator; NaN where nobody is."""
        total = self.total
        share: FloatArray = np.where(total > 0, self.covered / np.maximum(total, 1), np.nan)
        return share

    @property
    def difference(self) -> FloatArray:
        """Return by how much the points' sum exceeds each community's own figure; NaN without points or a figure."""
        found: FloatArray = np.where(self.points > 0, self.total - self.own, np.nan)
        return found

    @property
    def own_total(self) -> int:
        """Return the sum of the own figures of communities with points, those unknown left out."""
        return int(np.nansum(self.own[self.points > 0]))

    @property
    def difference_total(self) -> int:
        """Return the sum of the differences that are known."""
        return int(np.nansum(self.difference))


def assess(
    circle: Circle,
    way: Streets,
    communities: Places,
    points: Places,
    facilities: Places,
    *,
    home: IntArray,
    homes: Anchors,
    doors: Anchors,
    year: int | None = None,
    store: Store = unkept,
) -> Inside | None:
    """Assess one circle for every point; None where neither points nor buildings tell of the circle's people.

    Parameters
    ----------
    points
        With ``community_id``, and the circle's demand or ``floor_area_m2`` and ``floors``.
    home
        Of each point, the position of its community, as `home_of` gives them.
    homes, doors
        The anchors of points and facilities under the circle's profile.

    Notes
    -----
    Points are reached as communities are: at their anchors, in whole quanta, "within" is <=. Buildings share their
    community's own figure by floor area times floors, in whole people: the largest remainders are rounded up, so that
    they sum to it exactly.
    """
    own = communities.number(circle.demand)
    people = people_at(circle.demand, points, home, own)
    if people is None:
        return None
    counting = qualifying(circle, facilities, year=year)
    distance = measure(
        circle,
        way,
        points,
        facilities.take(counting),
        homes=homes,
        doors=doors.take(counting),
        counting=counting,
        store=store,
    )
    status = status_of(distance)
    known = ~np.isnan(people)

    def by_community(wanted: str) -> IntArray:
        at = known & (status == wanted)
        return np.bincount(home[at], weights=people[at], minlength=len(communities)).astype(np.int64)

    return Inside(
        spread=circle.demand not in points.columns,
        status=status,
        people=people,
        points=np.bincount(home, minlength=len(communities)),
        covered=by_community(COVERED),
        uncovered=by_community(UNCOVERED),
        not_assessed=by_community(NOT_ASSESSED),
        own=own,
    )


def home_of(points: Places, communities: Places) -> IntArray:
    """Return the position of each point's community, -1 where none has its ``community_id``."""
    position = {str(name): i for i, name in enumerate(communities.ids)}
    return np.array([position.get(str(name), -1) for name in points.columns["community_id"]], np.int64)


def people_at(demand: str, points: Places, home: IntArray, own: FloatArray) -> FloatArray | None:
    """Return the people at each point, NaN where unknown; None where the table doesn't tell of them at all."""
    if demand in points.columns:
        return points.number(demand)
    if {"floor_area_m2", "floors"} <= set(points.columns):
        return _spread(points.number("floor_area_m2") * points.number("floors"), home, own)
    return None


def _spread(space: FloatArray, home: IntArray, own: FloatArray) -> FloatArray:
    """Return each community's own figure shared out by floor space, in whole people that sum to it exactly."""
    people = np.full(len(space), np.nan)
    order = np.argsort(home, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(home[order])) + 1) if len(order) else []:
        figure, whole = own[home[rows[0]]], space[rows].sum()
        if np.isnan(figure) or not whole > 0.0:
            continue  # nobody knows how many, or where
        exact = figure * space[rows] / whole
        share = np.floor(exact)
        left = round(figure - share.sum())
        share[np.argsort(share - exact, kind="stable")[:left]] += 1.0
        people[rows] = share
    return people


def judge(points: Places, communities: Places, circles: Iterable[Circle], *, home: IntArray) -> list[Issue]:
    """Return a fault for each point without a community, and a warning for each sum far from the community's figure."""
    ids = points.columns["community_id"]
    issues = [
        Issue(
            severity="error",
            code="unknown_community",
            table=points.table,
            row=int(points.row[i]),
            id=str(points.ids[i]),
            message=f"community_id '{ids[i]}' isn't among the communities",
            remedy="give the id of a community of the study, or take the row out",
        )
        for i in np.flatnonzero(home < 0).tolist()
    ]
    if issues or len(points) == 0:
        return issues
    demands = dict.fromkeys(circle.demand for circle in circles)
    for demand in demands:
        issues += _judge_people(demand, points, communities, home)
    return issues


def _judge_people(demand: str, points: Places, communities: Places, home: IntArray) -> list[Issue]:
    own = communities.number(demand)
    people = people_at(demand, points, home, own)
    if people is None:
        message = f"there is neither a column '{demand}' nor floor_area_m2 with floors, so no share of it is reckoned"
        return [_warning(points, "no_people", message, f"add {demand}, or floor_area_m2 and floors")]
    issues = []
    unknown = np.isnan(people) & ~np.isnan(own[home])
    if unknown.any():
        what = f"points whose {demand} isn't known" if demand in points.columns else "buildings without floor space"
        message = f"{what}, left out of every share: {int(unknown.sum())}"
        issues.append(_warning(points, "unknown_people", message, "fill in their figures"))
    if demand not in points.columns:
        return issues
    sums = np.bincount(home, weights=np.nan_to_num(people), minlength=len(communities))
    with_points = np.bincount(home, minlength=len(communities)) > 0
    far = with_points & (
        np.abs(sums - own) > FAR_OFF * np.maximum(own, 1.0)
    )  # a figure that isn't known is far from none
    for i in np.flatnonzero(far).tolist():
        message = (
            f"the points of community '{communities.ids[i]}' hold {whole_sum(sums[[i]]):,} of {demand}, "
            f"but the community's own figure is {int(own[i]):,}"
        )
        issues.append(
            _warning(
                points, "far_sum", message, "check both figures, their dates, and community_id", str(communities.ids[i])
            )
        )
    return issues


def _warning(points: Places, code: str, message: str, remedy: str, place_id: str | None = None) -> Issue:
    return Issue(severity="warning", code=code, table=points.table, message=message, remedy=remedy, id=place_id)
