"""The streets of the sample district: main roads, superblocks, lanes, gated compounds, bridges and underpasses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from planner.network import BoolArray
from planner.sources.sample_ground import (
    COLUMNS,
    MARGIN,
    RAIL_COLUMN,
    RIVER_ROW,
    ROWS,
    STEP,
    Cells,
    Ground,
    Point,
    degrees,
)
from planner.ways import Ways

_COLUMN_CLASS = {3: "primary", 10: "primary", 17: "primary", 0: "secondary", 6: "secondary", 13: "secondary",
                 20: "secondary", 8: "tertiary", 12: "tertiary", 15: "tertiary"}  # fmt: skip
_ROW_CLASS = {3: "primary", 12: "primary", 0: "secondary", 7: "secondary", 8: "secondary", 16: "secondary",
              5: "tertiary", 10: "tertiary", 14: "tertiary"}  # fmt: skip
_BRIDGES = (3, 10, 17)
_UNDERPASSES = (3, 8, 12)
_ONEWAY = {("column", 1): "yes", ("column", 2): "-1", ("row", 11): "yes"}
_CROSSING = 4  # streets meet
_DROPPED = 0.22  # share of the minor block sides that are left out where both corners keep three streets

_WEST_OF_BAY, _NORTH_OF_BAY = 15, 3  # streets that would end in the sea don't leave the district
_BARE = 0.08  # share of blocks that are one building or a yard

_PATTERNS: Mapping[str, tuple[float, tuple[tuple[Point, ...], ...], Mapping[str, str]]] = {
    "through": (0.22, (((3, 0), (3, 8)),), {"highway": "residential"}),
    "cross": (0.10, (((4, 0), (4, 8)), ((0, 5), (8, 5))), {"highway": "living_street"}),
    "dead end": (0.15, (((5, 0), (5, 5)),), {"highway": "residential"}),
    "yard": (0.0, (((3, 0), (3, 2)),), {"highway": "service"}),  # beside the railway only: short of its tracks
    "hook": (0.12, (((3, 0), (3, 4), (6, 4)),), {"highway": "residential"}),
    "loop": (0.10, (((2, 0), (2, 5), (6, 5), (6, 0)),), {"highway": "residential"}),
    "alley": (0.06, (((5, 0), (5, 8)),), {"highway": "footway"}),
    "compound": (
        0.17,
        (((4, 0), (4, 8)), ((2, 2), (6, 2), (6, 6), (2, 6), (2, 2))),
        {"highway": "service", "access": "private"},
    ),
    "estate": (
        0.08,
        (((4, 0), (4, 6)), ((2, 2), (6, 2), (6, 6), (2, 6), (2, 2))),
        {"highway": "residential", "access": "private"},
    ),
}
"""How lanes lie in a block: how often, their paths over the block's lattice from its south-west corner, their tags."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way over lattice points."""

    points: tuple[Point, ...]
    tags: Mapping[str, str]


@dataclass(slots=True)
class _Plan:
    """Which sides of blocks are streets: ``north[i, j]`` runs north from corner (i, j), ``east[i, j]`` east."""

    north: BoolArray = field(default_factory=lambda: np.ones((COLUMNS + 1, ROWS), dtype=bool))
    east: BoolArray = field(default_factory=lambda: np.ones((COLUMNS, ROWS + 1), dtype=bool))

    def clear(self, cells: Cells) -> None:
        """Take out the streets strictly inside a rectangle, and those on its sides at the district's edge."""
        west, east, south, north = cells
        west, south = (-1 if west == 0 else west), (-1 if south == 0 else south)
        east, north = (COLUMNS + 1 if east == COLUMNS else east), (ROWS + 1 if north == ROWS else north)
        i, j = np.indices(self.north.shape)
        self.north[(i > west) & (i < east) & (j + 0.5 > south) & (j + 0.5 < north)] = False
        i, j = np.indices(self.east.shape)
        self.east[(i + 0.5 > west) & (i + 0.5 < east) & (j > south) & (j < north)] = False

    def degree(self, i: int, j: int) -> int:
        """Return how many streets meet at a corner."""
        return int(
            (i > 0 and self.east[i - 1, j])
            + (i < COLUMNS and self.east[i, j])
            + (j > 0 and self.north[i, j - 1])
            + (j < ROWS and self.north[i, j])
        )


