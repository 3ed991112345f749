"""The p-center: the least limit within which the rules let every demand be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.measure import FloatArray
from planner.network import BoolArray
from planner.siting import formulation
from planner.siting.highs import Deadline, minimise
from planner.siting.problem import Problem
from planner.siting.rules import choose
from planner.siting.standing import Standing

Covering = Callable[[Problem], Iterator[Standing]]
"""Yields standings of a set covering problem."""


@dataclass(frozen=True, slots=True)
class _Word:
    """Whether every demand can be served within a limit (None: there was no time to tell), and how."""

    possible: bool | None
    built: BoolArray
    share: FloatArray | None = None


def prove(problem: Problem, *, covering: Covering, deadline: Deadline) -> Iterator[Standing]:
    r"""Yield ever better standings of the p-center problem (Hakimi 1964; Minieka 1970).

    .. math::

        \min r \quad\text{s.t.}\quad \sum_{j \in N_i, d_{ij} \le r} x_j \ge 1 \;\forall i, \;
        \sum_{j \in K} x_j \le p, \; x_j \in \{0, 1\}

    under the further rules, with the symbols of `planner.siting.formulation`. The least :math:`r` is one of the costs:
    the middle one of those still open is tried, as a covering problem, until one is left.

    Parameters
    ----------
    covering
        Solves set covering whose only rule is the number of sites.
    """
    able = ~problem.forbidden[problem.site]
    cost = np.zeros(len(problem.demand)) if problem.cost is None else problem.cost
    least = np.full(len(problem.weight), np.inf)
    np.minimum.at(least, problem.demand[able], cost[able])
    floor = float(least.max(initial=0.0))
    levels = np.unique(np.append(cost[able & (cost >= floor)], floor))
    standing = _first(problem, cost, floor)
    yield standing
    low, high = 0, len(levels) - 1  # a better answer, if there is one, is one of levels[low : high + 1]
    at = high  # first the easiest: whether there is any answer
    if np.isfinite(standing.value):
        high = int(np.searchsorted(levels, standing.value)) - 1
        at = (low + high) // 2
    while low <= high:
        word = _within(problem, cost, float(levels[at]), covering, deadline)
        if word.possible is None:
            return
        if word.possible:
            farthest = _farthest(problem, cost, word, float(levels[at]))
            high = int(np.searchsorted(levels, farthest)) - 1
            standing = Standing(word.built, farthest, float(levels[low]) if low <= high else farthest, word.share)
        else:
            low = at + 1
            bound = float(levels[low]) if low < len(levels) else np.inf
            standing = Standing(standing.built, standing.value, min(bound, standing.value), standing.share)
        yield standing
        at = (low + high) // 2


def _first(problem: Problem, cost: FloatArray, floor: float) -> Standing:
    """Return a choice made site by site, of infinite value where it leaves a demand unserved."""
    built = choose(problem) if problem.capacity is None else None
    if built is None:
        return Standing(problem.must_stand, np.inf, floor)
    farthest = _farthest(problem, cost, _Word(True, built), np.inf)
    return Standing(built, farthest, min(floor, farthest))


def _within(problem: Problem, cost: FloatArray, limit: float, covering: Covering, deadline: Deadline) -> _Word:
    keep = cost <= limit
    part = replace(problem, demand=problem.demand[keep], site=problem.site[keep], cost=cost[keep], count_cost=False)
    nothing = problem.must_stand
    if not part.plain:
        program = formulation.lscp(part)
        program.cost[:] = 0.0
        outcome = minimise(program, deadline=deadline)
        if outcome.columns is None:
            return _Word(False if outcome.proven else None, nothing)
        built = outcome.columns[: len(nothing)] > 0.5
        return _Word(True, built, _all_pairs(formulation.shares_of(part, outcome.columns), keep))
    most = len(nothing) if problem.sites is None else problem.sites
    for step in covering(part):
        if step.value <= most:
            return _Word(True, step.built)
        if step.bound > most:
            return _Word(False, nothing)
    return _Word(None, nothing)


def _all_pairs(share: FloatArray | None, keep: BoolArray) -> FloatArray | None:
    if share is None:
        return None
    every = np.zeros(len(keep))
    every[keep] = share
    return every


def _farthest(problem: Problem, cost: FloatArray, word: _Word, limit: float) -> float:
    """Return the greatest cost that a demand has with what is built: often less than the limit tried."""
    if word.share is not None:
        return float(cost[word.share > 0].max(initial=0.0))
    has = word.built[problem.site] & (cost <= limit)
    least = np.full(len(problem.weight), np.inf)
    np.minimum.at(least, problem.demand[has], cost[has])
    return float(least.max(initial=0.0))
