"""Shortest paths on a compressed graph: bounded tables from place to place, and nearest sources for every node.

The graph is in compressed rows: the arcs that leave node ``i`` are ``start[i]:start[i + 1]``; arc ``a`` leads to
``head[a]`` and costs ``first[a]`` of what is minimised and ``second[a]`` of what rides along (time and length, or
length and time). Costs are whole and >= 0, compared first by ``first``, then by ``second``, so each answer is unique
and doesn't depend on the order of the arcs.

A place enters and leaves the search by *seeds*: nodes with the cost between the node and the place.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]

FAR = 2**62
"""Above every cost; the sum of two still fits in an int64."""


@njit(cache=True, nogil=True)
def compressed_rows(tail: IntArray, nodes: int) -> tuple[IntArray, IntArray]:
    """Return ``start`` and the arcs in order of their tail, by counting; arcs of one tail keep their order."""
    start = np.zeros(nodes + 1, np.int64)
    for a in range(tail.size):
        start[tail[a] + 1] += 1
    for i in range(nodes):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    order = np.empty(tail.size, np.int64)
    for a in range(tail.size):
        order[place[tail[a]]] = a
        place[tail[a]] += 1
    return start, order


@njit(cache=True, nogil=True)
def _before(key: IntArray, i: int, j: int) -> bool:
    """Whether queue entry ``i`` comes before ``j``: lexicographic in the first three columns."""
    if key[i, 0] != key[j, 0]:
        return bool(key[i, 0] < key[j, 0])
    if key[i, 1] != key[j, 1]:
        return bool(key[i, 1] < key[j, 1])
    return bool(key[i, 2] < key[j, 2])


@njit(cache=True, nogil=True)
def _push(key: IntArray, size: int, a: int, b: int, c: int, node: int, by: int) -> int:
    """Put an entry into the binary heap ``key`` of ``size`` entries; return the new size."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if key[parent, 0] < a or (
            key[parent, 0] == a and (key[parent, 1] < b or (key[parent, 1] == b and key[parent, 2] <= c))
        ):
            break
        key[i] = key[parent]
        i = parent
    key[i, 0], key[i, 1], key[i, 2], key[i, 3], key[i, 4] = a, b, c, node, by
    return size + 1


@njit(cache=True, nogil=True)
def _drop_first(key: IntArray, size: int) -> int:
    """Take the first entry off the heap; return the new size."""
    size -= 1
    last = size
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and _before(key, child + 1, child):
            child += 1
        if not _before(key, child, last):
            break
        key[i] = key[child]
        i = child
    key[i] = key[last]
    return size


