"""The study file: all of the contract parses, and every wrong word in it is told with its line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from planner.errors import InputError, SourceError
from planner.schema import Filter
from planner.sources import read, read_sites, sample_district, write_new
from planner.sources.toml_lines import TomlLines
from tests.unit.study_folder import edit, write_study

WHOLE = """\
[study]
name = "和平区十五分钟养老服务圈"
language = "en"
year = 2025

[network]
source = "streets.osm"
max_access_m = 150

[communities]
source = "communities.csv"
datum = "cgcs2000"
date = "2023-12-31"
columns = { id = "id", name = "name" }

[facilities]
source = "facilities.csv"
where = { column = "ownership", op = "=", value = "公办" }
set = { status = "open" }
encoding = "utf-8"

[candidates]
source = "candidates.csv"

[[circle]]
name = "day_care_15"
service = "elderly_day_care"
minutes = 15
profile = "older_walk"
demand = "population_60plus"
where = { column = "floor_area_m2", op = ">=", value = 350 }

[[circle]]
name = "meals_1000"
service = "助餐"
metres = 1000
measure = "straight"

[[siting]]
name = "five_more"
circle = "day_care_15"
model = "mclp"
sites = 5
unknown_demand = "exclude"
time_limit_s = 10

[[siting]]
name = "all"
circle = "meals_1000"
model = "lscp"

