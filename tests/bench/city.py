"""Generated cities: a bent grid of streets with rivers, railways and parks, its nodes numbered at random."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from planner.kernels.components import components
from planner.measure import metric_crs, unproject
from planner.network import Ways

KEPT = Path(__file__).resolve().parents[2] / "cache" / "bench"

BLOCK_M = 100.0
JITTER_M = 18.0  # a crossing's distance from its place on the grid, one standard deviation each way
BEND_M = 200.0  # how far long waves bend the grid, so that blocks differ in size
STREETS, DIAGONALS = 0.74, 0.04  # share of the blocks' sides, and of their diagonals, that are streets
BRIDGE_BLOCKS, UNDERPASS_BLOCKS = 12, 6  # a way over the river, and below the railway, every so many blocks
BARRIER_BLOCKS = 150  # a river and a railway for every so many blocks of the city's side
PARK_BLOCKS = 6  # likewise a park

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def name(junctions: int) -> str:
    """Return a name for the city that tells it from any that another version of this module would make."""
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return f"city-{junctions}-{made_by}"


def kept(junctions: int) -> Ways:
    """Return the city of about so many junctions, from ``cache/bench`` if it was made before."""
    return _as_ways(*_arrays(junctions))


def osm_file(junctions: int) -> Path:
    """Return the city as an OpenStreetMap file in ``cache/bench``: plain residential streets."""
    path = _kept_at(junctions, ".osm.pbf")
    if not path.exists():
        from osmium import SimpleWriter
        from osmium.osm.mutable import Node, Way

        lon, lat, ends = _arrays(junctions)
        with _whole(path) as unfinished, SimpleWriter(str(unfinished)) as writer:
            for number, place in enumerate(zip(lon.tolist(), lat.tolist(), strict=True), start=1):
                writer.add_node(Node(id=number, location=place))
            for number, refs in enumerate((ends + 1).tolist(), start=1):
                writer.add_way(Way(id=number, nodes=refs, tags={"highway": "residential"}))
    return path


def _arrays(junctions: int) -> tuple[Floats, Floats, npt.NDArray[np.int32]]:
    path = _kept_at(junctions, ".npz")
    if not path.exists():
        lon, lat, u, v = make(junctions)
        with _whole(path) as unfinished:
            np.savez(unfinished, lon=lon, lat=lat, ends=np.column_stack([u, v]).astype(np.int32))
    with np.load(path) as arrays:
        return arrays["lon"], arrays["lat"], arrays["ends"]


def _kept_at(junctions: int, ending: str) -> Path:
    return KEPT / f"{name(junctions)}{ending}"


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a path that takes the place of another once the file is written: a broken run leaves no half of a city."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{os.getpid()}-{path.name}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def make(junctions: int, *, seed: int = 0) -> tuple[Floats, Floats, Ints, Ints]:
    """Return lon and lat of each node, and the two ends of each street; every two nodes are joined by some way.

    About ``junctions`` nodes are left, three directed edges for each. Nodes and streets come in random order, as the
    ids of a real extract say nothing about where its nodes lie.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(junctions * 1.03)))  # rivers, parks and cut-off corners take 3 %
    row, column = (index.ravel() for index in np.indices((side, side)))
    x, y = _places(rng, row, column, side)
    u, v = _streets(rng, side)
    for number in range(max(1, side // BARRIER_BLOCKS)):
        level = (number + 0.5) * side / max(1, side // BARRIER_BLOCKS)
        swing = 0.05 * side / max(1, side // BARRIER_BLOCKS)
        north = row > level + swing * np.sin(7.0 * column / side + number)
        east = column > level + swing * np.sin(5.0 * row / side + number)
        for beyond, along, every in ((north, column, BRIDGE_BLOCKS), (east, row, UNDERPASS_BLOCKS)):
            crossed = (beyond[u] == beyond[v]) | (along[u] % every == every // 2)
            u, v = u[crossed], v[crossed]
    green = _parks(rng, side)
    outside = ~(green[u] | green[v])
    u, v = u[outside], v[outside]
    piece = components(u, v, side * side)
    stays = piece == np.bincount(piece).argmax()
    u, v = u[stays[u]], v[stays[u]]
    order = rng.permutation(np.flatnonzero(stays))
    number_of = np.full(side * side, -1, np.int64)
    number_of[order] = np.arange(len(order))
    shuffled = rng.permutation(len(u))
    middle = side * BLOCK_M / 2.0
    lon, lat = unproject(metric_crs(117.0, 36.0), x[order] - middle, y[order] - middle)
    return np.round(lon, 7), np.round(lat, 7), number_of[u[shuffled]], number_of[v[shuffled]]


def _places(rng: np.random.Generator, row: Ints, column: Ints, side: int) -> tuple[Floats, Floats]:
    x = column * BLOCK_M + rng.normal(0.0, JITTER_M, len(column))
    y = row * BLOCK_M + rng.normal(0.0, JITTER_M, len(row))
    x += BEND_M * np.sin(6.0 * np.pi * y / (side * BLOCK_M))
    y += BEND_M * np.sin(8.0 * np.pi * x / (side * BLOCK_M))
    return x, y


def _streets(rng: np.random.Generator, side: int) -> tuple[Ints, Ints]:
    node = np.arange(side * side).reshape(side, side)
    ends = []
    for tail, head, share in (
        (node[:, :-1], node[:, 1:], STREETS),
        (node[:-1], node[1:], STREETS),
        (node[:-1, :-1], node[1:, 1:], DIAGONALS),
    ):
        drawn = rng.random(tail.size) < share
        ends.append(np.column_stack([tail.ravel()[drawn], head.ravel()[drawn]]))
    u, v = np.concatenate(ends).T
    return u, v


def _parks(rng: np.random.Generator, side: int) -> Bools:
    """Return which nodes of the grid lie in one of the round parks."""
    green = np.zeros((side, side), dtype=bool)
    for _ in range(side // PARK_BLOCKS):
        (i, j), radius = rng.integers(0, side, 2), rng.integers(1, 6)
        rows = np.arange(max(0, i - radius), min(side, i + radius + 1))
        columns = np.arange(max(0, j - radius), min(side, j + radius + 1))
        inside = (rows[:, None] - i) ** 2 + (columns[None, :] - j) ** 2 <= radius**2
        green[np.ix_(rows, columns)] |= inside
    return green.ravel()


def _as_ways(lon: Floats, lat: Floats, ends: npt.NDArray[np.int32]) -> Ways:
    """Return each street as a way of its own, without tags: open to all, both ways."""
    return Ways(
        node_id=np.arange(len(lon)),
        lon=lon,
        lat=lat,
        border=np.zeros(len(lon), dtype=bool),
        ref=ends.ravel().astype(np.int64),
        start=np.arange(len(ends) + 1) * 2,
        way_id=np.arange(len(ends)),
        tags={},
        two_way=np.ones(len(ends), dtype=bool),
        table="generated city",
    )
