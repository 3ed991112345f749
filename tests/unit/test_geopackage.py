import time
from dataclasses import replace

import geopandas
import networkx as nx
import numpy as np
import pyogrio
import pytest
import shapely

from planner.errors import InputError, SourceError
from planner.network import build
from planner.places import no_places
from planner.profile import weigh
from planner.report import geopackage, write_isochrones
from planner.report.network_layer import network_layer
from planner.report.vector_layer import Layer
from tests.findings_by_hand import HOSTILE, findings
from tests.towns import WALKER, ways

LAYERS = [
    "communities", "facilities", "candidates", "sites", "isochrones", "isochrone_streets", "uncovered", "areas", "basemap", "routes",
    "network", "travel_times", "study",
]  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "findings.gpkg"
    geopackage.write(findings(), path)
    return path


def layer(path, name):
    return pyogrio.read_dataframe(path, layer=name)


def test_all_layers_are_there_in_degrees(written):
    assert [name for name, _ in pyogrio.list_layers(written)] == LAYERS
    for name in LAYERS[:-2]:
        assert pyogrio.read_info(written, layer=name)["crs"] == "EPSG:4326"
    for name in LAYERS[-2:]:
        assert pyogrio.read_info(written, layer=name)["geometry_type"] is None


def test_empty_layers_keep_their_fields(tmp_path):
    found = findings(candidates=no_places("candidates"), basemap=(), areas=None)
    bare = replace(found, proposals=(), bands=(), routes=(), travel_times=(), coverages=())
    geopackage.write(bare, tmp_path / "bare.gpkg")
    assert [name for name, _ in pyogrio.list_layers(tmp_path / "bare.gpkg")] == LAYERS
    for name, kind in (
        ("sites", "Point"),
        ("isochrones", "MultiPolygon"),
        ("isochrone_streets", "MultiLineString"),
        ("routes", "LineString"),
        ("candidates", "Point"),
    ):
        info = pyogrio.read_info(tmp_path / "bare.gpkg", layer=name)
        assert (info["features"], info["geometry_type"]) == (0, kind)
    assert {"circle", "limit"} <= set(pyogrio.read_info(tmp_path / "bare.gpkg", layer="isochrones")["fields"])


def test_the_network_holds_one_line_a_direction(written):
    network = layer(written, "network")
    assert list(network.edge_id) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert list(network.forward) == [True, False] * 4
    assert network.u.tolist()[:4] == [100, 101, 101, 102]
    assert network.v.tolist()[:4] == [101, 100, 102, 101]
    assert network.test_walk_s.isna().tolist() == [False, False, False, True, False, False, False, False]
    assert network.test_walk_s.iloc[0] == network.length_m.iloc[0].round(1)
    assert network.test_walk_ends_only.tolist() == [False] * 4 + [True] * 2 + [False] * 2
    assert network.component.tolist() == [0] * 6 + [1] * 2
    first, back = network.geometry.iloc[:2]
    assert list(first.coords) == list(back.coords)[::-1]


def test_a_one_way_edge_has_no_backward_line():
    town = ways([(0, 0), (100, 0), (200, 0)], [([0, 1], {}), ([1, 2], {})])
    network = build(replace(town, two_way=np.array([False, True])), tag_keys=WALKER.tag_keys)
    found = network_layer(network, {WALKER.name: weigh(network, WALKER)})
    assert found.fields["edge_id"].tolist() == [0, 1, 1]
    assert found.fields["forward"].tolist() == [True, True, False]
    assert "test_walk_ends_only" not in found.fields


def test_anyone_can_work_out_the_minutes_again(written):
    network, communities, facilities = (layer(written, name) for name in ("network", "communities", "facilities"))
    graph = nx.DiGraph()
    for row in network.dropna(subset="test_walk_s").itertuples():
        graph.add_edge(row.u, row.v, weight=row.test_walk_s)
    start, goal = communities.iloc[0], facilities.iloc[0]
    road = network[network.edge_id == start.test_walk_edge_id].iloc[0]
    assert goal.test_walk_edge_id == start.test_walk_edge_id
    along = abs(goal.test_walk_fraction - start.test_walk_fraction) * road.test_walk_s
    seconds = start.test_walk_access_m + along + goal.test_walk_access_m
    assert seconds == pytest.approx(start.day_care_15_minutes * 60, abs=0.2)
    assert nx.shortest_path_length(graph, 100, 102, weight="weight") == pytest.approx(2000, abs=0.2)


def test_names_come_out_verbatim(written):
    assert layer(written, "communities")["name"].tolist() == [HOSTILE[i] for i in (0, 1, 2, 6, 12)]
    settings = dict(layer(written, "study").itertuples(index=False))
    assert settings["settings.study.name"] == "</script> 十五分钟"
    assert settings["settings.circle[0].name"] == "day_care_15"
    assert settings["inputs[0].path"] == "communities.csv"
    assert settings["synthetic"] == "true"


