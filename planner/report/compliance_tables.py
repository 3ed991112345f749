"""Compliance as flat tables: indicators, the same by area, and how near facilities stand to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.plan import Figure
from planner.report.tables import Cell, Column, Table

_JUDGED = (
    Column("id", "指标编码", "Indicator id"),
    Column("indicator_zh", "指标", "Indicator (Chinese)"),
    Column("indicator", "指标(英文)", "Indicator"),
    Column("kind", "类型", "Kind"),
    Column("reading", "口径", "Reading", "reading"),
    Column("decides", "据此判定", "Decides", "flag"),
    Column("circle", "服务圈", "Circle"),
)
_AREA = (
    Column("area_id", "区域编码", "Area id"),
    Column("area_name", "区域", "Area"),
    Column("level", "层级", "Level"),
)
_TARGET = (
    Column("year", "目标年", "Year", "number"),
    Column("operator", "比较", "Operator"),
    Column("target", "目标", "Target", "number"),
)
_VALUE = (
    Column("value", "现状", "Value", "number"),
    Column("unit", "单位", "Unit"),
    Column("verdict", "结论", "Verdict", "verdict"),
    Column("gap", "差距", "Gap", "number"),
    Column("units_to_build", "尚需建设", "Units to build", "count"),
)
_BUILD = Column("build_unit", "建设单位", "Unit to build")
_MISSING = Column("missing", "缺少", "Missing")
_DETAIL = (
    _BUILD,
    Column("printed_as", "原文用词", "Printed as"),
    Column("target_assumed", "比例为假定", "Share assumed", "flag"),
    Column("limit", "限值", "Limit", "number"),
    Column("limit_unit", "限值单位", "Unit of the limit"),
    Column("next_year", "下一目标年", "Next year", "number"),
    Column("next_target", "下一目标", "Next target", "number"),
    Column("numerator", "分子", "Numerator", "number"),
    Column("denominator_value", "分母", "Denominator", "number"),
    Column("denominator", "分母口径", "What the denominator counts"),
    Column("scope", "范围", "Scope"),
    Column("conflict", "目标值不一致", "Contradicted", "flag"),
    Column("conflict_group", "不一致组", "Contradicting group"),
    Column("bindingness", "性质", "Force"),
    Column("responsible", "责任单位", "Responsible"),
    Column("reported_value", "部门统计", "Reported", "number"),
    Column("reported_date", "统计日期", "Date of the report"),
    Column("reported_source", "统计来源", "Source of the report"),
    Column("reported_difference", "本测算与统计之差", "Ours minus reported", "number"),
    _MISSING,
    Column("notes", "说明", "Notes"),
    Column("proximity_m", "邻近距离(米)", "Near is (m)", "metres"),
    Column("quote", "原文", "Quote"),
    Column("clause", "条款", "Clause"),
    Column("source", "出处", "Source"),
)
_NEARNESS = (
    Column("id", "指标编码", "Indicator id"),
    Column("facility_id", "机构编码", "Facility id"),
    Column("facility_name", "机构", "Facility"),
    Column("nearest_id", "最近的另一类机构编码", "Nearest id"),
    Column("nearest_name", "最近的另一类机构", "Nearest"),
    Column("straight_m", "直线(米)", "Straight (m)", "metres"),
    Column("network_m", "沿路网(米)", "Along streets (m)", "metres"),
    Column("same_site", "同址", "Same site", "flag"),
    Column("beds", "床位数", "Beds", "count"),
)


def compliance(document: Mapping[str, Any]) -> Table:
    """Return a row for each indicator and way of judging it, followed by its areas; only the heads without a plan.

    Parameters
    ----------
    document
        As ``findings_json.as_dict`` returns it; the same for every table here.
    """
    columns = (*_JUDGED, *_AREA, *_TARGET, *_VALUE, *_DETAIL)
    rows = []
    for entry in document["compliance"]:
        rows.append(_entry(entry))
        rows += _areas(entry)
    return _table(columns, rows)


def indicators(document: Mapping[str, Any]) -> Table:
    """Return a row for each indicator and way of judging it."""
    return _table((*_JUDGED, *_TARGET, *_VALUE, *_DETAIL), [_entry(entry) for entry in document["compliance"]])


def areas(document: Mapping[str, Any]) -> Table:
    """Return a row for each indicator and area; of rules also pooled by community and street."""
    columns = (*_JUDGED, *_AREA, *_TARGET, *_VALUE, _BUILD, _MISSING)
    return _table(columns, [row for entry in document["compliance"] for row in _areas(entry)])


def nearness(document: Mapping[str, Any]) -> Table:
    """Return a row for each facility and indicator of nearness, with the nearest of the other kind."""
    name = {one["id"]: one["name"] for one in document["facilities"]}
    rows = []
    for entry in document["compliance"]:
        rows += [
            {
                **near,
                "id": entry["id"],
                "facility_name": name.get(near["facility_id"]),
                "nearest_name": name.get(near["nearest_id"]),
            }
            for near in entry["nearness"]
        ]
    return _table(_NEARNESS, rows)


def names(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return the names of areas by level and id, as far as communities and indicators tell them."""
    known = {("community", one["id"]): one["name"] for one in document["communities"]}
    for entry in document["compliance"]:
        known |= {(one["level"], one["area_id"]): one["name"] for one in (*entry["by_area"], *entry["pooled"])}
    return known


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    reported = entry["reported"] or {}
    return {
        **entry,
        "target": _number(entry["target"]),
        "limit": _number(entry["limit"]),
        "next_target": _number(entry["next_target"]),
        "responsible": ";".join(entry["responsible"]),
        "missing": "; ".join(entry["missing"]) or None,
        "notes": "; ".join(entry["notes"]) or None,
        **{f"reported_{key}": reported.get(key) for key in ("value", "date", "source", "difference")},
    }


def _areas(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    judged = {column.key: entry[column.key] for column in (*_JUDGED, *_TARGET, _BUILD)}
    for area in (*entry["by_area"], *entry["pooled"]):
        yield {**judged, **area, "area_name": area["name"], "missing": "; ".join(area["missing"]) or None}


def _number(plain: Any) -> Cell:
    """Return a printed figure as a spreadsheet can't misread it: 1/3 would become the third of January."""
    if isinstance(plain, list):
        return Figure.of(plain).printed
    return round(Figure.of(plain).value, 9) if isinstance(plain, str) else plain


def _table(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> Table:
    return Table(columns, tuple(tuple(row.get(column.key) for column in columns) for row in rows))
