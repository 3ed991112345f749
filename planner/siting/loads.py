r"""Sites with capacities: Lagrangian bounds, and HiGHS on the sites and pairs that they make likely, then on the rest.

Without its row :math:`\sum_j z_{ij} = 1` a demand no longer ties the sites together: each fills itself, a knapsack,
with the demands that offer most for its room (Cornuejols, Sridharan and Thizy 1991). What that bound adds for using
a site or a pair says two things: which can be in no better answer, and which are likely to be in the best one. HiGHS
solves the model on the likely ones first, then on more (kernel search: Guastaroba and Speranza 2012), at last on all
that can still matter, each time from the best answer so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.kernels.loads import fill, pair_costs, tighten_loads
from planner.kernels.location import BARRED, BUILT, FREE
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting import formulation
from planner.siting.highs import Deadline, Outcome, minimise
from planner.siting.problem import Model, Problem
from planner.siting.rules import site_charge
from planner.siting.standing import Standing, enough, firm

STEPS, PATIENCE = 60, 10
"""Subgradient steps between two looks at the clock, and after how many without a better bound they shrink."""

PACE, LEAST_PACE, AGAIN, SLOWER = 1.0, 0.02, 0.1, 0.9
"""The first step, the one with which they end, the first one once a better answer is known, and each slice's share."""

KERNEL, GROWTH, PAIRS = 1.5, 1.8, 6
"""How many times the sites that the bound would build are looked at first, how that grows, and pairs a demand."""

NODES = 300
"""Branches that HiGHS may take on likely sites: so many, not seconds, that the answer hangs on the problem alone."""

MOST_WORK = 3e7
"""Where demands can't be split, knapsacks are packed with whole ones as long as that takes so many sums a step."""

AT_ONCE = 20_000
"""So many pairs are solved at once; HiGHS's own cuts are worth more there than a search among the likeliest."""

NEAR_ENOUGH = 0.02
"""With a gap of no more than this share all that can matter is little enough to be solved at once."""


