"""A hierarchy of nodes: they leave the graph one by one, and shortcuts keep all costs between the others as they were.

Contraction hierarchies (Geisberger, Sanders, Schultes, Delling 2008). When a node leaves, two of its neighbours get a
shortcut over it, unless another path between them costs no more. What a node was joined to when it left are its arcs
upward: between any two nodes a shortest path climbs such arcs and then descends such arcs, never in another order.

The graph that is left is kept as rows of arcs with room to spare. An arc stands at both of its ends, with its cost in
either direction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Arcs, Start

Rows = npt.NDArray[np.int64]
"""Shape (nodes, 3): where the row of a node begins in the store of arcs, how many it holds, and its room."""
Links = npt.NDArray[np.int32]
"""Shape (any, 3): the other end of an arc, its cost from here to there, and its cost from there to here."""
Costs = npt.NDArray[np.int64]
Whole = int | np.integer[Any]

HEAD, OUT, BACK = 0, 1, 2
BEGIN, HELD, ROOM = 0, 1, 2

CROWDED = 4
"""How much more a neighbour counts than a step of depth in the order in which nodes leave. Measured between 1 and 16 on
a city: no other gives fewer arcs, and none more than a tenth more."""

SPARE = 2
"""Room for arcs that each row has beside its own at first."""


@njit(cache=True, nogil=True)
def contract(start: Start, arcs: Arcs, horizon: int) -> tuple[Links, Rows, Links]:
    """Let all nodes leave the graph, those with few neighbours first.

    In each round those leave that come before all of their neighbours, so the rounds are few, and nodes that leave in
    one round keep the order in which they stand on the ground.

    Parameters
    ----------
    start, arcs
        The search graph; costs are >= 0.
    horizon
        Paths that cost more are of no interest; below 2**30.

    Returns
    -------
    tuple
        The nodes in the order in which they left, shape (nodes,); where the arcs upward of each of them begin, in the
        same order, and after the last where they end, shape (nodes + 1,); those arcs, with costs beyond the horizon
        where a direction is barred.
    """
    nodes = start.size - 1
    row, link, used = _laid_out(start, arcs, horizon)
    order, upward = np.empty(nodes, np.int32), np.zeros(nodes + 1, np.int64)
    up, gone = np.empty((max(2 * len(arcs), 1), 3), np.int32), np.zeros(nodes, np.bool_)
    depth, key = np.zeros(nodes, np.int32), np.zeros(nodes, np.int64)
    far = np.int64(2 * horizon + 1)
    best, touched = np.full(nodes, far, np.int64), np.empty(nodes, np.int32)
    left, done = np.arange(nodes), 0
    while left.size:
        for node in left:
            key[node] = (np.int64(CROWDED * row[node, HELD] + depth[node]) << 32) | _scattered(node)
        for node in left[_leading(row, link, key, left)]:
            held = row[node, HELD]
            if upward[done] + held > len(up):
                up = _longer(up, upward[done] + held)
            mine = up[upward[done] : upward[done] + held]
            for a in range(held):
                for field in range(3):
                    mine[a, field] = link[row[node, BEGIN] + a, field]
                _unlink(row, link, mine[a, HEAD], node)
                depth[mine[a, HEAD]] = max(depth[mine[a, HEAD]], depth[node] + 1)
            for a in range(held):
                link, used = _keep_costs(row, link, used, mine, a, horizon, best, touched)
            order[done], gone[node] = node, True
            done += 1
            upward[done] = upward[done - 1] + held
        left = left[~gone[left]]
    return order, upward, up[: upward[nodes]].copy()


@njit(cache=True, nogil=True)
def _laid_out(start: Start, arcs: Arcs, horizon: int) -> tuple[Rows, Links, int]:
    """Return the rows of a graph, the store of their arcs, and how much of it is used."""
    nodes = start.size - 1
    degree = np.zeros(nodes, np.int64)
    for node in range(nodes):
        for a in range(start[node], start[node + 1]):
            degree[node] += 1
            degree[arcs[a, 0]] += 1
    row = np.zeros((nodes, 3), np.int64)
    used = 0
    for node in range(nodes):
        row[node, BEGIN], row[node, ROOM] = used, degree[node] + SPARE
        used += row[node, ROOM]
    link = np.empty((used + 1, 3), np.int32)
    for node in range(nodes):
        for a in range(start[node], start[node + 1]):
            there, cost = np.int64(arcs[a, 0]), np.int64(arcs[a, 1])
            if there != node and cost <= horizon:
                link, used = _join(row, link, used, node, there, cost, horizon + 1)
                link, used = _join(row, link, used, there, node, horizon + 1, cost)
    return row, link, used


@njit(cache=True, nogil=True)
def _scattered(node: Whole) -> np.int64:
    """Return a number below 2**32, of each node another, that tells nothing of where it stands (Knuth, vol. 3, 6.4)."""
    return np.int64((node * 2_654_435_761) & 0xFFFFFFFF)


@njit(cache=True, nogil=True)
def _leading(row: Rows, link: Links, key: npt.NDArray[np.int64], left: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which of the nodes left come before all of their neighbours. No two of them are neighbours."""
    leads = np.ones(left.size, np.bool_)
    for i in range(left.size):
        node = left[i]
        for a in range(row[node, BEGIN], row[node, BEGIN] + row[node, HELD]):
            other = link[a, HEAD]
            if key[other] < key[node]:
                leads[i] = False
                break
    return leads


