"""The findings as an Excel workbook: a sheet for each table, heads in both languages, two charts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import SourceError
from planner.issue import Issue
from planner.report import compliance_tables, figures, tables
from planner.report.tables import Cell, CellKind, Column, Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SYNTHETIC = "合成数据,仅供演示,并非真实情况 · Synthetic data for demonstration, not a real place"
SUMMARY, SITES = "总体 Summary", "布点 Sites"
_HEAD_ROW = 3
_LONGEST_CELL = 32_767  # Excel's own limit of characters
_WIDEST, _NARROWEST = 42, 9
_FORMATS: Mapping[CellKind, str] = {
    "count": "#,##0",
    "minutes": "0.0",
    "metres": "#,##0",
    "degrees": "0.0000000",
    "share": "0.00%",
}
_WORDS: Mapping[CellKind, Mapping[Cell, str]] = {
    "status": {"covered": "可达 covered", "uncovered": "不可达 uncovered", "not_assessed": "未评估 not assessed"},
    "presence": {True: "有 yes", False: "无 no", None: "不详 unknown"},
    "flag": {True: "是 yes", False: "否 no"},
    "reading": {"presence": "设有 present", "reach": "可达 reachable"},
    "verdict": {
        "meets": "已达标 meets",
        "below": "未达标 below",
        "no_data": "暂无数据 no data",
        "not_due": "未到期 not due",
        "not_applicable": "不适用 not applicable",
        "no_target": "无量化目标 no target",
    },
}
_SUMMARY = (
    Column("name", "服务圈", "Circle"),
    Column("service_name", "服务", "Service"),
    Column("limit", "限值", "Limit", "number"),
    Column("limit_unit", "单位", "Unit"),
    Column("measure", "量法", "Measure"),
    Column("profile", "出行者", "Profile"),
    Column("speed_m_s", "速度(米/秒)", "Speed (m/s)", "number"),
    Column("facilities", "设施数", "Facilities", "count"),
    Column("communities_total", "社区总数", "Communities", "count"),
    Column("communities_covered", "可达社区", "Communities covered", "count"),
    Column("communities_uncovered", "不可达社区", "Communities uncovered", "count"),
    Column("communities_not_assessed", "未评估社区", "Communities not assessed", "count"),
    Column("communities_share", "社区覆盖率", "Share of communities", "share"),
    Column("demand", "人口口径", "Denominator"),
    Column("people_total", "总人数", "People", "count"),
    Column("people_covered", "可达人数", "People covered", "count"),
    Column("people_uncovered", "不可达人数", "People uncovered", "count"),
    Column("people_not_assessed", "未评估人数", "People not assessed", "count"),
    Column("people_unknown_communities", "人数不详的社区", "Communities of unknown people", "count"),
    Column("people_share", "人口覆盖率", "Share of people", "share"),
    Column("straight_share", "直线半径口径(社区)", "As the crow flies (communities)", "share"),
)


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write ``report.xlsx``.

    Parameters
    ----------
    document
        As ``findings_json.as_dict`` returns it.
    path
        The file to write.

    Raises
    ------
    SourceError
        The file can't be written.
    """
    from datetime import datetime

    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxFileError

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(str(path), options)
    made_up_date = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock value: the same findings make the same bytes
    book.set_properties({"title": _clean(document["study"]["name"]), "created": made_up_date})
    sheets = _sheets(document)
    written = {name: _write_sheet(book, name, table, document) for name, table in sheets.items()}
    _chart_coverage(book, written[SUMMARY], sheets[SUMMARY])
    _chart_sites(book, written[SITES], sheets[SITES])
    try:
        book.close()
    except XlsxFileError as error:
        issue = Issue(
            severity="error",
            code="not_written",
            table=str(path),
            message=f"the workbook can't be written ({error})",
            remedy="make room on the disk, and close the workbook in other programs",
        )
        raise SourceError([issue]) from error


def shown(value: float, *, decimals: int, within: bool) -> float:
    """Return a figure as people see it: rounded down within the limit and up beyond it.

    Examples
    --------
    >>> shown(14.96, decimals=1, within=True), shown(15.0017, decimals=1, within=False)
    (14.9, 15.1)
    """
    scale = 10.0**decimals
    scaled = round(value * scale, figures.GUARD)
    whole = math.floor(scaled) if within else math.ceil(scaled)
    return whole / scale


def _sheets(document: Mapping[str, Any]) -> dict[str, Table]:
    """Return the tables by the name of their sheet; those of a plan only where there is one."""
    judged = {
        "指标 Compliance": compliance_tables.indicators(document),
        "分区 By area": compliance_tables.areas(document),
        "邻近 Nearness": compliance_tables.nearness(document),
    }
    side_by_side = tables.comparisons(document)
    return {
        SUMMARY: _summary(document),
        **{name: table for name, table in judged.items() if table.rows},
        "社区 Communities": tables.communities(document),
        SITES: tables.sites(document),
        "不一致 Differences": tables.differences(document, compliance_tables.names(document)),
        **({"口径对比 Side by side": side_by_side} if side_by_side.rows else {}),
        "提示 Issues": tables.issues(document),
    }


def _summary(document: Mapping[str, Any]) -> Table:
    rows = []
    for circle in document["circles"]:
        total = circle["communities"]["total"]
        values = {
            **circle,
            **{f"communities_{key}": value for key, value in circle["communities"].items()},
            **{f"people_{key}": value for key, value in (circle["people"] or {}).items()},
            "service_name": " ".join(circle["service_name"].values()) or circle["service"],
            "straight_share": circle["straight_line"]["communities_covered"] / total if total else None,
        }
        rows.append(tuple(values.get(column.key) for column in _SUMMARY))
    return Table(_SUMMARY, tuple(rows))