def prove(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Yield ever better standings of a problem with capacities until the best answer is proven or no time is left."""
    one = _Loads(problem, model)
    yield one.standing()
    while one.pace > LEAST_PACE:
        if deadline() <= 0 or one.standing().proven:
            return
        one.tighten()
        one.pace *= SLOWER  # where it has converged early, too
        yield one.standing()
    many = max(int(KERNEL * one.likely.sum()), 8)
    per_demand = PAIRS
    while deadline() > 0 and not one.standing().proven:
        whole = one.kernel(many, per_demand, deadline)
        yield one.standing()
        if whole:
            return
        many, per_demand = int(many * GROWTH) + 1, int(per_demand * GROWTH) + 1
        one.pace = AGAIN
        one.tighten()
        yield one.standing()


class _Loads:
    def __init__(self, problem: Problem, model: Model) -> None:
        self.problem, self.model = problem, model
        assert problem.capacity is not None  # noqa: S101  # told apart by the caller
        cost = np.zeros(len(problem.demand)) if problem.cost is None or model in {"mclp", "lscp"} else problem.cost
        self.price = problem.weight[problem.demand] * cost
        self.charge = self._charges()
        dearest = np.zeros(len(problem.weight))
        np.maximum.at(dearest, problem.demand, self.price)
        self.served = problem.weight if model == "mclp" else dearest + float(np.abs(self.charge).sum()) + 1.0
        order = np.lexsort((problem.demand, problem.site))
        self.across = order  # the pairs by site
        self.first = np.searchsorted(problem.site[order], np.arange(len(self.charge) + 1))
        self.cheapest = np.lexsort((problem.site, self.price, problem.demand))  # and by demand, cheapest first
        self.start = np.searchsorted(problem.demand[self.cheapest], np.arange(len(problem.weight) + 1))
        figures = (self.price, self.charge, problem.weight if model == "mclp" else np.zeros(1))
        self.whole = not problem.split and all(bool((one % 1 == 0).all()) for one in figures)
        self.whole |= model == "lscp" and bool((self.charge % 1 == 0).all())
        work = float(problem.capacity[problem.site].sum())
        counts = (problem.taken, problem.capacity)
        self.knapsacks = not problem.split and work <= MOST_WORK and all(bool((one % 1 == 0).all()) for one in counts)
        self.state = np.full(len(self.charge), FREE, np.int8)
        self.state[problem.must_stand] = BUILT
        self.state[problem.forbidden] = BARRED
        idle = int((problem.must_stand & ~problem.counted).sum())
        heeded = problem.sites is not None and (model != "lscp" or problem.count_cost)
        self.most = int(problem.sites or 0) + idle if heeded else len(self.charge)
        self.offer = np.minimum(self._first_offers(), self.served)
        self.bound, self.value, self.pace = 0.0, np.inf, PACE
        self.built = problem.must_stand
        self.share = np.zeros(len(problem.demand))
        self.likely = np.ones(len(self.charge), dtype=bool)
        self.running = np.zeros(len(self.charge))
        if model == "mclp":
            self._fill(problem.must_stand)

    def standing(self) -> Standing:
        """Return how it stands."""
        share = self.share if np.isfinite(self.value) else None
        bound = self.bound if np.isinf(self.value) else min(firm(self.bound, self.value, whole=self.whole), self.value)
        return Standing(self.built, self.value, bound, share)

    @property
    def enough(self) -> float:
        """Return the bound above which nothing better is left."""
        return enough(self.value, whole=self.whole) if np.isfinite(self.value) else np.inf

    def tighten(self) -> None:
        """Raise the bound, settle sites, and fill those that the bound would build."""
        bound, chosen, share, self.pace = tighten_loads(
            *self._by_site(),
            self.served,
            self.most,
            self.state,
            self.offer,
            self.value,
            self.enough,
            STEPS,
            self.pace,
            PATIENCE,
            self.knapsacks,
        )
        self.bound = max(self.bound, min(bound, self.value))
        self.running = share
        self.likely = chosen
        self._fill(chosen)

    def kernel(self, many: int, per_demand: int, deadline: Deadline) -> bool:
        """Let HiGHS choose among the likeliest sites and pairs; return whether that was all that can still matter."""
        of_pair, of_site = self._added()
        pairs, sites = self._able(of_pair, of_site)
        rank = np.lexsort((of_site, -self.running, ~self.built, self.state != BUILT))
        some = np.zeros(len(sites), dtype=bool)
        some[rank[sites[rank]][:many]] = True
        near = self._nearest(of_pair, some, per_demand)
        if per_demand > PAIRS and int(pairs.sum()) <= AT_ONCE:
            some, near = sites.copy(), pairs.copy()
        gap = (self.value - self.bound) / max(abs(self.value), 1.0)
        whole = bool((some | ~sites).all()) and gap <= NEAR_ENOUGH
        whole |= bool((some | ~sites).all()) and bool((near | ~pairs).all())
        keep = pairs & (some[self.problem.site] if whole else near & some[self.problem.site])
        keep |= self.share > 0
        some |= self.built if np.isfinite(self.value) else False
        outcome = self._solve(keep, some, deadline, nodes=None if whole else NODES)
        self._take(outcome, keep)
        if whole:
            raised = outcome.bound + (float(self.problem.weight.sum()) if self.model == "mclp" else 0.0)
            self.bound = max(self.bound, min(self.value if outcome.proven else raised, self.value))
        return whole

    def _solve(self, keep: BoolArray, some: BoolArray, deadline: Deadline, *, nodes: int | None) -> Outcome:
        """Let HiGHS solve the model on some pairs and sites, from the best answer so far."""
        problem = self.problem
        part = replace(
            problem,
            demand=problem.demand[keep],
            site=problem.site[keep],
            cost=None if problem.cost is None else problem.cost[keep],
        )
        build = formulation.PROGRAMS[self.model]
        program = formulation.lscp(part, number=problem.count_cost) if self.model == "lscp" else build(part)
        sites = len(some)
        program.upper[:sites][~some & ~problem.must_stand] = 0.0
        program.lower[:sites][(self.state == BUILT) & some] = 1.0
        begin = None
        if np.isfinite(self.value):
            saved = [float(self.built[a] and self.built[b]) for a, b, _ in problem.saving]
            begin = np.concatenate([self.built.astype(np.float64), saved, self.share[keep]])
        return minimise(program, begin=begin, deadline=deadline, nodes=nodes)

    def _take(self, outcome: Outcome, keep: BoolArray) -> None:
        """Take HiGHS's answer where it is better."""
        if outcome.columns is None:
            return
        problem = self.problem
        first = len(problem.site_ids) + len(problem.saving)
        told = outcome.columns[first : first + int(keep.sum())]
        share = np.zeros(len(keep))
        share[keep] = np.where(told > 1e-6, told, 0.0) if problem.split else np.asarray(told > 0.5, np.float64)
        self._better(outcome.columns[: len(problem.site_ids)] > 0.5, share)

    def _fill(self, chosen: BoolArray) -> None:
        """Fill the sites of a choice, where number and capacities are all the rules; keep that if it is better."""
        problem = self.problem
        if not replace(problem, capacity=None).plain:
            return
        built = chosen | problem.must_stand
        assert problem.capacity is not None  # noqa: S101  # told apart by the caller
        rows = (self.start, problem.site[self.cheapest], self.price[self.cheapest])
        order = np.argsort(-problem.taken, kind="stable")
        while True:
            share, _ = fill(*rows, problem.taken, problem.capacity, self.served, built, problem.split, order)
            spread = np.zeros(len(share))
            spread[self.cheapest] = share
            lacks = np.bincount(problem.demand, weights=spread, minlength=len(problem.weight)) < 1.0 - 1e-9
            if self.model == "mclp" or not lacks.any():
                self._better(built, spread)
                return
            left = np.flatnonzero(~built & (self.state != BARRED))
            if int(built.sum()) >= self.most or len(left) == 0:
                return
            helps = np.bincount(problem.site[lacks[problem.demand]], minlength=len(built))
            built = built.copy()
            built[left[np.lexsort((left, -self.running[left], -helps[left]))[0]]] = True

    def _better(self, built: BoolArray, share: FloatArray) -> None:
        value = float(self.price @ share)
        if self.model == "mclp":
            value = float(self.problem.weight.sum() - self.problem.weight[self.problem.demand] @ share)
        else:
            money = site_charge(self.problem)[: len(built)] if self._in_money else self.problem.counted.astype(float)
            if self.model in {"lscp", "fixed_charge"}:
                value += float(money[built].sum())
                if self._in_money:
                    value -= sum(amount for a, b, amount in self.problem.saving if built[a] and built[b])
        if value < self.value:
            self.built, self.share, self.value = built, share, float(round(value)) if self.whole else value

    def _added(self) -> tuple[FloatArray, FloatArray]:
        """Return what the use of each pair, in the problem's order, and of each site adds to the bound."""
        by_site, of_site = pair_costs(*self._by_site(), self.offer, self.knapsacks)
        of_pair = np.empty(len(by_site))
        of_pair[self.across] = by_site
        return of_pair, of_site

    def _able(self, of_pair: FloatArray, of_site: FloatArray) -> tuple[BoolArray, BoolArray]:
        """Return the pairs and sites that may be in a better answer."""
        sites = self.state != BARRED
        pairs = sites[self.problem.site]
        if not self.problem.split:
            free = np.where(self.state == FREE, np.maximum(of_site, 0.0), 0.0)
            pairs = pairs & (self.bound + of_pair + free[self.problem.site] <= self.enough)
        return pairs, sites

    def _nearest(self, of_pair: FloatArray, some: BoolArray, many: int) -> BoolArray:
        """Return the pairs of each demand that add least, of some sites."""
        use = np.flatnonzero(some[self.problem.site])
        order = use[np.lexsort((use, of_pair[use], self.problem.demand[use]))]
        demand = self.problem.demand[order]
        rank = np.arange(len(order)) - np.searchsorted(demand, demand)
        near = np.zeros(len(of_pair), dtype=bool)
        near[order[(rank < many) | (of_pair[order] <= 0.0)]] = True
        return near

    @property
    def _in_money(self) -> bool:
        return self.model == "fixed_charge" or self.problem.count_cost

    def _charges(self) -> FloatArray:
        """Return what each site costs at least, whatever savings apply."""
        problem = self.problem
        if self.model == "lscp" and not problem.count_cost:
            return problem.counted.astype(np.float64)
        if self.model not in {"lscp", "fixed_charge"}:
            return np.zeros(len(problem.site_ids))
        charge = site_charge(problem)[: len(problem.site_ids)].copy()
        for a, b, amount in problem.saving:
            charge[a] -= amount
            charge[b] -= amount
        return charge

    def _first_offers(self) -> FloatArray:
        """Offer the cheapest pair's price and its share of the site's cost, or what is paid if sites are even."""
        problem = self.problem
        if self.model == "mclp":
            return 0.5 * problem.weight
        assert problem.capacity is not None  # noqa: S101  # told apart by the caller
        rate = np.maximum(self.charge, 0.0) / np.maximum(problem.capacity, 1e-12)
        asked = self.price + rate[problem.site] * problem.taken[problem.demand]
        least = np.full(len(problem.weight), np.inf)
        np.minimum.at(least, problem.demand, asked)
        middle = self.start[:-1] + np.diff(self.start) // (2 * max(self.most, 1))  # if sites stood evenly
        evenly = self.price[self.cheapest][np.minimum(middle, max(len(self.price) - 1, 0))] if len(self.price) else 0.0
        return np.maximum(np.where(np.isfinite(least), least, 0.0), evenly)

    def _by_site(self) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        problem = self.problem
        room = np.zeros(0) if problem.capacity is None else problem.capacity
        demand, price = problem.demand[self.across], self.price[self.across]
        return self.first, demand, price, problem.taken, room, self.charge
