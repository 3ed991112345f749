"""Set covering under rules: local search among choices that keep spacing, units and budget at every step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.covering import _turn, _worst
from planner.kernels.location import _next_random

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _clears(
    j: int,
    foe_start: IntArray,
    foe: IntArray,
    cap_start: IntArray,
    cap: IntArray,
    room: IntArray,
    group_start: IntArray,
    group: IntArray,
    now: BoolArray,
    score: FloatArray,
    out: IntArray,
) -> int:
    """Write down the sites that go where ``j`` comes; return how many, or -1 where it may not come at all."""
    many = 0
    for a in range(foe_start[j], foe_start[j + 1]):
        if now[foe[a]]:
            out[many] = foe[a]
            many += 1
    for b in range(cap_start[j], cap_start[j + 1]):
        c = cap[b]
        spare = room[c]
        for q in range(many):
            for a in range(cap_start[out[q]], cap_start[out[q] + 1]):
                spare += cap[a] == c
        if spare > 0:
            continue
        least = -1
        for a in range(group_start[c], group_start[c + 1]):
            k = group[a]
            if now[k] and k != j and (least < 0 or score[k] < score[least]):
                least = k
        if least < 0:
            return -1
        out[many] = least
        many += 1
    return many


@njit(cache=True, nogil=True)
def search_ruled(
    start: IntArray,
    member: IntArray,
    first: IntArray,
    row: IntArray,
    charge: FloatArray,
    foe_start: IntArray,
    foe: IntArray,
    cap_start: IntArray,
    cap: IntArray,
    group_start: IntArray,
    group: IntArray,
    most: IntArray,
    price: FloatArray,
    purse: float,
    built: BoolArray,
    steps: int,
    seed: int,
) -> tuple[BoolArray, bool]:
    """Look for a cheap cover among choices that keep rules, as `search_cover` does; return it, and whether it is one.

    Parameters
    ----------
    foe_start, foe
        By site, in compressed rows: the sites that must not stand beside it.
    cap_start, cap, group_start, group, most
        By site the units that it counts in, by unit its sites, and how many of them may stand.
    price, purse
        What each site costs, and what all may cost together.
    built
        A choice that keeps the rules, whether or not it covers everyone.

    Notes
    -----
    A site that comes sends away those that may not stand beside it, of a full unit the one that is missed least, and of
    all, as long as the money doesn't reach, those that are missed least.
    """
    demands, sites = start.size - 1, first.size - 1
    best, now, is_cover = built.copy(), built.copy(), False
    cost, spent, best_cost = np.sum(charge[now]), np.sum(price[now]), np.inf
    weight, times = np.ones(demands), np.zeros(demands, np.int64)
    score, room = np.zeros(sites), most.copy()
    last, ready = np.zeros(sites, np.int64), np.ones(sites, np.bool_)
    bare, place, many = np.empty(demands, np.int64), np.full(demands, -1, np.int64), 0
    stand, at, count = np.empty(sites, np.int64), np.empty(sites, np.int64), 0
    out = np.empty(sites + most.size, np.int64)
    dice, recent = np.uint64(88172645463325252 + seed), -1
    for j in range(sites):
        if now[j]:
            stand[count], at[j] = j, count
            count += 1
            for b in range(cap_start[j], cap_start[j + 1]):
                room[cap[b]] -= 1
            for a in range(first[j], first[j + 1]):
                times[row[a]] += 1
    for i in range(demands):
        if times[i] == 0:
            place[i], bare[many] = many, i
            many += 1
        for a in range(start[i], start[i + 1]):
            j = member[a]
            if times[i] == 0 or (times[i] == 1 and now[j]):
                score[j] += 1.0
    for step in range(1, steps + 1):
        if many == 0 and cost < best_cost:
            best_cost, best[:], is_cover = cost, now, True
        leaving = 0
        if many == 0 or (is_cover and cost + np.min(charge) >= best_cost):
            out[0] = _worst(stand, count, score, charge, last, recent)
            leaving = 1 if out[0] >= 0 else 0
            if leaving == 0 and many == 0:
                return best, is_cover
        into = -1
        if many > 0:
            dice = _next_random(dice)
            i, is_ready, leading = bare[np.int64(dice % np.uint64(many))], False, -np.inf
            for a in range(start[i], start[i + 1]):
                j = member[a]
                going = _clears(j, foe_start, foe, cap_start, cap, room, group_start, group, now, score, out[leaving:])
                if going < 0 or price[j] > purse:
                    continue
                worth = score[j]
                for q in range(leaving, leaving + going):
                    worth -= score[out[q]]
                worth = worth / charge[j] if worth > 0.0 else worth * charge[j]
                if into >= 0 and (
                    ready[j] < is_ready
                    or (ready[j] == is_ready and (worth < leading or (worth == leading and last[j] >= last[into])))
                ):
                    continue
                into, is_ready, leading = j, ready[j], worth
            if into >= 0:
                leaving += _clears(
                    into, foe_start, foe, cap_start, cap, room, group_start, group, now, score, out[leaving:]
                )
        q, over = 0, into >= 0 and spent + price[into] > purse
        while q < leaving or over:
            gone = out[q] if q < leaving else _worst(stand, count, score, charge, last, into)
            q += 1
            if gone < 0:
                break
            if now[gone]:
                many = _turn(gone, -1, start, member, first, row, now, times, weight, score, ready, bare, place, many)
                last[gone] = step
                cost -= charge[gone]
                spent -= price[gone]
                count -= 1
                stand[at[gone]], at[stand[count]] = stand[count], at[gone]
                for b in range(cap_start[gone], cap_start[gone + 1]):
                    room[cap[b]] += 1
            over = into >= 0 and spent + price[into] > purse
        if into < 0 and many > 0 and leaving == 0:
            return best, is_cover
        if into >= 0:
            many = _turn(into, 1, start, member, first, row, now, times, weight, score, ready, bare, place, many)
            last[into], recent = step, into
            cost += charge[into]
            spent += price[into]
            stand[count], at[into] = into, count
            count += 1
            for b in range(cap_start[into], cap_start[into + 1]):
                room[cap[b]] -= 1
        for p in range(many):
            weight[bare[p]] += 1.0
            for a in range(start[bare[p]], start[bare[p] + 1]):
                score[member[a]] += 1.0
    if many == 0 and cost < best_cost:
        best[:], is_cover = now, True
    return best, is_cover
