"""Files of streets that hold what can't be: lengths, points and nodes, each told at the command line in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import reach
from planner.cli import command_line
from planner.errors import InputError, PlannerError
from planner.network import build
from planner.profile import weigh
from planner.sources import read
from planner.sources.extract import Extract
from planner.sources.streets import read_network
from planner.streets import streets
from tests.streets import KEYS, codes, line, pieces, town, way
from tests.towns import WALKER, on_streets, ways
from tests.unit.study_folder import edit, write_study

NAN, INF = float("nan"), float("inf")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


def faults(study: Path, capfd: pytest.CaptureFixture[str], command: str = "check") -> list[str]:
    """Return the lines that a command tells of a study that is at fault."""
    assert command_line([command, str(study)]) == 2
    told = capfd.readouterr().err
    assert "Traceback" not in told
    return told.splitlines()


def only(study: Path, capfd: pytest.CaptureFixture[str]) -> str:
    found = faults(study, capfd)
    assert len(found) == 1, found
    return found[0]


# Graphs of OSMnx


def graph(**data: Any) -> nx.MultiDiGraph:
    """Return the streets of the little study as a graph; ``data`` goes to the edge from 1 to 2."""
    found = nx.MultiDiGraph(crs="EPSG:4326")
    for node, (x, y) in {1: (117.2, 28.3), 2: (117.205, 28.3), 3: (117.205, 28.305)}.items():
        found.add_node(node, x=x, y=y)
    found.add_edge(1, 2, highway="residential", osmid=10, **data)
    found.add_edge(2, 3, highway="residential", osmid=10)
    return found


def live(found: nx.MultiDiGraph) -> Extract:
    return read_network(found, table="live graph", tag_keys=KEYS)


NO_LENGTHS = [-5.0, -1e-9, NAN, INF, -INF, "abc", "", [1.0]]


@pytest.mark.parametrize("length", NO_LENGTHS, ids=repr)
def test_a_length_that_is_none_is_told_with_its_edge(length: Any) -> None:
    with pytest.raises(InputError) as caught:
        live(graph(length=length))
    (issue,) = caught.value.issues
    assert (issue.code, issue.table) == ("bad_length", "live graph")
    assert issue.line() == (
        f"live graph: edge 1-2 has the length {length!r}; "
        "give metres from 0 up, or take the attribute out: the line is measured"
    )


@pytest.mark.parametrize("length", [value for value in NO_LENGTHS if isinstance(value, (float, str))], ids=repr)
def test_a_length_in_a_graphml_file_likewise(length: Any, study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ox.save_graphml(graph(length=length), study.parent / "streets.graphml")
    edit(study, "streets.osm", "streets.graphml")
    told = only(study, capfd)
    assert told.startswith("streets.graphml: edge 1-2 has the length ")
    assert told.endswith("give metres from 0 up, or take the attribute out: the line is measured")


def test_many_lengths_that_are_none_are_one_fault() -> None:
    found = graph(length=-1)
    found.add_edge(3, 1, highway="path", length=NAN, geometry=shapely.Point(117.2, 28.3))
    with pytest.raises(InputError) as caught:
        live(found)
    assert [(issue.code, issue.message.partition(", and")[2]) for issue in caught.value.issues] == [
        ("bad_length", " 1 more are like it"),
        ("bad_geometry", ""),
    ]


def test_metres_come_from_the_line_whatever_an_edge_says_and_the_difference_is_told() -> None:
    plain, stated = live(graph()), live(graph(length=0.0))
    assert codes(plain) == []
    assert codes(live(graph(length=490.0))) == []  # 490.6 along the line
    assert codes(stated) == ["other_length"]
    assert stated.issues[0].severity == "warning"
    assert "1, most of all 1-2, 0.0 m by its length and 490.4 m along its line" in stated.issues[0].message
    one, other = (build(extract.ways, tag_keys=KEYS) for extract in (plain, stated))
    assert np.array_equal(one.length_mm, other.length_mm)


NO_LINES = {
    "a point": shapely.Point(117.2, 28.3),
    "nothing": shapely.LineString(),
    "text": "LINESTRING (117.2 28.3, 117.205 28.3)",
    "several": shapely.MultiLineString([line((0, 0), (1, 0)), line((2, 0), (3, 0))]),
    "a corner at infinity": shapely.LineString([(117.2, 28.3), (INF, 28.3), (117.205, 28.3)]),
}


@pytest.mark.parametrize("name", NO_LINES)
def test_a_line_that_is_none_is_told_with_its_edge(name: str) -> None:
    with pytest.raises(InputError, match="the geometry of edge 1-2 isn't a line of finite points; give it a LineStr"):
        live(graph(geometry=NO_LINES[name]))


def test_an_edge_to_an_unknown_node_is_told(study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = graph()
    found.add_edge(3, 99, highway="path")
    with pytest.raises(InputError, match="live graph: node 99 has no x and y; give every node x and y, or take its"):
        live(found)
    path = study.parent / "streets.graphml"
    ox.save_graphml(graph(), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</graph>", '<edge source="3" target="99" /></graph>'), encoding="utf-8")
    edit(study, "streets.osm", "streets.graphml")
    assert only(study, capfd).startswith("streets.graphml: node 99 has no x and y; ")


NODES: dict[str, tuple[dict[str, Any], str]] = {
    "NaN": ({"x": NAN}, "node 2 lies at x nan, y 28.3; give every node x and y"),
    "infinite": ({"y": INF}, "node 2 lies at x 117.205, y inf"),
    "off the Earth": ({"x": 190.0}, "coordinates aren't degrees though its CRS says so"),
    "null island": ({"x": 0.0, "y": 0.0}, "too far apart to be measured together"),
}


@pytest.mark.parametrize("name", NODES)
def test_a_node_nowhere_is_told(name: str) -> None:
    change, words = NODES[name]
    found = graph()
    found.nodes[2].update(change)
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        build(live(found).ways, tag_keys=KEYS)


def test_metres_that_lie_nowhere_on_earth_are_told() -> None:
    found = graph()
    found.graph["crs"] = "EPSG:32650"
    found.nodes[3]["x"] = 1e30
    with pytest.raises(InputError, match=r"edge 2-3 lies outside the globe; check its points and the CRS"):
        live(found)


def test_a_damaged_line_in_a_graphml_file_is_told(study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = study.parent / "streets.graphml"
    bend = shapely.LineString([(117.2, 28.3), (117.202, 28.301), (117.205, 28.3)])
    ox.save_graphml(graph(geometry=bend), path)
    sound = path.read_text(encoding="utf-8")
    edit(study, "streets.osm", "streets.graphml")
    for old, new, words in (
        ("117.202 28.301", "117.202", "the file is damaged or no GraphML of OSMnx"),
        ("117.202 28.301", "NaN 28.301", "the geometry of edge 1-2 isn't a line of finite points"),
    ):
        assert old in sound
        path.write_text(sound.replace(old, new), encoding="utf-8")
        assert words in only(study, capfd)


# OpenStreetMap files


@pytest.mark.parametrize(
    ("lon", "words"),
    [
        ("nan", "wrong format for coordinate: 'nan'"),
        ("inf", "wrong format for coordinate: 'inf'"),
        ("abc", "wrong format for coordinate: 'abc'"),
        ("190", "node 2 lies at 190, 28.3, outside the globe"),
        ("-180.5", "node 2 lies at -180.5, 28.3, outside the globe"),
        ("1e400", "too far apart to be measured together: way 10 has a node at 0.00000, 28.30000"),
        ("-60", "177 degrees east or west of most others; mend it if it is a slip, or clip the network"),
    ],
)
def test_a_node_of_openstreetmap_nowhere_is_told(
    lon: str, words: str, study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(study.parent / "streets.osm", 'id="2" lon="117.205"', f'id="2" lon="{lon}"')
    told = only(study, capfd)
    assert told.startswith("streets.osm: ")
    assert words in told


def test_a_new_node_off_the_earth_is_told(tmp_path: Path) -> None:
    path = town(tmp_path, way(-1, [-1, -2]), nodes={-1: (0, 0), -2: (90_000, 0)})
    with pytest.raises(PlannerError, match="node -2 lies at 207, 39, outside the globe"):
        read_network(path, table="town.osm", tag_keys=KEYS)


def test_ways_to_nodes_that_the_file_lacks_are_cut_with_a_note(study: Path) -> None:
    edit(study.parent / "streets.osm", '<nd ref="3"/>', '<nd ref="3"/><nd ref="99"/>')
    assert "clipped_ways" in {issue.code for issue in read(study).issues}


# Files of lines


def write_lines(path: Path, *shapes: Any) -> None:
    with np.errstate(invalid="ignore"):
        frame = gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:4326")
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        elif path.suffix == ".geojson":  # by hand, for GDAL writes no corner that is no number
            texts = [",".join(f"[{x},{y}]" for x, y in shapely.get_coordinates(shape)) for shape in shapes]
            rows = [
                f'{{"type":"Feature","properties":{{}},"geometry":{{"type":"LineString","coordinates":[{text}]}}}}'
                for text in texts
            ]
            path.write_text(
                f'{{"type":"FeatureCollection","features":[{",".join(rows)}]}}'.replace("nan", "NaN").replace(
                    "inf", "Infinity"
                ),
                encoding="utf-8",
            )
        else:
            frame.to_file(path)


STREET = shapely.LineString([(117.2, 28.3), (117.205, 28.3), (117.205, 28.305)])


def corner(lon: float, lat: float) -> shapely.LineString:
    with np.errstate(invalid="ignore"):
        return shapely.LineString([(117.2, 28.3), (lon, lat), (117.205, 28.3)])


BAD_CORNERS = [(NAN, 28.3), (117.2, INF), (200.0, 28.3), (117.2, -91.0)]


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "shp"])
@pytest.mark.parametrize("where", BAD_CORNERS, ids=str)
def test_a_corner_nowhere_is_told_with_its_row(
    ending: str, where: tuple[float, float], study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if ending == "shp" and not np.isfinite(where).all():
        where = (-181.0, 28.3)  # no Shapefile can be written with a corner that is no number
    write_lines(study.parent / f"lines.{ending}", STREET, corner(*where), corner(*where))
    edit(study, "streets.osm", f"lines.{ending}")
    told = only(study, capfd)
    assert told.startswith(
        f"lines.{ending}:2: a line has a corner at {where[0]:g}, {where[1]:g}, outside the globe, and"
    )
    assert told.endswith("; mend the line, or set the CRS of the file")


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "shp"])
def test_a_stray_line_at_null_island_is_told(ending: str, study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_lines(study.parent / f"lines.{ending}", STREET, corner(0.0, 0.0))
    edit(study, "streets.osm", f"lines.{ending}")
    told = only(study, capfd)
    assert "way 2 has a node at 0.00000, 0.00000, 117 degrees east or west of most others" in told


# Streets of no length


def spoil_osm(folder: Path) -> str:
    edit(
        folder / "streets.osm",
        '<node id="3"',
        '<node id="4" lon="117.205" lat="28.3"/><node id="3"',
    )
    edit(folder / "streets.osm", '<nd ref="2"/>', '<nd ref="2"/><nd ref="4"/>')
    edit(
        folder / "streets.osm",
        "</osm>",
        '<way id="11"><nd ref="4"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>',
    )
    return "streets.osm"


def spoil_graphml(folder: Path) -> str:
    found = graph()
    found.add_node(4, x=117.205, y=28.3)
    found.add_edge(2, 4, highway="path", length=0.0)
    found.add_edge(4, 3, highway="path")
    ox.save_graphml(found, folder / "streets.graphml")
    return "streets.graphml"


@pytest.mark.parametrize("spoil", [spoil_osm, spoil_graphml])
def test_a_street_between_two_nodes_at_one_spot_is_kept_with_a_note(
    spoil: Callable[[Path], str], study: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(study, "sites = 1\n", 'sites = 1\nunknown_demand = "exclude"\n')
    whole = tmp_path / "whole"
    assert command_line(["run", str(study), "--out", str(whole), "-q"]) == 0
    edit(study, "streets.osm", spoil(study.parent))
    assert command_line(["check", str(study)]) == 0
    told = capfd.readouterr().err
    assert ": edges of no length, as between two nodes at one spot, kept: " in told
    assert "the first at 117.20500, 28.30000" in told
    spoilt = tmp_path / "spoilt"
    assert command_line(["run", str(study), "--out", str(spoilt), "-q"]) == 0
    one, other = (json.loads((folder / "findings.json").read_text("utf-8")) for folder in (whole, spoilt))
    assert "zero_length_edges" in {issue["code"] for issue in other["issues"]}
    for before, after in zip(one["communities"], other["communities"], strict=True):
        old, new = before["circles"]["day_care_15"], after["circles"]["day_care_15"]
        assert old["status"] == new["status"]
        assert new["minutes"] == pytest.approx(old["minutes"], abs=0.004)  # a street cut anew rounds anew
        assert new["metres"] == pytest.approx(old["metres"], abs=0.01)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "shp"])
def test_a_line_that_is_a_point_leads_nowhere_and_is_noted(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"lines.{ending}"
    write_lines(path, STREET, shapely.LineString([(117.2, 28.3), (117.2, 28.3)]))
    found = read_network(path, table=path.name, tag_keys=KEYS)
    assert codes(found) == ["pointlike_ways"]
    assert found.issues[0].severity == "note"
    assert len(build(found.ways, tag_keys=KEYS).u) == 1


def test_a_loop_without_a_line_is_noted() -> None:
    found = graph()
    found.add_edge(2, 2, highway="path", length=0.0)
    assert codes(live(found)) == ["pointlike_ways"]
    assert pieces(live(found)) == [[1, 2], [2, 3]]


@st.composite
def stacked_towns(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[int]]:
    """Draw points of which many share a spot, streets between them, and the points where places stand."""
    spots = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4, unique=True))
    points = draw(st.lists(st.sampled_from(spots), min_size=2, max_size=9))
    node = st.integers(0, len(points) - 1)
    pairs = st.tuples(node, node).filter(lambda ends: ends[0] != ends[1])
    edges = draw(st.lists(pairs, min_size=1, max_size=14))
    return [(100 * x, 100 * y) for x, y in points], edges, draw(st.lists(st.sampled_from(edges), min_size=1).map(_ends))


def _ends(edges: list[tuple[int, int]]) -> list[int]:
    return sorted({node for edge in edges for node in edge})


@given(stacked_towns())
@settings(max_examples=300)
def test_the_reach_over_streets_of_no_length_is_exact(
    drawn: tuple[list[tuple[int, int]], list[tuple[int, int]], list[int]],
) -> None:
    """Against networkx, on the lengths of the network, from node to node; nodes at one spot aren't one node."""
    points, edges, stand = drawn
    network = build(ways(points, [(edge, {}) for edge in edges]), tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    assert len(network.u) == len(edges)
    doubles = sum(points[a] == points[b] for a, b in edges)
    assert int((network.length_mm == 0).sum()) == doubles

    graph = nx.MultiGraph()
    for u, v, time in zip(network.u.tolist(), network.v.tolist(), weights.forward_ds.tolist(), strict=True):
        graph.add_edge(u, v, weight=time)
    nodes = [int(np.flatnonzero(network.node_id == 100 + node)[0]) for node in stand]
    at = [_edge_at(network, node) for node in nodes]
    anchors = on_streets([edge for edge, _ in at], [part for _, part in at])
    found = reach.compute(streets(network, weights), anchors, anchors, limit=10**9)
    ours = {
        (nodes[o], nodes[t]): time
        for o, t, time in zip(found.origin.tolist(), found.target.tolist(), found.time_ds.tolist(), strict=True)
    }
    theirs = {
        (a, b): time
        for a in nodes
        for b, time in nx.single_source_dijkstra_path_length(graph, a).items()
        if b in set(nodes)
    }
    assert ours == theirs


def _edge_at(network: Any, node: int) -> tuple[int, float]:
    """Return an edge of a node, and the fraction of it at which the node lies."""
    edge = int(np.flatnonzero((network.u == node) | (network.v == node))[0])
    return edge, 0.0 if network.u[edge] == node else 1.0


# A limit at the command line


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minutes = 15", "minutes = 0", "study.toml:21: minutes = 0 in [[circle]] 1; give a figure above 0"),
        ("minutes = 15", "minutes = -0.0", "give a figure above 0"),
        ("minutes = 15", "minutes = nan", "study.toml:21: minutes = nan in [[circle]] 1; give a finite number"),
        ("minutes = 15", "minutes = inf", "give a finite number"),
        ("minutes = 15", "minutes = 1440", "study.toml:21: minutes = 1440 in [[circle]] 1; give a figure below 1440"),
        ("minutes = 15", "metres = 0", "study.toml:21: metres = 0 in [[circle]] 1; give a figure above 0"),
        ("minutes = 15", "metres = 1e6", "give a figure below 1000000"),
        ('source = "streets.osm"', 'source = "streets.osm"\nmax_access_m = 0', "give a figure above 0"),
    ],
)
def test_a_limit_of_a_study_that_is_none_is_told(
    old: str, new: str, words: str, study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(study, old, new)
    assert any(words in told for told in faults(study, capfd, "run"))


@pytest.mark.parametrize("minutes", ["0", "5,0", "-5", "nan", "inf", "1e999", "1440", "", ","])
def test_a_band_that_is_none_is_told_at_the_command_line(
    minutes: str, study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = study.parent / "land.gpkg"
    assert command_line(["isochrones", str(study), "--minutes", minutes, "-o", str(out)]) == 2
    (told,) = capfd.readouterr().err.splitlines()
    assert told.startswith("isochrones: ")
    assert "above 0 and below 1,440" in told
    assert not out.exists()
