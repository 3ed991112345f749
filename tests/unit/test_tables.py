"""Tables of every format become the same Places, and nothing of them is lost in silence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from pyogrio.raw import write

from planner.datum import wgs84_to_bd09, wgs84_to_gcj02
from planner.errors import InputError
from planner.schema import AREAS, CANDIDATES, COMMUNITIES, FACILITIES, Filter
from planner.sources.geodata import read_services
from planner.sources.table_reading import TableOptions
from planner.sources.tables import judge_table

IDS = ["007", "c2"]
NAMES = ["花园社区", "𠮷祥社区"]
LON = [117.20, 117.21]
LAT = [28.30, 28.31]
POPULATION = [1200, 0]


def read_places(path, schema, **how):
    """Read a table that must be without fault."""
    reading = judge_table(path, schema, **how)
    if reading.faults:
        raise InputError(reading.faults)
    return reading


def codes(reading, severity="note"):
    return [issue.code for issue in reading.issues if issue.severity == severity]


def csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def vector(
    path: Path, *, encoding: str | None = None, crs: str | None = "EPSG:4326", geometry=None, layer=None
) -> Path:
    shapes = shapely.points(LON, LAT) if geometry is None else np.array(geometry, dtype=object)
    fields = [np.array(IDS, dtype=object), np.array(NAMES, dtype=object), np.array(POPULATION)]
    kind = shapes[0].geom_type
    options = {"encoding": encoding} if encoding else {}
    write(
        path,
        shapely.to_wkb(shapes),
        fields,
        ["id", "name", "population"],
        crs=crs,
        geometry_type=kind,
        layer=layer,
        **options,
    )
    return path


def workbook(path: Path, *sheets) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


ROWS = [
    ["id", "name", "lon", "lat", "population"],
    *([a, b, c, d, e] for a, b, c, d, e in zip(IDS, NAMES, LON, LAT, POPULATION, strict=True)),
]
TEXT = "\n".join(",".join(str(cell) for cell in row) for row in ROWS) + "\n"


def parquet(path: Path, *, geometry: bool) -> Path:
    import geopandas as gpd
    import pandas as pd

    frame = pd.DataFrame({"id": IDS, "name": NAMES, "population": POPULATION})
    if geometry:
        gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(LON, LAT), crs="EPSG:4326").to_parquet(path)
    else:
        frame.assign(lon=LON, lat=LAT).to_parquet(path)
    return path


MAKERS = {
    "csv": lambda folder: csv(folder / "t.csv", TEXT),
    "csv with a BOM": lambda folder: csv(folder / "t.csv", TEXT, "utf-8-sig"),
    "csv in GB18030": lambda folder: csv(folder / "t.csv", TEXT, "gb18030"),
    "csv in UTF-16 with tabs": lambda folder: csv(folder / "t.csv", TEXT.replace(",", "\t"), "utf-16"),
    "xlsx": lambda folder: workbook(folder / "t.xlsx", ("Sheet1", ROWS)),
    "gpkg": lambda folder: vector(folder / "t.gpkg"),
    "geojson": lambda folder: vector(folder / "t.geojson"),
    "shapefile": lambda folder: vector(folder / "t.shp", encoding="utf-8"),
    "shapefile in GB18030": lambda folder: vector(folder / "t.shp", encoding="gb18030"),
    "geoparquet": lambda folder: parquet(folder / "t.parquet", geometry=True),
    "parquet": lambda folder: parquet(folder / "t.parquet", geometry=False),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_format_gives_the_same_places(name, tmp_path):
    reading = read_places(MAKERS[name](tmp_path), COMMUNITIES, table="t")
    places = reading.places
    assert list(places.ids) == IDS
    assert list(places.names) == NAMES
    assert np.allclose(places.lon, LON, rtol=0, atol=1e-12)
    assert np.allclose(places.lat, LAT, rtol=0, atol=1e-12)
    assert places.number("population").tolist() == POPULATION
    assert reading.record.rows == 2
    assert len(reading.record.sha256) == 64
    first = 2 if name.startswith(("csv", "xlsx")) else 1
    assert places.row.tolist() == [first, first + 1]


def test_a_wrong_cpg_does_not_garble_a_shapefile(tmp_path):
    path = vector(tmp_path / "t.shp", encoding="gb18030")
    path.with_suffix(".cpg").write_text("UTF-8")
    assert list(read_places(path, COMMUNITIES).places.names) == NAMES


def test_gb18030_is_told_with_a_sample(tmp_path):
    reading = read_places(csv(tmp_path / "t.csv", TEXT, "gb18030"), COMMUNITIES)
    assert reading.record.encoding == "gb18030"
    assert "花园社区" in next(issue for issue in reading.issues if issue.code == "encoding").message


def test_a_told_encoding_wins(tmp_path):
    path = csv(tmp_path / "t.csv", TEXT, "gb18030")
    with pytest.raises(InputError, match="utf-8"):
        read_places(path, COMMUNITIES, options=TableOptions(encoding="utf-8"))


def test_rows_keep_their_line_across_quoted_line_breaks_and_blank_lines(tmp_path):
    path = csv(tmp_path / "t.csv", 'id,name,lon,lat\na,"two\nlines",1,2\n\nb,x,1,2\n,,,\nc,y,1,2\n')
    reading = read_places(path, COMMUNITIES)
    assert reading.places.row.tolist() == [2, 5, 7]
    assert "1 blank rows" in next(issue for issue in reading.issues if issue.code == "blank_rows").message


def test_a_polygon_longer_than_csv_cells_usually_are(tmp_path):
    circle = shapely.Point(117, 28).buffer(0.01, quad_segs=2000)
    path = csv(tmp_path / "t.csv", f'id,wkt\na,"{circle.wkt}"\n')
    assert len(circle.wkt) > 131_072
    assert read_places(path, COMMUNITIES).places.lon[0] == pytest.approx(117)


def test_numbers_of_a_sheet_become_codes_without_a_point(tmp_path):
    rows = [["编码", "经度", "纬度", "人口", "建成"], [12.0, 117.2, 28.3, 5.0, dt.datetime(2020, 5, 1)]]  # noqa: DTZ001
    reading = read_places(workbook(tmp_path / "t.xlsx", ("一", rows)), COMMUNITIES)
    assert list(reading.places.ids) == ["12"]
    assert list(reading.places.columns["建成"]) == ["2020-05-01T00:00:00"]


def test_a_title_above_the_header_is_passed_over(tmp_path):
    rows = [["2023年社区人口统计表"], [], *ROWS]
    reading = read_places(workbook(tmp_path / "t.xlsx", ("一", rows)), COMMUNITIES)
    assert reading.places.row.tolist() == [4, 5]
    assert "header_row" in codes(reading)


def test_a_sheet_or_layer_is_chosen_by_name_then_by_role(tmp_path):
    other = [["id", "lon", "lat"], ["z", 1, 2]]
    path = workbook(tmp_path / "t.xlsx", ("first", other), ("communities", ROWS))
    assert list(read_places(path, COMMUNITIES).places.ids) == IDS
    assert "sheet" in codes(read_places(path, COMMUNITIES))
    assert list(read_places(path, COMMUNITIES, options=TableOptions(sheet="first")).places.ids) == ["z"]
    with pytest.raises(InputError, match="did you mean 'first'"):
        read_places(path, COMMUNITIES, options=TableOptions(sheet="frist"))
    layers = vector(tmp_path / "t.gpkg", layer="other")
    write(
        layers,
        shapely.to_wkb(shapely.points([[9, 9]])),
        [np.array(["q"], dtype=object)],
        ["id"],
        crs="EPSG:4326",
        geometry_type="Point",
        layer="communities",
        append=False,
    )
    assert list(read_places(layers, COMMUNITIES).places.ids) == ["q"]
    assert list(read_places(layers, COMMUNITIES, options=TableOptions(layer="other")).places.ids) == IDS
    with pytest.raises(InputError, match="'other'"):
        read_places(layers, COMMUNITIES, options=TableOptions(layer="othr"))


def test_chinese_headers_and_words_are_taken_and_told(tmp_path):
    path = csv(
        tmp_path / "t.csv",
        "机构编码,机构名称,服务类型,经度,纬度,床位数（张）,建筑面积(㎡),举办性质,营业状态,是否普惠,备注\n"
        "f1,甲,日间照料；elderly_home、新服务,117.2,28.3,２０,350.5,公建民营,在用,是,好\n"
        "f2,乙,助餐,117.2,28.3,,,民办,停业,否,\n",
    )
    reading = read_places(path, FACILITIES, services=read_services())
    columns = reading.places.columns
    assert list(columns["service"]) == [("elderly_day_care", "elderly_home", "新服务"), ("meal_service",)]
    assert columns["beds"][0] == 20
    assert np.isnan(columns["beds"][1])
    assert columns["floor_area_m2"][0] == 350.5
    assert list(columns["ownership"]) == ["public_private", "private"]
    assert list(columns["status"]) == ["open", "closed"]
    assert list(columns["inclusive"]) == [True, False]
    assert list(columns["备注"]) == ["好", None]
    told = next(issue for issue in reading.issues if issue.code == "headers").message
    assert "'床位数（张）' for beds" in told
    assert "'机构编码' for id" in told


def test_ten_thousands_are_not_taken_for_people(tmp_path):
    reading = read_places(csv(tmp_path / "t.csv", "编码,经度,纬度,常住人口(万人)\n1,117,28,0.5\n"), COMMUNITIES)
    assert "population" not in reading.places.columns
    assert "常住人口(万人)" in reading.places.columns


def test_the_planners_own_header_beats_an_alias_and_the_studys_word_beats_both(tmp_path):
    path = csv(tmp_path / "t.csv", "id,编码,lon,lat,population,人口,户籍人口\na,b,1,2,10,20,30\n")
    own = read_places(path, COMMUNITIES)
    assert list(own.places.ids) == ["a"]
    assert own.places.number("population").tolist() == [10]
    assert list(own.places.columns["人口"]) == ["20"]
    told = read_places(path, COMMUNITIES, options=TableOptions(columns={"population": "户籍人口", "id": "编码"}))
    assert list(told.places.ids) == ["b"]
    assert told.places.number("population").tolist() == [30]
    assert "column_left_out" in codes(told)


def test_any_age_group_is_a_count(tmp_path):
    path = csv(tmp_path / "t.csv", "id,lon,lat,population_80plus\na,1,2,x\n")
    assert "population_80plus 'x' isn't a number" in judge_table(path, COMMUNITIES).faults[0].message


def test_x_and_y_count_only_as_degrees(tmp_path):
    degrees = csv(tmp_path / "d.csv", "id,x,y\na,117.2,28.3\n")
    assert read_places(degrees, COMMUNITIES).places.lon.tolist() == [117.2]
    metres = csv(tmp_path / "m.csv", "id,x,y\na,500000,3100000\n")
    assert "x and y aren't degrees" in judge_table(metres, COMMUNITIES).faults[0].remedy


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        (Filter("status", "=", "open"), ["a"]),
        (Filter("status", "!=", "open"), ["b"]),
        (Filter("status", "=", "在用"), ["a"]),
        (Filter("营业状态", "=", "在用"), ["a"]),
        (Filter("营业状态", "in", ["停业", "在用"]), ["a", "b"]),
        (Filter("beds", ">=", 20), ["b"]),
        (Filter("service", "=", "日间照料"), ["a", "c"]),
    ],
)
def test_where_picks_rows_by_raw_and_own_words_before_they_are_judged(where, kept, tmp_path):
    path = csv(
        tmp_path / "t.csv",
        "id,lon,lat,service,营业状态,床位数\n"
        "a,1,2,elderly_day_care,在用,10\nb,1,2,meal_service,停业,20\nc,1,2,日间照料,,\nd,bad,2,clinic,,\n",
    )
    reading = read_places(path, FACILITIES, options=TableOptions(where=where), services=read_services())
    assert list(reading.places.ids) == kept
    assert f"{len(kept)} of 4 rows" in next(issue for issue in reading.issues if issue.code == "filtered").message


def test_set_gives_one_value_to_all_rows(tmp_path):
    path = csv(tmp_path / "t.csv", "id,lon,lat,status\na,1,2,closed\nb,1,2,\n")
    options = TableOptions(set={"service": "elderly_day_care;meal_service", "status": "open", "beds": 3})
    columns = read_places(path, FACILITIES, options=options).places.columns
    assert list(columns["service"]) == [("elderly_day_care", "meal_service")] * 2
    assert list(columns["status"]) == ["open", "open"]
    assert columns["beds"].tolist() == [3, 3]


def test_set_is_judged_once_and_must_name_a_column(tmp_path):
    path = csv(tmp_path / "t.csv", "id,lon,lat\na,1,2\nb,1,2\n")
    options = TableOptions(set={"service": "clinic", "beds": -1, "sevice": "x"})
    faults = judge_table(path, FACILITIES, options=options).faults
    assert [fault.code for fault in faults] == ["negative", "unknown_column"]
    assert "'service'" in faults[1].remedy


def test_datums_move_points_and_polygons_alike(tmp_path):
    for name, forward in {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}.items():
        lon, lat = forward(np.array(LON), np.array(LAT))
        rows = "".join(f"{place},{x:.9f},{y:.9f}\n" for place, x, y in zip(IDS, lon, lat, strict=True))
        path = csv(tmp_path / f"{name}.csv", f"id,lon,lat\n{rows}")
        places = read_places(path, COMMUNITIES, options=TableOptions(datum=name)).places
        assert np.allclose(places.lon, LON, rtol=0, atol=2e-9)
        assert np.allclose(places.lat, LAT, rtol=0, atol=2e-9)
    square = shapely.box(117.2, 28.3, 117.21, 28.31)
    moved = shapely.transform(square, lambda xy: np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1])))
    path = vector(tmp_path / "p.gpkg", geometry=[moved, moved])
    places = read_places(path, COMMUNITIES, options=TableOptions(datum="gcj02")).places
    assert places.polygon[0].equals_exact(square, 1e-8)


def test_vector_files_are_brought_to_degrees_by_their_crs(tmp_path):
    from pyproj import Transformer

    x, y = Transformer.from_crs(4326, 4547, always_xy=True).transform(LON, LAT)
    path = vector(tmp_path / "t.gpkg", geometry=shapely.points(x, y), crs="EPSG:4547")
    assert np.allclose(read_places(path, COMMUNITIES).places.lon, LON, rtol=0, atol=1e-8)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_without_a_crs_degrees_are_taken_and_metres_refused(tmp_path):
    degrees = vector(tmp_path / "d.shp", crs=None, encoding="utf-8")
    reading = read_places(degrees, COMMUNITIES)
    assert reading.places.lon.tolist() == LON
    assert "no_crs" in codes(reading)
    metres = vector(tmp_path / "m.shp", crs=None, encoding="utf-8", geometry=shapely.points([5e5, 5e5], [3e6, 3e6]))
    fault = judge_table(metres, COMMUNITIES).faults[0]
    assert fault.code == "no_crs"
    assert ".prj" in fault.remedy


def test_polygons_stand_as_a_point_that_lies_in_them(tmp_path):
    square = shapely.box(0, 0, 2, 2)
    horseshoe = shapely.Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (1, 1), (1, 9), (0, 9)])
    reading = read_places(vector(tmp_path / "t.geojson", geometry=[square, horseshoe]), COMMUNITIES)
    places = reading.places
    assert (places.lon[0], places.lat[0]) == (1, 1)
    assert horseshoe.contains(shapely.Point(places.lon[1], places.lat[1]))
    assert not horseshoe.contains(horseshoe.centroid)
    assert "point_on_surface" in codes(reading)
    assert [shape.area for shape in places.polygon] == [square.area, horseshoe.area]


def test_an_invalid_polygon_is_mended_and_told(tmp_path):
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    reading = read_places(vector(tmp_path / "t.geojson", geometry=[bow, shapely.box(0, 0, 1, 1)]), COMMUNITIES)
    assert reading.places.polygon[0].is_valid
    assert reading.places.polygon[0].area == pytest.approx(2)
    warning = next(issue for issue in reading.issues if issue.severity == "warning")
    assert (warning.code, warning.row, warning.id) == ("mended_polygon", 1, IDS[0])


def test_areas_need_polygons(tmp_path):
    points = csv(tmp_path / "t.csv", "id,level,wkt\ns1,街道,POINT (117 28)\n")
    assert "a polygon" in judge_table(points, AREAS).faults[0].remedy
    areas = csv(tmp_path / "a.csv", 'id,level,wkt\ns1,街道,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n')
    assert list(read_places(areas, AREAS).places.columns["level"]) == ["street"]


def test_a_formula_without_a_stored_result_is_told(tmp_path):
    path = workbook(
        tmp_path / "t.xlsx", ("一", [["id", "lon", "lat", "population", "note"], ["a", 1, 2, "=1+1", "=2"]])
    )
    reading = judge_table(path, COMMUNITIES)
    assert [(fault.code, fault.row, fault.id) for fault in reading.faults] == [("formula", 2, "a")]
    assert "column 'note'" in next(issue for issue in reading.issues if issue.severity == "warning").message


def test_long_codes_stored_as_numbers_are_doubted(tmp_path):
    path = workbook(tmp_path / "t.xlsx", ("一", [["id", "lon", "lat"], [4.20106001e17, 1, 2]]))
    assert "rounded_id" in codes(read_places(path, COMMUNITIES), "warning")


def test_lenient_reading_sets_bad_rows_aside(tmp_path):
    path = csv(
        tmp_path / "t.csv", "id,lon,lat,capacity\na,117,28,5\nb,,28,\na,117,28,\nd,117,28,-1\n,117,28,\ne,1,2,\n"
    )
    reading = read_places(path, CANDIDATES, lenient=True)
    assert list(reading.places.ids) == ["a", "e"]
    assert [(bad.row, bad.id) for bad in reading.rejected] == [(3, "b"), (4, "a"), (5, "d"), (6, None)]
    assert "lon is blank" in reading.rejected[0].reason
    assert len(reading.places) + len(reading.rejected) == reading.record.rows


def test_lenient_reading_still_needs_coordinates(tmp_path):
    with pytest.raises(InputError, match="no column 'lat'"):
        read_places(csv(tmp_path / "t.csv", "id,lon\na,117\n"), CANDIDATES, lenient=True)


def test_hostile_text_comes_through_as_it_is(tmp_path):
    names = ["{{7*7}}", "<img src=x onerror=alert(1)>", "`${alert(1)}`", "C:\\数据\\2025", "</script>", "{{"]
    names += ['=HYPERLINK("x")']
    rows = [["id", "name", "lon", "lat"], *([f"c{at}", name, 1.0, 2.0] for at, name in enumerate(names))]
    text = "\n".join(",".join(f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    assert list(read_places(csv(tmp_path / "t.csv", text), COMMUNITIES).places.names) == names


def test_guixi_and_porto_alegre(shared):
    guixi = read_places(
        shared / "data/guixi/places.csv",
        COMMUNITIES,
        options=TableOptions(columns={"id": "osm_id"}, where=Filter("place", "=", "quarter")),
    ).places
    assert (len(guixi), guixi.names[0], guixi.row[0]) == (16, "花园社区", 8)
    hexagons = shared / "data/porto_alegre/poa_hexgrid.csv"
    people = read_places(hexagons, COMMUNITIES).places
    assert (len(people), people.number("population").sum()) == (1227, 812_935)
    options = TableOptions(where=Filter("healthcare", ">", 0), set={"service": "clinic"})
    clinics = read_places(hexagons, FACILITIES, options=options).places
    assert len(clinics) == sum(float(cell or 0) > 0 for cell in people.columns["healthcare"])
