"""Shares: which part of a capacity, or of the facilities, meets a filter; and a capacity against persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.compliance.capacity import BUILDABLE, added, among, amount_of, inside_of, judged_row, unit_of, zero
from planner.compliance.entry import AreaEntry, Reason
from planner.compliance.evidence import Evidence, blank_cells, no_column, partial
from planner.compliance.selection import Offers, Selection
from planner.compliance.territory import Tier
from planner.compliance.verdict import Bounds, Outcome, no_data, not_applicable, short_of
from planner.plan import Indicator

BoolArray = npt.NDArray[np.bool_]


def measure(evidence: Evidence, indicator: Indicator, target: Fraction | None) -> Outcome:
    """Return which part of a capacity, or of the facilities, meets the indicator's further filters."""
    tiers, lacking = evidence.tiers(indicator)
    selection = evidence.offers.select(indicator, functions=False)
    wanted = [one for one in (indicator.column, indicator.part_column) if one is not None]
    wanted += [where.column for where in (*indicator.part, *indicator.part_any)]
    absent = [reason for one in dict.fromkeys(wanted) for reason in evidence.offers.lacks(one)]
    absent += [reason for name in indicator.requires for reason in evidence.offers.lacks_function(name)]
    if selection.missing or absent or (lacking and not tiers):
        return no_data(*selection.missing, *absent, *lacking, unit=indicator.unit)
    inside, lost = inside_of(evidence, indicator, tiers)
    if lost:
        return no_data(*lost, unit=indicator.unit)
    base = among(selection, inside)
    part, blanks = meeting(evidence.offers, indicator, base.counts)
    notes = (*selection.notes, *blanks)
    if of_persons(indicator):
        return replace(_per_person(evidence, indicator, base, tiers, target), notes=notes)
    if not base.counts.any():
        return not_applicable(*lacking, unit=indicator.unit or "%")
    found = _part_of(evidence, indicator, base.counts, part, target)
    rows: tuple[AreaEntry, ...] = ()
    if "facility" in indicator.scope:
        rows = tuple(_of_facility(evidence, indicator, i, part, target) for i in np.flatnonzero(base.counts))
    lost, levels = partial(lacking)
    return replace(found, missing=(*found.missing, *lost), notes=(*notes, *levels), by_area=rows)


def meeting(offers: Offers, indicator: Indicator, base: BoolArray) -> tuple[BoolArray, tuple[Reason, ...]]:
    """Return the facilities of the numerator, and notes on blanks."""
    part = base.copy()
    blanks: list[Reason] = []
    for where in (*indicator.part, *indicator.part_any):
        blanks += offers.blanks(where.column, base)
    for where in indicator.part:
        part &= offers.meets(where)
    if indicator.part_any:
        part &= np.logical_or.reduce([offers.meets(where) for where in indicator.part_any])
    for name in indicator.requires:
        part &= offers.has_function(name)
    return part, tuple(dict.fromkeys(blanks))


def _part_of(
    evidence: Evidence, indicator: Indicator, base: BoolArray, part: BoolArray, target: Fraction | None
) -> Outcome:
    """Return the part as a share, in % or as a fraction, and how much of it is missing within the whole as it is."""
    column = indicator.column
    unit = indicator.unit or "%"
    times = Fraction(1 if unit == "fraction" else 100)
    have, most, whole, missing = _numerator(evidence, indicator, base, part)
    if whole is None:
        return no_data(*missing, unit=unit)
    if whole == 0:
        return not_applicable(zero("facilities", column or ""), unit=unit)
    operator = indicator.operator
    lacks = None
    if operator is not None and target is not None and have == most:
        lacks = short_of(operator, have, target / times * whole)
    built = unit_of(column)
    buildable = built in BUILDABLE and indicator.part_column != "residents"
    return Outcome(
        value=Bounds(have / whole * times, most / whole * times),
        unit=unit,
        numerator=have,
        denominator=whole,
        shortage=lacks if buildable else None,
        build_unit=built if buildable else None,
        missing=missing,
    )


def _numerator(
    evidence: Evidence, indicator: Indicator, base: BoolArray, part: BoolArray
) -> tuple[Fraction, Fraction, Fraction | None, tuple[Reason, ...]]:
    """Return the least and the most that the numerator can be, the denominator (None: unknown), and what is blank."""
    column = indicator.column
    if column is None:
        have = Fraction(int(part.sum()))
        return have, have, Fraction(int(base.sum())), ()
    cells = evidence.facilities.number(column)
    if np.isnan(cells[base]).any():
        blank = blank_cells("facilities", column, int(np.isnan(cells[base]).sum()), int(base.sum()))
        return Fraction(0), Fraction(0), None, (blank,)
    whole = added(cells[base])
    own = cells if indicator.part_column is None else evidence.facilities.number(indicator.part_column)
    unknown = part & np.isnan(own)
    have = added(own[part & ~unknown])
    missing: tuple[Reason, ...] = ()
    if unknown.any():
        missing = (blank_cells("facilities", indicator.part_column or column, int(unknown.sum()), int(part.sum())),)
    return have, have + added(cells[unknown]), whole, missing


def _of_facility(
    evidence: Evidence, indicator: Indicator, i: Any, part: BoolArray, target: Fraction | None
) -> AreaEntry:
    own = np.zeros(len(part), dtype=bool)
    own[i] = True
    found = _part_of(evidence, indicator, own, part & own, target)
    facilities = evidence.facilities
    return judged_row(
        str(facilities.ids[i]), str(facilities.names[i]), "facility", found, indicator, target, found.missing
    )


def of_persons(indicator: Indicator) -> bool:
    """Whether the share is taken of persons in a column of the communities, such as those who wish to be taken in."""
    return indicator.denominator not in (None, "beds", "childcare_places", "facilities", "places")


def _per_person(
    evidence: Evidence, indicator: Indicator, base: Selection, tiers: Sequence[Tier], target: Fraction | None
) -> Outcome:
    """Return capacity against the persons who ask for it, in %."""
    column = indicator.denominator or ""
    unit = indicator.unit or "%"
    people, why = evidence.people(column, tiers)
    if people is None:
        return no_data(why or no_column("communities", column), unit=unit)
    if np.isnan(people).any():
        return no_data(blank_cells("communities", column, int(np.isnan(people).sum()), len(people)), unit=unit)
    persons = added(people)
    if not persons:
        return not_applicable(zero("communities", column), unit=unit)
    amount = amount_of(evidence, indicator.column, base)
    times = Fraction(1 if unit == "fraction" else 100)
    high = amount.bounds.high
    lacks = None
    if indicator.operator is not None and target is not None and amount.whole:
        lacks = short_of(indicator.operator, amount.known, target / times * persons)
    return Outcome(
        value=Bounds(amount.known / persons * times, None if high is None else high / persons * times),
        unit=unit,
        numerator=amount.known,
        denominator=persons,
        shortage=lacks,
        build_unit=unit_of(indicator.column),
        missing=amount.missing,
    )
