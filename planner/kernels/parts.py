"""The parts of streets within limits, from the costs at their ends and at the places that stand on them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.kernels.graph import Start

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

FAR = np.int32(2**31 - 1)
"""Above every limit."""

NOTHING = 1e18
"""What one would need to enter a street where nobody can: above every limit."""


@njit(cache=True, nogil=True)
def parts(
    start: Start,
    arc_edge: npt.NDArray[np.int32],
    first: npt.NDArray[np.int32],
    inward: bool,
    group_start: IntArray,
    group_stop: IntArray,
    node: npt.NDArray[np.uint32],
    cost: npt.NDArray[np.int32],
    source: npt.NDArray[np.int32],
    knot_start: IntArray,
    knot_edge: IntArray,
    knot_at: FloatArray,
    knot_cost: FloatArray,
    knot_source: npt.NDArray[np.int32],
    limits: FloatArray,
    fresh: bool,
) -> tuple[IntArray, npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32], FloatArray]:
    """Return for each group of places the parts of streets within each limit.

    Parameters
    ----------
    start, arc_edge
        The search graph: the arcs of node ``i`` are ``start[i]:start[i + 1]``, and the directed edge of each.
    first
        The cost of each directed edge, -1 where barred.
    inward
        Whether the search ran against the direction of travel.
    group_start, group_stop, node, cost, source
        The nodes that group ``g`` reaches are ``group_start[g]:group_stop[g]``: their costs, and from whom. Where
        parts of two sources meet on a street, it is cut where they cost the same.
    knot_start, knot_edge, knot_at, knot_cost, knot_source
        The places of each group, sorted by edge and fraction: what each costs at its foot on the street.
    limits
        Rising.
    fresh
        Whether a limit gets only what the one before lacks.

    Returns
    -------
    tuple
        Where the parts of each group begin (length groups + 1); of each part the limit's number, the edge and the
        source; and its two fractions, of shape (parts, 2). A street that is reached from both ends gives one part
        where they meet, else two.
    """
    ends = np.full((first.size // 2, 2), FAR, np.int32)
    ends_source = np.zeros((first.size // 2, 2), np.int32)
    touched = np.empty(first.size // 2, np.int32)
    longest = 2
    for g in range(knot_start.size - 1):
        longest = max(longest, knot_start[g + 1] - knot_start[g] + 2)
    at, up, down = np.empty(longest), np.empty(longest), np.empty(longest)
    up_source, down_source = np.empty(longest, np.int32), np.empty(longest, np.int32)
    drawn = np.empty((longest, 2))  # how far the limit before came between two points, from either
    room, rows = 1024, 0
    number, edge, who, span = (
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty((room, 2)),
    )
    bounds = np.zeros(group_start.size + 1, np.int64)
    for g in range(group_start.size):
        seen = 0
        for i in range(group_start[g], group_stop[g]):
            here = node[i]
            for a in range(start[here], start[here + 1]):
                d = arc_edge[a]
                if d < 0:
                    continue
                e = d >> 1
                if ends[e, 0] == FAR and ends[e, 1] == FAR:
                    touched[seen] = e
                    seen += 1
                end = 0 if (d & 1) == inward else 1
                if cost[i] < ends[e, end]:
                    ends[e, end] = cost[i]
                    ends_source[e, end] = source[i]
        for k in range(knot_start[g], knot_start[g + 1]):
            e = np.int32(knot_edge[k])
            new = k == knot_start[g] or knot_edge[k - 1] != e
            if new and ends[e, 0] == FAR and ends[e, 1] == FAR:
                touched[seen] = e
                seen += 1
        for i in range(seen):
            e = touched[i]
            rising, falling = first[2 * e + inward], first[2 * e + 1 - inward]
            # The points of the street at which one may stand: its ends and the places on it.
            k, beyond = knot_start[g], knot_start[g + 1]
            while beyond > k:
                middle = (k + beyond) >> 1
                if knot_edge[middle] < e:
                    k = middle + 1
                else:
                    beyond = middle
            count = 1
            at[0] = 0.0
            up[0] = NOTHING if ends[e, 0] == FAR else ends[e, 0]
            up_source[0] = ends_source[e, 0]
            while k < knot_start[g + 1] and knot_edge[k] == e:
                at[count], up[count], up_source[count] = knot_at[k], knot_cost[k], knot_source[k]
                down[count], down_source[count] = knot_cost[k], knot_source[k]
                count += 1
                k += 1
            at[count] = 1.0
            down[count] = NOTHING if ends[e, 1] == FAR else ends[e, 1]
            down_source[count] = ends_source[e, 1]
            if rising >= 0:
                for j in range(1, count):
                    along = up[j - 1] + (at[j] - at[j - 1]) * rising
                    if along < up[j] or (along == up[j] and up_source[j - 1] < up_source[j]):
                        up[j], up_source[j] = along, up_source[j - 1]
            if falling >= 0:
                for j in range(count - 1, 0, -1):
                    along = down[j + 1] + (at[j + 1] - at[j]) * falling
                    if along < down[j] or (along == down[j] and down_source[j + 1] < down_source[j]):
                        down[j], down_source[j] = along, down_source[j + 1]
            need = rows + 2 * count * limits.size
            if need > room:
                more = max(2 * room, need) - room
                number = np.concatenate((number, np.empty(more, np.int32)))
                edge = np.concatenate((edge, np.empty(more, np.int32)))
                who = np.concatenate((who, np.empty(more, np.int32)))
                span = np.concatenate((span, np.empty((more, 2))))
                room += more
            for n in range(limits.size):
                joins = rows  # a part may be joined to the one before if that belongs to this limit and street
                for j in range(count):
                    if at[j] == at[j + 1] or (fresh and n > 0 and drawn[j, 0] >= drawn[j, 1]):
                        continue
                    one = up_source[j] == down_source[j + 1] or up[j] == NOTHING or down[j + 1] == NOTHING
                    left, right = _extent(at[j], at[j + 1], up[j], down[j + 1], rising, falling, limits[n], one)
                    from_left, from_right = at[j], at[j + 1]
                    if fresh and n > 0:
                        from_left, from_right = drawn[j, 0], drawn[j, 1]
                    drawn[j, 0], drawn[j, 1] = left, right
                    if one and left >= right:
                        mine = up_source[j] if up[j] != NOTHING else down_source[j + 1]
                        rows = _put(number, edge, who, span, rows, joins, n, e, mine, from_left, from_right)
                        continue
                    if left > from_left:
                        rows = _put(number, edge, who, span, rows, joins, n, e, up_source[j], from_left, left)
                    if right < from_right:
                        rows = _put(number, edge, who, span, rows, joins, n, e, down_source[j + 1], right, from_right)
            ends[e, 0] = ends[e, 1] = FAR
        bounds[g + 1] = rows
    return bounds, number[:rows], edge[:rows], who[:rows], span[:rows]


@njit(cache=True, nogil=True)
def _extent(
    low: float, high: float, up: float, down: float, rising: int, falling: int, limit: float, one: bool
) -> tuple[float, float]:
    """Return how far one gets from the lower point up, and from the upper point down, within a limit."""
    left, right = low, high
    if rising >= 0 and up <= limit:
        left = high if rising == 0 else min(high, low + (limit - up) / rising)
    if falling >= 0 and down <= limit:
        right = low if falling == 0 else max(low, high - (limit - down) / falling)
    if not one and left >= right and left > low and right < high:  # two sources meet where they cost the same
        both = rising + falling
        meet = low if both == 0 else (down - up + low * rising + high * falling) / both
        meet = min(max(meet, low), high)
        left, right = min(left, meet), max(right, meet)
    return left, right


@njit(cache=True, nogil=True)
def _put(
    number: npt.NDArray[np.int32],
    edge: npt.NDArray[np.int32],
    who: npt.NDArray[np.int32],
    span: FloatArray,
    rows: int,
    joins: int,
    n: int,
    e: int,
    source: int,
    low: float,
    high: float,
) -> int:
    """Write a part, or make the one before longer where it goes on; return how many there are."""
    if rows > joins and span[rows - 1, 1] == low and who[rows - 1] == source:
        span[rows - 1, 1] = high
        return rows
    number[rows], edge[rows], who[rows] = n, e, source
    span[rows, 0], span[rows, 1] = low, high
    return rows + 1


@njit(cache=True, nogil=True)
def cut(
    line_start: IntArray,
    line: npt.NDArray[np.int32],
    x: FloatArray,
    y: FloatArray,
    edge: npt.NDArray[np.int32],
    span: FloatArray,
) -> tuple[IntArray, FloatArray]:
    """Return the lines of parts of edges: where each begins (length parts + 1), and the points, of shape (points, 2).

    A part of no length gets no point.
    """
    most = 0
    for i in range(edge.size):
        most += line_start[edge[i] + 1] - line_start[edge[i]]
    points, start = np.empty((most, 2)), np.zeros(edge.size + 1, np.int64)
    rows = 0
    for i in range(edge.size):
        a, b = line_start[edge[i]], line_start[edge[i] + 1]
        length = 0.0
        for j in range(a + 1, b):
            length += _step(x, y, line[j - 1], line[j])
        if span[i, 0] == 0.0 and span[i, 1] == 1.0 and length > 0.0:
            for j in range(a, b):
                points[rows, 0], points[rows, 1] = x[line[j]], y[line[j]]
                rows += 1
            start[i + 1] = rows
            continue
        low, high = span[i, 0] * length, span[i, 1] * length
        if high > low:
            along, begun = 0.0, False
            for j in range(a + 1, b):
                one, other = line[j - 1], line[j]
                step = _step(x, y, one, other)
                last = j == b - 1
                if step > 0.0 and (along + step > low or last) and (along < high or not begun):
                    if not begun:
                        share = min(max((low - along) / step, 0.0), 1.0)
                        points[rows, 0] = x[one] + share * (x[other] - x[one])
                        points[rows, 1] = y[one] + share * (y[other] - y[one])
                        rows += 1
                        begun = True
                    share = 1.0 if span[i, 1] == 1.0 else min((high - along) / step, 1.0)
                    points[rows, 0] = x[one] + share * (x[other] - x[one])
                    points[rows, 1] = y[one] + share * (y[other] - y[one])
                    rows += 1
                along += step
        start[i + 1] = rows
    return start, points[:rows]


@njit(cache=True, nogil=True)
def _step(x: FloatArray, y: FloatArray, one: int, other: int) -> float:
    across, ahead = x[other] - x[one], y[other] - y[one]
    return float(np.sqrt(across * across + ahead * ahead))
