"""Location and backup problems to proof: local search, Lagrangian bounds, and branching on what they leave open."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.kernels.location import BARRED, BUILT, FREE, StateArray
from planner.measure import FloatArray
from planner.network import BoolArray
from planner.siting.backup import Backup
from planner.siting.highs import Deadline
from planner.siting.location import Location
from planner.siting.standing import Standing, enough, firm

SLICE = 50
"""Subgradient steps between two looks at the clock and at the choice of sites that they suggest."""

SLICES = 12
"""As many at the root: its bound is then within a few hundredths of a per cent of the best that offers can give."""

STEPS, PACE, PATIENCE = 40, 0.5, 6
"""In a branch: it starts from its parent's offers, and has one site more to account for."""

FIRST_PACE, FIRST_PATIENCE, SLOWER = 1.0, 20, 0.75
"""At the root, and how much slower each further slice begins."""

NEAR = 1.02
"""A choice within this factor of the best is worth a local search."""

KICK, ROUNDS = 3, 20
"""Sites swapped at random, and how often, where the root leaves a gap."""

MOST_OPEN_BYTES = 256 * 2**20
"""Open branches may take this much memory; beyond it the newest is taken up first, which opens few."""


@dataclass(order=True, slots=True)
class _Branch:
    """Sites settled one way, and a bound for it."""

    bound: float
    turn: int
    state: StateArray
    offer: FloatArray


def prove(location: Location | Backup, *, deadline: Deadline, begin: BoolArray | None = None) -> Iterator[Standing]:
    """Yield ever better standings of a problem until its best choice is proven or no time is left.

    The first comes from greedy choice (or ``begin``) and local search, before any bound is known but the trivial one.
    """
    if len(location.state) == 0:  # whatever stands is settled
        nothing = np.zeros(0, dtype=bool)
        yield Standing(nothing, location.value(nothing), location.value(nothing))
        return
    search_on = _Search(location, begin)
    yield search_on.standing()
    if deadline() <= 0:
        return
    for _ in search_on.root():
        yield search_on.standing()
        if deadline() <= 0:
            return
    for _ in search_on.branches():
        yield search_on.standing()
        if deadline() <= 0:
            return


class _Search:
    """A branch and bound under way; choices of sites are told in the numbers of the location problem given."""

    def __init__(self, location: Location | Backup, begin: BoolArray | None) -> None:
        self.whole = replace(location, origin=np.arange(len(location.state)))
        self.work = self.whole
        self.fixed = np.zeros(len(location.state), dtype=bool)
        self.seen: set[bytes] = set()
        self.best = self.whole.begun() if begin is None else begin
        self.value = location.value(self.best)
        self._polish(self.best)
        self.bound = location.alone
        self.state = location.state.copy()
        self.offer = self.work.first_offers
        self.room: Any = self.work.room()

    def standing(self) -> Standing:
        """Return how it stands."""
        return Standing(self.best, self.value, firm(self.bound, self.value, whole=self.whole.whole))

    @property
    def enough(self) -> float:
        """Return the bound above which a branch holds nothing better."""
        return enough(self.value, whole=self.whole.whole)

    def root(self) -> Iterator[None]:
        """Raise the bound of the whole problem, settle sites, and look at what the bounds suggest."""
        pace = FIRST_PACE
        for _ in range(SLICES):
            bound, branch = self._tighten(self.state, self.offer, SLICE, pace, FIRST_PATIENCE)
            self.bound = max(self.bound, bound)
            if branch < 0 or self.bound > self.enough:
                self.bound = self.value
                yield
                return
            pace *= SLOWER
            yield
        self._polish(self.best, rounds=ROUNDS)
        self._shrink()
        yield

    def branches(self) -> Iterator[None]:
        """Take up the branch with the least bound, follow it down, and come back for the next, until none is left."""
        if self.bound >= self.value:
            return
        room = MOST_OPEN_BYTES // (self.offer.nbytes + self.state.nbytes + 1)
        waiting = [_Branch(self.bound, 0, self.state, self.offer)]
        turn, follow = 0, None
        while waiting or follow is not None:
            if follow is None:
                follow = heapq.heappop(waiting) if len(waiting) < room else _newest(waiting)
            branch, follow = follow, None
            self.bound = max(self.bound, min(branch.bound, waiting[0].bound if waiting else branch.bound))
            if branch.bound > self.enough:
                continue
            bound, site = self._tighten(branch.state, branch.offer, STEPS, PACE, PATIENCE)
            bound = max(bound, branch.bound)
            if site >= 0 and bound <= self.enough:
                turn += 1
                without = branch.state.copy()
                without[site] = BARRED
                heapq.heappush(waiting, _Branch(bound, turn, without, branch.offer.copy()))
                branch.state[site] = BUILT
                follow = _Branch(bound, -turn, branch.state, branch.offer)
            yield
        self.bound = self.value
        yield

    def _tighten(
        self, state: StateArray, offer: FloatArray, steps: int, pace: float, patience: int
    ) -> tuple[float, int]:
        """Raise a branch's bound; keep the choice that it suggests where that is better."""
        work, shift = self.work, self.work.base
        bound, site, built = work.tightened(
            state,
            offer,
            target=self.value - shift,
            enough=self.enough - shift,
            steps=steps,
            pace=pace,
            patience=patience,
            room=self.room,
        )
        if site != -1:
            self._try(built)
        return bound + shift, site

    def _try(self, built: BoolArray) -> None:
        """Look at a choice of the free sites, and search around it where it is near the best."""
        choice = self.fixed.copy()
        choice[self.work.origin[built]] = True
        value = self.whole.value(choice)
        if value < self.value:
            self.best, self.value = choice, value
        if value < self.value + (NEAR - 1.0) * abs(self.value - self.whole.base):
            self._polish(choice)

    def _polish(self, built: BoolArray, *, rounds: int = 0) -> None:
        if not rounds and built.tobytes() in self.seen:
            return
        self.seen.add(built.tobytes())
        better = self.whole.bettered(built, rounds=rounds, kick=KICK)
        value = self.whole.value(better)
        if value < self.value:
            self.best, self.value = better, value

    def _shrink(self) -> None:
        """Go on with the free sites alone."""
        smaller = self.work.restricted(self.state)
        self.fixed[self.work.origin[self.state == BUILT]] = True
        self.work = smaller
        self.offer = self.offer[smaller.row]
        self.state = np.full(len(smaller.state), FREE, np.int8)
        self.room = smaller.room()


def _newest(waiting: list[_Branch]) -> _Branch:
    newest = max(range(len(waiting)), key=lambda k: waiting[k].turn)
    waiting[newest], waiting[-1] = waiting[-1], waiting[newest]
    branch = waiting.pop()
    heapq.heapify(waiting)
    return branch