def make_streets(
    rng: np.random.Generator, *, unbuilt: Sequence[Cells], parks: Sequence[Cells], island: tuple[float, float]
) -> list[Way]:
    """Return the ways of the district, main streets first.

    Parameters
    ----------
    rng
        Chooses the sides left out and the lanes inside each block.
    unbuilt, parks
        Rectangles of blocks without streets; parks get paths.
    island
        The middle, in blocks, of a block whose few lanes meet no other street.
    """
    plan = _Plan()
    plan.north[:, RIVER_ROW] = False
    plan.east[RAIL_COLUMN, :] = False
    alone = (island[0] - 0.5, island[0] + 0.5, island[1] - 0.5, island[1] + 0.5)
    for cells in (*unbuilt, *parks):
        plan.clear(cells)
    _leave_out_minor_sides(rng, plan)
    return [
        *_lines(plan),
        *_crossings(),
        *_riverside(),
        *(way for cells in parks for way in _park_paths(cells)),
        *_lanes(rng, plan, closed=[*unbuilt, *parks, alone]),
        *_island(island),
    ]


def to_ways(drawn: Sequence[Way], ground: Ground, *, table: str) -> Ways:
    """Turn ways over lattice points into ways over nodes; points that shape nothing are left out."""
    paths = _thinned([(stepwise(way.points), way.points) for way in drawn])
    position: dict[Point, int] = {}
    ref = [position.setdefault(point, len(position)) for path in paths for point in path]
    lon, lat = degrees(ground.metres(position)).T
    border = [not (-MARGIN < p < COLUMNS * STEP + MARGIN and -MARGIN < q < ROWS * STEP + MARGIN) for p, q in position]
    keys = sorted({key for way in drawn for key in way.tags})
    return Ways(
        node_id=np.arange(1, len(position) + 1),
        lon=lon,
        lat=lat,
        border=np.array(border, dtype=bool),
        ref=np.array(ref, np.int64),
        start=np.cumsum([0, *(len(path) for path in paths)], dtype=np.int64),
        way_id=np.arange(1, len(drawn) + 1),
        tags={key: np.array([way.tags.get(key, "") for way in drawn], dtype=object) for key in keys},
        two_way=np.ones(len(drawn), dtype=bool),
        table=table,
    )


def stepwise(points: Sequence[Point]) -> list[Point]:
    """Return every lattice point along a path; beyond the outermost street only the border itself."""
    path = [points[0]]
    for end in points[1:]:
        (p, q), (dp, dq) = path[-1], (np.sign(end[0] - path[-1][0]), np.sign(end[1] - path[-1][1]))
        for k in range(1, max(abs(end[0] - p), abs(end[1] - q)) + 1):
            at = (p + k * int(dp), q + k * int(dq))
            if at == end or (0 <= at[0] <= COLUMNS * STEP and 0 <= at[1] <= ROWS * STEP):
                path.append(at)
    return path


def _leave_out_minor_sides(rng: np.random.Generator, plan: _Plan) -> None:
    for i in range(COLUMNS + 1):
        for j in range(ROWS):
            if rng.random() < _DROPPED and plan.north[i, j] and i not in _COLUMN_CLASS:
                plan.north[i, j] = min(plan.degree(i, j), plan.degree(i, j + 1)) < _CROSSING
    for i in range(COLUMNS):
        for j in range(ROWS + 1):
            if rng.random() < _DROPPED and plan.east[i, j] and j not in _ROW_CLASS:
                plan.east[i, j] = min(plan.degree(i, j), plan.degree(i + 1, j)) < _CROSSING


def _lines(plan: _Plan) -> Iterator[Way]:
    """Yield the streets along the lines of the grid, cut where sides are missing."""
    for j in range(ROWS + 1):
        tags = _tags("row", j, _ROW_CLASS)
        for first, last in _runs(plan.east[:, j]):
            west = _end(first, leaves=j in _ROW_CLASS)
            east = _end(last, leaves=j in _ROW_CLASS and j >= _NORTH_OF_BAY, blocks=COLUMNS)
            yield Way(((west, j * STEP), (east, j * STEP)), tags)
    for i in range(COLUMNS + 1):
        tags = _tags("column", i, _COLUMN_CLASS)
        for first, last in _runs(plan.north[i]):
            south = _end(first, leaves=i in _COLUMN_CLASS and i < _WEST_OF_BAY)
            north = _end(last, leaves=i in _COLUMN_CLASS, blocks=ROWS)
            yield Way(((i * STEP, south), (i * STEP, north)), tags)


def _tags(line: str, number: int, classes: Mapping[int, str]) -> Mapping[str, str]:
    tags = {"highway": classes.get(number, "residential")}
    if (line, number) in _ONEWAY:
        tags["oneway"] = _ONEWAY[line, number]
    return tags


