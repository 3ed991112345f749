"""Reach against networkx: no mismatch allowed, on random towns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from planner.measure import UNREACHED
from planner.network import Network
from planner.places import Anchors
from planner.profile import Weights
from planner.reach import compute, nearest
from planner.streets import Criterion, streets
from tests.towns import random_towns, walked

Town = tuple[Network, Weights, Anchors, Anchors]


@pytest.mark.parametrize("by", ["time", "length"])
@given(place=random_towns())
@settings(max_examples=150, deadline=None)
def test_every_pair_agrees_with_networkx(by: Criterion, place: Town) -> None:
    network, weights, origins, targets = place
    truth = walked(network, weights, origins, targets, by=by)
    way = streets(network, weights, by=by)
    for limit in (3000, int(UNREACHED) - 1):
        found = compute(way, origins, targets, limit=limit)
        costs = (found.time_ds, found.length_mm) if by == "time" else (found.length_mm, found.time_ds)
        ours = {
            (int(o), int(t)): (int(a), int(b)) for o, t, a, b in zip(found.origin, found.target, *costs, strict=True)
        }
        assert ours == {pair: cost for pair, cost in truth.items() if cost[0] <= limit}


@given(place=random_towns())
@settings(max_examples=150, deadline=None)
def test_nearest_and_second_nearest_agree_with_networkx(place: Town) -> None:
    network, weights, origins, targets = place
    truth = walked(network, weights, origins, targets)
    rank = np.argsort(np.argsort([f"f{7 * i % 5}{i}" for i in range(len(targets.edge))]))
    site = np.arange(len(targets.edge)) // 2  # two at a time share a site
    found = nearest(streets(network, weights), origins, targets, rank=rank, site=site)
    for origin in range(len(origins.edge)):
        order = sorted((c[0], rank[t], c[1], t) for (o, t), c in truth.items() if o == origin)
        if not order:
            assert found.target[origin].tolist() == [-1, -1]
            continue
        time, _, length, target = order[0]
        assert (
            found.time_ds[origin, 0],
            found.length_mm[origin, 0],
            found.target[origin, 0],
        ) == (time, length, target)
        elsewhere = [row for row in order if site[row[3]] != site[target]]
        second = elsewhere[0] if elsewhere else (UNREACHED, None, UNREACHED, -1)
        assert (found.time_ds[origin, 1], found.length_mm[origin, 1], found.target[origin, 1]) == (
            second[0], second[2], second[3],
        )  # fmt: skip
