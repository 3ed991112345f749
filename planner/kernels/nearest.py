"""The nearest place of every node, and the two nearest, from one search that starts at all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, IntArray, Rides, Start
from planner.kernels.table import FAR
from planner.kernels.waiting import NOBODY, Entries, put

NONE = np.int32(-1)
KEPT = np.uint32(2)

PARCEL = np.uint32(12)
"""Nodes in a parcel, as a power of two: their arcs and costs, 40 bytes a node, fit in a core's own cache."""

BUCKETS = 64
"""The horizon, a third of an arc each: in no parcel does the wave run farther before the others have had their turn, as
costs far ahead of it are often improved later. With many more, few sources take long; with many fewer, many do."""

LINE = 8
"""Arcs in a line of the cache."""

Positions = npt.NDArray[np.int32]
Nodes = npt.NDArray[np.uint32]


@njit(cache=True, nogil=True)
def nearest(
    start: Start, arcs: Arcs, seed_node: IntArray, seed_cost: IntArray, limit: int, width: int, room: int
) -> tuple[bool, IntArray]:
    """Return for each node the cost to its nearest source.

    From many sources at once the whole graph would be searched in one wave, and every step of it would wait for far
    memory. So the nodes are parted into parcels, stretches of the order in which they stand, each small enough for the
    cache. What a parcel is told by others waits for its turn; then it is searched as if there were nothing else, and
    what leaves it waits at the others. Round follows round until nobody waits: no arc improves a cost any more, which
    is when all costs are the least (Bellman 1958).

    Parameters
    ----------
    start, arcs
        The search graph; costs are >= 0.
    seed_node, seed_cost
        Where the sources enter, and what that costs, both of shape (seeds,).
    limit
        At most, in the first cost; below ``FAR``.
    width
        Of a bucket, as a power of two.
    room
        For how many entries that wait.

    Returns
    -------
    tuple
        Whether the room lasted; the cost of each node, ``FAR`` where no source lies within the limit.
    """
    nodes = start.size - 1
    best = np.full(nodes, limit + 1, np.int64)
    at_parcel = np.full((nodes >> PARCEL) + 1, NOBODY, np.int32)
    soonest, fetched = np.full(at_parcel.size, FAR, np.int64), np.zeros(at_parcel.size, np.uint32)
    follows, who, cost_of = np.empty(room, np.int32), np.empty(room, np.uint32), np.empty(room, np.int64)
    waiting = np.full(BUCKETS, NOBODY, np.int32)
    inside_follows, inside_who, inside_cost = np.empty_like(follows), np.empty_like(who), np.empty_like(cost_of)
    entries = np.uint32(0)
    for s in range(seed_node.size):
        here = np.uint32(seed_node[s])
        if seed_cost[s] < best[here]:
            if entries == room:
                return False, best
            best[here] = seed_cost[s]
            entries = _call(at_parcel, soonest, follows, who, cost_of, entries, here, seed_cost[s])
    low = soonest.min()
    while low < FAR:
        horizon = low + (BUCKETS << width)
        busy = True
        while busy:
            busy = False
            for parcel in range(np.uint32(at_parcel.size)):
                if soonest[parcel] < horizon:
                    busy = True
                    if fetched[parcel] == 0:
                        fetched[parcel] = _fetch(start, arcs, np.uint32(parcel))
                    lasted, entries = _within_parcel(
                        start, arcs, best, low, width, np.uint32(parcel), at_parcel, soonest,
                        follows, who, cost_of, entries, waiting, inside_follows, inside_who, inside_cost,
                    )  # fmt: skip
                    if not lasted:
                        return False, best
        low = soonest.min()
    for i in range(nodes):
        if best[i] > limit:
            best[i] = FAR
    return True, best


@njit(cache=True, nogil=True)
def _fetch(start: Start, arcs: Arcs, parcel: np.uint32) -> np.uint32:
    """Read something of each line of a parcel's arcs, in their order, so that the search finds all in the cache.

    Returns
    -------
    numpy.uint32
        What was read, never 0; the compiler leaves out what nobody asks for.
    """
    last = min((parcel + np.uint32(1)) << PARCEL, np.uint32(start.size - 1))
    read = np.uint32(1)
    for a in range(start[parcel << PARCEL], start[last], LINE):
        read |= arcs[a, 1]
    return read


@njit(cache=True, nogil=True)
def _call(
    at_parcel: Entries,
    soonest: IntArray,
    follows: Entries,
    who: Nodes,
    cost_of: IntArray,
    entry: np.uint32,
    node: np.uint32,
    cost: int,
) -> np.uint32:
    """Let a node wait for its parcel's turn; return the next free entry."""
    parcel = node >> PARCEL
    who[entry], cost_of[entry] = node, cost
    put(at_parcel, follows, parcel, entry)
    soonest[parcel] = min(soonest[parcel], cost)
    return np.uint32(entry + np.uint32(1))


