from dataclasses import dataclass

import numpy as np

from planner.kernels import search
from planner.streets import seeds


@dataclass
class Within:
    start: np.ndarray
    node: np.ndarray
    cost: np.ndarray


def within(way, origins, *, limit, threads=1):
    leaving = seeds(way, origins, leaving=True)
    start, head, first, second, _ = way.forward
    n = len(start) - 1
    zero = np.zeros(n, np.int64)
    o, node, cost, _ = search.table(
        start,
        head,
        first,
        second,
        leaving.rows(len(origins.edge)),
        leaving.node,
        leaving.first,
        leaving.second,
        np.arange(n + 1),
        np.arange(n),
        zero,
        zero,
        n,
        limit,
    )
    return Within(np.searchsorted(o, np.arange(len(origins.edge) + 1)), node, cost)