@njit(cache=True, nogil=True)
def _keep_costs(
    row: Rows,
    link: Links,
    used: int,
    mine: Links,
    one: int,
    horizon: int,
    best: Costs,
    touched: npt.NDArray[np.int32],
) -> tuple[Links, int]:
    """Give one neighbour of a node that has left its shortcuts over that node; return the store of arcs, and its use.

    Detours are looked for along up to three arcs. One that needs more is missed: the shortcut then costs as much as
    that detour at least, and does no harm. ``best`` is beyond all costs at every node, before and after.
    """
    tail, most = mine[one, HEAD], np.int64(-1)
    for b in range(len(mine)):
        if b != one and np.int64(mine[one, BACK]) + mine[b, OUT] <= horizon:
            most = max(most, np.int64(mine[one, BACK]) + mine[b, OUT])
    if most < 0:
        return link, used
    best[tail], touched[0] = 0, tail
    near = _advance(row, link, best, touched, 0, 1, most)
    found = _advance(row, link, best, touched, 1, near, most)
    for b in range(len(mine)):
        head, over = mine[b, HEAD], np.int64(mine[one, BACK]) + mine[b, OUT]
        if b != one and over <= horizon and not _detour(row, link, best, head, over):
            link, used = _join(row, link, used, tail, head, over, horizon + 1)
            link, used = _join(row, link, used, head, tail, horizon + 1, over)
    for t in range(found):
        best[touched[t]] = 2 * horizon + 1
    return link, used


@njit(cache=True, nogil=True)
def _advance(
    row: Rows, link: Links, best: Costs, touched: npt.NDArray[np.int32], first: int, last: int, most: Whole
) -> int:
    """Reach the neighbours of the nodes touched from ``first`` to ``last``; return how many are touched now."""
    found = last
    for t in range(first, last):
        here = touched[t]
        for a in range(row[here, BEGIN], row[here, BEGIN] + row[here, HELD]):
            there, reached = link[a, HEAD], best[here] + link[a, OUT]
            if reached <= most and reached < best[there]:
                if best[there] > most:
                    touched[found] = there
                    found += 1
                best[there] = reached
    return found


@njit(cache=True, nogil=True)
def _detour(row: Rows, link: Links, best: Costs, head: Whole, over: Whole) -> bool:
    """Return whether a node has been reached at no more than a cost, or can be over one further arc."""
    if best[head] <= over:
        return True
    for a in range(row[head, BEGIN], row[head, BEGIN] + row[head, HELD]):
        if best[link[a, HEAD]] + link[a, BACK] <= over:
            return True
    return False


@njit(cache=True, nogil=True)
def _join(row: Rows, link: Links, used: int, node: Whole, other: Whole, out: Whole, back: Whole) -> tuple[Links, int]:
    """Add an arc to a node's row, or improve the one that is there; a full row moves to the end of the store."""
    begin, held = row[node, BEGIN], row[node, HELD]
    for a in range(begin, begin + held):
        if link[a, HEAD] == other:
            link[a, OUT], link[a, BACK] = min(link[a, OUT], out), min(link[a, BACK], back)
            return link, used
    if held == row[node, ROOM]:
        if used + 2 * held > len(link):
            link = _longer(link, used + 2 * held)
        for a in range(held):
            for field in range(3):
                link[used + a, field] = link[begin + a, field]
        row[node, BEGIN], row[node, ROOM] = used, 2 * held
        begin, used = used, used + 2 * held
    link[begin + held, HEAD], link[begin + held, OUT], link[begin + held, BACK] = other, out, back
    row[node, HELD] += 1
    return link, used


@njit(cache=True, nogil=True)
def _unlink(row: Rows, link: Links, node: Whole, other: Whole) -> None:
    """Take an arc out of a node's row; the last one fills the gap."""
    begin, held = row[node, BEGIN], row[node, HELD]
    for a in range(begin, begin + held):
        if link[a, HEAD] == other:
            for field in range(3):
                link[a, field] = link[begin + held - 1, field]
            row[node, HELD] -= 1
            return


@njit(cache=True, nogil=True)
def _longer(link: Links, room: int) -> Links:
    """Return a store of arcs with at least so much room, and twice that of before."""
    longer = np.empty((max(room, 2 * len(link)), 3), np.int32)
    for a in range(len(link)):
        for field in range(3):
            longer[a, field] = link[a, field]
    return longer
