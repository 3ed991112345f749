"""The nearest facility of every node, and the table from communities to facilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from planner.reach import Reach, compute
from planner.spread import Spread, spread
from planner.streets import Streets
from tests.bench import town
from tests.bench.peers import PEERS, peer
from tests.bench.race import OURS, Job, Rival, against
from tests.bench.row import Row
from tests.bench.size import Size

MODE = "walk"
NEAREST_GOALS = {"networkx": 200.0, "scipy": 6.0}


def _facilities(way: Streets, size: Size) -> town.Ints:
    return town.drawn(way, size.facilities, seed=3)


def _nearest(size: Size) -> tuple[Streets, Callable[[], Spread]]:
    way = town.way(size.junctions, MODE)
    facilities = town.at_nodes(way, _facilities(way, size))
    return way, partial(spread, way, facilities)


def _nearest_rows(size: Size) -> Iterator[Row]:
    way, ours = _nearest(size)
    cost = np.empty(len(way.network.node_id), np.int64)
    cost[town.positions(way)] = ours().cost
    facilities, furthest = _facilities(way, size), int(cost.max())

    def rival(name: str) -> Rival:
        contender = peer(name, size.junctions, MODE)
        ask = contender.nearest(facilities, furthest)
        return Rival(answer=ask, agree=np.array_equal(ask(), cost))

    yield from against(
        "nearest",
        asked=f"{len(cost):,} nodes, {len(facilities):,} facilities",
        ours=ours,
        rivals={name: partial(rival, name) for name in PEERS},
        goals=NEAREST_GOALS,
        size=size,
    )


def _nearest_alone(size: Size) -> dict[str, Any]:
    _nearest(size)[1]()
    return {}


def _table(size: Size) -> tuple[Streets, Callable[[], Reach]]:
    way = town.way(size.junctions, MODE)
    communities = town.at_nodes(way, town.drawn(way, size.communities, seed=4))
    facilities = town.at_nodes(way, _facilities(way, size))
    return way, partial(compute, way, communities, facilities, limit=town.LIMIT_DS)


def _table_rows(size: Size) -> Iterator[Row]:
    way, ours = _table(size)
    communities, facilities = town.drawn(way, size.communities, seed=4), _facilities(way, size)
    found = ours()
    pairs = np.column_stack([found.origin, found.target, found.time_ds])

    def rival(name: str) -> Rival:
        contender = peer(name, size.junctions, MODE)
        ask = partial(contender.table, communities, facilities, town.LIMIT_DS)
        theirs = ask()
        order = np.lexsort((theirs[:, 1], theirs[:, 0]))
        return Rival(answer=ask, agree=np.array_equal(theirs[order], pairs))

    yield from against(
        "table",
        asked=f"{len(way.network.node_id):,} nodes, {len(communities):,} communities x {len(facilities):,} facilities",
        ours=ours,
        rivals={name: partial(rival, name) for name in ("networkx", "scipy", "igraph")},
        goals={},
        size=size,
    )


def _table_alone(size: Size) -> dict[str, Any]:
    _table(size)[1]()
    return {}


JOBS = [
    Job(name="nearest", rows=_nearest_rows, alone={OURS: _nearest_alone}),
    Job(name="table", rows=_table_rows, alone={OURS: _table_alone}),
]
