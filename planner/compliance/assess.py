"""A plan held against a study, indicator by indicator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from planner.compliance import capacity, pooling, presence, proximity, reached, residential, share
from planner.compliance.entering import entry
from planner.compliance.entry import Compliance, Nearness, Reason, Reported
from planner.compliance.evidence import RESIDENTIAL_SCOPES, Evidence
from planner.compliance.homes import table_of
from planner.compliance.selection import Offers
from planner.compliance.standing import standing
from planner.compliance.territory import Territory, survey
from planner.compliance.verdict import Bounds, Outcome, no_data, total
from planner.coverage import Coverage
from planner.issue import Issue
from planner.places import Places
from planner.plan import Figure, Indicator, Plan
from planner.preparation import Preparation

DEFAULT_PROXIMITY_M = 100.0
"""What "near" (毗邻, 邻近) is taken for where a plan prints no distance, as none does."""

HUNDRED = Fraction(100)

_CAPACITIES: Mapping[str, Callable[[Evidence, Indicator, Fraction | None], Outcome]] = {
    "total": capacity.measure_total,
    "ratio": capacity.measure_ratio,
    "share": share.measure,
}


def assess(
    plan: Plan,
    communities: Places,
    facilities: Places,
    *,
    coverages: Sequence[Coverage] = (),
    areas: Places | None = None,
    residential_areas: Places | None = None,
    ready: Preparation | None = None,
    territory: Territory | None = None,
    reported: Sequence[Reported] = (),
    year: int | None = None,
    proximity_m: float = DEFAULT_PROXIMITY_M,
    wider: Mapping[str, Sequence[str]] | None = None,
) -> Compliance:
    """Judge every indicator of a plan.

    Parameters
    ----------
    coverages
        The answers of the study's circles, on which reach is judged.
    areas
        Polygons by level; without them areas come from the columns ``street``, ``county`` and ``community_id``.
    residential_areas
        居住小区 with households, for size rules.
    ready
        The network with its anchors: for circles that must be searched again, and distances along streets.
    territory
        Of these communities, facilities and areas, where it is at hand; it is surveyed else.
    reported
        A bureau's own figures; of several for one indicator the latest by date is shown.
    year
        The study's; None judges against each indicator's last milestone.
    proximity_m
        What "near" means where the plan prints no distance.
    wider
        By service, the services that are of its kind.

    Notes
    -----
    Sums and shares are exact fractions, so that a verdict never hangs on rounding. Where blanks leave a figure open,
    the verdict stands only if every figure that is possible gives the same one; else it is ``no_data``.

    Examples
    --------
    >>> from planner.plan import Figure, Indicator, Plan
    >>> from planner.sources import sample_district
    >>> study = sample_district()
    >>> beds = Indicator(id="A-1", name={"en": "Beds", "zh": "床位"}, kind="total", quote="…", clause="一", unit="beds",
    ...     services=("elderly_home",), column="beds", scope=("city",), operator=">=", values={2025: Figure.of(1000)})
    >>> plan = Plan(id="a", name={"en": "A plan", "zh": "方案"}, indicators=(beds,))
    >>> found = assess(plan, study.communities, study.facilities, year=2025).entries[0]
    >>> found.verdict, found.units_to_build == 1000 - found.value
    ('below', True)
    """
    ground = territory or survey(communities, facilities, areas)
    homes = table_of(residential_areas, areas)
    evidence = Evidence(
        communities=communities,
        facilities=facilities,
        territory=ground,
        offers=Offers(
            facilities=facilities,
            year=year,
            inside=ground.inside,
            asked=frozenset(one.circle.service for one in coverages),
            wider=wider or {},
        ),
        areas=areas,
        coverages=tuple(coverages),
        residential_areas=homes,
        residential=None if homes is None else residential.tier_of(homes, ground, facilities, areas),
        ready=ready,
        year=year,
        proximity_m=proximity_m,
    )
    judging = _Judging(plan, evidence)
    outcomes = {one.id: judging.outcomes(one) for one in plan.indicators}
    for one in plan.indicators:
        if one.adds_up:
            outcomes[one.id] = [_added_up(one, outcomes)]
    conflicts = plan.conflicts()
    latest = _latest(reported)
    circles = {one.circle.name: one for one in coverages}
    return Compliance(
        plan=plan.id,
        year=year,
        entries=tuple(
            entry(plan, one, outcome, year=year, conflicts=conflicts, reported=latest.get(one.id))
            for one in plan.indicators
            for outcome in outcomes[one.id]
        ),
        nearness=tuple(judging.nearness),
        standing={
            (one.id, outcome.circle): standing(evidence, one, circles.get(outcome.circle or ""))
            for one in plan.indicators
            for outcome in outcomes[one.id]
        },
        issues=(*ground.issues, *_strange(plan, reported)),
    )


class _Judging:
    """Gives each indicator to the measure of its kind."""

    def __init__(self, plan: Plan, evidence: Evidence) -> None:
        self.plan, self.evidence = plan, evidence
        self.nearness: list[Nearness] = []
        self.pool: dict[str, dict[str, Fraction]] = {}
        for one in plan.indicators:
            if one.pools:
                rules = self._rules(one.pools)
                taken = pooling.taken_over(evidence, one, rules)
                for rule in rules:
                    self.pool.setdefault(rule.id, {}).update(taken)

    def outcomes(self, one: Indicator) -> list[Outcome]:
        """Return what the indicator's readings and circles give, the deciding first."""
        due = one.target(self.evidence.year)
        figure = None if due is None or one.operator is None else due.figure
        if one.kind == "reach":
            return self._reach(one, figure)
        if one.kind == "presence":
            return self._presence(one, wanted(figure, one.unit))
        return [self._single(one, figure)]

    def _single(self, one: Indicator, figure: Figure | None) -> Outcome:
        """Return the outcome of a kind that is judged one way only."""
        evidence, target = self.evidence, wanted(figure, one.unit)
        if one.kind in _CAPACITIES:
            return _CAPACITIES[one.kind](evidence, one, target)
        if one.kind == "rule" and set(one.scope) <= set(RESIDENTIAL_SCOPES):
            return residential.measure_rule(evidence, one, self.pool.get(one.id), due=figure is not None)
        if one.kind == "rule":
            return pooling.measure(evidence, one, self._rules(one.pools), target)
        if one.kind == "unit_compliance":
            rules = self._rules(one.rules)
            return residential.measure_compliance(evidence, one, rules, target, self._pool_of(one.rules))
        if one.kind == "proximity":
            outcome, nearness = proximity.measure(evidence, one, figure)
            self.nearness += [] if nearness is None else [nearness]
            return outcome
        return no_data(_listed(one), unit=one.unit)

    def _reach(self, one: Indicator, figure: Figure | None) -> list[Outcome]:
        """Judge a circle's share: a reach prints a limit and no share, so all must be reached."""
        limit = figure or _coming(one, self.evidence.year)
        found = reached.measure(
            self.evidence, one, HUNDRED if figure is not None else None, limit=limit, limit_unit=one.unit
        )
        return [replace(outcome, limit=limit, limit_unit=one.unit) for outcome in found]

    def _presence(self, one: Indicator, target: Fraction | None) -> list[Outcome]:
        inside = [] if one.reading == "reach" else [presence.measure(self.evidence, one, target)]
        if one.reading in ("reach", "presence+reach"):
            share_due = HUNDRED if one.unit == presence.PER_AREA and target is not None else target
            inside += reached.measure(self.evidence, one, share_due, limit=None, limit_unit=None)
        elif one.own_area:
            inside += reached.measure_within(self.evidence, one, target)
        return inside

    def _rules(self, ids: Sequence[str]) -> list[Indicator]:
        return [found for name in ids if (found := self.plan.indicator(name)) is not None]

    def _pool_of(self, rules: Sequence[str]) -> dict[str, Fraction]:
        return {home: lack for name in rules for home, lack in self.pool.get(name, {}).items()}


