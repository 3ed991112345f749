"""Set covering to proof: the fewest, or cheapest, sites that cover every demand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from planner.kernels.components import components
from planner.kernels.covering import dominated, dual_ascent, greedy_priced, implied, search_cover, shed
from planner.kernels.lagrangian import tighten
from planner.kernels.location import BARRED, BUILT, FREE
from planner.kernels.order import compressed_rows
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting.highs import Deadline, Linear, Program, Rows
from planner.siting.standing import Standing, enough, firm
from planner.siting.tree import Tree

SLICES, STEPS, PACE, SLOWER, PATIENCE = 20, 50, 1.0, 0.85, 10
"""Slices of subgradient steps before the relaxation, which takes long where demands are many, and their steps."""

OFTEN = 25
"""Branches between two searches around the best cover."""

LOOKS = (2_000, 20_000, 60_000)
"""Steps of local search before any bound is known, before the relaxation, and before branching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Pairs (demand, site), what each site costs, and what each site is in the problem.

    Every demand has a pair, and must be covered.
    """

    demand: IntArray
    site: IntArray
    demands: int
    charge: FloatArray
    origin: IntArray

    @property
    def whole(self) -> bool:
        """Return whether every total is a whole number."""
        return bool((self.charge % 1 == 0).all())

    def rows(self) -> tuple[IntArray, IntArray]:
        """Return the sites by demand."""
        return _rows(self.demand, self.site, self.demands)

    def columns(self) -> tuple[IntArray, IntArray]:
        """Return the demands by site."""
        return _rows(self.site, self.demand, len(self.charge))

    def kept(self, demands: BoolArray, sites: BoolArray) -> Cover:
        """Return the same cover of some demands by some sites."""
        keep = demands[self.demand] & sites[self.site]
        return Cover(
            demand=(np.cumsum(demands) - 1)[self.demand[keep]],
            site=(np.cumsum(sites) - 1)[self.site[keep]],
            demands=int(demands.sum()),
            charge=self.charge[sites],
            origin=self.origin[sites],
        )


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is left of a cover, in parts that share no site, and the sites of the whole that any best cover may take."""

    parts: tuple[Cover, ...]
    taken: IntArray


def reduce(cover: Cover) -> Reduced:
    """Reduce a cover without losing the best one.

    Again and again, until nothing changes: a demand whose sites include all of another's is dropped, for that one's
    site covers it; a site is dropped whose demands another, no dearer, covers too; a demand's only site is taken. What
    is left falls into parts that share no site, each solved by itself.
    """
    taken: list[IntArray] = []
    while True:
        before = (cover.demands, len(cover.charge))
        needed = ~implied(*cover.rows(), *cover.columns(), _by_size(cover.demand, cover.demands))
        cover = cover.kept(needed, np.ones(len(cover.charge), dtype=bool))
        kind = np.zeros(len(cover.charge), np.int64)
        by_size = _by_size(cover.site, len(cover.charge))
        useful = ~dominated(*cover.columns(), *cover.rows(), cover.charge, kind, by_size)
        cover = cover.kept(np.ones(cover.demands, dtype=bool), useful)
        lonely = np.bincount(cover.demand, minlength=cover.demands) == 1
        only = np.zeros(len(cover.charge), dtype=bool)
        only[cover.site[lonely[cover.demand]]] = True
        taken.append(cover.origin[only])
        done = np.zeros(cover.demands, dtype=bool)
        done[cover.demand[only[cover.site]]] = True
        cover = cover.kept(~done, ~only)
        if (cover.demands, len(cover.charge)) == before:
            break
    return Reduced(_parts(cover), np.sort(np.concatenate(taken)))


def _parts(cover: Cover) -> tuple[Cover, ...]:
    """Return the parts that share no site, smallest first."""
    ends = (cover.demand.astype(np.int32), (cover.demands + cover.site).astype(np.int32))
    label = components(*ends, cover.demands + len(cover.charge))
    of_demand, of_site = label[: cover.demands], label[cover.demands :]
    names, counts = np.unique(of_demand, return_counts=True)
    order = names[np.lexsort((names, counts))]
    return tuple(cover.kept(of_demand == name, of_site == name) for name in order)


def prove(cover: Cover, *, deadline: Deadline) -> Iterator[Standing]:
    """Yield ever better standings of one cover until the best one is proven or no time is left.

    Bounds are raised by refutation: supposing that a cover exists for less than some figure settles many sites at once
    by their reduced costs, and the search that shows that there is none is short.
    """
    one = _Proof(cover)
    yield one.standing()
    for _ in range(SLICES):
        if deadline() <= 0 or one.standing().proven:
            return
        one.price()
        yield one.standing()
    for steps in LOOKS[1:]:
        if deadline() <= 0:
            return
        one.look(steps)
        yield one.standing()
        if steps == LOOKS[1]:
            try:
                one.relax(deadline)
            except TimeoutError:
                return
            yield one.standing()
        if one.standing().proven:
            return
    for turn, _ in enumerate(one.refute(deadline), start=1):
        if turn % OFTEN == 0:
            one.look(LOOKS[1])
        yield one.standing()
        if deadline() <= 0:
            return


