import csv
import io
import re

import pytest

from planner.report import tables
from planner.report.findings_json import as_dict
from planner.report.tables import Column, Table, to_csv
from tests.findings_by_hand import HOSTILE, PROVENANCE, findings

FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


@pytest.fixture(scope="module")
def document():
    return as_dict(findings(), provenance=PROVENANCE)


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
    for table in (tables.communities(document), tables.sites(document), tables.compliance(document)):
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
    assert to_csv(tables.compliance(document)).decode("utf-8-sig").startswith("id,indicator_zh,")
    assert read(to_csv(tables.compliance(document))) == []


def test_same_bytes_twice(document):
    again = as_dict(findings(), provenance=PROVENANCE)
    assert to_csv(tables.communities(document)) == to_csv(tables.communities(again))
