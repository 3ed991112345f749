"""Reach, nearest and spread on the streets of real towns, against networkx: no mismatch allowed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from planner.hierarchy import hierarchy
from planner.places import Anchors, anchor
from planner.reach import compute, nearest
from planner.spread import spread
from planner.streets import Criterion, streets
from planner.within import within
from tests.extracts import anchored, rows, scattered, town
from tests.laws.drafts import EVER, pairs
from tests.oracle.test_reach import BOTH, agrees, best_two, leads_back, nodes_reached, of, rows_of, two_nearest
from tests.oracle.trips import Runs, Trips
from tests.towns import joined, on_streets

LIMIT = {"time": 9000, "length": 1_000_000}  # 15 minutes, 1 km
NAMES = pytest.mark.parametrize("name", ["guixi", "porto_alegre"])


@cache
def trips(data: Path, name: str, by: str) -> Trips:
    return Trips(*town(data, name), by=by)


@cache
def homes(data: Path, name: str) -> Anchors:
    """Return the extract's own places, and some points strewn over its box."""
    network, weights = town(data, name)
    table = rows(data / name / {"guixi": "places.csv", "porto_alegre": "poa_hexgrid.csv"}[name])
    own = anchored(network, weights, table)
    strewn = anchor(network, weights, *scattered(network, 300, seed=4))
    return joined(own, strewn)


def doors(data: Path, name: str) -> Anchors:
    """Return a dozen of the homes as facilities; the first two of them stand on one street."""
    found = homes(data, name)
    edges = found.edge.tolist()
    twin = next(i for i, edge in enumerate(edges) if edge >= 0 and edge in edges[:i])
    chosen = [edges.index(edges[twin]), twin, *np.flatnonzero(found.ok)[:: len(edges) // 10].tolist()]
    return found.take(np.array(chosen))


@cache
def runs_to_doors(data: Path, name: str, by: str) -> dict[int, Runs]:
    at = doors(data, name)
    return {t: trips(data, name, by).runs(at, t, leaving=False) for t in range(len(at.edge))}


@NAMES
@BOTH
def test_every_pair_within_the_limit_agrees_with_networkx(shared: Path, name: str, by: Criterion) -> None:
    at, way = homes(shared / "data", name), streets(*town(shared / "data", name), by=by)
    some = at.take(np.arange(0, len(at.edge), 3))
    truth = trips(shared / "data", name, by).table(some, at, limit=LIMIT[by])
    assert len(truth) > 3 * len(some.edge)
    assert pairs(compute(way, some, at, limit=LIMIT[by])) == of(by, truth)
    tie = sorted(cost[0] for cost in truth.values())[len(truth) // 2]
    for limit in (tie, tie - 1):
        within = {pair: cost for pair, cost in truth.items() if cost[0] <= limit}
        assert pairs(compute(way, some, at, limit=limit)) == of(by, within)


@NAMES
@BOTH
def test_nearest_and_second_nearest_agree_with_networkx(shared: Path, name: str, by: Criterion) -> None:
    at, facilities = homes(shared / "data", name), doors(shared / "data", name)
    way = streets(*town(shared / "data", name), by=by)
    rank = np.random.default_rng(6).permutation(len(facilities.edge))
    site = np.arange(len(facilities.edge)) // 2
    towards = runs_to_doors(shared / "data", name, by)
    truth = [trips(shared / "data", name, by).to_one(at, facilities, t, runs) for t, runs in towards.items()]
    found = nearest(way, at, facilities, rank=rank, site=site)
    assert two_nearest(found, by) == [best_two(truth, o, rank, site) for o in range(len(at.edge))]
    assert (found.target[at.ok] >= 0).any()


@NAMES
@BOTH
def test_spread_agrees_with_networkx(shared: Path, name: str, by: Criterion) -> None:
    way, facilities = streets(*town(shared / "data", name), by=by), doors(shared / "data", name)
    for limit in (LIMIT[by], None):
        found = spread(way, facilities, limit=limit)
        agrees(found, runs_to_doors(shared / "data", name, by), EVER if limit is None else limit)
        leads_back(found, facilities, trips(shared / "data", name, by))


@NAMES
@BOTH
def test_within_agrees_with_networkx(shared: Path, name: str, by: Criterion) -> None:
    """Most crossings at once and a few by themselves: side by side or one by one, on any number of threads."""
    network, weights = town(shared / "data", name)
    way, truth = streets(network, weights, by=by), trips(shared / "data", name, by)
    edge = np.concatenate([np.flatnonzero(weights.usable)[::3]] * 2)
    every = on_streets(edge, np.repeat([0.0, 1.0], len(edge) // 2))
    some = np.arange(0, len(edge), len(edge) // 60)
    over = hierarchy(way) if by == "time" else None  # circles of metres are searched one by one
    for limit in (LIMIT[by], 3000):  # 3 m, where it counts millimetres
        found = rows_of(within(way, joined(every.take(some), homes(shared / "data", name)), limit=limit))
        for i, o in enumerate(some.tolist()):
            wanted = nodes_reached(way, truth, every, o, limit=limit)
            assert found[i] == wanted
        dense = within(way, every, limit=limit, hierarchy=over)
        rows = [dense.start[some], dense.stop[some]]
        for i, (a, b) in enumerate(zip(*rows, strict=True)):
            assert dict(zip(dense.node[a:b].tolist(), dense.cost[a:b].tolist(), strict=True)) == found[i]
        again = within(way, every, limit=limit, threads=2, hierarchy=over)
        assert all(np.array_equal(getattr(again, key), getattr(dense, key)) for key in ("start", "node", "cost"))
