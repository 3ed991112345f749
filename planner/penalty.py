"""What slows a traveller down: steps, unpaved ways, signals and slopes, as factors and seconds."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from planner.measure import FloatArray, lies_between

Slope = Literal["tobler"] | tuple[tuple[float, float], ...]
"""Tobler's function, or a table of grades in % with the factors there."""

LONGEST_FACTOR = 100.0
LONGEST_WAIT_S = 3600.0
"""More than these would close the way in effect, which is said with "barred" or a rule."""

TOBLER_STEEPNESS = 3.5
TOBLER_FASTEST = 0.05
"""Tobler 1993: a walker's speed on the grade g (rise over run) is 6 km/h x exp(-3.5 |g + 0.05|)."""

STEEPEST_TAGGED = 1.0
"""A tag that tells of a steeper grade than 45 degrees is taken for a slip of the pen, so for no grade at all."""

_INCLINE = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(%|°)")
_RATIO = re.compile(r"(\d+)\s*:\s*(\d+)")
_NONE = re.compile(r"[+-]?0+(?:[.,]0+)?")  # nought needs no unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """What slows a traveller down; every factor is at least 1, so nothing speeds anyone up.

    Parameters
    ----------
    steps, steps_s
        On steps: how many times as long as on the level, and seconds beside that for each street of steps.
    steps_barred
        Steps aren't used at all.
    unpaved
        On unpaved ways: how many times as long.
    signal_s
        Seconds at each signal that is passed.
    slope
        How a known grade slows, for each direction; None where it doesn't. Steps are left out: their factor knows.
    steepest_percent
        Streets that are known to be steeper, up or down, aren't used.
    """

    steps: float = 1.0
    steps_s: float = 0.0
    steps_barred: bool = False
    unpaved: float = 1.0
    signal_s: float = 0.0
    slope: Slope | None = None
    steepest_percent: float | None = None

    @property
    def reads_grades(self) -> bool:
        """Return whether grades make a difference."""
        return self.slope is not None or self.steepest_percent is not None

    def slips(self) -> dict[str, Any]:
        """Return by name what can't be: a factor or a time out of bounds, a table of slopes out of order.

        Examples
        --------
        >>> Penalty(steps=0.5, signal_s=float("nan")).slips()
        {'steps': 0.5, 'signal_s': nan}
        """
        bounds = {
            "steps": (1.0, LONGEST_FACTOR),
            "steps_s": (0.0, LONGEST_WAIT_S),
            "unpaved": (1.0, LONGEST_FACTOR),
            "signal_s": (0.0, LONGEST_WAIT_S),
        }
        given = {name: getattr(self, name) for name in bounds}
        found = {name: given[name] for name, bound in bounds.items() if not lies_between(given[name], *bound)}
        steepest = self.steepest_percent
        if steepest is not None and not (lies_between(steepest, 0.0, 100.0) and steepest):
            found["steepest_percent"] = steepest
        if self.slope not in (None, "tobler") and not _is_table(self.slope):
            found["slope"] = self.slope
        return found

    def told(self) -> dict[str, Any]:
        """Return what there is of it by key, as a profile's file says it.

        Examples
        --------
        >>> Penalty(steps_barred=True, signal_s=20.0).told()
        {'steps': 'barred', 'signal_s': 20.0}
        """
        nothing = Penalty()
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        found["steps"] = "barred" if found.pop("steps_barred") else found["steps"]
        return {key: value for key, value in found.items() if value != getattr(nothing, key)}


def slope_factor(grade: FloatArray, slope: Slope | None) -> FloatArray:
    """Return how many times as long the way takes at each grade (rise over run, uphill positive); 1 where unknown.

    Tobler's function gives ``exp(3.5 (|g + 0.05| - 0.05))``, and never less than 1: downhill nobody gets faster than
    on the level; nor more than ``LONGEST_FACTOR``, as a height that is wrong would have it. A table is read in between
    by straight lines; beyond its ends the factor at the end holds.

    Examples
    --------
    >>> import numpy as np
    >>> [round(float(one), 3) for one in slope_factor(np.array([-0.2, -0.05, 0.0, 0.1, np.nan]), "tobler")]
    [1.419, 1.0, 1.0, 1.419, 1.0]
    >>> slope_factor(np.array([-0.2, 0.05, 0.5]), ((-10.0, 1.5), (0.0, 1.0), (10.0, 3.0))).tolist()
    [1.5, 2.0, 3.0]
    """
    if slope is None:
        return np.ones(len(grade))
    if slope == "tobler":
        steep = TOBLER_STEEPNESS * (np.abs(grade + TOBLER_FASTEST) - TOBLER_FASTEST)
        slowed = np.exp(np.minimum(steep, np.log(LONGEST_FACTOR)))
    else:
        percents, factors = zip(*slope, strict=True)
        slowed = np.interp(grade * 100.0, percents, factors)
    return np.where(np.isfinite(grade), np.maximum(slowed, 1.0), 1.0)


def grade_of_incline(text: str) -> float:
    """Return the grade of an ``incline`` tag, uphill positive along its way; NaN where it names no figure.

    ``up`` and ``down`` tell no grade, and a number without a unit might be anything, so both stay unknown.

    Examples
    --------
    >>> [grade_of_incline(text) for text in ("5%", "-10 %", "1:12", "0")]
    [0.05, -0.1, 0.08333333333333333, 0.0]
    >>> round(grade_of_incline("10°"), 4), grade_of_incline("up"), grade_of_incline("10")
    (0.1763, nan, nan)
    """
    text = text.strip()
    if _NONE.fullmatch(text):
        return 0.0
    grade = np.nan
    if found := _INCLINE.fullmatch(text):
        figure = float(found[1].replace(",", "."))
        grade = figure / 100.0 if found[2] == "%" else float(np.tan(np.radians(np.clip(figure, -89.0, 89.0))))
    elif (found := _RATIO.fullmatch(text)) and int(found[2]):
        grade = int(found[1]) / int(found[2])
    return float(grade) if abs(grade) <= STEEPEST_TAGGED else np.nan


def grade_of_percent(text: str) -> float:
    """Return the grade of a column ``grade_percent``, a plain number; NaN where it isn't one.

    Examples
    --------
    >>> grade_of_percent("-4.5"), grade_of_percent("steep")
    (-0.045, nan)
    """
    try:
        grade = float(text.strip()) / 100.0
    except ValueError:
        return np.nan
    return grade if abs(grade) <= STEEPEST_TAGGED else np.nan


def _is_table(slope: Any) -> bool:
    """Return whether this gives rising grades in percent, with a factor each."""
    try:
        rows = [(grade, factor) for grade, factor in slope]
    except (TypeError, ValueError):
        return False
    held = all(lies_between(one, -100.0, 100.0) and lies_between(of, 1.0, LONGEST_FACTOR) for one, of in rows)
    return bool(rows) and held and all(one[0] < other[0] for one, other in itertools.pairwise(rows))
