"""What the page needs to try sites out by itself: who lies within the limit of what, and how figures follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.compliance import bases, survey
from planner.distance import by_id
from planner.measure import IntArray
from planner.report.rule import who
from planner.report.trial_target import Tiers, Told, TrialTarget, TrialTier, trial_target
from planner.report.units import positions
from planner.report.words import Text, Words
from planner.siting.task import eligible
from planner.study import Findings, Study

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
class TrialHomes:
    """One circle: which residential areas lie within its limit of each place; positions in their table.

    Parameters
    ----------
    lost
        Those that aren't assessed.
    near, reached
        As a `TrialCircle` has them, for communities.
    """

    lost: tuple[int, ...]
    near: tuple[tuple[int, ...], ...]
    reached: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialUnit:
    """A unit above the communities: its name, its position among the areas (-1: none), and its communities'."""

    name: str
    area: int
    level: Text
    communities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResidential:
    """Residential areas: the positions of their tiers, and by circle what they reach."""

    tiers: tuple[int, ...]
    circles: dict[int, TrialHomes]


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
    tiers, targets
        The areas that indicators are judged over, and those indicators whose figure the page can work out anew.
    others
        Positions in the panel of the indicators whose figure hangs on more than which facilities there are.
    homes
        The community in which each facility and each candidate stands, below 0 where in none or not known; blank
        unless an indicator asks for it.
    residential
        Which of the tiers are residential areas, and by circle what those reach; None where no indicator is on them.
    verdicts
        The words of each verdict, some with what is short.
    counts
        The forms of counted things, ``one`` the English singular.
    """

    circles: tuple[TrialCircle, ...]
    people: dict[str, tuple[int | None, ...]]
    rank: tuple[int, ...]
    units: tuple[TrialUnit, ...]
    tiers: tuple[TrialTier, ...]
    targets: tuple[TrialTarget, ...]
    others: tuple[int, ...]
    homes: tuple[tuple[int, ...], tuple[int, ...]]
    residential: TrialResidential | None
    verdicts: dict[str, Text]
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
    tiers = Tiers(findings.study)
    told = Told(
        study=findings.study,
        words=words,
        tiers=tiers,
        circles=[one.circle for one in findings.coverages],
        labels=labels,
        items=items,
        near_homes=findings.near_homes,
    )
    targets, others = _targets(findings, told)
    columns = {one.demand for one in circles} | {one.demand for one in targets if one.demand}
    return TrialView(
        circles=circles,
        people={name: _people(findings, name) for name in sorted(columns - {""})},
        rank=tuple(by_id(findings.study.candidates.ids).tolist()),
        units=_units(findings, words),
        tiers=tuple(tiers.found),
        targets=targets,
        others=others,
        residential=_residential(findings, tiers.homes, circles),
        homes=_homes(findings.study) if any(one.within for one in targets) else ((), ()),
        verdicts=words.section("verdict"),
        counts={
            key: {"one": entry.get("one", entry["en"]), "zh": entry["zh"], "en": entry["en"]}
            for key, entry in words.sections["count"].items()
        },
        words=words.section("trial"),
    )


def _targets(findings: Findings, told: Told) -> tuple[tuple[TrialTarget, ...], tuple[int, ...]]:
    """Return the indicators that can be worked out anew, and the positions of those with a figure that can't."""
    study, held = findings.study, findings.compliance
    if study.plan is None or held is None:
        return (), ()
    resting = bases(
        study.plan,
        study.communities,
        study.facilities,
        study.candidates,
        services=[one.service for one in study.circles],
        areas=study.areas,
        residential_areas=study.residential_areas,
        year=study.year,
        wider=study.wider,
    )
    targets, others = [], dict[int, None]()
    for entry in held.entries:
        indicator, basis = study.plan.indicator(entry.id), resting.get(entry.id)
        if entry.value is None or indicator is None:
            continue
        target = None if basis is None else trial_target(entry, indicator, basis, told)
        if target is None:
            others[told.items[entry.id]] = None
        else:
            targets.append(target)
    return tuple(targets), tuple(others)


def _homes(study: Study) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the community of each facility and of each candidate."""
    of_facilities, of_candidates = (
        survey(study.communities, places, study.areas).tiers["community"].facility
        for places in (study.facilities, study.candidates)
    )
    return tuple(of_facilities.tolist()), tuple(of_candidates.tolist())


def _circle(findings: Findings, i: int, words: Words) -> TrialCircle:
    coverage, times = findings.coverages[i], findings.travel_times[i]
    rule = coverage.circle
    within = times.cost <= rule.limit_quanta(coverage.speed_m_s)
    old, new = within & times.of("existing"), within & times.of("candidate")
    may = eligible(rule, findings.study.candidates, year=findings.study.year)
    demand = rule.demand if coverage.people is not None else ""
    return TrialCircle(
        service=rule.service,
        near=_near(times.place[old], times.community[old], coverage.facilities),
        candidates=tuple(may.tolist()),
        reached=_near(times.place[new], times.community[new], may),
        demand=demand,
        who=who(demand, words) if demand else words.text("source", "communities"),
    )


def _residential(findings: Findings, tiers: Sequence[int], circles: Sequence[TrialCircle]) -> TrialResidential | None:
    """Return what residential areas reach, None where no indicator that can be worked out anew is on them."""
    if not tiers:
        return None
    found = {}
    for number, (coverage, circle) in enumerate(zip(findings.coverages, circles, strict=True)):
        own = findings.near_homes.get(coverage.circle.name)
        if own is not None:
            found[number] = TrialHomes(
                lost=tuple(own.lost.tolist()),
                near=_near(own.facilities[1], own.facilities[0], coverage.facilities),
                reached=_near(own.candidates[1], own.candidates[0], np.asarray(circle.candidates, np.int64)),
            )
    return TrialResidential(tiers=tuple(tiers), circles=found)


def _near(place: IntArray, home: IntArray, places: IntArray) -> tuple[tuple[int, ...], ...]:
    """Return for each of some places, out of pairs, who has it within the limit, in their order."""
    by_place: dict[int, list[int]] = {}
    for one, of in zip(place.tolist(), home.tolist(), strict=True):
        by_place.setdefault(one, []).append(of)
    return tuple(tuple(sorted(by_place.get(one, ()))) for one in places.tolist())


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
            communities=communities,
        )
        for level, tier in ((level, tiers[level]) for level in LEVELS if level in tiers)
        for i, communities in enumerate(tier.members())
        if communities
    )
