"""Graphs of OSMnx, live and saved, and places by their names."""

from __future__ import annotations

import socket
import time
import warnings
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox
import pytest

from planner.errors import InputError, PlannerError, SourceError
from planner.network import build
from planner.sources.streets import read_network
from tests.standin import Standin, overpass_answer
from tests.streets import KEYS, border, codes, line, network, pieces, read


def streets_of(path: Path, **how: Any) -> nx.MultiDiGraph:
    """Return OSMnx's own graph of an XML extract, streets alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = ox.graph_from_xml(path, retain_all=True, simplify=False, **how)
    graph.remove_edges_from([edge for *edge, data in graph.edges(keys=True, data=True) if "highway" not in data])
    graph.remove_nodes_from(list(nx.isolates(graph)))
    return graph


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("simplify", [False, True])
def test_a_graph_of_osmnx_comes_back_the_same(
    shared: Path, tmp_path: Path, bidirectional: bool, simplify: bool
) -> None:
    path = shared / "data" / "nanjing" / "osm_bbox.osm.xml"
    graph = streets_of(path, bidirectional=bidirectional)
    if simplify:
        graph = ox.simplify_graph(graph, remove_rings=False)
    ox.save_graphml(graph, tmp_path / "town.graphml")
    live, saved = network(graph), network(tmp_path / "town.graphml")
    projected = network(ox.project_graph(graph))
    from_file = network(path)
    # OSMnx measures on a sphere, we on the ellipsoid: 0.05 % apart here, 0.3 % at most
    total_m = sum(length for *_, length in ox.convert.to_undirected(graph).edges(data="length"))
    assert live.length_km == pytest.approx(total_m / 1000, rel=0.005)
    assert live.length_km == pytest.approx(from_file.length_km, rel=1e-5)
    assert len(live.component_length_mm) == nx.number_weakly_connected_components(graph)
    np.testing.assert_array_equal(live.length_mm, saved.length_mm)
    np.testing.assert_array_equal(live.node_id, saved.node_id)
    np.testing.assert_allclose(np.sort(live.length_mm), np.sort(projected.length_mm), atol=1)
    assert set(live.node_id.tolist()) <= set(graph.nodes)


def arcs(*edges: tuple[Any, Any, dict[str, Any]], crs: str | None = "EPSG:4326", **at: Any) -> nx.MultiDiGraph:
    """Return a graph over nodes 1 to 4, 0.001 degrees apart."""
    graph = nx.MultiDiGraph()
    if crs:
        graph.graph["crs"] = crs
    for node in (1, 2, 3, 4):
        graph.add_node(node, x=117 + node / 1000, y=39.0, **{key: value[node] for key, value in at.items()})
    for u, v, data in edges:
        graph.add_edge(u, v, **data)
    return graph


def test_two_arcs_along_one_line_are_one_street_and_lines_never_meet_between_nodes() -> None:
    bend = line((1, 0), (1.5, 1), (2, 0))
    other = line((3, 0), (1.5, 1), (4, 0))  # passes over the bend's middle point
    graph = arcs(
        (1, 2, {"highway": "footway", "geometry": bend}),
        (2, 1, {"highway": "footway", "geometry": bend.reverse()}),
        (1, 2, {"highway": "steps"}),
        (3, 4, {"highway": "footway", "geometry": other}),
    )
    found = read(graph)
    assert len(found.ways.way_id) == 3
    assert found.ways.two_way.all()
    inside = found.ways.node_id[found.ways.node_id < 0]
    assert len(inside) == 2
    built = build(found.ways, tag_keys=KEYS)
    assert len(built.u) == 3
    assert len(built.component_length_mm) == 2
    assert len(graph.edges) == 4


def test_a_loop_is_one_street_and_a_loop_without_a_line_is_none() -> None:
    loop = line((1, 0), (1.5, 1), (1.5, -1), (1, 0))
    graph = arcs(
        (1, 1, {"highway": "path", "geometry": loop}),
        (1, 1, {"highway": "path", "geometry": loop.reverse()}),
        (2, 2, {"highway": "path"}),
        (1, 2, {"highway": "path"}),
    )
    assert len(read(graph).ways.way_id) == 2


def test_a_graph_without_tags_is_taken_as_given() -> None:
    found = read(arcs((1, 2, {}), (2, 1, {}), (2, 3, {})))
    assert pieces(found) == [[1, 2], [2, 3]]
    assert found.ways.two_way.tolist() == [True, False]
    assert dict(found.ways.tags) == {}
    assert found.attribution == ()


def test_ways_that_are_no_streets_are_left_out_but_added_edges_stay() -> None:
    found = read(arcs((1, 2, {"highway": "path", "osmid": 5}), (2, 3, {"osmid": 6, "building": "yes"}), (3, 4, {})))
    assert pieces(found) == [[1, 2], [3, 4]]
    assert codes(found) == ["features_left_out"]


def test_several_values_are_joined_in_order_and_oneway_keeps_the_direction_of_the_way() -> None:
    found = read(
        arcs(
            (1, 2, {"highway": ["steps", "footway"], "oneway": [True, False], "osmid": [2, 1], "reversed": False}),
            (2, 1, {"highway": ["footway", "steps"], "oneway": False, "osmid": [1, 2], "reversed": True}),
            (2, 3, {"highway": "footway", "oneway": True, "reversed": False}),
            (4, 3, {"highway": "footway", "oneway": True, "reversed": True}),
        )
    )
    assert pieces(found) == [[1, 2], [2, 3], [3, 4]]
    assert found.ways.tags["highway"].tolist() == ["footway;steps", "footway", "footway"]
    assert found.ways.tags["oneway"].tolist() == ["no;yes", "yes", "-1"]


def test_nodes_that_osmnx_cut_off_are_border() -> None:
    whole = arcs(
        *((u, u + 1, {"highway": "path"}) for u in (1, 2, 3)), *((u + 1, u, {"highway": "path"}) for u in (1, 2, 3))
    )
    whole.add_edge(3, 3, highway="path", geometry=line((3, 0), (3, 1), (3.5, 1), (3, 0)))
    for node, count in ox.stats.count_streets_per_node(whole).items():
        whole.nodes[node]["street_count"] = count
    assert border(read(whole)) == []
    cut = whole.copy()
    cut.remove_node(4)
    assert border(read(cut)) == [3]


def test_faults_of_a_graph_name_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"MultiDiGraph"):
        read(nx.Graph())
    with pytest.raises(InputError, match="no street"):
        read(arcs())
    far = arcs((1, 2, {}), crs=None)
    far.nodes[1]["x"] = 500_000.0
    with pytest.raises(InputError, match="states no CRS"):
        read(far)
    blind = arcs((1, 2, {}))
    del blind.nodes[2]["y"]
    with pytest.raises(InputError, match="no x and y"):
        read(blind)
    (tmp_path / "other.graphml").write_text("<graphml><graph", encoding="utf-8")
    with pytest.raises(SourceError, match=r"other\.graphml: .*no GraphML"):
        read(tmp_path / "other.graphml")


# A place by its name


@pytest.fixture
def osm_servers(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand-ins for Nominatim and Overpass on this machine, with the recorded streets of central Nanjing."""
    answer = overpass_answer(shared / "data" / "nanjing" / "osm_bbox.osm.xml")
    with Standin(overpass=answer, box=(118.780, 32.035, 118.800, 32.050)) as server:
        monkeypatch.setattr(ox.settings, "nominatim_url", server.url)
        monkeypatch.setattr(ox.settings, "overpass_url", f"{server.url}/api")
        yield server


