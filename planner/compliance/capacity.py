"""Capacities: a total of facilities, beds, places or square metres, and its ratio to people or beds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from planner.compliance.entry import AreaEntry, Reason
from planner.compliance.evidence import Evidence, blank_cells, is_whole, no_column, partial, standing
from planner.compliance.selection import Selection
from planner.compliance.territory import Tier
from planner.compliance.verdict import (
    Bounds,
    Outcome,
    exact,
    gap,
    in_words,
    judge,
    no_data,
    not_applicable,
    number,
    rounded_up,
    short_of,
)
from planner.plan import Indicator

BoolArray = npt.NDArray[np.bool_]

PER: dict[str, int] = {
    "places/1000 people": 1000,
    "beds/1000 elderly": 1000,
    "beds/100 elderly": 100,
    "persons/1000 elderly": 1000,
    "persons/100 beds": 100,
    "m2/person": 1,
    "m2/bed": 1,
}
BUILDABLE = ("facilities", "beds", "places", "m2")
NO_AGE, TAKEN_AGE = "population_elderly_unspecified", "population_60plus"
"""Where a plan prints no age for 老年人, the law's own (60) is taken and said."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum over facilities: what is known of it, and whether something is missing."""

    known: Fraction
    whole: bool
    missing: tuple[Reason, ...] = ()

    @property
    def bounds(self) -> Bounds:
        """Return the sum's bounds: what is known, and nothing above where a part isn't."""
        return Bounds(self.known, self.known if self.whole else None)


def measure_total(evidence: Evidence, indicator: Indicator, target: Fraction | None) -> Outcome:
    """Return the facilities, beds, places or square metres of a scope."""
    tiers, lacking = evidence.tiers(indicator)
    selection = evidence.offers.select(indicator)
    absent = () if indicator.column is None else tuple(evidence.offers.lacks(indicator.column))
    if selection.missing or absent or (lacking and not tiers):
        return no_data(*selection.missing, *absent, *lacking, unit=indicator.unit)
    if not tiers:
        return not_applicable(unit=indicator.unit)
    inside, lost = inside_of(evidence, indicator, tiers)
    if lost:
        return no_data(*lost, unit=indicator.unit)
    amount = amount_of(evidence, indicator.column, among(selection, inside))
    value, operator = amount.bounds, indicator.operator
    shortage = None
    if operator is not None and target is not None and amount.whole:
        shortage = short_of(operator, amount.known, target)
    return Outcome(
        value=value,
        unit=indicator.unit or unit_of(indicator.column),
        numerator=amount.known,
        shortage=shortage,
        build_unit=indicator.unit if indicator.unit in BUILDABLE else None,
        missing=(*amount.missing, *partial(lacking)[0]),
        notes=(*selection.notes, *partial(lacking)[1]),
        by_area=() if is_whole(tiers) else tuple(_totals(evidence, indicator, tiers, selection)),
    )


def measure_ratio(evidence: Evidence, indicator: Indicator, target: Fraction | None) -> Outcome:
    """Return capacity per 1,000 people, per head, per bed; of ``people/facility`` people per facility."""
    tiers, lacking = evidence.tiers(indicator)
    selection = evidence.offers.select(indicator)
    of_people = indicator.unit == "people/facility"
    column = None if of_people else indicator.column
    absent = () if column is None else tuple(evidence.offers.lacks(column))
    if selection.missing or absent or (lacking and not tiers):
        return no_data(*selection.missing, *absent, *lacking, unit=indicator.unit)
    inside, lost = inside_of(evidence, indicator, tiers)
    if lost:
        return no_data(*lost, unit=indicator.unit)
    base, notes, why = base_of(evidence, indicator, tiers, inside)
    if base is None:
        return no_data(*why, unit=indicator.unit)
    amount = amount_of(evidence, column, among(selection, inside))
    whole = _ratio(indicator, amount, base, target)
    rows: tuple[AreaEntry, ...] = ()
    if not is_whole(tiers):
        rows = tuple(_ratios(evidence, indicator, tiers, selection, target))
    lost, part = partial(lacking)
    told = (*selection.notes, *notes, *part)
    return replace(whole, missing=(*amount.missing, *why, *lost), notes=told, by_area=rows)


