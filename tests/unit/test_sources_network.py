"""OpenStreetMap files: what comes in, where it is cut, and what is said of bad files."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path

import networkx as nx
import osmnx as ox
import pytest

from planner.errors import InputError, SourceError
from planner.network import build
from planner.sources.streets import read_network
from tests.streets import KEYS, border, codes, network, pieces, read, town, way


@pytest.mark.parametrize("after", [False, True])
def test_a_way_keeps_its_nodes_tags_and_place(tmp_path: Path, after: bool) -> None:
    path = town(tmp_path, way(7, [1, 2, 3], highway="footway", access="private", name="secret"), after=after)
    found = read(path)
    assert pieces(found) == [[1, 2, 3]]
    assert found.ways.lon.tolist() == [117.0, 117.0, 117.0]
    assert found.ways.lat.tolist() == pytest.approx([39.0, 39.001, 39.002], abs=1e-9)
    assert {key: cells.tolist() for key, cells in found.ways.tags.items()} == {
        "highway": ["footway"],
        "access": ["private"],
    }
    assert border(found) == []
    assert found.issues == ()
    assert found.attribution == ("© OpenStreetMap contributors (ODbL 1.0)",)


def test_a_way_clipped_at_the_border_is_split_at_the_missing_node(tmp_path: Path) -> None:
    found = read(town(tmp_path, way(7, [99, 1, 2, 98, 97, 3, 6, 96]) + way(8, [2, 4])))
    assert pieces(found) == [[1, 2], [3, 6], [2, 4]]
    assert border(found) == [1, 2, 3, 6]
    assert found.ways.way_id.tolist() == [7, 7, 8]
    assert codes(found) == ["clipped_ways"]


def test_a_lone_node_between_missing_ones_is_no_street_but_a_border(tmp_path: Path) -> None:
    found = read(town(tmp_path, way(7, [99, 2, 98]) + way(8, [1, 2, 3])))
    assert pieces(found) == [[1, 2, 3]]
    assert border(found) == [2]


def test_nodes_on_and_beyond_the_box_are_border(tmp_path: Path) -> None:
    bounds = '<bounds minlon="116.9995" minlat="38.9" maxlon="117.001" maxlat="39.0015"/>'
    found = read(town(tmp_path, way(7, [5, 2, 4]) + way(8, [1, 2, 3]), bounds=bounds))
    assert border(found) == [3, 4, 5]


def test_a_closed_way_a_self_crossing_one_and_a_shared_node_are_cut_where_streets_meet(tmp_path: Path) -> None:
    ring = network(town(tmp_path, way(7, [1, 2, 4, 1])))
    assert (ring.u.tolist(), ring.v.tolist()) == ([0], [0])
    crossing = network(town(tmp_path, way(7, [1, 2, 3, 6, 4, 2, 5])))  # comes back through node 2
    assert sorted(crossing.node_id.tolist()) == [1, 2, 5]
    assert len(crossing.u) == 3
    meeting = network(town(tmp_path, way(7, [1, 2, 3]) + way(8, [5, 2, 4])))
    assert len(meeting.u) == 4


def test_repeated_refs_one_node_ways_and_ways_that_stand_twice_break_nothing(tmp_path: Path) -> None:
    path = town(tmp_path, way(7, [1, 2]) + way(7, [1, 2, 2, 3]) + way(8, [4]) + way(9, [6, 6]))
    found = read(path)
    assert pieces(found) == [[1, 2, 2, 3], [6, 6]]
    assert codes(found) == ["pointlike_ways", "repeated_ways", "unordered_ways"]
    assert len(build(found.ways, tag_keys=KEYS).u) == 1


def test_a_node_that_stands_twice_is_one_node(tmp_path: Path) -> None:
    path = town(tmp_path, way(7, [1, 2]) + way(8, [2, 3]))
    path.write_text(path.read_text("utf-8").replace("<way", '<node id="2" lon="117" lat="39.001"/><way', 1), "utf-8")
    assert len(network(path).node_id) == 3


def test_a_way_that_comes_back_over_itself_is_one_street(tmp_path: Path) -> None:
    found = read(town(tmp_path, way(7, [1, 2, 4, 2, 1]) + way(8, [3, 2, 3])))
    assert pieces(found) == [[1, 2, 4], [3, 2]]
    assert codes(found) == ["retraced_ways"]


def test_negative_ids_of_an_editor_are_read(tmp_path: Path) -> None:
    found = read(town(tmp_path, way(-7, [-1, -2, 3]), nodes={-1: (0, 0), -2: (0, 1), 3: (0, 2)}))
    assert pieces(found) == [[-1, -2, 3]]
    assert found.ways.lat.tolist() == pytest.approx([39.001, 39.0, 39.002])


def test_ways_out_of_order_cost_the_map_and_not_the_streets(tmp_path: Path) -> None:
    found = read(town(tmp_path, way(9, [1, 2]) + way(8, [1, 2, 4, 1], natural="water") + way(7, [2, 3]), after=True))
    assert pieces(found) == [[1, 2], [2, 3]]
    assert (found.basemap, codes(found)) == ((), ["unordered_ways"])


def test_areas_are_kept_for_the_profile_to_judge(tmp_path: Path) -> None:
    found = read(town(tmp_path, way(7, [1, 2, 4, 1], highway="pedestrian", area="yes") + way(8, [1, 3])))
    assert found.ways.tags["area"].tolist() == ["yes", ""]


def test_water_green_and_railways_are_for_the_map(tmp_path: Path) -> None:
    lake = way(10, [1, 2, 4, 1], natural="water")
    forest = way(11, [1, 2, 6, 1], area="yes") + (
        '<relation id="1"><member type="way" ref="11" role="outer"/>'
        '<tag k="type" v="multipolygon"/><tag k="landuse" v="forest"/></relation>'
    )
    broken = (
        '<relation id="2"><member type="way" ref="77" role="outer"/>'
        '<tag k="type" v="multipolygon"/><tag k="leisure" v="park"/></relation>'
    )
    rail = way(13, [5, 2, 99, 4, 6], railway="rail") + way(14, [5, 2], railway="tram")
    outlines = lake + forest.replace("<relation", rail + "<relation", 1)
    found = read(town(tmp_path, way(7, [1, 3]) + outlines + broken))
    assert sorted(feature.kind for feature in found.basemap) == ["green", "railway", "railway", "water"]
    assert all(feature.geometry.is_valid and not feature.geometry.is_empty for feature in found.basemap)
    assert [(issue.code, issue.message.split(": ")[-1]) for issue in found.issues] == [("broken_areas", "1")]


@pytest.mark.parametrize(("name", "cut"), [("town.osm", 0.6), ("town.osm.pbf", 1.0), ("town.osm.gz", 0.5)])
def test_a_damaged_file_is_one_plain_fault(tmp_path: Path, name: str, cut: float) -> None:
    content = town(tmp_path, way(7, [1, 2])).read_bytes()
    if name.endswith(".gz"):
        content = gzip.compress(content)
    path = tmp_path / name
    path.write_bytes(content[: int(len(content) * cut)])
    with pytest.raises(SourceError) as caught:
        read(path)
    assert [issue.code for issue in caught.value.issues] == ["unreadable_file"]
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(name)


def test_a_compressed_file_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "packed.osm.gz"
    path.write_bytes(gzip.compress(town(tmp_path, way(7, [1, 2])).read_bytes()))
    assert pieces(read(path)) == [[1, 2]]


@pytest.mark.parametrize("ways", ["", way(7, [1, 2], building="yes"), way(7, [1]), way(7, [98, 99])])
def test_a_file_without_a_street_is_a_fault(tmp_path: Path, ways: str) -> None:
    with pytest.raises(InputError) as caught:
        read(town(tmp_path, ways))
    assert [issue.code for issue in caught.value.issues] == ["empty_network"]


def test_a_misspelt_or_unknown_file_is_a_fault_that_helps(tmp_path: Path) -> None:
    town(tmp_path, way(7, [1, 2]))
    with pytest.raises(SourceError, match=r"did you mean 'town\.osm'"):
        read(tmp_path / "twon.osm")
    with pytest.raises(SourceError, match="there is no such file"):
        read(tmp_path / "no" / "where.osm")
    with pytest.raises(SourceError, match="a folder"):
        read(tmp_path)
    (tmp_path / "town.dwg").write_bytes(b"")
    with pytest.raises(InputError, match=r"\.osm\.pbf, .*\.graphml, .*\.parquet"):
        read(tmp_path / "town.dwg")
    with pytest.raises(InputError, match="either a source or a place"):
        read_network(table="study.toml", tag_keys=KEYS)


# Real extracts


@pytest.mark.parametrize(
    ("name", "ways", "nodes", "with_box", "with_map"),
    [
        ("guixi/mapofgx.osm", 176, 1274, True, True),
        ("nanjing/osm_bbox.osm.xml", 384, 1614, False, True),
        ("porto_alegre/poa_osm.pbf", 15886, 41109, False, True),
        ("shanghai_huangpu/shanghai.osm", 796, 2458, True, False),
    ],
)
def test_real_extracts_come_in_whole(
    shared: Path, name: str, ways: int, nodes: int, with_box: bool, with_map: bool
) -> None:
    found = read(shared / "data" / name)
    assert len(found.ways.way_id) == ways
    assert len(found.ways.node_id) == nodes
    assert bool(found.ways.border.any()) == with_box
    assert bool(found.basemap) == with_map
    assert not any(issue.severity == "error" for issue in found.issues)


def test_central_shanghai_falls_into_the_pieces_that_networkx_finds(shared: Path) -> None:
    path = shared / "data" / "shanghai_huangpu" / "shanghai.osm"
    built = network(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # OSMnx warns of XML that it wrote itself
        graph = ox.graph_from_xml(path, retain_all=True, simplify=False)
    graph.remove_nodes_from(list(nx.isolates(graph)))
    assert len(built.component_length_mm) == nx.number_weakly_connected_components(graph) == 76
    ours, theirs = built.length_km, sum(length for *_, length in ox.convert.to_undirected(graph).edges(data="length"))
    assert ours == pytest.approx(theirs / 1000, rel=0.005)
