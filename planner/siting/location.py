"""A problem in which every demand turns to its cheapest site: what covering, p-median and fixed charge share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.kernels.covering import dominated, row_keys, same_rows
from planner.kernels.lagrangian import tighten
from planner.kernels.location import BARRED, BUILT, FREE, StateArray, greedy, paid, search
from planner.kernels.order import compressed_rows
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting.problem import Model, Problem

Room = tuple[IntArray, IntArray, IntArray, FloatArray]
"""Room for the pairs that matter: as long as the demands, one more, and the pairs (two)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Least total of what demands pay and sites cost, with at most so many sites.

    Parameters
    ----------
    start, site, cost
        Pairs by demand, in compressed rows, cheapest first (ties by site).
    first, demand, price
        The same pairs by site, demands in order.
    served
        What each demand pays where no site of its pairs is built.
    charge
        What each site costs.
    state
        `FREE`, `BUILT` (it stands whatever is decided) or `BARRED`.
    most
        How many sites may stand, built ones included.
    base
        What is paid in any case, on top.
    whole
        Whether every figure is a whole number, and so is every total.
    origin
        What each site is in the problem.
    row
        What each demand was in the location problem that this one was made from.
    """

    start: IntArray
    site: IntArray
    cost: FloatArray
    first: IntArray
    demand: IntArray
    price: FloatArray
    served: FloatArray
    charge: FloatArray
    state: StateArray
    most: int
    base: float
    whole: bool
    origin: IntArray
    row: IntArray

    @property
    def by_demand(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the pairs by demand, as kernels take them."""
        return self.start, self.site, self.cost

    @property
    def by_site(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the pairs by site, as kernels take them."""
        return self.first, self.demand, self.price

    def value(self, built: BoolArray) -> float:
        """Return what a choice of sites comes to."""
        return self.base + float(paid(*self.by_demand, self.served, built).sum()) + float(self.charge[built].sum())

    @property
    def alone(self) -> float:
        """Return a bound that needs no offers: as if the sites that save most by themselves shared no demand."""
        first, demand, price = self.by_site
        saved = np.maximum(self.served[demand] - price, 0.0)
        site = np.repeat(np.arange(len(self.charge)), np.diff(first))
        by_site = np.bincount(site, weights=saved, minlength=len(self.charge)) - self.charge
        by_site[self.state == BARRED] = 0.0
        most = np.sort(np.maximum(by_site, 0.0))[::-1][: self.most]
        return self.base + max(float(self.served.sum()) - float(most.sum()), 0.0)

    @property
    def first_offers(self) -> FloatArray:
        """Offer what a demand would pay if sites stood evenly; where service is free, half of what it pays without."""
        middle = np.diff(self.start) // (2 * max(self.most, 1))
        at = np.minimum(self.start[:-1] + middle, np.maximum(self.start[1:] - 1, 0))
        return np.where(self.cost[at] > 0.0, np.minimum(self.cost[at], self.served), 0.5 * self.served)

    def begun(self) -> BoolArray:
        """Return a greedy choice."""
        return greedy(*self.by_site, self.charge, self.served, self.state, self.most)

    def bettered(self, built: BoolArray, *, rounds: int, kick: int) -> BoolArray:
        """Return a choice bettered by openings, closings and swaps, shaken so many rounds."""
        better, _ = search(
            *self.by_demand,
            *self.by_site,
            self.charge,
            self.served,
            self.state,
            self.most,
            built,
            rounds,
            kick,
            0,
        )
        return better

    def room(self) -> Room:
        """Return the room that `tightened` works in."""
        pairs, demands = len(self.site), len(self.served)
        return np.empty(demands, np.int64), np.empty(demands + 1, np.int64), np.empty(pairs, np.int64), np.empty(pairs)

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
        room: Room,
    ) -> tuple[float, int, BoolArray]:
        """Raise the bound of a branch, ``base`` aside; see `planner.kernels.lagrangian.tighten`."""
        bound, site, built, _ = tighten(
            *self.by_demand,
            *self.by_site,
            self.charge,
            self.served,
            self.most,
            state,
            offer,
            target,
            enough,
            steps,
            pace,
            patience,
            *room,  # type: ignore[arg-type]  # numba's stubs count a starred tuple by its first
        )
        return bound, site, built

    def restricted(self, state: StateArray) -> Location:
        """Return the problem with more sites settled, and without what that settles."""
        return settle(replace(self, state=state))


def arrange(
    demand: IntArray,
    site: IntArray,
    cost: FloatArray,
    *,
    served: FloatArray,
    charge: FloatArray,
    state: StateArray,
    most: int,
    base: float = 0.0,
    origin: IntArray | None = None,
    row: IntArray | None = None,
) -> Location:
    """Return a location problem from its pairs in any order."""
    rows, columns = len(served), len(charge)
    order = np.lexsort((site, cost, demand))
    across = np.lexsort((demand, site))
    figures = (cost, served, charge, np.array([base]))
    return Location(
        start=np.searchsorted(demand[order], np.arange(rows + 1)),
        site=site[order],
        cost=cost[order],
        first=np.searchsorted(site[across], np.arange(columns + 1)),
        demand=demand[across],
        price=cost[across],
        served=served,
        charge=charge,
        state=state,
        most=most,
        base=base,
        whole=all(bool((figure % 1 == 0).all()) for figure in figures),
        origin=np.arange(columns) if origin is None else origin,
        row=np.arange(rows) if row is None else row,
    )


def locate(problem: Problem, model: Model, *, unserved: FloatArray) -> Location:
    """Return a problem without further rules as a location problem.

    Parameters
    ----------
    unserved
        Length n: what each demand pays where no site serves it, all its weight included.
    """
    cost = np.zeros(len(problem.demand)) if problem.cost is None else problem.cost
    if model == "mclp":
        cost = np.zeros(len(problem.demand))
    state = np.full(len(problem.site_ids), FREE, np.int8)
    state[problem.forbidden] = BARRED
    state[problem.must_stand] = BUILT
    charge = np.zeros(len(state))
    if model == "fixed_charge" and problem.site_cost is not None:
        charge = np.where(problem.counted, problem.site_cost, 0.0)
    idle = int((problem.must_stand & ~problem.counted).sum())
    return arrange(
        problem.demand,
        problem.site,
        problem.weight[problem.demand] * cost,
        served=unserved,
        charge=charge,
        state=state,
        most=len(state) if problem.sites is None else min(problem.sites + idle, len(state)),
    )


def settle(location: Location) -> Location:
    """Take the sites that stand anyway, leave out those that can't, and what no longer matters with them.

    A demand that no free site would serve for less than it pays already is paid for in ``base``.
    """
    standing = location.state == BUILT
    if (location.state == FREE).all() and (np.diff(location.start) > 0).all():
        return location
    served = paid(*location.by_demand, location.served, standing)
    kept_site = location.state == FREE
    demand = np.repeat(np.arange(len(served)), np.diff(location.start))
    useful = kept_site[location.site] & (location.cost < served[demand])
    kept = np.zeros(len(served), dtype=bool)
    kept[demand[useful]] = True
    new_row, new_site = np.cumsum(kept) - 1, np.cumsum(kept_site) - 1
    return arrange(
        new_row[demand[useful]],
        new_site[location.site[useful]],
        location.cost[useful],
        served=served[kept],
        charge=location.charge[kept_site],
        state=location.state[kept_site],
        most=max(location.most - int(standing.sum()), 0),
        base=location.base + float(served[~kept].sum()) + float(location.charge[standing].sum()),
        origin=location.origin[kept_site],
        row=np.flatnonzero(kept),
    )


def merge(location: Location) -> Location:
    """Merge demands that the same sites serve at no cost: whatever is built, they are served together or not at all."""
    free = np.ones(len(location.served), dtype=bool)
    demand = np.repeat(np.arange(len(free)), np.diff(location.start))
    free[demand[location.cost != 0.0]] = False
    key = row_keys(location.start, location.site)
    key[~free] = -1 - np.flatnonzero(~free)  # alone, whatever their sites
    first = same_rows(location.start, location.site, key, np.argsort(key, kind="stable"))
    leads = first == np.arange(len(first))
    if leads.all():
        return location
    served = np.bincount(first, weights=location.served, minlength=len(first))[leads]
    keep = leads[demand]
    return arrange(
        (np.cumsum(leads) - 1)[demand[keep]],
        location.site[keep],
        location.cost[keep],
        served=served,
        charge=location.charge,
        state=location.state,
        most=location.most,
        base=location.base,
        origin=location.origin,
        row=np.flatnonzero(leads),
    )


def prune(location: Location) -> Location:
    """Leave out sites that serve no demand, or, where service is free, none that a site no dearer doesn't serve too.

    Where both are chosen the dominated one adds nothing; where it is chosen alone the other does as well.
    """
    sizes = np.diff(location.first)
    gone = sizes == 0
    if not (location.cost != 0.0).any():
        by_size = np.argsort(sizes, kind="stable")
        start, member = _by_number(location)
        kind = location.state.astype(np.int64)
        gone = dominated(location.first, location.demand, start, member, location.charge, kind, by_size)
    if not gone.any():
        return location
    demand = np.repeat(np.arange(len(location.served)), np.diff(location.start))
    keep = ~gone[location.site]
    return arrange(
        demand[keep],
        (np.cumsum(~gone) - 1)[location.site[keep]],
        location.cost[keep],
        served=location.served,
        charge=location.charge[~gone],
        state=location.state[~gone],
        most=min(location.most, int((~gone).sum())),
        base=location.base,
        origin=location.origin[~gone],
    )


def reduced(location: Location) -> Location:
    """Return the smaller problem that all the reductions leave; its best choice is one of the larger problem's."""
    return prune(merge(settle(location)))


def _by_number(location: Location) -> tuple[IntArray, IntArray]:
    """Return the sites of each demand in the order of their numbers."""
    site = np.repeat(np.arange(len(location.charge)), np.diff(location.first))
    start, order = compressed_rows(location.demand, len(location.served))
    return start, site[order]
