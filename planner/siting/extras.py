"""What a task may ask for beside its best answer: next-best answers, a curve, phases, each part by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from planner.network import BoolArray
from planner.siting.highs import Deadline
from planner.siting.phases import Phased, step_by_step, together
from planner.siting.pose import Ground, Posed, Tables, pose
from planner.siting.problem import Group, Problem
from planner.siting.proposal import Alternative, CurvePoint, Needed, PhaseResult, Separately
from planner.siting.solution import Solution, Status
from planner.siting.solve import INTERRUPTED, OUT_OF_TIME, solve
from planner.siting.task import SitingTask
from planner.siting.verify import verify_phases

SHARES = (0.8, 0.9, 0.95, 1.0)
"""Shares of which the table tells how many sites they take."""


def alternatives(task: SitingTask, posed: Posed, best: Solution, *, deadline: Deadline) -> tuple[Alternative, ...]:
    """Return the next-best answers: each leaves out a site of every better one, and takes in one that it hasn't."""
    problem, taken = posed.problem, [best.stands & ~posed.problem.existing]
    rows: list[Alternative] = []
    if best.status not in {"optimal", "feasible"}:
        return ()
    while len(rows) + 1 < task.top_k and deadline() > 0:
        groups = [one for k, stands in enumerate(taken) for one in _unlike(problem, stands, k)]
        found = solve(replace(problem, groups=(*problem.groups, *groups)), task.model, time_limit_s=_seconds(deadline))
        if found.status not in {"optimal", "feasible"}:
            break
        now = found.stands & ~problem.existing
        rows.append(
            Alternative(
                rank=len(rows) + 2,
                status=found.status,
                objective=found.objective,
                bound=found.bound,
                candidates=_places(posed, now),
                added=_places(posed, now & ~taken[0]),
                dropped=_places(posed, taken[0] & ~now),
            )
        )
        taken.append(now)
        if found.reason == INTERRUPTED:
            break
    return tuple(rows)


def _unlike(problem: Problem, stands: BoolArray, number: int) -> list[Group]:
    """Return the rule that a choice differs from another both ways."""
    open_to_choice = ~problem.forced & ~problem.existing & ~problem.forbidden
    inside, outside = open_to_choice & stands, open_to_choice & ~stands
    kind = np.full(len(stands), None, dtype=object)
    kind[inside], kind[outside] = "inside", "outside"
    return [
        Group(
            name=f"answer {number + 1}",
            unit=kind,
            least={"outside": 1},
            most={"inside": max(int(inside.sum()) - 1, 0)},
        )
    ]


def curve(task: SitingTask, posed: Posed, *, today: tuple[float, float], deadline: Deadline) -> tuple[CurvePoint, ...]:
    """Return what 1, 2, 3 … sites come to, up to as many as were asked for or until more change nothing."""
    model = task.model if task.model in {"p_median", "p_center", "mclp_b"} else "mclp"
    problem, (covered, total) = posed.problem, today
    least = int((problem.forced & ~problem.existing).sum())
    points: list[CurvePoint] = []
    for sites in range(max(least, 1), task.curve + 1):
        if deadline() <= 0:
            break
        found = solve(replace(problem, sites=sites, count_cost=False), model, time_limit_s=_seconds(deadline))
        if found.status == "unknown":
            break
        if found.status == "infeasible":
            points.append(CurvePoint(sites=sites, status=found.status, objective=math.nan, bound=math.nan, share=None))
            continue
        gained = _newly_covered(posed, found.stands)
        share = (covered + gained) / total if total else None
        point = CurvePoint(sites=sites, status=found.status, objective=found.objective, bound=found.bound, share=share)
        points.append(point)
        if found.reason == INTERRUPTED:
            break
        if model == "mclp" and found.status == "optimal" and _all_covered(posed, found.stands):
            break
    return tuple(points)


def needed(points: Sequence[CurvePoint], *, today: tuple[float, float]) -> tuple[Needed, ...]:
    """Return how many sites each of some shares takes, as far as the curve goes."""
    covered, total = today
    rows = []
    for share in SHARES:
        enough = [0] if total and covered >= share * total else []
        enough += [one.sites for one in points if one.share is not None and one.share >= share - 1e-12]
        rows.append(Needed(share=share, sites=min(enough, default=None)))
    return tuple(rows)


def _all_covered(posed: Posed, stands: BoolArray) -> bool:
    problem = posed.problem
    could = np.zeros(len(problem.weight), dtype=bool)
    could[problem.demand[posed.near]] = True
    reached = np.zeros(len(could), dtype=bool)
    reached[problem.demand[posed.near & stands[problem.site]]] = True
    return bool((reached == could).all())


def _newly_covered(posed: Posed, stands: BoolArray) -> float:
    problem = posed.problem
    after, before = np.zeros(len(problem.weight), dtype=bool), np.zeros(len(problem.weight), dtype=bool)
    after[problem.demand[posed.near & stands[problem.site]]] = True
    before[problem.demand[posed.near & problem.existing[problem.site]]] = True
    return float(problem.weight[after].sum()) - float(problem.weight[before].sum())


