"""What a planner could pick instead: networkx, scipy, pandana and igraph, each asked in its fastest way.

Each peer takes the streets once, which is its set-up and never timed. It may be unable to answer (``UnableError``):

``within(origins, limit)``
    Yields answers, in whatever form it likes best; ``reached(answer)`` yields for each origin of one answer what it
    reached: cost by node.
``nearest(sources, furthest)``
    Takes the sources, which isn't timed either, and returns what answers: the cost from every node to the nearest
    source; none is above ``furthest``.
``table(origins, targets, limit)``
    Returns rows of origin, target and cost, by their position.

The packages load when a peer is made; one that isn't installed raises ImportError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.bench import town
from tests.bench.race import UnableError

Ints = npt.NDArray[np.int64]


class Networkx:
    """``networkx``: an undirected graph, dictionaries as answers."""

    def __init__(self, arcs: town.Arcs) -> None:
        import networkx as nx

        self.nx = nx
        self.graph = nx.Graph()
        self.graph.add_nodes_from(range(len(arcs.x)))
        self.graph.add_weighted_edges_from(zip(arcs.u.tolist(), arcs.v.tolist(), arcs.cost.tolist(), strict=True))

    def within(self, origins: Ints, limit: int) -> Iterator[dict[int, int]]:
        for origin in origins.tolist():
            yield self.nx.single_source_dijkstra_path_length(self.graph, origin, cutoff=limit)

    def reached(self, answer: dict[int, int]) -> Iterator[dict[int, int]]:
        yield answer

    def nearest(self, sources: Ints, furthest: int) -> Callable[[], Ints]:
        def ask() -> Ints:
            cost = self.nx.multi_source_dijkstra_path_length(self.graph, set(sources.tolist()))
            return np.array([cost[node] for node in range(len(self.graph))])

        return ask

    def table(self, origins: Ints, targets: Ints, limit: int) -> Ints:
        """Search from the targets, as streets run both ways, and keep the origins."""
        place_of = {node: place for place, node in enumerate(origins.tolist())}
        rows = []
        for target, found in enumerate(self.within(targets, limit)):
            rows += [(place_of[node], target, cost) for node, cost in found.items() if node in place_of]
        return np.array(rows, np.int64).reshape(-1, 3)


class Scipy:
    """``scipy.sparse.csgraph``: dense rows of floats, in chunks that fit the memory."""

    CHUNK = 16  # origins; 32 MB on the full city: the fastest of 1 to 256

    def __init__(self, arcs: town.Arcs) -> None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        self.dijkstra = dijkstra
        ends = np.concatenate([arcs.u, arcs.v]), np.concatenate([arcs.v, arcs.u])
        nodes = len(arcs.x)
        cost = np.concatenate([arcs.cost, arcs.cost]).astype(np.float64)
        self.graph = coo_array((cost, ends), shape=(nodes, nodes)).tocsr()

    def within(self, origins: Ints, limit: int) -> Iterator[npt.NDArray[np.float64]]:
        """Yield rows of all nodes as they come; nobody picks out those that were reached."""
        for first in range(0, len(origins), self.CHUNK):
            yield self.dijkstra(self.graph, indices=origins[first : first + self.CHUNK], limit=limit)

    def reached(self, answer: npt.NDArray[np.float64]) -> Iterator[dict[int, int]]:
        for row in answer:
            nodes = np.flatnonzero(np.isfinite(row))
            yield dict(zip(nodes.tolist(), row[nodes].astype(np.int64).tolist(), strict=True))

    def nearest(self, sources: Ints, furthest: int) -> Callable[[], Ints]:
        return lambda: self.dijkstra(self.graph, indices=sources, min_only=True).astype(np.int64)

    def table(self, origins: Ints, targets: Ints, limit: int) -> Ints:
        """Search from the targets, as streets run both ways, and keep the origins."""
        rows = []
        for chunk, found in enumerate(self.within(targets, limit)):
            cost = found[:, origins]
            target, origin = np.nonzero(np.isfinite(cost))
            rows.append(np.column_stack([origin, target + chunk * self.CHUNK, cost[target, origin].astype(np.int64)]))
        return np.concatenate(rows)


class Pandana:
    """``pandana``: contraction hierarchies, whose making takes minutes and is never timed; frames as answers."""

    def __init__(self, arcs: town.Arcs) -> None:
        import pandana
        import pandas as pd

        self.pd, self.x, self.y = pd, arcs.x, arcs.y
        cost = pd.DataFrame({"cost": arcs.cost.astype(np.float64)})
        node = np.arange(len(arcs.x))
        self.network = pandana.Network(
            pd.Series(arcs.x, node), pd.Series(arcs.y, node), pd.Series(arcs.u), pd.Series(arcs.v), cost, twoway=True
        )

    def within(self, origins: Ints, limit: int) -> Iterator[Any]:
        # Half a decisecond more: costs are whole, so a tie at the limit can't be lost in pandana's floats.
        yield self.network.nodes_in_range(origins.tolist(), limit + 0.5)

    def reached(self, answer: Any) -> Iterator[dict[int, int]]:
        for _, rows in answer.groupby("source", sort=False):
            cost = np.rint(rows["cost"].to_numpy()).astype(np.int64)
            yield dict(zip(rows["destination"].tolist(), cost.tolist(), strict=True))

    def nearest(self, sources: Ints, furthest: int) -> Callable[[], Ints]:
        reach = furthest + 1.0
        x, y = self.pd.Series(self.x[sources]), self.pd.Series(self.y[sources])
        self.network.set_pois("sources", reach, 1, x, y)

        def ask() -> Ints:
            found = self.network.nearest_pois(reach, "sources", num_pois=1)
            return np.rint(found[1].to_numpy()).astype(np.int64)

        return ask


class Igraph:
    """``igraph``: no search of its Python package stops at a cost, so only what needs no limit is asked of it."""

    def __init__(self, arcs: town.Arcs) -> None:
        import igraph

        self.graph = igraph.Graph(n=len(arcs.x), edges=np.column_stack([arcs.u, arcs.v]))
        self.cost = arcs.cost.tolist()

    def within(self, origins: Ints, limit: int) -> Iterator[Any]:
        raise UnableError("no search by cost of its Python package stops at a limit")

    def table(self, origins: Ints, targets: Ints, limit: int) -> Ints:
        raise UnableError("no search by cost of its Python package stops at a limit")

    def nearest(self, sources: Ints, furthest: int) -> Callable[[], Ints]:
        """Search from one more node that is joined to every source at no cost."""
        hub = self.graph.vcount()
        graph = self.graph.copy()
        graph.add_vertex()
        graph.add_edges([(hub, source) for source in sources.tolist()])
        costs = [*self.cost, *([0] * len(sources))]
        return lambda: np.array(graph.distances(source=hub, weights=costs)[0][:hub]).astype(np.int64)


PEERS: dict[str, Any] = {"networkx": Networkx, "scipy": Scipy, "pandana": Pandana, "igraph": Igraph}


@lru_cache(maxsize=len(PEERS))
def peer(name: str, junctions: int, mode: str) -> Any:
    """Return a peer that has taken the streets; one city at a time is kept."""
    return PEERS[name](town.arcs(town.way(junctions, mode)))
