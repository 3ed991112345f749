"""Tables that read well and make no sense: absurd figures, no row, services nobody knows, the wrong sheet."""

from __future__ import annotations

import json
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import openpyxl
import pytest

from planner.cli import command_line
from planner.errors import InputError
from planner.sources import read, read_sites, sample_district
from planner.study import check
from tests.unit.study_folder import edit, write_study


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path)


def faults(study):
    with pytest.raises(InputError) as caught:
        read(study)
    return caught.value.issues


def only(study):
    found = faults(study)
    assert len(found) == 1, [issue.line() for issue in found]
    return found[0]


def warnings(study):
    return [issue for issue in read(study).issues if issue.severity == "warning"]


def test_the_largest_figure_is_taken(study):
    edit(study.parent / "communities.csv", "1000,200", "1000000000000,200")
    assert read(study).communities.number("population")[0] == 10**12


def test_a_number_of_a_workbook_that_no_float_holds(study):
    book = openpyxl.Workbook()
    header = ["id", "lon", "lat", "population_60plus", "remark"]
    for row in (header, ["a", 117.2, 28.3, 777, 1], ["b", 117.2, 28.3, -777, 1], ["c", 117.2, 28.3, 1, 777]):
        book.active.append(row)
    book.save(study.parent / "small.xlsx")
    with ZipFile(study.parent / "small.xlsx") as small, ZipFile(study.parent / "t.xlsx", "w") as large:
        for name in small.namelist():
            large.writestr(name, small.read(name).replace(b"777<", b"7" * 400 + b"<"))
    edit(study, "communities.csv", "t.xlsx")
    assert [(issue.row, issue.code) for issue in faults(study)] == [(2, "not_finite"), (3, "not_finite")]


def test_figures_whose_sum_is_not_exact(study):
    rows = "".join(f"c{n},117.2,28.3,{10**12 - (n != 7)},1\n" for n in range(9_100))
    (study.parent / "communities.csv").write_text(f"id,lon,lat,population,population_60plus\n{rows}")
    fault = only(study)
    assert (fault.table, fault.row, fault.code) == ("communities.csv", 9, "too_large")
    assert "population: the figures add up to 9.1e+15" in fault.message
    assert "1000000000000" in fault.remedy


EMPTY = {
    "header only": ("id,lon,lat,service\n", ""),
    "blank rows": ("id,lon,lat,service\n,,,\n , ,,\n", ""),
    "where that keeps nothing": ("id,lon,lat,service\nx,117.2,28.3,clinic\n", 'where = { column = "id", value = "y" }'),
    "a GeoJSON that tells no header": ('{"type": "FeatureCollection", "features": []}', ""),
}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("role", ["facilities", "candidates"])
def test_no_facility_and_no_candidate_is_a_warning(role, name, study):
    content, line = EMPTY[name]
    table = "t.geojson" if content.startswith("{") else "t.csv"
    (study.parent / table).write_text(content)
    edit(study, f'source = "{role}.csv"', f'source = "{table}"\n{line}')
    found = [issue for issue in warnings(study) if issue.code == "empty_table"]
    assert [(issue.table, issue.row) for issue in found] == [(table, None)]
    assert f"so the study has no {role}" in found[0].message
    assert len(getattr(read(study), role)) == 0


@pytest.mark.parametrize("content", ["id,lon,lat\n", "id,lon,lat\n,,\n"])
def test_no_community_is_one_fault(content, study):
    (study.parent / "communities.csv").write_text(content)
    fault = only(study)
    assert (fault.table, fault.row, fault.code) == ("communities.csv", None, "empty_table")


PLAN = """\
[plan]
name = { en = "Plan", zh = "规划" }

[[indicator]]
id = "P-1"
name = { en = "Hairdressers", zh = "理发" }
kind = "presence"
reading = "presence"
services = ["剪发"]
scope = ["city"]
quote = "1家"
clause = "1"
"""


def test_each_service_that_nothing_knows_is_one_warning(study):
    edit(study.parent / "facilities.csv", "elderly_day_care;meal_service", "elderly_day_caer;elderly_day_care")
    with (study.parent / "facilities.csv").open("a", encoding="utf-8") as stream:
        stream.write("f2,乙站,117.2,28.3,qqq,c1,1,public\nf3,丙站,117.2,28.3,elderly_day_caer;助餐,c1,1,public\n")
    found = [issue for issue in warnings(study) if issue.code == "unknown_service"]
    assert [(issue.table, issue.row, issue.id) for issue in found] == [
        ("facilities.csv", 2, "f1"),
        ("facilities.csv", 3, "f2"),
    ]
    assert "'elderly_day_caer' isn't known" in found[0].message
    assert "2 rows" in found[0].message
    assert found[0].remedy == "did you mean 'elderly_day_care'?"
    assert "1 row" in found[1].message
    assert "services.toml" in found[1].remedy


