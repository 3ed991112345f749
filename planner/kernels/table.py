"""Costs from origins to wanted places within a limit: the search writes down nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, IntArray, Rides, Start
from planner.kernels.waiting import NOBODY, put

FAR = 2**62
"""Above every cost; the sum of two still fits in an int64."""


@njit(cache=True, nogil=True)
def _less(first: int, second: int, than_first: int, than_second: int) -> bool:
    """Whether a pair of costs comes before another: by the first, ties by the second."""
    return bool(first < than_first or (first == than_first and second < than_second))


@njit(cache=True, nogil=True)
def table(
    start: Start,
    arcs: Arcs,
    rides: Rides,
    seed_start: IntArray,
    seed_node: IntArray,
    seed_cost: IntArray,
    end_start: IntArray,
    end_place: IntArray,
    end_cost: IntArray,
    places: int,
    origins: IntArray,
    limit: int,
    width: int,
    buckets: int,
    room: int,
) -> tuple[int, npt.NDArray[np.int64]]:
    """Return the costs from origins to places within ``limit``.

    Costs are pairs, compared by the first and then by the second, so each answer is unique and doesn't depend on the
    order of the arcs.

    Parameters
    ----------
    start, arcs, rides
        The search graph; costs are >= 0.
    seed_start, seed_node, seed_cost
        Origin ``o`` enters at the seeds ``seed_start[o]:seed_start[o + 1]``; ``seed_cost`` has shape (seeds, 2).
    end_start, end_place, end_cost
        Node ``i`` leads to the places ``end_place[end_start[i]:end_start[i + 1]]``; ``end_cost`` has shape (ends, 2).
    places
        How many there are.
    origins
        Whom to search from, in this order.
    limit
        At most, in the first cost.
    width, buckets
        Of the ring: the width as a power of two, and how many, a power of two too.
    room
        For how many entries that wait.

    Returns
    -------
    tuple
        How many origins were done before the room ran out, and a row (origin, place, first and second cost) for each
        pair; pairs of one origin stand together, by place.
    """
    nodes = start.size - 1
    best = np.full((nodes, 2), FAR, np.int64)
    place_best = np.full((places, 2), FAR, np.int64)
    waits = np.zeros(nodes, np.bool_)
    met = np.empty(nodes, np.uint32)
    found = np.empty(places, np.int64)
    waiting = np.full(buckets, NOBODY, np.int32)
    follows, who = np.empty(room, np.int32), np.empty(room, np.uint32)
    out = np.empty((1024, 4), np.int64)
    rows = 0
    for q in range(origins.size):
        origin = origins[q]
        seen = 0
        hits = 0
        entries = np.uint32(0)
        last = np.int64(-1)  # the farthest bucket in use, counted on without the ring
        turn = np.int64(FAR)
        for s in range(seed_start[origin], seed_start[origin + 1]):
            here = np.uint32(seed_node[s])
            if seed_cost[s, 0] <= limit and _less(seed_cost[s, 0], seed_cost[s, 1], best[here, 0], best[here, 1]):
                if best[here, 0] == FAR:
                    met[seen] = here
                    seen += 1
                best[here, 0], best[here, 1] = seed_cost[s, 0], seed_cost[s, 1]
                waits[here] = True
                if entries == room:
                    return q, out[:rows]
                bucket = seed_cost[s, 0] >> width
                turn, last = min(turn, bucket), max(last, bucket)
                who[entries] = here
                put(waiting, follows, np.uint32(bucket & (buckets - 1)), entries)
                entries += np.uint32(1)
        while turn <= last:
            slot = np.uint32(turn & (buckets - 1))
            while waiting[slot] != NOBODY:
                entry = waiting[slot]
                waiting[slot] = NOBODY
                while entry != NOBODY:
                    here = who[np.uint32(entry)]
                    entry = follows[np.uint32(entry)]
                    if not waits[here]:
                        continue  # it has been taken for a better way already
                    waits[here] = False
                    if entries + (start[here + np.uint32(1)] - start[here]) > room:
                        return q, out[:rows]
                    first, second = best[here, 0], best[here, 1]
                    for a in range(start[here], start[here + np.uint32(1)]):
                        there = arcs[a, 0]
                        to_first, to_second = first + np.int64(arcs[a, 1]), second + np.int64(rides[a])
                        if to_first <= limit and _less(to_first, to_second, best[there, 0], best[there, 1]):
                            if best[there, 0] == FAR:
                                met[seen] = there
                                seen += 1
                            best[there, 0], best[there, 1] = to_first, to_second
                            waits[there] = True
                            bucket = to_first >> width
                            last = max(last, bucket)
                            who[entries] = there
                            put(waiting, follows, np.uint32(bucket & (buckets - 1)), entries)
                            entries += np.uint32(1)
            turn += 1
        for i in range(seen):
            here = met[i]
            for e in range(end_start[here], end_start[here + np.uint32(1)]):
                to_first, to_second = best[here, 0] + end_cost[e, 0], best[here, 1] + end_cost[e, 1]
                place = end_place[e]
                if to_first <= limit and _less(to_first, to_second, place_best[place, 0], place_best[place, 1]):
                    if place_best[place, 0] == FAR:
                        found[hits] = place
                        hits += 1
                    place_best[place, 0], place_best[place, 1] = to_first, to_second
            best[here, 0], best[here, 1] = FAR, FAR
        while rows + hits > out.shape[0]:
            larger = np.empty((2 * out.shape[0], 4), np.int64)
            larger[:rows] = out[:rows]
            out = larger
        for place in np.sort(found[:hits]):
            out[rows, 0], out[rows, 1] = origin, place
            out[rows, 2], out[rows, 3] = place_best[place, 0], place_best[place, 1]
            place_best[place, 0], place_best[place, 1] = FAR, FAR
            rows += 1
    return origins.size, out[:rows]
