"""Where to put sites so that demands are served cheaply: greedy choice and local search.

One form carries maximal covering, the p-median and fixed charges alike. Demand ``i`` pays ``served[i]`` as long as none
of its sites is built, and the least of its pairs' costs, where that is less, once they are. Site ``j`` itself costs
``charge[j]``. At most ``most`` sites are built. ``state`` says what may be: `FREE`, `BUILT` or `BARRED`.

Pairs stand twice, in compressed rows: by demand (``start``, ``site``, ``cost``), cheapest first, and by site
(``first``, ``demand``, ``price``). Nothing here is random or depends on a clock.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StateArray = npt.NDArray[np.int8]

FREE, BUILT, BARRED = 0, 1, 2

ENDLESS = 1e300
"""Above every value."""

SLIGHT = 1e-9
"""A move must better the value by this share: less is the rounding of the sums."""


@njit(cache=True, nogil=True)
def paid(start: IntArray, site: IntArray, cost: FloatArray, served: FloatArray, built: BoolArray) -> FloatArray:
    """Return what each demand pays, given what is built."""
    least = served.copy()
    for i in range(served.size):
        for a in range(start[i], start[i + 1]):
            if cost[a] >= least[i]:
                break
            if built[site[a]]:
                least[i] = cost[a]
                break
    return least


@njit(cache=True, nogil=True)
def greedy(
    first: IntArray,
    demand: IntArray,
    price: FloatArray,
    charge: FloatArray,
    served: FloatArray,
    state: StateArray,
    most: int,
) -> BoolArray:
    """Build what must be, then the site that saves most, again and again, as long as one saves anything.

    A gain is worked out anew only for the site that leads by its last known gain, since none grows: lazy greedy
    (Minoux 1978). Ties go to the first site.
    """
    built: BoolArray = state == BUILT
    pays = served.copy()
    count = 0
    for j in range(charge.size):
        if built[j]:
            count += 1
            for a in range(first[j], first[j + 1]):
                pays[demand[a]] = min(pays[demand[a]], price[a])
    known = np.zeros(charge.size)
    for j in range(charge.size):
        if state[j] == FREE:
            known[j] = -charge[j]
            for a in range(first[j], first[j + 1]):
                known[j] += max(pays[demand[a]] - price[a], 0.0)
    while count < most:
        leader, best = int(np.argmax(known)), -1
        while leader != best:
            best = leader
            gain = -charge[best]
            for a in range(first[best], first[best + 1]):
                gain += max(pays[demand[a]] - price[a], 0.0)
            known[best] = gain
            leader = int(np.argmax(known))
        if known[best] <= 0.0:
            break
        built[best], known[best] = True, 0.0
        count += 1
        for a in range(first[best], first[best + 1]):
            pays[demand[a]] = min(pays[demand[a]], price[a])
    return built


@njit(cache=True, nogil=True)
def _look(
    i: int,
    start: IntArray,
    site: IntArray,
    cost: FloatArray,
    base: FloatArray,
    slot: IntArray,
    near: FloatArray,
    second: FloatArray,
    by: IntArray,
) -> None:
    """Find what demand ``i`` pays, what it would pay without the site that serves it, and that site's slot."""
    near[i] = second[i] = base[i]
    by[i] = -1
    for a in range(start[i], start[i + 1]):
        if cost[a] >= base[i]:
            return
        k = slot[site[a]]
        if k >= 0:
            if by[i] >= 0:
                second[i] = cost[a]
                return
            near[i], by[i] = cost[a], k


@njit(cache=True, nogil=True)
def _say(
    i: int,
    sign: float,
    start: IntArray,
    site: IntArray,
    cost: FloatArray,
    near: FloatArray,
    second: FloatArray,
    by: IntArray,
    gain: FloatArray,
    loss: FloatArray,
    both: FloatArray,
) -> None:
    """Add what demand ``i`` says about each move; with ``sign`` -1, take it back."""
    k = by[i]
    if k >= 0:
        loss[k] += sign * (second[i] - near[i])
    for a in range(start[i], start[i + 1]):
        c, j = cost[a], site[a]
        if c >= second[i]:
            return
        if c < near[i]:
            gain[j] += sign * (near[i] - c)
            if k >= 0:
                both[k, j] += sign * (second[i] - near[i])
        elif k >= 0:
            both[k, j] += sign * (second[i] - c)


@njit(cache=True, nogil=True)
def _best_move(
    charge: FloatArray,
    state: StateArray,
    slot: IntArray,
    opened: IntArray,
    gain: FloatArray,
    loss: FloatArray,
    both: FloatArray,
    change: float,
) -> tuple[int, int]:
    """Return the site to open and the slot to put it in (-1: none) for the move that saves more than ``change``."""
    bring, leave = -1, -1
    for j in range(charge.size):
        if state[j] != FREE or slot[j] >= 0:
            continue
        alone = charge[j] - gain[j]
        for k in range(opened.size):
            delta = alone if opened[k] < 0 else alone + loss[k] - both[k, j] - charge[opened[k]]
            if delta < change:
                change, bring, leave = delta, j, k
    for k in range(opened.size):
        if opened[k] >= 0 and loss[k] - charge[opened[k]] < change:
            change, bring, leave = loss[k] - charge[opened[k]], -1, k
    return bring, leave


