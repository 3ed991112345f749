"""What the page needs to try sites out by itself: who lies within the limit of what, and how figures follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.compliance import Entry, Recount, survey
from planner.compliance.assess import HUNDRED, wanted
from planner.distance import by_id
from planner.measure import IntArray
from planner.network import BoolArray
from planner.plan import Figure
from planner.report.rule import who
from planner.report.units import positions
from planner.report.words import Text, Words
from planner.siting.task import eligible
from planner.study import Findings
from planner.travel_times import TravelTimes

LEVELS = ("county", "street", "township")
"""Units by which the page sets before against after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCircle:
    """One circle: which communities lie within its limit of each place.

    Parameters
    ----------
    service
        What a site that is tried would offer.
    near
        For each facility of the circle, in its order, the communities within the limit.
    candidates, reached
        Candidates that may be built for the service, and the communities within the limit of each.
    demand
        The column of people, ``""`` where there is none.
    who
        Whose share is told.
    """

    service: str
    near: tuple[tuple[int, ...], ...]
    candidates: tuple[int, ...]
    reached: tuple[tuple[int, ...], ...]
    demand: str
    who: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialUnit:
    """A unit above the communities: its name, its position among the areas (-1: none), and its communities'."""

    name: str
    area: int
    level: Text
    communities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTarget:
    """A reach of the plan, so that its value can be worked out anew.

    Parameters
    ----------
    item
        The indicator's position in the panel.
    circle
        The circle that it is judged on.
    demand
        The column whose people are summed; None where units are counted.
    units
        The communities of each unit.
    target, operator
        In per cent, as numerator and denominator, and how the value is compared; None without one.
    by_target
        Whether the value is shown with as many decimals as tell it from its target.
    """

    item: int
    circle: int
    label: Text
    demand: str | None
    units: tuple[tuple[int, ...], ...]
    target: tuple[int, int] | None
    by_target: bool
    operator: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """What can be tried in the page.

    Parameters
    ----------
    circles
        Those that a site could be added to or a facility taken from; not those after a scenario.
    people
        By column, whole people of each community; None where not known.
    rank
        The candidates' places in the order of their ids, which settles ties.
    others
        How many reaches of the plan depend on more than which communities are covered.
    counts
        The forms of counted things, ``one`` the English singular.
    """

    circles: tuple[TrialCircle, ...]
    people: dict[str, tuple[int | None, ...]]
    rank: tuple[int, ...]
    units: tuple[TrialUnit, ...]
    targets: tuple[TrialTarget, ...]
    others: int
    counts: dict[str, Text]
    words: dict[str, Text]


def trial_view(findings: Findings, labels: Sequence[Text], items: Mapping[str, int], words: Words) -> TrialView:
    """Return what can be tried in the page.

    Parameters
    ----------
    labels
        What tells each circle from the others of its service.
    items
        By indicator, its position in the panel.
    """
    circles = tuple(_circle(findings, i, words) for i in range(len(findings.coverages)))
    position = {coverage.circle.name: i for i, coverage in enumerate(findings.coverages)}
    reaches = [entry for entry in _entries(findings) if entry.reading == "reach" and entry.value is not None]
    targets = tuple(
        _target(entry, recount, item=items[entry.id], circle=position[entry.circle or ""], labels=labels)
        for entry in reaches
        if (recount := entry.recount) is not None and entry.circle in position
    )
    columns = {one.demand for one in circles} | {one.demand for one in targets if one.demand}
    return TrialView(
        circles=circles,
        people={name: _people(findings, name) for name in sorted(columns - {""})},
        rank=tuple(by_id(findings.study.candidates.ids).tolist()),
        units=_units(findings, words),
        targets=targets,
        others=len(reaches) - len(targets),
        counts={
            key: {"one": entry.get("one", entry["en"]), "zh": entry["zh"], "en": entry["en"]}
            for key, entry in words.sections["count"].items()
        },
        words=words.section("trial"),
    )


def _entries(findings: Findings) -> tuple[Entry, ...]:
    return () if findings.compliance is None else findings.compliance.entries


def _circle(findings: Findings, i: int, words: Words) -> TrialCircle:
    coverage, times = findings.coverages[i], findings.travel_times[i]
    rule = coverage.circle
    within = times.cost <= rule.limit_quanta(coverage.speed_m_s)
    may = eligible(rule, findings.study.candidates, year=findings.study.year)
    demand = rule.demand if coverage.people is not None else ""
    return TrialCircle(
        service=rule.service,
        near=_near(times, within & times.of("existing"), coverage.facilities),
        candidates=tuple(may.tolist()),
        reached=_near(times, within & times.of("candidate"), may),
        demand=demand,
        who=who(demand, words) if demand else words.text("source", "communities"),
    )


def _near(times: TravelTimes, rows: BoolArray, places: IntArray) -> tuple[tuple[int, ...], ...]:
    """Return for each place the communities of some rows, in their order."""
    by_place: dict[int, list[int]] = {}
    for place, community in zip(times.place[rows].tolist(), times.community[rows].tolist(), strict=True):
        by_place.setdefault(place, []).append(community)
    return tuple(tuple(sorted(by_place.get(place, ()))) for place in places.tolist())


def _people(findings: Findings, column: str) -> tuple[int | None, ...]:
    return tuple(None if np.isnan(one) else int(one) for one in findings.study.communities.number(column).tolist())


def _units(findings: Findings, words: Words) -> tuple[TrialUnit, ...]:
    study = findings.study
    tiers = survey(study.communities, study.facilities, study.areas).tiers
    known = {} if study.areas is None else positions(study.areas)
    return tuple(
        TrialUnit(
            name=str(tier.names[i]),
            area=known.get((level, str(tier.ids[i])), -1),
            level=words.text("level", level),
            communities=tuple(np.flatnonzero(tier.community == i).tolist()),
        )
        for level, tier in ((level, tiers[level]) for level in LEVELS if level in tiers)
        for i in range(len(tier))
        if (tier.community == i).any()
    )


def _target(entry: Entry, recount: Recount, *, item: int, circle: int, labels: Sequence[Text]) -> TrialTarget:
    due = None if entry.target is None else wanted(Figure.of(entry.target), entry.unit)
    if due is not None and entry.unit == "fraction":
        due *= HUNDRED
    return TrialTarget(
        item=item,
        circle=circle,
        label=labels[circle],
        demand=recount.demand,
        units=recount.units,
        target=None if due is None else (due.numerator, due.denominator),
        by_target=entry.unit != "fraction",
        operator=entry.operator,
    )
