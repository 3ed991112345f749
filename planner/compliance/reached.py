"""Reach: which part of a scope's people, or of its areas, a circle of the study covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from planner import coverage
from planner.circle import Circle
from planner.compliance import homes
from planner.compliance.entry import AreaEntry, Reason, Recount
from planner.compliance.evidence import Evidence, blank_cells, covering, is_whole, no_column, no_network, partial
from planner.compliance.presence import present
from planner.compliance.territory import Territory, Tier
from planner.compliance.verdict import Bounds, Outcome, gap, in_words, judge, no_data, not_applicable, number
from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED, Coverage, Difference
from planner.distance import near
from planner.measure import IntArray
from planner.network import TextArray
from planner.plan import Comparison, Figure, Indicator

_METRES = {"m": Fraction(1), "km": Fraction(1000)}


def measure(
    evidence: Evidence,
    indicator: Indicator,
    target: Fraction | None,
    *,
    limit: Figure | None,
    limit_unit: str | None,
) -> list[Outcome]:
    """Return one outcome for each circle of the indicator's services whose limit is the plan's, or any without one.

    Parameters
    ----------
    target
        The share that must be reached, in the unit ``%`` or ``fraction`` of the indicator.
    limit, limit_unit
        As the plan prints them, None where it doesn't.
    """
    found = [one for one in evidence.coverages if _fits(one.circle, indicator, limit, limit_unit)]
    if not found:
        return [no_data(_no_circle(indicator, limit, limit_unit), unit="%")]
    return [_of_circle(evidence, indicator, target, one) for one in found]


def measure_within(evidence: Evidence, indicator: Indicator, target: Fraction | None) -> list[Outcome]:
    """Return one outcome for each circle of the services: communities that reach a facility inside themselves."""
    found = [one for one in evidence.coverages if one.circle.service in indicator.counted_services]
    return [_of_circle(evidence, indicator, target, one, within=True) for one in found]


def differences(found: Coverage, territory: Territory) -> list[Difference]:
    """Return the counties, streets and townships where a facility inside and one within the limit disagree.

    An area is reachable where all of its communities that are assessed are covered; None where none is.
    """
    rows = []
    for level in ("county", "street", "township"):
        tier = territory.tiers.get(level)
        if tier is None:
            continue
        inside = present(tier, found.facilities)
        for i, own in enumerate(inside):
            mine = found.status[tier.community == i]
            reachable = None if not (mine != NOT_ASSESSED).any() else not (mine == UNCOVERED).any()
            if own is not reachable:
                rows.append(Difference(found.circle.name, str(tier.ids[i]), level, own, reachable))
    return rows


def _fits(circle: Circle, indicator: Indicator, limit: Figure | None, unit: str | None) -> bool:
    if circle.service not in indicator.counted_services:
        return False
    if limit is None:
        return True
    own = Fraction(repr(float(circle.limit)))
    if unit == "min":
        return circle.limit_unit == "minutes" and own == limit.low
    return circle.limit_unit == "metres" and own == limit.low * _METRES.get(unit or "m", Fraction(1))


def _no_circle(indicator: Indicator, limit: Figure | None, unit: str | None) -> Reason:
    services = " or ".join(f'"{service}"' for service in indicator.counted_services)
    rule = "a limit"
    if limit is not None:
        far = limit.low * _METRES.get(unit or "", Fraction(1))
        rule = f"{'minutes' if unit == 'min' else 'metres'} = {float(far):g}"
    text = f"no circle of the study has this service and limit: add [[circle]] with service = {services} and {rule}"
    return Reason(code="no_circle", text=text, table="circle", name=", ".join(indicator.counted_services))


def _of_circle(
    evidence: Evidence, indicator: Indicator, target: Fraction | None, found: Coverage, *, within: bool = False
) -> Outcome:
    tiers, lacking = evidence.tiers(without_areas(indicator))
    keep, missing = counting(evidence, indicator, found)
    if not tiers:
        outcome = no_data(*lacking, unit="%") if lacking else not_applicable(unit="%")
    elif missing:
        outcome = no_data(*missing, unit="%")
    else:
        outcome = _covered(indicator, target, _Search(evidence, found, keep, within=within), (tiers, lacking))
        if not within and keep is None and all(tier.level != homes.LEVEL for tier in tiers):
            outcome = replace(outcome, recount=_recount(indicator, tiers))
    return replace(outcome, circle=found.circle.name)


def _recount(indicator: Indicator, tiers: Sequence[Tier]) -> Recount:
    """Return what is counted, where every facility of the circle counts and communities are what is reached."""
    return Recount(
        demand=indicator.denominator if of_people(indicator) else None,
        units=tuple(communities for tier in tiers for communities in tier.members()),
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """A circle as an indicator takes it.

    Parameters
    ----------
    counting
        The facilities to which it is narrowed; None where it stands as it is.
    within
        Whether only a facility inside the area itself counts.
    """

    evidence: Evidence
    found: Coverage
    counting: npt.NDArray[np.bool_] | None
    within: bool

    @property
    def keep(self) -> IntArray:
        """Return the facilities that count."""
        return self.found.facilities if self.counting is None else np.flatnonzero(self.counting)

    def status(self) -> TextArray | Reason:
        """Return the circle's answer for communities, searched again where it isn't at hand."""
        if not self.within and np.array_equal(self.keep, self.found.facilities):
            return self.found.status
        ready, circle = self.evidence.ready, self.found.circle
        if ready is None:
            return no_network()
        way, anchors = ready.streets(circle), ready.anchors[circle.profile]
        people, counted = self.evidence.communities, self.evidence.facilities.take(self.keep)
        where, doors = anchors["communities"], anchors["facilities"].take(self.keep)
        if not self.within:
            return coverage.assess(circle, way, people, counted, homes=where, doors=doors, store=ready.store).status
        community, place = near(circle, way, people, counted, homes=where, doors=doors)
        own = self.evidence.territory.tiers["community"].facility[self.keep][place] == community
        status = np.where(self.found.status == NOT_ASSESSED, NOT_ASSESSED, UNCOVERED).astype(object)
        status[community[own]] = COVERED
        return status


def _covered(
    indicator: Indicator, target: Fraction | None, search: _Search, scope: tuple[Sequence[Tier], tuple[Reason, ...]]
) -> Outcome:
    """Return the share of a scope's people, or of its areas, that the circle covers."""
    tiers, lacking = scope
    if counts_people(indicator, tiers):
        status = search.status()
        if isinstance(status, Reason):
            return no_data(status, unit="%")
        return _people(search.evidence, indicator, target, tiers, status)
    states: list[list[bool | None]] = []
    for tier in tiers:
        of_tier = _areas_reached(search, tier)
        if isinstance(of_tier, Reason):
            return no_data(of_tier, unit="%")
        states.append(of_tier)
    return _units(indicator, target, tiers, states, lacking)


