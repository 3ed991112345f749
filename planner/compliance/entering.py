"""An outcome dressed as an entry: target, verdict, gap, what the bureau reports, and the plan's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from planner.compliance.entry import Entry, Judged, Reported, ReportedFigure, Verdict
from planner.compliance.verdict import Outcome, gap, in_words, judge, number, rounded_up
from planner.plan import Comparison, Figure, Indicator, Plain, Plan

HUNDRED = Fraction(100)


def entry(
    plan: Plan,
    indicator: Indicator,
    outcome: Outcome,
    *,
    year: int | None,
    conflicts: Mapping[str, Sequence[Indicator]],
    reported: Reported | None,
) -> Entry:
    """Return the entry of one outcome.

    Parameters
    ----------
    conflicts
        The indicators that contradict each other, by group.
    """
    due, later = indicator.target(year), indicator.next_target(year)
    figure = None if due is None or indicator.operator is None else due.figure
    by_limit = indicator.kind == "reach"
    reading = _reading(indicator, outcome)
    assumed = (by_limit and figure is not None) or (_by_distance(indicator) and figure is not None)
    operator: Comparison | None = ">=" if assumed else indicator.operator
    target = HUNDRED if assumed else _target(indicator, outcome, figure)
    verdict = _verdict(indicator, outcome, operator, target)
    value = _value(outcome, verdict)
    keeps = reading != "reach" and verdict not in ("no_data", "not_applicable", "not_due", "no_target")
    shortage = outcome.shortage if keeps else None
    return Entry(
        id=indicator.id,
        indicator=indicator.name.get("en", indicator.id),
        indicator_zh=indicator.name.get("zh", indicator.id),
        kind=indicator.kind,
        reading=reading,
        decides=reading is None or _deciding(indicator) == reading,
        circle=outcome.circle,
        operator=operator,
        printed_as=indicator.printed_as,
        target=_printed(target if assumed else None, figure),
        target_assumed=assumed,
        limit=_limit(indicator, outcome, figure),
        limit_unit=outcome.limit_unit or ("m" if outcome.proximity_m is not None else None),
        year=None if due is None else due.year,
        next_target=None if later is None else (100 if by_limit else later.figure.plain()),
        next_year=None if later is None else later.year,
        value=number(value),
        unit=outcome.unit or indicator.unit,
        numerator=number(outcome.numerator),
        denominator_value=number(outcome.denominator),
        verdict=verdict,
        gap=_gap(outcome, operator, value, target),
        units_to_build=rounded_up(shortage),
        build_unit=outcome.build_unit if shortage is not None else None,
        shortage=shortage,
        conflict=len(conflicts.get(indicator.conflict_group or "", ())) > 1,
        conflict_group=indicator.conflict_group,
        scope=";".join(indicator.scope),
        denominator=indicator.denominator,
        bindingness=indicator.bindingness,
        bindingness_printed=indicator.bindingness_printed,
        responsible=indicator.responsible,
        reported=_reported(reported, value),
        missing=outcome.missing,
        notes=outcome.notes,
        quote=indicator.quote,
        clause=indicator.clause,
        source=indicator.source or plan.document or plan.name.get("zh", plan.id),
        proximity_m=outcome.proximity_m,
        by_area=outcome.by_area,
        pooled=outcome.pooled,
        recount=outcome.recount,
    )


def _reading(indicator: Indicator, outcome: Outcome) -> Judged | None:
    """Return what an outcome was judged by; one that names a circle, or asks for one, was judged by reach."""
    if indicator.kind == "reach":
        return "reach"
    if indicator.kind != "presence":
        return None
    by_circle = outcome.circle is not None or any(reason.code == "no_circle" for reason in outcome.missing)
    return "reach" if by_circle else "presence"


def _deciding(indicator: Indicator) -> str:
    """Return the reading that decides: of ``presence+reach`` the first."""
    return (indicator.reading or ("reach" if indicator.kind == "reach" else "presence")).split("+")[0]


def _by_distance(indicator: Indicator) -> bool:
    return indicator.kind == "proximity"


def _target(indicator: Indicator, outcome: Outcome, figure: Figure | None) -> Fraction | None:
    if figure is None:
        return None
    if outcome.circle is not None and indicator.unit == "facilities/unit":
        return HUNDRED
    percent = indicator.unit == "%" and ("%" in figure.printed or "/" in figure.printed)
    return figure.low * HUNDRED if percent else figure.low


def _printed(assumed: Fraction | None, figure: Figure | None) -> Plain | None:
    if assumed is not None:
        return int(assumed)
    return None if figure is None else figure.plain()


def _verdict(indicator: Indicator, outcome: Outcome, operator: Comparison | None, target: Fraction | None) -> Verdict:
    """Return the verdict: nothing to say, not due, nothing printed, or met or not within the value's bounds."""
    if outcome.verdict in ("no_data", "not_applicable"):
        return outcome.verdict
    if target is None or operator is None:
        if outcome.value is None:
            return outcome.verdict or "no_data"
        return "not_due" if indicator.values and indicator.operator is not None else "no_target"
    if outcome.verdict is not None:
        return outcome.verdict
    return "no_data" if outcome.value is None else in_words(judge(operator, outcome.value, target))


def _value(outcome: Outcome, verdict: Verdict) -> Fraction | None:
    """Return the value that is shown: where it is known within bounds only, the least, if the verdict stands."""
    if outcome.value is None or verdict in ("no_data", "not_applicable"):
        return None
    return outcome.value.low


def _limit(indicator: Indicator, outcome: Outcome, figure: Figure | None) -> Plain | None:
    if indicator.kind == "proximity":
        if figure is not None:
            return figure.plain()
        return None if outcome.proximity_m is None else outcome.proximity_m
    return None if outcome.limit is None else outcome.limit.plain()


def _gap(
    outcome: Outcome, operator: Comparison | None, value: Fraction | None, target: Fraction | None
) -> float | None:
    if outcome.gap is not None and value is not None and target is not None:
        return number(outcome.gap)
    return number(gap(operator, value, target))


def _reported(reported: Reported | None, value: Fraction | None) -> ReportedFigure | None:
    if reported is None:
        return None
    ours = None if value is None else float(value - Fraction(repr(float(reported.value))))
    return ReportedFigure(value=float(reported.value), date=reported.date, source=reported.source, difference=ours)
