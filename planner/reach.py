"""Reach: sparse times between anchors up to a cut-off, and the nearest without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.gate import Gate
from planner.kernels import abreast as side_by_side
from planner.kernels import within as one_by_one
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

BATCH = 64 * side_by_side.LANES
"""Origins that one of several threads takes at a time: whole groups, so that threads don't change the answer."""

ROOM = 2**22
"""For so many nodes a search makes room at first. Pages that aren't written to cost nothing, numpy asks for large ones,
and the C library hands blocks of 16 MB out again, where larger ones go back to the system."""

NEIGHBOURS = 4
"""Origins count as close together if every fourth node is one, counted along the Hilbert curve. Measured at 15 minutes:
on every node, side by side is 2 to 2.5 times as fast; on every 25th, it is slower."""

WIDER = 2
"""As a power of two, for origins side by side: a node is best taken when most of its lanes have been improved."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Every node of the search graph within a limit of each origin.

    The nodes of origin ``o`` are ``node[start[o]:stop[o]]``, in no particular order, and ``cost`` is theirs, in quanta
    of what the streets minimise. The rows fill both arrays, in an order of their own.
    """

    start: IntArray
    stop: IntArray
    node: npt.NDArray[np.uint32]
    cost: npt.NDArray[np.int32]


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
        two_nearest, graph.start, graph.arcs, arriving.node, arriving.cost, arriving.place,
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
    graph, nothing = way.backward, np.zeros((len(nodes), 2), np.int64)
    _, cost, *_ = with_room(
        nearest_of_nodes, graph.start, graph.arcs, at, nothing, nodes,
        limit, graph.width, room=graph.room(len(nodes)),
    )  # fmt: skip
    leaving = seeds(way, origins, leaving=True)
    found = np.zeros(len(origins.edge), dtype=bool)
    found[leaving.place[cost[leaving.node] + leaving.first <= limit]] = True
    return found


def within(way: Streets, origins: Anchors, *, limit: int, threads: int = 1, inward: bool = False) -> Within:
    """Return every node within ``limit`` of each origin.

    Origins so close together that most of what they reach is the same are searched side by side.

    Parameters
    ----------
    origins
        Those without an anchor reach nothing.
    limit
        In the streets' quanta, below 2**31 - 1 (InputError else); below 0 nothing is reached.
    threads
        How many search at a time; the answer is the same.
    inward
        Travel towards the origins, or from them.

    Examples
    --------
    >>> import numpy as np
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
    >>> found = within(streets(network, weights), homes, limit=9000)
    >>> len(found.start) == len(study.communities), bool((found.stop > found.start).any())
    (True, True)
    """
    if not limit < one_by_one.FAR:  # nor is NaN
        Gate("reach").refuse("bad_limit", f"limit is {limit}", f"give whole quanta up to {one_by_one.FAR - 1}")
    limit = max(limit, -1)  # below 0 there is no bucket to wait in
    graph, leaving = way.backward if inward else way.forward, seeds(way, origins, leaving=not inward)
    start, cost = leaving.rows(len(origins.edge)), leaving.first
    by_ground, at = _by_ground(leaving)
    if limit <= side_by_side.LIMIT and _stand_close(at):
        kernel, width = side_by_side.abreast, graph.width + WIDER
    else:
        kernel, width = one_by_one.within, graph.width

    def search(some: IntArray) -> _Piece:
        room, used, done = max(graph.room(len(leaving.node)), ROOM), 0, 0
        bounds = np.empty((len(some), 2), np.int64)
        node, costs = np.empty(room, np.uint32), np.empty(room, np.int32)
        while done < len(some):
            found = kernel(
                graph.start, graph.arcs, start, leaving.node, cost, some[done:], limit, width, node[used:], costs[used:]
            )
            bounds[done : done + len(found)] = found + used
            used, done = used + int(found.max(initial=0)), done + len(found)
            if done < len(some):
                room = max(2 * room, _for_all(used, done, len(some)))
                node, costs = _longer(node[:used], room), _longer(costs[:used], room)
        return _Piece(some, bounds, node[:used], costs[:used])

    shares = np.array_split(by_ground, np.arange(BATCH, len(by_ground), BATCH) if threads > 1 else 1)
    return _joined(each(search, shares, threads=threads), len(by_ground), len(origins.edge))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one search found: where the nodes of each origin begin and end, and the nodes with their costs."""

    origins: IntArray
    bounds: IntArray
    node: npt.NDArray[np.uint32]
    cost: npt.NDArray[np.int32]


def _joined(pieces: Iterable[_Piece], searched: int, origins: int) -> Within:
    """Return the pieces as one; a single one is taken as it is."""
    start, stop = np.zeros(origins, np.int64), np.zeros(origins, np.int64)
    node, cost = np.empty(0, np.uint32), np.empty(0, np.int32)
    used = done = 0
    for piece in pieces:
        start[piece.origins], stop[piece.origins] = used + piece.bounds.T
        end, done = used + len(piece.node), done + len(piece.origins)
        if len(piece.origins) == searched:
            return Within(start=start, stop=stop, node=piece.node, cost=piece.cost)
        if end > len(node):
            room = max(end, _for_all(end, done, searched))
            node, cost = _longer(node[:used], room), _longer(cost[:used], room)
        node[used:end], cost[used:end] = piece.node, piece.cost
        used = end
    return Within(start=start, stop=stop, node=node[:used], cost=cost[:used])


def _for_all(nodes: int, done: int, origins: int) -> int:
    """Return for how many nodes all origins need room, if the others reach as many as those that are done."""
    return int(1.1 * nodes * origins / max(done, 1))


def _longer(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    """Return an array with more room behind what it holds."""
    longer = np.empty(room, array.dtype)
    longer[: len(array)] = array
    return longer


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
                graph.start, graph.arcs, seed_start, leaving.node, seed_cost, end_start, end_place, end_cost,
                len(targets.edge), some, limit, graph.width, buckets, room,
            )  # fmt: skip
            parts.append(rows)
            some, room = some[done:], 2 * room
        return parts

    by_ground, _ = _by_ground(leaving)
    parts = [np.empty((0, 4), np.int64)]
    for found in each(search, np.array_split(by_ground, min(threads * BATCHES, len(by_ground)) or 1), threads=threads):
        parts += found
    rows = np.concatenate(parts)
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]


def _by_ground(leaving: Seeds) -> tuple[IntArray, IntArray]:
    """Return the places that have seeds, by the node nearest to each: neighbours together; and those nodes."""
    begins = np.flatnonzero(np.diff(leaving.place, prepend=-1))
    least = np.minimum.reduceat(leaving.first, begins) if len(begins) else leaving.first
    nearest = np.flatnonzero(leaving.first == np.repeat(least, np.diff(begins, append=len(leaving.place))))
    nearest = nearest[np.diff(leaving.place[nearest], prepend=-1) > 0]  # one, where two are equally near
    order = np.argsort(leaving.node[nearest], kind="stable")
    return leaving.place[nearest][order], leaving.node[nearest][order]


def _stand_close(nodes: IntArray) -> bool:
    """Return whether most groups of origins, in the order of the ground, stand close together."""
    group = side_by_side.LANES
    spans = nodes[group - 1 :: group] - nodes[: len(nodes) - group + 1 : group]
    return bool(2 * (spans <= NEIGHBOURS * group).sum() > len(spans))


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
