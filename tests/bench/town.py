"""A generated city as the product builds and searches it, and the same streets as peers take them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from planner.network import Network, build
from planner.places import OK, Anchors
from planner.profile import TravelProfile, weigh
from planner.sources import Cache
from planner.sources.geodata import read_profiles
from planner.streets import Streets, streets
from tests.bench import city

LIMIT_DS = 9_000
"""15 minutes."""

SPEED_M_S = {"walk": 1.2, "ebike": 15.0 / 3.6, "car": 40.0 / 3.6}
"""By mode of travel; the same on every street, so that a mode is a longer reach and nothing else."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arcs:
    """The streets as peers take them: nodes in the order of the source, costs in whole deciseconds, all two-way.

    ``x`` and ``y`` have the length of the nodes; ``u``, ``v`` and ``cost`` that of the streets. No two streets join
    the same nodes, and none costs nothing, so no peer can read the graph in another way.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    u: Ints
    v: Ints
    cost: Ints


def profile(mode: str) -> TravelProfile:
    """Return who travels."""
    return replace(
        read_profiles()["adult_walk"], name=mode, speed_m_s=SPEED_M_S[mode], access_speed_m_s=SPEED_M_S[mode], rules=()
    )


@lru_cache(maxsize=1)
def network(junctions: int) -> Network:
    """Return the city as the product builds it."""
    return build(city.kept(junctions), tag_keys=())


@lru_cache(maxsize=1)
def way(junctions: int, mode: str) -> Streets:
    """Return the city as the product searches it."""
    built = network(junctions)
    return streets(built, weigh(built, profile(mode)))


def cache() -> Cache:
    """Return the product's cache as another run would find it: it knows nothing but what lies in its folder."""
    return Cache(city.KEPT / "store", limit_bytes=2 << 30)  # 2 GB: the large city and little else


def kept_way(junctions: int, mode: str) -> Streets:
    """Return the city as the product searches it, out of the product's cache where an earlier run kept it."""
    store, who = cache(), profile(mode)
    built = store("network", (city.name(junctions),), lambda: network(junctions))
    return streets(built, store("weights", (built, who), lambda: weigh(built, who)))


def arcs(way: Streets) -> Arcs:
    """Return the streets as peers take them."""
    built, forward = way.network, way.weights.forward_ds
    pairs = np.sort(np.column_stack([built.u, built.v]), axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert forward.min() > 0
    assert np.array_equal(forward, way.weights.backward_ds)
    position = positions(way)
    x, y = np.empty(len(position)), np.empty(len(position))
    x[position], y[position] = built.x, built.y
    return Arcs(x=x, y=y, u=position[built.u], v=position[built.v], cost=forward)


def positions(way: Streets) -> Ints:
    """Return where each node of the product's network stands in the source, which numbers its nodes from 0."""
    return way.network.node_id


def at_nodes(way: Streets, nodes: Ints) -> Anchors:
    """Return anchors that stand at nodes of the source."""
    built = way.network
    edge_at, fraction_at = np.full(len(built.node_id), -1, np.int64), np.zeros(len(built.node_id))
    edges = np.arange(len(built.u))
    edge_at[built.u] = edges
    edge_at[built.v], fraction_at[built.v] = edges, 1.0
    node = np.empty(len(built.node_id), np.int64)
    node[positions(way)] = np.arange(len(node))
    node = node[nodes]
    return Anchors(
        status=np.full(len(node), OK, dtype=object),
        edge=edge_at[node],
        fraction=fraction_at[node],
        access_m=np.zeros(len(node)),
        lon=built.lon[node],
        lat=built.lat[node],
        passed_over=np.full(len(node), -1, np.int64),
    )


def drawn(way: Streets, count: int, *, seed: int = 1) -> Ints:
    """Return distinct nodes of the source, drawn at random."""
    return np.random.default_rng(seed).choice(len(way.network.node_id), count, replace=False)