[[reported]]
indicator = "HP-06"
value = 2100
date = 2024-12-31
source = "区民政局统计"
"""


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path)


def issues_of(study):
    with pytest.raises(InputError) as caught:
        read(study)
    return caught.value.issues


def test_the_whole_contract_parses(study):
    study.write_text(WHOLE, encoding="utf-8")
    found = read(study)
    assert (found.name, found.language, found.year) == ("和平区十五分钟养老服务圈", "en", 2025)
    assert found.max_access_m == 150
    day_care, meals = found.circles
    assert (day_care.limit, day_care.limit_unit, day_care.measure) == (15, "minutes", "network")
    assert (day_care.profile, day_care.demand) == ("older_walk", "population_60plus")
    assert day_care.where == Filter("floor_area_m2", ">=", 350)
    assert (meals.service, meals.limit, meals.limit_unit) == ("meal_service", 1000, "metres")
    assert (meals.measure, meals.demand, meals.profile) == ("straight", "population", "standard_walk")
    assert set(found.profiles) == {"older_walk", "standard_walk"}
    five, every = found.siting
    assert (five.model, five.sites, five.unknown_demand, five.time_limit_s) == ("mclp", 5, "exclude", 10)
    assert (every.model, every.sites, every.unknown_demand) == ("lscp", None, "refuse")
    assert (found.reported[0].indicator, found.reported[0].value, found.reported[0].date) == (
        "HP-06",
        2100,
        "2024-12-31",
    )
    assert json.loads(json.dumps(found.settings))["reported"][0]["date"] == "2024-12-31"


def test_the_defaults(study):
    edit(study, 'name = "小城"\nyear = 2025\n', "")
    found = read(study)
    assert (found.name, found.language, found.year, found.plan) == ("study", "zh", None, None)
    assert found.max_access_m == 200
    assert found.attribution == ("© OpenStreetMap contributors (ODbL 1.0)",)
    assert not found.synthetic


def test_inputs_are_recorded(study):
    inputs = {one.path: one for one in read(study).inputs}
    assert list(inputs) == ["study.toml", "streets.osm", "communities.csv", "facilities.csv", "candidates.csv"]
    communities = inputs["communities.csv"]
    assert (communities.rows, communities.date, communities.datum) == (3, "2023-12-31", "wgs84")
    assert communities.encoding == "utf-8"
    assert all(len(one.sha256) == 64 for one in inputs.values())


def test_progress_is_told_of_every_file(study):
    told = []
    read(study, progress=lambda step, done: told.append((step, done)))
    assert [step for step, _ in told] == [
        f"reading {name}"
        for name in ("study.toml", "communities.csv", "facilities.csv", "candidates.csv", "streets.osm")
    ]
    assert [done for _, done in told] == sorted(done for _, done in told)


KEYS = {
    "misspelt key": ("year = 2025", "yaer = 2025", 3, "unknown_key", "'year'"),
    "misspelt section": ("[candidates]", "[candidate]", 15, "unknown_key", "'candidates'"),
    "unknown language": ('name = "小城"', 'language = "cn"', 2, "unknown_value", "zh"),
    "year as text": ("year = 2025", 'year = "2025"', 3, "bad_value", "whole number"),
    "year out of range": ("year = 2025", "year = 25", 3, "bad_value", "1900"),
    "blank name": ('name = "小城"', 'name = " "', 2, "bad_value", "blank"),
    "unknown datum": (
        'source = "facilities.csv"',
        'source = "facilities.csv"\ndatum = "gcj2"',
        14,
        "unknown_value",
        "gcj02",
    ),
    "missing source": ('source = "communities.csv"\n', "", 8, "missing_key", "source"),
    "no network source": ('source = "streets.osm"\n', "", 5, "bad_value", "place"),
    "source and place": ('source = "streets.osm"', 'source = "streets.osm"\nplace = "x"', 5, "bad_value", "place"),
    "nought minutes": ("minutes = 15", "minutes = 0", 21, "bad_value", "above 0"),
    "endless minutes": ("minutes = 15", "minutes = inf", 21, "bad_value", "finite"),
    "minutes as text": ("minutes = 15", 'minutes = "15"', 21, "bad_value", "a number"),
    "minutes and metres": ("minutes = 15", "minutes = 15\nmetres = 900", 18, "bad_limit", "minutes = 15, or"),
    "neither": ("minutes = 15\n", "", 18, "bad_limit", "metres = 1000"),
    "misspelt minutes": ("minutes = 15", "minuts = 15", 21, "unknown_key", "'minutes'"),
    "unknown profile": (
        "minutes = 15",
        'minutes = 15\nprofile = "standart_walk"',
        22,
        "unknown_profile",
        "'standard_walk'",
    ),
    "unknown service": ('"elderly_day_care"', '"elderly_daycare"', 20, "unknown_service", "'elderly_day_care'"),
    "unknown demand": ('"population_60plus"', '"population_60"', 22, "missing_column", "'population_60plus'"),
    "demand that is text": ('"population_60plus"', '"name"', 22, "missing_column", "population"),
    "unknown measure": ("minutes = 15", 'minutes = 15\nmeasure = "crow"', 22, "unknown_value", "straight"),
    "where column": (
        "minutes = 15",
        'minutes = 15\nwhere = { column = "floor_area", op = ">=", value = 1 }',
        22,
        "missing_column",
        "'floor_area_m2'",
    ),
    "where operator": (
        "minutes = 15",
        'minutes = 15\nwhere = { column = "beds", op = "=>", value = 1 }',
        22,
        "unknown_value",
        ">=",
    ),
    "where key": (
        "minutes = 15",
        'minutes = 15\nwhere = { colum = "beds", value = 1 }',
        22,
        "unknown_key",
        "'column'",
    ),
    "where value": (
        "minutes = 15",
        'minutes = 15\nwhere = { column = "floor_area_m2", op = ">=", value = "1" }',
        22,
        "bad_value",
        "without quotes",
    ),
    "in without a list": (
        "minutes = 15",
        'minutes = 15\nwhere = { column = "name", op = "in", value = "1" }',
        22,
        "bad_value",
        "[",
    ),
    "unknown circle": ('circle = "day_care_15"', 'circle = "day_care"', 26, "unknown_circle", "'day_care_15'"),
    "unknown model": ('"mclp"', '"mcpl"', 27, "unknown_value", "lscp"),
    "no sites": ("sites = 1\n", "", 24, "missing_key", "sites = 5"),
    "half a site": ("sites = 1", "sites = 1.5", 28, "bad_value", "whole number"),
    "no site": ("sites = 1", "sites = 0", 28, "bad_value", "at least 1"),
    "no candidates": ('[candidates]\nsource = "candidates.csv"\n\n', "", 21, "missing_key", "[candidates]"),
    "unknown plan": ("year = 2025", 'plan = "nowhere"', 3, "unknown_plan", ""),
    "one bracket": ("[[siting]]", "[siting]", 24, "bad_value", "[[siting]]"),
    "no circle": ("[[circle]]", "[[circles]]", 18, "unknown_key", "'circle'"),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_wrong_word_is_told_with_its_line(name, study):
    old, new, line, code, remedy = KEYS[name]
    edit(study, old, new)
    found = [issue for issue in issues_of(study) if issue.code == code and issue.row == line]
    assert found, [issue.line() for issue in issues_of(study)]
    assert found[0].table == "study.toml"
    assert remedy in found[0].remedy
    assert found[0].remedy


def test_a_misspelt_key_hides_no_other_fault_of_its_section(study):
    edit(study, "year = 2025", 'yaer = 2025\nplan = "nowhere"')
    edit(study, "minutes = 15", 'minuts = 15\nprofile = "walk"')
    edit(study, "sites = 1", "stes = 1")
    codes = [(issue.row, issue.code) for issue in issues_of(study)]
    assert codes == [
        (3, "unknown_key"),
        (4, "unknown_plan"),
        (22, "unknown_key"),
        (23, "unknown_profile"),
        (30, "unknown_key"),
    ]


def test_two_circles_or_tasks_of_one_name(study):
    text = study.read_text(encoding="utf-8")
    start = text.index("[[circle]]")
    study.write_text(text + "\n" + text[start:], encoding="utf-8")
    assert [(issue.code, issue.row) for issue in issues_of(study)] == [("duplicate_name", 31), ("duplicate_name", 37)]


@pytest.mark.parametrize(
    ("new", "line", "remedy"),
    [
        ("year 2025", 3, "key = value"),
        ('plan = "C:\\数据\\plan"', 3, "single quotes"),
        ("year = 2025\nyear = 2026", 4, "mend"),
        ('plan = "open', 3, "mend"),
    ],
)
def test_broken_toml_is_told_with_its_line(new, line, remedy, study):
    edit(study, "year = 2025", new)
    (fault,) = issues_of(study)
    assert (fault.table, fault.row, fault.code) == ("study.toml", line, "bad_toml")
    assert remedy in fault.remedy


def test_a_study_file_in_another_encoding_is_told_with_its_line(study):
    study.write_bytes(study.read_text(encoding="utf-8").encode("gb18030"))
    (fault,) = issues_of(study)
    assert (fault.row, fault.code) == (2, "encoding")


def test_a_study_file_from_windows_reads_like_any(study):
    text = study.read_text(encoding="utf-8")
    study.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read(study).name == "小城"


@pytest.mark.parametrize("needed", ["network", "communities", "facilities", "circle"])
def test_each_needed_section(needed, study):
    bracket = "[[circle]]" if needed == "circle" else f"[{needed}]"
    text = study.read_text(encoding="utf-8")
    blocks = [block for block in text.split("\n\n") if not block.startswith(bracket)]
    study.write_text("\n\n".join(blocks), encoding="utf-8")
    assert any(issue.message == f"there is no {bracket}" for issue in issues_of(study))


def warnings_of(study):
    return {issue.code: issue for issue in read(study).issues if issue.severity == "warning"}


def test_a_service_that_is_known_but_offered_nowhere_is_a_warning(study):
    edit(study, '"elderly_day_care"', '"childcare"')
    assert warnings_of(study)["no_facility"].row == 18


def test_a_filter_that_no_facility_meets_is_a_warning(study):
    edit(study, "minutes = 15", 'minutes = 15\nwhere = { column = "floor_area_m2", op = ">", value = 350 }')
    assert "floor_area_m2 > 350" in warnings_of(study)["no_facility"].message
    edit(study, 'op = ">"', 'op = ">="')
    assert "no_facility" not in warnings_of(study)


def test_a_service_that_only_the_table_knows_keeps_its_name(study):
    edit(study.parent / "facilities.csv", "meal_service", "修脚")
    edit(study, '"elderly_day_care"', '"修脚"')
    found = read(study)
    assert found.circles[0].service == "修脚"
    assert found.services["修脚"] == {"zh": "修脚", "en": "修脚"}


def test_the_default_demand_may_be_absent(study):
    edit(study, 'demand = "population_60plus"\n', "")
    edit(study.parent / "communities.csv", "population,", "注,")
    found = read(study)
    assert found.circles[0].demand == "population"
    assert "population" not in found.communities.columns
    assert "no_population" in warnings_of(study)


def test_demand_and_filters_may_use_the_tables_own_words(study):
    edit(study.parent / "communities.csv", "population_60plus", "60岁以上人口")
    edit(study.parent / "facilities.csv", "ownership", "举办性质")
    edit(study, '"population_60plus"', '"60岁以上人口"')
    edit(study, "minutes = 15", 'minutes = 15\nwhere = { column = "举办性质", value = "公办" }')
    circle = read(study).circles[0]
    assert circle.demand == "population_60plus"
    assert circle.where == Filter("ownership", "=", "public")


def test_any_column_of_counts_may_be_the_demand_and_is_judged(study):
    edit(study.parent / "communities.csv", "population_60plus", "独居老人")
    edit(study, '"population_60plus"', '"独居老人"')
    demand = read(study).communities.number("独居老人")
    assert demand[0] == 200
    assert np.isnan(demand[1])
    edit(study.parent / "communities.csv", "1000,200", "1000,两百")
    assert [(issue.table, issue.row) for issue in issues_of(study)] == [("communities.csv", 2)]


def test_facilities_that_name_a_strange_community_are_a_warning(study):
    edit(study.parent / "facilities.csv", ",c1,", ",c9,")
    assert "c9" in warnings_of(study)["unknown_community"].message


def test_a_site_both_forced_and_forbidden_is_a_fault(study):
    (study.parent / "candidates.csv").write_text(
        "id,lon,lat,forced,forbidden\nk1,117.2,28.3,是,是\nk2,117.2,28.3,是,\n"
    )
    (fault,) = issues_of(study)
    assert (fault.code, "k1" in fault.message) == ("forced_and_forbidden", True)


def test_sites_are_read_the_way_candidates_are(study):
    found = read(study)
    sites = study.parent / "sites.csv"
    sites.write_text("编码,经度,纬度\ns1,117.2,28.3\ns2,,28.3\n", encoding="utf-8")
    places, rejected, issues = read_sites(sites, found)
    assert (places.role, list(places.ids)) == ("sites", ["s1"])
    assert [(bad.row, bad.id) for bad in rejected] == [(3, "s2")]
    assert all(issue.severity != "error" for issue in issues)
    shifted, _, _ = read_sites(sites, found, datum="gcj02")
    assert 0.001 < abs(shifted.lon[0] - 117.2) < 0.01
    edit(study, 'source = "candidates.csv"', 'source = "candidates.csv"\ndatum = "gcj02"')
    assert read_sites(sites, read(study))[0].lon[0] == shifted.lon[0]


def test_missing_sites_name_the_nearest_file(study):
    with pytest.raises(SourceError, match=r"did you mean 'candidates\.csv'"):
        read_sites(study.parent / "candidate.csv", read(study))


def test_lines_of_nested_and_quoted_keys():
    text = '# a\n[a."b c"]\nd.e = 1\n\n[[f]]\ng = """\nh = 2\n"""\ni = { j = 3 }\n[[f]]\n[f.k]\nl = 4\n'
    lines = TomlLines(text)
    assert lines.line(("a", "b c", "d", "e")) == 3
    assert lines.line(("f", 0, "g")) == 6
    assert lines.line(("f", 0, "h")) == 5
    assert lines.line(("f", 0, "i", "j")) == 9
    assert lines.line(("f", 1)) == 10
    assert lines.line(("f",)) == 5
    assert lines.line(("f", 1, "k", "l")) == 12


def test_a_new_study_reads_back_as_the_sample_district(tmp_path):
    written = write_new(tmp_path / "mine")
    found, sample = read(written[0]), sample_district()
    assert found.synthetic
    assert "模拟" in found.name
    assert len(found.ways.way_id) == len(sample.ways.way_id)
    assert len(found.basemap) == len(sample.basemap)
    for own, theirs in (
        (found.communities, sample.communities),
        (found.facilities, sample.facilities),
        (found.candidates, sample.candidates),
    ):
        assert list(own.ids) == list(theirs.ids)
        assert np.allclose(own.lon, theirs.lon, rtol=0, atol=1e-7)
        for name, cells in theirs.columns.items():
            same = np.array_equal(own.columns[name], cells, equal_nan=cells.dtype == np.float64)
            assert same, name


def test_a_new_study_is_the_same_bytes_twice(tmp_path):
    first, second = write_new(tmp_path / "a"), write_new(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_new_study_leaves_other_files_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "facilities.csv").write_text("mine too")
    with pytest.raises(InputError, match=r"facilities\.csv: the file is there already"):
        write_new(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facilities.csv", "notes.txt"]
    (tmp_path / "facilities.csv").unlink()
    write_new(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}*"))


def test_a_new_study_on_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="not a folder"):
        write_new(tmp_path / "file")
