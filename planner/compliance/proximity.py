"""Proximity: how near each facility of one kind stands to one of another kind."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from planner import reach
from planner.compliance.entry import AreaEntry, Nearness, Reason, Verdict
from planner.compliance.evidence import Evidence, standing
from planner.compliance.verdict import Bounds, Outcome, no_data, not_applicable
from planner.distance import by_id
from planner.measure import FloatArray, IntArray, length_quanta, metres, metric_crs, project
from planner.plan import Figure, Indicator
from planner.streets import streets

_METRES = {"m": 1.0, "km": 1000.0}


def measure(evidence: Evidence, indicator: Indicator, limit: Figure | None) -> tuple[Outcome, Nearness | None]:
    """Return the share of facilities with one of the other kind near, and the table of the nearest.

    Parameters
    ----------
    limit
        The distance that the plan prints, in the indicator's unit; None, as in every plan so far: then the study's
        own is taken and the verdict stays open.
    """
    near_m = evidence.proximity_m if limit is None else limit.value * _METRES.get(indicator.unit or "m", 1.0)
    selection = evidence.offers.select(indicator)
    others = indicator.partners or indicator.services[1:]
    absent = () if evidence.offers.knows(others) else (_no_other(others),)
    tiers, lacking = evidence.tiers(indicator)
    missing = (*selection.missing, *absent, *(lacking if not tiers else ()))
    if missing:
        return replace(no_data(*missing, unit="%"), proximity_m=near_m), None
    inside, adrift = standing(tiers, len(evidence.facilities))
    one = np.flatnonzero(selection.counts & (inside | adrift))
    other = np.flatnonzero(evidence.offers.open_now() & evidence.offers.of_service(others))
    if len(one) == 0:
        return replace(not_applicable(unit="%"), proximity_m=near_m), None
    found = _nearness(evidence, indicator.id, one, other)
    near = _within(found.straight_m, near_m)
    share = Fraction(100 * int(near.sum()), len(one))
    decided = limit is not None and indicator.operator is not None
    return (
        Outcome(
            value=Bounds.of(share),
            unit="%",
            numerator=Fraction(int(near.sum())),
            denominator=Fraction(len(one)),
            notes=(*selection.notes, _said(near_m, given=limit is None)),
            by_area=tuple(_rows(evidence, found, near_m, judged=decided)),
            proximity_m=near_m,
        ),
        found,
    )


def _nearness(evidence: Evidence, indicator: str, one: IntArray, other: IntArray) -> Nearness:
    facilities = evidence.facilities
    crs = (
        metric_crs(float(np.mean(facilities.lon)), float(np.mean(facilities.lat)))
        if evidence.ready is None
        else evidence.ready.network.crs
    )
    x, y = project(crs, facilities.lon, facilities.lat)
    nearest = np.full(len(one), -1, np.int64)
    straight = np.full(len(one), np.nan)
    if len(other):
        in_order = other[np.argsort(by_id(facilities.ids[other]))]  # ties by id
        crow = np.hypot(x[one][:, None] - x[in_order][None, :], y[one][:, None] - y[in_order][None, :])
        quanta = length_quanta(crow)
        first = quanta.argmin(axis=1)
        nearest, straight = in_order[first], metres(quanta[np.arange(len(one)), first])
    return Nearness(
        indicator=indicator,
        facility=one,
        other=nearest,
        straight_m=straight,
        network_m=_by_network(evidence, one, other),
        same_site=tuple(bool(far <= reach.SAME_SITE_M) for far in straight),
        beds=facilities.number("beds")[one],
    )


def _by_network(evidence: Evidence, one: IntArray, other: IntArray) -> FloatArray:
    """Return the metres along streets to the nearest, under the profile of the study's first circle."""
    ready = evidence.ready
    if ready is None or not len(other) or not evidence.coverages:
        return np.full(len(one), np.nan)
    profile = evidence.coverages[0].circle.profile
    way = streets(ready.network, ready.weights[profile], by="length")
    doors = ready.anchors[profile]["facilities"]
    ids = evidence.facilities.ids[other]
    found = reach.nearest(
        way, doors.take(one), doors.take(other), rank=by_id(ids), site=np.arange(len(other), dtype=np.int64)
    )
    known = found.target[:, 0] >= 0
    along = np.where(known, metres(found.length_mm[:, 0]), np.nan)
    along[np.isin(one, other)] = 0.0  # it offers both itself
    return along


def _within(straight_m: FloatArray, near_m: float) -> np.ndarray:
    return np.asarray(straight_m <= near_m)  # NaN where there is none: not near


def _said(near_m: float, *, given: bool) -> Reason:
    if not given:
        return Reason(code="distance_printed", text=f"near is at most {near_m:g} m in a straight line")
    text = f"the plan prints no distance: near is at most {near_m:g} m in a straight line, by [study] proximity_m"
    return Reason(code="distance_taken", text=text, column="proximity_m")


def _no_other(services: tuple[str, ...]) -> Reason:
    names = ", ".join(services)
    text = f"facilities: none offers {names}, so there is nothing to be near to"
    return Reason(code="no_service", text=text, table="facilities", column="service", name=names)


def _rows(evidence: Evidence, found: Nearness, near_m: float, *, judged: bool) -> list[AreaEntry]:
    rows = []
    for i, far in zip(found.facility, found.straight_m.tolist(), strict=True):
        known = not np.isnan(far)
        verdict: Verdict = "no_target" if known else "no_data"
        if judged and known:
            verdict = "meets" if far <= near_m else "below"
        rows.append(
            AreaEntry(
                area_id=str(evidence.facilities.ids[i]),
                name=str(evidence.facilities.names[i]),
                level="facility",
                value=far if known else None,
                target=near_m if judged else None,
                unit="m",
                verdict=verdict,
                gap=max(far - near_m, 0.0) if judged and known else None,
                units_to_build=None,
            )
        )
    return rows
