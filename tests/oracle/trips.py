"""Trips by the rule, worked out by networkx: what reach, nearest, spread and within are held against.

A trip is one run over ends-only streets, then one over public streets, then one over ends-only streets; any of them may
be empty. Each run is a search of its own here, and knows nothing of copies of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np

from planner.network import Network
from planner.places import Anchors
from planner.profile import Weights
from tests.laws.drafts import EVER

Cost = tuple[int, int]
"""What decides, then what rides along: deciseconds and millimetres, or the other way round."""

Costs = dict[int, Cost]
"""By node."""

FACTOR = 10**12
"""Joins a cost into one number, so that networkx compares in order; above any sum of either part."""


@dataclass(frozen=True)
class Runs:
    """Costs between a place and the nodes, after each run as seen from the place.

    ``own`` is the run over ends-only streets at the place itself, ``public`` the one after it, ``far`` the one at the
    other end of the trip. Each holds what the runs before it reached.
    """

    own: Costs
    public: Costs
    far: Costs


class Trips:
    """The trips of one town by time or by length."""

    def __init__(self, network: Network, weights: Weights, *, by: str = "time") -> None:
        self.network, self.weights, self.by = network, weights, by
        public, private = nx.DiGraph(), nx.DiGraph()
        for graph in (public, private):
            graph.add_nodes_from(range(len(network.node_id)))
        for e in range(len(network.u)):
            u, v = int(network.u[e]), int(network.v[e])
            for a, b, time in ((u, v, int(weights.forward_ds[e])), (v, u, int(weights.backward_ds[e]))):
                if time >= 0:
                    graph = private if weights.ends_only[e] else public
                    cost = _joined(self._ordered(time, int(network.length_mm[e])))
                    if not graph.has_edge(a, b) or cost < graph[a][b]["weight"]:
                        graph.add_edge(a, b, weight=cost)
        self.out = (public, private)
        self.back = (public.reverse(), private.reverse())

    def doors(self, at: Anchors, i: int, *, leaving: bool) -> tuple[Costs, Costs]:
        """Return the nodes by which a place is left or reached, by ends-only streets and by public ones."""
        e, f = int(at.edge[i]), float(at.fraction[i])
        by_private: Costs = {}
        by_public: Costs = {}
        for node, part, to_v in ((int(self.network.u[e]), f, False), (int(self.network.v[e]), 1.0 - f, True)):
            time = int((self.weights.forward_ds if to_v == leaving else self.weights.backward_ds)[e])
            if part == 0.0:  # at the node itself: any street there will do
                by_private = _least(by_private, {node: self._rounded(at.access_m[i], 0.0, 0, 0)})
            elif time >= 0:
                cost = self._rounded(at.access_m[i], part, time, int(self.network.length_mm[e]))
                if self.weights.ends_only[e]:
                    by_private = _least(by_private, {node: cost})
                else:
                    by_public = _least(by_public, {node: cost})
        return by_private, by_public

    def runs(self, at: Anchors, i: int, *, leaving: bool, limit: int = EVER) -> Runs:
        """Return the costs from a place to the nodes, or from the nodes to the place, up to a limit."""
        public, private = self.out if leaving else self.back
        by_private, by_public = self.doors(at, i, leaving=leaving)
        own = _onward(private, by_private, limit)
        middle = _onward(public, _least(own, by_public), limit)
        return Runs(own, middle, _onward(private, middle, limit))

    def table(self, origins: Anchors, targets: Anchors, *, limit: int = EVER) -> dict[tuple[int, int], Cost]:
        """Return the least cost of each pair within the limit, by a search from every origin."""
        doors: tuple[dict[int, list[tuple[int, Cost]]], ...] = ({}, {})
        on_street: dict[int, list[int]] = {}
        for t in np.flatnonzero(targets.ok).tolist():
            on_street.setdefault(int(targets.edge[t]), []).append(t)
            for kept, found in zip(doors, self.doors(targets, t, leaving=False), strict=True):
                for node, cost in found.items():
                    kept.setdefault(node, []).append((t, cost))
        found = {}
        for o in np.flatnonzero(origins.ok).tolist():
            runs = self.runs(origins, o, leaving=True, limit=limit)
            best: Costs = {}
            for reached, arriving in ((runs.far, doors[0]), (runs.public, doors[1])):
                for node in reached.keys() & arriving.keys():
                    for t, cost in arriving[node]:
                        total = _sum(reached[node], cost)
                        best[t] = min(best.get(t, total), total)
            for t in on_street.get(int(origins.edge[o]), ()):
                along = self._along(origins, o, targets, t)
                if along is not None:
                    best[t] = min(best.get(t, along), along)
            found.update({(o, t): cost for t, cost in best.items() if cost[0] <= limit})
        return found

    def to_one(self, origins: Anchors, targets: Anchors, t: int, runs: Runs) -> Costs:
        """Return the least cost from each origin to one target, given the runs towards it."""
        found = {}
        for o in np.flatnonzero(origins.ok).tolist():
            by_private, by_public = self.doors(origins, o, leaving=True)
            costs = [_sum(runs.far[n], c) for n, c in by_private.items() if n in runs.far]
            costs += [_sum(runs.public[n], c) for n, c in by_public.items() if n in runs.public]
            along = self._along(origins, o, targets, t)
            if along is not None:
                costs.append(along)
            if costs:
                found[o] = min(costs)
        return found

    def _along(self, origins: Anchors, o: int, targets: Anchors, t: int) -> Cost | None:
        """Return the cost along the street that both places stand on, if there is one and it leads there."""
        e = int(origins.edge[o])
        if e < 0 or e != int(targets.edge[t]):
            return None
        ahead = float(targets.fraction[t] - origins.fraction[o])
        access_m = float(origins.access_m[o] + targets.access_m[t])
        if ahead == 0.0:
            return self._rounded(access_m, 0.0, 0, 0)
        time = int((self.weights.forward_ds if ahead > 0 else self.weights.backward_ds)[e])
        return None if time < 0 else self._rounded(access_m, abs(ahead), time, int(self.network.length_mm[e]))

    def _rounded(self, access_m: float, part: float, time_ds: int, length_mm: int) -> Cost:
        """Return access leg plus part of a street, summed unrounded and rounded once, halves to even."""
        seconds = access_m / self.weights.profile.access_speed_m_s + part * time_ds / 10.0
        metres = access_m + part * length_mm / 1000.0
        return self._ordered(round(seconds / 0.1), round(metres / 0.001))

    def _ordered(self, time_ds: int, length_mm: int) -> Cost:
        return (time_ds, length_mm) if self.by == "time" else (length_mm, time_ds)


def in_order(by: str, pair: Iterable[int]) -> Cost:
    """Turn (time, length) into (what decides, what rides along), and back."""
    time_ds, length_mm = pair
    return (time_ds, length_mm) if by == "time" else (length_mm, time_ds)


def _onward(graph: nx.DiGraph, costs: Costs, limit: int) -> Costs:
    """Return the least costs of all nodes from some that have one already, those included."""
    if not costs:
        return {}
    graph.add_weighted_edges_from(("door", node, _joined(cost)) for node, cost in costs.items())
    found = nx.single_source_dijkstra_path_length(graph, "door", cutoff=_joined((limit, FACTOR - 1)))
    graph.remove_node("door")
    return {node: divmod(total, FACTOR) for node, total in found.items() if node != "door"}


def _joined(cost: Cost) -> int:
    return cost[0] * FACTOR + cost[1]


def _sum(one: Cost, other: Cost) -> Cost:
    return one[0] + other[0], one[1] + other[1]


def _least(one: Costs, other: Costs) -> Costs:
    """Return the smaller cost of each node in either."""
    return {node: min(costs[node] for costs in (one, other) if node in costs) for node in {*one, *other}}
