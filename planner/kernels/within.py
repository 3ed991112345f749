"""All nodes within a limit of each origin, one origin after the other (Dijkstra 1959, with buckets)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, IntArray, Start
from planner.kernels.waiting import NOBODY, put

Nodes = npt.NDArray[np.uint32]
Costs = npt.NDArray[np.int32]

FAR = np.int32(2**31 - 1)
"""Above every limit."""


@njit(cache=True, nogil=True)
def within(
    start: Start,
    arcs: Arcs,
    seed_start: IntArray,
    seed_node: IntArray,
    seed_cost: IntArray,
    origins: IntArray,
    limit: int,
    width: int,
    room: int,
) -> tuple[IntArray, Nodes, Costs]:
    """Return the nodes within ``limit`` of origins, in the order in which they were met, with their costs.

    Parameters
    ----------
    start, arcs
        The search graph; costs are >= 0.
    seed_start, seed_node, seed_cost
        Origin ``o`` enters at the seeds ``seed_start[o]:seed_start[o + 1]``.
    origins
        Whom to search from, in this order.
    limit
        At most, in the arcs' first cost; below 2**31.
    width
        Of a bucket, as a power of two.
    room
        For how many nodes, all origins together, and for how many entries that wait.

    Returns
    -------
    tuple
        Where the nodes of each origin begin and end, of shape (origins, 2); the nodes; their costs. There are fewer
        origins than were asked for where the room didn't last: ask again for the others, with more room if there is
        none at all.
    """
    limit_, width_ = np.int32(limit), np.int32(width)
    best = np.full(start.size - 1, FAR, np.int32)
    met = np.empty(start.size - 1, np.uint32)
    waiting = np.full((limit_ >> width_) + 1, NOBODY, np.int32)
    follows, who, cost_of = np.empty(room, np.int32), np.empty(room, np.uint32), np.empty(room, np.int32)
    bounds = np.empty((origins.size, 2), np.int64)
    node, cost = np.empty(room, np.uint32), np.empty(room, np.int32)
    rows = 0
    for q in range(origins.size):
        seen = 0
        entries = np.uint32(0)
        for s in range(seed_start[origins[q]], seed_start[origins[q] + 1]):
            here, reached = np.uint32(seed_node[s]), seed_cost[s]
            if reached <= limit_ and reached < best[here] and entries < room:
                if best[here] == FAR:
                    met[seen] = here
                    seen += 1
                best[here] = np.int32(reached)
                who[entries], cost_of[entries] = here, np.int32(reached)
                put(waiting, follows, np.uint32(reached >> width_), entries)
                entries += np.uint32(1)
        for bucket in range(np.uint32(waiting.size)):
            while waiting[bucket] != NOBODY:
                entry = waiting[bucket]
                waiting[bucket] = NOBODY
                while entry != NOBODY:
                    taken = np.uint32(entry)
                    here, so_far, entry = who[taken], cost_of[taken], follows[taken]
                    if so_far != best[here]:
                        continue  # a better way has come since
                    if entries + (start[here + np.uint32(1)] - start[here]) > room:
                        return bounds[:q], node, cost
                    for a in range(start[here], start[here + np.uint32(1)]):
                        there, reached_now = arcs[a, 0], so_far + np.int32(arcs[a, 1])
                        old = best[there]
                        if reached_now < old and reached_now <= limit_:
                            if old == FAR:
                                met[seen] = there
                                seen += 1
                            best[there] = reached_now
                            who[entries], cost_of[entries] = there, reached_now
                            put(waiting, follows, np.uint32(reached_now >> width_), entries)
                            entries += np.uint32(1)
        if rows + seen > room:
            return bounds[:q], node, cost
        bounds[q, 0], bounds[q, 1] = rows, rows + seen
        for i in range(seen):
            node[rows], cost[rows] = met[i], best[met[i]]
            best[met[i]] = FAR
            rows += 1
    return bounds, node, cost
