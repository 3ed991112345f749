"""How a search stands: the best choice so far, and what no choice can beat."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.measure import FloatArray
from planner.network import BoolArray

ROUNDING = 1e-9
"""Share of a value that the rounding of sums may amount to."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The best choice of sites so far, its value, and a bound that no choice falls below; values are minimised.

    ``share`` tells, where there are capacities, which share of its demand each pair serves.
    """

    built: BoolArray
    value: float
    bound: float
    share: FloatArray | None = None

    @property
    def proven(self) -> bool:
        """Return whether value and bound meet."""
        return self.bound >= self.value


def enough(value: float, *, whole: bool) -> float:
    """Return the bound above which nothing better than ``value`` can be: where totals are whole, one less."""
    slack = ROUNDING * max(1.0, abs(value))
    return value - 1.0 + min(max(slack, 1e-6), 0.5) if whole else value - slack


def firm(bound: float, value: float, *, whole: bool) -> float:
    """Return a bound as it may be told: rounded up where totals are whole, and never above the value."""
    if bound > enough(value, whole=whole):
        return value
    return float(math.ceil(bound - min(max(ROUNDING * abs(bound), 1e-6), 0.5))) if whole else bound
