"""In which order to build: forced sites first, then the largest gain on top of those before, ties by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.network import BoolArray
from planner.siting.pose import Posed
from planner.siting.proposal import PhaseResult
from planner.siting.solution import Solution
from planner.siting.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedSite:
    """A site with what it gains on top of those before it, what it would gain alone, and its phase's year."""

    site: int
    gained: float
    alone: float
    demands: tuple[int, ...]
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """New sites in order, and the weight lost by closing existing ones."""

    sites: tuple[RankedSite, ...]
    lost: float


def rank(posed: Posed, found: Solution, *, keep_idle: bool, phases: Sequence[PhaseResult] = ()) -> Ranking:
    """Rank the new sites of a solution.

    Parameters
    ----------
    keep_idle
        Whether sites that are neither forced nor add anyone stay: in a maximal covering answer they aren't worth
        building.
    """
    problem = posed.problem
    cover: dict[int, list[int]] = {}
    for d, s, near in zip(problem.demand.tolist(), problem.site.tolist(), posed.near.tolist(), strict=True):
        if near:
            cover.setdefault(s, []).append(d)
    today = {d for j in np.flatnonzero(problem.existing).tolist() for d in cover.get(j, ())}
    kept = {d for j in np.flatnonzero(problem.existing & found.stands).tolist() for d in cover.get(j, ())}
    left = np.flatnonzero(found.stands & ~problem.existing).tolist()
    year = _years(posed, phases)
    done, sites = set(kept), []
    while left:
        gains = {s: [d for d in cover.get(s, ()) if d not in done] for s in left}
        best = min(
            left,
            key=lambda s: (year.get(s, 0), not problem.forced[s], -_weight(posed, gains[s]), str(problem.site_ids[s])),
        )
        left.remove(best)
        if not (
            gains[best] or problem.forced[best] or keep_idle or problem.backup_share or problem.capacity is not None
        ):
            continue
        done |= set(gains[best])
        alone = _weight(posed, [d for d in cover.get(best, ()) if d not in kept])
        one = RankedSite(
            site=best, gained=_weight(posed, gains[best]), alone=alone, demands=tuple(gains[best]), year=year.get(best)
        )
        sites.append(one)
    if problem.capacity is not None:
        return _by_room(posed, sites)
    return Ranking(sites=tuple(sites), lost=_weight(posed, sorted(today - kept)))


def _weight(posed: Posed, demands: Sequence[int]) -> float:
    return float(posed.problem.weight[list(demands)].sum())


def _years(posed: Posed, phases: Sequence[PhaseResult]) -> dict[int, int]:
    """Return for each new site the year by which it is built."""
    found = {}
    for phase in phases:
        for j in np.flatnonzero(~posed.problem.existing & np.isin(posed.place, phase.added)).tolist():
            found[j] = phase.year
    return found


def _by_room(posed: Posed, sites: Sequence[RankedSite]) -> Ranking:
    """Return the sites with what they add where capacities count: whom all could serve with it, less whom without."""
    stands = posed.problem.existing.copy()
    before, told = _served(posed, stands), []
    for one in sites:
        stands[one.site] = True
        now = _served(posed, stands)
        only = posed.problem.existing.copy()
        only[one.site] = True
        told.append(
            replace(one, gained=now - before, alone=_served(posed, only) - _served(posed, posed.problem.existing))
        )
        before = now
    return Ranking(sites=tuple(told), lost=0.0)


def _served(posed: Posed, stands: BoolArray) -> float:
    """Return the weight that some sites could serve within their capacities."""
    problem = replace(
        posed.problem,
        existing=np.zeros(len(stands), dtype=bool),
        forced=stands,
        forbidden=~stands,
        sites=None,
        budget=None,
        groups=(),
        apart=np.empty((0, 2), np.int64),
        backup_share=None,
        demand=posed.problem.demand[posed.near],
        site=posed.problem.site[posed.near],
        cost=None,
    )
    return solve(problem, "mclp").objective
