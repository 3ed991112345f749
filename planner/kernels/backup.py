"""Covering where a second site counts too: greedy choice, swaps, and Lagrangian bounds.

Demand ``i`` pays ``none[i]`` while none of its sites is built, ``once[i]`` with one, ``twice[i]`` with two or more;
``none >= once >= twice``. At most ``most`` sites are built. ``state`` says what may be, as in
`planner.kernels.location`.

Pairs stand twice, in compressed rows: by demand (``start``, ``site``) and by site (``first``, ``demand``). Nothing here
is random or depends on a clock.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.lagrangian import MEMORY, RECENT, SHRINK
from planner.kernels.location import BARRED, BUILT, ENDLESS, FREE, SLIGHT, _next_random

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StateArray = npt.NDArray[np.int8]


@njit(cache=True, nogil=True)
def times_covered(first: IntArray, demand: IntArray, built: BoolArray, demands: int) -> IntArray:
    """Return how many built sites each demand has."""
    times = np.zeros(demands, np.int64)
    for j in range(built.size):
        if built[j]:
            for a in range(first[j], first[j + 1]):
                times[demand[a]] += 1
    return times


@njit(cache=True, nogil=True)
def _step(i: int, times: int, none: FloatArray, once: FloatArray, twice: FloatArray) -> float:
    """Return what one site more saves a demand that has so many."""
    if times == 0:
        return float(none[i] - once[i])
    return float(once[i] - twice[i]) if times == 1 else 0.0


@njit(cache=True, nogil=True)
def _turn(
    j: int,
    change: int,
    start: IntArray,
    site: IntArray,
    first: IntArray,
    demand: IntArray,
    none: FloatArray,
    once: FloatArray,
    twice: FloatArray,
    times: IntArray,
    gain: FloatArray,
) -> float:
    """Open (``change`` 1) or close (-1) a site, keep each site's gain up to date, and return what that saves."""
    saved = 0.0
    for a in range(first[j], first[j + 1]):
        i = demand[a]
        before = times[i]
        times[i] += change
        saved += change * _step(i, min(before, times[i]), none, once, twice)
        more = _step(i, times[i], none, once, twice) - _step(i, before, none, once, twice)
        if more != 0.0:
            for b in range(start[i], start[i + 1]):
                gain[site[b]] += more
    return saved


@njit(cache=True, nogil=True)
def _leader(gain: FloatArray, state: StateArray, built: BoolArray) -> int:
    """Return the free site, not built, that gains most; ties go to the first."""
    best = -1
    for j in range(gain.size):
        if state[j] == FREE and not built[j] and (best < 0 or gain[j] > gain[best]):
            best = j
    return best


