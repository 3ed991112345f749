"""Size rules on residential areas: what one asks of an area, and whether the area has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from planner.compliance.entry import Verdict
from planner.compliance.verdict import exact
from planner.places import Places
from planner.plan import Indicator

FLOOR_COLUMN = "floor_area_m2"
PER_HOUSEHOLDS, PER_PEOPLE, PER_FACILITY = "m2/100 households", "places/1000 people", "m2/facility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A size rule: at least ``max(rate x size / per, floor)`` of ``have``.

    Parameters
    ----------
    have, size
        Columns of the residential areas: what they have, and the households or people that ask for it.
    rate
        Of a range the lower figure. None where the rule is a floor alone.
    floor
        The least size of one facility, 0 without one.
    unit, build_unit
        ``m2`` or ``places``.
    """

    have: str
    size: str | None
    rate: Fraction
    per: int
    floor: Fraction
    unit: str
    build_unit: str

    def required(self, size: Fraction) -> Fraction:
        """Return what an area of that many households or people must have.

        Examples
        --------
        >>> rule = Rule(have="care_floor_area_m2", size="households", rate=Fraction(30), per=100,
        ...             floor=Fraction(400), unit="m2/100 households", build_unit="m2")
        >>> float(rule.required(Fraction(1333))), float(rule.required(Fraction(1334)))
        (400.0, 400.2)
        """
        return max(self.rate * size / self.per, self.floor)


@dataclass(frozen=True, slots=True)
class Need:
    """What one residential area must have and has; None where it isn't known; both None where nothing is asked."""

    required: Fraction | None
    have: Fraction | None
    verdict: Verdict

    @property
    def lacks(self) -> Fraction | None:
        """Return what is missing, None where that isn't known."""
        if self.verdict == "not_applicable":
            return Fraction(0)
        if self.required is None or self.have is None:
            return None
        return max(self.required - self.have, Fraction(0))


def rule_of(indicator: Indicator, year: int | None) -> Rule | None:
    """Return the size rule of an indicator, None where its unit is none of a rule on residential areas."""
    figure = indicator.target(year) or indicator.target(None)
    if figure is None:
        return None
    rate = figure.figure.low
    floor = max(
        (exact(float(one.value)) for one in indicator.where if one.column == FLOOR_COLUMN and one.op in (">=", ">")),
        default=Fraction(0),
    )
    if indicator.unit == PER_HOUSEHOLDS:
        return Rule(
            have="care_floor_area_m2",
            size="households",
            rate=rate,
            per=100,
            floor=floor,
            unit=PER_HOUSEHOLDS,
            build_unit="m2",
        )
    if indicator.unit == PER_PEOPLE:
        return Rule(
            have="childcare_places",
            size="population",
            rate=rate,
            per=1000,
            floor=Fraction(0),
            unit=PER_PEOPLE,
            build_unit="places",
        )
    if indicator.unit == PER_FACILITY:
        return Rule(
            have="care_floor_area_m2",
            size=None,
            rate=Fraction(0),
            per=1,
            floor=rate,
            unit=PER_FACILITY,
            build_unit="m2",
        )
    return None


def needs(rule: Rule, homes: Places) -> list[Need]:
    """Return what each residential area must have under a rule, and whether it does."""
    have = homes.number(rule.have)
    size = np.zeros(len(homes)) if rule.size is None else homes.number(rule.size)
    return [_need(rule, float(own), float(count)) for own, count in zip(have, size, strict=True)]


def _need(rule: Rule, have: float, size: float) -> Need:
    own = None if np.isnan(have) else exact(have)
    if rule.size is None and own == 0:  # a floor for a single facility asks nothing where there is none
        return Need(None, own, "not_applicable")
    if rule.size is not None and size == 0:
        return Need(None, own, "not_applicable")
    required = None if np.isnan(size) else rule.required(exact(size))
    if required is None or own is None:
        return Need(required, own, "no_data")
    return Need(required, own, "meets" if own >= required else "below")


def overall(verdicts: Sequence[Verdict], *, doubtful: bool = False) -> Verdict:
    """Return the verdict on a rule that each area must meet."""
    if "below" in verdicts:
        return "below"
    if "no_data" in verdicts or doubtful:
        return "no_data"
    return "meets" if "meets" in verdicts else "not_applicable"
