"""Land beside lines: distances on a grid of points, and the outlines where they reach a width (marching squares).

The grid is kept in blocks, and only blocks near a line exist: the memory follows the land, not its box. All the
blocks of what isn't near are block 0, where every point is far from everything.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]
Distances = npt.NDArray[np.float32]

BITS = 5
"""A block is 2**BITS points wide and high."""

SIDE = 1 << BITS
POINTS = SIDE * SIDE

NOBODY = -1

CLEAR = 0.02
"""No outline comes nearer to a point of the grid, in cells: so rings never touch, and rounding can't make them."""

STRAIGHT = 0.00002
"""A point of an outline may be left out where it strays by no more than this, in cells, from its neighbours' line."""

ALWAYS = 7
"""One point in eight is kept all the same, so what is left out can't add up to more than 16 times `STRAIGHT`."""

EAST, NORTH, WEST, SOUTH = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def outlines(
    group_start: IntArray,
    number: Counts,
    who: Counts,
    line_start: IntArray,
    line: FloatArray,
    limits: int,
    owners: int,
    cell: float,
    width: float,
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Return the land within ``width`` of lines, for each group, limit by limit: each limit's holds the one before.

    Parameters
    ----------
    group_start
        The lines of group ``g`` are ``group_start[g]:group_start[g + 1]``.
    number, who
        Of each line: the first limit within which it is, and whose it is.
    line_start, line
        The points of line ``i`` are ``line[line_start[i]:line_start[i + 1]]``, in metres.
    limits
        How many there are.
    owners
        0: all lines of a group make land together. Else how many owners share the land of the only group: each point
        is the owner's whose line is nearest when the first limit takes it, and remains so.
    cell
        Metres between the points of the grid, whose lines run through (0, 0).
    width
        How far the land reaches beside a line, in metres.

    Returns
    -------
    tuple
        Polygons: whose each is (``group * limits + limit``, or ``owner * limits + limit``), where its rings begin, the
        shell first, then holes; where the points of each ring begin; and the points, the first repeated at the end.
        A polygon is in one piece and touches no other of its owner and limit.
    """
    shared = owners > 0
    key, ring_start, point_start = np.empty(64, np.int64), np.zeros(65, np.int64), np.zeros(257, np.int64)
    point = np.empty((4096, 2))
    polygons = rings = points = 0
    blocks = 64
    near, mark = np.empty(blocks * POINTS, np.float32), np.empty(blocks * POINTS, np.int32)
    many = blocks * POINTS if shared else POINTS
    owner, own, other = np.empty(many, np.int32), np.empty(many, np.float32), np.empty(many, np.float32)
    trail, fixed = np.empty((1024, 2)), np.empty(1024, np.bool_)
    traced, traced_start = np.empty((4096, 2)), np.zeros(257, np.int64)
    parent, top = np.empty(256, np.int64), np.empty((256, 2), np.int64)
    far, reach = (width + cell) ** 2, width * width
    for g in range(group_start.size - 1):
        first, last = line_start[group_start[g]], line_start[group_start[g + 1]]
        if last == first:
            continue
        # Two points more than the land on every side, so that nobody at the rim is inside.
        south = int(np.floor((line[first:last, 1].min() - width) / cell)) - 2
        north = int(np.ceil((line[first:last, 1].max() + width) / cell)) + 2
        west = int(np.floor((line[first:last, 0].min() - width) / cell)) - 2
        east = int(np.ceil((line[first:last, 0].max() + width) / cell)) + 2
        block = np.zeros((((north - south) >> BITS) + 1, ((east - west) >> BITS) + 1), np.int32)
        used = 1
        near[:POINTS], mark[:POINTS] = far, NOBODY
        owner[:POINTS], own[:POINTS], other[:POINTS] = NOBODY, far, far
        for turn in range(2 if shared else 1):
            # Shared land: the first turn finds whose each point is, the second draws.
            drawing = turn == 1 or not shared
            if turn == 1:
                near[: used * POINTS] = far
            ring = 0
            for n in range(limits):
                for i in range(group_start[g], group_start[g + 1]):
                    if number[i] != n:
                        continue
                    for j in range(line_start[i] + 1, line_start[i + 1]):
                        ax, ay = line[j - 1, 0] / cell - west, line[j - 1, 1] / cell - south
                        bx, by = line[j, 0] / cell - west, line[j, 1] / cell - south
                        margin = width / cell + 1.0
                        low_i, high_i = int(np.ceil(min(ay, by) - margin)), int(np.floor(max(ay, by) + margin))
                        low_j, high_j = int(np.ceil(min(ax, bx) - margin)), int(np.floor(max(ax, bx) + margin))
                        for row in range(max(low_i, 0) >> BITS, (min(high_i, north - south) >> BITS) + 1):
                            for column in range(max(low_j, 0) >> BITS, (min(high_j, east - west) >> BITS) + 1):
                                if block[row, column] == 0:
                                    if used == blocks:
                                        more = np.empty(blocks * POINTS, np.float32)
                                        near = np.concatenate((near, more))
                                        mark = np.concatenate((mark, np.empty(blocks * POINTS, np.int32)))
                                        if shared:
                                            owner = np.concatenate((owner, np.empty(blocks * POINTS, np.int32)))
                                            own = np.concatenate((own, more))
                                            other = np.concatenate((other, more))
                                        blocks *= 2
                                    block[row, column] = used
                                    a, b = used * POINTS, (used + 1) * POINTS
                                    near[a:b], mark[a:b] = far, NOBODY
                                    if shared:
                                        owner[a:b], own[a:b], other[a:b] = NOBODY, far, far
                                    used += 1
                                base = block[row, column] * POINTS
                                from_i, to_i = max(low_i, row << BITS), min(high_i, (row << BITS) + SIDE - 1)
                                from_j, to_j = max(low_j, column << BITS), min(high_j, (column << BITS) + SIDE - 1)
                                if drawing:
                                    _near(near, base, from_i, to_i, from_j, to_j, ax, ay, bx, by, cell)
                                else:
                                    _nearer(
                                        near, owner, own, other, base, from_i, to_i, from_j, to_j,
                                        ax, ay, bx, by, cell, who[i], reach,
                                    )  # fmt: skip
                if not drawing:
                    for spot in range(POINTS, used * POINTS):
                        if near[spot] > reach and own[spot] <= reach:
                            near[spot] = 0.0  # taken for good
                    continue
                # Rings: round every point inside whose western neighbour isn't, and whose ring isn't drawn yet.
                begun, first_ring = ring, ring
                length = 0
                for row in range(block.shape[0]):
                    for column in range(block.shape[1]):
                        if block[row, column] == 0:
                            continue
                        base = block[row, column] * POINTS
                        for spot in range(base, base + POINTS):
                            if near[spot] > reach:
                                continue
                            i = (row << BITS) + ((spot - base) >> BITS)
                            j = (column << BITS) + (spot & (SIDE - 1))
                            beside = spot - 1 if j & (SIDE - 1) else _spot(block, i, j - 1)
                            if near[beside] <= reach and (not shared or owner[beside] == owner[spot]):
                                continue
                            if mark[spot] >= first_ring:
                                continue
                            count, top_i, top_j, trail, fixed = _trace(
                                near, owner, own, other, mark, block, shared, i, j, ring, reach, width, trail, fixed
                            )
                            if ring - begun + 1 >= parent.size:
                                parent = np.concatenate((parent, np.empty_like(parent)))
                                top = np.concatenate((top, np.empty_like(top)))
                            if ring - begun + 2 >= traced_start.size:
                                traced_start = np.concatenate((traced_start, np.zeros_like(traced_start)))
                            while length + count + 1 > traced.shape[0]:
                                traced = np.concatenate((traced, np.empty_like(traced)))
                            area = 0.0
                            for c in range(count):
                                b = c - 1 if c else count - 1
                                area += trail[b, 0] * trail[c, 1] - trail[c, 0] * trail[b, 1]
                            length = _straightened(trail, fixed, count, traced, length)
                            at = ring - begun
                            traced_start[at + 1] = length
                            parent[at] = at if area > 0 else NOBODY
                            top[at, 0], top[at, 1] = top_i, top_j
                            ring += 1
                found = ring - begun
                # A hole belongs to the land that lies west of its highest point, up to that land's own rim.
                holes = np.zeros(found + 1, np.int64)
                for r in range(found):
                    at = r
                    while parent[at] == NOBODY:
                        i, j = top[at, 0], top[at, 1]
                        spot = _spot(block, i, j)
                        mine = owner[spot] if shared else 0
                        while True:
                            beside = _spot(block, i, j - 1)
                            if near[beside] > reach or (shared and owner[beside] != mine):
                                break
                            spot = beside
                            j -= 1
                        at = mark[spot] - begun
                    shell = parent[at]
                    if parent[r] == NOBODY:
                        parent[r] = shell
                        holes[shell + 1] += 1
                for r in range(found):
                    holes[r + 1] += holes[r]
                hole, placed = np.empty(holes[found], np.int64), holes[:-1].copy()
                for r in range(found):
                    if parent[r] != r:
                        hole[placed[parent[r]]] = r
                        placed[parent[r]] += 1
                while points + length + found > point.shape[0]:
                    point = np.concatenate((point, np.empty_like(point)))
                while rings + found + 1 > point_start.size:
                    point_start = np.concatenate((point_start, np.zeros_like(point_start)))
                while polygons + found + 1 > key.size:
                    key = np.concatenate((key, np.empty_like(key)))
                    ring_start = np.concatenate((ring_start, np.zeros_like(ring_start)))
                for r in range(found):
                    if parent[r] != r:
                        continue
                    spot = _spot(block, top[r, 0], top[r, 1])
                    key[polygons] = (owner[spot] if shared else g) * limits + n
                    for h in range(-1, holes[r + 1] - holes[r]):
                        one = r if h < 0 else hole[holes[r] + h]
                        begins = points
                        for p in range(traced_start[one], traced_start[one + 1]):
                            point[points, 0] = (traced[p, 0] + west) * cell
                            point[points, 1] = (traced[p, 1] + south) * cell
                            points += 1
                        point[points, 0], point[points, 1] = point[begins, 0], point[begins, 1]
                        points += 1
                        rings += 1
                        point_start[rings] = points
                    polygons += 1
                    ring_start[polygons] = rings
    return key[:polygons], ring_start[: polygons + 1], point_start[: rings + 1], point[:points]


@njit(cache=True, nogil=True)
def _spot(block: npt.NDArray[np.int32], i: int, j: int) -> int:
    """Return where a point of the grid is kept."""
    return int(block[i >> BITS, j >> BITS]) * POINTS + ((i & (SIDE - 1)) << BITS) + (j & (SIDE - 1))


@njit(cache=True, nogil=True, fastmath=True)
def _near(
    near: Distances, base: int, from_i: int, to_i: int, from_j: int, to_j: int,
    ax: float, ay: float, bx: float, by: float, cell: float,
) -> None:  # fmt: skip
    """Lower the squared distances of some points of a block to those from a straight line."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    share_of = np.float32(1.0 / square if square > 0.0 else 0.0)
    run_x, run_y = np.float32(dx), np.float32(dy)
    scale = np.float32(cell * cell)
    none, whole = np.float32(0.0), np.float32(1.0)
    for i in range(from_i, to_i + 1):
        y = np.float32(i - ay)
        at = base + ((i & (SIDE - 1)) << BITS) + (from_j & (SIDE - 1))
        begin = np.float32(from_j - ax)
        for j in range(to_j - from_j + 1):
            x = begin + np.float32(j)
            share = min(max((x * run_x + y * run_y) * share_of, none), whole)
            off_x, off_y = x - share * run_x, y - share * run_y
            near[at + j] = min(near[at + j], (off_x * off_x + off_y * off_y) * scale)


@njit(cache=True, nogil=True)
def _nearer(
    near: Distances, owner: Counts, own: Distances, other: Distances,
    base: int, from_i: int, to_i: int, from_j: int, to_j: int,
    ax: float, ay: float, bx: float, by: float, cell: float, mine: int, reach: float,
) -> None:  # fmt: skip
    """Note for some points of a block whose line is nearest, how far it is, and how far the nearest of anyone else.

    A point that is taken (``near`` is 0) keeps its owner.
    """
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    for i in range(from_i, to_i + 1):
        y = i - ay
        for j in range(from_j, to_j + 1):
            x = j - ax
            share = min(max((x * dx + y * dy) / square, 0.0), 1.0) if square > 0.0 else 0.0
            off_x, off_y = x - share * dx, y - share * dy
            away = np.float32((off_x * off_x + off_y * off_y) * cell * cell)
            at = base + ((i & (SIDE - 1)) << BITS) + (j & (SIDE - 1))
            if owner[at] == mine:
                own[at] = min(own[at], away)
            elif away < own[at] and near[at] > reach:
                owner[at], own[at], other[at] = mine, away, own[at]
            else:
                other[at] = min(other[at], away)


@njit(cache=True, nogil=True)
def _trace(
    near: Distances, owner: Counts, own: Distances, other: Distances, mark: Counts,
    block: npt.NDArray[np.int32], shared: bool, start_i: int, start_j: int, ring: int, reach: float, width: float,
    trail: FloatArray, fixed: npt.NDArray[np.bool_],
) -> tuple[int, int, int, FloatArray, npt.NDArray[np.bool_]]:  # fmt: skip
    """Walk round land with the land on the left, from a point with nobody's land to its west.

    Where only two points across a cell are inside, they aren't joined: what isn't reached is never bridged. Returns how
    many points the trail has, and the highest point of the grid that has the outside to its south.
    """
    step_i, step_j = (0, 1, 0, -1), (1, 0, -1, 0)
    i, j, ahead, right = start_i, start_j, SOUTH, WEST
    spot, out = _spot(block, i, j), _spot(block, i, j - 1)
    mine = owner[spot] if shared else 0
    count, top_i, top_j = 0, -1, -1
    while True:
        share = 1.0
        if near[out] > reach:
            inner, outer = np.sqrt(near[spot]), np.sqrt(near[out])
            share = (width - inner) / (outer - inner)
        if shared and owner[out] != mine and owner[out] != NOBODY:
            here = max(np.sqrt(other[spot]) - np.sqrt(own[spot]), 0.0)
            there = max(np.sqrt(other[out]) - np.sqrt(own[out]), 0.0)
            share = min(share, here / (here + there) if here + there > 0.0 else 0.5)
            inner, outer = np.sqrt(own[spot]), np.sqrt(other[out])
            if outer > width:  # the one before reaches no further, even where nobody else's land begins yet
                share = min(share, max(width - inner, 0.0) / (outer - inner))
        share = min(max(share, CLEAR), 1.0 - CLEAR)
        if count == trail.shape[0]:
            trail = np.concatenate((trail, np.empty_like(trail)))
            fixed = np.concatenate((fixed, np.empty_like(fixed)))
        trail[count, 0], trail[count, 1] = j + share * step_j[right], i + share * step_i[right]
        fixed[count] = ((i if step_j[right] else j) & ALWAYS) == 0
        count += 1
        if right == WEST:
            mark[spot] = ring
        elif right == SOUTH and i > top_i:
            top_i, top_j = i, j
        on_i, on_j = i + step_i[ahead], j + step_j[ahead]
        on = _spot(block, on_i, on_j)
        if near[on] > reach or (shared and owner[on] != mine):
            out, right, ahead = on, ahead, (ahead + 1) & 3
        else:
            beside_i, beside_j = on_i + step_i[right], on_j + step_j[right]
            beside = _spot(block, beside_i, beside_j)
            if near[beside] > reach or (shared and owner[beside] != mine):
                i, j, spot, out = on_i, on_j, on, beside
            else:
                i, j, spot, ahead, right = beside_i, beside_j, beside, right, (right + 3) & 3
        if i == start_i and j == start_j and ahead == SOUTH:
            return count, top_i, top_j, trail, fixed


@njit(cache=True, nogil=True)
def _straightened(trail: FloatArray, fixed: npt.NDArray[np.bool_], count: int, traced: FloatArray, length: int) -> int:
    """Append a trail without the points on straight lines; return how many points there are now.

    Decided for each point by its neighbours alone: two rings that share a stretch lose the same points.
    """
    begins = length
    for c in range(count):
        before, after = c - 1 if c else count - 1, c + 1 if c + 1 < count else 0
        run_x, run_y = trail[after, 0] - trail[before, 0], trail[after, 1] - trail[before, 1]
        off = abs((trail[c, 0] - trail[before, 0]) * run_y - (trail[c, 1] - trail[before, 1]) * run_x)
        if fixed[c] or off > STRAIGHT * np.hypot(run_x, run_y):
            traced[length, 0], traced[length, 1] = trail[c, 0], trail[c, 1]
            length += 1
    if length - begins < 3:
        length = begins
        for c in range(count):
            traced[length, 0], traced[length, 1] = trail[c, 0], trail[c, 1]
            length += 1
    return length
