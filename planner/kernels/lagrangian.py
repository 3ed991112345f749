"""Lagrangian bounds for the form of `planner.kernels.location`, with the fixing of sites by their reduced costs.

Demand ``i`` offers ``offer[i]`` for being served, whoever serves it. Then the sites no longer depend on each other:
site ``j`` is worth building where what it is offered beyond its pairs' costs exceeds its charge. Its *reduced cost* is

    charge_j - sum_i max(0, offer_i - cost_ij)

and for any offers between a demand's cheapest pair and what it pays now,

    bound = sum_i offer_i + the sum of the (at most as many as may be built) least reduced costs below 0

never exceeds what the best choice of sites costs. Subgradient steps look for the offers that make it largest; the best
equals the linear relaxation's value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.location import BARRED, BUILT, ENDLESS, FREE

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StateArray = npt.NDArray[np.int8]

SPARE = 12
"""Pairs looked at beyond a demand's offer: room for it to rise. More are seen when the pairs are next gathered."""

MEMORY = 0.3
"""Weight of the newest subgradient in the direction: the rest damps the zigzag (Camerini, Fratta and Maffioli 1975)."""

SHRINK = 0.7
"""What a step is cut by after some steps without a better bound."""

RECENT = 0.1
"""Weight of the newest choice of sites in their running share: the share that branching looks at."""

SOME = 0.1
"""Gather pairs anew once this share of the sites has been barred; fewer cost less to pass over than to sort out."""


@njit(cache=True, nogil=True)
def _served(
    first: IntArray, demand: IntArray, price: FloatArray, served: FloatArray, state: StateArray, now: FloatArray
) -> None:
    """Work out what each demand pays with the built sites alone."""
    now[:] = served
    for j in range(state.size):
        if state[j] == BUILT:
            for a in range(first[j], first[j + 1]):
                now[demand[a]] = min(now[demand[a]], price[a])


@njit(cache=True, nogil=True)
def _gather(
    start: IntArray,
    site: IntArray,
    cost: FloatArray,
    state: StateArray,
    now: FloatArray,
    offer: FloatArray,
    row: IntArray,
    begin: IntArray,
    live: IntArray,
    live_cost: FloatArray,
    most_offered: FloatArray,
) -> tuple[int, float]:
    """Collect the pairs that still matter; return how many demands have any, and what the others pay."""
    rows, pairs, settled = 0, 0, 0.0
    for i in range(now.size):
        begin[rows] = pairs
        spare, most = SPARE, now[i]
        for a in range(start[i], start[i + 1]):
            if cost[a] >= now[i]:
                break
            if state[site[a]] == FREE:
                if cost[a] > offer[i]:
                    spare -= 1
                    if spare < 0:
                        most = cost[a]
                        break
                live[pairs], live_cost[pairs] = site[a], cost[a]
                pairs += 1
        if pairs == begin[rows]:
            settled += now[i]
        else:
            row[rows], most_offered[rows] = i, most
            offer[i] = min(max(offer[i], live_cost[begin[rows]]), most)
            rows += 1
    begin[rows] = pairs
    return rows, settled


@njit(cache=True, nogil=True)
def _least(number: FloatArray, count: int, left: int) -> tuple[float, float]:
    """Return the largest of the ``left`` least numbers, and the least of the rest, both at most 0.

    The numbers come out reordered, the ``left`` least first (quickselect: Hoare 1961).
    """
    below, worst = 0, -ENDLESS
    for k in range(count):
        if number[k] < 0.0:
            below += 1
            worst = max(worst, number[k])
    if below <= left:
        return worst if below == left else 0.0, 0.0
    low, high = 0, count - 1
    while low < high:
        pivot, a, b = number[(low + high) >> 1], low, high
        while a <= b:
            while number[a] < pivot:
                a += 1
            while number[b] > pivot:
                b -= 1
            if a <= b:
                number[a], number[b] = number[b], number[a]
                a += 1
                b -= 1
        if left <= b:
            high = b
        elif left >= a:
            low = a
        else:
            break
    worst = -ENDLESS
    for k in range(left):
        worst = max(worst, number[k])
    return worst, number[left]


