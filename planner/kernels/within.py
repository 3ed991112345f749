"""All nodes within a limit of each origin, one origin after the other (Dijkstra 1959, with buckets)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, IntArray, Start
from planner.kernels.waiting import NOBODY, Entries

Nodes = npt.NDArray[np.uint32]
Costs = npt.NDArray[np.uint16] | npt.NDArray[np.int32]
"""In 16 bits where the limit fits them."""

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
    node: Nodes,
    cost: Costs,
) -> IntArray:
    """Find the nodes within ``limit`` of origins, in the order in which they were met, with their costs.

    A processor that guesses wrong whether an arc improves a node loses more time than all else about that arc takes.
    So nothing is asked: every arc writes its node down, as met and as waiting, in the next free slots, and the slots
    are counted on only where it was an improvement.

    Parameters
    ----------
    start, arcs
        The search graph; costs are >= 0.
    seed_start, seed_node, seed_cost
        Origin ``o`` enters at the seeds ``seed_start[o]:seed_start[o + 1]``.
    origins
        Whom to search from, in this order.
    limit
        At most, in the arcs' first cost; below 2**31 - 1.
    width
        Of a bucket, as a power of two.
    node, cost
        Room for what is found, all origins together; so many entries may also wait at a time.

    Returns
    -------
    numpy.ndarray
        Where in ``node`` and ``cost`` the nodes of each origin begin and end, of shape (origins, 2). There are fewer
        origins than were asked for where the room didn't last: ask again for the others, with more room if there is
        none at all.
    """
    far, room, one = np.int32(limit + 1), node.size, np.uint32(1)
    best = np.full(start.size - 1, far, np.int32)
    waiting = np.full((far >> width) + 1, NOBODY, np.int32)
    follows, who, cost_of = np.empty(room, np.int32), np.empty(room, np.uint32), np.empty(room, np.int32)
    bounds = np.empty((origins.size, 2), np.int64)
    rows = np.uint64(0)
    for q in range(origins.size):
        end, entries = rows, np.uint32(0)
        first, last = seed_start[origins[q]], seed_start[origins[q] + 1]
        if np.int64(end) + (last - first) > room:
            return bounds[:q]
        for s in range(first, last):
            there, reached = np.uint32(seed_node[s]), np.int32(min(seed_cost[s], far))
            old = best[there]
            node[end] = there
            end += np.uint64((reached < old) & (old == far))
            best[there] = min(reached, old)
            entries = _wait(waiting, follows, who, cost_of, entries, there, reached, width, reached < old)
        for bucket in range(np.uint32(waiting.size)):
            while waiting[bucket] != NOBODY:
                entry = waiting[bucket]
                waiting[bucket] = NOBODY
                while entry != NOBODY:
                    taken = np.uint32(entry)
                    here, so_far, entry = who[taken], cost_of[taken], follows[taken]
                    if so_far != best[here]:
                        continue  # a better way has come since
                    if np.int64(max(end, entries) + (start[here + one] - start[here])) > room:
                        return bounds[:q]
                    for a in range(start[here], start[here + one]):
                        there, reached = arcs[a, 0], np.int32(min(so_far + np.int64(arcs[a, 1]), far))
                        old = best[there]
                        node[end] = there
                        end += np.uint64((reached < old) & (old == far))
                        best[there] = min(reached, old)
                        entries = _wait(waiting, follows, who, cost_of, entries, there, reached, width, reached < old)
        bounds[q, 0], bounds[q, 1] = rows, end
        for i in range(rows, end):
            cost[i], best[node[i]] = best[node[i]], far
        rows = end
    return bounds


@njit(cache=True, nogil=True)
def _wait(
    waiting: Entries,
    follows: Entries,
    who: Nodes,
    cost_of: Entries,
    entry: np.uint32,
    node: np.uint32,
    cost: np.int32,
    width: int,
    counts: bool,
) -> np.uint32:
    """Let a node wait by its cost if that counts; return the next free entry."""
    bucket = np.uint32(cost >> width)
    top = waiting[bucket]
    who[entry], cost_of[entry], follows[entry] = node, cost, top
    waiting[bucket] = np.int32(entry) if counts else top
    return np.uint32(entry + np.uint32(counts))
