"""What compliance says: an entry for each indicator and way of judging it, with the same by area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from planner.issue import Issue
from planner.measure import FloatArray, IntArray
from planner.plan import Bindingness, Comparison, IndicatorKind, Plain

Verdict = Literal["meets", "below", "no_data", "not_due", "not_applicable", "no_target"]
Judged = Literal["presence", "reach"]
Part = Literal["counts", "not_open", "outside", "unmet", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why there is no figure, or what a reader should know about one.

    Parameters
    ----------
    code
        A stable word for scripts and translations, such as ``no_column``.
    text
        One sentence in English without a full stop.
    table, column
        What is meant, where it is a table or a column of it; ``""`` else.
    name
        What else is meant: a service, a circle to add, a level, an area.
    count, total
        How many rows of how many, where rows are meant.
    """

    code: str
    text: str
    table: str = ""
    column: str = ""
    name: str = ""
    count: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaEntry:
    """One indicator in one area (or, where the scope is ``facility``, of one facility).

    Parameters
    ----------
    level
        ``city``, ``county``, ``street``, ``township``, ``community``, ``village``, ``residential_area`` or
        ``facility``.
    value
        Of a presence the number of facilities inside; of a reach 1 where it is reached and 0 where not, or the share
        of its people; of a rule what the area has, in ``unit``; None where it isn't known.
    target
        What this area must have, in ``unit``; None where nothing can be said of one area.
    gap, units_to_build
        What it lacks; 0 where it lacks nothing, None where that isn't known.
    """

    area_id: str
    name: str
    level: str
    value: float | None
    target: float | None
    unit: str | None
    verdict: Verdict
    gap: float | None
    units_to_build: int | None
    missing: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFigure:
    """A bureau's own figure; ``difference`` is ours minus theirs, None where ours isn't known."""

    value: float
    date: str | None
    source: str | None
    difference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """How the value of a reach follows from which communities are covered, so that it can be worked out anew.

    Parameters
    ----------
    demand
        The communities' column whose people are summed: the value is the covered share of all who are known. None
        where units are counted: the share of those whose communities are all covered, but for those not assessed;
        one without an assessed community isn't reached.
    units
        For each unit the positions of its communities, in the order of the entry's ``by_area``; one for a whole.
    """

    demand: str | None
    units: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One indicator, judged one way; an indicator with two readings or several circles has several.

    Parameters
    ----------
    id, indicator, indicator_zh
        The indicator's id, its English name and the plan's own words.
    reading
        ``presence`` or ``reach`` where the indicator is one of coverage; what *this* entry was judged by.
    decides
        Whether this entry is the one that says if the target is met; of several circles each does.
    circle
        The circle that it was judged on.
    operator
        How the value is compared: of a reach ``>=``, as its share is judged; the plan's own ``<=`` is its limit's.
    target, year
        The last milestone due, as printed; ``year`` None where it is printed without one, so due at once.
    target_assumed
        Whether the plan prints no share, only the limit, and 100 % is taken.
    limit, limit_unit
        Of a reach: ``15`` ``min``, ``1`` ``km``, as printed.
    next_target, next_year
        The first milestone that isn't due yet.
    value, unit
        Ours. Of a presence without a printed figure the number of areas that have one, ``unit`` ``areas``. Where each
        area has to meet a figure (``facilities/unit``, a rule) that of the area farthest below.
    numerator, denominator_value
        What was counted, and of how many: areas that have one and all areas, beds and people, …
    gap
        How far the value falls short, in ``unit``; 0 where it meets.
    units_to_build, build_unit
        How many ``facilities``, ``beds``, ``places`` or ``m2`` are still to build, rounded up once after summing; None
        of a reach (siting's question) and where it can't be said.
    shortage
        The same before rounding, exact: `to_build` sums it over several entries and rounds once.
    conflict, conflict_group
        Whether other indicators of the plan contradict this one, and the word that they share.
    scope
        As in the plan, several with ``;`` between.
    reported
        A bureau's own figure, None without one.
    missing
        Why the verdict is ``no_data``, and what else isn't known.
    notes
        What was taken or assumed.
    proximity_m
        Of a proximity the metres that were taken for "near".
    by_area
        The same by area, where the scope is per area.
    pooled
        Of rules on residential areas the same by community and by street.
    recount
        Of a reach how the value follows from which communities are covered; None where more than that decides.
    """

    id: str
    indicator: str
    indicator_zh: str
    kind: IndicatorKind
    reading: Judged | None
    decides: bool
    circle: str | None
    operator: Comparison | None
    printed_as: str | None
    target: Plain | None
    target_assumed: bool
    limit: Plain | None
    limit_unit: str | None
    year: int | None
    next_target: Plain | None
    next_year: int | None
    value: float | None
    unit: str | None
    numerator: float | None
    denominator_value: float | None
    verdict: Verdict
    gap: float | None
    units_to_build: int | None
    build_unit: str | None
    shortage: Fraction | None
    conflict: bool
    conflict_group: str | None
    scope: str
    denominator: str | None
    bindingness: Bindingness
    bindingness_printed: str | None
    responsible: tuple[str, ...]
    reported: ReportedFigure | None
    missing: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    quote: str
    clause: str
    source: str
    proximity_m: float | None
    by_area: tuple[AreaEntry, ...]
    pooled: tuple[AreaEntry, ...]
    recount: Recount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near each facility of one kind stands to one of another kind: a table for one ``proximity`` indicator.

    Parameters
    ----------
    indicator
        Its id.
    facility, other
        Length n, positions in the study's facilities: the facility, and the nearest of the other kind; -1 where there
        is none.
    straight_m, network_m
        As the crow flies and along streets, access legs included; NaN where not known.
    same_site
        The two stand on one site (at most 1 m apart).
    beds
        Of the facility; NaN where not known.
    """

    indicator: str
    facility: IntArray
    other: IntArray
    straight_m: FloatArray
    network_m: FloatArray
    same_site: tuple[bool, ...]
    beds: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How facilities stand to an indicator, judged one way.

    Parameters
    ----------
    facilities
        Length n, positions in the study's facilities: those of the circle's service that it is judged on, else those
        of its services and of services of their kind.
    part
        Length n: ``counts`` where a facility meets the indicator's conditions; else why it doesn't: ``not_open`` in the
        study's year, ``outside`` the study's area, ``unmet`` conditions; ``unknown`` where the table doesn't tell.
    """

    facilities: IntArray
    part: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """A plan held against what is there.

    Parameters
    ----------
    plan
        The plan's id.
    year
        The year judged, None for the plan's last milestones.
    entries
        In the plan's order; of one indicator the deciding entry first.
    nearness
        One table for each ``proximity`` indicator that could be computed.
    standing
        By indicator and circle (None but for a reach) which facilities count, and why others don't.
    issues
        What is doubtful about areas and reported figures.
    """

    plan: str
    year: int | None
    entries: tuple[Entry, ...]
    nearness: tuple[Nearness, ...] = ()
    standing: Mapping[tuple[str, str | None], Standing] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()

    def of(self, indicator: str) -> tuple[Entry, ...]:
        """Return the entries of one indicator, the deciding first."""
        return tuple(entry for entry in self.entries if entry.id == indicator)

    def to_build(self, *indicators: str) -> int | None:
        """Return what several indicators ask to be built, summed first and rounded up once; None where one is unknown.

        Only deciding entries are summed.
        """
        shortages = [entry.shortage for entry in self.entries if entry.id in indicators and entry.decides]
        if not shortages or any(one is None for one in shortages):
            return None
        total = sum((one for one in shortages if one is not None), Fraction(0))
        return -int(-total // 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A bureau's own figure, as the study gives it."""

    indicator: str
    value: float
    date: str | None = None
    source: str | None = None