def settings_now() -> dict[str, Any]:
    """Return OSMnx's settings as they stand."""
    return {name: value for name, value in vars(ox.settings).items() if not name.startswith("_")}


def test_a_place_is_read_through_osmnx(osm_servers: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before, resolve = settings_now(), socket.getaddrinfo
    found = read_network(place="新街口, 南京", table="study.toml", tag_keys=KEYS)
    assert settings_now() == before
    assert socket.getaddrinfo is resolve
    assert list(tmp_path.iterdir()) == []
    built = build(found.ways, tag_keys=KEYS)
    assert 20 < built.length_km < 87
    assert found.ways.border.any()
    assert set(found.ways.tags["foot"]) > {"yes"}
    assert found.attribution
    assert '["highway"]' in osm_servers.asked[-1]


@pytest.mark.parametrize(
    ("known", "status", "fault"),
    [(False, 200, InputError), (True, 500, SourceError)],
)
def test_an_unknown_place_and_a_failing_server_are_told_apart(
    osm_servers: Standin, known: bool, status: int, fault: type[PlannerError]
) -> None:
    osm_servers.known, osm_servers.status = known, status
    with pytest.raises(fault) as caught:
        read_network(place="新街口", table="study.toml", tag_keys=KEYS)
    assert len(caught.value.issues) == 1
    assert "\n" not in str(caught.value)


def test_without_a_network_a_place_fails_within_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = socket.socket()  # takes connections and never answers, the slowest way to be offline
    silent.bind(("127.0.0.1", 0))
    silent.listen()
    monkeypatch.setattr(ox.settings, "nominatim_url", f"http://127.0.0.1:{silent.getsockname()[1]}")
    before = settings_now()
    began = time.monotonic()
    with silent, pytest.raises(SourceError, match=r"study\.toml: 127\.0\.0\.1 can't be reached; check the internet"):
        read_network(place="和平区, 天津市", table="study.toml", tag_keys=KEYS)
    assert time.monotonic() - began < 5
    assert settings_now() == before