def of_people(indicator: Indicator) -> bool:
    """Whether a reach counts people, of the column that is its denominator, rather than areas."""
    return (indicator.denominator or "").startswith("population")


def counts_people(indicator: Indicator, tiers: Sequence[Tier]) -> bool:
    """Whether a reach counts people in these areas: nothing tells how many live in a residential area."""
    return of_people(indicator) and tiers[0].level != homes.LEVEL


def without_areas(indicator: Indicator) -> Indicator:
    """Return the indicator with its named areas left out: of a reach they tell where its facilities stand."""
    return replace(indicator, areas=()) if indicator.kind == "reach" else indicator


def counting(
    evidence: Evidence, indicator: Indicator, found: Coverage
) -> tuple[npt.NDArray[np.bool_] | None, tuple[Reason, ...]]:
    """Return the facilities to which the circle must be narrowed, None where it stands as it is."""
    narrows = indicator.where or indicator.where_any or indicator.requires or indicator.increment
    if not narrows and not (indicator.kind == "reach" and indicator.areas):
        return None, ()
    keep = np.zeros(len(evidence.facilities), dtype=bool)
    keep[found.facilities] = True
    if narrows:
        selection = evidence.offers.select(indicator)
        if selection.missing:
            return None, selection.missing
        keep &= selection.counts
    if indicator.kind == "reach" and indicator.areas:
        inside, lost = evidence.lying_in(indicator.areas)
        if lost:
            return None, lost
        keep &= inside
    return keep, ()


