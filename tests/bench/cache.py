"""What an earlier run kept, against making it anew: a network from an OpenStreetMap file, and searches on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from planner.network import Network
from planner.places import DEFAULT_MAX_ACCESS_M, Anchors, Places
from planner.preparation import Preparation, anchored, prepare
from planner.profile import TravelProfile
from planner.reach import compute, nearest
from planner.sources.extract import Extract
from planner.sources.files import sha256
from planner.sources.geodata import read_profiles
from planner.sources.streets import read_network
from planner.store import Store, unkept
from planner.streets import Streets, streets
from tests.bench import city, town
from tests.bench.race import OURS, Job, alone, turns_s
from tests.bench.row import Row, judged
from tests.bench.size import Size

GOAL = 20.0
FURTHEST_DS = 2 * town.LIMIT_DS
"""A study keeps the pairs within twice its limit."""


@lru_cache(maxsize=1)
def _profile() -> TravelProfile:
    """Return who travels; it is read once, as a study reads it, whether anything was kept or not."""
    return read_profiles()["adult_walk"]


def _extract(path: Path, store: Store) -> Extract:
    """Return the streets of a file, kept under the hash of its content, as a study's reading keeps them."""
    keys = sorted(_profile().tag_keys)
    return store("extract", (sha256(path), tuple(keys)), partial(read_network, path, table="network", tag_keys=keys))


def _ready(extract: Extract, store: Store) -> Preparation:
    profile = _profile()
    return prepare(extract.ways, {profile.name: profile}, [], max_access_m=DEFAULT_MAX_ACCESS_M, store=store)


def _read_and_built(path: Path, store: Store) -> Preparation:
    return _ready(_extract(path, store), store)


def _network_rows(size: Size) -> Iterator[Row]:
    path = city.osm_file(size.junctions)
    nodes = len(_read_and_built(path, town.cache()).network.node_id)
    memory_mb = float(alone("cache_network", size)["memory_mb"])
    yield _compared(
        "cache_network",
        f"{nodes:,} nodes, from an OpenStreetMap file",
        "read and built",
        lambda: _read_and_built(path, town.cache()),
        lambda: _read_and_built(path, unkept),
        size,
        memory_mb,
    )
    cache = town.cache()
    extract = _extract(path, cache)
    yield _compared(
        "cache_network",
        f"{nodes:,} nodes, from streets read before",
        "built",
        lambda: _ready(extract, cache),
        lambda: _ready(extract, unkept),
        size,
        memory_mb,
    )


def _network_alone(size: Size) -> dict[str, Any]:
    _read_and_built(city.osm_file(size.junctions), town.cache())
    return {}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A network with its communities and facilities, as a store gives them."""

    way: Streets
    homes: Anchors
    doors: Anchors

    def graph(self) -> tuple[Any, ...]:
        return self.way.network, self.way.weights, self.way.by


def _question(size: Size, store: Store) -> _Question:
    ready = _read_and_built(city.osm_file(size.junctions), store)
    network, weights = ready.network, ready.weights[_profile().name]

    def at(count: int, seed: int) -> Anchors:
        places = _places(network, np.random.default_rng(seed).choice(len(network.node_id), count, replace=False))
        return anchored(network, weights, places, max_access_m=DEFAULT_MAX_ACCESS_M, store=store)

    return _Question(way=streets(network, weights), homes=at(size.communities, 4), doors=at(size.facilities, 3))


def _places(network: Network, nodes: town.Ints) -> Places:
    ids = nodes.astype(str).astype(object)
    return Places(
        role="communities",
        table="places",
        ids=ids,
        names=ids,
        lon=network.lon[nodes],
        lat=network.lat[nodes],
        row=nodes,
    )


def _table(asked: _Question, store: Store) -> Any:
    limit = FURTHEST_DS
    return store(
        "reach",
        (*asked.graph(), asked.homes, asked.doors, limit),
        lambda: compute(asked.way, asked.homes, asked.doors, limit=limit),
    )


def _nearest(asked: _Question, store: Store) -> Any:
    rank = site = np.arange(len(asked.doors.edge))
    return store(
        "nearest",
        (*asked.graph(), asked.homes, asked.doors, rank, site),
        lambda: nearest(asked.way, asked.homes, asked.doors, rank=rank, site=site),
    )


def _reach_rows(size: Size) -> Iterator[Row]:
    cache = town.cache()
    asked = _question(size, cache)
    places = f"{size.communities:,} communities x {size.facilities:,} facilities"
    searches = (("table searched", _table, "within 30 min"), ("nearest searched", _nearest, "the two nearest"))
    for _, search, _ in searches:
        search(asked, cache)  # keeps it
    memory_mb = float(alone("cache_reach", size)["memory_mb"])
    for peer, search, what in searches:
        load, make = partial(search, asked, cache), partial(search, asked, unkept)
        yield _compared("cache_reach", f"{places}, {what}", peer, load, make, size, memory_mb)


def _reach_alone(size: Size) -> dict[str, Any]:
    cache = town.cache()
    asked = _question(size, cache)
    _table(asked, cache)
    _nearest(asked, cache)
    return {}


def _compared(
    job: str,
    asked: str,
    peer: str,
    load: Callable[[], Any],
    make: Callable[[], Any],
    size: Size,
    memory_mb: float,
) -> Row:
    agree = same(load(), make())
    seconds = turns_s({OURS: load, peer: make}, size.turns)
    ratio = seconds[peer] / seconds[OURS]
    return Row(
        job=job,
        size=asked,
        peer=peer,
        ours_s=seconds[OURS],
        peer_s=seconds[peer],
        ratio=ratio,
        goal=GOAL,
        met=judged(ratio, GOAL),
        memory_mb=memory_mb,
        agree=agree,
    )


def same(one: Any, other: Any) -> bool:
    """Return whether two nouns hold the same, array by array."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Preparation):
        return same(one.network, other.network) and same(one.weights, other.weights)
    if dataclasses.is_dataclass(one) and not isinstance(one, TravelProfile):
        return all(same(getattr(one, key.name), getattr(other, key.name)) for key in dataclasses.fields(one))
    return bool(one == other)


JOBS = [
    Job(name="cache_network", rows=_network_rows, alone={OURS: _network_alone}),
    Job(name="cache_reach", rows=_reach_rows, alone={OURS: _reach_alone}),
]
