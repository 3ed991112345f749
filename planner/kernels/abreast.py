"""All nodes within a limit of many origins that lie side by side: one search carries them all, a lane each.

Origins next door to each other reach nearly the same nodes by nearly the same streets. So a node keeps a row of costs,
one for each origin of the group, and an arc takes the whole row over at once: an addition and a minimum on vectors. A
node waits by the best cost that is new to it, and is taken again when a lane improves later; the search ends when no
lane of no node can be improved, which is when all costs are the shortest (Bellman 1958).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, IntArray, Start
from planner.kernels.waiting import NOBODY, put
from planner.kernels.within import Costs, Nodes

LANES = 64
"""Origins in a group: 128 bytes a row, two lines of the cache."""

TILE = 1024
"""Rows written out together: they stay in the cache while each lane passes over them, and each lane writes enough at a
time to make up for going to another place."""

HIGHEST = 2**15 - 1
LIMIT = (HIGHEST - 2) // 2
"""The largest limit: "far" lies beyond it, and plus the longest arc still fits in 16 bits."""

DONE = np.int32(2**31 - 1)
Lanes = npt.NDArray[np.int16]


@njit(cache=True, nogil=True)
def _blank(row: Lanes, at: np.uint32, far: np.int16) -> None:
    """Begin a row: nobody has come. A loop, as numba fills a slice cost by cost, not vector by vector."""
    for lane in range(LANES):
        row[at, lane] = far


@njit(cache=True, nogil=True)
def _take_over(row: Lanes, here: np.uint32, there: np.uint32, arc: np.int16, far: np.int16) -> np.int16:
    """Improve the costs of a row by those of another over an arc; return the least that is new, ``far`` for none."""
    least = far
    for lane in range(LANES):
        reached, old = np.int16(row[here, lane] + arc), row[there, lane]
        row[there, lane] = min(reached, old)
        least = min(least, reached if reached < old else far)
    return least


@njit(cache=True, nogil=True)
def _write(lane: Lanes, node: Nodes, limit: np.int16, to_node: Nodes, to_cost: Costs) -> np.uint64:
    """Write the nodes of a lane that lie within the limit; return how many. A slot that isn't kept is written over."""
    kept = np.uint64(0)
    for i in range(lane.size):
        if kept == to_node.size:
            break
        to_node[kept], to_cost[kept] = node[i], lane[i]
        kept += np.uint64(lane[i] <= limit)
    return kept


@njit(cache=True, nogil=True)
def abreast(
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
    """Find the nodes within ``limit`` of origins: what `within` finds, in another order of each origin's nodes.

    Parameters and answer are those of `within`; ``limit`` is at most ``LIMIT``, and origins that stand together come
    together.
    """
    nodes, room = start.size - 1, node.size
    limit_, far = np.int16(limit), np.int16(HIGHEST - limit - 1)
    row_of = np.full(nodes, NOBODY, np.int32)
    row, node_of, turn = np.empty((nodes, LANES), np.int16), np.empty(nodes, np.uint32), np.empty(nodes, np.int32)
    waiting = np.full((limit >> width) + 1, NOBODY, np.int32)
    follows, who = np.empty(room, np.int32), np.empty(room, np.uint32)
    bounds = np.empty((origins.size, 2), np.int64)
    filled = np.empty(LANES, np.int64)
    written = 0
    for group in range(0, origins.size, LANES):
        lanes = min(LANES, origins.size - group)
        rows = np.uint32(0)
        entries = np.uint32(0)
        for lane in range(lanes):
            for s in range(seed_start[origins[group + lane]], seed_start[origins[group + lane] + 1]):
                if seed_cost[s] <= limit and entries < room:
                    here = seed_node[s]
                    if row_of[here] == NOBODY:
                        row_of[here] = rows
                        node_of[rows], turn[rows] = here, DONE
                        _blank(row, rows, far)
                        rows += np.uint32(1)
                    at = np.uint32(row_of[here])
                    row[at, lane] = min(row[at, lane], seed_cost[s])
                    early = np.int32(seed_cost[s] >> width)
                    if early < turn[at]:
                        turn[at], who[entries] = early, at
                        put(waiting, follows, np.uint32(early), entries)
                        entries += np.uint32(1)
        for bucket in range(np.uint32(waiting.size)):
            while waiting[bucket] != NOBODY:
                entry = waiting[bucket]
                waiting[bucket] = NOBODY
                while entry != NOBODY:
                    at = who[np.uint32(entry)]
                    entry = follows[np.uint32(entry)]
                    if turn[at] != bucket:
                        continue  # it has had its turn
                    turn[at] = DONE
                    here = node_of[at]
                    if entries + (start[here + np.uint32(1)] - start[here]) > room:
                        return bounds[:group]
                    for a in range(start[here], start[here + np.uint32(1)]):
                        there = arcs[a, 0]
                        if row_of[there] == NOBODY:
                            row_of[there] = rows
                            node_of[rows], turn[rows] = there, DONE
                            _blank(row, rows, far)
                            rows += np.uint32(1)
                        to = np.uint32(row_of[there])
                        least = _take_over(row, at, to, np.int16(min(arcs[a, 1], limit + 1)), far)
                        if least <= limit_ and (least >> width) < turn[to]:
                            turn[to], who[entries] = np.int32(least >> width), to
                            put(waiting, follows, np.uint32(least >> width), entries)
                            entries += np.uint32(1)
        filled[:] = 0
        for i in range(rows):
            for lane in range(LANES):
                filled[lane] += row[i, lane] <= limit_
        if written + filled[:lanes].sum() > room:
            return bounds[:group]
        for lane in range(lanes):
            bounds[group + lane, 0], bounds[group + lane, 1] = written, written + filled[lane]
            written += filled[lane]
            filled[lane] = bounds[group + lane, 0]
        for tile in range(0, rows, TILE):
            upto = min(rows, tile + TILE)
            for lane in range(lanes):
                end = bounds[group + lane, 1]
                at_node, at_cost = node[filled[lane] : end], cost[filled[lane] : end]
                filled[lane] += _write(row[tile:upto, lane], node_of[tile:upto], limit_, at_node, at_cost)
        for i in range(rows):
            row_of[node_of[i]] = NOBODY
    return bounds
