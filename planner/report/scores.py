"""Scores of candidate sites as JSON, CSV or a table for the eye."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from planner.issue import plain
from planner.siting.score import Scores, SiteScore

SCHEMA_VERSION = 1


def as_text(scores: Scores, form: str) -> str:
    """Return the scores as ``json``, ``csv`` or ``table``, with a newline at the end."""
    if form == "json":
        return _json(scores)
    if form == "csv":
        from planner.report.tables import Column, Table, to_csv

        rows = [_full_row(site) for site in scores.sites]
        names = dict.fromkeys(name for row in rows for name in row)
        columns = tuple(Column(name, name, name) for name in names)
        return to_csv(Table(columns, tuple(tuple(row.get(name) for name in names) for row in rows))).decode("utf-8-sig")
    return _table([list(_HEADER), *(_row(site) for site in scores.sites)])


def as_dict(scores: Scores) -> dict[str, Any]:
    """Return the scores as plain data, as the contract names them; minutes with 4 decimals, metres with 2."""
    return {
        "schema_version": SCHEMA_VERSION,
        "circle": scores.circle,
        "demand": scores.demand,
        "rejected": scores.rejected,
        "sites": [_site(site) for site in scores.sites],
    }


def _json(scores: Scores) -> str:
    """Return the text of `as_dict`, written site by site: all at once, a million sites would take 6 GB."""
    head = {**as_dict(replace(scores, sites=())), "rejected": scores.rejected}
    whole = json.dumps(head, ensure_ascii=False, indent=1)
    rows = (json.dumps(_site(site), ensure_ascii=False, indent=1, allow_nan=False) for site in scores.sites)
    body = ",\n".join("  " + row.replace("\n", "\n  ") for row in rows)  # within its texts JSON has no newline
    return whole.replace('"sites": []', f'"sites": [\n{body}\n ]' if body else '"sites": []') + "\n"


def _site(site: SiteScore) -> dict[str, Any]:
    return {
        "id": site.id,
        "rank": site.rank,
        "status": site.status,
        "reason": site.reason,
        "people_gained": site.people_gained,
        "communities_gained": list(site.communities_gained),
        "minutes_saved_people": _rounded(site.minutes_saved_people, 4),
        "newly_connected": site.newly_connected,
        "backup_gained": site.backup_gained,
        "capacity_gap_closed": site.capacity_gap_closed,
        "nearest_facility": site.nearest_facility,
        "nearest_minutes": _rounded(site.nearest_minutes, 4),
        "nearest_metres": _rounded(site.nearest_metres, 2),
        "people_within": [{"limit": _rounded(limit, 4), "people": people} for limit, people in site.people_within],
    }


def _full_row(site: SiteScore) -> dict[str, Any]:
    """Return everything that JSON tells of a site as one row: ids joined by ``;``, a column for each band."""
    cells = _site(site)
    cells["communities_gained"] = ";".join(cells["communities_gained"])
    for band in cells.pop("people_within"):
        cells[f"people_within_{band['limit']:g}"] = band["people"]
    return cells


def _rounded(figure: float | None, decimals: int) -> float | None:
    return None if figure is None else round(figure, decimals)


_HEADER = (
    "rank",
    "id",
    "status",
    "people_gained",
    "communities_gained",
    "minutes_saved_people",
    "backup_gained",
    "nearest_facility",
    "nearest_minutes",
    "nearest_metres",
    "reason",
)


def _row(site: SiteScore) -> list[Any]:
    return [
        site.rank,
        site.id,
        site.status,
        site.people_gained,
        len(site.communities_gained) if site.status == "ok" else None,
        _rounded(site.minutes_saved_people, 1),
        site.backup_gained,
        site.nearest_facility,
        _rounded(site.nearest_minutes, 1),
        _rounded(site.nearest_metres, 0),
        site.reason,
    ]


def _table(rows: list[list[Any]]) -> str:
    """Return rows in columns, control characters made visible."""
    text = [["" if cell is None else plain(str(cell)) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in text) for i in range(len(text[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in text)
    return "".join(line.rstrip() + "\n" for line in lines)
