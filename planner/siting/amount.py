"""What a plan's total or ratio still lacks, in places, beds or square metres, and the candidates that bring it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import CheckError, InputError
from planner.issue import Issue
from planner.measure import FloatArray
from planner.network import BoolArray
from planner.places import Places
from planner.plan import Indicator
from planner.siting.highs import Deadline
from planner.siting.pose import Posed
from planner.siting.problem import Group
from planner.siting.solution import Solution
from planner.siting.solve import solve

STAND_IN = {"beds": "capacity", "places": "capacity", "m2": "floor_area_m2"}
"""The candidates' column where they have none of the indicator's own name."""

CLOSE = 1e-9
"""Share of a need that the rounding of its sum may amount to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What an indicator of total or ratio still asks for.

    Parameters
    ----------
    unit
        ``facilities``, ``beds``, ``places`` or ``m2``.
    need
        How much is still to build.
    brings
        Length of the candidates: how much each would bring; 0 where it wouldn't count.
    """

    unit: str
    need: float
    brings: FloatArray


def amount_of(indicator: Indicator, unit: str, need: float, candidates: Places) -> Amount:
    """Return what is to build, and how much of it each candidate brings.

    Raises
    ------
    InputError
        The candidates' table doesn't say it, or lacks a column by which the indicator tells which ones count.
    """
    counts = np.ones(len(candidates), dtype=bool)
    for rule in indicator.where:
        if rule.column not in candidates.columns:
            raise InputError([_missing(indicator, rule.column, "which of them count")])
        counts &= rule.matches(candidates.columns, len(candidates))
    if unit == "facilities":
        return Amount(unit=unit, need=need, brings=counts.astype(np.float64))
    named = [name for name in (indicator.column, STAND_IN.get(unit)) if name and name in candidates.columns]
    if not named:
        raise InputError([_missing(indicator, indicator.column or STAND_IN[unit], f"how many {unit} they would have")])
    brings = np.nan_to_num(candidates.number(named[0]))
    return Amount(unit=unit, need=need, brings=np.where(counts, np.maximum(brings, 0.0), 0.0))


def amass(posed: Posed, amount: Amount, *, deadline: Deadline) -> Solution:
    r"""Choose the fewest sites that bring what is lacking, and of all such choices one that covers most.

    With :math:`p` sites in all that bring :math:`b_j <= b` each, :math:`\sum b_j x_j \ge B` is
    :math:`\sum (b - b_j) x_j \le p b - B`, a budget. The least :math:`p` is tried first that the greatest of them,
    forced ones included, allow. Where all together bring too little, all that bring anything
    are the answer, told in part.
    """
    problem = posed.problem
    new = ~problem.existing
    brings = np.where(new & ~problem.forbidden, amount.brings[posed.place], 0.0)
    total, greatest = math.fsum(brings), float(brings.max(initial=0.0))
    need = min(amount.need, total)
    kind = np.array(["new" if mine else None for mine in new], dtype=object)
    found, sites = None, _fewest(brings, problem.forced & new, need)
    while found is None or (found.status == "infeasible" and sites < int(new.sum()) and deadline() > 0):
        sites += found is not None
        rule = Group(name="new", unit=kind, least={"new": sites})
        budget = sites * greatest - need * (1.0 - CLOSE)
        spare = np.where(new, greatest - brings, 0.0)
        asked = replace(problem, sites=sites, site_cost=spare, budget=budget, groups=(*problem.groups, rule))
        left = deadline()
        found = solve(asked, "mclp", time_limit_s=None if math.isinf(left) else max(left, 0.0))
    if found.status in {"infeasible", "unknown"}:
        return replace(found, model="lscp")
    if math.fsum(brings[found.stands]) < need * (1.0 - CLOSE):
        raise CheckError("the sites bring less than is lacking")
    short = total < amount.need * (1.0 - CLOSE)
    count = float((found.stands & new).sum())
    return replace(
        found,
        model="lscp",
        status="infeasible" if short else "optimal",
        partial=short,
        objective=count,
        bound=count,
        reason=f"{amount.need:g} {amount.unit} are to be built, but the candidates bring {total:g}" if short else "",
    )


def _fewest(brings: FloatArray, forced: BoolArray, need: float) -> int:
    """Return how many sites it takes at least: the forced ones, and the greatest of the others."""
    others = np.sort(brings[~forced])[::-1]
    lacks = need * (1.0 - CLOSE) - float(brings[forced].sum())
    more = 0 if lacks <= 0 else int(np.searchsorted(np.cumsum(others), lacks)) + 1
    return int(forced.sum()) + min(more, len(others))


def _missing(indicator: Indicator, column: str, what: str) -> Issue:
    return Issue(
        severity="error",
        code="missing_column",
        table="candidates",
        id=indicator.id,
        message=f"'{indicator.id}' can't be built towards: the candidates have no column '{column}'",
        remedy=f"add {column}, which says {what}",
    )
