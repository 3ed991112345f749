"""Sites with room for so much: Lagrangian bounds with a knapsack for each site, and a quick way to fill sites.

Demand ``i`` takes ``take[i]`` of a site's ``room``; it pays ``price`` of the pair that serves it, or ``served[i]`` for
doing without. Site ``j`` costs ``charge[j]``, and at most ``most`` sites stand. ``state`` says what may be, as in
`planner.kernels.location`. Demands may be split; where they may not, the bounds hold too.

Pairs stand by site, in compressed rows: ``first``, ``demand``, ``price``. Nothing here is random or depends on a clock.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.lagrangian import MEMORY, RECENT, SHRINK
from planner.kernels.location import BARRED, BUILT, ENDLESS, FREE

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StateArray = npt.NDArray[np.int8]

AHEAD = 0.1
"""Where no answer is known, or none near, the steps aim at this share above the best bound."""


@njit(cache=True, nogil=True)
def _pack(
    low: int,
    high: int,
    demand: IntArray,
    price: FloatArray,
    take: FloatArray,
    room: float,
    offer: FloatArray,
    items: IntArray,
    rate: FloatArray,
    part: FloatArray,
) -> tuple[float, int, float]:
    """Fill one site with what pays most for its room; return what that is worth, how many items, and the last rate.

    ``items`` and ``part`` tell the pairs taken and which part of each; the last rate is what room is worth.
    """
    count = 0
    for a in range(low, high):
        worth = offer[demand[a]] - price[a]
        if worth > 0.0:
            items[count], rate[count] = a, -worth / max(take[demand[a]], 1e-12)
            count += 1
    order = np.argsort(rate[:count])
    chosen = items[:count][order]
    left, value, used = room, 0.0, 0
    for q in range(count):
        a = chosen[q]
        i = demand[a]
        items[used] = a
        part[used] = 1.0
        worth = offer[i] - price[a]
        if take[i] > left:
            part[used] = left / take[i]
            return value + worth * part[used], used + 1, worth / take[i]
        value += worth
        left -= take[i]
        used += 1
    return value, used, 0.0


@njit(cache=True, nogil=True)
def _pack_whole(
    low: int,
    high: int,
    demand: IntArray,
    price: FloatArray,
    take: FloatArray,
    room: float,
    offer: FloatArray,
    items: IntArray,
    part: FloatArray,
    value: FloatArray,
    taken: BoolArray,
) -> tuple[float, int]:
    """Fill one site with whole demands that pay most together, by dynamic programming; takes are whole numbers.

    ``value`` (as long as the room and one) and ``taken`` (a row for each pair of the widest site) are room to work in.
    """
    size, count = int(room), 0
    value[: size + 1] = 0.0
    for a in range(low, high):
        worth, need = offer[demand[a]] - price[a], int(take[demand[a]])
        if worth <= 0.0 or need > size:
            continue
        items[count] = a
        for c in range(size + 1):
            taken[count, c] = False
        for c in range(size, need - 1, -1):
            if value[c - need] + worth > value[c]:
                value[c], taken[count, c] = value[c - need] + worth, True
        count += 1
    used, c = 0, size
    for q in range(count - 1, -1, -1):
        if taken[q, c]:
            c -= int(take[demand[items[q]]])
            part[used] = 1.0
            used += 1
        else:
            items[q] = -1
    best, place = 0.0, 0
    for q in range(count):
        if items[q] >= 0:
            items[place] = items[q]
            best += offer[demand[items[q]]] - price[items[q]]
            place += 1
    return best, place


@njit(cache=True, nogil=True)
def tighten_loads(
    first: IntArray,
    demand: IntArray,
    price: FloatArray,
    take: FloatArray,
    room: FloatArray,
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
    whole: bool,
) -> tuple[float, BoolArray, FloatArray, float]:
    r"""Raise the bound, and settle sites that no choice below ``enough`` could have otherwise.

    With a site's

    .. math::

        r_j = f_j - \max \{\sum_i (offer_i - c_{ij}) z_{ij} : \sum_i q_i z_{ij} \le C_j, 0 \le z \le 1\},


    .. math::

        bound = \sum_i offer_i + \sum_{built} r_j + \text{the least } r_j < 0 \text{ of so many free sites}

    never exceeds what the best choice costs (Cornuejols, Sridharan and Thizy 1991). With ``whole``, demands that
    can't be split and takes that are whole numbers, :math:`z` is 0 or 1, which raises it. ``state`` and ``offer``
    change in place. Returns the bound, the sites that it would build, each site's running share, and the step to go
    on with.
    """
    demands, sites = served.size, charge.size
    slope, best_offer, used = np.zeros(demands), offer.copy(), np.zeros(demands)
    reduced, share = np.empty(sites), np.zeros(sites)
    chosen, best_chosen = np.zeros(sites, np.bool_), np.zeros(sites, np.bool_)
    widest = 0
    for j in range(sites):
        widest = max(widest, first[j + 1] - first[j])
    items, rate, part = np.empty(widest, np.int64), np.empty(widest), np.empty(widest)
    deepest = int(np.max(room)) + 1 if whole else 1
    value, taken = np.empty(deepest), np.empty((widest if whole else 1, deepest), np.bool_)
    kept, kept_part, begin = np.empty(demand.size, np.int64), np.empty(demand.size), np.zeros(sites + 1, np.int64)
    best, stuck = -ENDLESS, 0
    for _ in range(steps):
        pairs, left, bound = 0, most, np.sum(offer)
        for j in range(sites):
            begin[j] = pairs
            chosen[j] = state[j] == BUILT
            if state[j] == BARRED:
                continue
            low, high = first[j], first[j + 1]
            if whole:
                worth, count = _pack_whole(low, high, demand, price, take, room[j], offer, items, part, value, taken)
            else:
                worth, count, _ = _pack(low, high, demand, price, take, room[j], offer, items, rate, part)
            reduced[j] = charge[j] - worth
            if chosen[j]:
                bound += reduced[j]
                left -= 1
            for q in range(count):
                kept[pairs], kept_part[pairs] = items[q], part[q]
                pairs += 1
        begin[sites] = pairs
        if left < 0:
            return ENDLESS, best_chosen, share, pace
        free = np.flatnonzero(state == FREE)
        order = free[np.argsort(reduced[free])]
        worst, rest = 0.0, 0.0
        for q in range(order.size):
            j = order[q]
            if reduced[j] >= 0.0:
                break
            if q < left:
                chosen[j] = True
                bound += reduced[j]
                worst = reduced[j] if q == left - 1 else 0.0
            else:
                rest = reduced[j]
                break
        for j in range(sites):
            share[j] += RECENT * (chosen[j] - share[j])
        stuck += 1
        if bound > best:
            stuck = 0 if bound > best + 1e-6 * abs(best) else stuck
            best, best_offer[:], best_chosen[:] = bound, offer, chosen
        if best > enough:
            break
        for j in free:  # type: ignore[assignment]  # numba's whole number, not int
            if chosen[j]:
                if bound - reduced[j] + rest > enough:
                    state[j] = BUILT
            elif bound + reduced[j] - worst > enough:
                state[j] = BARRED
        if stuck >= patience:
            pace, stuck = pace * SHRINK, 0
        used[:] = 0.0
        for j in range(sites):
            if chosen[j]:
                for q in range(begin[j], begin[j + 1]):
                    used[demand[kept[q]]] += kept_part[q]
        length = 0.0
        for i in range(demands):
            slope[i] = lack = MEMORY * (1.0 - used[i]) + (1.0 - MEMORY) * slope[i]
            if (lack > 0.0 and offer[i] >= served[i]) or (lack < 0.0 and offer[i] <= 0.0):
                lack = 0.0
            length += lack * lack
        if length < 1e-12:
            break
        aim = min(target, best + AHEAD * max(abs(best), 1.0))
        stride = pace * max(aim - bound, 1e-9) / length
        for i in range(demands):
            offer[i] = min(max(offer[i] + stride * slope[i], 0.0), served[i])
    offer[:] = best_offer
    return best, best_chosen, share, pace


@njit(cache=True, nogil=True)
def pair_costs(
    first: IntArray,
    demand: IntArray,
    price: FloatArray,
    take: FloatArray,
    room: FloatArray,
    charge: FloatArray,
    offer: FloatArray,
    whole: bool,
) -> tuple[FloatArray, FloatArray]:
    """Return what the use of each pair, and of each site, adds to the bound that these offers give, at least."""
    deepest = int(np.max(room)) + 1 if whole else 1
    widest = 0
    for j in range(charge.size):
        widest = max(widest, first[j + 1] - first[j])
    items, rate, part = np.empty(widest, np.int64), np.empty(widest), np.empty(widest)
    value, taken = np.empty(deepest), np.empty((widest if whole else 1, deepest), np.bool_)
    of_pair, of_site = np.empty(demand.size), np.empty(charge.size)
    for j in range(charge.size):
        low, high, lost = first[j], first[j + 1], 0.0
        worth, _, last = _pack(low, high, demand, price, take, room[j], offer, items, rate, part)
        if whole:
            less, _ = _pack_whole(low, high, demand, price, take, room[j], offer, items, part, value, taken)
            worth, lost = less, worth - less
        of_site[j] = charge[j] - worth
        for a in range(low, high):
            of_pair[a] = max(price[a] - offer[demand[a]] + last * take[demand[a]] - lost, 0.0)
    return of_pair, of_site


@njit(cache=True, nogil=True)
def fill(
    start: IntArray,
    site: IntArray,
    price: FloatArray,
    take: FloatArray,
    room: FloatArray,
    served: FloatArray,
    built: BoolArray,
    split: bool,
    order: IntArray,
) -> tuple[FloatArray, float]:
    """Serve demands, in the given order, each by its cheapest built site with room; return shares and what all pay.

    Pairs stand by demand here, cheapest first. Of a demand that may be split the rest goes to the next site.
    """
    left, share, total = room.copy(), np.zeros(site.size), 0.0
    for i in order:
        open_part = 1.0
        for a in range(start[i], start[i + 1]):
            j = site[a]
            if not built[j] or price[a] >= served[i]:
                continue
            if open_part * take[i] <= left[j]:
                part = open_part
            elif split and left[j] > 0.0:
                part = min(open_part, left[j] / take[i])
            else:
                continue
            share[a] = part
            total += part * price[a]
            left[j] -= part * take[i]
            open_part -= part
            if open_part <= 1e-12:
                open_part = 0.0
                break
        total += open_part * served[i]
    return share, total
