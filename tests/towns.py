"""Little towns for tests: streets written as lists, random towns for Hypothesis, and the oracle that walks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from planner.network import Network, Ways, build
from planner.places import Anchors, anchor
from planner.profile import TravelProfile, WayRule, Weights, weigh

DEGREE_M = 111_319.49079327357  # a degree of the equator
WALKER = TravelProfile(
    name="test_walk",
    label={"en": "Test walk", "zh": "测试"},
    speed_m_s=1.0,
    access_speed_m_s=1.0,
    rules=(
        WayRule({"access": ("private",)}, "ends_only"),
        WayRule({"highway": ("motorway",)}, "barred"),
        WayRule({"highway": ("*",)}, "open"),
    ),
    oneway_keys=("oneway:foot",),
)


def ways(
    points: Sequence[tuple[float, float]],
    streets: Sequence[tuple[Sequence[int], dict[str, str]]],
    border: Sequence[int] = (),
) -> Ways:
    """Return ways over points given in metres east and north of 120 E on the equator."""
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    keys = ("highway", "access", "oneway:foot")
    return Ways(
        node_id=np.arange(100, 100 + len(xy)),
        lon=120.0 + xy[:, 0] / DEGREE_M,
        lat=xy[:, 1] / 110_574.3886,
        border=np.isin(np.arange(len(xy)), border),
        ref=np.array([node for refs, _ in streets for node in refs], np.int64),
        start=np.concatenate([[0], np.cumsum([len(refs) for refs, _ in streets])]).astype(np.int64),
        way_id=np.arange(len(streets)),
        tags={
            key: np.array(
                [tags.get(key, "residential" if key == "highway" else "") for _, tags in streets],
                dtype=object,
            )
            for key in keys
        },
        two_way=np.ones(len(streets), dtype=bool),
    )


def town(*args: Any, **kwargs: Any) -> tuple[Network, Weights]:
    """Return the network of some ways, and how the test walker sees it."""
    network = build(ways(*args, **kwargs), tag_keys=WALKER.tag_keys)
    return network, weigh(network, WALKER)


def anchors_at(network: Network, weights: Weights, points: Sequence[tuple[float, float]]) -> Anchors:
    """Anchor points given in metres, with no limit on the access leg to speak of."""
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    return anchor(
        network,
        weights,
        120.0 + xy[:, 0] / DEGREE_M,
        xy[:, 1] / 110_574.3886,
        max_access_m=10_000.0,
    )


@st.composite
def random_towns(draw: st.DrawFn) -> tuple[Network, Weights, Anchors, Anchors]:
    """Draw a town with one-way, private and barred streets, parallel streets, loops, and places in it."""
    size = draw(st.integers(2, 9))
    near = st.integers(0, 400)
    points = [(draw(near), draw(near)) for _ in range(size)]
    node = st.integers(0, size - 1)
    streets = []
    for _ in range(draw(st.integers(1, 16))):
        refs = draw(st.lists(node, min_size=2, max_size=4))
        tags = {}
        kind = draw(st.sampled_from(["", "", "", "private", "oneway", "-1", "motorway"]))
        if kind == "private":
            tags["access"] = "private"
        elif kind in ("oneway", "-1"):
            tags["oneway:foot"] = "yes" if kind == "oneway" else "-1"
        elif kind == "motorway":
            tags["highway"] = "motorway"
        if len(set(refs)) > 1:
            streets.append((refs, tags))
    streets.append(([0, 1], {}))
    if points[0] == points[1]:
        points[1] = (points[1][0] + 7, points[1][1])
    network, weights = town(points, streets)
    spots = st.lists(
        st.one_of(st.tuples(near, near), st.sampled_from(points)),
        min_size=1,
        max_size=5,
    )
    return (
        network,
        weights,
        anchors_at(network, weights, draw(spots)),
        anchors_at(network, weights, draw(spots)),
    )


def walked(
    network: Network,
    weights: Weights,
    origins: Anchors,
    targets: Anchors,
    *,
    by: str = "time",
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the least cost and what rides along, from each origin to each target, by networkx and nothing of ours.

    A trip is a run over ends-only streets, then public streets, then a run over ends-only streets; each part is
    searched by itself, and the three are joined by trying every pair of nodes.
    """
    public, private = _graphs(network, weights, by)
    speed = weights.profile.access_speed_m_s
    found = {}
    for o in np.flatnonzero(origins.ok):
        first = _first_mile(network, weights, private, origins, o, speed, by, leaving=True)
        middle = _onward(public, first)
        for t in np.flatnonzero(targets.ok):
            last = _first_mile(network, weights, private, targets, t, speed, by, leaving=False)
            sums = [(a + c, b + d) for n, (a, b) in middle.items() if n in last for c, d in [last[n]]]
            sums += _on_one_street(weights, network, origins, o, targets, t, speed, by)
            if sums:
                found[int(o), int(t)] = min(sums)
    return found


