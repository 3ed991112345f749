"""An independent look at a solution: every rule and every figure worked out anew, with nothing of the models."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from planner.errors import CheckError
from planner.measure import IntArray
from planner.network import BoolArray
from planner.siting.problem import Problem
from planner.siting.solution import Solution

CLOSE = 1e-6
"""Share by which sums of figures that aren't whole may differ; HiGHS keeps its rows to as much."""


def verify(problem: Problem, found: Solution) -> None:
    """Raise CheckError unless a solution keeps the problem's rules and its figures are its own.

    Raises
    ------
    CheckError
        It doesn't; the message says where.
    """
    built = {j for j in range(len(problem.site_ids)) if found.stands[j]}
    told = [str(problem.site_ids[j]) for j in built if problem.closing or not problem.existing[j]]
    _must([str(one) for one in found.site_ids] == sorted(told), "the sites told aren't those that stand")
    if found.status == "unknown":
        _must(not built, "sites are told, but nothing was found")
        return
    if found.status == "infeasible" and not built:
        return
    partial_cover = found.partial and found.model in {"lscp", "lscp_b"}
    _rules(problem, built, number=not partial_cover)
    _service(problem, found, built)
    _objective(problem, found, built)


def _rules(problem: Problem, built: set[int], *, number: bool = True) -> None:
    """Check number, money, units and distances."""
    for j in range(len(problem.site_ids)):
        name = problem.site_ids[j]
        _must(not (problem.forbidden[j] and j in built), f"site '{name}' is forbidden, but stands")
        needed = problem.forced[j] or (problem.existing[j] and not problem.closing)
        _must(j in built or not needed or problem.forbidden[j], f"site '{name}' must stand, but doesn't")
    new = [j for j in built if problem.closing or not problem.existing[j]]
    _must(not number or problem.sites is None or len(new) <= problem.sites, "there are too many sites")
    if problem.budget is not None:
        spent = _money(problem, built)
        _must(spent <= problem.budget * (1 + CLOSE) + CLOSE, f"the sites cost {spent:g}, above the budget")
    standing = [j for j in built if not problem.closing and problem.existing[j]]
    for group in problem.groups:
        of_unit: dict[str, int] = {}
        stand_anyway: dict[str, int] = {}
        for j in built:
            if group.unit[j] is not None:
                of_unit[str(group.unit[j])] = of_unit.get(str(group.unit[j]), 0) + 1
        for j in [*standing, *(j for j in built if problem.forced[j] and j not in standing)]:
            if group.unit[j] is not None:
                stand_anyway[str(group.unit[j])] = stand_anyway.get(str(group.unit[j]), 0) + 1
        units = {str(one) for one in group.unit if one is not None}
        least, most = group.least, group.most
        wanted = dict(least) if isinstance(least, Mapping) else dict.fromkeys(units, least or 0)
        for unit, count in wanted.items():
            _must(of_unit.get(unit, 0) >= count, f"{group.name} '{unit}' has too few sites")
        for unit, count in of_unit.items():
            limit = most.get(unit) if isinstance(most, Mapping) else most
            if limit is not None:
                _must(count <= max(limit, stand_anyway.get(unit, 0)), f"{group.name} '{unit}' has too many sites")
    for a, b in problem.apart.tolist():
        both = all(problem.forced[j] or (problem.existing[j] and not problem.closing) for j in (a, b))
        _must(both or not {a, b} <= built, f"sites '{problem.site_ids[a]}' and '{problem.site_ids[b]}' are too close")


def _money(problem: Problem, built: set[int]) -> float:
    cost = [] if problem.site_cost is None else problem.site_cost.tolist()
    paid = math.fsum(cost[j] for j in built if cost and (problem.closing or not problem.existing[j]))
    return paid - math.fsum(amount for a, b, amount in problem.saving if a in built and b in built)