@njit(cache=True, nogil=True)
def search_backup(
    start: IntArray,
    site: IntArray,
    first: IntArray,
    demand: IntArray,
    none: FloatArray,
    once: FloatArray,
    twice: FloatArray,
    state: StateArray,
    most: int,
    built: BoolArray,
    rounds: int,
    kick: int,
    seed: int,
) -> BoolArray:
    """Fill a choice up greedily and better it by swaps until none helps; then shake it and begin again.

    Each of ``rounds`` closes ``kick`` sites of the best choice at random.
    """
    demands, sites = none.size, state.size
    now = np.zeros(sites, np.bool_)
    times, gain = np.zeros(demands, np.int64), np.zeros(sites)
    for j in range(sites):
        for a in range(first[j], first[j + 1]):
            gain[j] += _step(demand[a], 0, none, once, twice)
    count, total = 0, np.sum(none)
    for j in range(sites):
        if state[j] == BUILT or (built[j] and state[j] == FREE and count < most):
            total -= _turn(j, 1, start, site, first, demand, none, once, twice, times, gain)
            now[j] = True
            count += 1
    best, best_total, turn = now.copy(), ENDLESS, 0
    dice = np.uint64(88172645463325252 + seed)
    while True:
        moved = True
        while moved:
            moved = False
            while count < most:
                j = _leader(gain, state, now)
                if j < 0 or gain[j] <= 0.0:
                    break
                total -= _turn(j, 1, start, site, first, demand, none, once, twice, times, gain)
                now[j] = True
                count += 1
            for k in range(sites):
                if not now[k] or state[k] != FREE:
                    continue
                lost = -_turn(k, -1, start, site, first, demand, none, once, twice, times, gain)
                now[k] = False
                j = _leader(gain, state, now)
                if gain[j] > lost + SLIGHT * max(1.0, abs(total)):
                    moved = True
                else:
                    j = k
                total += lost - _turn(j, 1, start, site, first, demand, none, once, twice, times, gain)
                now[j] = True
        if total < best_total:
            best_total, best[:] = total, now
        if turn >= rounds:
            return best
        turn += 1
        for j in range(sites):  # back to the best choice, then shake it
            if now[j] != best[j]:
                total -= _turn(j, 1 if best[j] else -1, start, site, first, demand, none, once, twice, times, gain)
                now[j] = best[j]
        count = int(np.sum(now))
        for _ in range(kick):
            dice = _next_random(dice)
            j = np.int64(dice % np.uint64(sites))  # type: ignore[assignment]  # for numba, not int
            for _ in range(sites):
                if now[j] and state[j] == FREE:
                    total -= _turn(j, -1, start, site, first, demand, none, once, twice, times, gain)
                    now[j] = False
                    count -= 1
                    break
                j = j + 1 if j + 1 < sites else 0
            dice = _next_random(dice)
            j = np.int64(dice % np.uint64(sites))  # type: ignore[assignment]  # as above
            if count < most and not now[j] and state[j] == FREE:
                total -= _turn(j, 1, start, site, first, demand, none, once, twice, times, gain)
                now[j] = True
                count += 1


@njit(cache=True, nogil=True)
def _levels(
    times: IntArray,
    none: FloatArray,
    once: FloatArray,
    twice: FloatArray,
    gain_one: FloatArray,
    gain_two: FloatArray,
) -> float:
    """Work out what a first and a second site more save each demand, at best; return what all pay now.

    Where the second would save more than the first, each counts as half of both: no less than either choice saves.
    """
    total = 0.0
    for i in range(none.size):
        gain_one[i], gain_two[i] = _step(i, times[i], none, once, twice), _step(i, times[i] + 1, none, once, twice)
        if gain_two[i] > gain_one[i]:
            gain_one[i] = gain_two[i] = 0.5 * (gain_one[i] + gain_two[i])
        total += none[i] if times[i] == 0 else once[i] if times[i] == 1 else twice[i]
    return total


