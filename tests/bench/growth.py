"""More threads, and 25 times the streets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from planner.within import within
from tests.bench import town
from tests.bench.race import OURS, Job, alone, median_s, turns_s
from tests.bench.reach import batches, origins_of, searched
from tests.bench.row import Row, judged
from tests.bench.size import Size

MODE = "walk"
THREADS_GOAL = 1.7
MEMORY_GOAL_MB, SLOWER_GOAL = 1_500.0, 2.0


def _threads_rows(size: Size) -> Iterator[Row]:
    way = town.way(size.junctions, MODE)
    origins = town.at_nodes(way, origins_of(way, size, dense=True))

    def one() -> Any:
        return within(way, origins, limit=town.LIMIT_DS)

    def two() -> Any:
        return within(way, origins, limit=town.LIMIT_DS, threads=2)

    serial, parallel = one(), two()
    agree = all(np.array_equal(getattr(serial, key), getattr(parallel, key)) for key in ("start", "node", "cost"))
    del serial, parallel
    seconds = turns_s({"one": one, "two": two}, size.turns)
    ratio = seconds["one"] / seconds["two"]
    yield Row(
        job="threads",
        size=f"{len(way.network.node_id):,} nodes, every one an origin; two threads against one",
        peer="one thread",
        ours_s=seconds["two"],
        peer_s=seconds["one"],
        ratio=ratio,
        goal=THREADS_GOAL,
        met=judged(ratio, THREADS_GOAL),
        memory_mb=float(alone("threads", size)["memory_mb"]),
        agree=agree,
    )


def _threads_alone(size: Size) -> dict[str, Any]:
    way = town.way(size.junctions, MODE)
    within(way, town.at_nodes(way, origins_of(way, size, dense=True)), limit=town.LIMIT_DS, threads=2)
    return {}


def answered(junctions: int, size: Size) -> dict[str, Any]:
    """Load a city and search from scattered origins; return its nodes and the median seconds."""
    way = town.kept_way(junctions, MODE)
    origins = origins_of(way, size, dense=False)
    asked = batches(way, origins, size.batch[MODE])
    searched(way, asked)
    return {
        "nodes": len(way.network.node_id),
        "origins": len(origins),
        "seconds": median_s(lambda: searched(way, asked), size.turns),
    }


def filled(junctions: int) -> dict[str, Any]:
    """See that the product's cache holds a city, as an earlier run would have left it."""
    town.kept_way(junctions, MODE)
    return {}


def _large_rows(size: Size) -> Iterator[Row]:
    """Yield the memory of a fresh process, and how much slower a query is than in one on the smaller city."""
    for junctions in ("small", "large"):
        alone("network_6m", size, part=f"fill {junctions}")  # in processes of their own: building takes more memory
    small, large = alone("network_6m", size, part="small"), alone("network_6m", size, part="large")
    asked = f"{large['nodes']:,} nodes, {large['origins']:,} origins"
    memory_mb = float(large["memory_mb"])
    yield Row(
        job="network_6m",
        size=f"{asked}: memory",
        ours_s=large["seconds"],
        ratio=memory_mb,
        goal=MEMORY_GOAL_MB,
        met=judged(memory_mb, MEMORY_GOAL_MB, at_most=True),
        memory_mb=memory_mb,
    )
    slower = large["seconds"] / small["seconds"]
    yield Row(
        job="network_6m",
        size=f"{asked}: time against that on {small['nodes']:,} nodes",
        peer="smaller city",
        ours_s=large["seconds"],
        peer_s=small["seconds"],
        ratio=slower,
        goal=SLOWER_GOAL,
        met=judged(slower, SLOWER_GOAL, at_most=True),
        memory_mb=memory_mb,
    )


JOBS = [
    Job(name="threads", rows=_threads_rows, alone={OURS: _threads_alone}),
    Job(
        name="network_6m",
        rows=_large_rows,
        alone={
            "fill small": lambda size: filled(size.junctions),
            "fill large": lambda size: filled(size.many_junctions),
            "small": lambda size: answered(size.junctions, size),
            "large": lambda size: answered(size.many_junctions, size),
        },
    ),
]
