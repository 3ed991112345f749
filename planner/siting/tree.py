"""Branch and cut on linear relaxations: sites first, strong branching, reduced costs, and cuts where asked for."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.measure import FloatArray, IntArray
from planner.siting.highs import WHOLE, Deadline, Linear, Program, Rows, never

CANDIDATES, TRIAL_STEPS, RELIABLE = 8, 50, 4
"""How many sites are tried out before branching, for how many simplex steps each way, and how often until their mean
change is trusted (reliability branching: Achterberg, Koch and Martin 2005)."""

ROUNDS = 60
"""Cuts are sought this often at most before branching goes on without."""

Separate = Callable[[FloatArray], Rows | None]
"""Given the columns, returns violated rows that hold for every answer; None where there are none."""

Accept = Callable[[FloatArray], None]
"""Told the columns of an answer whose sites are whole."""


@dataclass(order=True, slots=True)
class _Node:
    bound: float
    turn: int
    lower: FloatArray
    upper: FloatArray
    basis: Any


class Tree:
    """A search for answers below a value that may fall while it goes on.

    Parameters
    ----------
    program
        The relaxation; its first ``sites`` columns are decisions, 0 or 1.
    enough
        Tells the value above which nothing is of interest; it may fall.
    """

    def __init__(
        self,
        program: Program,
        *,
        sites: int,
        enough: Callable[[], float],
        accept: Accept,
        separate: Separate | None = None,
        deadline: Deadline = never,
    ) -> None:
        self.linear = Linear(program)
        self.sites = sites
        self.enough, self.accept, self.separate, self.deadline = enough, accept, separate, deadline
        self.fall, self.rise = np.zeros((2, sites)), np.zeros((2, sites))  # sum of changes a unit, and how often seen
        self.waiting = [_Node(-np.inf, 0, program.lower[:sites].copy(), program.upper[:sites].copy(), None)]
        self.turn = 0
        self.bound = -np.inf

    def search(self) -> Iterator[None]:
        """Take up one branch after the other; ``bound`` holds for all that is left. Ends early with the deadline."""
        follow: _Node | None = None
        while self.waiting or follow is not None:
            node = heapq.heappop(self.waiting) if follow is None else follow
            self.bound = min(node.bound, self.waiting[0].bound) if self.waiting else node.bound
            if self._closed(node.bound):
                follow = None
                continue
            try:
                follow = self._take_up(node)
            except TimeoutError:
                heapq.heappush(self.waiting, node)
                return
            yield
        self.bound = np.inf

    def _closed(self, value: float) -> bool:
        """Return whether a branch of this value holds nothing of interest: no answer at all, or none that is better."""
        return value == np.inf or value > self.enough()

    def _take_up(self, node: _Node) -> _Node | None:
        """Solve one branch; return the half of it to go on with."""
        self.linear.above(self.enough())
        self.linear.bounds(node.lower, node.upper)
        if node.basis is not None and node.turn > 0:
            self.linear.basis = node.basis
        value = self._solve_with_cuts()
        if self._closed(value):
            return None
        columns, reduced = (one[: self.sites] for one in self.linear.answer())
        self._settle(node, value, columns, reduced)
        self.linear.bounds(node.lower, node.upper)
        open_sites = _shared(columns)
        if len(open_sites) == 0:
            self.accept(self.linear.answer()[0])
            return None
        node.bound, node.basis = max(value, node.bound), self.linear.basis
        return self._branch(node, columns, open_sites)

    def _solve_with_cuts(self) -> float:
        """Return the relaxation's value, with cuts until none is violated; with shares left, for some rounds only."""
        value, turn = self.linear.solve(deadline=self.deadline), 0
        while self.separate is not None and not self._closed(value):
            columns = self.linear.answer()[0]
            turn += 1
            if turn > ROUNDS and len(_shared(columns[: self.sites])):
                break
            cuts = self.separate(columns)
            if cuts is None:
                break
            self.linear.add(cuts)
            value = self.linear.solve(deadline=self.deadline)
        return value

    def _settle(self, node: _Node, value: float, columns: FloatArray, reduced: FloatArray) -> None:
        """Settle the sites that could not be otherwise in anything better: their reduced cost alone is too much."""
        node.lower, node.upper = node.lower.copy(), node.upper.copy()
        node.upper[(columns < WHOLE) & (value + reduced > self.enough())] = 0.0
        node.lower[(columns > 1.0 - WHOLE) & (value - reduced > self.enough())] = 1.0

    def _branch(self, node: _Node, columns: FloatArray, open_sites: IntArray) -> _Node | None:
        """Try the most promising sites both ways and split on the one that raises the bound most."""
        best, chosen = -1.0, (int(open_sites[0]), node.bound, node.bound)
        tried = 0
        for site in self._ranked(columns, open_sites):
            share = columns[site]
            if min(self.fall[1, site], self.rise[1, site]) >= RELIABLE:
                down = node.bound + self.fall[0, site] / self.fall[1, site] * share
                up = node.bound + self.rise[0, site] / self.rise[1, site] * (1.0 - share)
            elif tried < CANDIDATES:
                tried += 1
                down, up = self._try(node, site, share)
                if self._closed(min(down, up)):
                    return None
                if self._closed(max(down, up)):  # one way is closed: the branch itself is smaller
                    node.lower[site] = node.upper[site] = float(down > up)
                    return node
            else:
                continue
            score = max(down - node.bound, WHOLE) * max(up - node.bound, WHOLE)
            if score > best:
                best, chosen = score, (int(site), down, up)
        return self._split(node, chosen[0])

    def _split(self, node: _Node, site: int) -> _Node:
        self.turn += 1
        without = _Node(node.bound, self.turn, node.lower, node.upper.copy(), node.basis)
        without.upper[site] = 0.0
        heapq.heappush(self.waiting, without)
        within = _Node(node.bound, -self.turn, node.lower.copy(), node.upper, node.basis)
        within.lower[site] = 1.0
        return within

    def _ranked(self, columns: FloatArray, open_sites: IntArray) -> IntArray:
        """Return the undecided sites, those of unknown effect first, then by the effect that they had so far."""
        share = columns[open_sites]
        seen = np.minimum(self.fall[1, open_sites], self.rise[1, open_sites])
        fall = self.fall[0, open_sites] / np.maximum(self.fall[1, open_sites], 1.0) * share
        rise = self.rise[0, open_sites] / np.maximum(self.rise[1, open_sites], 1.0) * (1.0 - share)
        effect = np.maximum(fall, WHOLE) * np.maximum(rise, WHOLE)
        order = np.lexsort((open_sites, -effect, np.abs(share - 0.5) * (seen == 0), seen > 0))
        return open_sites[order]

    def _try(self, node: _Node, site: int, share: float) -> tuple[float, float]:
        """Return bounds with a site left out and with it built, after some simplex steps each."""
        at, found = np.array([site]), []
        for side, known, step in ((0.0, self.fall, share), (1.0, self.rise, 1.0 - share)):
            self.linear.bounds(np.array([side]), np.array([side]), at)
            self.linear.basis = node.basis
            value = max(self.linear.solve(deadline=self.deadline, steps=TRIAL_STEPS), node.bound)
            found.append(value)
            known[0, site] += (min(value, self.enough() + 1.0) - node.bound) / step
            known[1, site] += 1
        self.linear.bounds(node.lower[at], node.upper[at], at)
        self.linear.basis = node.basis
        return found[0], found[1]


def _shared(share: FloatArray) -> IntArray:
    """Return the sites that stand in part."""
    return np.flatnonzero((share > WHOLE) & (share < 1.0 - WHOLE))
