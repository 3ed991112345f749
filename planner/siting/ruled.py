"""Set covering under rules: local search among choices that keep them, and the bound of covering without them.

Spacing, units, number and budget are kept at every step of the search; a unit that needs a site is a demand of its own.
What is left open goes to HiGHS, from the best cover found.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.kernels.covering import implied
from planner.kernels.order import compressed_rows
from planner.kernels.ruled import search_ruled
from planner.measure import IntArray
from planner.network import BoolArray
from planner.siting import cover
from planner.siting.highs import Deadline
from planner.siting.problem import Problem
from planner.siting.rules import PENNY, site_charge
from planner.siting.standing import Standing

LOOKS = (5_000, 20_000, 60_000)
"""Steps of the searches, each from the best cover so far."""


def suits(problem: Problem) -> bool:
    """Return whether the rules are such as the search can keep: none that asks for two sites in a unit, no savings."""
    least = [need for group in problem.groups for _, _, need, _ in group.bounds()]
    return not problem.saving and problem.capacity is None and not problem.backup_share and max(least, default=0) <= 1


def prove(problem: Problem, *, deadline: Deadline) -> Iterator[Standing]:
    """Yield standings of set covering under rules; the last is rarely proven."""
    one = _Ruled(problem)
    bound = 0.0
    if one.lost:  # by what stands too near: the whole model says so
        return
    for turn, steps in enumerate(LOOKS):
        one.look(steps, turn)
        yield one.standing(bound)
        if deadline() <= 0:
            return
        if turn == 0:
            for bound in _without_rules(one, deadline):
                yield one.standing(bound)


def _without_rules(one: _Ruled, deadline: Deadline) -> Iterator[float]:
    """Yield bounds of the same cover without rules."""
    if one.demands == 0:
        return
    whole = cover.Cover(
        demand=one.demand, site=one.site, demands=one.demands, charge=one.charge, origin=np.arange(len(one.charge))
    )
    for bound in cover.bounds(whole, deadline=deadline):
        yield one.settled + bound


class _Ruled:
    """A cover under rules; choices are told in the numbers of the sites that are free."""

    def __init__(self, problem: Problem) -> None:
        standing, money = problem.must_stand, site_charge(problem)[: len(problem.site_ids)]
        free = ~standing & ~problem.forbidden
        beside = problem.apart[standing[problem.apart].any(axis=1)]
        free[beside.ravel()] = False
        self.built, self.origin, self.place = standing, np.flatnonzero(free), np.cumsum(free) - 1
        charge = money if problem.count_cost else problem.counted.astype(np.float64)
        self.settled, self.charge, self.price = float(charge[standing].sum()), charge[free], money[free]
        spent = float(money[standing].sum())
        self.purse = np.inf if problem.budget is None else problem.budget * (1.0 + PENNY) - spent
        self._write_demands(problem, free)
        apart = problem.apart[free[problem.apart].all(axis=1)] if len(problem.apart) else problem.apart
        pairs = self.place[np.concatenate([apart, apart[:, ::-1]])]
        self.foes = _rows(pairs[:, 0], pairs[:, 1], len(self.origin))
        self._write_caps(problem, free)
        self.best, self.found = np.zeros(len(self.origin), dtype=bool), False

    def standing(self, bound: float) -> Standing:
        """Return how it stands."""
        built = self.built.copy()
        built[self.origin[self.best]] = True
        value = self.settled + float(self.charge[self.best].sum()) if self.found else np.inf
        return Standing(built, value, min(bound, value))

    def look(self, steps: int, seed: int) -> None:
        """Search from the best choice."""
        if len(self.origin) == 0 or (self.most < 0).any() or self.purse < 0:
            self.found = self.demands == 0 and not (self.most < 0).any() and self.purse >= 0
            return
        rows = (*_rows(self.demand, self.site, self.demands), *_rows(self.site, self.demand, len(self.charge)))
        best, found = search_ruled(
            *rows, self.charge, *self.foes, *self.caps, self.most, self.price, self.purse, self.best, steps, seed
        )
        if found:
            self.best, self.found = best, True

    def _write_demands(self, problem: Problem, free: BoolArray) -> None:
        """Write down who must be covered: demands, and units that need a site, without those that others imply."""
        demand, site, count = problem.demand, problem.site, len(problem.weight)
        for group in problem.groups:
            for _, members, least, _ in group.bounds():
                if least > 0:
                    demand, site = np.append(demand, np.full(len(members), count)), np.append(site, members)
                    count += 1
        done = np.zeros(count, dtype=bool)
        done[demand[self.built[site]]] = True
        keep = free[site] & ~done[demand]
        row, column = (np.cumsum(~done) - 1)[demand[keep]], self.place[site[keep]]
        self.lost = bool((np.bincount(row, minlength=int((~done).sum())) == 0).any())
        by_demand = _rows(row, column, int((~done).sum()))
        by_size = np.argsort(np.diff(by_demand[0]), kind="stable")
        needed = ~implied(*by_demand, *_rows(column, row, len(self.origin)), by_size)
        kept = needed[row]
        self.demand, self.site, self.demands = (np.cumsum(needed) - 1)[row[kept]], column[kept], int(needed.sum())

    def _write_caps(self, problem: Problem, free: BoolArray) -> None:
        """Write down the units, and the whole, in which no more than so many may stand."""
        cap, site, most = [], [], []
        limits = [
            (members, max(limit - int(self.built[members].sum()), 0))
            for group in problem.groups
            for _, members, _, limit in group.bounds()
            if limit is not None
        ]
        if problem.sites is not None and problem.count_cost:
            counted = np.flatnonzero(problem.counted)
            limits.append((counted, problem.sites - int(self.built[counted].sum())))
        for number, (members, room) in enumerate(limits):
            able = self.place[members[free[members]]]
            cap.append(np.full(len(able), number))
            site.append(able)
            most.append(room)
        nothing = np.empty(0, np.int64)
        caps, sites = np.concatenate([*cap, nothing]), np.concatenate([*site, nothing])
        self.caps = (*_rows(sites, caps, len(self.origin)), *_rows(caps, sites, len(most)))
        self.most = np.array(most, np.int64)


def _rows(row: IntArray, member: IntArray, rows: int) -> tuple[IntArray, IntArray]:
    order = np.lexsort((member, row))
    start, _ = compressed_rows(row[order], rows)
    return start, member[order]
