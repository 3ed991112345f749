"""What stands at nodes, gates and signals and kerbs, as every source of streets gives it."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import networkx as nx
import osmium
import osmnx as ox
import pytest

from planner.network import Ways, build
from planner.obstacle import part, standing
from planner.profile import weigh
from planner.sources.geodata import read_profiles
from planner.sources.streets import read_network
from tests.standin import Standin, overpass_answer
from tests.streets import KEYS, NODES, line, read, town, way

TAGS = {
    2: {"barrier": "gate", "access": "private", "note": "no profile reads this"},
    5: {"barrier": "bollard"},  # on no street
    6: {"highway": "traffic_signals", "crossing": "traffic_signals"},
}
STREETS = way(7, [1, 2, 3], highway="footway") + way(8, [3, 6], highway="steps")


def at_nodes(ways: Ways) -> dict[int, dict[str, str]]:
    """Return the tags of nodes by their ids."""
    return {
        int(ways.node_id[node]): {key: cells[row] for key, cells in ways.node_tags.items() if cells[row]}
        for row, node in enumerate(ways.tagged.tolist())
    }


READ = {
    2: {"barrier": "gate", "access": "private"},
    6: {"highway": "traffic_signals", "crossing": "traffic_signals"},
}


def test_an_xml_file_tells_what_stands_at_the_nodes_of_streets(tmp_path: Path) -> None:
    assert at_nodes(read(town(tmp_path, STREETS, tags=TAGS)).ways) == READ
    assert at_nodes(read(town(tmp_path, STREETS, tags=TAGS, after=True)).ways) == READ
    nothing = read(town(tmp_path, STREETS)).ways
    assert len(nothing.tagged) == 0
    assert dict(nothing.node_tags) == {}


def test_a_pbf_file_tells_the_same(tmp_path: Path) -> None:
    source, path = town(tmp_path, STREETS, tags=TAGS), tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for one in osmium.FileProcessor(str(source)):
            writer.add(one)
    assert at_nodes(read(path).ways) == READ


def test_nodes_that_an_editor_numbered_below_0_have_tags_too(tmp_path: Path) -> None:
    nodes = {-1: (0, 0), -2: (0, 1), -3: (0, 2)}
    tags = {-2: {"barrier": "gate"}}
    found = read(town(tmp_path, way(7, [-1, -2, -3], highway="path"), nodes=nodes, tags=tags)).ways
    assert at_nodes(found) == {-2: {"barrier": "gate"}}
    assert part(found, standing(found, [read_profiles()["standard_walk"]])).obstacles == 0
    assert (
        min(part(found, standing(found, [read_profiles()["wheelchair"]])).node_id) == -3
    )  # a gate is in no wheelchair's way


def graph_of(path: Path) -> nx.MultiDiGraph:
    """Return OSMnx's graph of a file, with the nodes' tags, thinned out but for tagged nodes."""
    before = ox.settings.useful_tags_node, ox.settings.useful_tags_way
    ox.settings.useful_tags_node, ox.settings.useful_tags_way = sorted(KEYS), sorted(KEYS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = ox.graph_from_xml(path, retain_all=True, simplify=False)
        return ox.simplify_graph(graph, node_attrs_include=sorted(KEYS), remove_rings=False)
    finally:
        ox.settings.useful_tags_node, ox.settings.useful_tags_way = before


def test_a_graph_of_osmnx_live_and_saved_tells_the_same(tmp_path: Path) -> None:
    graph = graph_of(town(tmp_path, STREETS, tags=TAGS))
    assert at_nodes(read(graph).ways) == READ
    ox.save_graphml(graph, tmp_path / "town.graphml")
    assert at_nodes(read(tmp_path / "town.graphml").ways) == READ


def test_a_place_keeps_its_gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = overpass_answer(town(tmp_path, STREETS, tags=TAGS))
    with Standin(overpass=answer, box=(116.99, 38.99, 117.01, 39.01)) as server:
        monkeypatch.setattr(ox.settings, "nominatim_url", server.url)
        monkeypatch.setattr(ox.settings, "overpass_url", f"{server.url}/api")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read_network(place="某地", table="study.toml", tag_keys=KEYS).ways
    assert at_nodes(found) == READ


def test_files_of_lines_tell_grades_by_a_column(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"grade_percent": [10.0, -10.0, None, "steep"], "incline": [None, "5%", "5%", None]},
        geometry=[line((i, 0), (i + 1, 0)) for i in range(4)],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "streets.gpkg")
    walker = read_profiles()["older_walk"]
    ways = read_network(tmp_path / "streets.gpkg", table="streets.gpkg", tag_keys=walker.tag_keys).ways
    weights = weigh(build(ways, tag_keys=walker.tag_keys), walker)
    level = int(weights.forward_ds[3])
    slower = [round(float(one) / level, 2) for one in weights.forward_ds.tolist()]
    assert slower == [1.42, 1.19, 1.19, 1.0]  # exp(3.5 x 0.1), exp(3.5 x 0.05): the tag before the column


def test_what_stood_in_the_way_in_real_extracts(shared: Path) -> None:
    walker = read_profiles()["standard_walk"]
    path = shared / "data" / "porto_alegre" / "poa_osm.pbf"
    ways = read_network(path, table="poa", tag_keys=walker.tag_keys).ways
    barrier = ways.node_tags["barrier"]
    assert (barrier != "").sum() == 436
    parted = part(ways, standing(ways, [walker]))
    network = build(parted, tag_keys=walker.tag_keys)
    weights = weigh(network, walker)
    link = network.obstacle
    assert parted.obstacles == link.sum() > 0
    assert (~weights.usable[link]).any()  # foot=no
    assert weights.ends_only[link].any()  # access=private
    assert set(NODES) == {1, 2, 3, 4, 5, 6}