@njit(cache=True, nogil=True)
def table(
    start: IntArray,
    head: IntArray,
    first: IntArray,
    second: IntArray,
    seed_start: IntArray,
    seed_node: IntArray,
    seed_first: IntArray,
    seed_second: IntArray,
    end_start: IntArray,
    end_place: IntArray,
    end_first: IntArray,
    end_second: IntArray,
    places: int,
    limit: int,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the costs from origins to places within ``limit``, one row of the result for each pair.

    Origin ``o`` has the seeds ``seed_start[o]:seed_start[o + 1]``. The places whose seeds lie on node ``i`` are
    ``end_place[end_start[i]:end_start[i + 1]]``, with the costs from the node to the place.

    Returns
    -------
    tuple
        Origin, place, first and second cost of each pair; pairs of one origin stand together, by place.
    """
    nodes = start.size - 1
    best_first = np.full(nodes, FAR, np.int64)
    best_second = np.full(nodes, FAR, np.int64)
    place_first = np.full(places, FAR, np.int64)
    place_second = np.full(places, FAR, np.int64)
    found = np.empty(places, np.int64)
    touched = np.empty(nodes, np.int64)
    queue = np.empty((1024, 5), np.int64)
    room = 1024
    out = np.empty((room, 4), np.int64)
    rows = 0
    for origin in range(seed_start.size - 1):
        size = 0
        seen = 0
        hits = 0
        for s in range(seed_start[origin], seed_start[origin + 1]):
            if seed_first[s] <= limit:
                node = seed_node[s]
                a, b = seed_first[s], seed_second[s]
                if a < best_first[node] or (a == best_first[node] and b < best_second[node]):
                    if best_first[node] == FAR:
                        touched[seen] = node
                        seen += 1
                    best_first[node], best_second[node] = a, b
                    if size == queue.shape[0]:
                        queue = _doubled(queue)
                    size = _push(queue, size, a, b, 0, node, 0)
        while size > 0:
            a, b, node = queue[0, 0], queue[0, 1], queue[0, 3]
            size = _drop_first(queue, size)
            if a != best_first[node] or b != best_second[node]:
                continue
            for e in range(end_start[node], end_start[node + 1]):
                to_a, to_b, place = a + end_first[e], b + end_second[e], end_place[e]
                if to_a <= limit and (
                    to_a < place_first[place] or (to_a == place_first[place] and to_b < place_second[place])
                ):
                    if place_first[place] == FAR:
                        found[hits] = place
                        hits += 1
                    place_first[place], place_second[place] = to_a, to_b
            for arc in range(start[node], start[node + 1]):
                to, to_a, to_b = head[arc], a + first[arc], b + second[arc]
                if to_a <= limit and (to_a < best_first[to] or (to_a == best_first[to] and to_b < best_second[to])):
                    if best_first[to] == FAR:
                        touched[seen] = to
                        seen += 1
                    best_first[to], best_second[to] = to_a, to_b
                    if size == queue.shape[0]:
                        queue = _doubled(queue)
                    size = _push(queue, size, to_a, to_b, 0, to, 0)
        for i in range(seen):
            best_first[touched[i]] = FAR
            best_second[touched[i]] = FAR
        while rows + hits > out.shape[0]:
            out = _doubled(out)
        for place in np.sort(found[:hits]):
            out[rows, 0], out[rows, 1] = origin, place
            out[rows, 2], out[rows, 3] = place_first[place], place_second[place]
            place_first[place] = FAR
            place_second[place] = FAR
            rows += 1
    return (out[:rows, 0].copy(), out[:rows, 1].copy(), out[:rows, 2].copy(), out[:rows, 3].copy())


@njit(cache=True, nogil=True)
def _doubled(rows: IntArray) -> IntArray:
    """Return a copy with room for twice as many rows."""
    larger = np.empty((2 * rows.shape[0], rows.shape[1]), rows.dtype)
    larger[: rows.shape[0]] = rows
    return larger


@njit(cache=True, nogil=True)
def nearest(
    start: IntArray,
    head: IntArray,
    first: IntArray,
    second: IntArray,
    seed_node: IntArray,
    seed_first: IntArray,
    seed_second: IntArray,
    seed_source: IntArray,
    site: IntArray,
    keep: int,
    limit: int,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return for each node its ``keep`` nearest sources on distinct sites, from one search from all of them.

    Sources are numbered in the order that breaks ties; ``site[source]`` groups those that stand on one spot. A label
    of a node settles in the order of cost, source, second cost, so that no node needs more than ``keep`` of them.

    Returns
    -------
    tuple
        Source (-1 for none), first cost, second cost, each of shape (nodes * keep); and ``by``: the arc over which
        the label came, -1 for a seed. Label ``k`` of node ``i`` stands at ``i * keep + k``.
    """
    nodes = start.size - 1
    source = np.full(nodes * keep, -1, np.int64)
    cost_first = np.full(nodes * keep, FAR, np.int64)
    cost_second = np.full(nodes * keep, FAR, np.int64)
    by = np.full(nodes * keep, -1, np.int64)
    queue = np.empty((1024, 5), np.int64)
    size = 0
    for s in range(seed_node.size):
        if seed_first[s] <= limit:
            if size == queue.shape[0]:
                queue = _doubled(queue)
            size = _push(queue, size, seed_first[s], seed_source[s], seed_second[s], seed_node[s], -1)
    while size > 0:
        a, whose, b, node, arc_in = (queue[0, 0], queue[0, 1], queue[0, 2], queue[0, 3], queue[0, 4])
        size = _drop_first(queue, size)
        free = -1
        for k in range(node * keep, (node + 1) * keep):
            if source[k] < 0:
                free = k
                break
            if site[source[k]] == site[whose]:
                break
        if free < 0:
            continue
        source[free], cost_first[free], cost_second[free], by[free] = (whose, a, b, arc_in)
        for arc in range(start[node], start[node + 1]):
            to_a = a + first[arc]
            if to_a <= limit and source[(head[arc] + 1) * keep - 1] < 0:
                if size == queue.shape[0]:
                    queue = _doubled(queue)
                size = _push(queue, size, to_a, whose, b + second[arc], head[arc], arc)
    return source, cost_first, cost_second, by