def inside_of(evidence: Evidence, indicator: Indicator, tiers: Sequence[Tier]) -> tuple[BoolArray, tuple[Reason, ...]]:
    """Return the facilities of a scope: those that stand in it, and those of which nobody can tell."""
    sure, adrift = standing(tiers, len(evidence.facilities))
    found = sure | adrift
    if indicator.areas and is_whole(tiers):
        of_areas, lost = evidence.lying_in(indicator.areas)
        return found & of_areas, lost
    return found, ()


def among(selection: Selection, inside: BoolArray) -> Selection:
    """Return a selection within a mask of facilities."""
    return replace(selection, counts=selection.counts & inside, doubtful=selection.doubtful & inside)


def amount_of(evidence: Evidence, column: str | None, selection: Selection) -> Amount:
    """Sum a column (or count) over facilities; a blank, or a facility of unknown year, leaves the sum open above."""
    counts, doubtful = selection.counts, selection.doubtful
    missing: list[Reason] = []
    if doubtful.any():
        missing.append(blank_cells("facilities", "year", int(doubtful.sum()), int((counts | doubtful).sum())))
    if column is None:
        return Amount(Fraction(int(counts.sum())), not missing, tuple(missing))
    cells = evidence.facilities.number(column)[counts]
    known = ~np.isnan(cells)
    if not known.all():
        missing.append(blank_cells("facilities", column, int((~known).sum()), len(cells)))
    return Amount(added(cells[known]), not missing, tuple(missing))


def added(cells: npt.NDArray[np.float64]) -> Fraction:
    """Return an exact sum."""
    return sum((exact(cell) for cell in cells), Fraction(0))


def base_of(
    evidence: Evidence, indicator: Indicator, tiers: Sequence[Tier], inside: BoolArray
) -> tuple[Fraction | None, tuple[Reason, ...], tuple[Reason, ...]]:
    """Return what a ratio is taken of, notes on it, and why there is none."""
    column = indicator.denominator or "population"
    if column == "beds":
        services = indicator.partners or indicator.counted_services
        homes = evidence.offers.select(indicator, services, functions=False, size=not indicator.partners)
        absent = tuple(evidence.offers.lacks("beds"))
        if homes.missing or absent:
            return None, (), (*homes.missing, *absent)
        beds = amount_of(evidence, "beds", among(homes, inside))
        if not beds.whole:
            return None, (), beds.missing
        return (beds.known, (), ()) if beds.known else (None, (), (zero("facilities", "beds"),))
    column, notes = _age(evidence, column)
    people, why = evidence.people(column, tiers)
    if people is None:
        own = _own(tiers, column)
        return (own, notes, ()) if own else (None, (), (why or no_column("communities", column),))
    blank = int(np.isnan(people).sum())
    if blank:
        own = _own(tiers, column)
        reason = blank_cells("communities", column, blank, len(people))
        return (own, (*notes, _from_areas(column)), ()) if own else (None, (), (reason,))
    base = added(people)
    return (base, notes, ()) if base else (None, (), (zero("communities", column),))


def _age(evidence: Evidence, column: str) -> tuple[str, tuple[Reason, ...]]:
    if column != NO_AGE or NO_AGE in evidence.communities.columns:
        return column, ()
    text = f"the plan prints no age for older people: {TAKEN_AGE} is taken"
    return TAKEN_AGE, (Reason(code="age_taken", text=text, table="communities", column=TAKEN_AGE),)


def _own(tiers: Sequence[Tier], column: str) -> Fraction | None:
    """Return the areas' own figures, summed, where each area has one."""
    if not tiers or any(column not in tier.own or np.isnan(tier.own[column]).any() for tier in tiers):
        return None
    return sum((added(tier.own[column]) for tier in tiers), Fraction(0))


def _from_areas(column: str) -> Reason:
    text = f"{column} is the table of areas' own, as communities have blanks"
    return Reason(code="areas_own_figure", text=text, table="areas", column=column)


