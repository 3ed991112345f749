"""Weakly connected components by union-find."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def components(u: Positions, v: Positions, nodes: int) -> IntArray:
    """Return for each node the smallest node of its component; ``u`` and ``v`` are the ends of the edges."""
    parent = np.arange(nodes)
    for e in range(u.size):
        a = u[e]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        b = v[e]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        else:
            parent[a] = b
    for i in range(nodes):
        parent[i] = parent[parent[i]]  # parents are never larger than i, so theirs are final already
    return parent


def components_by_length(u: Positions, v: Positions, length_mm: IntArray, nodes: int) -> tuple[Positions, IntArray]:
    """Label each edge with its weakly connected component, numbered from the longest; also return their lengths.

    Parameters
    ----------
    u, v, length_mm
        Length m: ends and length of each edge.
    nodes
        The number of nodes.

    Returns
    -------
    tuple
        The component of each edge, and the length of each component in millimetres. Equal lengths are numbered in
        the order of their first edge.
    """
    if len(u) == 0:
        return np.empty(0, np.int32), np.empty(0, np.int64)
    root = components(u, v, nodes)[u]
    first = np.full(nodes, len(u), np.int64)
    first[root[::-1]] = np.arange(len(u))[::-1]
    found = np.flatnonzero(first < len(u))
    total = np.bincount(root, length_mm, nodes)[found].astype(np.int64)  # exact: Earth's streets are below 2**53 mm
    order = np.lexsort((first[found], -total))
    rank = np.empty(nodes, np.int32)
    rank[found[order]] = np.arange(len(order))
    return rank[root], total[order]
