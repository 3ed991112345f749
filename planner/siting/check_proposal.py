"""An independent check of every proposal: plain sets and sums that share nothing with the models or the ranking."""

from __future__ import annotations

import math
from itertools import pairwise

from planner.errors import CheckError
from planner.siting.pose import Posed
from planner.siting.proposal import Proposal
from planner.siting.task import SitingTask

CLOSE = 1e-6
"""Share by which figures that aren't whole may differ."""


def check(
    proposal: Proposal,
    posed: Posed,
    task: SitingTask,
    *,
    today: tuple[float, float],
    share: float | None = None,
    all_covered: bool = True,
) -> None:
    """Raise CheckError unless the proposal keeps the task's rules and its figures are its own.

    Parameters
    ----------
    today
        Who is covered before anything is built, and all.
    share
        The share that was asked for.
    all_covered
        Whether set covering must cover everyone, as it must but where it gives areas a facility of their own.
    """
    problem = posed.problem
    cover: dict[int, set[int]] = {j: set() for j in range(len(posed.place))}
    for d, s, near in zip(problem.demand.tolist(), problem.site.tolist(), posed.near.tolist(), strict=True):
        if near:
            cover[s].add(d)
    number = {
        (int(posed.place[j]), task.each[int(posed.site_part[j])].circle): j
        for j in range(len(posed.place))
        if not problem.existing[j]
    }
    _check_sites(proposal, number, posed)
    closed = {j for j in range(len(posed.place)) if problem.existing[j] and int(posed.place[j]) in proposal.closed}
    _must(task.closing or not proposal.closed, "a facility is closed that must stay")
    start = set().union(*(cover[j] for j in range(len(posed.place)) if problem.existing[j] and j not in closed))
    if problem.capacity is None:
        _check_gains(proposal, posed, cover, number, start, today, closed)
    could = set().union(*cover.values())
    lost = {int(posed.community[d]) for d in range(len(problem.weight)) if d not in could}
    _must({row.community for row in proposal.unreachable} == lost, "the unreachable communities aren't those")
    _check_status(proposal)
    done = start.union(*(cover[number[site.candidate, site.circle]] for site in proposal.sites))
    if (
        task.model in {"lscp", "lscp_b"}
        and all_covered
        and share is None
        and not proposal.reason.startswith("there would")
    ):
        whole = proposal.status in {"optimal", "feasible"}
        _must(not whole or len(done) == len(problem.weight), "a community isn't covered")
    if proposal.status in {"optimal", "feasible"} and share is not None:
        before = set().union(*(cover[j] for j in range(len(posed.place)) if problem.existing[j]))
        gained = math.fsum(problem.weight[d] for d in done - before)
        _must(today[0] + gained >= share * today[1] * (1 - CLOSE), "the share asked for isn't reached")
    if proposal.status == "infeasible" and proposal.model == "lscp" and share is None and proposal.unreachable:
        _must(proposal.fewest_sites is not None or not proposal.partial or done == could or not proposal.sites,
              "a community that could be covered isn't")  # fmt: skip
    _check_extras(proposal, task)


def _check_sites(proposal: Proposal, number: dict[tuple[int, str], int], posed: Posed) -> None:
    chosen = [(site.candidate, site.circle) for site in proposal.sites]
    _must(len(chosen) == len(set(chosen)), "a site stands twice")
    _must(set(chosen) <= set(number), "a site isn't among those that may be built")
    forced = {key for key, j in number.items() if posed.problem.forced[j]}
    whole = proposal.status in {"optimal", "feasible"}
    _must(not whole or forced <= set(chosen), "a forced site is missing")
    for site in proposal.sites:
        told = site.forced == bool(posed.problem.forced[number[site.candidate, site.circle]])
        _must(told, f"site {site.rank} isn't told truly as forced or chosen")
    most = posed.problem.sites
    limited = whole and most is not None and not posed.problem.closing
    _must(not limited or len(chosen) <= (most or 0), "there are too many sites")
    _must([site.rank for site in proposal.sites] == list(range(1, len(chosen) + 1)), "the ranks aren't 1, 2, 3 …")


