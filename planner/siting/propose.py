"""From a task to a proposal: pose, solve, rank, name what can't be reached, add what else was asked for, check."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from planner.coverage import people_by_status
from planner.issue import Issue
from planner.measure import UNREACHED, IntArray
from planner.siting.amount import Amount, amass
from planner.siting.check_proposal import check
from planner.siting.extras import alternatives, curve, needed, phased, separately
from planner.siting.lacking import Lacking, fill
from planner.siting.pose import Ground, Posed, Tables, pose
from planner.siting.proposal import ChosenSite, CurvePoint, PhaseResult, Proposal, Unit, Unreachable
from planner.siting.ranking import Ranking, rank
from planner.siting.share import fewest_for
from planner.siting.solution import Solution
from planner.siting.solve import solve
from planner.siting.task import SitingTask, demand_of, sort_out

Clock = Callable[[], float]


def propose(
    task: SitingTask,
    grounds: Mapping[str, Ground],
    tables: Tables,
    *,
    year: int | None = None,
    lacking: Lacking | Amount | None = None,
    clock: Clock = time.monotonic,
) -> Proposal:
    """Answer a siting task: solve, rank, name what can't be reached, and check.

    Parameters
    ----------
    grounds
        By circle: coverage today, and times from communities to existing facilities and candidates.
    year
        The study's year: candidates that come later can't be built.
    lacking
        The areas that must have a facility of their own, or the amount to be built, where the task asks for that.
    clock
        Tells the time in seconds, for the task's time limit.

    Raises
    ------
    InputError
        The task asks for what can't be.
    CheckError
        The answer doesn't stand up to its check: our own fault.

    Examples
    --------
    >>> from planner import study
    >>> from planner.sources import sample_district
    >>> first = study.run(sample_district()).proposals[0]
    >>> sum(site.people_gained for site in first.sites) == first.objective
    True
    """
    share = task.coverage
    last = max((phase.year for phase in task.phases), default=year)
    posed = pose(task, grounds, tables, year=last)
    begun = clock()

    def left() -> float:
        return math.inf if task.time_limit_s is None else task.time_limit_s - (clock() - begun)

    if task.phases:
        found, phases = phased(task, posed, tables, deadline=left)
    else:
        phases = ()
        found = _solved(task, posed, grounds, tables, lacking=lacking, left=left)
    proposal = tell(task, posed, found, grounds, tables, phases=phases)
    proposal = replace(
        proposal,
        target=share,
        phases=_with_shares(phases, task, posed, grounds, tables),
        alternatives=alternatives(task, posed, found, deadline=left) if task.top_k > 1 else (),
        curve=_curve(task, posed, grounds, tables, left),
        separately=separately(task, grounds, tables, found, posed, year=last, deadline=left) if task.parts else None,
    )
    if task.curve:
        proposal = replace(proposal, needed=needed(proposal.curve, today=_tally(task, grounds, tables)))
    check(proposal, posed, task, today=_tally(task, grounds, tables), share=share, all_covered=lacking is None)
    return proposal


def _solved(
    task: SitingTask,
    posed: Posed,
    grounds: Mapping[str, Ground],
    tables: Tables,
    *,
    lacking: Lacking | Amount | None,
    left: Clock,
) -> Solution:
    """Solve a task without phases."""
    if isinstance(lacking, Lacking):
        return fill(posed, lacking, deadline=left)
    if lacking is not None:
        return amass(posed, lacking, deadline=left)
    if task.coverage is not None:
        return fewest_for(posed.problem, _wanted(task, posed, grounds, tables, task.coverage), deadline=left)
    seconds = left()
    return solve(posed.problem, task.model, time_limit_s=None if math.isinf(seconds) else max(seconds, 0.0))


def tell(
    task: SitingTask,
    posed: Posed,
    found: Solution,
    grounds: Mapping[str, Ground],
    tables: Tables,
    *,
    phases: tuple[PhaseResult, ...] = (),
) -> Proposal:
    """Put a solution into the study's words, its sites in order."""
    problem = posed.problem
    order = rank(posed, found, keep_idle=task.model != "mclp", phases=phases)
    covered, total = _tally(task, grounds, tables)
    objective, bound = found.objective, found.bound
    sites = _sites(task, posed, order, covered=covered, total=total)
    closed = np.flatnonzero(problem.existing & ~found.stands) if task.closing else np.empty(0, np.int64)
    has_cost = problem.site_cost is not None
    gap = math.nan if math.isnan(objective) else abs(bound - objective) / max(abs(objective), 1.0)
    return Proposal(
        name=task.name,
        model=task.model,
        circle=task.circle,
        status=found.status,
        partial=found.partial and bool(sites or found.unserved),
        objective=objective,
        objective_unit=_unit(task, posed, found, grounds),
        bound=bound,
        gap=gap,
        sites=sites,
        unreachable=_unreachable(task, posed, grounds, tables),
        cost=_cost(posed, found) if has_cost else None,
        closed=tuple(int(one) for one in posed.place[closed]),
        reason=found.reason,
        fewest_sites=found.fewest,
    )