@njit(cache=True, nogil=True)
def _next_random(dice: np.uint64) -> np.uint64:
    """Return the next number of an xorshift generator (Marsaglia 2003): the same from the same seed."""
    dice ^= dice << np.uint64(13)
    dice ^= dice >> np.uint64(7)
    dice ^= dice << np.uint64(17)
    return dice


@njit(cache=True, nogil=True)
def search(
    start: IntArray,
    site: IntArray,
    cost: FloatArray,
    first: IntArray,
    demand: IntArray,
    price: FloatArray,
    charge: FloatArray,
    served: FloatArray,
    state: StateArray,
    most: int,
    built: BoolArray,
    rounds: int,
    kick: int,
    seed: int,
) -> tuple[BoolArray, float]:
    """Better a choice by the best single opening, closing or swap until none helps; then shake it and begin again.

    What each demand says about each move is kept up to date as sites come and go (Resende and Werneck 2007). Each of
    ``rounds`` swaps ``kick`` sites of the best choice at random. Returns the best choice and its value.
    """
    sites, demands = charge.size, served.size
    base = paid(start, site, cost, served, state == BUILT)
    free = int(np.sum(state == FREE))
    slots = max(min(most - int(np.sum(state == BUILT)), free), 0)
    if slots == free:
        rounds = 0  # nothing to swap with
    opened, slot = np.full(slots, -1, np.int64), np.full(sites, -1, np.int64)
    near, second, by = np.empty(demands), np.empty(demands), np.empty(demands, np.int64)
    gain, loss, both = np.zeros(sites), np.zeros(slots), np.zeros((slots, sites))
    touched, seen, stamp = np.empty(demands, np.int64), np.zeros(demands, np.int64), 0
    total, count = 0.0, 0
    for j in range(sites):
        if state[j] == FREE and built[j] and count < slots:
            opened[count], slot[j] = j, count
            count += 1
        if state[j] == BUILT or slot[j] >= 0:
            total += charge[j]
    for i in range(demands):
        _look(i, start, site, cost, base, slot, near, second, by)
        _say(i, 1.0, start, site, cost, near, second, by, gain, loss, both)
        total += near[i]
    best, best_total = opened.copy(), ENDLESS
    dice, turn, kicks, undo = np.uint64(88172645463325252 + seed), 0, 0, False
    while slots > 0:
        bring, leave = -1, -1
        if undo:  # slot by slot back to the best choice known: first those that its sites don't stand in elsewhere
            for k in range(slots):
                if opened[k] != best[k] and (best[k] < 0 or slot[best[k]] < 0):
                    bring, leave = best[k], k
                    break
            if leave < 0:
                for k in range(slots):
                    if opened[k] != best[k]:
                        leave = k
                        break
            if leave < 0:
                undo = False
        if leave < 0 and kicks > 0:
            kicks -= 1
            dice = _next_random(dice)
            leave = np.int64(dice % np.uint64(slots))  # type: ignore[assignment]  # for numba, not int
            dice = _next_random(dice)
            bring = np.int64(dice % np.uint64(sites))  # type: ignore[assignment]  # as above
            if state[bring] != FREE or slot[bring] >= 0:
                continue
        if leave < 0:
            bring, leave = _best_move(charge, state, slot, opened, gain, loss, both, -SLIGHT * max(1.0, abs(total)))
        if leave < 0:
            if total < best_total:
                best_total, best = total, opened.copy()
            else:
                undo = True
            if turn >= rounds:
                break
            turn += 1
            kicks = kick
            continue
        stamp += 1
        many = 0
        old = opened[leave]
        for j in (old, bring):
            if j < 0:
                continue
            for a in range(first[j], first[j + 1]):
                i = demand[a]
                if seen[i] != stamp and price[a] <= second[i]:
                    seen[i], touched[many] = stamp, i
                    many += 1
        for q in range(many):
            _say(touched[q], -1.0, start, site, cost, near, second, by, gain, loss, both)
            total -= near[touched[q]]
        if old >= 0:
            slot[old] = -1
            total -= charge[old]
        opened[leave] = bring
        if bring >= 0:
            slot[bring] = leave
            total += charge[bring]
        for q in range(many):
            _look(touched[q], start, site, cost, base, slot, near, second, by)
            _say(touched[q], 1.0, start, site, cost, near, second, by, gain, loss, both)
            total += near[touched[q]]
    chosen = state == BUILT
    for k in range(slots):
        if best[k] >= 0:
            chosen[best[k]] = True
    return chosen, min(best_total, total)