def _check_gains(
    proposal: Proposal,
    posed: Posed,
    cover: dict[int, set[int]],
    number: dict[tuple[int, str], int],
    start: set[int],
    today: tuple[float, float],
    closed: set[int],
) -> None:
    """Check what each site is said to add, and that it adds up."""
    weight, done, gained = posed.problem.weight, set(start), 0.0
    before = start.union(*(cover[j] for j in closed))
    covered = today[0] - math.fsum(weight[d] for d in before - start)
    for site in proposal.sites:
        mine = cover[number[site.candidate, site.circle]]
        new = mine - done
        done |= new
        gain, alone = (math.fsum(weight[d] for d in found) for found in (new, mine - start))
        gained += gain
        named = {int(posed.community[d]) for d in new}
        _must(
            set(site.communities_gained) == named, f"the communities gained by site {site.rank} aren't those it covers"
        )
        people = (gain, alone) if posed.people else (None, None)
        _must(site.people_gained == people[0], f"the people gained by site {site.rank} don't sum")
        _must(site.people_alone == people[1], f"the people of site {site.rank} alone don't sum")
        share = (covered + gained) / today[1] if today[1] else None
        same = site.share_after == share or (
            share is not None and math.isclose(site.share_after or 0.0, share, rel_tol=1e-12)
        )
        _must(same, f"the share after site {site.rank} isn't that of those covered")
    if proposal.model == "mclp" and proposal.status in {"optimal", "feasible"} and not proposal.phases and not closed:
        total = gained + (math.fsum(weight[d] for d in start) if posed.problem.closing else 0.0)
        _must(math.isclose(proposal.objective, total, rel_tol=CLOSE), "the objective isn't the sum of the gains")


def _check_status(proposal: Proposal) -> None:
    """Check that gap and status say what objective and bound do."""
    if proposal.status == "unknown":
        _must(not proposal.sites, "sites are told, but nothing was found")
        return
    away = abs(proposal.bound - proposal.objective) / max(abs(proposal.objective), 1)
    _must(abs(proposal.gap - away) < 1e-9, "the gap isn't that of objective and bound")  # one division's rounding
    worst = proposal.objective_unit in {"people", "communities"}
    below = proposal.bound < proposal.objective if worst else proposal.bound > proposal.objective
    _must(not below, "the bound lies on the wrong side of the objective")
    _must(proposal.status != "optimal" or proposal.gap == 0, "it is told as proven, but has a gap")
    _must(proposal.status != "infeasible" or proposal.reason, "it is told as infeasible without a reason")
    counts_sites = proposal.objective_unit == "sites"
    _must(not counts_sites or proposal.objective == len(proposal.sites), "the objective isn't the number of sites")
    _must(not proposal.partial or proposal.status == "infeasible", "the answer isn't told truly as partial or full")


def _check_extras(proposal: Proposal, task: SitingTask) -> None:
    """Check that phases grow, that the curve never falls and that alternatives are no better than the best."""
    built: set[int] = set()
    for phase, asked in zip(proposal.phases, task.phases, strict=False):
        now = set(phase.candidates)
        _must(
            built <= now and set(phase.added) == now - built, f"the phase of {phase.year} doesn't add to the last one"
        )
        _must(asked.sites is None or len(now) <= asked.sites, f"the phase of {phase.year} has too many sites")
        built = now
    points = [one for one in proposal.curve if one.status == "optimal"]
    more = task.model not in {"p_median", "p_center"}
    for fewer, other in pairwise(points):
        rises = fewer.objective <= other.objective + CLOSE if more else fewer.objective >= other.objective - CLOSE
        _must(rises, f"the curve falls at {other.sites} sites")
    best = {site.candidate for site in proposal.sites}
    for one in proposal.alternatives:
        _must(set(one.candidates) != best, "an alternative is the best answer itself")
        better = (
            one.objective > proposal.objective
            if task.model in {"mclp", "mclp_b"}
            else one.objective < proposal.objective
        )
        near = math.isclose(one.objective, proposal.objective, rel_tol=CLOSE)
        _must(proposal.status != "optimal" or near or not better, "an alternative is better than the best answer")


def _must(holds: object, what: str) -> None:
    if not holds:
        raise CheckError(f"a proposal failed its check: {what}")
