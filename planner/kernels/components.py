"""Weakly connected components by union-find."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
Positions = npt.NDArray[np.integer]


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
