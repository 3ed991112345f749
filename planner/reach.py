"""Reach: sparse times between anchors up to a cut-off, and the nearest without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from planner.kernels.nearest import nearest as nearest_of_nodes
from planner.kernels.nearest import two_nearest
from planner.kernels.order import compressed_rows
from planner.kernels.table import table
from planner.kernels.waiting import with_room
from planner.measure import UNREACHED, IntArray
from planner.network import BoolArray
from planner.places import Anchors
from planner.scale import each
from planner.streets import SearchGraph, Seeds, Streets, end_costs, seeds, standing

SAME_SITE_M = 1.0
"""Facilities no farther apart than this stand on one site; the second nearest must be another site."""

BATCHES = 8
"""Shares of a table for each thread: enough that nobody waits long for the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Sparse costs between origins and targets, up to a cut-off; a pair that is absent is unreachable within it.

    ``origin`` and ``target`` are positions, sorted; times are whole deciseconds, lengths whole millimetres.
    """

    origin: IntArray
    target: IntArray
    time_ds: IntArray
    length_mm: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """For each origin its nearest and second nearest target, without a cut-off.

    ``target`` has shape (origins, 2), or (origins, 1) where no second is asked for, -1 where there is none; so have
    ``time_ds`` and ``length_mm``, ``UNREACHED`` there. The second is on another site.
    """

    target: IntArray
    time_ds: IntArray
    length_mm: IntArray


def compute(way: Streets, origins: Anchors, targets: Anchors, *, limit: int, threads: int = 1) -> Reach:
    """Return the costs from each origin to each target within ``limit``, searched from the smaller side.

    Parameters
    ----------
    way
        By time: ``limit`` in deciseconds; by length: in millimetres.
    origins, targets
        Travel runs from origins to targets; those without an anchor have no pairs.
    threads
        How many search at a time; the answer is the same.

    Notes
    -----
    A cost is the sum of whole quanta along the streets, plus at either end the access leg and the part of the
    anchor's own street, summed unrounded and rounded once. Two places on one street are also compared along it,
    their sum rounded once.

    Examples
    --------
    >>> from planner.network import build
    >>> from planner.places import anchor
    >>> from planner.profile import weigh
    >>> from planner.sources import sample_district
    >>> from planner.streets import streets
    >>> study = sample_district()
    >>> walker = study.profiles["standard_walk"]
    >>> network = build(study.ways, tag_keys=walker.tag_keys)
    >>> weights = weigh(network, walker)
    >>> homes = anchor(network, weights, study.communities.lon, study.communities.lat)
    >>> found = compute(streets(network, weights), homes, homes, limit=9000)
    >>> int(found.time_ds.max()) <= 9000
    True
    """
    leaving, arriving = (seeds(way, origins, leaving=True), seeds(way, targets, leaving=False))
    swap = len(origins.edge) > len(targets.edge)
    if swap:
        place, other, first, second = _table(way.backward, arriving, leaving, targets, origins, limit, threads)
        origin, target = other, place
    else:
        origin, target, first, second = _table(way.forward, leaving, arriving, origins, targets, limit, threads)
    along = _along_one_street(way, origins, targets, limit)
    origin, target = (np.concatenate([origin, along[0]]), np.concatenate([target, along[1]]))
    first, second = (np.concatenate([first, along[2]]), np.concatenate([second, along[3]]))
    order = np.lexsort((second, first, target, origin))
    pair = origin[order] * max(len(targets.edge), 1) + target[order]
    order = order[np.concatenate([[True], pair[1:] != pair[:-1]])[: len(order)]]
    first, second = first[order], second[order]
    time_ds, length_mm = (first, second) if way.by == "time" else (second, first)
    return Reach(origin=origin[order], target=target[order], time_ds=time_ds, length_mm=length_mm)


def nearest(way: Streets, origins: Anchors, targets: Anchors, *, rank: IntArray, site: IntArray) -> Nearest:
    """Return each origin's nearest target, and the nearest on another site, without a cut-off.

    Parameters
    ----------
    rank
        Length of the targets: their order by id, which breaks ties.
    site
        Length of the targets: a number for each site (see `sites`).
    """
    standing(way.network, targets)  # before they are put in order
    order = np.argsort(rank, kind="stable")  # the kernel numbers its sources in the order that breaks ties
    arriving = seeds(way, targets.take(order), leaving=False)
    graph, bound = way.backward, int(UNREACHED) - 1
    label, cost = with_room(
        two_nearest, graph.start, graph.arcs, graph.rides, arriving.node, arriving.cost, arriving.place,
        site[order], bound, graph.width, graph.buckets(arriving.first, bound), room=graph.room(len(arriving.node)),
    )  # fmt: skip
    leaving = seeds(way, origins, leaving=True)
    spot = np.repeat(leaving.node * 2, 2) + np.tile([0, 1], len(leaving.node))
    found = label[spot] >= 0
    along = _along_one_street(way, origins, targets.take(order), int(UNREACHED))
    origin = np.concatenate([np.repeat(leaving.place, 2)[found], along[0]])
    target = np.concatenate([label[spot][found], along[1]])
    total = np.concatenate([(cost[spot, 0] + np.repeat(leaving.first, 2))[found], along[2]])
    ride = np.concatenate([(cost[spot, 1] + np.repeat(leaving.second, 2))[found], along[3]])
    return _two_best(way, len(origins.edge), origin, order, target, total, ride, site)


def meets_border(way: Streets, origins: Anchors, *, limit: int) -> BoolArray:
    """Return which origins can get to a border node of the extract within the limit."""
    nodes = np.flatnonzero(way.network.border)
    at = way.end_copy[nodes]
    graph, nothing = way.backward, np.zeros(len(nodes), np.int64)
    (cost,) = with_room(
        nearest_of_nodes, graph.start, graph.arcs, at, nothing, limit, graph.width, room=graph.room(len(nodes))
    )
    leaving = seeds(way, origins, leaving=True)
    found = np.zeros(len(origins.edge), dtype=bool)
    found[leaving.place[cost[leaving.node] + leaving.first <= limit]] = True
    return found


def sites(x: npt.ArrayLike, y: npt.ArrayLike) -> IntArray:
    """Return a number for the site of each place; those up to 1 m apart (in metres), or linked by others, share one."""
    points = shapely.points(np.asarray(x, np.float64), np.asarray(y, np.float64))
    site = np.arange(len(points), dtype=np.int64)
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME_SITE_M)
    while True:
        lowest = site.copy()
        np.minimum.at(lowest, one, site[other])
        if np.array_equal(lowest, site):
            return site
        site = lowest


def _table(
    graph: SearchGraph,
    leaving: Seeds,
    arriving: Seeds,
    origins: Anchors,
    targets: Anchors,
    limit: int,
    threads: int,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Run the bounded search from every origin."""
    end_start, order = compressed_rows(arriving.node, graph.nodes)
    end_place, end_cost = arriving.place[order], arriving.cost[order]
    seed_start, seed_cost = leaving.rows(len(origins.edge)), leaving.cost
    buckets = graph.buckets(leaving.first, limit)

    def search(some: IntArray) -> list[npt.NDArray[np.int64]]:
        room, parts = graph.room(len(leaving.node)), []
        while len(some):
            done, rows = table(
                graph.start, graph.arcs, graph.rides, seed_start, leaving.node, seed_cost,
                end_start, end_place, end_cost, len(targets.edge), some, limit, graph.width, buckets, room,
            )  # fmt: skip
            parts.append(rows)
            some, room = some[done:], 2 * room
        return parts

    by_ground, _ = leaving.by_ground()
    parts = [np.empty((0, 4), np.int64)]
    for found in each(search, np.array_split(by_ground, min(threads * BATCHES, len(by_ground)) or 1), threads=threads):
        parts += found
    rows = np.concatenate(parts)
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]


