"""Spread: the costs between every node and the nearest of some anchors, with the way there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.kernels import search
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
    start, head, first, second, edge = graph
    source, cost, other, by = search.nearest(
        start, head, first, second,
        entry.node, entry.first, entry.second, entry.place,
        np.arange(len(anchors.edge)), 1, bound,
    )  # fmt: skip
    tail = np.repeat(np.arange(len(start) - 1), np.diff(start))
    came = by >= 0
    return Spread(
        streets=way,
        inward=inward,
        limit=bound,
        source=source,
        cost=cost,
        second=other,
        edge=np.where(came, edge[by], -1) if len(edge) else by,
        towards=np.where(came, tail[by], -1) if len(tail) else by,
    )
