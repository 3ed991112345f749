"""Streets: a network as one profile searches it, and the doors by which places enter and leave it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from planner.gate import Gate
from planner.kernels.graph import Arcs, Rides, Start, search_graph
from planner.kernels.waiting import ring, width
from planner.measure import IntArray, Quanta, length_quanta, time_quanta
from planner.network import Network
from planner.places import Anchors
from planner.profile import Weights

Criterion = Literal["time", "length"]

FARTHEST_M = 1_000_000.0
"""No access leg is longer than a network is wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGraph:
    """The streets in compressed rows, in one direction of search.

    Parameters
    ----------
    start
        The arcs that leave node ``i`` are ``start[i]:start[i + 1]``.
    arcs
        Shape (arcs, 2): the node that an arc leads to, and what is minimised.
    rides
        What rides along on each arc.
    edge
        The directed edge of each arc, -1 between the copies of a node.
    width
        Of the buckets in which nodes wait, as a power of two.
    longest
        The largest cost of an arc.
    """

    start: Start
    arcs: Arcs
    rides: Rides
    edge: npt.NDArray[np.int32]
    width: int
    longest: int

    @property
    def nodes(self) -> int:
        """Return the number of nodes, copies included."""
        return len(self.start) - 1

    def room(self, seeds: int) -> int:
        """Return for how many waiting nodes a search makes room at first: each arc once, and the seeds."""
        return len(self.arcs) + seeds + 1

    def buckets(self, seeds: IntArray, limit: int) -> int:
        """Return how many buckets hold all costs that wait at one time; ``seeds`` are the costs of a search's first."""
        return ring(min(max(self.longest, int(seeds.max(initial=0))), limit), self.width)