def _service(problem: Problem, found: Solution, built: set[int]) -> None:
    """Check that who is told to serve whom may, and has room."""
    _must((_used(problem, found) >= 0).all(), "a demand is served by a site that can't")
    pairs = found.demand * len(problem.site_ids) + found.site
    _must(len(np.unique(pairs)) == len(pairs), "a site serves a demand twice")
    _must(built.issuperset(found.site.tolist()), "a demand is served by a site that doesn't stand")
    total = np.zeros(len(problem.weight))
    np.add.at(total, found.demand, found.share)
    _must((found.share >= 0).all() and (total <= 1 + CLOSE).all(), "a demand is served more than once")
    if problem.capacity is not None:
        load = np.zeros(len(problem.site_ids))
        takes = problem.weight if problem.quantity is None else problem.quantity
        np.add.at(load, found.site, found.share * takes[found.demand])
        _must((load <= problem.capacity * (1 + CLOSE) + CLOSE).all(), "a site serves more than its capacity")
        whole = np.isin(found.share, [0.0, 1.0]).all()
        _must(problem.split or whole, "a demand is split")
    lost = {one.demand for one in found.unserved}
    if found.model not in {"mclp", "mclp_b"} and not found.by_weight:
        needed = np.array([i not in lost for i in range(len(total))], dtype=bool)
        _must((total[needed] >= 1 - CLOSE).all(), "a demand isn't served")


def _objective(problem: Problem, found: Solution, built: set[int]) -> None:
    """Check objective, bound and status."""
    if found.by_weight:
        served = np.zeros(len(problem.weight))
        np.add.at(served, found.demand, found.share)
        _must(_near(found.objective, float((served * problem.weight).sum())), "the weight served isn't told truly")
        return
    value = _value(problem, found, built)
    if value is not None:
        _must(_near(found.objective, value), f"the objective is {value:g}, not {found.objective:g}")
    slack = CLOSE * max(1.0, abs(found.objective))
    if found.model in {"mclp", "mclp_b"}:
        _must(found.bound >= found.objective - slack, "the bound lies below the objective")
    else:
        _must(found.bound <= found.objective + slack, "the bound lies above the objective")
    _must(found.status != "optimal" or found.bound == found.objective, "it is told as proven, but has a gap")


def _value(problem: Problem, found: Solution, built: set[int]) -> float | None:
    """Return the objective as it must be; None where it can't be told without solving (capacities of what exists)."""
    new = [j for j in built if problem.closing or not problem.existing[j]]
    if found.model in {"lscp", "lscp_b"}:
        return _money(problem, built) if problem.count_cost else float(len(new))
    cost = np.zeros(len(problem.demand)) if problem.cost is None else problem.cost
    if found.model in {"mclp", "mclp_b"}:
        if problem.capacity is not None:
            if problem.existing.any() and not problem.closing:
                return None
            return float((problem.weight[found.demand] * found.share).sum())
        kept = {j for j in built if problem.existing[j] and not problem.closing}  # forbidden ones don't stand
        return _covered(problem, built, found.model) - _covered(problem, kept, found.model)
    paid = cost[_used(problem, found)]
    if found.model == "p_center":
        return float(paid[found.share > CLOSE].max(initial=0.0))
    total = math.fsum((problem.weight[found.demand] * paid * found.share).tolist())
    return total + (_money(problem, built) if found.model == "fixed_charge" else 0.0)


def _used(problem: Problem, found: Solution) -> IntArray:
    """Return where in the problem each pair told stands; -1 where it doesn't."""
    code = problem.demand * len(problem.site_ids) + problem.site
    told = found.demand * len(problem.site_ids) + found.site
    order = np.argsort(code, kind="stable")
    at = np.minimum(np.searchsorted(code[order], told), max(len(code) - 1, 0))
    return np.array([-1 if code[order[k]] != one else order[k] for k, one in zip(at, told, strict=True)], np.int64)


def _covered(problem: Problem, sites: set[int], model: str) -> float:
    """Return the weight that some sites cover; with backup, the weights covered once and twice, as they count."""
    stands = np.zeros(len(problem.site_ids), dtype=bool)
    stands[sorted(sites)] = True
    times = np.zeros(len(problem.weight), np.int64)
    np.add.at(times, problem.demand[stands[problem.site]], 1)
    once, twice = math.fsum(problem.weight[times >= 1]), math.fsum(problem.weight[times >= 2])
    return once if model == "mclp" else (1 - problem.backup_weight) * once + problem.backup_weight * twice


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= CLOSE * max(1.0, abs(one), abs(other))


def _must(holds: object, what: str) -> None:
    if not holds:
        raise CheckError(f"a siting solution failed its check: {what}")


def verify_phases(problems: Sequence[Problem], stands: Sequence[BoolArray]) -> None:
    """Raise CheckError unless what stands in each phase keeps its rules, and nothing that was built goes again."""
    for before, after in pairwise(stands):
        _must(not (before & ~after).any(), "a site of one phase is gone in the next")
    for problem, now in zip(problems, stands, strict=True):
        built = {j for j in range(len(now)) if now[j]}
        _rules(problem, built)