def notes(
    task: SitingTask, answer: Proposal, grounds: Mapping[str, Ground], tables: Tables, *, year: int | None
) -> list[Issue]:
    """Return what a reader of a proposal should know: candidates left out and why, fewer sites than asked for."""
    candidates, found = tables.candidates, []
    total = len(candidates)
    last = max((phase.year for phase in task.phases), default=year)
    for part in task.each:
        circle = grounds[part.circle].found.circle
        out = sort_out(circle, candidates, year=last, where=part.where)
        left_out = total - len(out.may)
        if left_out:
            why = "forbidden, for another service or not available in time"
            what = f"siting '{task.name}' leaves out {left_out} of {total} candidates, {why}"
            if part.where is not None:
                unfit = ", ".join(f"'{candidates.ids[i]}'" for i in out.why["where"])
                what = f"siting '{task.name}' leaves out {left_out} of {total} candidates for {part.circle}"
                rule = f"{part.where.column} {part.where.op} {part.where.value}"
                what += f": not {rule}: {unfit}" if unfit else f", {why}"
            found.append(("candidates_left_out", what))
    asked, told = task.sites or 0, len(answer.sites)
    maximal = task.model in {"mclp", "mclp_b"} and answer.status in {"optimal", "feasible"} and not task.closing
    if maximal and told < asked:
        ruled = task.budget is not None or task.spacing_m is not None or task.at_most is not None
        why = "its rules let in no other that adds anyone" if ruled else "no other candidate adds anyone"
        found.append(("fewer_sites", f"siting '{task.name}' builds {told} of {asked} sites: {why}"))
    if answer.status in {"feasible", "unknown"} and answer.reason:
        best = f"within {answer.gap:.2%} of the bound" if answer.status == "feasible" else "and nothing was found"
        found.append(("not_proven", f"siting '{task.name}' was stopped ({answer.reason}), {best}"))
    if answer.status == "infeasible" and answer.reason:
        found.append(("infeasible", f"siting '{task.name}' has no full solution: {answer.reason}"))
    return [
        Issue(severity="note", code=code, table=candidates.table, id=task.name, message=message)
        for code, message in found
    ]


def _tally(task: SitingTask, grounds: Mapping[str, Ground], tables: Tables) -> tuple[float, float]:
    """Return who is covered today, and all: people of every part, or communities."""
    covered = total = 0.0
    for part in task.each:
        found, counts = grounds[part.circle].found, grounds[part.circle].counts
        _, figures = demand_of(part, found.circle, tables.communities)
        each = np.ones(len(found.status)) if figures is None else figures
        mine = slice(None) if counts is None else counts
        one = people_by_status(each[mine], found.status[mine])
        covered, total = covered + one.covered, total + one.total
    return covered, total


def _sites(task: SitingTask, posed: Posed, order: Ranking, *, covered: float, total: float) -> tuple[ChosenSite, ...]:
    sites = []
    now = covered - order.lost
    for number, one in enumerate(order.sites, start=1):
        now += one.gained
        sites.append(
            ChosenSite(
                rank=number,
                candidate=int(posed.place[one.site]),
                forced=bool(posed.problem.forced[one.site]),
                people_gained=_whole(one.gained) if posed.people else None,
                people_alone=_whole(one.alone) if posed.people else None,
                communities_gained=tuple(dict.fromkeys(int(posed.community[d]) for d in one.demands)),
                share_after=now / total if total else None,
                circle=task.each[int(posed.site_part[one.site])].circle,
                year=one.year,
            )
        )
    return tuple(sites)


def _whole(figure: float) -> float:
    return int(figure) if figure == int(figure) else figure


