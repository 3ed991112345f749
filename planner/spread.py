"""Spread: the costs between every node and the nearest of some anchors, with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.kernels.nearest import labels, nearest
from planner.kernels.waiting import with_room
from planner.measure import UNREACHED, IntArray
from planner.network import Positions
from planner.places import Anchors
from planner.streets import SearchGraph, Seeds, Streets, seeds


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Costs between every node of the search graph and the nearest of some anchors.

    Parameters
    ----------
    entry
        By which nodes the anchors enter the streets.
    cost
        Length of the search graph's nodes: of what the streets minimise; ``UNREACHED`` where no anchor is within the
        limit.
    inward
        True where travel runs towards the anchors (facilities), False where it runs from them.
    """

    streets: Streets
    inward: bool
    limit: int
    entry: Seeds
    cost: IntArray

    @property
    def source(self) -> Positions:
        """Return which anchor is the nearest of each node, -1 where none is within the limit."""
        return self._labels[0]

    @property
    def second(self) -> IntArray:
        """Return the cost of what rides along on the way there; ``UNREACHED`` where there is none."""
        return self._labels[1]

    @property
    def by(self) -> Positions:
        """Return the arc of the search graph over which each label came, -1 at the anchor's own street."""
        return self._labels[2]

    @cached_property
    def _labels(self) -> tuple[Positions, IntArray, Positions]:
        order = np.argsort(self.cost, kind="stable")[: np.count_nonzero(self.cost < UNREACHED)]
        entry, graph = self.entry, self.graph
        found: tuple[Positions, IntArray, Positions] = labels(
            graph.start, graph.arcs, graph.rides, self.cost, order, entry.node, entry.cost, entry.place
        )
        return found

    @property
    def graph(self) -> SearchGraph:
        """Return what was searched."""
        return self.streets.backward if self.inward else self.streets.forward

    @cached_property
    def edge(self) -> IntArray:
        """Return the directed edge over which each label came, -1 between copies and at the anchor's own street."""
        edge, came = np.full(len(self.by), -1), self.by >= 0
        edge[came] = self.graph.edge[self.by[came]]
        return edge

    @cached_property
    def towards(self) -> IntArray:
        """Return the node of the search graph next on the way to the anchor, -1 at the anchor's own street."""
        node: IntArray = np.searchsorted(self.graph.start, self.by, side="right") - 1
        node[self.by < 0] = -1
        return node


def spread(way: Streets, anchors: Anchors, *, limit: int | None = None, inward: bool = True) -> Spread:
    """Return the costs between every node and the nearest of the anchors, with the way.

    Parameters
    ----------
    anchors
        Ties go to the one that stands first.
    limit
        In the streets' quanta; None for no limit.
    inward
        Travel towards the anchors (facilities) or from them (communities).
    """
    bound = int(UNREACHED) - 1 if limit is None else limit
    entry = seeds(way, anchors, leaving=not inward)
    graph = way.backward if inward else way.forward
    (cost,) = with_room(
        nearest, graph.start, graph.arcs, entry.node, entry.first, bound, graph.width, room=graph.room(len(entry.node))
    )
    return Spread(streets=way, inward=inward, limit=bound, entry=entry, cost=cost)