def _people(
    evidence: Evidence, indicator: Indicator, target: Fraction | None, tiers: Sequence[Tier], status: TextArray
) -> Outcome:
    column = indicator.denominator or "population"
    demand = evidence.communities.columns.get(column)
    if demand is None:
        return no_data(no_column("communities", column), unit="%")
    mine = covering(tiers, len(evidence.communities))
    tally = coverage.people_by_status(demand[mine], status[mine])
    unknown = tally.unknown_communities
    missing = (blank_cells("communities", column, unknown, int(mine.sum())),) if unknown else ()
    if tally.total == 0:
        return no_data(*missing, unit="%") if missing else not_applicable(unit="%")
    notes = _not_assessed(int((status[mine] == NOT_ASSESSED).sum()), int(mine.sum()))
    return Outcome(
        value=Bounds.of(Fraction(100 * tally.covered, tally.total)),
        unit="%",
        numerator=Fraction(tally.covered),
        denominator=Fraction(tally.total),
        missing=missing,
        notes=notes,
        by_area=()
        if is_whole(tiers)
        else tuple(row for tier in tiers for row in _shares(tier, demand, status, target)),
    )


def _shares(tier: Tier, demand: npt.NDArray[np.float64], status: TextArray, target: Fraction | None) -> list[AreaEntry]:
    rows = []
    for i in range(len(tier)):
        mine = tier.community == i
        tally = coverage.people_by_status(demand[mine], status[mine])
        share = Bounds.of(Fraction(100 * tally.covered, tally.total)) if tally.total else None
        rows.append(_row(tier, i, share, ">=", target, "%"))
    return rows


def _areas_reached(search: _Search, tier: Tier) -> list[bool | None] | Reason:
    """Return for each area whether all of its communities that are assessed are covered; None where none is."""
    if tier.level == homes.LEVEL:
        return homes.reached(search.evidence, search.found, search.keep, tier, within=search.within)
    status = search.status()
    if isinstance(status, Reason):
        return status
    states: list[bool | None] = []
    for communities in tier.members():
        mine = status[list(communities)]
        known = mine[mine != NOT_ASSESSED]
        states.append(bool((known == COVERED).all()) if len(known) else None)
    return states


def _units(
    indicator: Indicator,
    target: Fraction | None,
    tiers: Sequence[Tier],
    states: Sequence[Sequence[bool | None]],
    lacking: tuple[Reason, ...],
) -> Outcome:
    areas = sum(len(tier) for tier in tiers)
    have = sum(state is True for of_tier in states for state in of_tier)
    unknown = sum(state is None for of_tier in states for state in of_tier)
    of_fraction = indicator.unit == "fraction"
    each = Fraction(1 if of_fraction else 100, areas)
    unit = "fraction" if of_fraction else "%"
    aim = None if target is None else Fraction(1)
    return Outcome(
        value=Bounds.of(have * each),
        unit=unit,
        numerator=Fraction(have),
        denominator=Fraction(areas),
        missing=partial(lacking)[0],
        notes=(*_not_assessed(unknown, areas), *partial(lacking)[1]),
        by_area=tuple(
            _row(tier, i, None if state is None else Bounds.of(Fraction(int(state))), ">=", aim, None)
            for tier, of_tier in zip(tiers, states, strict=True)
            for i, state in enumerate(of_tier)
        ),
    )


def _row(
    tier: Tier, i: int, value: Bounds | None, operator: Comparison, target: Fraction | None, unit: str | None
) -> AreaEntry:
    met = None if value is None or target is None else judge(operator, value, target)
    known = None if value is None else value.low
    return AreaEntry(
        area_id=str(tier.ids[i]),
        name=str(tier.names[i]),
        level=tier.level,
        value=number(known),
        target=number(target),
        unit=unit,
        verdict="no_data" if value is None else ("no_target" if target is None else in_words(met)),
        gap=number(gap(operator, known, target)),
        units_to_build=None,
    )


def _not_assessed(unknown: int, total: int) -> tuple[Reason, ...]:
    if not unknown:
        return ()
    text = f"{unknown} of {total} aren't assessed and count as not reached"
    return (Reason(code="not_assessed", text=text, table="communities", count=unknown, total=total),)
