"""Spread: the costs between every node and the nearest of some anchors, with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.kernels.nearest import nearest
from planner.kernels.waiting import with_room
from planner.measure import UNREACHED, IntArray
from planner.network import Positions
from planner.places import Anchors
from planner.streets import SearchGraph, Streets, seeds


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Costs between every node of the search graph and the nearest of some anchors.

    Parameters
    ----------
    source
        Length of the search graph's nodes: which anchor, -1 where none is within the limit.
    cost
        Of what the streets minimise; ``UNREACHED`` where none.
    second
        Of what rides along.
    by
        The arc of the search graph over which the label came, -1 at the anchor's own street.
    inward
        True where travel runs towards the anchors (facilities), False where it runs from them.
    """

    streets: Streets
    inward: bool
    limit: int
    source: Positions
    cost: IntArray
    second: IntArray
    by: Positions

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
    source, cost, second, by = with_room(
        nearest, graph.start, graph.arcs, entry.node, entry.cost, entry.place,
        bound, graph.width, room=graph.room(len(entry.node)),
    )  # fmt: skip
    return Spread(streets=way, inward=inward, limit=bound, source=source, cost=cost, second=second, by=by)