@njit(cache=True, nogil=True)
def tighten(
    start: IntArray,
    site: IntArray,
    cost: FloatArray,
    first: IntArray,
    demand: IntArray,
    price: FloatArray,
    charge: FloatArray,
    served: FloatArray,
    most: int,
    state: StateArray,
    offer: FloatArray,
    target: float,
    enough: float,
    steps: int,
    pace: float,
    patience: int,
    row: IntArray,
    begin: IntArray,
    live: IntArray,
    live_cost: FloatArray,
) -> tuple[float, int, BoolArray, FloatArray]:
    """Raise the bound of one branch, and settle sites that no choice below ``enough`` could have otherwise.

    Parameters
    ----------
    state
        Which sites are settled; more are by the end (in place).
    offer
        Length of the demands; the best offers found by the end (in place).
    target
        The value of the best choice known: what the steps aim at.
    enough
        The branch is closed as soon as the bound exceeds this.
    steps, pace, patience
        How many steps; the first one's size; after how many without a better bound it shrinks.
    row, begin, live, live_cost
        Room for the pairs that matter, as long as the demands (two), one more, and the pairs (two).

    Returns
    -------
    The bound (`ENDLESS` where the branch holds nothing), the site to branch on (-1: the branch is closed; -2: every
    site is settled, and the bound is its value), the sites that the best bound would build, and the reduced costs.
    """
    demands, sites = served.size, charge.size
    now, most_offered, slope, best_offer = np.empty(demands), np.empty(demands), np.zeros(demands), offer.copy()
    reduced, sorting, by_site, free = np.empty(sites), np.empty(sites), np.zeros(sites), np.empty(sites, np.int64)
    chosen, best_chosen, share = np.zeros(sites, np.bool_), np.zeros(sites, np.bool_), np.zeros(sites)
    best, base, left, rows, count, barred, stuck = -ENDLESS, 0.0, 0, 0, 0, 0, 0
    gather = True
    for _ in range(steps):
        if gather:
            gather, barred, left, base = False, 0, most, 0.0
            for j in range(sites):
                if state[j] == BUILT:
                    left -= 1
                    base += charge[j]
            if left < 0:
                return ENDLESS, -1, best_chosen, by_site
            _served(first, demand, price, served, state, now)
            rows, settled = _gather(start, site, cost, state, now, offer, row, begin, live, live_cost, most_offered)
            count = 0
            for j in range(sites):
                chosen[j] = False
                if state[j] == FREE:
                    free[count] = j
                    count += 1
            if rows == 0 or left == 0 or count == 0:
                total = base + np.sum(now)
                best_chosen[:] = state == BUILT
                return total, -1 if total > enough else -2, best_chosen, by_site
            base += settled
        for k in range(count):
            by_site[free[k]] = charge[free[k]]
        bound = base
        for r in range(rows):
            offered = offer[row[r]]
            bound += offered
            for a in range(begin[r], begin[r + 1]):
                more = offered - live_cost[a]
                if more <= 0.0:
                    break
                by_site[live[a]] -= more
        for k in range(count):
            reduced[k] = by_site[free[k]] if state[free[k]] == FREE else 0.0
            sorting[k] = reduced[k]
        worst, rest = _least(sorting, count, left)
        taken = 0
        for k in range(count):
            j = free[k]
            chosen[j] = reduced[k] < 0.0 and (reduced[k] < rest or rest == 0.0)
            taken += chosen[j]
        if rest < 0.0:
            for k in range(count):  # ties fill what is left, in order
                if taken < left and reduced[k] == rest:
                    chosen[free[k]] = True
                    taken += 1
        for k in range(count):
            if chosen[free[k]]:
                bound += reduced[k]
            share[free[k]] += RECENT * (chosen[free[k]] - share[free[k]])
        stuck = 0 if bound > best + 1e-3 * (target - best) else stuck + 1
        if bound > best:
            best = bound
            for r in range(rows):
                best_offer[row[r]] = offer[row[r]]
            best_chosen[:] = chosen
        if best > enough:
            return best, -1, best_chosen, by_site
        for k in range(count):
            j = free[k]
            if state[j] != FREE:
                continue
            if chosen[j]:
                if bound - reduced[k] + rest > enough:
                    state[j], gather = BUILT, True
            elif bound + reduced[k] - worst > enough:
                state[j] = BARRED
                barred += 1
        gather = gather or barred > SOME * count
        if gather:
            continue
        if stuck >= patience:
            pace, stuck = pace * SHRINK, 0
        length = 0.0
        for r in range(rows):
            i = row[r]
            lack = 1.0
            for a in range(begin[r], begin[r + 1]):
                if live_cost[a] >= offer[i]:
                    break
                lack -= chosen[live[a]]
            slope[i] = lack = MEMORY * lack + (1.0 - MEMORY) * slope[i]
            if (lack > 0.0 and offer[i] >= most_offered[r]) or (lack < 0.0 and offer[i] <= live_cost[begin[r]]):
                lack = 0.0
            length += lack * lack
        if length < 1e-12:  # no direction is left: this is the best bound
            break
        stride = pace * (target - bound) / length
        for r in range(rows):
            i = row[r]
            offer[i] = min(max(offer[i] + stride * slope[i], live_cost[begin[r]]), most_offered[r])
    offer[:] = best_offer
    branch, leading = -1, -1.0
    for k in range(count):
        j = free[k]
        if state[j] == FREE and min(share[j], 1.0 - share[j]) > leading:
            branch, leading = j, min(share[j], 1.0 - share[j])
    best_chosen |= state == BUILT
    if branch < 0:  # the last step settled the last site
        _served(first, demand, price, served, state, now)
        total = np.sum(now)
        for j in range(sites):
            if state[j] == BUILT:
                total += charge[j]
        return total, -1 if total > enough else -2, state == BUILT, by_site
    return best, branch, best_chosen, by_site
