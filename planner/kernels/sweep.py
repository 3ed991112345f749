"""All nodes within a limit of many origins: one climb and one descent over a hierarchy carries 64 of them, a lane each.

Origins next door to each other reach nearly the same nodes. So a node keeps a row of costs, one for each origin of the
group, and an arc takes the whole row over at once: an addition and a minimum on vectors. A shortest path climbs the
hierarchy and then descends it; so each node is taken once on the way up, lowest first, and once on the way down,
highest first (Delling, Goldberg, Nowatzyk, Werneck 2013, PHAST). Nothing waits, and nothing is taken twice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import IntArray
from planner.kernels.waiting import NOBODY
from planner.kernels.within import Costs, Nodes

LANES = 64
"""Origins in a group: 128 bytes a row, two lines of the cache."""

TILE = 1024
"""Rows written out together: they stay in the cache while each lane passes over them, and each lane writes enough at a
time to make up for going to another place."""

LIMIT = 2**15 - 2
"""The largest limit: one more is "far", and far plus the longest arc still fits in 16 bits."""

BLOCK = 6
"""Ranks that share a mark, as a power of two: a group passes over those of the whole network that it doesn't touch."""

Lanes = npt.NDArray[np.uint16]
Ranks = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]
Slots = npt.NDArray[np.uint64]


@njit(cache=True, nogil=True)
def _blank(row: Lanes, at: np.uint32, far: np.uint16) -> None:
    """Begin a row: nobody has come. A loop, as numba fills a slice cost by cost, not vector by vector."""
    for lane in range(LANES):
        row[at, lane] = far


@njit(cache=True, nogil=True)
def _least(row: Lanes, at: np.uint32, far: np.uint16) -> np.uint16:
    """Return the least cost of a row; none is above far. It stores what it found, as vectors do it only then."""
    least = far
    for lane in range(LANES):
        row[at, lane] = min(row[at, lane], far)
        least = min(least, row[at, lane])
    return least


@njit(cache=True, nogil=True)
def _take_over(row: Lanes, here: np.uint32, there: np.uint32, arc: np.uint16) -> None:
    """Improve the costs of a row by those of another over an arc."""
    for lane in range(LANES):
        row[there, lane] = min(row[there, lane], np.uint16(row[here, lane] + arc))


@njit(cache=True, nogil=True)
def _with_row(
    rank: np.uint32, row: Lanes, row_of: Ranks, rank_of: Nodes, marked: Marks, rows: np.uint32, far: np.uint16
) -> np.uint32:
    """Return how many rows there are when a node has one."""
    if row_of[rank] != NOBODY:
        return rows
    row_of[rank], rank_of[rows], marked[rank >> BLOCK] = rows, rank, True
    _blank(row, rows, far)
    return np.uint32(rows + np.uint32(1))


@njit(cache=True, nogil=True)
def _pass_on(
    rank: np.uint32,
    start: IntArray,
    arcs: Ranks,
    row: Lanes,
    row_of: Ranks,
    rank_of: Nodes,
    marked: Marks,
    rows: np.uint32,
    limit: int,
) -> np.uint32:
    """Let a node's costs go over its arcs; return how many rows there are then."""
    far = np.uint16(limit + 1)
    here = np.uint32(row_of[rank])
    least = np.int64(_least(row, here, far))
    for a in range(start[rank], start[rank + np.uint32(1)]):
        if least + arcs[a, 1] <= limit:
            there = np.uint32(arcs[a, 0])
            rows = _with_row(there, row, row_of, rank_of, marked, rows, far)
            _take_over(row, here, np.uint32(row_of[there]), np.uint16(arcs[a, 1]))
    return rows


@njit(cache=True, nogil=True)
def _keep(
    reached: np.uint16, limit: np.uint16, who: np.uint32, node: Nodes, cost: Costs, slot: np.uint64, spare: np.uint64
) -> np.uint64:
    """Write a node down in a slot if it lies within the limit, else in one that nobody reads; return the next slot."""
    kept = reached <= limit
    at = slot if kept else spare
    node[at], cost[at] = who, reached
    return np.uint64(slot + np.uint64(kept))


