"""All nodes within 15 minutes of many origins: on foot, by e-bike and by car; scattered, and at every node."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from planner.hierarchy import Hierarchy, hierarchy
from planner.places import Anchors
from planner.streets import Streets
from planner.within import within
from tests.bench import town
from tests.bench.peers import PEERS, peer
from tests.bench.race import OURS, Job, Rival, against
from tests.bench.row import Row
from tests.bench.size import Size

GOALS: Mapping[str, Mapping[str, float]] = {
    "reach_scattered": {"networkx": 100, "scipy": 75, "pandana": 65},
    "reach_dense": {"networkx": 200},
    "reach_ebike_scattered": {"networkx": 150},
    "reach_ebike_dense": {"networkx": 500},
    "reach_car_scattered": {"networkx": 250},
    "reach_car_dense": {"networkx": 800},
}
COMPARED = 20
"""Origins on which each peer's answer is compared with ours, node by node."""


def origins_of(way: Streets, size: Size, *, dense: bool) -> town.Ints:
    """Return the origins as nodes of the source: some, drawn at random, or every one; neighbours together."""
    every = town.positions(way)
    if dense:
        return every
    drawn = np.zeros(len(every), dtype=bool)
    drawn[town.drawn(way, size.origins)] = True
    return every[drawn[every]]


def batches(way: Streets, origins: town.Ints, batch: int) -> list[Anchors]:
    """Return the anchors of the origins, some at a time."""
    return [town.at_nodes(way, origins[first : first + batch]) for first in range(0, len(origins), batch)]


def searched(way: Streets, asked: Sequence[Anchors], over: Hierarchy | None = None) -> int:
    """Search from all origins, batch by batch, each answer let go of before the next; return how many were reached."""
    return sum(len(within(way, origins, limit=town.LIMIT_DS, hierarchy=over).node) for origins in asked)


def by_node(way: Streets, origins: town.Ints, origin: int, batch: int, over: Hierarchy) -> dict[int, int]:
    """Return what one origin reaches, searched together with its batch as when time is taken: cost by node."""
    at = int(np.flatnonzero(origins == origin)[0])
    first = at - at % batch
    found = within(way, batches(way, origins[first : first + batch], batch)[0], limit=town.LIMIT_DS, hierarchy=over)
    row = slice(found.start[at - first], found.stop[at - first])
    return dict(zip(town.positions(way)[found.node[row]].tolist(), found.cost[row].tolist(), strict=True))


def _rows(name: str, mode: str, dense: bool, size: Size) -> Iterator[Row]:
    way = town.way(size.junctions, mode)
    origins, batch = origins_of(way, size, dense=dense), size.batch[mode]
    sample = np.random.default_rng(2).choice(origins, min(size.sample[mode], len(origins)), replace=False)
    started = time.perf_counter()
    over = hierarchy(way)  # graphs, indexes and hierarchies of peers aren't timed either
    made_s = time.perf_counter() - started
    ours = [by_node(way, origins, origin, batch, over) for origin in sample[:COMPARED]]

    def rival(peer_name: str) -> Rival:
        contender = peer(peer_name, size.junctions, mode)
        theirs = [
            found
            for answer in contender.within(sample[:COMPARED], town.LIMIT_DS)
            for found in contender.reached(answer)
        ]
        return Rival(
            answer=lambda: [None for _ in contender.within(sample, town.LIMIT_DS)],
            agree=theirs == ours,
            share=len(sample) / len(origins),
            note=f"the peer on {len(sample):,} of them, scaled",
        )

    asked = batches(way, origins, batch)
    speed = f"{town.SPEED_M_S[mode]:.3g} m/s"
    yield from against(
        name,
        asked=f"{len(way.network.node_id):,} nodes, {len(origins):,} origins, 15 min at {speed}; "
        f"the hierarchy, made in {made_s:.1f} s, is set-up",
        ours=lambda: searched(way, asked, over),
        rivals={peer_name: partial(rival, peer_name) for peer_name in PEERS},
        goals=GOALS[name],
        size=size,
        warm_up=lambda: searched(way, asked[:1], over),
    )


def _alone(mode: str, dense: bool, size: Size) -> dict[str, Any]:
    """Build the network and search from one batch of origins; other batches need no more memory."""
    way = town.way(size.junctions, mode)
    batch = size.batch[mode]
    searched(way, batches(way, origins_of(way, size, dense=dense)[:batch], batch), hierarchy(way))
    return {}


JOBS = [
    Job(name=name, rows=partial(_rows, name, mode, dense), alone={OURS: partial(_alone, mode, dense)})
    for name, mode, dense in (
        ("reach_scattered", "walk", False),
        ("reach_dense", "walk", True),
        ("reach_ebike_scattered", "ebike", False),
        ("reach_ebike_dense", "ebike", True),
        ("reach_car_scattered", "car", False),
        ("reach_car_dense", "car", True),
    )
]