@njit(cache=True, nogil=True)
def tighten_backup(
    first: IntArray,
    demand: IntArray,
    none: FloatArray,
    once: FloatArray,
    twice: FloatArray,
    most: int,
    state: StateArray,
    offer: FloatArray,
    target: float,
    enough: float,
    steps: int,
    pace: float,
    patience: int,
) -> tuple[float, int, BoolArray]:
    r"""Raise the bound of one branch, and settle sites that no choice below ``enough`` could have otherwise.

    Demand ``i`` offers ``offer[i]`` for each site of its own, up to two. With :math:`g_1 >= g_2` for what a first and a
    second site save it, and the ``most`` greatest sums of offers :math:`s_j`,

    .. math::

        bound = \sum_i (pays_i - (g_{1i} - offer_i)^+ - (g_{2i} - offer_i)^+) - \sum_j s_j

    never exceeds what the best choice leaves to pay. Parameters and answer are those of
    `planner.kernels.lagrangian.tighten`.
    """
    demands, sites = none.size, state.size
    times, one, two = np.zeros(demands, np.int64), np.empty(demands), np.empty(demands)
    slope, best_offer = np.zeros(demands), offer.copy()
    total, share = np.zeros(sites), np.zeros(sites)
    chosen, best_chosen = np.zeros(sites, np.bool_), np.zeros(sites, np.bool_)
    free, has = np.empty(sites, np.int64), np.zeros(demands, np.int64)
    best, pays, left, count, stuck, gather = -ENDLESS, 0.0, 0, 0, 0, True
    for _ in range(steps):
        if gather:
            gather, left, count = False, most, 0
            built = state == BUILT
            left -= int(np.sum(built))
            if left < 0:
                return ENDLESS, -1, best_chosen
            times[:] = times_covered(first, demand, built, demands)
            pays = _levels(times, none, once, twice, one, two)
            for j in range(sites):
                chosen[j] = False
                if state[j] == FREE:
                    useful = False
                    for a in range(first[j], first[j + 1]):
                        if one[demand[a]] > 0.0:
                            useful = True
                            break
                    if useful:
                        free[count] = j
                        count += 1
                    else:
                        state[j] = BARRED
            if left == 0 or count == 0:
                return pays, -1 if pays > enough else -2, built
            for i in range(demands):
                offer[i] = min(offer[i], one[i])
        bound = pays
        for i in range(demands):
            bound -= max(one[i] - offer[i], 0.0) + max(two[i] - offer[i], 0.0)
            has[i] = 0
        for k in range(count):
            j = free[k]
            total[j] = 0.0
            for a in range(first[j], first[j + 1]):
                total[j] += offer[demand[a]]
        order = np.argsort(-total[free[:count]])
        worst, rest = 0.0, 0.0
        for q in range(count):
            j = free[order[q]]
            chosen[j] = q < left
            if q < left:
                bound -= total[j]
                worst = total[j]
                for a in range(first[j], first[j + 1]):
                    has[demand[a]] += 1
            elif q == left:
                rest = total[j]
            share[j] += RECENT * (chosen[j] - share[j])
        if count <= left:
            worst = 0.0
        stuck += 1
        if bound > best:
            stuck = 0 if bound > best + 1e-6 * abs(best) else stuck
            best, best_offer[:], best_chosen[:] = bound, offer, chosen
        if best > enough:
            return best, -1, best_chosen
        for k in range(count):
            j = free[k]
            if chosen[j]:
                if bound + total[j] - rest > enough:
                    state[j], gather = BUILT, True
            elif bound + worst - total[j] > enough:
                state[j], gather = BARRED, True
        if gather:
            continue
        if stuck >= patience:
            pace, stuck = pace * SHRINK, 0
        length = 0.0
        for i in range(demands):
            if one[i] <= 0.0:
                slope[i] = 0.0
                continue
            least = int(offer[i] < one[i]) + int(offer[i] < two[i])
            greatest = int(offer[i] <= one[i]) + int(offer[i] <= two[i])
            lack = float(min(max(has[i], least), greatest) - has[i])  # nothing, where what it has may be wanted
            slope[i] = MEMORY * lack + (1.0 - MEMORY) * slope[i]
            lack = slope[i]
            if (lack > 0.0 and offer[i] >= one[i]) or (lack < 0.0 and offer[i] <= 0.0):
                lack = 0.0
            length += lack * lack
        if length < 1e-12:  # no direction is left: this is the best bound
            break
        stride = pace * (target - bound) / length
        for i in range(demands):
            if one[i] > 0.0:
                to = min(max(offer[i] + stride * slope[i], 0.0), one[i])
                if (offer[i] - two[i]) * (to - two[i]) < 0.0:  # the kink between one site and two is a likely best
                    to = two[i]
                offer[i] = to
    offer[:] = best_offer
    branch, leading = -1, -1.0
    for j in range(sites):
        if state[j] == FREE and min(share[j], 1.0 - share[j]) > leading:
            branch, leading = j, min(share[j], 1.0 - share[j])
    if branch < 0:  # the last step settled the last site
        built = state == BUILT
        pays = _levels(times_covered(first, demand, built, demands), none, once, twice, one, two)
        return pays, -1 if pays > enough or int(np.sum(built)) > most else -2, built
    best_chosen |= state == BUILT
    return best, branch, best_chosen
