"""The door to every siting model: a problem in, a checked solution out.

The models are written out in `planner.siting.formulation` and `planner.siting.center`; `planner.siting.engines` chooses
how each is solved. Whatever the way, the answer is looked over by `planner.siting.verify` before it is given.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from planner.errors import CheckError, InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting import formulation
from planner.siting.diagnose import blame, fewest_sites, partial_answer, unserved_demands
from planner.siting.engines import SMALL, solved, standings
from planner.siting.highs import Deadline
from planner.siting.problem import Model, Problem
from planner.siting.solution import Solution, Status
from planner.siting.standing import Standing, firm
from planner.siting.twice import most_twice
from planner.siting.verify import verify

MODELS: tuple[Model, ...] = ("lscp", "lscp_b", "mclp", "mclp_b", "p_median", "p_center", "fixed_charge")

SERVE_ALL: tuple[Model, ...] = ("lscp", "lscp_b", "p_median", "p_center", "fixed_charge")
"""Models in which every demand must be served."""

INTERRUPTED, OUT_OF_TIME = "interrupted", "out of time"


def solve(
    problem: Problem,
    model: Model,
    *,
    time_limit_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Solution:
    """Solve a siting problem: to proof, or as far as the time limit or Ctrl-C lets it come.

    Parameters
    ----------
    model
        ``lscp``: fewest sites (cheapest with ``count_cost``) that cover every demand. ``lscp_b``: the same, and of
        those the set that covers most weight twice. ``mclp``: most weight covered. ``mclp_b``: most weight covered and
        covered twice. ``p_median``: least weight times cost. ``p_center``: least greatest cost. ``fixed_charge``: least
        sum of the sites' costs and weight times cost.
    time_limit_s
        Stop after so many seconds with the best answer so far and its bound.
    clock
        Tells the time in seconds.

    Raises
    ------
    InputError
        The model can't heed one of the problem's rules, or lacks what it reckons with.
    CheckError
        The answer doesn't stand up to `planner.siting.verify`: our own fault.

    Examples
    --------
    >>> from planner.siting.problem import from_cover
    >>> best = solve(from_cover([[1, 0], [1, 1], [0, 1]], weights=[5, 1, 2], sites=1), "mclp")
    >>> (best.status, best.site_ids.tolist(), best.objective, best.gap)
    ('optimal', ['0'], 6.0, 0.0)
    """
    _judge(problem, model)
    deadline = _deadline(time_limit_s, clock)
    order = np.argsort(problem.site_ids, kind="stable")
    sorted_already = bool((order[1:] > order[:-1]).all())
    found = _answer(problem if sorted_already else problem.reordered(order), model, deadline)
    if not sorted_already:
        stands = np.zeros(len(order), dtype=bool)
        stands[order] = found.stands
        lost = tuple(replace(one, nearest=-1 if one.nearest < 0 else int(order[one.nearest])) for one in found.unserved)
        found = replace(found, stands=stands, site=order[found.site], unserved=lost)
    verify(problem, found)
    return found


def _judge(problem: Problem, model: Model) -> None:
    """Raise InputError where a model can't heed one of the problem's rules."""
    faults = []

    def fault(code: str, message: str, remedy: str) -> None:
        faults.append(Issue(severity="error", code=code, table="problem", message=message, remedy=remedy))

    if model not in MODELS:
        fault("unknown_model", f"there is no model '{model}'", f"there are {', '.join(MODELS)}")
    if problem.capacity is not None and model in {"lscp_b", "mclp_b"}:
        fault("unused_rule", f"{model} can't reckon with capacities", 'use "lscp" or "mclp", or leave capacity out')
    if problem.backup_share and model not in {"lscp", "mclp"}:
        fault("unused_rule", f"{model} can't heed backup_share", 'use "lscp" or "mclp", or leave it out')
    if problem.cost is None and model in {"p_median", "p_center"}:
        fault("missing_cost", f"{model} needs what it costs to serve each demand", "use from_costs or from_graph")
    if problem.site_cost is None and (model == "fixed_charge" or problem.count_cost):
        fault("missing_column", f"{model} counts the sites' costs, but there are none", "give site_cost")
    if faults:
        raise InputError(faults)


def _deadline(time_limit_s: float | None, clock: Callable[[], float]) -> Deadline:
    begun = clock()
    return lambda: math.inf if time_limit_s is None else time_limit_s - (clock() - begun)


def _answer(problem: Problem, model: Model, deadline: Deadline) -> Solution:
    """Solve a problem whose sites are sorted by id."""
    able = np.zeros(len(problem.weight), dtype=bool)
    able[problem.demand[~problem.forbidden[problem.site]]] = True
    if model in SERVE_ALL:
        if not able.all():
            return _partial(problem, model, able, deadline)
        kept = able
    else:
        kept = able & (problem.weight > 0) if not problem.backup_share else np.ones_like(able)
    part = problem if kept.all() else problem.of_demands(kept)
    step, reason = _last(standings(part, "lscp" if model == "lscp_b" else model, deadline=deadline), deadline)
    if math.isinf(step.value) and math.isinf(step.bound):
        return _infeasible(problem, model, deadline)
    if model in {"lscp", "lscp_b"} and problem.sites is not None and step.value > problem.sites:
        if step.bound > problem.sites and not problem.count_cost:
            return _infeasible(problem, model, deadline, fewest=int(step.value) if step.proven else None)
        if not problem.count_cost:  # a smaller set may exist, but there was no time to find it
            step = Standing(step.built, math.inf, step.bound)
    if model == "lscp_b" and step.proven:
        step, reason = _with_most_backup(part, step, deadline)
    return _told(problem, model, part, kept, step, reason)


def _with_most_backup(part: Problem, step: Standing, deadline: Deadline) -> tuple[Standing, str]:
    """Return, of the sets as good as a proven one, that which covers most twice; and why if that isn't proven."""
    if part.plain and not part.count_cost and len(part.demand) > SMALL:
        fewest = replace(part, sites=int(step.value))
        second, reason = _last(most_twice(fewest, step.built, deadline=deadline), deadline)
    else:
        program = formulation.lscp_b(part, step.value)
        second, reason = _last(solved(part, "lscp_b", program, deadline=deadline, begin=step.built), deadline)
    if math.isinf(second.value):
        return step, reason or OUT_OF_TIME
    return Standing(second.built, step.value, step.value), reason