def _graphs(network: Network, weights: Weights, by: str) -> tuple[nx.MultiDiGraph, nx.MultiDiGraph]:
    public, private = nx.MultiDiGraph(), nx.MultiDiGraph()
    for e, (u, v) in enumerate(zip(network.u.tolist(), network.v.tolist(), strict=True)):
        graph = private if weights.ends_only[e] else public
        graph.add_nodes_from([u, v])
        for a, b, time in (
            (u, v, weights.forward_ds[e]),
            (v, u, weights.backward_ds[e]),
        ):
            if time >= 0:
                pair = (int(time), int(network.length_mm[e]))
                graph.add_edge(a, b, cost=pair if by == "time" else pair[::-1])
    return public, private


def _onward(graph: nx.MultiDiGraph, seeds: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Spread seeds over a graph; costs are joined into one number, so that networkx compares them in order."""
    scale = 10**12
    joined = nx.MultiDiGraph()
    joined.add_nodes_from(graph)
    joined.add_weighted_edges_from((a, b, c[0] * scale + c[1]) for a, b, c in graph.edges(data="cost"))
    joined.add_weighted_edges_from(("door", n, c[0] * scale + c[1]) for n, c in seeds.items())
    if "door" not in joined:
        return {}
    reached = nx.single_source_dijkstra_path_length(joined, "door")
    return {n: divmod(total, scale) for n, total in reached.items() if n != "door"}


def _first_mile(
    network: Network,
    weights: Weights,
    private: nx.MultiDiGraph,
    at: Anchors,
    i: int,
    speed: float,
    by: str,
    *,
    leaving: bool,
) -> dict[int, tuple[int, int]]:
    """Return the nodes by which a place enters or leaves the public streets, with their costs."""
    e, f = int(at.edge[i]), float(at.fraction[i])
    u, v = int(network.u[e]), int(network.v[e])
    time_u, time_v = weights.backward_ds[e], weights.forward_ds[e]
    if not leaving:
        time_u, time_v = time_v, time_u
    seeds: dict[int, tuple[int, int]] = {}
    for node, part, time in ((u, f, time_u), (v, 1.0 - f, time_v)):
        if time >= 0 or part == 0.0:
            cost = _rounded(
                at.access_m[i],
                part,
                max(int(time), 0),
                int(network.length_mm[e]),
                speed,
                by,
            )
            if part == 0.0 and time < 0:
                cost = _rounded(at.access_m[i], 0.0, 0, 0, speed, by)
            seeds[node] = min(seeds.get(node, cost), cost)
    runs_on = private if leaving else private.reverse()
    if weights.ends_only[e]:
        return _onward(runs_on, seeds)
    at_nodes = {n: c for n, c in seeds.items() if (n == u and f == 0.0) or (n == v and f == 1.0)}
    spread = _onward(runs_on, at_nodes) if at_nodes else {}
    return {n: min(x for x in (seeds.get(n), spread.get(n)) if x is not None) for n in {*seeds, *spread}}


def _on_one_street(
    weights: Weights,
    network: Network,
    origins: Anchors,
    o: int,
    targets: Anchors,
    t: int,
    speed: float,
    by: str,
) -> list[tuple[int, int]]:
    e = int(origins.edge[o])
    if e != int(targets.edge[t]):
        return []
    ahead = float(targets.fraction[t] - origins.fraction[o])
    time = int(weights.forward_ds[e] if ahead >= 0 else weights.backward_ds[e])
    if time < 0 and ahead != 0.0:
        return []
    access_m = origins.access_m[o] + targets.access_m[t]
    return [_rounded(access_m, abs(ahead), max(time, 0), int(network.length_mm[e]), speed, by)]


def _rounded(access_m: float, part: float, time_ds: int, length_mm: int, speed: float, by: str) -> tuple[int, int]:
    time = int(np.rint((access_m / speed + part * time_ds / 10.0) / 0.1))
    length = int(np.rint((access_m + part * length_mm / 1000.0) / 0.001))
    return (time, length) if by == "time" else (length, time)