def _runs(sides: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield the first and the last corner of each unbroken run of sides."""
    step = np.diff(np.concatenate([[0], sides.astype(np.int64), [0]]))
    yield from zip(np.flatnonzero(step == 1).tolist(), np.flatnonzero(step == -1).tolist(), strict=True)


def _end(corner: int, *, leaves: bool, blocks: int | None = None) -> int:
    """Return where a street ends on the lattice: one that leaves the district, on the box of the extract."""
    if leaves and corner == 0:
        return -MARGIN
    return corner * STEP + (MARGIN if leaves and corner == blocks else 0)


def _crossings() -> Iterator[Way]:
    """Yield the bridges over the river, the underpasses below the railway, and a footbridge over each."""
    bridge, stairs = {"highway": "footway", "bridge": "yes", "layer": "1"}, {"highway": "steps"}
    south, north = RIVER_ROW * STEP, (RIVER_ROW + 1) * STEP
    for i in _BRIDGES:
        yield Way(((i * STEP, south), (i * STEP, north)), {**bridge, "highway": _COLUMN_CLASS[i]})
    west, east = RAIL_COLUMN * STEP, (RAIL_COLUMN + 1) * STEP
    for j in _UNDERPASSES:
        tags = {"highway": _ROW_CLASS[j], "tunnel": "yes", "layer": "-1"}
        yield Way(((west, j * STEP), (east, j * STEP)), tags)
    p = 52  # half-way between two bridges
    yield Way(((p, south), (p, south + 1)), stairs)
    yield Way(((p, south + 1), (p, north - 1)), bridge)
    yield Way(((p, north - 1), (p, north)), stairs)
    q = 5 * STEP + 4
    yield Way(((west, q), (west + 2, q)), stairs)
    yield Way(((west + 2, q), (east - 2, q)), bridge)
    yield Way(((east - 2, q), (east, q)), stairs)


def _riverside() -> Iterator[Way]:
    """Yield the promenades along the river and the paths down to them."""
    path = {"highway": "footway"}
    for row, street, first, last in ((57, RIVER_ROW, 3, 10), (63, RIVER_ROW + 1, 10, 17)):
        yield Way(((first * STEP, row), (last * STEP, row)), path)
        for i in range(first + 1, last, 2):
            yield Way(((i * STEP, row), (i * STEP, street * STEP)), path)


def _park_paths(cells: Cells) -> Iterator[Way]:
    west, east, south, north = (round(edge * STEP) for edge in cells)
    p, q = (west + east) // 2, (south + north) // 2
    yield Way(((west, q), (east, q)), {"highway": "footway"})
    yield Way(((p, south), (p, north)), {"highway": "path"})


def _lanes(rng: np.random.Generator, plan: _Plan, *, closed: Sequence[Cells]) -> Iterator[Way]:
    """Yield the lanes inside the blocks, drawn from the patterns as far as the streets around allow."""
    names = list(_PATTERNS)
    often = np.array([_PATTERNS[name][0] for name in names])
    for b in range(ROWS):
        for a in range(COLUMNS):
            chosen = names[int(rng.choice(len(names), p=often / often.sum()))]
            turn, bare = int(rng.integers(4)), rng.random() < _BARE
            inside = any(w <= a < e and s <= b < n for w, e, s, n in closed)
            if b == RIVER_ROW or inside or bare:
                continue
            _, paths, tags = _PATTERNS["yard" if a == RAIL_COLUMN else chosen]
            for quarter in range(turn, turn + 4):
                turned = [[_turned(point, quarter) for point in path] for path in paths]
                if all(_meets_street(plan, a, b, end) for path in turned for end in (path[0], path[-1])):
                    for path in turned:
                        yield Way(tuple((a * STEP + k, b * STEP + m) for k, m in path), tags)
                    break


def _turned(point: Point, quarters: int) -> Point:
    k, m = point
    for _ in range(quarters % 4):
        k, m = STEP - m, k
    return k, m


def _meets_street(plan: _Plan, a: int, b: int, end: Point) -> bool:
    """Return whether a lane's end lies inside the block, or on a side of it that is a street."""
    k, m = end
    if k in (0, STEP):
        return bool(plan.north[a + k // STEP, b])
    if m in (0, STEP):
        return bool(plan.east[a, b + m // STEP])
    return True


def _island(middle: tuple[float, float]) -> Iterator[Way]:
    p, q = round(middle[0] * STEP), round(middle[1] * STEP)
    tags = {"highway": "service"}
    yield Way(((p - 1, q - 1), (p + 1, q - 1), (p + 1, q + 1), (p - 1, q + 1), (p - 1, q - 1)), tags)
    yield Way(((p - 1, q), (p + 1, q)), tags)


def _thinned(paths: Sequence[tuple[list[Point], tuple[Point, ...]]]) -> list[list[Point]]:
    """Keep the corners of each path, where paths meet, and every half block between."""
    uses = Counter(point for path, _ in paths for point in path)
    return [
        [point for point in path if point in corners or uses[point] > 1 or not (point[0] % 4 or point[1] % 4)]
        for path, corners in paths
    ]