def _last(steps: Iterator[Standing], deadline: Deadline) -> tuple[Standing, str]:
    """Return the last standing, and why it came to an end unproven."""
    last: Standing | None = None
    try:
        for step in steps:
            last = step
            if deadline() <= 0:
                break
    except BaseException as fault:
        if last is None or not _by_hand(fault):
            raise
    if last is None:
        raise CheckError("a siting model ended without a word")
    if last.proven:
        return last, ""
    return last, OUT_OF_TIME if deadline() <= 0 else INTERRUPTED


def _by_hand(fault: BaseException | None) -> bool:
    """Return whether Ctrl-C is at the bottom of a fault: compiled code may wrap it in another."""
    while fault is not None and not isinstance(fault, KeyboardInterrupt):
        fault = fault.__cause__ or fault.__context__
    return fault is not None


def _told(problem: Problem, model: Model, part: Problem, kept: BoolArray, step: Standing, reason: str) -> Solution:
    """Put a standing into the words of the model."""
    objective, bound = step.value, step.bound
    if model in {"mclp", "mclp_b"} and math.isfinite(objective):
        free = _already(problem, part, model)
        whole = _whole(part.weight) and (model == "mclp" or part.backup_weight == 0.5) and step.share is None
        total = float(part.weight.sum())
        objective, bound = total - objective - free, total - max(bound, 0.0) - free
        if whole and model == "mclp":
            objective, bound = float(round(objective)), math.floor(bound + 1e-6) * 1.0
    elif model not in {"mclp", "mclp_b"}:
        bound = max(bound, float((part.must_stand & part.counted).sum()) if _whole_objective(problem, model) else 0.0)
        if _whole_objective(problem, model):
            bound = firm(bound, objective, whole=True) if math.isfinite(objective) else bound
    if step.proven:
        bound = objective
    status: Status = "feasible" if reason else "optimal"
    if math.isinf(step.value):
        step = Standing(np.zeros(len(step.built), dtype=bool), step.value, step.bound)
        status, objective = "unknown", math.nan
    demand, site, share = _serving(part, step)
    return Solution(
        model=model,
        status=status,
        stands=step.built,
        site_ids=problem.site_ids[step.built & problem.counted],
        objective=objective,
        bound=bound,
        demand=np.flatnonzero(kept)[demand],
        site=site,
        share=share,
        twice=_twice(problem, step.built),
        reason=reason,
        demands=len(problem.weight),
    )