def _write_sheet(book: Workbook, name: str, table: Table, document: Mapping[str, Any]) -> Worksheet:
    """Write a sheet: title, what the data are, heads, rows."""
    sheet = book.add_worksheet(name)
    study = document["study"]
    sheet.write_string(0, 0, _clean(f"{study['name']} · {name}"), book.add_format({"bold": True, "font_size": 14}))
    warning = book.add_format({"bold": True, "font_color": "#B00020"})
    sheet.write_string(1, 0, SYNTHETIC if study["synthetic"] else "", warning)
    sheet.write_string(2, 0, _clean(_about(document)), book.add_format({"font_color": "#555555"}))

    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EEF2F6"})
    for position, column in enumerate(table.columns):
        sheet.write_string(_HEAD_ROW, position, f"{column.zh}\n{column.en}", head)
    sheet.set_row(_HEAD_ROW, 45)
    formats = [book.add_format({"num_format": _FORMATS.get(column.kind, "General")}) for column in table.columns]
    keys = [column.key for column in table.columns]
    status = keys.index("status") if "status" in keys else None
    for offset, row in enumerate(table.rows, start=_HEAD_ROW + 1):
        within = status is None or row[status] == "covered"
        for position, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(sheet, (offset, position), _shown(column, cell, within=within), formats[position])
    for position, column in enumerate(table.columns):
        sheet.set_column(position, position, _width(table, position, column))
    sheet.freeze_panes(_HEAD_ROW + 1, 2)
    last_row, last_column = _HEAD_ROW + max(len(table.rows), 1), len(table.columns) - 1
    sheet.autofilter(_HEAD_ROW, 0, last_row, last_column)
    return sheet


def _about(document: Mapping[str, Any]) -> str:
    """Return the rules, the date of the data and whom to name, in one line."""
    study = document["study"]
    rules = "; ".join(
        f"{one['name']}: {one['service']} ≤ {one['limit']} {one['limit_unit']}, "
        f"{one['profile']} {one['speed_m_s']} m/s, {one['demand']}"
        for one in document["circles"]
    )
    date = f"数据日期 Date of data: {study['data_date'] or '不详 unknown'}"
    return " · ".join([part for part in (rules, date, *study["attribution"]) if part])


def _shown(column: Column, cell: Cell, *, within: bool) -> Cell:
    words = _WORDS.get(column.kind)
    if words is not None:
        return words.get(cell, cell)
    if column.kind in ("minutes", "metres") and isinstance(cell, (int, float)):
        return shown(cell, decimals=1 if column.kind == "minutes" else 0, within=within)
    return cell


def _write_cell(sheet: Worksheet, at: tuple[int, int], cell: Cell, style: Format) -> None:
    if isinstance(cell, str):
        sheet.write_string(*at, _clean(cell), style)
    elif isinstance(cell, bool):
        sheet.write_boolean(*at, cell, style)
    elif cell is not None:
        sheet.write_number(*at, cell, style)


def _clean(text: str) -> str:
    """Return text that fits into a cell; half a surrogate pair (an undecodable file name) has no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()[:_LONGEST_CELL]


def _width(table: Table, position: int, column: Column) -> int:
    """Return a width in characters for the longest cell, Chinese ones counted twice."""
    cells = [
        column.zh,
        *(max(column.en.split(), key=len, default=""), *(str(row[position]) for row in table.rows[:500])),
    ]
    longest = max(_length(cell[:_WIDEST]) for cell in cells)
    return min(max(longest + 2, _NARROWEST), _WIDEST)


def _length(cell: str) -> int:
    return len(cell) if cell.isascii() else sum(2 if ord(character) > 0x2E7F else 1 for character in cell)  # CJK


def _chart_coverage(book: Workbook, sheet: Worksheet, table: Table) -> None:
    """Draw the covered share of communities and of people, by circle."""
    if not table.rows:
        return
    keys = [column.key for column in table.columns]
    first, last = _HEAD_ROW + 1, _HEAD_ROW + len(table.rows)
    chart = book.add_chart({"type": "column"})
    for key, label in (("communities_share", "社区 communities"), ("people_share", "人口 people")):
        at = keys.index(key)
        chart.add_series(
            {
                "name": label,
                "categories": [sheet.get_name(), first, 0, last, 0],
                "values": [sheet.get_name(), first, at, last, at],
                "data_labels": {"value": True, "num_format": "0.0%"},
            }
        )
    chart.set_title({"name": "覆盖率 Coverage by circle"})
    chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%"})
    sheet.insert_chart(last + 2, 0, chart)


def _chart_sites(book: Workbook, sheet: Worksheet, table: Table) -> None:
    """Draw the covered share after each site, one line a proposal."""
    keys = [column.key for column in table.columns]
    proposals = [row[keys.index("proposal")] for row in table.rows]
    if not proposals:
        return
    chart = book.add_chart({"type": "line"})
    rank, share = keys.index("rank"), keys.index("share_after")
    for name in dict.fromkeys(proposals):
        first = _HEAD_ROW + 1 + proposals.index(name)
        last = first + proposals.count(name) - 1
        chart.add_series(
            {
                "name": [sheet.get_name(), first, keys.index("proposal")],
                "categories": [sheet.get_name(), first, rank, last, rank],
                "values": [sheet.get_name(), first, share, last, share],
                "marker": {"type": "circle"},
            }
        )
    chart.set_title({"name": "建成后覆盖率 Share after each site"})
    chart.set_y_axis({"max": 1, "num_format": "0%"})
    sheet.insert_chart(_HEAD_ROW + len(table.rows) + 3, 0, chart)
