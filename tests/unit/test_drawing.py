"""What the page draws below its symbols: water, green and railways, with their true holes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.imprint import PageSettings, Tiles
from planner.report.drawing import UNITS_PER_DEGREE, drawing
from planner.report.packed import as_numbers, as_text
from planner.report.page import render
from planner.sources.pbf import read_osm
from planner.sources.sample import sample_district
from planner.study import MapFeature, run

WEST, SOUTH = 123.48, 35.49


@pytest.fixture(scope="module")
def findings():
    return run(sample_district())


def box(west, south, east, north):
    return shapely.box(WEST + west / 1e3, SOUTH + south / 1e3, WEST + east / 1e3, SOUTH + north / 1e3)


def filled(block, lon, lat):
    """Return whether a point is painted: rings are filled by the even-odd rule."""
    points = np.cumsum(np.array(block["d"]).reshape(-1, 2), axis=0) / UNITS_PER_DEGREE
    rings = np.split(points, np.cumsum(block["n"])[:-1])
    return sum(shapely.Polygon(ring).contains(shapely.Point(lon, lat)) for ring in rings) % 2 == 1


def test_a_park_in_a_wood_is_no_hole_and_a_clearing_is(findings):
    wood = box(0, 0, 9, 9).difference(box(6, 6, 8, 8))
    ground = (MapFeature("green", shapely.MultiPolygon([wood])), MapFeature("green", box(2, 2, 4, 4)))
    drawn = drawing(replace(findings, study=replace(findings.study, basemap=ground)))["ground"]["green"]["rings"]
    for x, y, green in ((1, 1, True), (3, 3, True), (7, 7, False), (8.5, 8.5, True), (9.5, 3, False)):
        assert filled(drawn, WEST + x / 1e3, SOUTH + y / 1e3) is green


def test_rivers_without_banks_are_drawn_by_their_line(tmp_path):
    path = tmp_path / "streets.osm"
    nodes = "".join(f'<node id="{i}" lon="{117 + i / 1e3}" lat="28"/>' for i in range(1, 5))
    ways = "".join(
        f'<way id="{10 + i}"><nd ref="{i}"/><nd ref="{i + 1}"/>{tags}</way>'
        for i, tags in enumerate(
            (
                '<tag k="highway" v="residential"/>',
                '<tag k="waterway" v="river"/>',
                '<tag k="waterway" v="canal"/><tag k="tunnel" v="culvert"/>',
            ),
            start=1,
        )
    )
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    extract = read_osm(path, table="streets.osm", tag_keys=())
    assert [(one.kind, one.geometry.geom_type) for one in extract.basemap] == [("water", "LineString")]


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_a_residential_area_without_a_point_stops_no_page(findings, datum):
    homes = findings.study.residential_areas
    tiles = Tiles(layers=("https://tiles.example/{z}/{x}/{y}.png",), attribution="Example", datum=datum)
    nowhere = replace(homes, lon=np.full(len(homes), np.nan), lat=np.full(len(homes), np.nan))
    study = replace(findings.study, residential_areas=nowhere, page=PageSettings(tiles=tiles))
    assert '"lon":[null,' in render(replace(findings, study=study))


@given(st.lists(st.integers(-(2**31), 2**31)))
def test_packed_numbers_come_back(numbers):
    assert as_numbers(as_text(numbers)) == numbers