@njit(cache=True, nogil=True)
def _write(
    row: Lanes, who: Nodes, lane: int, limit: np.uint16, node: Nodes, cost: Costs, filled: Slots, spare: np.uint64
) -> None:
    """Write the nodes of four lanes that lie within the limit: a row comes from the cache once for all four."""
    one, two, three, four = filled[lane], filled[lane + 1], filled[lane + 2], filled[lane + 3]
    for i in range(len(row)):
        one = _keep(row[i, lane], limit, who[i], node, cost, one, spare)
        two = _keep(row[i, lane + 1], limit, who[i], node, cost, two, spare)
        three = _keep(row[i, lane + 2], limit, who[i], node, cost, three, spare)
        four = _keep(row[i, lane + 3], limit, who[i], node, cost, four, spare)
    filled[lane], filled[lane + 1], filled[lane + 2], filled[lane + 3] = one, two, three, four


@njit(cache=True, nogil=True)
def sweep(
    up_start: IntArray,
    up: Ranks,
    down_start: IntArray,
    down: Ranks,
    node_at: Ranks,
    seed_start: IntArray,
    seed_rank: IntArray,
    seed_cost: IntArray,
    origins: IntArray,
    limit: int,
    node: Nodes,
    cost: Costs,
) -> IntArray:
    """Find the nodes within ``limit`` of origins: what `within` finds, in another order of each origin's nodes.

    Parameters
    ----------
    up_start, up, down_start, down
        The arcs that leave each rank for higher ones, and for lower ones, shape (arcs, 2): the other rank, the cost.
    node_at
        The node of each rank.
    seed_start, seed_rank, seed_cost
        Origin ``o`` enters at the seeds ``seed_start[o]:seed_start[o + 1]``.
    origins
        Whom to search from, in this order; those that stand together come together.
    limit
        At most; itself at most ``LIMIT``.
    node, cost
        Room for what is found, all origins together, and one slot more.

    Returns
    -------
    numpy.ndarray
        As `within` returns.
    """
    ranks, room = up_start.size - 1, node.size
    limit_, far = np.uint16(limit), np.uint16(limit + 1)
    row, rank_of = np.empty((ranks, LANES), np.uint16), np.empty(ranks, np.uint32)
    row_of, marked = np.full(ranks, NOBODY, np.int32), np.zeros((ranks >> BLOCK) + 1, np.bool_)
    bounds = np.empty((origins.size, 2), np.int64)
    count, filled = np.empty(LANES, np.int64), np.empty(LANES, np.uint64)
    written = 0
    for group in range(0, origins.size, LANES):
        lanes, rows = min(LANES, origins.size - group), np.uint32(0)
        for lane in range(lanes):
            for s in range(seed_start[origins[group + lane]], seed_start[origins[group + lane] + 1]):
                if seed_cost[s] <= limit:
                    rank = np.uint32(seed_rank[s])
                    rows = _with_row(rank, row, row_of, rank_of, marked, rows, far)
                    row[row_of[rank], lane] = min(row[row_of[rank], lane], seed_cost[s])
        for block in range(marked.size):
            if marked[block]:
                for r in range(block << BLOCK, min((block + 1) << BLOCK, ranks)):
                    if row_of[r] != NOBODY:
                        rows = _pass_on(np.uint32(r), up_start, up, row, row_of, rank_of, marked, rows, limit)
        for block in range(marked.size - 1, -1, -1):
            if marked[block]:
                for r in range(min((block + 1) << BLOCK, ranks) - 1, (block << BLOCK) - 1, -1):
                    if row_of[r] != NOBODY:
                        rows = _pass_on(np.uint32(r), down_start, down, row, row_of, rank_of, marked, rows, limit)
                marked[block] = False
        count[:] = 0
        for i in range(rows):
            for lane in range(LANES):
                count[lane] += row[i, lane] <= limit_
            row_of[rank_of[i]] = NOBODY
            rank_of[i] = node_at[rank_of[i]]
        spare = written + count.sum()  # behind all that is kept
        if spare >= room:
            return bounds[:group]
        for lane in range(LANES):  # those beyond the last origin reach nothing
            filled[lane] = written
            written += count[lane]
            if lane < lanes:
                bounds[group + lane, 0], bounds[group + lane, 1] = filled[lane], written
        for tile in range(0, rows, TILE):
            upto = min(rows, tile + TILE)
            for lane in range(0, LANES, 4):
                _write(row[tile:upto], rank_of[tile:upto], lane, limit_, node, cost, filled, np.uint64(spare))
    return bounds
