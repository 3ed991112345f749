"""Values as the JSON holds them: rounded, None for what isn't known, whole where they are whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from planner.coverage import Tally

MINUTES_DECIMALS, METRES_DECIMALS, DEGREES_DECIMALS, ACCESS_DECIMALS = 4, 2, 7, 3


def tally(found: Tally, *, of_people: bool = False) -> dict[str, Any]:
    """Return communities or people by status, with the shares."""
    parts = {"total": found.total, "covered": found.covered}
    parts |= {"uncovered": found.uncovered, "not_assessed": found.not_assessed}
    if of_people:
        parts["unknown_communities"] = found.unknown_communities
    counts: dict[str, Any] = {key: int(count) for key, count in parts.items()}
    return {**counts, "share": found.share, "share_assessed": found.share_assessed}


def numbers(values: npt.ArrayLike, decimals: int) -> list[float | None]:
    """Return rounded numbers, None for what isn't finite; minus zero becomes zero."""
    rounded = np.round(np.asarray(values, np.float64), decimals) + 0.0
    return [value if math.isfinite(value) else None for value in rounded.tolist()]


def number(value: float, decimals: int) -> float | None:
    """Return one rounded number, None where it isn't finite."""
    return numbers([value], decimals)[0]


def whole(value: float) -> int | float | None:
    """Return a number, without a point where it's whole, as people are counted one by one; None if it isn't finite."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else round(float(value), 6)
