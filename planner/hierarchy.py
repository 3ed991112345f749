"""Hierarchy: streets with their nodes in an order in which wide searches from many places need no queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.kernels.contraction import BACK, HEAD, OUT, contract
from planner.kernels.order import compressed_rows
from planner.kernels.sweep import LIMIT, Ranks
from planner.measure import IntArray
from planner.streets import Streets


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """The arcs of a hierarchy in one direction of search, by the rank that they leave.

    The arcs that leave rank ``i`` for higher ones are ``up[up_start[i]:up_start[i + 1]]``, shape (arcs, 2): the other
    rank, and the cost in quanta; for lower ones the same of ``down``.
    """

    up_start: IntArray
    up: Ranks
    down_start: IntArray
    down: Ranks


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """The streets as a contraction hierarchy (see `planner.kernels.contraction`).

    Parameters
    ----------
    streets
        What it was made of: it answers for no others.
    node
        The node of the search graph at each rank.
    start, arcs
        The arcs of rank ``i`` to higher ones are ``arcs[start[i]:start[i + 1]]``: the other rank, the cost of going
        there, and of coming from there; beyond ``LIMIT`` where that is barred.
    """

    streets: Streets
    node: Ranks
    start: IntArray
    arcs: Ranks

    @cached_property
    def rank(self) -> Ranks:
        """Return the rank of each node."""
        rank = np.empty_like(self.node)
        rank[self.node] = np.arange(len(rank), dtype=np.int32)
        return rank

    @cached_property
    def outward(self) -> Slopes:
        """Return the arcs for searches in the direction of travel."""
        return self._slopes(OUT, BACK)

    @cached_property
    def inward(self) -> Slopes:
        """Return the arcs for searches against the direction of travel."""
        return self._slopes(BACK, OUT)

    def _slopes(self, there: int, from_there: int) -> Slopes:
        tail = np.repeat(np.arange(len(self.node), dtype=np.int32), np.diff(self.start))
        climbs, descends = self.arcs[:, there] <= LIMIT, self.arcs[:, from_there] <= LIMIT
        up = np.column_stack([self.arcs[:, HEAD], self.arcs[:, there]])[climbs]
        down = np.column_stack([tail, self.arcs[:, from_there]])[descends]
        down_start, order = compressed_rows(self.arcs[descends, HEAD], len(self.node))
        up_start, _ = compressed_rows(tail[climbs], len(self.node))
        return Slopes(up_start=up_start, up=up, down_start=down_start, down=down[order])


def hierarchy(way: Streets) -> Hierarchy:
    """Return the hierarchy of streets, by which `planner.within.within` answers many wide searches faster.

    It takes about 15 microseconds a node to make, which a few hundred wide searches don't repay; thousands do. That
    holds of streets, most of which join neighbours; where most arcs lead far away, it takes the cube of the nodes.
    Limits above ``LIMIT`` quanta (54 minutes, 32 m) are beyond it.

    Examples
    --------
    >>> from planner.network import build
    >>> from planner.places import anchor
    >>> from planner.profile import weigh
    >>> from planner.within import within
    >>> from planner.sources import sample_district
    >>> from planner.streets import streets
    >>> study = sample_district()
    >>> walker = study.profiles["standard_walk"]
    >>> network = build(study.ways, tag_keys=walker.tag_keys)
    >>> weights = weigh(network, walker)
    >>> way = streets(network, weights)
    >>> crossings = anchor(network, weights, network.lon, network.lat)
    >>> one = within(way, crossings, limit=9000)
    >>> other = within(way, crossings, limit=9000, hierarchy=hierarchy(way))
    >>> len(one.node) == len(other.node), bool((one.node != other.node).any())  # the same, in another order
    (True, True)
    """
    graph = way.forward
    node, start, arcs = contract(graph.start, graph.arcs, LIMIT)
    found = Hierarchy(streets=way, node=node, start=start, arcs=arcs)
    arcs[:, HEAD] = found.rank[arcs[:, HEAD]]
    return found
