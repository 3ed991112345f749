"""The search graph in compressed rows: arcs stand by the node that they leave, what a search reads side by side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
Start = npt.NDArray[np.uint32]
"""32 bits count the arcs of a continent, and a network of six million nodes needs 25 MB less."""
Arcs = npt.NDArray[np.uint32]
"""Shape (arcs, 2): the node an arc leads to, and the cost that is minimised."""
Rides = npt.NDArray[np.uint32]
"""The cost of each arc that rides along: apart from the others, as few searches ask for it."""


@njit(cache=True, nogil=True)
def search_graph(
    u: npt.NDArray[np.integer],
    v: npt.NDArray[np.integer],
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    ends_only: npt.NDArray[np.bool_],
    start_copy: npt.NDArray[np.integer],
    end_copy: npt.NDArray[np.integer],
    nodes: int,
    inward: bool,
) -> tuple[Start, Arcs, Rides, npt.NDArray[np.int32]]:
    """Lay out the arcs of a network by counting: a pass to count, a pass to fill, no list of arcs in between.

    Parameters
    ----------
    u, v, ends_only
        Length m: the ends of each edge, and whether it serves only at the ends of a trip.
    first, second
        Length 2m: the costs of each directed edge (2e from u to v, 2e + 1 from v to u), ``first`` -1 where barred.
    start_copy, end_copy
        The node that stands for each network node in the run at the start, and at the end, of a trip: the node itself
        where no ends-only edge touches it.
    nodes
        Of the search graph, copies included.
    inward
        Whether arcs are turned round, for searches against the direction of travel.

    Returns
    -------
    tuple
        ``start`` (the arcs that leave node i are ``start[i]:start[i + 1]``), the arcs, what rides along on
        each, and its directed edge, -1 between the copies of a node.
    """
    start = np.zeros(nodes + 1, np.uint32)
    arcs, rides = np.empty((0, 2), np.uint32), np.empty(0, np.uint32)
    edge = np.empty(0, np.int32)
    for filling in (False, True):
        if filling:
            for i in range(nodes):
                start[i + 1] += start[i]
            arcs, rides = np.empty((start[nodes], 2), np.uint32), np.empty(start[nodes], np.uint32)
            edge = np.empty(start[nodes], np.int32)
            place = start[:-1].copy()
        else:
            place = start[1:]
        for d in range(first.size):
            if first[d] < 0:
                continue
            e = d >> 1
            tail, head = (u[e], v[e]) if (d & 1) == inward else (v[e], u[e])
            if ends_only[e]:
                _add(place, arcs, rides, edge, filling, start_copy[tail], start_copy[head], first[d], second[d], d)
                _add(place, arcs, rides, edge, filling, end_copy[tail], end_copy[head], first[d], second[d], d)
            else:
                _add(place, arcs, rides, edge, filling, tail, head, first[d], second[d], d)
        for i in range(start_copy.size):
            if start_copy[i] != i:  # a trip leaves its first run for the public streets, and those for its last
                out, back = (start_copy[i], end_copy[i]) if not inward else (end_copy[i], start_copy[i])
                _add(place, arcs, rides, edge, filling, out, i, 0, 0, -1)
                _add(place, arcs, rides, edge, filling, i, back, 0, 0, -1)
    return start, arcs, rides, edge


@njit(cache=True, nogil=True)
def _add(
    place: Start,
    arcs: Arcs,
    rides: Rides,
    edge: npt.NDArray[np.int32],
    filling: bool,
    tail: int,
    head: int,
    first: int,
    second: int,
    directed: int,
) -> None:
    """Count an arc, or write it to its place."""
    if filling:
        at = place[tail]
        arcs[at, 0], arcs[at, 1], rides[at], edge[at] = head, first, second, directed
    place[tail] += 1
