"""Travel times worked out again from what a run wrote, by networkx alone: points are inserted on the streets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pyogrio

QUANTUM_S = 0.1  # a written time may differ from the sum of the written parts by at most this at each end


class Rebuilt:
    """The exported network of one profile as a graph in three storeys, for ways that serve only the ends of a trip.

    A trip starts in the storey "start", which holds the ends-only ways, goes down to the public streets and may end
    by the storey "end", which holds the ends-only ways again; there is no way back up.
    """

    def __init__(self, folder: Path, profile: str, *, weight: str = "time") -> None:
        self.findings = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
        self.profile, self.weight = profile, weight
        circle = next(c for c in self.findings["circles"] if c["profile"] == profile)
        self.speed_m_s = circle["access_speed_m_s"]
        rows = pyogrio.read_dataframe(folder / "findings.gpkg", layer="network", read_geometry=False)
        self.graph = nx.MultiDiGraph()
        self.edges: dict[tuple[int, bool], dict[str, Any]] = {}
        ends_only = f"{profile}_ends_only"
        for row in rows.to_dict("records"):
            seconds = row[f"{profile}_s"]
            cost = None if seconds != seconds else (seconds if weight == "time" else row["length_m"])
            private = bool(row.get(ends_only, False))
            self.edges[row["edge_id"], row["forward"]] = {**row, "cost": cost, "private": private}
            for storey in ("start", "end") if private else ("public",):
                if cost is not None:
                    self.graph.add_edge((storey, row["u"]), (storey, row["v"]), cost=cost)
            for node in (row["u"], row["v"]):
                self.graph.add_edge(("start", node), ("public", node), cost=0.0)
                self.graph.add_edge(("public", node), ("end", node), cost=0.0)
        self.places: dict[tuple[str, str], dict[str, Any]] = {}
        for role in ("communities", "facilities", "candidates"):
            for place in self.findings[role]:
                self._insert(role, place["id"], place["anchors"].get(profile))

    def _leg(self, anchor: dict[str, Any]) -> float:
        return anchor["access_m"] / (self.speed_m_s if self.weight == "time" else 1.0)

    def _insert(self, role: str, name: str, anchor: dict[str, Any] | None) -> None:
        """Insert a place: a door to leave by and a door to arrive by."""
        if anchor is None or anchor["status"] != "ok":
            return
        self.places[role, name] = anchor
        ahead = self.edges[anchor["edge_id"], True]
        back = self.edges.get((anchor["edge_id"], False), {"cost": None})
        f, leg, private = anchor["fraction"], self._leg(anchor), ahead["private"]
        for node, part, out, into in (
            (ahead["u"], f, back["cost"], ahead["cost"]),
            (ahead["v"], 1.0 - f, ahead["cost"], back["cost"]),
        ):
            start, end = ("start", "end") if private or part == 0.0 else ("public", "public")
            if out is not None or part == 0.0:
                self.graph.add_edge(("leave", role, name), (start, node), cost=leg + part * (out or 0.0))
            if into is not None or part == 0.0:
                self.graph.add_edge((end, node), ("arrive", role, name), cost=part * (into or 0.0) + leg)

    def from_community(self, name: str, *, limit: float | None = None) -> dict[tuple[str, str], float]:
        """Return the cost to every facility and candidate, by role and id."""
        source = ("leave", "communities", name)
        if source not in self.graph:
            return {}
        found = nx.single_source_dijkstra_path_length(self.graph, source, weight="cost", cutoff=limit)
        costs = {node[1:]: cost for node, cost in found.items() if node[0] == "arrive" and node[1] != "communities"}
        home = self.places["communities", name]
        for (role, other), anchor in self.places.items():
            if role != "communities" and anchor["edge_id"] == home["edge_id"]:
                ahead = anchor["fraction"] - home["fraction"]
                along = self.edges.get((home["edge_id"], ahead >= 0), {"cost": None})["cost"]
                if along is not None or ahead == 0.0:
                    direct = self._leg(home) + abs(ahead) * (along or 0.0) + self._leg(anchor)
                    costs[role, other] = min(direct, costs.get((role, other), direct))
        return costs