def test_nulls_and_kinds(written):
    communities, facilities = layer(written, "communities"), layer(written, "facilities")
    assert communities.population_60plus.tolist()[:3] == [100, 50, 20]
    assert np.isnan(communities.population_60plus[3])
    assert communities.day_care_15_nearest.dropna().to_dict() == {0: "f1", 4: "f1"}
    assert communities.test_walk_edge_id.isna().tolist() == [False, False, True, False, False]
    assert facilities.service.tolist() == ["elderly_day_care;meal_service", "elderly_day_care"]
    assert facilities.floor_area_m2.tolist() == [400.5, 350.0]
    assert layer(written, "uncovered").community_id.tolist() == ["c2", "c4", "c5"]
    assert layer(written, "areas").level.tolist() == ["street", "community"]
    times = layer(written, "travel_times")
    assert times[["place_id", "role", "seconds"]].values.tolist()[2:] == [
        ["f1", "existing", 1120.0],
        ["c1", "candidate", 450.0],
    ]


def test_columns_that_differ_only_in_case_stay_apart(tmp_path):
    found = findings()
    study = found.study
    columns = {**study.communities.columns, "FID": np.arange(5.0), "Geom": np.arange(5.0), "NAME": np.arange(5.0)}
    crowded = replace(study, communities=replace(study.communities, columns=columns))
    hostile = replace(found.coverages[0], circle=replace(found.coverages[0].circle, name='x"; DROP TABLE study; --'))
    geopackage.write(replace(found, study=crowded, coverages=(hostile,), routes=()), tmp_path / "crowded.gpkg")
    fields = list(layer(tmp_path / "crowded.gpkg", "communities").columns)
    assert {"FID_2", "Geom_2", "NAME_2", 'x"; DROP TABLE study; --_minutes'} <= set(fields)
    assert len(layer(tmp_path / "crowded.gpkg", "study"))


def test_same_bytes_twice_and_the_setting_is_put_back(written, tmp_path):
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "1999-01-01T00:00:00Z"})
    try:
        time.sleep(1.1)  # so that a clock value would show
        geopackage.write(findings(), tmp_path / "again.gpkg")
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "1999-01-01T00:00:00Z"
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    assert written.read_bytes() == (tmp_path / "again.gpkg").read_bytes()


def test_forty_thousand_directed_edges_take_seconds(tmp_path):
    side = 101
    points = [(x * 100, y * 100) for x in range(side) for y in range(side)]
    across = [([at, at + side], {}) for at in range(side * (side - 1))]
    up = [([at, at + 1], {}) for at in range(side * side) if at % side < side - 1]
    network = build(ways(points, across + up), tag_keys=WALKER.tag_keys)
    started = time.perf_counter()
    found = network_layer(network, {WALKER.name: weigh(network, WALKER)})
    geopackage._write(found, tmp_path / "big.gpkg")
    assert pyogrio.read_info(tmp_path / "big.gpkg", layer="network")["features"] == 40_400
    assert time.perf_counter() - started < 10  # about 1 s on two cores; ample room for a busy machine


def test_a_place_that_cannot_be_written_is_a_plain_fault(tmp_path):
    with pytest.raises(SourceError, match="GeoPackage"):
        geopackage.write(findings(), tmp_path / "gone" / "findings.gpkg")


@pytest.mark.parametrize(
    ("polygon", "parts"),
    [
        (None, 0),
        (shapely.Polygon(), 0),
        (shapely.box(0, 0, 1, 1), 1),
        (shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]), 1),
    ],
)
def test_a_circle_without_land_is_an_empty_multipolygon(tmp_path, polygon, parts):
    found = findings()
    geopackage.write(replace(found, bands=(replace(found.bands[0], polygon=polygon),)), tmp_path / "a.gpkg")
    (drawn,) = layer(tmp_path / "a.gpkg", "isochrones").geometry
    assert len(drawn.geoms if drawn is not None else ()) == parts


def test_a_layer_of_nothing_is_no_table(tmp_path):
    geopackage._write(Layer("bare", "Polygon", np.empty(0, dtype=object), {"a": np.empty(0)}), tmp_path / "a.gpkg")
    assert pyogrio.read_info(tmp_path / "a.gpkg", layer="bare")["geometry_type"] == "Polygon"


@pytest.fixture
def frame():
    polygons = [shapely.box(120, 30, 120.1, 30.1), shapely.box(120, 30, 120.2, 30.2)]
    return geopandas.GeoDataFrame({"id": ["<b>", "{{"], "minutes": [5, 10]}, geometry=polygons, crs="EPSG:4326")


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".parquet", ".GeoJSON"])
def test_isochrones_in_every_format_twice(frame, tmp_path, ending):
    path = tmp_path / f"圈{ending}"
    write_isochrones(frame, path)
    first = path.read_bytes()
    write_isochrones(frame.to_crs("EPSG:3857").to_crs("EPSG:4326"), path)
    write_isochrones(frame, path)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    found = geopandas.read_parquet(path) if ending == ".parquet" else geopandas.read_file(path)
    assert found.id.tolist() == ["<b>", "{{"]
    assert found.crs == "EPSG:4326"


def test_isochrones_in_another_format_are_refused(frame, tmp_path):
    with pytest.raises(InputError, match=r"\.gpkg, \.geojson, \.parquet"):
        write_isochrones(frame, tmp_path / "a.shp")


def test_a_failed_isochrone_file_leaves_the_earlier_one(frame, tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_text("earlier")
    monkeypatch.setattr(geopandas.GeoDataFrame, "to_parquet", lambda *_, **__: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(SourceError, match="full"):
        write_isochrones(frame, path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]
    assert path.read_text() == "earlier"