def zero(table: str, column: str) -> Reason:
    """Return the reason that a denominator is 0."""
    text = f"{table}: '{column}' sums to 0, and nothing can be had per 0"
    return Reason(code="zero_denominator", text=text, table=table, column=column)


def _ratio(indicator: Indicator, amount: Amount, base: Fraction, target: Fraction | None) -> Outcome:
    operator, unit = indicator.operator, indicator.unit
    if unit == "people/facility":
        need = None if not target or operator is None else base / target
        lacks = None if need is None else max(need - amount.known, Fraction(0))
        value = Bounds.of(base / amount.known) if amount.known else None
        return Outcome(
            value=value if amount.whole else None,
            unit=unit,
            verdict=None if value is not None or target is None else "below",
            numerator=base,
            denominator=amount.known,
            shortage=lacks if amount.whole else None,
            build_unit="facilities",
        )
    per = Fraction(PER.get(unit or "", 1))
    high = amount.bounds.high
    lacks = None
    if operator is not None and target is not None and amount.whole:
        lacks = short_of(operator, amount.known, target * base / per)
    built = unit_of(indicator.column)
    return Outcome(
        value=Bounds(amount.known * per / base, None if high is None else high * per / base),
        unit=unit,
        numerator=amount.known,
        denominator=base,
        shortage=lacks if built in BUILDABLE else None,
        build_unit=built if built in BUILDABLE else None,
    )


def unit_of(column: str | None) -> str:
    """Return the unit in which a column's capacity is built."""
    if column is None:
        return "facilities"
    return {"beds": "beds", "nursing_beds": "beds", "places": "places"}.get(
        column, "m2" if column.endswith("_m2") else ""
    )


def _ratios(
    evidence: Evidence, indicator: Indicator, tiers: Sequence[Tier], selection: Selection, target: Fraction | None
) -> list[AreaEntry]:
    rows = []
    for tier in tiers:
        for i in range(len(tier)):
            one = tier.only(np.arange(len(tier)) == i)
            inside = tier.facility == i
            base, _, why = base_of(evidence, indicator, [one], inside)
            amount = amount_of(evidence, indicator.column, among(selection, inside))
            found = no_data(*why) if base is None else _ratio(indicator, amount, base, target)
            rows.append(_row(tier, i, found, indicator, target, why))
    return rows


def _totals(evidence: Evidence, indicator: Indicator, tiers: Sequence[Tier], selection: Selection) -> list[AreaEntry]:
    """Return what stands in each area; the target is that of all together, so no area has one."""
    rows = []
    for tier in tiers:
        for i in range(len(tier)):
            amount = amount_of(evidence, indicator.column, among(selection, tier.facility == i))
            found = Outcome(value=amount.bounds, unit=indicator.unit)
            rows.append(_row(tier, i, found, indicator, None, amount.missing))
    return rows


def _row(
    tier: Tier, i: int, found: Outcome, indicator: Indicator, target: Fraction | None, missing: tuple[Reason, ...]
) -> AreaEntry:
    return judged_row(str(tier.ids[i]), str(tier.names[i]), tier.level, found, indicator, target, missing)


def judged_row(
    area_id: str,
    name: str,
    level: str,
    found: Outcome,
    indicator: Indicator,
    target: Fraction | None,
    missing: tuple[Reason, ...],
) -> AreaEntry:
    """Return an outcome as the row of one area or facility."""
    value, operator = found.value, indicator.operator
    aim = target if operator is not None else None
    met = None if value is None or aim is None or operator is None else judge(operator, value, aim)
    known = value.low if value is not None and (value.exact or met is not None) else None
    open_verdict = "no_target" if known is not None else "no_data"
    return AreaEntry(
        area_id=area_id,
        name=name,
        level=level,
        value=number(known),
        target=number(aim),
        unit=found.unit,
        verdict=found.verdict or (open_verdict if aim is None else in_words(met)),  # type: ignore[arg-type]
        gap=number(gap(operator, known, aim)),
        units_to_build=rounded_up(found.shortage),
        missing=missing,
    )
