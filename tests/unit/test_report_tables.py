import csv
import io
import re
from dataclasses import replace

import pytest

from planner.report import compliance_tables, tables
from planner.report.compliance_json import as_list
from planner.report.findings_json import as_dict
from planner.report.tables import Column, Table, to_csv
from planner.sources.sample import sample_district
from tests.compliance_by_hand import DAY_CARE_INSIDE, compliance, hostile
from tests.findings_by_hand import HOSTILE, PROVENANCE, findings

FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


@pytest.fixture(scope="module")
def document():
    return as_dict(findings(), provenance=PROVENANCE)


@pytest.fixture(scope="module")
def planned():
    return as_dict(replace(findings(), compliance=compliance()), provenance=PROVENANCE)


def hostile_entries():
    entries = as_list(
        hostile(lambda i, kind: HOSTILE[i % len(HOSTILE)], sample_district())[0], sample_district().facilities
    )
    assert len(entries) == len(compliance().entries)
    return entries


def read(content):
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_row_for_each_circle_and_community(document):
    rows = read(to_csv(tables.communities(document)))
    assert [row["community_id"] for row in rows] == ["c1", "c2", "c3", "c4", "c5"]
    first, lost = rows[:2]
    assert (first["circle"], first["status"], first["minutes"], first["metres"]) == (
        "day_care_15",
        "covered",
        "12.5",
        "750.0",
    )
    assert (first["limit"], first["limit_unit"], first["profile"], first["demand"]) == (
        "15", "minutes", "test_walk", "population_60plus",
    )  # fmt: skip
    assert (first["data_date"], first["synthetic"], first["present"]) == ("2024-12-31", "true", "true")
    assert (lost["minutes"], lost["nearest_facility"], lost["present"], lost["near_border"]) == ("", "", "", "true")
    assert first["nearest_name"] == "C:\\数据\\2025"


def test_no_cell_is_a_formula(document):
    for table in (tables.communities(document), tables.sites(document), compliance_tables.compliance(document)):
        for row in read(to_csv(table)):
            for cell in row.values():
                assert not FORMULA.match(cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell), cell


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_defused_and_otherwise_kept(name):
    table = Table((Column("name", "名", "Name"), Column("x", "数", "X", "number")), ((name, -2.5),))
    (row,) = read(to_csv(table))
    dangerous = FORMULA.match(name) and name != "-5"
    assert row == {"name": f"'{name}" if dangerous else name, "x": "-2.5"}


def test_sites_by_proposal_and_rank(document):
    rows = read(to_csv(tables.sites(document)))
    assert [(row["proposal"], row["rank"], row["candidate_id"]) for row in rows] == [
        ("two_more", "1", "c1"),
        ("two_more", "2", "c2"),
        ("all", "1", "c1"),
    ]
    assert (rows[0]["people_gained"], rows[0]["share_after"], rows[0]["community_ids_gained"]) == ("50", "0.75", "c2")
    assert rows[2]["people_gained"] == ""


def test_compliance_has_heads_without_a_plan(document):
    assert to_csv(compliance_tables.compliance(document)).decode("utf-8-sig").startswith("id,indicator_zh,")
    assert read(to_csv(compliance_tables.compliance(document))) == []


def test_compliance_gives_the_whole_then_its_areas(planned):
    rows = read(to_csv(compliance_tables.compliance(planned)))
    whole = [row for row in rows if row["area_id"] == ""]
    assert [row["id"] for row in whole] == [one.id for one in compliance().entries]
    first = rows[0]
    assert (first["indicator_zh"], first["operator"], first["target"], first["value"]) == (
        "社区日间照料机构覆盖率", ">", "90", "15",
    )  # fmt: skip
    assert (first["verdict"], first["units_to_build"], first["build_unit"], first["conflict"]) == (
        "below", "46", "facilities", "true",
    )  # fmt: skip
    assert (first["responsible"], first["quote"], first["clause"]) == (
        "区民政局",
        "社区日间照料机构覆盖率达到90%",
        "二（一）3",
    )
    assert [row["level"] for row in rows[1:61]] == ["community"] * 60
    assert sum(int(row["units_to_build"] or 0) for row in rows[1:61]) == 60 - DAY_CARE_INSIDE


def test_what_a_spreadsheet_would_misread_is_a_number(planned):
    rows = {
        row["id"]: row for row in reversed(read(to_csv(compliance_tables.compliance(planned)))) if not row["area_id"]
    }
    assert rows["T-03"]["target"] == "0.333333333"  # 1/3 would be the third of January
    assert rows["T-04"]["target"] == "20–30"
    assert (rows["T-09"]["next_target"], rows["T-09"]["next_year"]) == ("1200", "2027")
    assert rows["T-08"]["missing"] == "facilities: there is no column 'nursing_beds'"


def test_no_cell_of_a_plan_is_a_formula(document):
    table = compliance_tables.compliance({**document, "compliance": hostile_entries()})
    for row in read(to_csv(table)):
        for cell in row.values():
            assert not FORMULA.match(cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell), cell


def test_what_stands_near(document):
    near = {
        "facility_id": "f1", "nearest_id": "f2", "straight_m": 298.1, "network_m": None, "same_site": False, "beds": 30,
    }  # fmt: skip
    entry = {**as_list(compliance(), sample_district().facilities)[0], "nearness": [near]}
    (row,) = read(to_csv(compliance_tables.nearness({**document, "compliance": [entry]})))
    assert (row["facility_name"], row["nearest_name"], row["straight_m"], row["network_m"]) == (
        "C:\\数据\\2025", "</script>", "298.1", "",
    )  # fmt: skip


def test_same_bytes_twice(document):
    again = as_dict(findings(), provenance=PROVENANCE)
    assert to_csv(tables.communities(document)) == to_csv(tables.communities(again))
