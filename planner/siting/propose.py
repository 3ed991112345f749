"""From a problem to a proposal: solve, rank, name what can't be reached, check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.circle import Circle
from planner.coverage import Coverage
from planner.issue import Issue
from planner.measure import UNREACHED, FloatArray
from planner.places import Places
from planner.siting import exact
from planner.siting.check import check
from planner.siting.problem import Posed, Problem, SitingTask, Solution, eligible, pose
from planner.siting.proposal import ChosenSite, Proposal, Status, Unreachable
from planner.travel_times import TravelTimes

MODELS = {"lscp": exact.lscp, "mclp": exact.mclp}


def propose(
    task: SitingTask,
    found: Coverage,
    times: TravelTimes,
    communities: Places,
    candidates: Places,
    *,
    year: int | None = None,
) -> Proposal:
    """Answer a siting task: solve, rank, name what can't be reached, and check.

    Parameters
    ----------
    found, times
        The circle's coverage today, and its times from communities to existing facilities and candidates.
    year
        The study's year: candidates that come later can't be built.

    Raises
    ------
    InputError
        The task asks for what can't be (see `planner.siting.problem.pose`).
    CheckError
        The answer doesn't stand up to `planner.siting.check`.

    Examples
    --------
    >>> from planner import study
    >>> from planner.sources import sample_district
    >>> first = study.run(sample_district()).proposals[0]
    >>> sum(site.people_gained for site in first.sites) == first.objective
    True
    """
    posed = pose(task, found, times, communities, candidates, year=year)
    proposal = tell(posed, task, found, smallest=_smallest_limits(posed, found, times, len(communities)))
    check(
        proposal,
        posed.problem,
        communities=posed.communities.tolist(),
        candidates=posed.candidates.tolist(),
        today=found.people or found.communities,
        people=found.people is not None,
    )
    return proposal


def notes(task: SitingTask, answer: Proposal, circle: Circle, candidates: Places, *, year: int | None) -> list[Issue]:
    """Return what a reader of a proposal should know: candidates left out, fewer sites than asked for."""
    total = len(candidates)
    left_out = total - len(eligible(circle, candidates, year=year))
    found = []
    if left_out:
        why = "forbidden, for another service or not available in time"
        found.append(
            ("candidates_left_out", f"siting '{task.name}' leaves out {left_out} of {total} candidates, {why}")
        )
    if task.sites is not None and len(answer.sites) < task.sites:
        built = f"siting '{task.name}' builds {len(answer.sites)} of {task.sites} sites: no other candidate adds anyone"
        found.append(("fewer_sites", built))
    return [
        Issue(severity="note", code=code, table=candidates.table, id=task.name, message=message)
        for code, message in found
    ]


def _smallest_limits(posed: Posed, found: Coverage, times: TravelTimes, communities: int) -> FloatArray:
    """Return for each demand the limit, in the circle's unit, at which something would reach it; NaN for never."""
    usable = (times.role == "existing") | np.isin(times.place, posed.candidates)
    least = np.full(communities, UNREACHED, np.int64)
    np.minimum.at(least, times.community[usable], times.cost[usable])
    cost = least[posed.communities]
    return np.where(cost < UNREACHED, found.circle.in_unit(cost, found.speed_m_s), np.nan)


def tell(posed: Posed, task: SitingTask, found: Coverage, *, smallest: FloatArray) -> Proposal:
    """Solve, and tell the answer in order."""
    problem, communities, candidates = (posed.problem, posed.communities, posed.candidates)
    model, has_people = task.model, found.people is not None
    tally = found.people or found.communities
    total = tally.total
    solution = MODELS[model](problem, time_limit_s=task.time_limit_s)
    order, gains = _ranked(problem, solution, keep_idle=model == "lscp")
    alone = _cover(problem)
    share = tally.covered
    chosen = []
    for rank, (site, gained) in enumerate(zip(order, gains, strict=True), start=1):
        people = int(problem.weight[gained].sum())
        share += people
        by_itself = [d for d in alone[site] if not problem.covered[d]]
        chosen.append(
            ChosenSite(
                rank=rank,
                candidate=int(candidates[site]),
                forced=bool(problem.forced[site]),
                people_gained=people if has_people else None,
                people_alone=int(problem.weight[by_itself].sum()) if has_people else None,
                communities_gained=tuple(int(communities[d]) for d in gained),
                share_after=share / total if total else None,
            )
        )
    reachable = problem.covered.copy()
    reachable[problem.demand] = True
    unreachable = tuple(
        Unreachable(community=int(communities[d]), smallest_limit=None if np.isnan(smallest[d]) else float(smallest[d]))
        for d in np.flatnonzero(~reachable)
    )
    partial = model == "lscp" and bool(unreachable)
    status: Status = "infeasible" if partial else ("optimal" if solution.proven else "feasible")
    return Proposal(
        name=task.name,
        model=model,
        circle=task.circle,
        status=status,
        partial=partial,
        objective=solution.objective,
        objective_unit="sites" if model == "lscp" else ("people" if has_people else "communities"),
        bound=solution.bound,
        gap=solution.gap,
        sites=tuple(chosen),
        unreachable=unreachable,
    )


def _cover(problem: Problem) -> list[list[int]]:
    """Return for each site the demands that it covers, in order."""
    cover: list[list[int]] = [[] for _ in problem.site_ids]
    for d, s in sorted(zip(problem.demand.tolist(), problem.site.tolist(), strict=True)):
        cover[s].append(d)
    return cover


def _ranked(problem: Problem, solution: Solution, *, keep_idle: bool) -> tuple[Sequence[int], list[list[int]]]:
    """Return the built sites in order of rank, and the demands that each newly covers.

    A site that is neither forced nor adds anyone is left out of a maximal covering answer: it isn't worth building.
    """
    cover = _cover(problem)
    covered = problem.covered.copy()
    left = set(np.flatnonzero(solution.built).tolist())
    order, gains = [], []
    while left:
        gained = {s: [d for d in cover[s] if not covered[d]] for s in left}
        best = min(
            left, key=lambda s: (not problem.forced[s], -int(problem.weight[gained[s]].sum()), str(problem.site_ids[s]))
        )
        left.remove(best)
        if gained[best] or problem.forced[best] or keep_idle:
            order.append(best)
            gains.append(gained[best])
            covered[gained[best]] = True
    return order, gains
