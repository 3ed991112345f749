"""Set covering: demands and sites that don't matter, and local search with weights on the demands.

Pairs stand twice, in compressed rows, each row sorted: by demand (``start``, ``site``) and by site (``first``,
``demand``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.location import _next_random

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _within(start: IntArray, member: IntArray, inner: int, outer: int) -> bool:
    """Whether every member of one sorted row stands in another."""
    b = start[outer]
    for a in range(start[inner], start[inner + 1]):
        while b < start[outer + 1] and member[b] < member[a]:
            b += 1
        if b == start[outer + 1] or member[b] != member[a]:
            return False
    return True


@njit(cache=True, nogil=True)
def row_keys(start: IntArray, member: IntArray) -> IntArray:
    """Return a number for each row: equal rows have equal numbers (FNV-1a), and different ones almost never."""
    key = np.empty(start.size - 1, np.int64)
    for i in range(key.size):
        mixed = np.uint64(1469598103934665603)
        for a in range(start[i], start[i + 1]):
            mixed = (mixed ^ np.uint64(member[a] + 1)) * np.uint64(1099511628211)
        key[i] = np.int64(mixed >> np.uint64(1))
    return key


@njit(cache=True, nogil=True)
def same_rows(start: IntArray, member: IntArray, key: IntArray, order: IntArray) -> IntArray:
    """Return for each row the first row with the same members; ``order`` sorts the rows by ``key``, then number."""
    same = np.arange(key.size)
    for q in range(1, key.size):
        i, back = order[q], q - 1
        while back >= 0 and key[order[back]] == key[i]:
            k = order[back]
            size = start[k + 1] - start[k]
            if same[k] == k and size == start[i + 1] - start[i]:
                equal = True
                for a in range(size):
                    if member[start[k] + a] != member[start[i] + a]:
                        equal = False
                        break
                if equal:
                    same[i] = k
                    break
            back -= 1
    return same


@njit(cache=True, nogil=True)
def implied(start: IntArray, member: IntArray, first: IntArray, row: IntArray, order: IntArray) -> BoolArray:
    """Return which rows hold all the members of another row that stays; of equal rows the first stays.

    A demand whose sites include all the sites of another demand is covered whenever that one is. ``order`` names
    the rows from the shortest to the longest.
    """
    gone = np.zeros(order.size, np.bool_)
    size = start[1:] - start[:-1]
    for i in order:
        if gone[i] or size[i] == 0:
            continue
        rarest = member[start[i]]
        for a in range(start[i], start[i + 1]):
            if first[member[a] + 1] - first[member[a]] < first[rarest + 1] - first[rarest]:
                rarest = member[a]
        for b in range(first[rarest], first[rarest + 1]):
            k = row[b]
            if k == i or gone[k] or size[k] < size[i] or (size[k] == size[i] and k < i):
                continue
            if _within(start, member, i, k):
                gone[k] = True
    return gone


@njit(cache=True, nogil=True)
def dominated(
    first: IntArray,
    row: IntArray,
    start: IntArray,
    member: IntArray,
    charge: FloatArray,
    kind: IntArray,
    order: IntArray,
) -> BoolArray:
    """Return which sites cover nothing that another site of their kind, no dearer, doesn't cover too.

    Of two that are equal in all this the first stays. ``order`` names the sites from the one that covers fewest to the
    one that covers most. A site that covers nothing is gone.
    """
    gone = np.zeros(order.size, np.bool_)
    size = first[1:] - first[:-1]
    for j in order:
        if size[j] == 0:
            gone[j] = True
            continue
        rarest = row[first[j]]
        for a in range(first[j], first[j + 1]):
            if start[row[a] + 1] - start[row[a]] < start[rarest + 1] - start[rarest]:
                rarest = row[a]
        for b in range(start[rarest], start[rarest + 1]):
            k = member[b]
            if k == j or gone[k] or kind[k] != kind[j] or charge[k] > charge[j] or size[k] < size[j]:
                continue
            if size[k] == size[j] and charge[k] == charge[j] and k > j:
                continue
            if _within(first, row, j, k):
                gone[j] = True
                break
    return gone


@njit(cache=True, nogil=True)
def dual_ascent(start: IntArray, member: IntArray, charge: FloatArray, order: IntArray) -> float:
    """Return what no cover costs less than: what demands can pay before a site gets more than it costs.

    One demand after the other, in the given order, pays as much as its sites still leave (Erlenkotter 1978).
    """
    left, total = charge.copy(), 0.0
    for i in order:
        least = np.inf
        for a in range(start[i], start[i + 1]):
            least = min(least, left[member[a]])
        if 0.0 < least < np.inf:
            total += least
            for a in range(start[i], start[i + 1]):
                left[member[a]] -= least
    return total


@njit(cache=True, nogil=True)
def shed(demands: int, first: IntArray, row: IntArray, order: IntArray, built: BoolArray) -> None:
    """Close, in the given order, every built site whose demands others cover too, in place."""
    times = np.zeros(demands, np.int64)
    for j in range(built.size):
        if built[j]:
            for a in range(first[j], first[j + 1]):
                times[row[a]] += 1
    for j in order:
        if not built[j]:
            continue
        needed = False
        for a in range(first[j], first[j + 1]):
            if times[row[a]] == 1:
                needed = True
                break
        if not needed:
            built[j] = False
            for a in range(first[j], first[j + 1]):
                times[row[a]] -= 1


@njit(cache=True, nogil=True)
def greedy_priced(
    start: IntArray, member: IntArray, first: IntArray, row: IntArray, charge: FloatArray, offer: FloatArray
) -> BoolArray:
    """Return a cover built site by site, each time the one that costs least for what it newly covers.

    What a site costs is its charge less what the demands that it newly covers offer; where that is below 0, more
    demands make it better still, else fewer make it worse (Caprara, Fischetti and Toth 1999).
    """
    demands, sites = start.size - 1, first.size - 1
    price, many = charge.copy(), np.zeros(sites, np.int64)
    for j in range(sites):
        for a in range(first[j], first[j + 1]):
            price[j] -= offer[row[a]]
            many[j] += 1
    built, covered, bare = np.zeros(sites, np.bool_), np.zeros(demands, np.bool_), demands
    while bare > 0:
        best, leader = np.inf, -1
        for j in range(sites):
            if many[j] > 0:
                score = price[j] / many[j] if price[j] > 0.0 else price[j] * many[j]
                if score < best:
                    best, leader = score, j
        built[leader] = True
        for a in range(first[leader], first[leader + 1]):
            i = row[a]
            if not covered[i]:
                covered[i] = True
                bare -= 1
                for b in range(start[i], start[i + 1]):
                    price[member[b]] += offer[i]
                    many[member[b]] -= 1
    return built


@njit(cache=True, nogil=True)
def _worst(stand: IntArray, count: int, score: FloatArray, charge: FloatArray, last: IntArray, spared: int) -> int:
    """Return the standing site, other than ``spared``, missed least for what it costs; ties by who rested longest."""
    out = -1
    for q in range(count):
        j = stand[q]
        if j != spared:
            if out >= 0:
                mine, its = score[j] * charge[out], score[out] * charge[j]
                if mine > its or (mine == its and last[j] >= last[out]):
                    continue
            out = j
    return out


@njit(cache=True, nogil=True)
def _turn(
    j: int,
    change: int,
    start: IntArray,
    member: IntArray,
    first: IntArray,
    row: IntArray,
    now: BoolArray,
    times: IntArray,
    weight: FloatArray,
    score: FloatArray,
    ready: BoolArray,
    bare: IntArray,
    place: IntArray,
    many: int,
) -> int:
    """Open (``change`` 1) or close (-1) a site and tell its neighbours; return how many demands are uncovered."""
    now[j] = change > 0
    score[j], ready[j] = 0.0, change > 0
    for a in range(first[j], first[j + 1]):
        i = row[a]
        before = times[i]
        times[i] += change
        if before == 0:
            many -= 1
            other = bare[many]
            bare[place[i]], place[other], place[i] = other, place[i], -1
        elif times[i] == 0:
            place[i], bare[many] = many, i
            many += 1
        alone = min(before, times[i])  # how many cover it besides this site
        if alone == 0:
            score[j] += weight[i]
        for b in range(start[i], start[i + 1]):
            k = member[b]
            if k != j:
                ready[k] = True
                if alone == 0 or (alone == 1 and now[k]):  # they would cover it no longer, or again
                    score[k] -= change * weight[i]
    return many


@njit(cache=True, nogil=True)
def search_cover(
    start: IntArray,
    member: IntArray,
    first: IntArray,
    row: IntArray,
    charge: FloatArray,
    built: BoolArray,
    steps: int,
    seed: int,
) -> BoolArray:
    """Look for a cheaper cover than ``built`` by swapping sites; demands that stay uncovered grow heavier.

    Whenever all is covered, sites are closed until the rest costs less than the best cover. Each step closes the site
    that is missed least and opens one that covers a demand drawn from the uncovered (row weighting local search: Gao,
    Weise and Li 2015; scores per unit of cost). No site may come back before one of its neighbours has changed.
    """
    demands, sites = start.size - 1, first.size - 1
    best, now = built.copy(), built.copy()
    cost = best_cost = np.sum(charge[best])
    weight, times = np.ones(demands), np.zeros(demands, np.int64)
    score = np.zeros(sites)  # the weight that a built site alone covers, or that another would newly cover
    last, ready = np.zeros(sites, np.int64), np.ones(sites, np.bool_)
    bare, place, many = np.empty(demands, np.int64), np.full(demands, -1, np.int64), 0
    stand, at, count = np.empty(sites, np.int64), np.empty(sites, np.int64), 0  # the sites that stand, in no order
    dice, recent, lightest = np.uint64(88172645463325252 + seed), -1, np.min(charge)
    for j in range(sites):
        if now[j]:
            stand[count], at[j] = j, count
            count += 1
            for a in range(first[j], first[j + 1]):
                times[row[a]] += 1
    for i in range(demands):
        if times[i] == 1:
            for a in range(start[i], start[i + 1]):
                if now[member[a]]:
                    score[member[a]] += 1.0
    for step in range(1, steps + 1):
        closed = 0
        while closed == 0 or cost + lightest >= best_cost:  # so that the one opened leaves it cheaper
            if many == 0 and cost < best_cost:
                best_cost, best[:] = cost, now
            out = _worst(stand, count, score, charge, last, recent)
            if out < 0:
                return best
            count -= 1
            stand[at[out]], at[stand[count]] = stand[count], at[out]
            many = _turn(out, -1, start, member, first, row, now, times, weight, score, ready, bare, place, many)
            last[out] = step
            cost -= charge[out]
            closed += 1
        if many > 0:
            dice = _next_random(dice)
            i, into, is_ready = bare[np.int64(dice % np.uint64(many))], -1, False
            for a in range(start[i], start[i + 1]):
                j = member[a]
                if into >= 0:
                    mine, its = score[j] * charge[into], score[into] * charge[j]
                    better = mine > its or (mine == its and last[j] < last[into])
                    if ready[j] < is_ready or (ready[j] == is_ready and not better):
                        continue
                into, is_ready = j, ready[j]
            many = _turn(into, 1, start, member, first, row, now, times, weight, score, ready, bare, place, many)
            last[into], recent = step, into
            stand[count], at[into] = into, count
            count += 1
            cost += charge[into]
        for q in range(many):
            weight[bare[q]] += 1.0
            for a in range(start[bare[q]], start[bare[q] + 1]):
                score[member[a]] += 1.0
    return best
