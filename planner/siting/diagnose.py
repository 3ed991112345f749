"""Why a problem has no answer: which demands, which rules, and what would do."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np

from planner.network import BoolArray
from planner.siting.engines import standings
from planner.siting.highs import Deadline
from planner.siting.problem import Model, Problem
from planner.siting.solution import Unserved
from planner.siting.standing import Standing


def unserved_demands(problem: Problem, able: BoolArray) -> tuple[Unserved, ...]:
    """Return the demands that no site may serve, with the nearest site and the limit that would do."""
    found = []
    for i in np.flatnonzero(~able).tolist():
        nearest, limit = -1, math.inf
        if problem.nearest is not None and problem.nearest_cost is not None:
            nearest, limit = int(problem.nearest[i]), float(problem.nearest_cost[i])
        found.append(Unserved(demand=i, nearest=nearest, smallest_limit=None if math.isinf(limit) else limit))
    return tuple(found)


def blame(problem: Problem, model: Model, deadline: Deadline) -> str:
    """Name, in words, each rule without which there would be an answer, and what there is too little of."""
    for group in problem.groups:
        for unit, members, least, _ in group.bounds():
            able = int((~problem.forbidden[members]).sum())
            if able < least:
                return f"{group.name} '{unit}' needs {least} sites, but has {able} that may stand"
    asked = _asked(problem, model)
    lone = [
        name for name, without in _RELAXED.items() if _changes(problem, without) and _possible(without(asked), deadline)
    ]
    if lone:
        return f"there would be an answer without the rule of {' or of '.join(lone)}"
    return "the rules can't all be kept together"


def fewest_sites(problem: Problem, model: Model, deadline: Deadline) -> int | None:
    """Return the least number of sites with which the other rules can be kept; None if none, or none proven."""
    asked = replace(_asked(problem, model), sites=None, count_cost=False)
    last = _last(asked, "lscp", deadline)
    return round(last.value) if last is not None and last.proven and math.isfinite(last.value) else None


def partial_answer(problem: Problem, deadline: Deadline) -> Standing:
    """Return the sites that serve most weight under the rules; an infinite value where even that can't be."""
    last = _last(problem, "mclp", deadline)
    return Standing(problem.must_stand, math.inf, math.inf) if last is None else last


def _asked(problem: Problem, model: Model) -> Problem:
    """Return the problem with no more demands than must be served."""
    if model in {"mclp", "mclp_b"} and not problem.backup_share:
        return problem.of_demands(np.zeros(len(problem.weight), dtype=bool))
    return problem


_RELAXED: dict[str, Callable[[Problem], Problem]] = {
    "sites": lambda problem: replace(problem, sites=None),
    "budget": lambda problem: replace(problem, budget=None),
    "capacity": lambda problem: replace(problem, capacity=None),
    "spacing": lambda problem: replace(problem, apart=np.empty((0, 2), np.int64)),
    "sites in each unit": lambda problem: replace(problem, groups=()),
    "backup_share": lambda problem: replace(problem, backup_share=None),
}


def _changes(problem: Problem, without: Callable[[Problem], Problem]) -> bool:
    one, other = problem, without(problem)
    return (
        (one.sites is None) != (other.sites is None)
        or (one.budget is None) != (other.budget is None)
        or (one.capacity is None) != (other.capacity is None)
        or len(one.apart) != len(other.apart)
        or len(one.groups) != len(other.groups)
        or one.backup_share != other.backup_share
    )


def _possible(problem: Problem, deadline: Deadline) -> bool:
    """Return whether some choice is known to keep the rules."""
    last = _last(replace(problem, count_cost=False), "lscp", deadline)
    if last is None or math.isinf(last.value):
        return False
    return problem.sites is None or last.value <= problem.sites


def _last(problem: Problem, model: Model, deadline: Deadline) -> Standing | None:
    last = None
    with suppress(KeyboardInterrupt):  # then what was found until now
        for step in standings(problem, model, deadline=deadline):
            last = step
            if deadline() <= 0:
                break
    return last
