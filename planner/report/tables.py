"""The findings as flat tables, and tables as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

CellKind = Literal[
    "text", "status", "presence", "flag", "verdict", "reading",
    "count", "minutes", "metres", "degrees", "share", "number",
]  # fmt: skip
Cell = str | int | float | bool | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet read a cell's text as a formula (OWASP, CSV Injection)."""

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in CSV, its heads in both languages, and what its cells are."""

    key: str
    zh: str
    en: str
    kind: CellKind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain cells under named columns; None is an empty cell."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


_RULE = (
    Column("circle", "服务圈", "Circle"),
    Column("service", "服务", "Service"),
    Column("limit", "限值", "Limit", "number"),
    Column("limit_unit", "单位", "Unit"),
    Column("measure", "量法", "Measure"),
    Column("profile", "出行者", "Profile"),
    Column("speed_m_s", "速度(米/秒)", "Speed (m/s)", "number"),
    Column("demand", "人口口径", "Denominator"),
)
_DATA = (
    Column("data_date", "数据日期", "Date of data"),
    Column("synthetic", "合成数据", "Synthetic data", "flag"),
)
_COMMUNITIES = (
    Column("community_id", "社区编码", "Community id"),
    Column("name", "社区", "Community"),
    Column("street", "街道", "Street"),
    Column("county", "区县", "County"),
    Column("lon", "经度", "Longitude", "degrees"),
    Column("lat", "纬度", "Latitude", "degrees"),
    *_RULE,
    Column("people", "人数", "People", "count"),
    Column("status", "步行可达", "Reachable", "status"),
    Column("present", "社区内设有", "Present", "presence"),
    Column("near_border", "靠近路网边界", "Near the network's border", "flag"),
    Column("minutes", "最近设施(分钟)", "Nearest (minutes)", "minutes"),
    Column("metres", "最近设施(米)", "Nearest (metres)", "metres"),
    Column("nearest_facility", "最近设施编码", "Nearest facility id"),
    Column("nearest_name", "最近设施", "Nearest facility"),
    Column("backup_minutes", "次近设施(分钟)", "Backup (minutes)", "minutes"),
    Column("backup_facility", "次近设施编码", "Backup facility id"),
    Column("backup_name", "次近设施", "Backup facility"),
    Column("inside_people", "人口点人数", "People at points", "count"),
    Column("inside_covered", "人口点可达人数", "People covered at points", "count"),
    Column("inside_share", "区内覆盖率", "Share covered inside", "share"),
    Column("inside_difference", "人口点与社区数之差", "Points less the community's figure", "number"),
    *_DATA,
)
_COMPARISONS = (
    Column("scenario", "情景", "Scenario"),
    Column("first", "口径一(或现状)", "First circle, or before"),
    Column("second", "口径二(或情景后)", "Second circle, or after"),
    Column("community_id", "社区编码", "Community id"),
    Column("name", "社区", "Community"),
    Column("covered_by", "覆盖它的是", "Covered by"),
    Column("first_minutes", "口径一(分钟)", "First (minutes)", "minutes"),
    Column("second_minutes", "口径二(分钟)", "Second (minutes)", "minutes"),
)
_SITES = (
    Column("proposal", "方案", "Proposal"),
    Column("model", "模型", "Model"),
    Column("proposal_status", "求解状态", "Solution"),
    Column("rank", "次序", "Rank", "count"),
    Column("candidate_id", "候选点编码", "Candidate id"),
    Column("name", "候选点", "Candidate"),
    Column("lon", "经度", "Longitude", "degrees"),
    Column("lat", "纬度", "Latitude", "degrees"),
    Column("forced", "指定", "Forced", "flag"),
    Column("people_gained", "新增覆盖人数", "People gained", "count"),
    Column("people_alone", "单独新增人数", "People alone", "count"),
    Column("communities_gained", "新增覆盖社区数", "Communities gained", "count"),
    Column("community_ids_gained", "新增覆盖社区", "Communities gained (ids)"),
    Column("share_after", "建成后覆盖率", "Share after", "share"),
    *_RULE,
    *_DATA,
)
_DIFFERENCES = (
    Column("circle", "服务圈", "Circle"),
    Column("area_id", "区域编码", "Area id"),
    Column("area_name", "区域", "Area"),
    Column("level", "层级", "Level"),
    Column("present", "区域内设有", "Present", "presence"),
    Column("reachable", "步行可达", "Reachable", "presence"),
)
_ISSUES = (
    Column("severity", "程度", "Severity"),
    Column("table", "数据表", "Table"),
    Column("row", "行", "Row", "count"),
    Column("id", "编码", "Id"),
    Column("code", "代码", "Code"),
    Column("message", "问题", "Message"),
    Column("remedy", "处理办法", "Remedy"),
)


def communities(document: Mapping[str, Any]) -> Table:
    """Return a row for each circle and community: what ``findings.json`` tells about them.

    Parameters
    ----------
    document
        As ``findings_json.as_dict`` returns it; the same for every table here.
    """
    facility_name = {one["id"]: one["name"] for one in document["facilities"]}
    rows = []
    for circle in document["circles"]:
        for community in document["communities"]:
            answer = community["circles"][circle["name"]]
            rows.append(
                {
                    **_rule(circle, document),
                    **{key: community[key] for key in ("name", "street", "county", "lon", "lat")},
                    **answer,
                    **{f"inside_{key}": cell for key, cell in (answer["inside"] or {}).items()},
                    "community_id": community["id"],
                    "nearest_name": facility_name.get(answer["nearest_facility"]),
                    "backup_name": facility_name.get(answer["backup_facility"]),
                }
            )
    return _table(_COMMUNITIES, rows)


def sites(document: Mapping[str, Any]) -> Table:
    """Return a row for each proposed site, by proposal and rank."""
    circles = {circle["name"]: circle for circle in document["circles"]}
    return _table(
        _SITES,
        (
            {
                **_rule(circles[proposal["circle"]], document),
                **site,
                "proposal": proposal["name"],
                "model": proposal["model"],
                "proposal_status": proposal["status"],
                "communities_gained": len(site["communities_gained"]),
                "community_ids_gained": ";".join(site["communities_gained"]),
            }
            for proposal in document["proposals"]
            for site in proposal["sites"]
        ),
    )


def differences(document: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> Table:
    """Return the areas where a facility inside and a facility within reach disagree.

    Parameters
    ----------
    names
        Of areas, by level and id.
    """
    rows = ({**one, "area_name": names.get((one["level"], one["area_id"]))} for one in document["differences"])
    return _table(_DIFFERENCES, rows)


def comparisons(document: Mapping[str, Any]) -> Table:
    """Return the communities on which circles of one service part, and those that a scenario gains or loses."""
    by_id = {one["id"]: one for one in document["communities"]}
    rows = []
    for pair in document["comparisons"]:
        first, second = pair["circles"]
        rows += [
            {
                "first": first,
                "second": second,
                "community_id": name,
                "name": by_id[name]["name"],
                "covered_by": circle,
                "first_minutes": by_id[name]["circles"][first]["minutes"],
                "second_minutes": by_id[name]["circles"][second]["minutes"],
            }
            for circle, key in ((first, "only_first"), (second, "only_second"))
            for name in pair[key]
        ]
    for scenario in document["scenarios"]:
        after = {one["id"]: one["circles"] for one in scenario["communities"]}
        rows += [
            {
                "scenario": scenario["name"],
                "first": circle["name"],
                "second": circle["name"],
                "community_id": name,
                "name": by_id[name]["name"],
                "covered_by": when,
                "first_minutes": by_id[name]["circles"][circle["name"]]["minutes"],
                "second_minutes": after[name][circle["name"]]["minutes"],
            }
            for circle in scenario["circles"]
            for when, key in (("after", "newly_covered"), ("before", "no_longer_covered"))
            for name in circle[key]
        ]
    return _table(_COMPARISONS, rows)


def issues(document: Mapping[str, Any]) -> Table:
    """Return the issues, one a row."""
    return _table(_ISSUES, document["issues"])


def to_csv(table: Table) -> bytes:
    """Return a table as CSV for spreadsheets: UTF-8 with a byte order mark, CRLF, formulas defused.

    Examples
    --------
    >>> table = Table((Column("name", "名称", "Name"), Column("x", "数", "X", "number")), (("=1+1", -2.5),))
    >>> to_csv(table).decode("utf-8-sig").splitlines()
    ['name,x', "'=1+1,-2.5"]
    """
    import csv
    import io

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def _rule(circle: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every row must say about its rule and its data."""
    study = document["study"]
    return {
        **{column.key: circle[column.key] for column in _RULE if column.key != "circle"},
        "circle": circle["name"],
        "data_date": study["data_date"],
        "synthetic": study["synthetic"],
    }


def _table(columns: tuple[Column, ...], rows: Iterable[Mapping[str, Any]]) -> Table:
    return Table(columns, tuple(tuple(row.get(column.key) for column in columns) for row in rows))


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    if isinstance(cell, float):
        return np.format_float_positional(cell, trim="0")  # 0.00009 rather than 9e-05
    return cell