def phased(
    task: SitingTask, posed: Posed, tables: Tables, *, deadline: Deadline
) -> tuple[Solution, tuple[PhaseResult, ...]]:
    """Plan the phases together, and for comparison one after the other."""
    able = np.ones(len(posed.problem.weight), dtype=bool)
    if task.model != "mclp":
        able = np.isin(np.arange(len(able)), posed.problem.demand)
    problem = posed.problem.of_demands(able)
    available = tables.candidates.number("available_year")
    year_of = np.where(
        problem.existing, -np.inf, np.nan_to_num(available[np.where(problem.existing, 0, posed.place)], nan=-np.inf)
    )
    each = [
        replace(
            problem,
            sites=phase.sites,
            budget=phase.budget,
            forced=problem.forced & (year_of <= phase.year),
            forbidden=problem.forbidden | (year_of > phase.year),
        )
        for phase in task.phases
    ]
    joint = together(each, task.model, deadline=deadline)
    alone = step_by_step(each, task.model, deadline=deadline)
    if joint.feasible and alone.feasible and alone.value < joint.value - 1e-9:
        joint = replace(alone, bound=joint.bound, proven=False)
    elif not joint.feasible and alone.feasible:
        joint = replace(alone, proven=False)
    if not joint.feasible:
        return solve(problem if task.sites else each[-1], task.model), ()
    verify_phases(each, joint.stands)
    free = _free(problem, task.model)
    results = tuple(_result(posed, task, joint, alone, k, free, float(problem.weight.sum())) for k in range(len(each)))
    reason = "" if joint.proven else OUT_OF_TIME if deadline() <= 0 else INTERRUPTED
    return replace(_as_solution(task, posed, each[-1], joint, free, len(each)), reason=reason), results


def _free(problem: Problem, model: str) -> float:
    """Return the weight that existing sites cover."""
    if model != "mclp":
        return 0.0
    covered = np.zeros(len(problem.weight), dtype=bool)
    covered[problem.demand[problem.existing[problem.site]]] = True
    return float(problem.weight[covered].sum())


def _result(
    posed: Posed, task: SitingTask, joint: Phased, alone: Phased, k: int, free: float, whole: float
) -> PhaseResult:
    new = joint.stands[k] & ~posed.problem.existing
    before = joint.stands[k - 1] if k else np.zeros(len(new), dtype=bool)
    one_by_one = alone.feasible and k < len(alone.values)
    return PhaseResult(
        year=task.phases[k].year,
        candidates=_places(posed, new),
        added=_places(posed, new & ~before),
        objective=_told(task.model, joint.values[k], free, whole),
        share_after=None,
        step_by_step=_told(task.model, alone.values[k], free, whole) if one_by_one else None,
        step_by_step_candidates=_places(posed, alone.stands[k] & ~posed.problem.existing) if one_by_one else (),
    )


def _told(model: str, value: float, free: float, whole: float) -> float:
    return whole - value - free if model == "mclp" else value


def _as_solution(task: SitingTask, posed: Posed, last: Problem, joint: Phased, free: float, phases: int) -> Solution:
    """Return the last phase's sites as a solution whose objective is the sum of all phases."""
    whole, stands = float(last.weight.sum()), joint.stands[-1]
    total, bound = joint.value, joint.bound
    if task.model == "mclp":
        total, bound = phases * (whole - free) - total, phases * (whole - free) - bound
    used = stands[last.site]
    return Solution(
        model=task.model,
        status="optimal" if joint.proven else "feasible",
        stands=stands,
        site_ids=last.site_ids[stands & last.counted],
        objective=total,
        bound=total if joint.proven else bound,
        demand=last.demand[used],
        site=last.site[used],
        share=np.ones(int(used.sum())),
        twice=0.0,
        demands=len(posed.problem.weight),
    )


def separately(
    task: SitingTask,
    grounds: Mapping[str, Ground],
    tables: Tables,
    best: Solution,
    posed: Posed,
    *,
    year: int | None,
    deadline: Deadline,
) -> Separately | None:
    """Plan each part by itself under the same rules; the costs are summed, and nothing is shared."""
    objective, cost = 0.0, 0.0
    statuses: list[Status] = []
    for part in task.parts:
        one = replace(task, parts=(replace(part, serves=()),), circle=part.circle, sites=part.sites, saving=None)
        alone = pose(one, grounds, tables, year=year)
        found = solve(alone.problem, task.model, time_limit_s=_seconds(deadline))
        statuses.append(found.status)
        objective += found.objective
        cost += _spent(alone.problem, found.stands)
    if any(status not in {"optimal", "feasible"} for status in statuses) or best.status not in {"optimal", "feasible"}:
        return None
    joint = _spent(posed.problem, best.stands)
    saved = sum(amount for a, b, amount in posed.problem.saving if best.stands[a] and best.stands[b])
    return Separately(objective=objective, cost=cost, saved=saved, joint_cost=joint)


def _spent(problem: Problem, stands: BoolArray) -> float:
    if problem.site_cost is None:
        return 0.0
    saved = sum(amount for a, b, amount in problem.saving if stands[a] and stands[b])
    return float(problem.site_cost[stands & problem.counted].sum()) - saved


def _places(posed: Posed, stands: BoolArray) -> tuple[int, ...]:
    return tuple(int(one) for one in posed.place[stands & ~posed.problem.existing])


def _seconds(deadline: Deadline) -> float | None:
    left = deadline()
    return None if math.isinf(left) else max(left, 0.0)