def test_a_service_that_a_circle_or_the_plan_names_is_known(study):
    edit(study.parent / "facilities.csv", "meal_service", "修脚;剪发")
    edit(study, '"elderly_day_care"', '"修脚"')
    assert [issue.message[:12] for issue in warnings(study) if issue.code == "unknown_service"] == ["service '剪发'"]
    (study.parent / "plan.toml").write_text(PLAN, encoding="utf-8")
    edit(study, "year = 2025", 'year = 2025\nplan = "plan.toml"')
    assert "unknown_service" not in {issue.code for issue in warnings(study)}


def test_columns_that_are_on_another_sheet(study):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.create_sheet("社区")
    for sheet, row in (
        ("说明", ["版本", "日期"]),
        ("说明", ["1", "2025"]),
        ("社区", ["id", "lon", "lat", "population_60plus"]),
        ("社区", ["a", 117.2, 28.3, 5]),
    ):
        book[sheet].append(row)
    book.save(study.parent / "t.xlsx")
    edit(study, "communities.csv", "t.xlsx")
    found = [issue for issue in faults(study) if issue.table == "t.xlsx"]
    assert [issue.code for issue in found] == ["missing_column", "missing_column"]
    for issue in found:
        assert issue.message.endswith(", in sheet '说明'")
        assert issue.remedy.endswith("or read another sheet with sheet = '…': there are 社区")
    edit(study, '"t.xlsx"', '"t.xlsx"\nsheet = "社区"')
    assert len(read(study).communities) == 1


@pytest.mark.parametrize("role", ["facilities", "candidates"])
def test_a_study_with_an_empty_table_runs_to_its_end(role, study, tmp_path):
    text = study.read_text(encoding="utf-8")
    study.write_text(text[: text.index("[[siting]]")], encoding="utf-8")
    table = study.parent / f"{role}.csv"
    table.write_text(table.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert command_line(["run", str(study), "--out", str(tmp_path / "maps"), "-q"]) == 0
    findings = json.loads((tmp_path / "maps" / "findings.json").read_text(encoding="utf-8"))
    seen = {row["circles"]["day_care_15"]["status"] for row in findings["communities"]}
    assert seen == ({"uncovered"} if role == "facilities" else {"covered", "uncovered"})
    assert "empty_table" in {issue["code"] for issue in findings["issues"]}


@pytest.mark.parametrize("circles", [1, 3])
def test_no_facility_at_all_is_told_once(circles, study, capsys):
    text = study.read_text(encoding="utf-8")
    text = text[: text.index("[[siting]]")]
    more = '[[circle]]\nname = "{}"\nservice = "childcare"\nminutes = 10\n'
    study.write_text(text + "".join(more.format(i) for i in range(1, circles)), encoding="utf-8")
    table = study.parent / "facilities.csv"
    table.write_text(table.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert command_line(["check", str(study)]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(told) == 1
    assert told[0].startswith("warning: facilities.csv: the table has no row, so the study has no facilities; ")


def test_no_facility_in_a_study_made_by_hand_is_told_once_too():
    district = sample_district()
    none = district.facilities.take(np.empty(0, np.int64))
    found = check(replace(district, facilities=none, siting=()))
    told = [issue for issue in found if issue.code == "no_facility_counts"]
    assert [issue.message for issue in told] == ["there is no facility, so every community is uncovered"]
    assert len(district.circles) > 1


def test_a_service_that_nobody_offers_is_told_once_for_its_circle(study, capsys):
    edit(study, '"elderly_day_care"', '"childcare"')
    edit(study, "sites = 1\n", 'sites = 1\nunknown_demand = "exclude"\n')
    assert command_line(["check", str(study)]) == 0
    told = [
        line for line in capsys.readouterr().err.splitlines() if line.startswith("warning") and "day_care_15" in line
    ]
    assert [line.partition(": no facility")[0] for line in told] == ["warning: study.toml:18"]


def test_an_empty_table_of_candidates_leaves_a_siting_nothing_to_choose(study, capsys):
    (study.parent / "candidates.csv").write_text("id,lon,lat\n", encoding="utf-8")
    assert command_line(["check", str(study)]) == 2
    assert "there is no candidate to choose from" in capsys.readouterr().err


def test_no_site_to_score_is_a_fault(study, tmp_path):
    (tmp_path / "sites.csv").write_text("id,lon,lat\n", encoding="utf-8")
    with pytest.raises(InputError, match="the table has no row"):
        read_sites(tmp_path / "sites.csv", read(study))
