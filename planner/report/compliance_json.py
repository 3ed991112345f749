"""Compliance as plain data: one dict for each entry, keys in the order of the contract."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.compliance import AreaEntry, Compliance, Entry, Nearness, Reason
    from planner.places import Places

DECIMALS = 9  # so that a figure just below its target doesn't look met


def as_list(compliance: Compliance | None, facilities: Places) -> list[dict[str, Any]]:
    """Return the entries as dicts, none without a plan; what isn't known is None.

    Parameters
    ----------
    facilities
        Those of the study, for the ids of what is near.
    """
    if compliance is None:
        return []
    near = {table.indicator: _nearness(table, facilities) for table in compliance.nearness}
    return [_entry(one, near) for one in compliance.entries]


def _entry(entry: Entry, near: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "indicator": entry.indicator,
        "indicator_zh": entry.indicator_zh,
        "kind": entry.kind,
        "reading": entry.reading,
        "circle": entry.circle,
        "operator": entry.operator,
        "printed_as": entry.printed_as,
        "target": entry.target,
        "target_assumed": entry.target_assumed,
        "limit": entry.limit,
        "limit_unit": entry.limit_unit,
        "year": entry.year,
        "next_target": entry.next_target,
        "next_year": entry.next_year,
        "value": number(entry.value),
        "unit": entry.unit,
        "verdict": entry.verdict,
        "gap": number(entry.gap),
        "units_to_build": entry.units_to_build,
        "conflict": entry.conflict,
        "conflict_group": entry.conflict_group,
        "scope": entry.scope,
        "denominator": entry.denominator,
        "bindingness": entry.bindingness,
        "responsible": list(entry.responsible),
        "reported": _reported(entry),
        "missing": _texts(entry.missing),
        "quote": entry.quote,
        "clause": entry.clause,
        "source": entry.source,
        "by_area": [_area(one) for one in entry.by_area],
        "decides": entry.decides,
        "numerator": number(entry.numerator),
        "denominator_value": number(entry.denominator_value),
        "build_unit": entry.build_unit,
        "bindingness_printed": entry.bindingness_printed,
        "notes": _texts(entry.notes),
        "proximity_m": number(entry.proximity_m),
        "pooled": [_area(one) for one in entry.pooled],
        "nearness": near.get(entry.id, []),
    }


def _reported(entry: Entry) -> dict[str, Any] | None:
    found = entry.reported
    if found is None:
        return None
    return {
        "value": number(found.value),
        "date": found.date,
        "source": found.source,
        "difference": number(found.difference),
    }


def _area(area: AreaEntry) -> dict[str, Any]:
    return {
        "area_id": area.area_id,
        "name": area.name,
        "level": area.level,
        "value": number(area.value),
        "verdict": area.verdict,
        "gap": number(area.gap),
        "units_to_build": area.units_to_build,
        "target": number(area.target),
        "unit": area.unit,
        "missing": _texts(area.missing),
    }


def _nearness(table: Nearness, facilities: Places) -> list[dict[str, Any]]:
    ids = [*map(str, facilities.ids), None]  # position -1, nothing near, is the last
    rows = zip(table.facility, table.other, table.straight_m, table.network_m, table.same_site, table.beds, strict=True)
    return [
        {
            "facility_id": ids[one],
            "nearest_id": ids[other],
            "straight_m": _metres(straight),
            "network_m": _metres(along),
            "same_site": bool(shared),
            "beds": number(beds),
        }
        for one, other, straight, along, shared, beds in rows
    ]


def _texts(reasons: Sequence[Reason]) -> list[str]:
    return [reason.text for reason in reasons]


def _metres(value: float) -> float | None:
    return round(float(value), 2) if math.isfinite(value) else None


def number(value: float | None) -> int | float | None:
    """Return a figure, without a point where it is whole; None where it isn't known.

    Examples
    --------
    >>> number(78.0), number(62.5), number(None), number(float("nan"))
    (78, 62.5, None, None)
    """
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else round(float(value), DECIMALS)