@dataclass(frozen=True, kw_only=True)
class Streets:
    """A network as one profile searches it, by time or by length.

    Ways that are usable only at the ends of a trip are part of the graph, not of the search: each node that they touch
    has two more copies, one for the run at the start of a trip and one for the run at its end. Nothing leads from the
    public streets back to a start copy, nor from an end copy back to the public streets.

    Parameters
    ----------
    first, second
        Per directed edge (2e forward, 2e + 1 backward), -1 where barred: what is minimised, and what rides along.
    start_copy, end_copy
        Length n: the copy of each node, or the node itself where no ends-only way touches it.
    """

    network: Network
    weights: Weights
    by: Criterion
    first: Quanta
    second: Quanta
    start_copy: npt.NDArray[np.int32]
    end_copy: npt.NDArray[np.int32]

    @cached_property
    def forward(self) -> SearchGraph:
        """Return the search graph in the direction of travel."""
        return self._graph(inward=False)

    @cached_property
    def backward(self) -> SearchGraph:
        """Return the search graph against the direction of travel."""
        return self._graph(inward=True)

    def _graph(self, *, inward: bool) -> SearchGraph:
        network, copies = self.network, int(np.count_nonzero(self.start_copy != self.end_copy))
        start, arcs, rides, edge = search_graph(
            network.u, network.v, self.first, self.second, self.weights.ends_only,
            self.start_copy, self.end_copy, len(network.node_id) + 2 * copies, inward,
        )  # fmt: skip
        longest = int(arcs[:, 1].max()) if len(arcs) else 0
        return SearchGraph(start=start, arcs=arcs, rides=rides, edge=edge, width=width(arcs[:, 1]), longest=longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The nodes of the search graph by which places enter or leave it.

    ``place`` is sorted; ``end`` is 0 where the seed lies at the ``u`` of the place's own street and 1 at its ``v``.
    """

    place: IntArray
    node: IntArray
    first: IntArray
    second: IntArray
    end: IntArray

    @property
    def cost(self) -> IntArray:
        """Return both costs, of shape (seeds, 2)."""
        return np.column_stack([self.first, self.second])

    def rows(self, places: int) -> IntArray:
        """Return where the seeds of each place begin, and after the last where they end."""
        return np.searchsorted(self.place, np.arange(places + 1)).astype(np.int64)

    def by_ground(self) -> tuple[IntArray, IntArray]:
        """Return the places that have seeds, by the node nearest to each: neighbours together; and those nodes."""
        begins = np.flatnonzero(np.diff(self.place, prepend=-1))
        least = np.minimum.reduceat(self.first, begins) if len(begins) else self.first
        nearest = np.flatnonzero(self.first == np.repeat(least, np.diff(begins, append=len(self.place))))
        nearest = nearest[np.diff(self.place[nearest], prepend=-1) > 0]  # one, where two are equally near
        order = np.argsort(self.node[nearest], kind="stable")
        return self.place[nearest][order], self.node[nearest][order]


def streets(network: Network, weights: Weights, *, by: Criterion = "time") -> Streets:
    """Return the network as the profile searches it.

    Parameters
    ----------
    by
        ``time`` for circles of minutes (the fastest path), ``length`` for circles of metres (the shortest).

    Raises
    ------
    InputError
        The weights, made by hand, aren't those of the network, or a time isn't one.
    """
    _must_weigh(network, weights)
    nodes = len(network.node_id)
    time_ds = _both_ways(weights.forward_ds, weights.backward_ds)
    length_mm = _both_ways(network.length_mm, network.length_mm)
    length_mm[time_ds < 0] = -1
    first, second = (time_ds, length_mm) if by == "time" else (length_mm, time_ds)

    private = np.flatnonzero(weights.ends_only)
    doubled = np.unique(np.concatenate([network.u[private], network.v[private]]))
    start_copy = end_copy = np.arange(nodes, dtype=np.int32)
    if len(doubled):  # else one array serves as both: 25 MB in a network of six million nodes
        end_copy = start_copy.copy()
    start_copy[doubled] = nodes + np.arange(len(doubled))
    end_copy[doubled] = nodes + len(doubled) + np.arange(len(doubled))
    return Streets(
        network=network,
        weights=weights,
        by=by,
        first=first,
        second=second,
        start_copy=start_copy,
        end_copy=end_copy,
    )


def _both_ways(forward: npt.NDArray[np.integer], backward: npt.NDArray[np.integer]) -> Quanta:
    """Return the costs of both directions of each edge, one after the other: 31 bits hold 2,147 km, and 6 years."""
    both = np.empty(2 * len(forward), np.int32)
    both[0::2], both[1::2] = forward, backward
    return both


def seeds(way: Streets, anchors: Anchors, *, leaving: bool) -> Seeds:
    """Return the ends of each place's street by which it can be left (or reached), with the cost in between.

    A place on an ends-only street enters by the start copies of its nodes and is reached by their end copies.

    Raises
    ------
    InputError
        An anchor, made by hand, stands on no street of the network, or its fraction or access leg isn't one.
    """
    place = standing(way.network, anchors)
    edge, fraction = anchors.edge[place], anchors.fraction[place]
    copy = way.start_copy if leaving else way.end_copy
    node = np.column_stack([way.network.u[edge], way.network.v[edge]])
    part = np.column_stack([fraction, 1.0 - fraction])
    # Leaving by u runs backward, arriving by u runs forward; by v the other way round.
    directed = 2 * edge[:, None] + np.array([1, 0] if leaving else [0, 1])
    at_node = part == 0.0  # a place at a node uses any street there
    first, second = end_costs(way, anchors.access_m[place][:, None], part, directed)
    usable = (way.first[directed] >= 0) | at_node
    start = np.where(way.weights.ends_only[edge][:, None] | at_node, copy[node], node)
    of, end = np.nonzero(usable)
    return Seeds(
        place=place[of],
        node=start[usable].astype(np.int64),
        first=first[usable],
        second=second[usable],
        end=end,
    )


def standing(network: Network, anchors: Anchors) -> IntArray:
    """Return the places that stand on a street.

    Raises
    ------
    InputError
        An anchor, made by hand, stands on no street of the network, or its fraction or access leg isn't one. Those
        that aren't ok take no part, whatever they hold.
    """
    gate = Gate("anchors")
    place = np.flatnonzero(anchors.ok)
    count, edges = len(anchors.status), len(network.u)
    sound = gate.whole("edge", anchors.edge, count)
    sound &= gate.numbers("fraction", anchors.fraction, count) & gate.numbers("access_m", anchors.access_m, count)
    if sound:
        edge, fraction, access_m = anchors.edge[place], anchors.fraction[place], anchors.access_m[place]
        stands = (edge >= 0) & (edge < edges) & (fraction >= 0.0) & (fraction <= 1.0)
        stands &= (access_m >= 0.0) & (access_m <= FARTHEST_M)  # NaN is neither
        if not stands.all():
            at = int(np.argmin(stands))
            where = f"edge {edge[at]}, fraction {fraction[at]}, access {access_m[at]} m"
            remedy = f"give an edge below {edges}, a fraction from 0 to 1 and a leg of up to {FARTHEST_M:,.0f} m"
            gate.fault("bad_anchor", f"anchor {place[at]} stands at {where}", remedy)
    gate.close()
    return place


def _must_weigh(network: Network, weights: Weights) -> None:
    """Raise InputError where weights would break a search of the network."""
    gate = Gate(f"profile {weights.profile.name}")
    edges = len(network.u)
    for name, values in (("forward_ds", weights.forward_ds), ("backward_ds", weights.backward_ds)):
        if gate.whole(name, values, edges):
            gate.between(name, values, -1, 2**31 - 1, code="bad_time", what="deciseconds, or -1 where barred,")
    gate.flags("ends_only", weights.ends_only, edges)
    gate.close()


def end_costs(
    way: Streets, access_m: npt.NDArray[Any], part: npt.NDArray[Any], directed: IntArray
) -> tuple[IntArray, IntArray]:
    """Return access leg plus part of a street, summed unrounded and rounded once, in both quanta."""
    time_ds, length_mm = (way.first, way.second) if way.by == "time" else (way.second, way.first)
    speed = way.weights.profile.access_speed_m_s
    seconds = access_m / speed + part * np.maximum(time_ds[directed], 0) / 10.0
    along_m = access_m + part * np.maximum(length_mm[directed], 0) / 1000.0
    time, length = time_quanta(seconds), length_quanta(along_m)
    return (time, length) if way.by == "time" else (length, time)