@njit(cache=True, nogil=True)
def _within_parcel(
    start: Start,
    arcs: Arcs,
    best: IntArray,
    low: int,
    width: int,
    parcel: np.uint32,
    at_parcel: Entries,
    soonest: IntArray,
    follows: Entries,
    who: Nodes,
    cost_of: IntArray,
    entries: np.uint32,
    waiting: Entries,
    inside_follows: Entries,
    inside_who: Nodes,
    inside_cost: IntArray,
) -> tuple[bool, np.uint32]:
    """Search a parcel from all that waits for it; return whether the room lasted, and the next free entry.

    Costs beyond the last bucket wait for a later turn of the parcel. Nothing is asked about an arc inside the parcel,
    as in `planner.kernels.within`: it writes, and counts that only where it was an improvement.
    """
    entry, inside, one = at_parcel[parcel], np.uint32(0), np.uint32(1)
    at_parcel[parcel], soonest[parcel] = NOBODY, FAR
    while entry != NOBODY:
        taken = np.uint32(entry)
        here, cost, entry = who[taken], cost_of[taken], follows[taken]
        bucket = (cost - low) >> width
        if cost != best[here]:
            continue  # a better way has come since
        if bucket < BUCKETS:
            inside_who[inside], inside_cost[inside] = here, cost
            put(waiting, inside_follows, np.uint32(bucket), inside)
            inside += one
        else:
            _call(at_parcel, soonest, follows, who, cost_of, taken, here, cost)
    for bucket in range(np.uint32(BUCKETS)):
        while waiting[bucket] != NOBODY:
            entry = waiting[bucket]
            waiting[bucket] = NOBODY
            while entry != NOBODY:
                taken = np.uint32(entry)
                here, cost, entry = inside_who[taken], inside_cost[taken], inside_follows[taken]
                if cost != best[here]:
                    continue
                if max(inside, entries) + np.int64(start[here + one] - start[here]) > who.size:
                    return False, entries
                for a in range(start[here], start[here + one]):
                    there, reached = arcs[a, 0], cost + np.int64(arcs[a, 1])
                    to_bucket, better = (reached - low) >> width, reached < best[there]
                    if there >> PARCEL == parcel and to_bucket < BUCKETS:
                        best[there] = min(reached, best[there])
                        top = waiting[to_bucket]
                        inside_who[inside], inside_cost[inside], inside_follows[inside] = there, reached, top
                        waiting[to_bucket] = np.int32(inside) if better else top
                        inside += np.uint32(better)
                    elif better:
                        best[there] = reached
                        entries = _call(at_parcel, soonest, follows, who, cost_of, entries, there, reached)
    return True, entries


@njit(cache=True, nogil=True)
def labels(
    start: Start,
    arcs: Arcs,
    rides: Rides,
    cost: IntArray,
    order: IntArray,
    seed_node: IntArray,
    seed_cost: IntArray,
    seed_source: IntArray,
) -> tuple[Positions, IntArray, Positions]:
    """Return for each node which source is its nearest, and how it is reached, where all costs are known.

    Parameters
    ----------
    cost
        By node, from `nearest`.
    order
        The nodes that a source reaches, those with lower costs first.
    seed_node, seed_cost, seed_source
        Where the sources enter; ``seed_cost`` has shape (seeds, 2). Sources are numbered in the order that breaks ties.

    Returns
    -------
    tuple
        The source of each node, -1 for none; the second cost on the way to it, ``FAR`` for none: the least of all ways
        of the least first cost; the arc by which the label came, -1 for a seed.
    """
    nodes = start.size - 1
    source, by = np.full(nodes, NONE, np.int32), np.full(nodes, NONE, np.int32)
    second = np.full(nodes, FAR, np.int64)
    waits, waiting = np.zeros(nodes, np.bool_), np.empty(nodes, np.uint32)
    for s in range(seed_node.size):
        here = seed_node[s]
        if seed_cost[s, 0] == cost[here] and _comes_first(seed_source[s], seed_cost[s, 1], source[here], second[here]):
            source[here], second[here] = seed_source[s], seed_cost[s, 1]
    for node in order:
        waiting[0], count = node, 1
        while count > 0:  # the node, and those that arcs without cost lead to: they may have had their turn
            count -= 1
            here = waiting[count]
            waits[here] = False
            if source[here] == NONE:
                continue  # an arc without cost leads here from a node whose turn is still to come
            for a in range(start[here], start[here + np.uint32(1)]):
                there, to_second = arcs[a, 0], second[here] + np.int64(rides[a])
                if cost[here] + np.int64(arcs[a, 1]) != cost[there]:
                    continue
                if _comes_first(source[here], to_second, source[there], second[there]):
                    source[there], second[there], by[there] = source[here], to_second, a
                    if arcs[a, 1] == 0 and not waits[there]:
                        waiting[count], waits[there] = there, True
                        count += 1
    return source, second, by


@njit(cache=True, nogil=True)
def _comes_first(source: int, second: int, than_source: int, than_second: int) -> bool:
    """Whether a label of the same first cost comes before another, or before none."""
    return bool(than_source == NONE or source < than_source or (source == than_source and second < than_second))


@njit(cache=True, nogil=True)
def _before(first: int, source: int, second: int, than_first: int, than_source: int, than_second: int) -> bool:
    """Whether a label comes before another: by first cost, source, second cost."""
    if first != than_first:
        return bool(first < than_first)
    if source != than_source:
        return bool(source < than_source)
    return bool(second < than_second)


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
    rides: Rides,
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

    Parameters are those of `nearest`; ``seed_cost`` has shape (seeds, 2).

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
                            there, to_first, whose, second + np.int64(rides[a]), site, source, cost, waits
                        ):  # fmt: skip
                            bucket = to_first >> width
                            last = max(last, bucket)
                            who[entries] = there
                            put(waiting, follows, np.uint32(bucket & (buckets - 1)), entries)
                            entries += np.uint32(1)
        turn += 1
    return True, source, cost