def _unit(task: SitingTask, posed: Posed, found: Solution, grounds: Mapping[str, Ground]) -> Unit:
    if found.by_weight:
        return "people" if posed.people else "communities"
    if task.model in {"lscp", "lscp_b"}:
        return "cost" if task.cheapest else "sites"
    if task.model == "fixed_charge":
        return "cost"
    if task.model in {"mclp", "mclp_b"}:
        return "people" if posed.people else "communities"
    circle = grounds[task.each[0].circle].found.circle
    if task.model == "p_center":
        return "minutes" if circle.limit_unit == "minutes" else "metres"
    return "people_minutes" if circle.limit_unit == "minutes" else "people_metres"


def _cost(posed: Posed, found: Solution) -> float:
    problem = posed.problem
    if problem.site_cost is None:
        return 0.0
    stands = found.stands & problem.counted
    saved = sum(amount for a, b, amount in problem.saving if found.stands[a] and found.stands[b])
    return float(problem.site_cost[stands].sum()) - saved


def _unreachable(
    task: SitingTask, posed: Posed, grounds: Mapping[str, Ground], tables: Tables
) -> tuple[Unreachable, ...]:
    """Return the communities that nothing which may stand reaches within the limit, and what would."""
    problem, rows = posed.problem, []
    reached = np.zeros(len(problem.weight), dtype=bool)
    reached[problem.demand[posed.near & ~problem.forbidden[problem.site]]] = True
    for k, part in enumerate(task.each):
        ground = grounds[part.circle]
        who = posed.community[(posed.demand_part == k) & ~reached]
        if len(who) == 0:
            continue
        least, nearest = _nearest(posed, ground, k, len(tables.communities))
        unit = ground.found.circle.in_unit(least, ground.found.speed_m_s)
        for i in who.tolist():
            known = least[i] < UNREACHED
            rows.append(
                Unreachable(
                    community=i,
                    smallest_limit=float(unit[i]) if known else None,
                    nearest=int(nearest[i]) if nearest[i] >= 0 else None,
                )
            )
    return tuple(rows)


def _nearest(posed: Posed, ground: Ground, part: int, communities: int) -> tuple[IntArray, IntArray]:
    """Return for each community its least cost to anything that may stand, and the candidate, -1 for a facility."""
    times, of_part = ground.times, posed.site_part == part
    may = posed.place[of_part & ~posed.problem.existing]
    usable = (times.role == "existing") | np.isin(times.place, may)
    least, nearest = np.full(communities, UNREACHED, np.int64), np.full(communities, -1, np.int64)
    rows = np.flatnonzero(usable)
    order = rows[np.lexsort((times.place[rows], times.cost[rows], times.community[rows]))]
    who, first = np.unique(times.community[order], return_index=True)
    least[who] = times.cost[order][first]
    nearest[who] = np.where(times.role[order][first] == "candidate", times.place[order][first], -1)
    return least, nearest


def _wanted(task: SitingTask, posed: Posed, grounds: Mapping[str, Ground], tables: Tables, share: float) -> float:
    """Return how much weight new sites must cover: a share of all, less what is covered today."""
    covered, total = _tally(task, grounds, tables)
    needed_weight = share * total
    whole = bool((posed.problem.weight % 1 == 0).all())
    return max((math.ceil(needed_weight - 1e-9 * total) if whole else needed_weight) - covered, 0.0)


def _with_shares(
    phases: tuple[PhaseResult, ...],
    task: SitingTask,
    posed: Posed,
    grounds: Mapping[str, Ground],
    tables: Tables,
) -> tuple[PhaseResult, ...]:
    covered, total = _tally(task, grounds, tables)
    told = []
    for one in phases:
        sites = np.isin(posed.place, one.candidates) & ~posed.problem.existing
        stands = sites | posed.problem.existing
        reached = np.zeros(len(posed.problem.weight), dtype=bool)
        reached[posed.problem.demand[posed.near & stands[posed.problem.site]]] = True
        already = np.zeros(len(reached), dtype=bool)
        already[posed.problem.demand[posed.near & posed.problem.existing[posed.problem.site]]] = True
        gained = float(posed.problem.weight[reached & ~already].sum())
        told.append(replace(one, share_after=(covered + gained) / total if total else None))
    return tuple(told)


def _curve(
    task: SitingTask, posed: Posed, grounds: Mapping[str, Ground], tables: Tables, left: Clock
) -> tuple[CurvePoint, ...]:
    if not task.curve:
        return ()
    return curve(task, posed, today=_tally(task, grounds, tables), deadline=left)
