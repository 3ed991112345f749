"""The ground of the sample district: a gently warped lattice of blocks, its river, railway, parks and extract box.

Everything stands on one lattice of eighths of a block, so that streets, banks and boundaries share their corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from planner.inputs import MapFeature
from planner.measure import FloatArray, IntArray

COLUMNS, ROWS = 20, 16
"""Blocks from west to east and from south to north."""

STEP = 8
"""Lattice points along one side of a block."""

MARGIN = 6
"""Lattice points between the outermost street and the box of the extract."""

RIVER_ROW, WATER = 7, (58, 62)
"""The row of blocks that the river runs through, and the lattice rows of its banks."""

RAIL_COLUMN, RAIL = 12, 100
"""The column of blocks that the railway runs through, and its lattice column."""

LON_0, LAT_0 = 123.5, 35.5  # open water in the middle of the Yellow Sea: nobody can take it for a real town
METRES_PER_LON, METRES_PER_LAT = 90_729.8, 110_949.8  # of a degree at 35.5° N on WGS 84; plain products on any machine
_HALF_WIDTH_M, _HALF_HEIGHT_M = 2690.0, 2190.0

Point = tuple[int, int]
Cells = tuple[float, float, float, float]
"""West, east, south and north, in blocks."""

_COAST: tuple[Point, ...] = (
    (122, -6), (126, -4), (134, -2), (146, -3), (156, -2), (162, -1), (163, 6), (163, 13), (166, 17), (166, -6),
)  # fmt: skip
_WOOD: tuple[Point, ...] = (
    (-6, 134), (-6, 109), (1, 111), (7, 111), (12, 116), (18, 121), (20, 128), (22, 134),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """Metres east and north of the district's centre, by lattice point (from ``-MARGIN`` on)."""

    x: FloatArray
    y: FloatArray

    def metres(self, points: Iterable[Point]) -> FloatArray:
        """Return x and y of lattice points, two columns."""
        p, q = np.asarray(list(points), np.int64).T + MARGIN
        return np.column_stack([self.x[p, q], self.y[p, q]])

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return x and y of a position in blocks, between its lattice points."""
        p, q = u * STEP + MARGIN, v * STEP + MARGIN
        west, south = int(p), int(q)
        right, up = p - west, q - south
        share = np.outer([1.0 - right, right], [1.0 - up, up])
        there = np.s_[west : west + 2, south : south + 2]
        return float((self.x[there] * share).sum()), float((self.y[there] * share).sum())


def make_ground(rng: np.random.Generator) -> Ground:
    """Bend the lattice: uneven spacing, rows that follow the river, columns that follow the railway."""
    p = np.arange(-MARGIN, COLUMNS * STEP + MARGIN + 1)
    q = np.arange(-MARGIN, ROWS * STEP + MARGIN + 1)
    lines_x = _spaced(rng, COLUMNS, 5000.0)
    lines_y = _spaced(rng, ROWS, 4000.0)
    x = np.repeat(_along(lines_x, p)[:, None], len(q), axis=1)
    y = np.repeat(_along(lines_y, q)[None, :], len(p), axis=0)

    by_rail = np.interp(p / STEP, [0, RAIL_COLUMN, RAIL_COLUMN + 1, COLUMNS], [0, 1, 1, 0])[:, None]
    by_river = np.interp(q / STEP, [0, RIVER_ROW, RIVER_ROW + 1, ROWS], [0, 1, 1, 0])[None, :]
    bend_x = 110.0 * np.sin(y[:1] / 900.0 + 0.6) + 60.0 * y[:1] / 2000.0
    bend_y = 190.0 * np.sin(x[:, :1] / 820.0 + 0.9) - 0.05 * x[:, :1]
    jitter = rng.uniform(-16.0, 16.0, (2, COLUMNS + 1, ROWS + 1))
    wiggle = rng.uniform(-5.0, 5.0, (2, len(p), len(q))) * np.outer(p % STEP != 0, q % STEP != 0)
    x = x + by_rail * bend_x + _between_corners(jitter[0], p, q) + wiggle[0]
    y = y + by_river * bend_y + _between_corners(jitter[1], p, q) + wiggle[1]

    x[0], x[-1] = -_HALF_WIDTH_M, _HALF_WIDTH_M  # the box is straight
    y[:, 0], y[:, -1] = -_HALF_HEIGHT_M, _HALF_HEIGHT_M
    return Ground(x, y)


def degrees(metres: FloatArray) -> FloatArray:
    """Turn metres from the district's centre, two columns, into lon and lat of 7 decimals."""
    scale = np.array([METRES_PER_LON, METRES_PER_LAT])
    return np.asarray(np.round(metres / scale + np.array([LON_0, LAT_0]), 7), np.float64)


def outline(cells: Cells) -> list[Point]:
    """Return the lattice points around a rectangle of blocks, at every half block, without the last one again."""
    west, east, south, north = (round(edge * STEP) for edge in cells)
    xs = [west, *range(west // 4 * 4 + 4, east, 4), east]
    ys = [south, *range(south // 4 * 4 + 4, north, 4), north]
    return [
        *((p, south) for p in xs[:-1]),
        *((east, q) for q in ys[:-1]),
        *((p, north) for p in xs[:0:-1]),
        *((west, q) for q in ys[:0:-1]),
    ]


def make_features(ground: Ground, parks: Sequence[Cells]) -> tuple[MapFeature, ...]:
    """Return the river, the bay, the parks, the wooded hill and the railway, in degrees."""
    across = [-MARGIN, *range(0, COLUMNS * STEP + 1, 4), COLUMNS * STEP + MARGIN]
    river = [*((p, WATER[0]) for p in across), *((p, WATER[1]) for p in reversed(across))]
    along = [-MARGIN, *range(0, ROWS * STEP + 1, STEP), ROWS * STEP + MARGIN]
    inset = 1 / STEP  # the park's edge stays clear of the streets around it
    greens = [outline((w + inset, e - inset, s + inset, n - inset)) for w, e, s, n in parks]
    return (
        *(MapFeature("water", shapely.Polygon(degrees(ground.metres(ring)))) for ring in (river, _COAST)),
        *(MapFeature("green", shapely.Polygon(degrees(ground.metres(ring)))) for ring in (*greens, _WOOD)),
        MapFeature("railway", shapely.LineString(degrees(ground.metres((RAIL, q) for q in along)))),
    )


def _spaced(rng: np.random.Generator, blocks: int, length_m: float) -> FloatArray:
    """Return where the ``blocks + 1`` lines stand, centred on 0."""
    width = rng.uniform(0.9, 1.1, blocks)
    edge = np.concatenate([[0.0], np.cumsum(width)])
    return np.asarray((edge / edge[-1] - 0.5) * length_m, np.float64)


def _along(lines: FloatArray, lattice: IntArray) -> FloatArray:
    """Return lattice points between the lines, and beyond the outermost at the usual spacing."""
    usual = 250.0
    block = np.arange(-1, len(lines) + 1)
    beyond = np.concatenate([[lines[0] - usual], lines, [lines[-1] + usual]])
    return np.asarray(np.interp(lattice / STEP, block, beyond), np.float64)


def _between_corners(corner: FloatArray, p: IntArray, q: IntArray) -> FloatArray:
    """Spread the shift of street corners linearly over the lattice."""
    columns, rows = corner.shape
    in_rows = np.stack([np.interp(q / STEP, np.arange(rows), line) for line in corner])
    return np.stack([np.interp(p / STEP, np.arange(columns), line) for line in in_rows.T], axis=1)
