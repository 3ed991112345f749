"""Bad input of every kind: each fault is told with its file, its row and how to mend it, all at once."""

from __future__ import annotations

import re
import shutil

import numpy as np
import openpyxl
import pytest
import shapely
from pyogrio.raw import write

from planner.errors import InputError, PlannerError, SourceError
from planner.sources import read
from tests.unit.study_folder import edit, write_study

LINE = re.compile(r"^.+?(:\d+)?: [^;]+; .+$")  # FILE:ROW: what; how to mend it


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path)


def faults(study):
    with pytest.raises(PlannerError) as caught:
        read(study)
    for issue in caught.value.issues:
        assert issue.severity == "error"
        assert LINE.match(issue.line()), issue.line()
    return caught.value.issues


def only(study):
    found = faults(study)
    assert len(found) == 1, [issue.line() for issue in found]
    return found[0]


CELLS = {
    "duplicate id": ("c2,乙社区", "c1,乙社区", "duplicate_id", 3, "own id"),
    "blank id": ("c2,乙社区", " ,乙社区", "blank_cell", 3, "give each row its id"),
    "words for a population": ("1000,200", "很多,200", "not_a_number", 2, "digits"),
    "thousands split by a comma": ("1000,200", '"1,000",200', "not_a_number", 2, "digits"),
    "an underscore": ("1000,200", "1_000,200", "not_a_number", 2, "digits"),
    "NaN as a population": ("1000,200", "NaN,200", "not_a_number", 2, "blank"),
    "negative population": ("1000,200", "-1000,200", "negative", 2, "0 or more"),
    "half a person": ("1000,200", "1000.5,200", "not_whole", 2, "whole"),
    "infinite population": ("1000,200", "inf,200", "not_finite", 2, "finite"),
    "overflowing population": ("1000,200", "1e999,200", "not_finite", 2, "finite"),
    "a population past all sense": ("1000,200", "1000000000001,200", "too_large", 2, "1,000,000,000,000 at most"),
    "NaN coordinates": ("117.2050,28.3000", "NaN,NaN", "bad_coordinates", 3, "decimal degrees"),
    "blank coordinates": ("117.2050,28.3000", ",", "no_coordinates", 3, "decimal degrees"),
    "half blank coordinates": ("117.2050,28.3000", "117.2050,", "no_coordinates", 3, "decimal degrees"),
    "degrees and minutes": ("117.2050,28.3000", "117°12',28.3000", "bad_coordinates", 3, "decimal degrees"),
    "infinite coordinates": ("117.2050,28.3000", "inf,28.3000", "bad_coordinates", 3, "decimal degrees"),
    "off the Earth": ("117.2050,28.3000", "1172.050,28.3000", "bad_coordinates", 3, "±180"),
    "swapped coordinates": ("117.2050,28.3000", "28.3000,117.2050", "swapped_coordinates", 3, "exchange"),
    "a cell too many": ("甲社区,117", "甲,社区,117", "too_many_cells", 2, "double quotes"),
}


@pytest.mark.parametrize("name", CELLS)
def test_bad_cells_of_communities(name, study):
    old, new, code, row, remedy = CELLS[name]
    edit(study.parent / "communities.csv", old, new)
    found = faults(study)
    first = next(issue for issue in found if issue.code == code)
    assert (first.table, first.row) == ("communities.csv", row)
    assert remedy in first.remedy


FACILITY_CELLS = {
    "unknown ownership": ("350,public", "350,publik", "unknown_choice", "'public'"),
    "negative area": ("350,public", "-350,public", "negative", "0 or more"),
    "no service": ("elderly_day_care;meal_service", " ; ", "blank_cell", "service"),
    "blank service": ("elderly_day_care;meal_service", "", "blank_cell", "service"),
}


@pytest.mark.parametrize("name", FACILITY_CELLS)
def test_bad_cells_of_facilities(name, study):
    old, new, code, remedy = FACILITY_CELLS[name]
    edit(study.parent / "facilities.csv", old, new)
    first = faults(study)[0]
    assert (first.table, first.row, first.id, first.code) == ("facilities.csv", 2, "f1", code)
    assert remedy in first.remedy


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("year", "1899", "bad_year"),
        ("year", "2024.5", "bad_year"),
        ("year", "去年", "bad_year"),
        ("inclusive", "maybe", "bad_flag"),
        ("status", "opne", "unknown_choice"),
        ("beds", "x", "not_a_number"),
    ],
)
def test_years_flags_and_choices(column, value, code, study):
    edit(study.parent / "facilities.csv", "ownership\n", f"ownership,{column}\n")
    edit(study.parent / "facilities.csv", "public\n", f"public,{value}\n")
    fault = only(study)
    assert (fault.table, fault.row, fault.id, fault.code) == ("facilities.csv", 2, "f1", code)
    assert value in fault.message