def wanted(figure: Figure | None, unit: str | None) -> Fraction | None:
    """Return a figure in its unit: ``"60 %"`` counts 60 in %, and a range from its lower end.

    Examples
    --------
    >>> wanted(Figure.of("60 %"), "%"), wanted(Figure.of("1/3"), "fraction"), wanted(Figure.of([20, 30]), None)
    (Fraction(60, 1), Fraction(1, 3), Fraction(20, 1))
    """
    if figure is None:
        return None
    return figure.low * HUNDRED if unit == "%" and ("%" in figure.printed or "/" in figure.printed) else figure.low


def _coming(one: Indicator, year: int | None) -> Figure | None:
    """Return the limit of a reach that isn't due yet."""
    later = one.next_target(year)
    return None if later is None else later.figure


def _listed(one: Indicator) -> Reason:
    reason = one.reason or {}
    return Reason(code="listed", text=reason.get("en") or "the plan gives nothing that can be computed", name=one.id)


def _added_up(one: Indicator, outcomes: Mapping[str, Sequence[Outcome]]) -> Outcome:
    """Return what several indicators ask to be built, summed exactly: the value is what is still to build."""
    parts = [outcomes[name][0] for name in one.adds_up if name in outcomes]
    lacks = total(part.shortage for part in parts)
    missing = tuple(dict.fromkeys(reason for part in parts for reason in part.missing))
    if lacks is None or not parts:
        return no_data(*(missing or (_unsummed(one),)), unit=one.unit)
    whole = Fraction(-(-lacks // 1))
    text = f"what is still to build is the sum over {', '.join(one.adds_up)}, rounded up once"
    return Outcome(
        value=Bounds.of(whole),
        unit=one.unit,
        verdict="below" if whole else "meets",
        shortage=lacks,
        gap=whole,
        build_unit="facilities",
        notes=(Reason(code="still_to_build", text=text, name=", ".join(one.adds_up)),),
    )


def _unsummed(one: Indicator) -> Reason:
    text = f"the units to build of {', '.join(one.adds_up)} aren't known"
    return Reason(code="no_sum", text=text, name=", ".join(one.adds_up))


def _latest(reported: Sequence[Reported]) -> dict[str, Reported]:
    """Return the latest figure of each indicator; one without a date is the oldest."""
    found: dict[str, Reported] = {}
    for one in reported:
        if one.indicator not in found or (one.date or "") >= (found[one.indicator].date or ""):
            found[one.indicator] = one
    return found


def _strange(plan: Plan, reported: Sequence[Reported]) -> list[Issue]:
    """Return a warning for each reported figure of an indicator that isn't in the plan."""
    return [
        Issue(
            severity="warning",
            code="unknown_indicator",
            table="reported",
            id=one.indicator,
            message=f"a figure is reported for '{one.indicator}', which isn't in the plan '{plan.id}'",
            remedy="write the indicator's id as `planner plans` lists it",
        )
        for one in reported
        if plan.indicator(one.indicator) is None
    ]
