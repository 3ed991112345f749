r"""Covering in which a second site counts too: what backup coverage and a share covered twice come to.

Demand :math:`i` pays :math:`n_i`, :math:`o_i` or :math:`t_i` as none, one, or two and more of its sites stand. The
least total with at most so many sites is maximal covering with backup where these are :math:`w_i`, :math:`\theta w_i`
and 0 (BACOP 2: Hogan and ReVelle 1986), and the second stage of LSCP-B where the first is more than all else together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.kernels.backup import search_backup, tighten_backup, times_covered
from planner.kernels.covering import row_keys, same_rows
from planner.kernels.location import BARRED, BUILT, FREE, StateArray
from planner.kernels.order import compressed_rows
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Least total of what demands pay for want of one site or two, with at most so many sites.

    Parameters
    ----------
    start, site, first, demand
        Pairs by demand and by site, in compressed rows.
    none, once, twice
        What each demand pays with no site, one, two or more; falling.
    state, most, base, whole, origin, row
        As in `planner.siting.location.Location`.
    """

    start: IntArray
    site: IntArray
    first: IntArray
    demand: IntArray
    none: FloatArray
    once: FloatArray
    twice: FloatArray
    state: StateArray
    most: int
    base: float
    whole: bool
    origin: IntArray
    row: IntArray

    @property
    def rows(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Return the pairs both ways, as kernels take them."""
        return self.start, self.site, self.first, self.demand

    @property
    def levels(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what demands pay, as kernels take it."""
        return self.none, self.once, self.twice

    def value(self, built: BoolArray) -> float:
        """Return what a choice of sites comes to."""
        times = np.minimum(times_covered(self.first, self.demand, built, len(self.none)), 2)
        return self.base + float(np.choose(times, self.levels).sum())

    @property
    def alone(self) -> float:
        """Return a bound that needs no offers: as if every demand had all its sites."""
        sizes = np.minimum(np.diff(self.start), 2)
        return self.base + float(np.choose(sizes, self.levels).sum())

    @property
    def first_offers(self) -> FloatArray:
        """Offer half of what two sites save."""
        return 0.5 * (np.minimum(self.none, 2.0 * self.once) - self.twice)

    def begun(self) -> BoolArray:
        """Return a greedy choice."""
        return self.bettered(self.state == BUILT, rounds=0, kick=0)

    def bettered(self, built: BoolArray, *, rounds: int, kick: int) -> BoolArray:
        """Return a choice filled up and bettered by swaps, shaken so many rounds."""
        return search_backup(*self.rows, *self.levels, self.state, self.most, built, rounds, kick, 0)

    def room(self) -> None:
        """Return the room that `tightened` works in: none."""

    def tightened(
        self,
        state: StateArray,
        offer: FloatArray,
        *,
        target: float,
        enough: float,
        steps: int,
        pace: float,
        patience: int,
        room: object,  # noqa: ARG002  # as of a location problem, which needs some
    ) -> tuple[float, int, BoolArray]:
        """Raise the bound of a branch, ``base`` aside; see `planner.kernels.backup.tighten_backup`."""
        return tighten_backup(
            self.first,
            self.demand,
            *self.levels,
            self.most,
            state,
            offer,
            target,
            enough,
            steps,
            pace,
            patience,
        )

    def restricted(self, state: StateArray) -> Backup:
        """Return the problem with more sites settled, and without what that settles."""
        return settle(replace(self, state=state), merge=False)


def backup(problem: Problem, *, none: FloatArray, once: FloatArray, base: float = 0.0) -> Backup:
    """Return a problem whose only rule is the number of sites, with what its demands pay; nothing where covered twice.

    Parameters
    ----------
    none, once
        Length n: what a demand pays with no site, and with one.
    """
    state = np.full(len(problem.site_ids), FREE, np.int8)
    state[problem.forbidden] = BARRED
    state[problem.must_stand] = BUILT
    idle = int((problem.must_stand & ~problem.counted).sum())
    figures = (none, once, np.array([base]))
    return _arranged(
        problem.demand,
        problem.site,
        levels=(none, once, np.zeros(len(none))),
        state=state,
        most=len(state) if problem.sites is None else min(problem.sites + idle, len(state)),
        base=base,
        whole=all(bool((figure % 1 == 0).all()) for figure in figures),
        origin=np.arange(len(state)),
        row=np.arange(len(none)),
    )


def settle(one: Backup, *, merge: bool = True) -> Backup:
    """Take the sites that stand anyway, leave out those that can't, and merge demands that the same sites serve.

    What merged demands pay is the sum, site by site more, whether or not one of theirs stands already.
    """
    demands, stands, free = len(one.none), one.state == BUILT, one.state == FREE
    times = times_covered(one.first, one.demand, stands, demands)
    levels = tuple(np.choose(np.minimum(times + more, 2), one.levels) for more in (0, 1, 2))
    demand = np.repeat(np.arange(demands), np.diff(one.start))
    useful = free[one.site] & (levels[0] > levels[2])[demand]
    kept = np.zeros(demands, dtype=bool)
    kept[demand[useful]] = True
    row, column = np.cumsum(kept) - 1, np.cumsum(free) - 1
    start, order = compressed_rows(row[demand[useful]], int(kept.sum()))
    site = column[one.site[useful]][order]
    key = row_keys(start, site)
    group = same_rows(start, site, key, np.argsort(key, kind="stable")) if merge else np.arange(len(key))
    leads = group == np.arange(len(group))
    sums = tuple(np.bincount(group, weights=level[kept], minlength=len(group))[leads] for level in levels)
    of_pair = np.repeat(np.arange(len(group)), np.diff(start))
    keep = leads[of_pair]
    return _arranged(
        (np.cumsum(leads) - 1)[of_pair[keep]],
        site[keep],
        levels=sums,
        state=one.state[free],
        most=max(one.most - int(stands.sum()), 0),
        base=one.base + float(levels[0][~kept].sum()),
        whole=one.whole,
        origin=one.origin[free],
        row=np.flatnonzero(kept)[leads],
    )


def _arranged(
    demand: IntArray,
    site: IntArray,
    *,
    levels: tuple[FloatArray, ...],
    state: StateArray,
    most: int,
    base: float,
    whole: bool,
    origin: IntArray,
    row: IntArray,
) -> Backup:
    start, by_demand = compressed_rows(demand, len(row))
    first, by_site = compressed_rows(site, len(state))
    none, once, twice = levels
    return Backup(
        start=start,
        site=site[by_demand],
        first=first,
        demand=demand[by_site],
        none=none,
        once=once,
        twice=twice,
        state=state,
        most=most,
        base=base,
        whole=whole,
        origin=origin,
        row=row,
    )
