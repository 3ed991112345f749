r"""Models in which a second cover counts: backup coverage, the second stage of LSCP-B, and a share covered twice.

All are solved as `planner.siting.backup.Backup`. A share :math:`s` to be covered twice is priced: with :math:`\mu` a
unit of weight that is not,

.. math::

    \min_x \sum_i w_i (1 - y_i) + \mu \Bigl(\sum_i w_i (1 - u_i) - (1 - s) \sum_i w_i\Bigr)

never exceeds what the best choice that keeps the share comes to; the :math:`\mu` that makes it largest is sought by
bisection, and the choices met on the way that keep the share are answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.measure import FloatArray
from planner.network import BoolArray
from planner.siting import lagrange
from planner.siting.backup import Backup, backup, settle
from planner.siting.highs import Deadline
from planner.siting.problem import Problem
from planner.siting.standing import ROUNDING, Standing, firm

PRICES = 12
"""Prices tried at most: each halves what is open of the best one."""


def with_backup(problem: Problem, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve maximal covering with backup, as the least weight left without."""
    theta, weight = problem.backup_weight, problem.weight
    scale = 2.0 if theta == 0.5 else 1.0  # whole figures, where weights are whole
    one = backup(problem, none=scale * weight, once=scale * theta * weight)
    for step in _proven(problem, one, deadline=deadline):
        yield Standing(step.built, step.value / scale, step.bound / scale)


def most_twice(problem: Problem, built: BoolArray, *, deadline: Deadline) -> Iterator[Standing]:
    """Cover most weight twice among choices of so many sites that cover everyone, from one such choice."""
    more = float(problem.weight.sum()) + 1.0  # than all that can be missed twice
    one = backup(problem, none=np.full(len(problem.weight), np.ceil(more)), once=problem.weight)
    yield from _proven(problem, one, deadline=deadline, begin=built)


def least_missed(problem: Problem, *, deadline: Deadline) -> Iterator[Standing]:
    """Cover most weight, of it a share twice: bounds and answers by prices; not proven where a gap is left."""
    weight = problem.weight
    room = _room(problem)
    low, high, price = 0.0, np.inf, 0.0
    best = Standing(problem.must_stand, np.inf, 0.0)
    whole = bool((weight % 1 == 0).all())
    for _ in range(PRICES):
        one = backup(problem, none=(1.0 + price) * weight, once=price * weight, base=-price * room)
        last = None
        for last in _proven(problem, one, deadline=deadline):
            bound = max(best.bound, firm(last.bound, best.value, whole=whole), 0.0)
            best = _kept(problem, last.built, best, bound=min(bound, best.value))
            yield best
            if deadline() <= 0 or best.proven:
                return
        if last is None:
            return
        if _missed_twice(problem, last.built) <= room * (1.0 + ROUNDING):
            if price == 0.0:
                return
            high = price
        else:
            low = price
        price = (low + high) / 2.0 if np.isfinite(high) else max(2.0 * price, 0.25)


def fewest_kept(problem: Problem, *, least: int, deadline: Deadline) -> Iterator[Standing]:
    """Cover everyone, and a share twice, with the fewest sites: the middle number of those still open is tried.

    Parameters
    ----------
    least
        How many sites it takes at least, the share aside.
    """
    room = _room(problem)
    everything = ~problem.forbidden
    low, high = least, int((everything & problem.counted).sum())
    best = Standing(everything, float(high), float(low))
    if _missed_twice(problem, everything) > room * (1.0 + ROUNDING):
        yield Standing(problem.must_stand, np.inf, np.inf)
        return
    yield best
    sites = low
    while low < high and deadline() > 0:
        part, told = replace(problem, sites=sites, backup_share=None), False
        for step in most_twice(part, problem.must_stand, deadline=deadline):
            if step.value <= room * (1.0 + ROUNDING):
                high = int((step.built & problem.counted).sum())
                best, told = Standing(step.built, float(high), float(min(low, high))), True
                break
            if step.bound > room * (1.0 + ROUNDING):
                low, told = sites + 1, True
                best = Standing(best.built, best.value, float(low))
                break
            if deadline() <= 0:
                break
        yield best
        if not told:
            return
        sites = (low + high) // 2 if high < everything.sum() // 2 else min(low + max(low - least, 1), high - 1)


def _proven(problem: Problem, one: Backup, *, deadline: Deadline, begin: BoolArray | None = None) -> Iterator[Standing]:
    """Yield standings of a backup problem in the problem's own sites."""
    left, standing = settle(one), problem.must_stand
    start = None if begin is None else begin[left.origin]
    for step in lagrange.prove(left, deadline=deadline, begin=start):
        built = standing.copy()
        built[left.origin[step.built]] = True
        yield Standing(built, step.value, step.bound)


def _room(problem: Problem) -> float:
    """Return the weight that needn't be covered twice."""
    share = problem.backup_share or 0.0
    return max((1.0 - share) * float(problem.weight.sum()), 0.0)


def _times(problem: Problem, built: BoolArray) -> FloatArray:
    return np.bincount(problem.demand[built[problem.site]], minlength=len(problem.weight)).astype(np.float64)


def _missed_twice(problem: Problem, built: BoolArray) -> float:
    return float(problem.weight[_times(problem, built) < 2].sum())


def _kept(problem: Problem, built: BoolArray, best: Standing, *, bound: float) -> Standing:
    """Return the better of two standings, the new one only where it keeps the share."""
    if _missed_twice(problem, built) <= _room(problem) * (1.0 + ROUNDING):
        value = float(problem.weight[_times(problem, built) < 1].sum())
        if value < best.value:
            return Standing(built, value, min(bound, value))
    return Standing(best.built, best.value, bound)
