"""Whether a value meets a target, exactly, and how much is still to build; a value may be known within bounds only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from planner.compliance.entry import AreaEntry, Reason, Recount, Verdict
from planner.plan import Comparison, Figure


@dataclass(frozen=True, slots=True)
class Bounds:
    """A value that lies between two figures, both included; ``high`` None where nothing is known above."""

    low: Fraction
    high: Fraction | None

    @classmethod
    def of(cls, value: Fraction) -> Bounds:
        """Return the bounds of a value that is known."""
        return cls(value, value)

    @property
    def exact(self) -> bool:
        """Whether the value is known."""
        return self.low == self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one way of judging gives, before it is dressed as an entry.

    Parameters
    ----------
    value
        In ``unit``; None where there is none.
    verdict
        Where it doesn't follow from value and target.
    shortage
        Units still to build, exact; None where it can't be said.
    gap
        Where it doesn't follow from value and target.
    """

    value: Bounds | None = None
    unit: str | None = None
    verdict: Verdict | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    shortage: Fraction | None = None
    gap: Fraction | None = None
    build_unit: str | None = None
    missing: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    by_area: tuple[AreaEntry, ...] = ()
    pooled: tuple[AreaEntry, ...] = ()
    limit: Figure | None = None
    limit_unit: str | None = None
    circle: str | None = None
    proximity_m: float | None = None
    recount: Recount | None = None


def exact(number: float) -> Fraction:
    """Return a number of a table as it is printed there, exactly.

    Examples
    --------
    >>> exact(4909.14)
    Fraction(245457, 50)
    """
    return Fraction(repr(float(number)))


def judge(operator: Comparison, value: Bounds, target: Fraction) -> bool | None:
    """Return whether a value meets a target; None where its bounds leave that open.

    ``=`` and a range are met from their (lower) figure up; ``>`` is strict; ``<=`` is a ceiling.

    Examples
    --------
    >>> judge(">", Bounds.of(Fraction(90)), Fraction(90)), judge(">=", Bounds(Fraction(80), None), Fraction(90))
    (False, None)
    """
    low, high = value.low, value.high
    if operator == "<=":
        if high is not None and high <= target:
            return True
        return False if low > target else None
    if low > target or (low == target and operator != ">"):
        return True
    if high is None:
        return None
    return False if high < target or (high == target and operator == ">") else None


def in_words(met: bool | None) -> Verdict:  # noqa: FBT001  # a judgement is its one argument
    """Return the verdict of a judgement."""
    return "no_data" if met is None else ("meets" if met else "below")


def gap(operator: Comparison | None, value: Fraction | None, target: Fraction | None) -> Fraction | None:
    """Return how far a value falls short, 0 where it doesn't."""
    if value is None or target is None or operator is None:
        return None
    return max(value - target if operator == "<=" else target - value, Fraction(0))


def short_of(operator: Comparison, have: Fraction, need: Fraction) -> Fraction:
    """Return how many whole units are missing to a count, exact: a strict ``>`` needs the next whole one.

    Examples
    --------
    >>> short_of(">=", Fraction(104), Fraction("181.2")), short_of(">", Fraction(95), Fraction(95))
    (Fraction(386, 5), Fraction(1, 1))
    """
    if operator == ">":
        need = Fraction(math.floor(need) + 1) if have <= need else have
    return max(need - have, Fraction(0))


def rounded_up(shortage: Fraction | None) -> int | None:
    """Return the units to build: rounded up once, after summing."""
    return None if shortage is None else math.ceil(shortage)


def total(parts: Iterable[Fraction | None]) -> Fraction | None:
    """Return the sum, None where a part isn't known."""
    found = Fraction(0)
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def number(value: Fraction | None) -> float | None:
    """Return a figure for output."""
    return None if value is None else float(value)


def no_data(*missing: Reason, unit: str | None = None) -> Outcome:
    """Return the outcome of an indicator that can't be computed, with the reasons."""
    return Outcome(verdict="no_data", missing=tuple(dict.fromkeys(missing)), unit=unit)


def not_applicable(*missing: Reason, unit: str | None = None) -> Outcome:
    """Return the outcome where there is nothing to count."""
    return Outcome(verdict="not_applicable", missing=missing, unit=unit)
