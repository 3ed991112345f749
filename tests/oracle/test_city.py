"""A city of several parcels, searched from few places and from many, with answers longer than their room."""

from __future__ import annotations

from functools import cache

import networkx as nx
import numpy as np
import pytest

from planner import within as searching
from planner.hierarchy import hierarchy
from planner.kernels.nearest import PARCEL
from planner.measure import UNREACHED
from planner.network import build
from planner.places import anchor
from planner.profile import weigh
from planner.spread import spread
from planner.streets import Criterion, Streets, seeds, streets
from planner.ways import Ways
from planner.within import within
from tests.bench import city, town


@cache
def way(by: Criterion) -> Streets:
    """Return a city of 9,000 junctions; every fifth street is open one way only."""
    lon, lat, u, v = city.make(9_000)
    ways = Ways(
        node_id=np.arange(len(lon)),
        lon=lon,
        lat=lat,
        border=np.zeros(len(lon), dtype=bool),
        ref=np.column_stack([u, v]).ravel(),
        start=np.arange(len(u) + 1) * 2,
        way_id=np.arange(len(u)),
        tags={},
        two_way=np.arange(len(u)) % 5 > 0,
        table="city",
    )
    network = build(ways, tag_keys=())
    return streets(network, weigh(network, town.profile("walk")), by=by)


@pytest.mark.parametrize("by", ["time", "length"])
@pytest.mark.parametrize("count", [1, 7, 200])
@pytest.mark.parametrize("inward", [True, False])
@pytest.mark.parametrize("limit", [None, 20_000])
def test_no_street_improves_a_label(by: Criterion, count: int, inward: bool, limit: int | None) -> None:
    city_by = way(by)
    network = city_by.network
    assert len(network.node_id) > 2 << PARCEL
    at = np.random.default_rng(count).choice(len(network.node_id), count, replace=False)
    places = anchor(network, city_by.weights, network.lon[at] + 3e-4, network.lat[at] + 1e-4)
    found = spread(city_by, places, limit=limit, inward=inward)
    doors = seeds(city_by, places, leaving=not inward)

    graph = nx.DiGraph()
    for edge, (u, v) in enumerate(zip(network.u.tolist(), network.v.tolist(), strict=True)):
        for directed, tail, head in ((2 * edge, u, v), (2 * edge + 1, v, u)):
            if city_by.first[directed] >= 0:
                arc = (head, tail) if inward else (tail, head)
                graph.add_edge(*arc, first=int(city_by.first[directed]), second=int(city_by.second[directed]))
    for door in np.argsort(-doors.first).tolist():  # of two doors at one node, the nearer stays
        graph.add_edge("all", int(doors.node[door]), first=int(doors.first[door]))
    truth = nx.single_source_dijkstra_path_length(graph, "all", cutoff=limit, weight="first")
    assert [truth.get(node, int(UNREACHED)) for node in range(len(network.node_id))] == found.cost.tolist()

    label = list(zip(found.cost.tolist(), found.source.tolist(), found.second.tolist(), strict=True))
    offers: dict[int, list[tuple[int, int, int]]] = {}
    for door in zip(
        doors.node.tolist(), doors.first.tolist(), doors.place.tolist(), doors.second.tolist(), strict=True
    ):
        offers.setdefault(door[0], []).append(door[1:])
    for tail, head, costs in graph.edges(data=True):
        if tail != "all" and label[tail][1] >= 0:
            first, source, second = label[tail]
            offers.setdefault(head, []).append((first + costs["first"], source, second + costs["second"]))
    for node in np.flatnonzero(found.source >= 0).tolist():
        assert label[node] == min(offers[node])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("apart", [1, 20])
def test_an_answer_longer_than_its_room_is_whole(monkeypatch: pytest.MonkeyPatch, apart: int, threads: int) -> None:
    city_by_time = way("time")
    network = city_by_time.network
    lon, lat = network.lon[::apart], network.lat[::apart]
    homes = anchor(network, city_by_time.weights, lon, lat)
    monkeypatch.setattr(searching, "ROOM", 1)  # then there is room for each street once
    monkeypatch.setattr(searching, "BATCH", 256)
    over = hierarchy(city_by_time) if apart == 1 else None  # so close that they are searched side by side
    found = within(city_by_time, homes, limit=9_000, threads=threads, hierarchy=over)
    assert len(found.node) > 2 * city_by_time.forward.room(2 * len(lon))
    rows = sorted(zip(found.start.tolist(), found.stop.tolist(), strict=True))
    assert [rows[0][0], *(stop for _, stop in rows)] == [*(start for start, _ in rows), len(found.node)]
    for home in range(0, len(lon), len(lon) // 25):
        alone = within(city_by_time, homes.take(np.array([home])), limit=9_000)
        row = slice(found.start[home], found.stop[home])
        assert sorted(zip(found.node[row].tolist(), found.cost[row].tolist(), strict=True)) == sorted(
            zip(alone.node.tolist(), alone.cost.tolist(), strict=True)
        )