HEADERS = {
    "missing id": ("communities.csv", "id,name", "nr,name", "there is no column 'id'"),
    "missing service": ("facilities.csv", ",service,", ",servise,", "there is no column 'service'"),
    "missing lat": ("communities.csv", "lon,lat", "lon,latt", "there is no column 'lat'"),
    "missing demand": ("communities.csv", "population_60plus", "population_60pluss", "demand column"),
    "two of one name": ("communities.csv", "id,name", "id,id", "two columns are headed id"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_missing_columns(name, study):
    table, old, new, message = HEADERS[name]
    edit(study.parent / table, old, new)
    found = [issue for issue in faults(study) if message in issue.message]
    assert [issue.table for issue in found] == ["study.toml" if "demand" in message else table]
    if name in ("missing service", "missing lat", "missing demand"):
        assert new.split(",")[-1 if name != "missing service" else 1].strip() in found[0].remedy


def test_bad_cells_are_told_even_without_an_id_column(study):
    edit(study.parent / "communities.csv", "id,name", "nr,name")
    edit(study.parent / "communities.csv", "1000,200", "1000,-5")
    assert [(issue.row, issue.code) for issue in faults(study)] == [(None, "missing_column"), (2, "negative")]


FILES = {
    "study.toml": ("communities.csv", "comunities.csv", "comunities.csv", "missing_file", "'communities.csv'"),
    "network": ("streets.osm", "street.osm", "street.osm", "missing_file", "'streets.osm'"),
    "folder": ('"facilities.csv"', '"nowhere/facilities.csv"', "nowhere/facilities.csv", "missing_file", "'nowhere'"),
    "format": ('"facilities.csv"', '"facilities.xls"', "facilities.xls", "unknown_format", ".xlsx"),
    "a folder": ('"facilities.csv"', '"."', ".", "missing_file", "a file in it"),
}


@pytest.mark.parametrize("name", FILES)
def test_missing_files_name_the_nearest(name, study):
    old, new, table, code, remedy = FILES[name]
    (study.parent / "facilities.xls").write_bytes(b"old")
    edit(study, old, new)
    fault = only(study)
    assert (fault.table, fault.code) == (table, code)
    assert remedy in fault.remedy


def test_no_study_file(tmp_path):
    write_study(tmp_path)
    with pytest.raises(SourceError, match=r"did you mean 'study\.toml'"):
        read(tmp_path / "studdy.toml")


def test_faults_of_all_files_are_told_at_once(study):
    folder = study.parent
    edit(study, "year = 2025", "yaer = 2025")
    edit(study, "minutes = 15", "minutes = -15")
    edit(folder / "communities.csv", "1000,200", "x,y")
    edit(folder / "facilities.csv", "117.2010", "east")
    (folder / "candidates.csv").unlink()
    (folder / "streets.osm").write_text("<osm")
    assert {(issue.table, issue.row) for issue in faults(study)} >= {
        ("study.toml", 3),
        ("study.toml", 21),
        ("communities.csv", 2),
        ("facilities.csv", 2),
        ("candidates.csv", None),
        ("streets.osm", None),
    }


DAMAGED = {
    "t.xlsx": b"PK\x03\x04 not a workbook",
    "t.gpkg": b"SQLite format 3\x00 cut short",
    "t.geojson": b'{"type": "FeatureCollection", "features": [',
    "t.parquet": b"PAR1....",
    "t.csv": b"id,lon\x00,lat\n",
    "quotes.csv": b'id,lon,lat\n"a,1,2\n',
    "empty.csv": b"",
    "blank.csv": b"\n\n",
    "headeronly.csv": b"id,lon,lat\n",
    "latin.csv": "id,name,lon,lat\na,caf\xe9,1,2\n".encode("latin-1"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_and_empty_tables(name, study):
    (study.parent / name).write_bytes(DAMAGED[name])
    edit(study, "communities.csv", name)
    found = [issue for issue in faults(study) if issue.table == name]
    assert found
    assert found[0].code in ("corrupt_file", "bad_quotes", "empty_table", "encoding")
    assert found[0].remedy


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"<osm></osm>"])
@pytest.mark.parametrize("name", ["streets.osm", "streets.osm.pbf"])
def test_damaged_and_empty_networks(name, content, study):
    (study.parent / name).write_bytes(content)
    edit(study, "streets.osm", name)
    assert only(study).table == name


@pytest.mark.parametrize("lost", [".shx", ".dbf"])
def test_a_shapefile_without_all_its_parts(lost, study):
    path = study.parent / "t.shp"
    fields = [np.array(["c1"], dtype=object)]
    write(path, shapely.to_wkb(shapely.points([[117.2, 28.3]])), fields, ["id"], crs="EPSG:4326", geometry_type="Point")
    path.with_suffix(lost).unlink()
    edit(study, "communities.csv", "t.shp")
    fault = next(issue for issue in faults(study) if issue.table == "t.shp")
    assert f"t{lost}" in fault.message
    assert "copy all" in fault.remedy


def test_geometry_that_is_no_place(study):
    shapes = [shapely.Point(28.3, 117.2), shapely.LineString([(117, 28), (118, 28)]), None, shapely.Point(117.2, 28.3)]
    fields = [np.array(["a", "b", "c", "d"], dtype=object)]
    path = study.parent / "t.gpkg"
    write(path, shapely.to_wkb(np.array(shapes)), fields, ["id"], crs="EPSG:4326", geometry_type="Unknown")
    edit(study, "communities.csv", "t.gpkg")
    edit(study, 'demand = "population_60plus"\n', "")
    found = [(issue.row, issue.id, issue.code) for issue in faults(study)]
    assert found == [
        (1, "a", "swapped_coordinates"),
        (2, "b", "bad_geometry"),
        (3, "c", "no_coordinates"),
    ]


def test_wkt_that_is_none(study):
    text = "id,wkt,population_60plus\na,POINT (117.2 28.3),1\nb,POINT 117.2 28.3,1\nc,,1\n"
    (study.parent / "t.csv").write_text(text)
    edit(study, "communities.csv", "t.csv")
    assert [(issue.row, issue.code) for issue in faults(study)] == [(3, "bad_geometry"), (4, "no_coordinates")]


def test_a_workbook_row_is_the_sheets_row(study):
    book = openpyxl.Workbook()
    for row in (["表"], ["id", "lon", "lat", "population_60plus"], ["a", 117.2, 28.3, -1], ["a", None, 28.3, 1]):
        book.active.append(row)
    book.save(study.parent / "t.xlsx")
    edit(study, "communities.csv", "t.xlsx")
    assert [(issue.row, issue.code) for issue in faults(study)] == [
        (3, "negative"),
        (4, "duplicate_id"),
        (4, "no_coordinates"),
    ]


OPTIONS = {
    "where without its column": ('where = { column = "palce", value = 1 }', "unknown_column"),
    "set without its column": ("set = { bedz = 1 }", "unknown_column"),
    "columns with an unknown name": ('columns = { idd = "id" }', "unknown_column"),
    "columns with an unknown header": ('columns = { id = "nr" }', "missing_column"),
    "an unknown encoding": ('encoding = "utf-9"', "encoding"),
    "a layer of a CSV": ('layer = "x"', "no_such_option"),
    "a sheet of a CSV": ('sheet = "x"', "no_such_option"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_do_not_fit_the_table(name, study):
    line, code = OPTIONS[name]
    edit(study, 'source = "candidates.csv"', f'source = "candidates.csv"\n{line}')
    fault = faults(study)[0]
    assert (fault.table, fault.code) == ("candidates.csv", code)


def test_a_name_with_control_characters_stays_on_one_line(study):
    edit(study.parent / "communities.csv", "1000,200", '"\x1b[31mred\n2",200')
    assert "\n" not in faults(study)[0].line()
    assert "\x1b" not in faults(study)[0].line()


def test_an_unreadable_folder_or_file_never_shows_a_traceback(study):
    shutil.rmtree(study.parent / "x", ignore_errors=True)
    edit(study, '"communities.csv"', "'C:\\数据\\2025.csv'")
    assert only(study).table == "C:\\数据\\2025.csv"


def test_a_sound_study_is_no_fault(study):
    assert len(read(study).communities) == 3


def test_input_errors_are_value_errors():
    assert issubclass(InputError, ValueError)
    assert issubclass(SourceError, OSError)
