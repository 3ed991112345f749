"""Circles side by side, scenarios, and shares inside communities, as plain data for ``findings.json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.measure import shapes_in_metres
from planner.report.json_values import ACCESS_DECIMALS, METRES_DECIMALS, MINUTES_DECIMALS, number, tally
from planner.report.unassessed import Unassessed, unassessed
from planner.report.words import read

if TYPE_CHECKING:
    from planner.comparison import Comparison
    from planner.coverage import Coverage
    from planner.inside import Inside
    from planner.outcome import Outcome
    from planner.places import Places
    from planner.study import Findings, Study


def comparisons(findings: Findings) -> list[dict[str, Any]]:
    """Return the circles of each service two by two, with the communities on which they part."""
    return [
        {
            "circles": [one.one, one.other],
            "both": len(one.both),
            "neither": len(one.neither),
            "not_assessed": len(one.unassessed),
            "only_first": _ids(findings.study, one.only_one),
            "only_second": _ids(findings.study, one.only_other),
            "people_only_first": one.people_only_one,
            "people_only_second": one.people_only_other,
        }
        for one in findings.comparisons
    ]


def isochrones(findings: Findings) -> list[dict[str, Any]]:
    """Return how much land and street lies within each band of each circle, the nearest band first."""
    crs = findings.network.crs
    found: list[dict[str, Any]] = []
    streets_m: dict[str, float] = {}
    for band in sorted(findings.bands, key=lambda one: (one.circle, one.limit)):
        streets_m[band.circle] = streets_m.get(band.circle, 0.0) + float(
            shapely.length(shapes_in_metres(crs, band.streets))
        )
        found.append(
            {
                "circle": band.circle,
                "limit": round(band.limit, MINUTES_DECIMALS),
                "limit_unit": band.limit_unit,
                "area_km2": round(float(shapely.area(shapes_in_metres(crs, band.polygon))) / 1e6, 4),
                "street_km": round(streets_m[band.circle] / 1e3, 3),
            }
        )
    return found


def scenarios(findings: Findings) -> list[dict[str, Any]]:
    """Return each scenario: every circle after it, and the communities that it changes."""
    return [_scenario(findings, one) for one in findings.outcomes]


def inside_of_circle(found: Inside | None) -> dict[str, Any] | None:
    """Return the covered share at the places where people live, all communities together."""
    if found is None:
        return None
    total = int(found.total.sum())
    return {
        "spread_by_floor_area": found.spread,
        "points": int(found.points.sum()),
        "points_unknown": int(np.isnan(found.people).sum()),
        "people": total,
        "covered": int(found.covered.sum()),
        "uncovered": int(found.uncovered.sum()),
        "not_assessed": int(found.not_assessed.sum()),
        "share": int(found.covered.sum()) / total if total else None,
        "own_figure": found.own_total,
        "difference": found.difference_total,
        "communities_without_points": int((found.points == 0).sum()),
    }


def inside_of_communities(found: Inside | None, count: int) -> list[dict[str, Any] | None]:
    """Return the covered share inside each community; None where no point tells of it."""
    if found is None:
        return [None] * count
    share, difference = found.share, found.difference
    return [
        {
            "points": int(found.points[i]),
            "people": int(found.total[i]),
            "covered": int(found.covered[i]),
            "uncovered": int(found.uncovered[i]),
            "not_assessed": int(found.not_assessed[i]),
            "share": None if np.isnan(share[i]) else float(share[i]),
            "own_figure": None if np.isnan(found.own[i]) else int(found.own[i]),
            "difference": None if np.isnan(difference[i]) else int(difference[i]),
        }
        if found.points[i]
        else None
        for i in range(count)
    ]


def _scenario(findings: Findings, outcome: Outcome) -> dict[str, Any]:
    study = findings.study
    pairs = list(zip(findings.coverages, outcome.coverages, strict=True))
    words = read()
    reasons = [unassessed(findings, after, words, outcome=outcome) for _, after in pairs]
    changed = np.zeros(len(study.communities), dtype=bool)
    for before, after in pairs:
        changed |= _differs(before, after)
    return {
        "name": outcome.name,
        "closed_m": round(outcome.closed_m, METRES_DECIMALS),
        "added_m": round(outcome.added_m, METRES_DECIMALS),
        "circles": [
            _after(study, after, comparison) for (_, after), comparison in zip(pairs, outcome.comparisons, strict=True)
        ],
        "communities": [
            {
                "id": str(study.communities.ids[i]),
                "circles": {
                    after.circle.name: _answer(after, i, study.facilities, reason.get(i))
                    for (_, after), reason in zip(pairs, reasons, strict=True)
                },
            }
            for i in np.flatnonzero(changed).tolist()
        ],
    }


def _differs(before: Coverage, after: Coverage) -> Any:
    """Return which communities a scenario changes at all."""
    same = (before.status == after.status) & (before.nearest == after.nearest)
    for one, other in ((before.minutes, after.minutes), (before.metres, after.metres)):
        same &= (one == other) | (np.isnan(one) & np.isnan(other))
    return ~same


def _after(study: Study, after: Coverage, comparison: Comparison) -> dict[str, Any]:
    people = after.people
    return {
        "name": after.circle.name,
        "communities": tally(after.communities),
        "people": None if people is None else tally(people, of_people=True),
        "newly_covered": _ids(study, comparison.only_other),
        "no_longer_covered": _ids(study, comparison.only_one),
        "people_newly_covered": comparison.people_only_other,
        "people_no_longer_covered": comparison.people_only_one,
    }


def _answer(coverage: Coverage, i: int, facilities: Places, reason: Unassessed | None) -> dict[str, Any]:
    nearest = int(coverage.nearest[i])
    return {
        "status": str(coverage.status[i]),
        "nearest_facility": None if nearest < 0 else str(facilities.ids[nearest]),
        "minutes": number(coverage.minutes[i], MINUTES_DECIMALS),
        "metres": number(coverage.metres[i], METRES_DECIMALS),
        "reason": None if reason is None else _reason(reason),
    }


def _reason(reason: Unassessed) -> dict[str, Any]:
    access_m = None if reason.access_m is None else number(reason.access_m, ACCESS_DECIMALS)
    return {"code": reason.code, "access_m": access_m, **reason.text}


def _ids(study: Study, positions: Sequence[int] | Any) -> list[str]:
    return [str(study.communities.ids[i]) for i in positions]
