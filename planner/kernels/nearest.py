"""The nearest place of every node, and the two nearest, from one search that starts at all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, IntArray, Start
from planner.kernels.table import FAR
from planner.kernels.waiting import NOBODY, put

NONE = np.int32(-1)
KEPT = np.uint32(2)
Positions = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def _before(first: int, source: int, second: int, than_first: int, than_source: int, than_second: int) -> bool:
    """Whether a label comes before another: by first cost, source, second cost."""
    if first != than_first:
        return bool(first < than_first)
    if source != than_source:
        return bool(source < than_source)
    return bool(second < than_second)


@njit(cache=True, nogil=True)
def nearest(
    start: Start,
    arcs: Arcs,
    seed_node: IntArray,
    seed_cost: IntArray,
    seed_source: IntArray,
    limit: int,
    width: int,
    buckets: int,
    room: int,
) -> tuple[bool, Positions, IntArray, Positions, Positions]:
    """Return for each node its nearest source.

    Sources are numbered in the order that breaks ties.

    Parameters
    ----------
    start, arcs
        The search graph; costs are >= 0.
    seed_node, seed_cost, seed_source
        Where the sources enter; ``seed_cost`` has shape (seeds, 2).
    limit
        At most, in the first cost.
    width, buckets
        Of the ring: the width as a power of two, and how many, a power of two too.
    room
        For how many entries that wait.

    Returns
    -------
    tuple
        Whether the room lasted; the source of each node, -1 for none; its first and second cost, of shape (nodes, 2);
        the node from which it came and the arc, -1 for a seed.
    """
    nodes = start.size - 1
    source, came, by = np.full(nodes, NONE, np.int32), np.full(nodes, NONE, np.int32), np.full(nodes, NONE, np.int32)
    cost = np.full((nodes, 2), FAR, np.int64)
    waits = np.zeros(nodes, np.bool_)
    waiting = np.full(buckets, NOBODY, np.int32)
    follows, who = np.empty(room, np.int32), np.empty(room, np.uint32)
    entries = np.uint32(0)
    turn, last = np.int64(FAR), np.int64(-1)
    for s in range(seed_node.size):
        here, first, second, whose = np.uint32(seed_node[s]), seed_cost[s, 0], seed_cost[s, 1], seed_source[s]
        if first <= limit and _before(first, whose, second, cost[here, 0], source[here], cost[here, 1]):
            if entries == room:
                return False, source, cost, came, by
            source[here], cost[here, 0], cost[here, 1], waits[here] = whose, first, second, True
            bucket = first >> width
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
                    continue  # it has been taken for a better label already
                waits[here] = False
                if entries + (start[here + np.uint32(1)] - start[here]) > room:
                    return False, source, cost, came, by
                first, second, whose = cost[here, 0], cost[here, 1], source[here]
                for a in range(start[here], start[here + np.uint32(1)]):
                    there = arcs[a, 0]
                    to_first, to_second = first + np.int64(arcs[a, 1]), second + np.int64(arcs[a, 2])
                    if to_first > cost[there, 0] or to_first > limit:
                        continue  # the commonest case, told at a glance
                    if _before(to_first, whose, to_second, cost[there, 0], source[there], cost[there, 1]):
                        source[there], waits[there], came[there], by[there] = whose, True, here, a
                        cost[there, 0], cost[there, 1] = to_first, to_second
                        bucket = to_first >> width
                        last = max(last, bucket)
                        who[entries] = there
                        put(waiting, follows, np.uint32(bucket & (buckets - 1)), entries)
                        entries += np.uint32(1)
        turn += 1
    return True, source, cost, came, by


@njit(cache=True, nogil=True)
def _offer(
    node: np.uint32,
    first: int,
    whose: int,
    second: int,
    site: IntArray,
    source: Positions,
    cost: IntArray,
    waits: npt.NDArray[np.bool_],
) -> bool:
    """Let a node keep a label if it is among its best, one of each site; return whether it is."""
    low = node * KEPT
    high = low + KEPT - np.uint32(1)
    if source[high] != NONE and not _before(first, whose, second, cost[high, 0], source[high], cost[high, 1]):
        return False
    at = high
    if source[low] == NONE or site[source[low]] == site[whose]:
        at = low
        if source[low] != NONE and not _before(first, whose, second, cost[low, 0], source[low], cost[low, 1]):
            return False
    elif _before(first, whose, second, cost[low, 0], source[low], cost[low, 1]):
        source[high], waits[high] = source[low], waits[low]
        cost[high, 0], cost[high, 1] = cost[low, 0], cost[low, 1]
        at = low
    source[at], waits[at] = whose, True
    cost[at, 0], cost[at, 1] = first, second
    return True


@njit(cache=True, nogil=True)
def two_nearest(
    start: Start,
    arcs: Arcs,
    seed_node: IntArray,
    seed_cost: IntArray,
    seed_source: IntArray,
    site: IntArray,
    limit: int,
    width: int,
    buckets: int,
    room: int,
) -> tuple[bool, Positions, IntArray]:
    """Return for each node its nearest source, and the nearest on another site.

    Sources are numbered in the order that breaks ties; ``site[source]`` groups those that stand on one spot. A site
    that isn't one of the two best of a node isn't one of any node beyond it, so two labels a node are enough.

    Parameters are those of `nearest`.

    Returns
    -------
    tuple
        Whether the room lasted; source (-1 for none), of shape (2 * nodes): the two of node ``i`` stand at ``2 * i``
        and behind; their first and second cost, of shape (2 * nodes, 2).
    """
    labels = 2 * (start.size - 1)
    source = np.full(labels, NONE, np.int32)
    cost = np.full((labels, 2), FAR, np.int64)
    waits = np.zeros(labels, np.bool_)
    waiting = np.full(buckets, NOBODY, np.int32)
    follows, who = np.empty(room, np.int32), np.empty(room, np.uint32)
    entries = np.uint32(0)
    last, turn = np.int64(-1), np.int64(FAR)
    for s in range(seed_node.size):
        first = seed_cost[s, 0]
        if first <= limit and _offer(
            np.uint32(seed_node[s]), first, seed_source[s], seed_cost[s, 1], site, source, cost, waits
        ):
            if entries == room:
                return False, source, cost
            bucket = first >> width
            turn, last = min(turn, bucket), max(last, bucket)
            who[entries] = seed_node[s]
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
                if entries + 2 * (start[here + np.uint32(1)] - start[here]) > room:
                    return False, source, cost
                for k in range(here * KEPT, here * KEPT + KEPT):
                    if not waits[k] or (cost[k, 0] >> width) != turn:
                        continue  # no label, or one that has been taken already, or one that waits elsewhere
                    waits[k] = False
                    first, second, whose = cost[k, 0], cost[k, 1], source[k]
                    for a in range(start[here], start[here + np.uint32(1)]):
                        there, to_first = arcs[a, 0], first + np.int64(arcs[a, 1])
                        if to_first > cost[there * KEPT + np.uint32(1), 0] or to_first > limit:
                            continue  # the commonest case, told at a glance
                        if _offer(
                            there, to_first, whose, second + np.int64(arcs[a, 2]), site, source, cost, waits
                        ):  # fmt: skip
                            bucket = to_first >> width
                            last = max(last, bucket)
                            who[entries] = there
                            put(waiting, follows, np.uint32(bucket & (buckets - 1)), entries)
                            entries += np.uint32(1)
        turn += 1
    return True, source, cost
