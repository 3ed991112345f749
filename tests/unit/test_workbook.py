from dataclasses import replace

import openpyxl
import pytest

from planner.errors import SourceError
from planner.report import workbook
from planner.report.findings_json import as_dict
from tests.compliance_by_hand import DAY_CARE_INSIDE, compliance
from tests.findings_by_hand import HOSTILE, PROVENANCE, findings


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    workbook.write(as_dict(findings(), provenance=PROVENANCE), path)
    return path


@pytest.fixture(scope="module")
def book(written):
    return openpyxl.load_workbook(written)


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "report.xlsx"
    found = replace(findings(), compliance=compliance())
    workbook.write(as_dict(found, provenance=PROVENANCE), path)
    return openpyxl.load_workbook(path)


def rows(book, sheet):
    heads, *cells = [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=4)]
    return [dict(zip([head.split("\n")[1] for head in heads], row, strict=True)) for row in cells]


def test_sheets_say_what_they_hold(book):
    assert book.sheetnames == ["总体 Summary", "社区 Communities", "布点 Sites", "不一致 Differences", "提示 Issues"]
    for sheet in book:
        assert "合成数据" in sheet["A2"].value
        assert "Synthetic" in sheet["A2"].value
        assert "2024-12-31" in sheet["A3"].value
        assert "population_60plus" in sheet["A3"].value
        assert sheet.freeze_panes == "C5"
        assert sheet.auto_filter.ref.startswith("A4:")


def test_real_data_are_not_called_synthetic(tmp_path):
    workbook.write(as_dict(findings(synthetic=False), provenance=PROVENANCE), tmp_path / "report.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "report.xlsx"):
        assert not sheet["A2"].value


def test_figures(book):
    (summary,) = rows(book, "总体 Summary")
    assert (summary["People"], summary["People covered"], summary["Share of people"]) == (200, 100, 0.5)
    first, *_, last = rows(book, "社区 Communities")
    assert (first["Nearest (minutes)"], first["Reachable"]) == (12.5, "可达 covered")
    assert (last["Nearest (minutes)"], last["Nearest (metres)"]) == (18.7, 1120)
    assert rows(book, "布点 Sites")[0]["Share after"] == 0.75
    assert rows(book, "不一致 Differences")[0] == {
        "Circle": "day_care_15", "Area id": "c2", "Area": HOSTILE[1], "Level": "community",
        "Present": "不详 unknown", "Reachable": "无 no",
    }  # fmt: skip


def test_a_plan_has_its_sheets(planned):
    assert planned.sheetnames[:3] == ["总体 Summary", "指标 Compliance", "分区 By area"]
    assert "邻近 Nearness" not in planned.sheetnames  # no indicator asks what stands near what
    assert [len(sheet._charts) for sheet in planned][:4] == [1, 0, 0, 0]
    assert [len(sheet._charts) for sheet in planned if sheet.title == "布点 Sites"] == [1]
    told = rows(planned, "指标 Compliance")
    assert len(told) == len(compliance().entries)
    first, beside = told[:2]
    assert (first["Indicator (Chinese)"], first["Verdict"], first["Units to build"]) == (
        "社区日间照料机构覆盖率", "未达标 below", 46,
    )  # fmt: skip
    assert (first["Reading"], first["Decides"], beside["Reading"], beside["Decides"]) == (
        "设有 present", "是 yes", "可达 reachable", "否 no",
    )  # fmt: skip
    reported = next(row for row in told if row["Indicator id"] == "T-07")
    assert (reported["Reported"], reported["Ours minus reported"]) == (2100, 600)


def test_areas_of_a_plan(planned):
    areas = rows(planned, "分区 By area")
    inside = [row for row in areas if row["Indicator id"] == "T-01" and row["Reading"] == "设有 present"]
    assert len(inside) == 60
    assert sum(row["Value"] > 0 for row in inside) == DAY_CARE_INSIDE
    assert {row["Level"] for row in areas} == {"community", "street", "residential_area"}


def test_two_charts(book):
    assert [len(sheet._charts) for sheet in book] == [1, 0, 1, 0, 0]


def test_nothing_in_it_is_a_formula_or_a_link(book):
    for sheet in book:
        for cell in (cell for row in sheet for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None
    names = [row["Community"] for row in rows(book, "社区 Communities")]
    assert names == [HOSTILE[i] for i in (0, 1, 2, 6, 12)]


def test_rounding_never_lets_the_limit_look_met():
    assert workbook.shown(15.0017, decimals=1, within=False) == 15.1
    assert workbook.shown(15.0, decimals=1, within=True) == 15.0
    assert workbook.shown(15.0, decimals=1, within=False) == 15.0
    assert workbook.shown(1000.2, decimals=0, within=False) == 1001


def test_same_bytes_twice(written, tmp_path):
    workbook.write(as_dict(findings(), provenance=PROVENANCE), tmp_path / "again.xlsx")
    assert written.read_bytes() == (tmp_path / "again.xlsx").read_bytes()


def test_a_folder_that_is_gone_is_a_plain_fault(tmp_path):
    with pytest.raises(SourceError, match="workbook"):
        workbook.write(as_dict(findings(), provenance=PROVENANCE), tmp_path / "gone" / "report.xlsx")
