"""Streets: a network as one profile searches it, and the doors by which places enter and leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from planner.kernels import search
from planner.measure import IntArray, length_quanta, time_quanta
from planner.network import Network
from planner.places import Anchors
from planner.profile import Weights

Criterion = Literal["time", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
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
    forward, backward
        The search graph in the direction of travel, and against it: start, head, first, second, and the directed edge
        of each arc (-1 between the copies of a node).
    """

    network: Network
    weights: Weights
    by: Criterion
    first: IntArray
    second: IntArray
    start_copy: IntArray
    end_copy: IntArray
    forward: tuple[IntArray, IntArray, IntArray, IntArray, IntArray]
    backward: tuple[IntArray, IntArray, IntArray, IntArray, IntArray]


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

    def rows(self, places: int) -> IntArray:
        """Return where the seeds of each place begin, and after the last where they end."""
        return np.searchsorted(self.place, np.arange(places + 1)).astype(np.int64)


def streets(network: Network, weights: Weights, *, by: Criterion = "time") -> Streets:
    """Return the network as the profile searches it.

    Parameters
    ----------
    by
        ``time`` for circles of minutes (the fastest path), ``length`` for circles of metres (the shortest).
    """
    nodes = len(network.node_id)
    time_ds = np.column_stack([weights.forward_ds, weights.backward_ds]).ravel()
    length_mm = np.where(time_ds >= 0, np.repeat(network.length_mm, 2), -1)
    first, second = (time_ds, length_mm) if by == "time" else (length_mm, time_ds)

    private = np.flatnonzero(weights.ends_only)
    doubled = np.unique(np.concatenate([network.u[private], network.v[private]]))
    start_copy, end_copy = np.arange(nodes), np.arange(nodes)
    start_copy[doubled] = nodes + np.arange(len(doubled))
    end_copy[doubled] = nodes + len(doubled) + np.arange(len(doubled))

    tail = np.column_stack([network.u, network.v]).ravel()
    head = np.column_stack([network.v, network.u]).ravel()
    open_edges = np.flatnonzero((time_ds >= 0) & ~np.repeat(weights.ends_only, 2))
    end_edges = np.flatnonzero((time_ds >= 0) & np.repeat(weights.ends_only, 2))
    edge = np.concatenate([open_edges, end_edges, end_edges, np.full(2 * len(doubled), -1)])
    tails = np.concatenate(
        [tail[open_edges], start_copy[tail[end_edges]], end_copy[tail[end_edges]], start_copy[doubled], doubled]
    )
    heads = np.concatenate(
        [head[open_edges], start_copy[head[end_edges]], end_copy[head[end_edges]], doubled, end_copy[doubled]]
    )
    size = nodes + 2 * len(doubled)
    return Streets(
        network=network,
        weights=weights,
        by=by,
        first=first,
        second=second,
        start_copy=start_copy,
        end_copy=end_copy,
        forward=_rows(tails, heads, edge, first, second, size),
        backward=_rows(heads, tails, edge, first, second, size),
    )


def seeds(way: Streets, anchors: Anchors, *, leaving: bool) -> Seeds:
    """Return the ends of each place's street by which it can be left (or reached), with the cost in between.

    A place on an ends-only street enters by the start copies of its nodes and is reached by their end copies.
    """
    place = np.flatnonzero(anchors.ok)
    edge, fraction = anchors.edge[place], anchors.fraction[place]
    copy = way.start_copy if leaving else way.end_copy
    private = way.weights.ends_only[edge]
    ends = []
    for end, (node, part) in enumerate(((way.network.u[edge], fraction), (way.network.v[edge], 1.0 - fraction))):
        # Leaving by u runs backward, arriving by u runs forward; by v the other way round.
        directed = 2 * edge + (end == 0 if leaving else end == 1)
        at_node = part == 0.0  # a place at a node uses any street there
        first, second = end_costs(way, anchors.access_m[place], part, directed)
        usable = (way.first[directed] >= 0) | at_node
        start = np.where(private | at_node, copy[node], node)
        ends.append(np.column_stack([place, start, first, second, np.full(len(place), end)])[usable])
    rows = np.concatenate(ends)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    place, node, first, second, end_of = (np.ascontiguousarray(column) for column in rows.T)
    return Seeds(place=place, node=node, first=first, second=second, end=end_of)


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


def _rows(
    tail: IntArray, head: IntArray, edge: IntArray, first: IntArray, second: IntArray, nodes: int
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Return a search graph in compressed rows; arcs between copies cost nothing."""
    start, order = search.compressed_rows(tail, nodes)
    edge = edge[order]
    own = edge >= 0
    return (
        start,
        head[order],
        np.where(own, first[edge], 0) if len(first) else edge,
        np.where(own, second[edge], 0) if len(second) else edge,
        edge,
    )