def _along_one_street(
    way: Streets, origins: Anchors, targets: Anchors, limit: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the pairs that share a street, with the cost along it."""
    origin, target = _pairs_on_one_edge(*(np.where(places.ok, places.edge, -1) for places in (origins, targets)))
    ahead = targets.fraction[target] - origins.fraction[origin]
    access_m = origins.access_m[origin] + targets.access_m[target]
    directed = 2 * origins.edge[origin] + (ahead < 0)
    usable = (way.first[directed] >= 0) | (ahead == 0.0)
    first, second = end_costs(way, access_m, np.abs(ahead), directed)
    keep = usable & (first <= limit)
    return origin[keep], target[keep], first[keep], second[keep]


def _pairs_on_one_edge(one: IntArray, other: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of positions with the same edge, -1 apart."""
    order = np.argsort(other, kind="stable")
    low = np.searchsorted(other[order], one, side="left")
    high = np.searchsorted(other[order], one, side="right")
    count = np.where(one >= 0, high - low, 0)
    first = np.repeat(np.arange(len(one)), count)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    return first, order[np.repeat(low, count) + offset]


def _two_best(
    way: Streets,
    origins: int,
    origin: IntArray,
    targets: IntArray,
    target: IntArray,
    total: IntArray,
    ride: IntArray,
    site: IntArray,
) -> Nearest:
    """Return the best and the best on another site; ``target`` counts in the order that breaks ties."""
    order = np.lexsort((ride, target, total, origin))
    origin, target, total, ride = (origin[order], target[order], total[order], ride[order])
    found = np.full((origins, 2), -1, np.int64)
    costs = np.full((origins, 2), UNREACHED, np.int64)
    rides = np.full((origins, 2), UNREACHED, np.int64)
    whose, at = np.unique(origin, return_index=True)
    found[whose, 0], costs[whose, 0], rides[whose, 0] = (targets[target[at]], total[at], ride[at])
    elsewhere = site[targets[target]] != site[found[origin, 0]]
    origin, target, total, ride = (origin[elsewhere], target[elsewhere], total[elsewhere], ride[elsewhere])
    whose, at = np.unique(origin, return_index=True)
    found[whose, 1], costs[whose, 1], rides[whose, 1] = (targets[target[at]], total[at], ride[at])
    time_ds, length_mm = (costs, rides) if way.by == "time" else (rides, costs)
    return Nearest(target=found, time_ds=time_ds, length_mm=length_mm)
