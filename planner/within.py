"""Within: every node of the streets within a limit of many places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.gate import Gate
from planner.hierarchy import Hierarchy
from planner.hierarchy import hierarchy as contracted
from planner.kernels import sweep as side_by_side
from planner.kernels import within as one_by_one
from planner.kernels.within import Costs
from planner.measure import IntArray
from planner.places import Anchors
from planner.scale import each
from planner.streets import Seeds, Streets, seeds

BATCH = 64 * side_by_side.LANES
"""Origins that one of several threads takes at a time: whole groups, so that threads don't change the answer."""

ROOM = 2**22
"""For so many nodes a search makes room at first. Pages that aren't written to cost nothing, numpy asks for large ones,
and the C library hands blocks of 16 MB out again, where larger ones go back to the system."""

WORD = 2**16 - 1
"""Costs up to here fit in 16 bits."""

PROBED = 256
"""One origin in so many is searched from first, to see how wide a search is."""

SPAN = 2
"""A group of origins is searched side by side where it spans at most so many times the nodes that one of them reaches,
counted along the Hilbert curve. Measured: at once the span, 3 to 9 times as fast; at ten times, half as fast."""

REPAID = 1_000
"""A hierarchy is made where the origins reach so many nodes, all together, for each node of the network: it costs 15
microseconds a node, and saves 20 nanoseconds or more each time that a node is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Every node of the search graph within a limit of each origin.

    The nodes of origin ``o`` are ``node[start[o]:stop[o]]``, in no particular order, and ``cost`` is theirs, in quanta
    of what the streets minimise. It has 16 bits where the limit fits them, as much of the work is to write the answer
    down: convert it before you reckon with it. The rows fill both arrays, in an order of their own.
    """

    start: IntArray
    stop: IntArray
    node: npt.NDArray[np.uint32]
    cost: Costs


def within(
    way: Streets,
    origins: Anchors,
    *,
    limit: int,
    threads: int = 1,
    inward: bool = False,
    hierarchy: Hierarchy | None = None,
) -> Within:
    """Return every node within ``limit`` of each origin.

    Origins so close together that much of what they reach is the same are searched side by side, over a hierarchy of
    the streets.

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
    hierarchy
        Of ``way``, from `planner.hierarchy.hierarchy`, where it's in hand; else it is made if that pays. The answer is
        the same.

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
    if hierarchy is not None and hierarchy.streets is not way:
        remedy = "make one with planner.hierarchy.hierarchy(way), of the very streets that are searched"
        Gate("reach").refuse("bad_hierarchy", "the hierarchy is of other streets", remedy)
    limit = max(limit, -1)  # below 0 there is no bucket to wait in
    graph, leaving = way.backward if inward else way.forward, seeds(way, origins, leaving=not inward)
    kind = np.dtype(np.uint16 if limit <= WORD else np.int32)
    by_ground, at = leaving.by_ground()
    start, room = leaving.rows(len(origins.edge)), graph.room(len(leaving.node))
    ask: _Ask = partial(
        one_by_one.within, graph.start, graph.arcs, start, leaving.node, leaving.first, limit=limit, width=graph.width
    )
    if 0 <= limit <= side_by_side.LIMIT and len(by_ground) >= side_by_side.LANES:
        probes = by_ground[side_by_side.LANES // 2 :: PROBED].copy()  # the first of all stands in a corner
        reached = len(_search(ask, probes, room, kind).node) / len(probes)
        if _span(at) <= SPAN * reached:
            if hierarchy is None and reached * len(by_ground) > REPAID * graph.nodes:
                hierarchy = contracted(way)
            if hierarchy is not None:
                ask = _side_by_side(hierarchy, leaving, start, limit=limit, inward=inward)
    shares = np.array_split(by_ground, np.arange(BATCH, len(by_ground), BATCH) if threads > 1 else 1)
    pieces = each(partial(_search, ask, room=max(room, ROOM), kind=kind), shares, threads=threads)
    return _joined(pieces, len(by_ground), len(origins.edge), kind)


_Ask = Callable[..., IntArray]
"""A kernel that lacks the origins and room for the answer: returns where in it those of each origin stand."""


def _side_by_side(way: Hierarchy, leaving: Seeds, start: IntArray, *, limit: int, inward: bool) -> _Ask:
    """Return the search that carries a group of origins at a time."""
    slopes, rank = way.inward if inward else way.outward, way.rank[leaving.node].astype(np.int64)
    return partial(
        side_by_side.sweep, slopes.up_start, slopes.up, slopes.down_start, slopes.down, way.node,
        start, rank, leaving.first, limit=limit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one search found: where the nodes of each origin begin and end, and the nodes with their costs."""

    origins: IntArray
    bounds: IntArray
    node: npt.NDArray[np.uint32]
    cost: Costs


def _search(ask: _Ask, some: IntArray, room: int, kind: np.dtype[Any]) -> _Piece:
    """Search from some origins, with more room whenever it runs out."""
    used = done = 0
    bounds = np.empty((len(some), 2), np.int64)
    node, cost = np.empty(room, np.uint32), np.empty(room, kind)
    while done < len(some):
        found = ask(origins=some[done:], node=node[used:], cost=cost[used:])
        bounds[done : done + len(found)] = found + used
        used, done = used + int(found.max(initial=0)), done + len(found)
        if done < len(some):
            room = max(2 * room, _for_all(used, done, len(some)))
            node, cost = _longer(node[:used], room), _longer(cost[:used], room)
    return _Piece(some, bounds, node[:used], cost[:used])


def _joined(pieces: Iterable[_Piece], searched: int, origins: int, kind: np.dtype[Any]) -> Within:
    """Return the pieces as one; a single one is taken as it is."""
    start, stop = np.zeros(origins, np.int64), np.zeros(origins, np.int64)
    node, cost = np.empty(0, np.uint32), np.empty(0, kind)
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


def _span(nodes: IntArray) -> float:
    """Return how many nodes the middle one of all groups of origins spans, in the order of the ground."""
    group = side_by_side.LANES
    return float(np.median(nodes[group - 1 :: group] - nodes[: len(nodes) - group + 1 : group]))
