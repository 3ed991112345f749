"""An independent check of every answer: plain sets and sums that share nothing with the models."""

from __future__ import annotations

from planner.coverage import Tally
from planner.errors import CheckError
from planner.siting.problem import Problem
from planner.siting.proposal import Proposal


def check(
    proposal: Proposal,
    problem: Problem,
    *,
    communities: list[int],
    candidates: list[int],
    today: Tally | None = None,
    people: bool = True,
) -> None:
    """Raise CheckError unless the proposal keeps the problem's rules and its figures are its own.

    Parameters
    ----------
    communities, candidates
        What the problem's demands and sites are in the study.
    today
        Coverage before anything is built, of people or of communities: what the shares are checked against, where it
        is given.
    people
        Whether the weights are people; else each community weighs 1 and no people are told.
    """
    cover: dict[int, set[int]] = {candidate: set() for candidate in candidates}
    for d, s in zip(problem.demand.tolist(), problem.site.tolist(), strict=True):
        cover[candidates[s]].add(communities[d])
    weight = dict(zip(communities, problem.weight.tolist(), strict=True))
    start = {community for community, covered in zip(communities, problem.covered.tolist(), strict=True) if covered}
    could = start.union(*cover.values())
    forced = {candidate for candidate, is_forced in zip(candidates, problem.forced.tolist(), strict=True) if is_forced}

    _check_sites(proposal, problem, candidates, forced)
    done, gained = set(start), 0
    for site in proposal.sites:
        new = cover[site.candidate] - done
        done |= new
        gain, alone = (sum(weight[one] for one in found) for found in (new, cover[site.candidate] - start))
        gained += gain
        _must(set(site.communities_gained) == new, f"the communities gained by site {site.rank} aren't those it covers")
        _must(site.people_gained == (gain if people else None), f"the people gained by site {site.rank} don't sum")
        _must(site.people_alone == (alone if people else None), f"the people of site {site.rank} alone don't sum")
        _must(site.forced == (site.candidate in forced), f"site {site.rank} isn't told truly as forced or chosen")
        if today is not None:
            share = (today.covered + gained) / today.total if today.total else None
            _must(site.share_after == share, f"the share after site {site.rank} isn't that of those covered")
    if proposal.model == "lscp":
        _must(proposal.objective == len(proposal.sites), "the objective isn't the number of sites")
        _must(done == could, "a community that could be covered isn't")
        _must(proposal.bound <= proposal.objective, "the bound lies above the objective")
    else:
        _must(proposal.objective == gained, "the objective isn't the sum of the gains")
        _must(proposal.bound >= proposal.objective, "the bound lies below the objective")
    lost = {row.community for row in proposal.unreachable}
    _must(lost == set(communities) - could, "the unreachable communities aren't those that nothing covers")
    _check_status(proposal)


def _check_sites(proposal: Proposal, problem: Problem, candidates: list[int], forced: set[int]) -> None:
    chosen = [site.candidate for site in proposal.sites]
    _must(len(chosen) == len(set(chosen)), "a site stands twice")
    _must(set(chosen) <= set(candidates), "a site isn't among those that may be built")
    _must(forced <= set(chosen), "a forced site is missing")
    _must(problem.sites is None or len(chosen) <= problem.sites, "there are too many sites")
    _must([site.rank for site in proposal.sites] == list(range(1, len(chosen) + 1)), "the ranks aren't 1, 2, 3 …")


def _check_status(proposal: Proposal) -> None:
    """Check that gap, status and partial say what objective, bound and unreachable do."""
    away = abs(proposal.bound - proposal.objective) / max(abs(proposal.objective), 1)
    _must(abs(proposal.gap - away) < 1e-9, "the gap isn't that of objective and bound")  # one division's rounding
    partial = proposal.model == "lscp" and bool(proposal.unreachable)
    _must(proposal.partial == partial, "the answer isn't told truly as partial or full")
    allowed = {"infeasible"} if partial else {"feasible"} | ({"optimal"} if proposal.gap == 0 else set())
    _must(proposal.status in allowed, "the status isn't what gap and reach allow")


def _must(holds: object, what: str) -> None:
    if not holds:
        raise CheckError(f"a proposal failed its check: {what}")