def _whole(figures: FloatArray) -> bool:
    return bool((figures % 1 == 0).all())


def _whole_objective(problem: Problem, model: Model) -> bool:
    """Return whether every value that the objective may take is a whole number."""
    return model in {"lscp", "lscp_b"} and not problem.count_cost


def _serving(problem: Problem, step: Standing) -> tuple[IntArray, IntArray, FloatArray]:
    """Return who serves whom: with capacities as the model says, else each demand turns to its cheapest site."""
    if step.share is not None:
        used = np.flatnonzero(step.share > 0)
        return problem.demand[used], problem.site[used], step.share[used]
    has = np.flatnonzero(step.built[problem.site]) if len(step.built) else np.empty(0, np.int64)
    cost = np.zeros(len(has)) if problem.cost is None else problem.cost[has]
    order = has[np.lexsort((problem.site[has], cost, problem.demand[has]))]
    demand, first = np.unique(problem.demand[order], return_index=True)
    return demand, problem.site[order][first], np.ones(len(demand))


def _already(problem: Problem, part: Problem, model: Model) -> float:
    """Return what existing sites alone come to: the rest is what is newly covered."""
    if problem.closing or not problem.existing.any():
        return 0.0
    if problem.capacity is None:
        times = np.bincount(part.demand[(part.existing & ~part.forbidden)[part.site]], minlength=len(part.weight))
        once, twice = float(part.weight[times > 0].sum()), float(part.weight[times > 1].sum())
        theta = part.backup_weight
        return once if model == "mclp" else (1.0 - theta) * once + theta * twice
    alone = replace(
        part,
        forbidden=part.forbidden | ~part.existing,
        forced=part.forced & part.existing,
        sites=None,
        budget=None,
        groups=(),
        backup_share=None,
    )
    return float(alone.weight.sum()) - min(step.value for step in standings(alone, "mclp", deadline=lambda: math.inf))


def _twice(problem: Problem, stands: BoolArray) -> float:
    times = np.bincount(problem.demand[stands[problem.site]], minlength=len(problem.weight))
    return float(problem.weight[times > 1].sum())


def _partial(problem: Problem, model: Model, able: BoolArray, deadline: Deadline) -> Solution:
    """Answer for the demands that can be served, and name the others."""
    lost = unserved_demands(problem, able)
    rest = _answer(problem.of_demands(able), model, deadline)
    place = np.flatnonzero(able)
    told = "s" if len(lost) > 1 else ""
    return replace(
        rest,
        status="infeasible",
        demand=place[rest.demand],
        unserved=lost,
        partial=True,
        reason="; ".join(
            [f"{len(lost)} demand{told} can't be served by any site", *([rest.reason] if rest.reason else [])]
        ),
        demands=len(problem.weight),
    )


def _infeasible(problem: Problem, model: Model, deadline: Deadline, *, fewest: int | None = None) -> Solution:
    """Say which rules can't be kept together, what would do, and answer in part."""
    reason = blame(problem, model, deadline)
    if fewest is None and problem.sites is not None:
        fewest = fewest_sites(problem, model, deadline)
    step = partial_answer(problem, deadline)
    kept = np.ones(len(problem.weight), dtype=bool)
    demand, site, share = _serving(problem, step)
    some = math.isfinite(step.value)
    return Solution(
        model=model,
        status="infeasible",
        stands=step.built if some else np.zeros(len(problem.site_ids), dtype=bool),
        site_ids=problem.site_ids[step.built & problem.counted] if some else problem.site_ids[:0],
        objective=float(problem.weight.sum()) - step.value if some else 0.0,
        bound=float(problem.weight.sum()),
        demand=np.flatnonzero(kept)[demand] if some else demand[:0],
        site=site if some else site[:0],
        share=share if some else share[:0],
        twice=_twice(problem, step.built) if some else 0.0,
        fewest=fewest,
        reason=reason,
        partial=some,
        by_weight=True,
        demands=len(problem.weight),
    )


__all__ = ["MODELS", "SERVE_ALL", "SMALL", "solve"]
