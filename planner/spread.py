"""Spread: the costs between every node and the nearest of some anchors, with the way there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.kernels.nearest import nearest
from planner.kernels.waiting import with_room
from planner.measure import UNREACHED, IntArray
from planner.places import Anchors
from planner.streets import Streets, seeds


@dataclass(frozen=True, slots=True, kw_only=True)
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
    edge, towards
        The directed edge over which the label came (-1: between copies, or the anchor's own street) and the node of
        the search graph next on the way to the anchor (-1: at the anchor's own street).
    inward
        True where travel runs towards the anchors (facilities), False where it runs from them.
    """

    streets: Streets
    inward: bool
    limit: int
    source: IntArray
    cost: IntArray
    second: IntArray
    edge: IntArray
    towards: IntArray


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
    source, cost, came, by = with_room(
        nearest, graph.start, graph.arcs, entry.node, entry.cost, entry.place,
        bound, graph.width, graph.buckets(entry.first, bound), room=graph.room(len(entry.node)),
    )  # fmt: skip
    edge = graph.edge[by].astype(np.int64)
    edge[by < 0] = -1
    return Spread(
        streets=way,
        inward=inward,
        limit=bound,
        source=source.astype(np.int64),
        cost=cost[:, 0],
        second=cost[:, 1],
        edge=edge,
        towards=came.astype(np.int64),
    )
