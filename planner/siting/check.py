"""An independent check of every answer: plain sets and sums that share nothing with the models."""

from __future__ import annotations

from planner.errors import CheckError
from planner.siting.problem import Problem
from planner.siting.proposal import Proposal


def check(
    proposal: Proposal,
    problem: Problem,
    *,
    communities: list[int],
    candidates: list[int],
) -> None:
    """Raise CheckError unless the proposal keeps the problem's rules and its figures are its own.

    Parameters
    ----------
    communities, candidates
        What the problem's demands and sites are in the study.
    """
    cover: dict[int, set[int]] = {candidate: set() for candidate in candidates}
    for d, s in zip(problem.demand.tolist(), problem.site.tolist(), strict=True):
        cover[candidates[s]].add(communities[d])
    people = dict(zip(communities, problem.weight.tolist(), strict=True))
    done = {
        community for community, is_covered in zip(communities, problem.covered.tolist(), strict=True) if is_covered
    }
    forced = {candidate for candidate, is_forced in zip(candidates, problem.forced.tolist(), strict=True) if is_forced}
    chosen = [site.candidate for site in proposal.sites]

    _must(len(chosen) == len(set(chosen)), "a site stands twice")
    _must(set(chosen) <= set(candidates), "a site isn't among those that may be built")
    _must(forced <= set(chosen), "a forced site is missing")
    _must(
        problem.sites is None or len(chosen) <= max(problem.sites, len(forced)),
        "there are too many sites",
    )
    _must(
        [site.rank for site in proposal.sites] == list(range(1, len(chosen) + 1)),
        "the ranks aren't 1, 2, 3 …",
    )

    start, gained = set(done), 0
    for site in proposal.sites:
        new = cover[site.candidate] - done
        done |= new
        gain = sum(people[community] for community in new)
        gained += gain
        _must(
            set(site.communities_gained) == new,
            f"the communities gained by site {site.rank} aren't those it covers",
        )
        _must(
            site.people_gained in (None, gain),
            f"the people gained by site {site.rank} don't sum",
        )
        alone = sum(people[community] for community in cover[site.candidate] - start)
        _must(
            site.people_alone in (None, alone),
            f"the people gained by site {site.rank} alone don't sum",
        )
    could = start.union(*cover.values()) if cover else start
    if proposal.model == "lscp":
        _must(proposal.objective == len(chosen), "the objective isn't the number of sites")
        _must(done == could, "a community that could be covered isn't")
        _must(proposal.bound <= proposal.objective, "the bound lies above the objective")
    else:
        _must(proposal.objective == gained, "the objective isn't the sum of the gains")
        _must(proposal.bound >= proposal.objective, "the bound lies below the objective")
    _must(
        {row.community for row in proposal.unreachable} == set(communities) - could,
        "the unreachable communities aren't those that nothing covers",
    )
    _must(
        abs(proposal.gap * max(abs(proposal.objective), 1) - abs(proposal.bound - proposal.objective)) < 1e-9,
        "the gap",
    )


def _must(holds: object, what: str) -> None:
    if not holds:
        raise CheckError(f"a proposal failed its check: {what}")
