"""Two circles side by side, or one before and after a change: the communities on which they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from planner.coverage import COVERED, NOT_ASSESSED, Coverage, whole_sum
from planner.measure import IntArray
from planner.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two coverages of the same communities say of each.

    Parameters
    ----------
    one, other
        The circles' names; the same name twice for before and after.
    both, only_one, only_other, neither
        Positions of the communities that both assess, by who covers them.
    unassessed
        Positions of those that at least one doesn't assess.
    people_only_one, people_only_other
        People in those that only one covers, blanks left out; None where the circles count different people, or none.
    """

    one: str
    other: str
    both: IntArray
    only_one: IntArray
    only_other: IntArray
    neither: IntArray
    unassessed: IntArray
    people_only_one: int | None
    people_only_other: int | None


def compare(one: Coverage, other: Coverage, communities: Places) -> Comparison:
    """Compare two coverages community by community.

    Examples
    --------
    >>> from planner import study
    >>> from planner.sources import sample_district
    >>> found = study.run(sample_district())
    >>> same = compare(found.coverages[0], found.coverages[0], found.study.communities)
    >>> len(same.only_one), len(same.only_other)
    (0, 0)
    """
    lost = (one.status == NOT_ASSESSED) | (other.status == NOT_ASSESSED)
    first, second = (np.asarray(found.status == COVERED, dtype=bool) for found in (one, other))
    demand = communities.columns.get(one.circle.demand) if one.circle.demand == other.circle.demand else None
    only_one, only_other = (np.flatnonzero(~lost & mask) for mask in (first & ~second, second & ~first))
    return Comparison(
        one=one.circle.name,
        other=other.circle.name,
        both=np.flatnonzero(~lost & first & second),
        only_one=only_one,
        only_other=only_other,
        neither=np.flatnonzero(~lost & ~first & ~second),
        unassessed=np.flatnonzero(lost),
        people_only_one=None if demand is None else whole_sum(demand[only_one]),
        people_only_other=None if demand is None else whole_sum(demand[only_other]),
    )


def side_by_side(coverages: Sequence[Coverage], communities: Places) -> tuple[Comparison, ...]:
    """Compare the circles of each service, every two of them, in the study's order."""
    return tuple(
        compare(one, other, communities)
        for one, other in combinations(coverages, 2)
        if one.circle.service == other.circle.service
    )
