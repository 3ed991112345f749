"""Centres of a street that take over the quotas of its residential areas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from planner.compliance.entry import AreaEntry, Reason, Verdict
from planner.compliance.evidence import Evidence, no_column
from planner.compliance.residential import belonging, homes_of
from planner.compliance.size_rule import needs, overall, rule_of
from planner.compliance.territory import Tier
from planner.compliance.verdict import Bounds, Outcome, exact, no_data, not_applicable, number, rounded_up
from planner.plan import Indicator


def measure(evidence: Evidence, indicator: Indicator, rules: Sequence[Indicator], target: Fraction | None) -> Outcome:
    """Judge the size of each area's largest centre that has the functions; an area without one has nothing to judge.

    Parameters
    ----------
    rules
        Whose quotas the centre may take over; ``pooled`` sets them against the centres, street by street.
    """
    unit = indicator.unit
    column = indicator.column or "floor_area_m2"
    tiers, lacking = evidence.tiers(indicator)
    selection = evidence.offers.select(indicator, size=False)
    absent = evidence.offers.lacks(column)
    if selection.missing or absent or (lacking and not tiers):
        return no_data(*selection.missing, *absent, *lacking, unit=unit)
    if not tiers:
        return not_applicable(unit=unit)
    size = evidence.facilities.number(column)
    rows = [
        _row(tier, i, size[selection.counts & (tier.facility == i)], target) for tier in tiers for i in range(len(tier))
    ]
    known = [Fraction(repr(row.value)) for row in rows if row.value is not None]
    lacks = [Fraction(0) if row.gap is None else exact(row.gap) for row in rows]
    return Outcome(
        value=Bounds.of(min(known)) if known else None,
        unit=unit,
        verdict=overall([row.verdict for row in rows]) if target is not None else None,
        numerator=Fraction(sum(row.verdict == "meets" for row in rows)),
        denominator=Fraction(len(rows)),
        shortage=sum(lacks, Fraction(0)),
        build_unit="m2",
        notes=selection.notes,
        missing=lacking,
        by_area=tuple(rows),
        pooled=tuple(_against(evidence, indicator, rules)),
    )


def taken_over(evidence: Evidence, indicator: Indicator, rules: Sequence[Indicator]) -> dict[str, Fraction]:
    """Return what centres take over for each residential area, by id: in streets where they hold all that is short."""
    centres = _centres(evidence, indicator)
    short, of_home = _short(evidence, rules)
    return {
        home: lack
        for home, (key, lack) in of_home.items()
        if lack and centres.get(key, Fraction(0)) and centres[key] >= short[key]
    }


def _centres(evidence: Evidence, indicator: Indicator) -> dict[tuple[str, int], Fraction]:
    """Return the square metres of the centres that count, by level and position of their street or township."""
    column = indicator.column or "floor_area_m2"
    selection = evidence.offers.select(indicator)
    if selection.missing or evidence.offers.lacks(column):
        return {}
    size = evidence.facilities.number(column)
    found: dict[tuple[str, int], Fraction] = {}
    for tier in evidence.tiers(indicator)[0]:
        for i in np.flatnonzero(selection.counts & (tier.facility >= 0) & ~np.isnan(size)):
            key = (tier.level, int(tier.facility[i]))
            found[key] = found.get(key, Fraction(0)) + exact(float(size[i]))
    return found


def _short(
    evidence: Evidence, rules: Sequence[Indicator]
) -> tuple[dict[tuple[str, int], Fraction], dict[str, tuple[tuple[str, int], Fraction]]]:
    """Return what the residential areas of each street lack under some rules together, and each area's street."""
    short: dict[tuple[str, int], Fraction] = {}
    of_home: dict[str, tuple[tuple[str, int], Fraction]] = {}
    for one in rules:
        rule = rule_of(one, evidence.year)
        homes, _ = homes_of(evidence, one)
        asked = () if rule is None else tuple(column for column in (rule.have, rule.size) if column is not None)
        if rule is None or homes is None or any(column not in homes.columns for column in asked):
            continue
        lacks = [need.lacks or Fraction(0) for need in needs(rule, homes)]
        for tier, at in belonging(evidence, homes)[1:]:
            for i in np.flatnonzero(at >= 0):
                key = (tier.level, int(at[i]))
                short[key] = short.get(key, Fraction(0)) + lacks[i]
                of_home[str(homes.ids[i])] = (key, lacks[i])
    return short, of_home


def _against(evidence: Evidence, indicator: Indicator, rules: Sequence[Indicator]) -> list[AreaEntry]:
    """Set what residential areas lack against the centres of their street."""
    centres = _centres(evidence, indicator)
    short, _ = _short(evidence, rules)
    rows = []
    for key in sorted(short):
        level, i = key
        tier = evidence.territory.tiers[level]
        have = centres.get(key, Fraction(0))
        lack = max(short[key] - have, Fraction(0))
        verdict: Verdict = "below" if lack else "meets"
        rows.append(
            AreaEntry(
                area_id=str(tier.ids[i]),
                name=str(tier.names[i]),
                level=level,
                value=number(have),
                target=number(short[key]),
                unit="m2",
                verdict=verdict,
                gap=number(lack),
                units_to_build=rounded_up(lack),
            )
        )
    return rows


def _row(tier: Tier, i: int, sizes: np.ndarray, target: Fraction | None) -> AreaEntry:
    known = sizes[~np.isnan(sizes)]
    largest = exact(float(known.max())) if len(known) else None
    verdict: Verdict = "no_data" if len(sizes) else "not_applicable"
    lack = None
    if largest is not None:
        verdict = "no_target" if target is None else ("meets" if largest >= target else "below")
        lack = None if target is None else max(target - largest, Fraction(0))
    missing: tuple[Reason, ...] = ()
    if verdict == "no_data":
        missing = (no_column("facilities", "floor_area_m2"),)
    return AreaEntry(
        area_id=str(tier.ids[i]),
        name=str(tier.names[i]),
        level=tier.level,
        value=number(largest),
        target=number(target),
        unit="m2",
        verdict=verdict,
        gap=number(lack),
        units_to_build=rounded_up(lack),
        missing=missing,
    )
