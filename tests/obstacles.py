"""Little towns with gates, barriers and signals at their nodes, and an oracle that walks from street to street."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from planner.network import Network, Ways, build
from planner.obstacle import part, standing
from planner.penalty import Penalty
from planner.places import Anchors
from planner.profile import TravelProfile, WayRule, Weights, weigh
from tests.laws.drafts import Draft, drafts
from tests.towns import WALKER

SIGNAL_S = 20.0
NODES = {
    "gate": {"barrier": "gate", "access": "private"},
    "wall": {"barrier": "wall"},
    "signal": {"highway": "traffic_signals"},
    "open gate": {"barrier": "gate"},
    "gate with a signal": {"barrier": "gate", "access": "private", "highway": "traffic_signals"},
}
PASSER = replace(
    WALKER,
    obstacles=(
        WayRule({"barrier": ("wall",)}, "barred"),
        WayRule({"barrier": ("*",), "access": ("private",)}, "ends_only"),
    ),
    signals=({"highway": ("traffic_signals",)},),
    penalty=Penalty(signal_s=SIGNAL_S),
)


def with_nodes(ways: Ways, kinds: Mapping[int, str]) -> Ways:
    """Return ways whose nodes have tags, by position."""
    tagged = sorted(kinds)
    keys = sorted({key for kind in NODES.values() for key in kind})
    return replace(
        ways,
        tagged=np.array(tagged, np.int64),
        node_tags={key: np.array([NODES[kinds[node]].get(key, "") for node in tagged], dtype=object) for key in keys},
    )


@dataclass(frozen=True)
class Obstructed:
    """A draft, and what stands at some of its points."""

    draft: Draft
    nodes: Mapping[int, str]

    def ways(self) -> Ways:
        return with_nodes(self.draft.ways(), self.nodes)

    def town(self, profile: TravelProfile = PASSER) -> tuple[Network, Weights]:
        network = build(part(self.ways(), standing(self.ways(), [profile])), tag_keys=profile.tag_keys)
        return network, weigh(network, profile)

    def plain(self) -> Network:
        """Return the network cut at the same nodes, but not parted there: what the oracle walks."""
        ways = self.draft.ways()
        cut = ways.border.copy()
        cut[[node for node, kind in self.nodes.items() if kind != "open gate"]] = True
        return build(replace(ways, border=cut), tag_keys=WALKER.tag_keys)


@st.composite
def obstructed(draw: st.DrawFn) -> Obstructed:
    """Draw a town with things in the way at some of its crossings."""
    draft = draw(drafts(distinct=True))
    points = st.integers(0, len(draft.points) - 3)  # the last two only hold the box
    return Obstructed(draft, draw(st.dictionaries(points, st.sampled_from(sorted(NODES)), max_size=6)))


class Walk:
    """Every trip between places, from street to street by networkx, with none of our searching.

    A state is "at the end of a street, before its node", in one of three phases: still in the run at the start, on
    the public streets, in the run at the end. To pass a node costs its signal; a wall can't be passed; a gate counts
    as a piece of private way.
    """

    def __init__(self, town: Obstructed, weights: Weights, origins: Anchors, targets: Anchors) -> None:
        self.net = town.plain()
        self.streets = len(self.net.u)
        self.at = {int(id_) - 100: place for place, id_ in enumerate(self.net.node_id)}
        self.nodes = {self.at[node]: kind for node, kind in town.nodes.items() if node in self.at}
        self.time = np.column_stack([weights.forward_ds[: self.streets], weights.backward_ds[: self.streets]])
        self.use = self._uses()
        self.speed = weights.profile.access_speed_m_s
        self.origins, self.targets = origins, targets
        self.graph = self._graph()

    def _uses(self) -> list[str]:
        """Judge the streets anew: from their tags, and then what lies behind gates and private ways."""
        tags = self.net.tags
        use = [
            "barred" if tags["highway"][e] == "motorway" else "private" if tags["access"][e] == "private" else "open"
            for e in range(self.streets)
        ]
        land = nx.Graph([(("e", e), ("e", e)) for e in range(self.streets) if use[e] != "barred"])
        public = nx.Graph([(("e", e), ("e", e)) for e in range(self.streets) if use[e] == "open"])
        for e in range(self.streets):
            for node in (int(self.net.u[e]), int(self.net.v[e])):
                kind = self.nodes.get(node, "")
                meets = ("n", node) if kind != "wall" or self._streets_at(node) == 1 else ("n", node, e)
                gate = "gate" in kind and kind != "open gate" and self._streets_at(node) > 1
                if use[e] != "barred":
                    land.add_edge(("e", e), meets)
                if use[e] == "open":
                    public.add_edge(("e", e), ("n", node, e) if gate else meets)
        for group in nx.connected_components(land):
            inside = {edge[1] for edge in group if edge[0] == "e" and use[edge[1]] == "open"}
            pieces = [{one[1] for one in piece if one[0] == "e"} for piece in nx.connected_components(public)]
            pieces = [piece for piece in pieces if piece and piece <= inside]
            pieces.sort(key=lambda piece: (-sum(int(self.net.length_mm[e]) for e in piece), min(piece)))
            for piece in pieces[1:]:
                for e in piece:
                    use[e] = "private"
        return use

    def _streets_at(self, node: int) -> int:
        return int((self.net.u == node).sum() + (self.net.v == node).sum())

    def _after(self, phase: int, element: str) -> list[int]:
        """Return the phases after a piece of way: private ones only in the first and last."""
        if element == "private":
            return [0] if phase == 0 else [2]
        return [1] if phase < 2 else []

    def _pass(self, node: int, phase: int) -> list[tuple[int, int]]:
        """Return phase and cost after a node is passed; none where it can't be."""
        kind = self.nodes.get(node, "")
        if kind == "wall":
            return []
        cost = int(SIGNAL_S * 10) if "signal" in kind else 0
        private = "gate" in kind and kind != "open gate"
        return [(after, cost) for after in (self._after(phase, "private") if private else [phase])]

    def _end(self, e: int, d: int) -> int:
        return int(self.net.v[e] if d == 0 else self.net.u[e])

    def _graph(self) -> nx.DiGraph:
        graph = nx.DiGraph()
        leaving: dict[int, list[tuple[int, int]]] = {}
        for e in range(self.streets):
            for d in (0, 1):
                if self.time[e, d] >= 0:
                    leaving.setdefault(self._end(e, 1 - d), []).append((e, d))

        def onward(state: object, node: int, phase: int) -> None:
            for after, cost in self._pass(node, phase):
                for e, d in leaving.get(node, ()):
                    for then in self._after(after, self.use[e]):
                        self._cheaper(graph, state, ("at", e, d, then), cost + int(self.time[e, d]))
                for t, end, element, price in self._doors(self.targets, node, arriving=True):
                    for then in self._after(after, element) if element else [after]:
                        self._cheaper(graph, state, ("to", t, then), cost + price)
                        del end

        for e in range(self.streets):
            for d in (0, 1):
                if self.time[e, d] >= 0:
                    for phase in (0, 1, 2):
                        onward(("at", e, d, phase), self._end(e, d), phase)
        for o in np.flatnonzero(self.origins.ok).tolist():
            for node in {int(x) for x in (self.net.u[self.origins.edge[o]], self.net.v[self.origins.edge[o]])}:
                for o2, end, element, price in self._doors(self.origins, node, arriving=False):
                    if o2 == o:
                        for phase in self._after(0, element) if element else [0]:
                            state = ("from", o, end, phase)
                            self._cheaper(graph, ("o", o), state, price)
                            onward(state, node, phase)
                            self._turn_round(graph, state, o, end, phase)
        return graph

    def _turn_round(self, graph: nx.DiGraph, state: object, o: int, end: int, phase: int) -> None:
        """Go to the end of one's own street and back to a place on it, without passing the node."""
        node = self._end(int(self.origins.edge[o]), 1 - end)
        for t, other, element, price in self._doors(self.targets, node, arriving=True):
            if int(self.targets.edge[t]) == int(self.origins.edge[o]) and other == end:
                for then in self._after(phase, element) if element else [phase]:
                    self._cheaper(graph, state, ("to", t, then), price)

    def _doors(self, places: Anchors, node: int, *, arriving: bool) -> list[tuple[int, int, str, int]]:
        """Return the places on streets that end at a node: which, by which end, over what, at what cost."""
        found = []
        for i in np.flatnonzero(places.ok).tolist():
            e, f = int(places.edge[i]), float(places.fraction[i])
            for end, part_ in ((0, f), (1, 1.0 - f)):
                if self._end(e, 1 - end) != node:
                    continue
                walked = self.time[e, ((end == 0) != arriving and 1) or 0]
                if walked < 0 and part_ > 0:
                    continue
                seconds = places.access_m[i] / self.speed + part_ * max(int(walked), 0) / 10.0
                before = self.nodes.get(node, "") == "signal" and self._streets_at(node) > 1  # on its street, that is
                element = self.use[e] if part_ > 0 or before else ""
                found.append((i, end, element, int(np.rint(seconds / 0.1))))
        return found

    @staticmethod
    def _cheaper(graph: nx.DiGraph, a: object, b: object, cost: int) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > cost:
            graph.add_edge(a, b, weight=cost)

    def times(self) -> dict[tuple[int, int], int]:
        """Return the deciseconds of every pair that can be walked."""
        found: dict[tuple[int, int], int] = {}
        for o in np.flatnonzero(self.origins.ok).tolist():
            reached = nx.single_source_dijkstra_path_length(self.graph, ("o", o)) if ("o", o) in self.graph else {}
            for t in np.flatnonzero(self.targets.ok).tolist():
                costs = [reached[state] for state in (("to", t, phase) for phase in range(3)) if state in reached]
                costs += self._along(o, t)
                if costs:
                    found[o, t] = min(costs)
        return found

    def _along(self, o: int, t: int) -> list[int]:
        e = int(self.origins.edge[o])
        ahead = float(self.targets.fraction[t] - self.origins.fraction[o])
        time = int(self.time[e, 0 if ahead >= 0 else 1])
        if e != int(self.targets.edge[t]) or (time < 0 and ahead != 0.0):
            return []
        seconds = (self.origins.access_m[o] + self.targets.access_m[t]) / self.speed + abs(ahead) * max(time, 0) / 10.0
        return [int(np.rint(seconds / 0.1))]
