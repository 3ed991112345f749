"""Which communities a circle covers, how far the rest are, and what a straight-line circle would have claimed."""

from __future__ import annotations

from dataclasses import dataclass

from planner.circle import Circle
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray, TextArray

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
    backup, backup_minutes
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
    present: TextArray
    near_border: BoolArray
    communities: Tally
    people: Tally | None
    straight_line: StraightLine
