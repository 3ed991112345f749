"""Lengths of shortest paths from some nodes to all others, on a small graph without a cut-off."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def distances(start: IntArray, head: IntArray, length: FloatArray, source: IntArray) -> FloatArray:
    """Return the length of the shortest path from each source to each node, shape (sources, nodes); inf for none.

    Dijkstra's algorithm on a binary heap; the arcs that leave node ``i`` are ``start[i]:start[i + 1]``.
    """
    nodes = start.size - 1
    table = np.full((source.size, nodes), np.inf)
    key, node = np.empty(head.size + 2), np.empty(head.size + 2, np.int64)
    for s in range(source.size):
        found = table[s]
        found[source[s]] = 0.0
        key[0], node[0], size = 0.0, source[s], 1
        while size > 0:
            near, i = key[0], node[0]
            size -= 1
            last, item, at = key[size], node[size], 0
            while True:  # the last entry sinks from the top
                child = 2 * at + 1
                if child >= size:
                    break
                if child + 1 < size and key[child + 1] < key[child]:
                    child += 1
                if key[child] >= last:
                    break
                key[at], node[at] = key[child], node[child]
                at = child
            key[at], node[at] = last, item
            if near > found[i]:
                continue
            for a in range(start[i], start[i + 1]):
                far, k = near + length[a], head[a]
                if far < found[k]:
                    found[k] = far
                    at = size
                    size += 1
                    while at > 0 and key[(at - 1) >> 1] > far:
                        key[at], node[at] = key[(at - 1) >> 1], node[(at - 1) >> 1]
                        at = (at - 1) >> 1
                    key[at], node[at] = far, k
    return table
