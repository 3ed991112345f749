"""Little tables for tests, written row by row, and the answers of a circle set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from planner.circle import Circle
from planner.compliance import Compliance, Entry, assess
from planner.coverage import Coverage, StraightLine, Tally
from planner.places import Places
from planner.plan import Figure, Indicator, Plan
from planner.sources.plans import read_plan

TEXT = (
    "name", "street", "county", "kind", "area_type", "community_id", "service", "status", "ownership", "inclusive",
    "level", "parent", "functions", "agreement", "registered", "demonstration", "in_house_clinic", "safety_net",
)  # fmt: skip


def places(role: str, rows: Sequence[Mapping[str, Any]], *, polygons: Sequence[Any] | None = None) -> Places:
    """Return a table; cells that a row leaves out are blank, and services are written as one text."""
    names = dict.fromkeys(name for row in rows for name in row if name not in ("id", "name", "lon", "lat"))
    columns = {}
    for name in names:
        cells = [row.get(name) for row in rows]
        if name == "service":
            cells = [tuple(cell.split(";")) if cell else () for cell in cells]
        if name in TEXT or any(isinstance(cell, (str, bool, tuple)) for cell in cells):
            columns[name] = objects(cells)
        else:
            columns[name] = np.array([np.nan if cell is None else cell for cell in cells], np.float64)
    ids = [str(row.get("id", f"{role[0]}{i + 1}")) for i, row in enumerate(rows)]
    return Places(
        role=role,
        table=f"{role}.csv",
        ids=objects(ids),
        names=objects([row.get("name", one) for row, one in zip(rows, ids, strict=True)]),
        lon=np.array([row.get("lon", 120.0) for row in rows], np.float64),
        lat=np.array([row.get("lat", 30.0) for row in rows], np.float64),
        row=np.arange(2, len(rows) + 2),
        columns=columns,
        polygon=None if polygons is None else objects(list(polygons)),
    )


def objects(values: Sequence[Any]) -> Any:
    """Return an array of objects, tuples kept whole."""
    found = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        found[i] = value
    return found


def towns(count: int, **columns: Any) -> list[dict[str, Any]]:
    """Return communities c1, c2, … of 1,000 people, with columns that all share."""
    return [{"id": f"c{i + 1}", "population": 1000, **columns} for i in range(count)]


def answered(circle: Circle, status: Sequence[str], facilities: Sequence[int] = ()) -> Coverage:
    """Return a circle's answer with every community's status set by hand."""
    n = len(status)
    far, none = np.full(n, np.nan), np.full(n, -1, np.int64)
    nobody = Tally(total=n, covered=0, uncovered=0, not_assessed=0)
    return Coverage(
        circle=circle,
        speed_m_s=1.0,
        facilities=np.array(facilities, np.int64),
        status=objects(list(status)),
        minutes=far,
        metres=far,
        nearest=none,
        backup=none,
        backup_minutes=far,
        backup_metres=far,
        present=objects([None] * n),
        near_border=np.zeros(n, dtype=bool),
        communities=nobody,
        people=None,
        straight_line=StraightLine(radius_m=900.0, communities_covered=0, people_covered=None),
    )


def indicator(kind: str, **changes: Any) -> Indicator:
    """Return an indicator of the whole city with a target of 1 in 2025, with changes."""
    plain: dict[str, Any] = {
        "id": "T-1",
        "name": {"en": "Test", "zh": "试"},
        "kind": kind,
        "quote": "…",
        "clause": "一",
        "services": ("childcare",),
        "scope": ("city",),
        "operator": ">=",
        "values": {2025: Figure.of(1)},
    }
    return Indicator(**{**plain, **changes})


def plan_of(*indicators: Indicator) -> Plan:
    """Return a plan of these indicators."""
    return Plan(id="test", name={"en": "Test plan", "zh": "试方案"}, indicators=indicators)


def printed(plan: str, *ids: str) -> Plan:
    """Return a shipped plan with some of its indicators alone."""
    whole = read_plan(plan)
    return replace(whole, indicators=tuple(one for one in whole.indicators if one.id in ids))


def held(
    plan: Plan, communities: Sequence[Mapping[str, Any]], facilities: Sequence[Mapping[str, Any]], **more: Any
) -> Compliance:
    """Hold a plan against two tables."""
    more.setdefault("year", 2025)
    return assess(plan, places("communities", communities), places("facilities", facilities), **more)


def only(found: Compliance) -> Entry:
    """Return the one entry that decides."""
    (one,) = [entry for entry in found.entries if entry.decides]
    return one
