"""Presence: how many areas of a scope have a facility that counts inside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from planner.compliance.entry import AreaEntry, Reason
from planner.compliance.evidence import UNKNOWN, Evidence, partial
from planner.compliance.selection import Selection
from planner.compliance.territory import Tier
from planner.compliance.verdict import (
    Bounds,
    Outcome,
    gap,
    in_words,
    judge,
    no_data,
    not_applicable,
    number,
    rounded_up,
    short_of,
    total,
)
from planner.measure import IntArray
from planner.plan import Comparison, Indicator

PER_AREA = "facilities/unit"
COLUMN = {
    "county": "county",
    "street": "street",
    "township": "street",
    "community": "community_id",
    "urban_community": "community_id",
    "village": "community_id",
}
"""By level, the column in which a facility may name its area."""


@dataclass(frozen=True, slots=True)
class _Count:
    """Facilities in the areas of one tier: for sure, and at most; and how many facilities are behind the difference."""

    tier: Tier
    least: IntArray
    most: IntArray
    loose: int


def measure(evidence: Evidence, indicator: Indicator, target: Fraction | None) -> Outcome:
    """Return the share (or number) of areas with a facility, or the least number of facilities in an area.

    Parameters
    ----------
    target
        In the indicator's unit, None where none is due.
    """
    tiers, lacking = evidence.tiers(indicator)
    selection = evidence.offers.select(indicator)
    if selection.missing or (lacking and (not tiers or indicator.areas)):
        return no_data(*selection.missing, *lacking, unit=indicator.unit)
    if not tiers:
        return not_applicable(unit=indicator.unit)
    counts = [_count(tier, selection) for tier in tiers]
    lost, part = partial(lacking)
    missing, notes = (*lost, *_doubts(counts, selection)), (*selection.notes, *part)
    if indicator.unit == PER_AREA:
        return _per_area(counts, indicator, target, missing, notes)
    return _share(counts, indicator, target, missing, notes)


def present(tier: Tier, counting: IntArray) -> list[bool | None]:
    """Return for each area whether one of the facilities stands inside it; None where that can't be known."""
    here = tier.facility[counting]
    has = np.zeros(len(tier), dtype=bool)
    has[here[here >= 0]] = True
    adrift = bool((here == UNKNOWN).any())
    return [
        True if own else (None if adrift and not drawn else False) for own, drawn in zip(has, tier.polygon, strict=True)
    ]


def _count(tier: Tier, selection: Selection) -> _Count:
    def inside(mask: np.ndarray) -> IntArray:
        return np.bincount(tier.facility[mask & (tier.facility >= 0)], minlength=len(tier)).astype(np.int64)

    least = inside(selection.counts)
    adrift = int(((selection.counts | selection.doubtful) & (tier.facility == UNKNOWN)).sum())
    late = inside(selection.doubtful)
    most = least + late + np.where(tier.polygon, 0, adrift)
    return _Count(tier, least, most, int(late.sum()) + (0 if tier.polygon.all() else adrift))


def _doubts(counts: Sequence[_Count], selection: Selection) -> tuple[Reason, ...]:
    """Return what is unknown: years of opening, and the areas in which facilities stand."""
    found = []
    rows = int((selection.counts | selection.doubtful).sum())
    undated = int(selection.doubtful.sum())
    if undated:
        text = f"facilities: 'year' is blank for {undated} of {rows}, which may count or not"
        found.append(
            Reason(code="blank_cells", text=text, table="facilities", column="year", count=undated, total=rows)
        )
    for count in counts:
        adrift = int((selection.counts & (count.tier.facility == UNKNOWN)).sum())
        if adrift and not count.tier.polygon.all():
            level = count.tier.level
            column = COLUMN.get(level, "")
            text = f"facilities: nothing tells in which {level} {adrift} of {rows} stand: "
            text += f"fill in '{column}', or draw the areas" if column else "draw the areas"
            found.append(
                Reason(
                    code="unknown_area",
                    text=text,
                    table="facilities",
                    column=column,
                    name=level,
                    count=adrift,
                    total=rows,
                )
            )
    return tuple(dict.fromkeys(found))


def _share(
    counts: Sequence[_Count],
    indicator: Indicator,
    target: Fraction | None,
    missing: tuple[Reason, ...],
    notes: tuple[Reason, ...],
) -> Outcome:
    areas = sum(len(count.tier) for count in counts)
    have = sum(int((count.least >= 1).sum()) for count in counts)
    might = sum(min(int(((count.most >= 1) & (count.least < 1)).sum()), count.loose) for count in counts)
    in_unit = {"%": Fraction(100, areas), "fraction": Fraction(1, areas)}.get(indicator.unit or "", Fraction(1))
    value = Bounds(have * in_unit, (have + might) * in_unit)
    operator = indicator.operator
    shortage = None
    if operator is not None and target is not None and value.exact:
        shortage = short_of(operator, Fraction(have), target / in_unit)
    aim = None if target is None else Fraction(1)
    return Outcome(
        value=value,
        unit=indicator.unit or "areas",
        numerator=Fraction(have),
        denominator=Fraction(areas),
        shortage=shortage,
        build_unit="facilities",
        missing=missing if might else (),
        notes=notes,
        by_area=tuple(row for count in counts for row in _rows(count, ">=", aim)),
    )


def _per_area(
    counts: Sequence[_Count],
    indicator: Indicator,
    target: Fraction | None,
    missing: tuple[Reason, ...],
    notes: tuple[Reason, ...],
) -> Outcome:
    """Judge a number of facilities that each area must have; the value is that of the area with the fewest."""
    least = Fraction(min(int(count.least.min()) for count in counts))
    most = Fraction(min(int(count.most.min()) for count in counts))
    rows = [row for count in counts for row in _rows(count, indicator.operator or ">=", target)]
    met: bool | None = None
    lacks = None
    if target is not None and indicator.operator is not None:
        lacks = total(
            short_of(indicator.operator, Fraction(int(one)), target) for count in counts for one in count.least
        )
        loose = sum(count.loose for count in counts)
        states = {row.verdict for row in rows}
        met = (
            states == {"meets"}
            if "no_data" not in states
            else (False if "below" in states or (lacks is not None and lacks > loose) else None)
        )
    exact = least == most and all((count.least == count.most).all() for count in counts)
    return Outcome(
        value=Bounds(least, most),
        unit=PER_AREA,
        verdict=None if target is None else in_words(met),
        numerator=Fraction(sum(row.verdict == "meets" for row in rows)) if target is not None else None,
        denominator=Fraction(len(rows)),
        shortage=lacks if exact else None,
        build_unit="facilities",
        missing=() if exact else missing,
        notes=notes,
        by_area=tuple(rows),
    )


def _rows(count: _Count, operator: Comparison, target: Fraction | None) -> list[AreaEntry]:
    rows = []
    for i in range(len(count.tier)):
        value = Bounds(Fraction(int(count.least[i])), Fraction(int(count.most[i])))
        met = None if target is None else judge(operator, value, target)
        known = value.low if value.exact or met is not None else None
        lacks = None if target is None or not value.exact else short_of(operator, value.low, target)
        rows.append(
            AreaEntry(
                area_id=str(count.tier.ids[i]),
                name=str(count.tier.names[i]),
                level=count.tier.level,
                value=number(known),
                target=number(target),
                unit="facilities",
                verdict=("no_target" if known is not None else "no_data") if target is None else in_words(met),
                gap=number(gap(operator, known, target)),
                units_to_build=rounded_up(lacks),
            )
        )
    return rows
