"""Streets from every kind of source: what comes in, where it is cut, and what is said of bad files."""

from __future__ import annotations

import gzip
import socket
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely

from planner.errors import InputError, PlannerError, SourceError
from planner.network import Network, build
from planner.sources.extract import Extract
from planner.sources.geodata import read_profiles
from planner.sources.streets import read_network
from tests.standin import Standin, overpass_answer

KEYS = read_profiles()["standard_walk"].tag_keys | {"oneway"}
NODES = {1: (0, 0), 2: (0, 1), 3: (0, 2), 4: (1, 1), 5: (-1, 1), 6: (1, 2)}
"""Node ids, and steps of 0.001 degrees east and north of 117 E, 39 N."""


def town(
    folder: Path, ways: str, *, bounds: str = "", nodes: dict[int, tuple[float, float]] = NODES, after: bool = False
) -> Path:
    """Write a little OpenStreetMap file; ``after`` puts the nodes behind the ways, as Overpass often does."""
    points = "".join(
        f'<node id="{id_}" lon="{117 + east / 1000:.7f}" lat="{39 + north / 1000:.7f}"/>'
        for id_, (east, north) in nodes.items()
    )
    body = ways + points if after else points + ways
    path = folder / "town.osm"
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{bounds}{body}</osm>', encoding="utf-8")
    return path


def way(id_: int, refs: list[int], **tags: str) -> str:
    """Return one way as XML; a street unless told otherwise."""
    tags = tags or {"highway": "residential"}
    inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{id_}">{inside}</way>'


def read(source: Any) -> Extract:
    """Read a source under its own name."""
    return read_network(source, table=getattr(source, "name", "graph"), tag_keys=KEYS)


def pieces(extract: Extract) -> list[list[int]]:
    """Return the node ids of each way."""
    ways = extract.ways
    return [ways.node_id[ways.ref[a:b]].tolist() for a, b in zip(ways.start[:-1], ways.start[1:], strict=True)]


def border(extract: Extract) -> list[int]:
    """Return the ids of the border nodes."""
    found: list[int] = extract.ways.node_id[extract.ways.border].tolist()
    return found


def network(source: Any) -> Network:
    """Read and build."""
    return build(read(source).ways, tag_keys=KEYS)


def codes(extract: Extract) -> list[str]:
    """Return the codes of what was found."""
    return [issue.code for issue in extract.issues]


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
    assert codes(found) == ["repeated_ways", "unordered_ways"]
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


# Graphs of OSMnx


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


def line(*points: tuple[float, float]) -> shapely.LineString:
    """Return a line over points in steps of 0.001 degrees."""
    return shapely.LineString([(117 + x / 1000, 39 + y / 1000) for x, y in points])


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
    with pytest.raises(InputError, match="states no CRS"):
        far = arcs((1, 2, {}), crs=None)
        far.nodes[1]["x"] = 500_000.0
        read(far)
    with pytest.raises(InputError, match="no x and y"):
        blind = arcs((1, 2, {}))
        del blind.nodes[2]["y"]
        read(blind)
    (tmp_path / "other.graphml").write_text("<graphml><graph", encoding="utf-8")
    with pytest.raises(SourceError, match=r"other\.graphml: .*no GraphML"):
        read(tmp_path / "other.graphml")


# Lines in a GIS file


@pytest.mark.parametrize("name", ["streets.gpkg", "streets.shp", "streets.geojson", "streets.parquet"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549"])
def test_lines_meet_where_their_vertices_agree(tmp_path: Path, name: str, crs: str) -> None:
    if name.endswith("json") and crs != "EPSG:4326":
        pytest.skip("GeoJSON is in WGS 84 by definition")
    shapes = [
        shapely.MultiLineString([line((0, 0), (1, 0)), line((1, 0), (2, 0))]),
        line((1, 0), (1, 1)),
        line((1.5, -1), (1.5, 1)),  # crosses without a vertex: a bridge
    ]
    frame = gpd.GeoDataFrame({"highway": ["footway", None, "steps"]}, geometry=shapes, crs="EPSG:4326").to_crs(crs)
    path = tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
    found = read(path)
    assert found.ways.way_id.tolist() == [1, 1, 2, 3]
    assert found.ways.tags["highway"].tolist() == ["footway", "footway", "", "steps"]
    built = build(found.ways, tag_keys=KEYS)
    assert (len(built.node_id), len(built.u), len(built.component_length_mm)) == (6, 4, 2)


def test_lines_without_a_crs_must_look_like_degrees(tmp_path: Path) -> None:
    near, far = tmp_path / "near.shp", tmp_path / "far.shp"
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        gpd.GeoDataFrame(geometry=[line((0, 0), (1, 0))]).to_file(near)
        gpd.GeoDataFrame(geometry=[shapely.LineString([(500_000, 4_000_000), (500_100, 4_000_000)])]).to_file(far)
    assert len(read(near).ways.way_id) == 1
    with pytest.raises(InputError, match=r"far\.shp: .*no CRS.*\.prj"):
        read(far)


def test_points_are_no_streets_and_a_damaged_file_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "points.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.Point(117, 39)], crs="EPSG:4326").to_file(path)
    with pytest.raises(InputError, match="no line"):
        read(path)
    for name in ("bad.gpkg", "bad.shp", "bad.geojson", "bad.parquet"):
        (tmp_path / name).write_bytes(b"not this")
        with pytest.raises(SourceError, match=name):
            read(tmp_path / name)


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
    import time

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
