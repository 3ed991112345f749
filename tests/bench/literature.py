"""Instances like those of the literature, made anew: p-median on graphs, set covering, covering, facilities with room.

Each follows the recipe that its family was published with; none is copied. They are what the Python door is tried with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.siting.problem import Problem, from_costs, from_cover, from_graph


def random_graph(nodes: int, sites: int, *, seed: int = 0) -> Problem:
    """Return a p-median on a random graph of n²/50 edges of length 1 to 100 and a path through all (Beasley 1985)."""
    dice = np.random.default_rng(seed)
    many = nodes * nodes // 50
    tail = np.concatenate([np.arange(nodes - 1), dice.integers(0, nodes, many)])
    head = np.concatenate([np.arange(1, nodes), dice.integers(0, nodes, many)])
    length = dice.integers(1, 101, len(tail)).astype(np.float64)
    return from_graph((tail, head), length, nodes=nodes, sites=sites)


def set_cover(demands: int, sites: int, *, density: float = 0.02, unicost: bool = False, seed: int = 0) -> Problem:
    """Return a random set covering problem with costs of 1 to 100; every demand has two sites (Balas and Ho 1980)."""
    dice = np.random.default_rng(seed)
    cover = dice.random((demands, sites)) < density
    for i in range(demands):
        cover[i, dice.choice(sites, 2, replace=False)] = True
    cover[dice.integers(0, demands, sites), np.arange(sites)] = True
    if unicost:
        return from_cover(cover)
    cost = np.sort(dice.integers(1, 101, sites))
    return from_cover(cover, site_cost=cost, count_cost=True)


def rail_cover(demands: int, sites: int, *, seed: int = 0) -> Problem:
    """Return a set covering problem of crews: columns of 2 to 12 rows near each other, at a cost of 1 or 2."""
    dice = np.random.default_rng(seed)
    size = dice.integers(2, 13, sites)
    site = np.repeat(np.arange(sites), size)
    begin = dice.integers(0, demands, sites)
    demand = (np.repeat(begin, size) + dice.integers(0, 60, len(site))) % demands
    pairs = np.unique(np.stack([demand, site], axis=1), axis=0)
    cost = np.where(size > 6, 2, 1)
    return from_cover((pairs[:, 0], pairs[:, 1]), shape=(demands, sites), site_cost=cost, count_cost=True)


def town_cover(points: int, sites: int, *, reach: float = 800.0, seed: int = 0) -> Problem:
    """Return a maximal covering problem of clustered points, each a demand and a site (Lorena and Pereira 2002)."""
    dice = np.random.default_rng(seed)
    middle = dice.random((12, 2)) * 8_000.0
    spots = middle[dice.integers(0, 12, points)] + dice.normal(0.0, 900.0, (points, 2))
    apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    people = np.rint(dice.gamma(1.2, 20.0, points)) + 1.0
    return from_costs(apart, within=reach, weights=people, sites=sites)


def warehouses(sites: int, customers: int, *, ratio: float = 5.0, split: bool = True, seed: int = 0) -> Problem:
    """Return capacitated facilities with fixed charges (Cornuéjols, Sridharan and Thizy 1991).

    Parameters
    ----------
    ratio
        All capacity over all demand.
    """
    dice = np.random.default_rng(seed)
    to, at = dice.random((customers, 2)), dice.random((sites, 2))
    taken = dice.integers(5, 36, customers).astype(np.float64)
    room = dice.integers(10, 161, sites).astype(np.float64)
    room = np.rint(room * ratio * taken.sum() / room.sum())
    charge = np.rint(dice.integers(0, 91, sites) + dice.integers(100, 111, sites) * np.sqrt(room))
    cost = np.hypot(*(to[:, None] - at[None]).transpose(2, 0, 1)) * 10.0
    return from_costs(
        np.rint(cost * taken[:, None] * 100.0) / 100.0,
        site_cost=charge,
        capacity=room,
        quantity=taken,
        split=split,
    )


def crowded_median(points: int, sites: int, *, room: float = 120.0, seed: int = 0) -> Problem:
    """Return a capacitated p-median with whole demands on a square of 100 (Osman and Christofides 1994)."""
    dice = np.random.default_rng(seed)
    spots = np.rint(dice.random((points, 2)) * 100.0)
    taken = dice.integers(1, 21, points).astype(np.float64)
    room = max(room, float(np.ceil(taken.sum() / sites / 0.86)))
    apart = np.floor(np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)))
    rules: dict[str, Any] = {"capacity": np.full(points, room), "quantity": taken, "split": False}
    return from_costs(apart, sites=sites, **rules)
