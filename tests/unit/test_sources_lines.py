"""Streets drawn as lines in GIS files."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from planner.errors import InputError, SourceError
from planner.network import build
from tests.streets import KEYS, line, read


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        *(
            (name, crs)
            for name in ("streets.gpkg", "streets.shp", "streets.parquet")
            for crs in ("EPSG:4326", "EPSG:4549")
        ),
        ("streets.geojson", "EPSG:4326"),  # by definition
    ],
)
def test_lines_meet_where_their_vertices_agree(tmp_path: Path, name: str, crs: str) -> None:
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
    far_away = shapely.LineString([(500_000, 4_000_000), (500_100, 4_000_000)])
    for path, shape in ((near, line((0, 0), (1, 0))), (far, far_away)):
        frame = gpd.GeoDataFrame(geometry=[shape])
        with pytest.warns(UserWarning, match="'crs' was not provided"):
            frame.to_file(path)
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
