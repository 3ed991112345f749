"""The siting instances: demands and candidates scattered over a plain, and a town of streets for the p-median."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

WALK_M, M_A_MINUTE = 1_080.0, 72.0
"""15 minutes at 1.2 m/s."""

CROW_M = 1_000.0
"""Pairs farther apart than this are never within the walk: the least detour is 1.1 times the straight line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Demands, their weights, and the pairs that a candidate covers, in metres on foot."""

    weights: Floats
    demand: Ints
    site: Ints
    metres: Floats
    candidates: int


@lru_cache(maxsize=4)
def scatter(demands: int, candidates: int, *, seed: int = 0) -> Scatter:
    """Scatter points over a square; each pair's walk is 1.1 to 1.5 times its straight line.

    The numbers are drawn in the same order as ever: side, demands, candidates, weights, detours.
    """
    dice = np.random.default_rng(seed)
    side = 8_000.0 * np.sqrt(demands / 2_000) / (1.0 if demands < 5_000 else 1.2)
    homes, doors = dice.random((demands, 2)) * side, dice.random((candidates, 2)) * side
    weights = dice.integers(1, 200, demands).astype(np.float64)
    tree = shapely.STRtree(shapely.points(homes))
    site, demand = tree.query(shapely.points(doors), predicate="dwithin", distance=CROW_M)
    order = np.lexsort((demand, site))
    site, demand = site[order], demand[order]
    metres = np.hypot(*(homes[demand] - doors[site]).T) * dice.uniform(1.1, 1.5, len(demand))
    within = metres <= WALK_M
    return Scatter(
        weights=weights, demand=demand[within], site=site[within], metres=metres[within], candidates=candidates
    )


def streets(nodes: int, *, seed: int = 0) -> tuple[tuple[Ints, Ints], Floats]:
    """Draw a connected plane town: each node is joined to its nearest few; edges have whole lengths."""
    dice = np.random.default_rng(seed)
    spots = dice.random((nodes, 2)) * 1_000.0
    apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    nearest = np.argsort(apart, axis=1, kind="stable")[:, 1:6]
    tail, head = np.repeat(np.arange(nodes), 5), nearest.ravel()
    row = np.lexsort(spots.T)  # and a path through all, so that none is cut off
    tail, head = np.concatenate([tail, row[:-1]]), np.concatenate([head, row[1:]])
    length = np.rint(np.hypot(*(spots[tail] - spots[head]).T)) + 1.0
    return (tail.astype(np.int64), head.astype(np.int64)), length