def bounds(cover: Cover, *, deadline: Deadline) -> Iterator[float]:
    """Yield ever better bounds of a cover, up to its relaxation's value."""
    one = _Proof(cover)
    for _ in range(SLICES):
        yield one.bound
        if deadline() <= 0 or one.standing().proven:
            return
        one.price()
    with suppress(TimeoutError):
        one.relax(deadline)
    yield one.standing().bound


class _Proof:
    """A cover under proof; choices are told in the numbers of its own sites."""

    def __init__(self, cover: Cover) -> None:
        self.cover = cover
        self.by_demand, self.by_site = cover.rows(), cover.columns()
        self.best = np.ones(len(cover.charge), dtype=bool)
        shed(cover.demands, *self.by_site, np.argsort(-cover.charge, kind="stable"), self.best)
        self.bound = dual_ascent(*self.by_demand, cover.charge, _by_size(cover.demand, cover.demands))
        self.seed, self.pace = 0, PACE
        self.state = np.full(len(cover.charge), FREE, np.int8)
        cheapest = np.full(cover.demands, np.inf)
        np.minimum.at(cheapest, cover.demand, cover.charge[cover.site])
        self.served = cheapest  # no demand needs to pay more: its cheapest site is to be had for that
        sizes = np.bincount(cover.site, minlength=len(cover.charge))
        worth = np.full(cover.demands, np.inf)
        np.minimum.at(worth, cover.demand, (cover.charge / np.maximum(sizes, 1))[cover.site])
        self.offer = worth
        self.look(LOOKS[0])

    @property
    def value(self) -> float:
        """Return what the best cover costs."""
        return float(self.cover.charge[self.best].sum())

    def standing(self) -> Standing:
        """Return how it stands."""
        return Standing(self.best, self.value, firm(self.bound, self.value, whole=self.cover.whole))

    def look(self, steps: int) -> None:
        """Search around the best cover."""
        self.best = search_cover(*self.by_demand, *self.by_site, self.cover.charge, self.best, steps, self.seed)
        self.seed += 1

    def price(self) -> None:
        """Raise the bound by subgradient steps, settle sites, and build a cover from what demands offer."""
        nothing = np.zeros(len(self.cover.demand))
        pairs, demands = len(nothing), self.cover.demands
        bound, *_ = tighten(
            *self.by_demand,
            nothing,
            *self.by_site,
            nothing,
            self.cover.charge,
            self.served,
            len(self.cover.charge),
            self.state,
            self.offer,
            self.value,
            enough(self.value, whole=self.cover.whole),
            STEPS,
            self.pace,
            PATIENCE,
            np.empty(demands, np.int64),
            np.empty(demands + 1, np.int64),
            np.empty(pairs, np.int64),
            np.empty(pairs),
        )
        self.pace *= SLOWER
        self.bound = max(self.bound, min(bound, self.value))
        self._keep(greedy_priced(*self.by_demand, *self.by_site, self.cover.charge, self.offer))

    def program(self) -> Program:
        """Return the relaxation: every demand covered once, by shares of sites."""
        rows, cover = Rows(), self.cover
        ones = np.ones(len(cover.demand))
        no_limit = np.full(cover.demands, np.inf)
        rows.add_all(cover.demand, cover.site, ones, lower=np.ones(cover.demands), upper=no_limit)
        sites = len(cover.charge)
        whole = np.zeros(sites, dtype=bool)
        lower, upper = np.zeros(sites), np.ones(sites)
        lower[self.state == BUILT], upper[self.state == BARRED] = 1.0, 0.0  # in any better cover
        return Program(cost=cover.charge, lower=lower, upper=upper, whole=whole, rows=rows)

    def relax(self, deadline: Deadline) -> None:
        """Take the relaxation's value as the bound."""
        self.bound = max(self.bound, min(Linear(self.program()).solve(deadline=deadline), self.value))

    def refute(self, deadline: Deadline) -> Iterator[None]:
        """Suppose a cover below one figure after the other, up to the best one's, and search for it."""
        whole = self.cover.whole
        while not self.standing().proven:
            room = self.value - firm(self.bound, self.value, whole=whole)
            figure = firm(self.bound, self.value, whole=whole) + max(1.0, room // 3.0) if whole else self.value
            figure = min(figure, self.value)
            tree = Tree(
                self.program(),
                sites=len(self.cover.charge),
                enough=partial(self._enough, figure),
                accept=self._accept,
                deadline=deadline,
            )
            for _ in tree.search():
                self.bound = max(self.bound, min(tree.bound, figure))
                yield
                if deadline() <= 0:
                    return
            if tree.bound < np.inf:
                return
            self.bound = max(self.bound, min(figure, self.value))
            yield

    def _enough(self, figure: float) -> float:
        return enough(min(figure, self.value), whole=self.cover.whole)

    def _accept(self, columns: FloatArray) -> None:
        self._keep(columns[: len(self.best)] > 0.5)

    def _keep(self, chosen: BoolArray) -> None:
        """Keep a cover, without what it doesn't need, where it is better."""
        shed(self.cover.demands, *self.by_site, np.argsort(-self.cover.charge, kind="stable"), chosen)
        if self.cover.charge[chosen].sum() < self.value:
            self.best = chosen


def _rows(row: IntArray, member: IntArray, rows: int) -> tuple[IntArray, IntArray]:
    start, order = compressed_rows(row, rows)
    return start, member[order]


def _by_size(row: IntArray, rows: int) -> IntArray:
    return np.argsort(np.bincount(row, minlength=rows), kind="stable")
