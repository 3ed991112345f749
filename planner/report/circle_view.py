"""What the page says about one circle: its headline, its rule, its figures for each community."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED, Coverage
from planner.outcome import Outcome
from planner.report import figures
from planner.report.band_view import BandView, band_views, bands_of, bands_within, limit_words
from planner.report.change_view import (
    Parting,
    change_sentence,
    inside_sentence,
    inside_shares,
    parted_by_scenario,
    parted_from_others,
)
from planner.report.cover_view import CoverView, cover_views
from planner.report.headline import differences, headline, headline_present, straight_line
from planner.report.rule import heading, labels, mode, place, presence_sentence, rule_sentence, service_name, title, who
from planner.report.unassessed import unassessed
from planner.report.words import Sentence, Text, Words, same
from planner.study import Findings

LETTERS = {COVERED: "c", UNCOVERED: "u", NOT_ASSESSED: "n"}
"""One letter a community: what the page keeps of its status."""

PRESENCE = {True: "i", False: "o"}
"""A facility inside, or none (``q``: not known)."""

ORDER = {UNCOVERED: 0, NOT_ASSESSED: 1, COVERED: 2}
"""Who is listed first: those who miss the service."""

SIZES = 100
"""Steps of a symbol's size; 100 stands for the community with most people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleView:
    """One circle in words. Columns stand in the order of the study's communities, texts by language.

    Parameters
    ----------
    name
        The circle's own name, as the study gives it.
    label, title, heading
        What tells this circle from the others of its service; all that there is to tell.
    service, facility_words
        What the facilities that count offer, and what they are called in the legend.
    distance_column, people_column
        Headings; the latter None where there are no figures of people.
    headline, headline_present
        By network or straight line, and by "one inside the community"; the latter None where that is never known.
    status, present
        A letter a community: covered, uncovered, not assessed; inside, outside, not known (``q``).
    minutes, metres, backup_minutes, backup_metres, people
        As shown; None where there is no figure, or where it isn't known.
    nearest, backup, facilities
        Positions in the study's facilities; -1 for none.
    size
        0 to 100, the square root of people against the largest.
    order
        Positions of the communities as the list shows them.
    reasons
        Why a community isn't assessed, by position.
    bands, shades, within
        The bands in the legend's words, each in its own, the widest first, and in how many of them each community lies.
    would_cover
        What would cover each uncovered community, by position; empty after a scenario.
    scenario, base
        The scenario after which this is, and the position of the same circle as things are; None and its own without.
    change
        What the scenario does, in a sentence.
    partings
        Lists of communities on which this circle and another part, or that the scenario gains or loses.
    inside, inside_shares
        The covered share where people live: of all, in a sentence, and of each community; None without points.
    """

    name: str
    named: Text
    service: Text
    facility_words: Text
    label: Text
    title: Text
    heading: Text
    reachable: Text
    by_time: bool
    distance_column: Text
    show_all: Mapping[str, Text]
    headline: Sentence
    headline_present: Sentence | None
    rule: Text
    rule_present: Text
    straight_line: Text | None
    differences: tuple[Text, ...]
    people_column: Text | None
    counts: Mapping[str, str]
    status: str
    present: str
    near_border: tuple[int, ...]
    minutes: tuple[str | None, ...]
    metres: tuple[str | None, ...]
    nearest: tuple[int, ...]
    backup: tuple[int, ...]
    backup_minutes: tuple[str | None, ...]
    backup_metres: tuple[str | None, ...]
    people: tuple[str | None, ...]
    size: tuple[int, ...]
    order: tuple[int, ...]
    reasons: Mapping[str, Text]
    facilities: tuple[int, ...]
    bands: Text | None
    shades: tuple[BandView, ...]
    within: str
    would_cover: Mapping[str, CoverView]
    size_words: Text | None
    scenario: Text | None
    base: int
    change: Text | None
    partings: tuple[Parting, ...]
    inside: Text | None
    inside_shares: tuple[Text | None, ...]


def circle_views(findings: Findings, words: Words) -> tuple[CircleView, ...]:
    """Return every circle of the findings in words, in the study's order; then every one after each scenario."""
    named = labels(findings, words)
    pairs = list(zip(findings.coverages, named, strict=True))
    views = [
        replace(
            _circle_view(findings, coverage, label, words, base=i),
            bands=_bands(findings, coverage, words),
            shades=band_views(findings, coverage, words),
            within=bands_within(findings, coverage),
            would_cover=cover_views(findings, coverage, words),
            differences=differences(findings, coverage.circle.name, words),
            partings=parted_from_others(findings, i, named, words),
            inside=inside_sentence(findings, coverage, words),
            inside_shares=inside_shares(findings, coverage, words),
        )
        for i, (coverage, label) in enumerate(pairs)
    ]
    for outcome in findings.outcomes:
        views += [
            replace(
                _circle_view(findings, coverage, named[i], words, base=i, outcome=outcome),
                scenario=words.text("scenario", "after", name=outcome.name),
                change=change_sentence(outcome, outcome.comparisons[i], words),
                partings=parted_by_scenario(outcome, outcome.comparisons[i], words),
            )
            for i, coverage in enumerate(outcome.coverages)
        ]
    return tuple(views)


def _bands(findings: Findings, coverage: Coverage, words: Words) -> Text | None:
    unit = coverage.circle.limit_unit
    limits = [limit_words(band.limit, unit) for band in reversed(bands_of(findings, coverage))]
    if not limits:
        return None
    listed = " / ".join(limits)
    return words.text("legend", f"bands_{unit}", limits=listed)


def _circle_view(
    findings: Findings, coverage: Coverage, label: Text, words: Words, *, base: int, outcome: Outcome | None = None
) -> CircleView:
    circle = coverage.circle
    within = np.asarray(coverage.status == COVERED, dtype=bool)
    demand = None if coverage.people is None else findings.study.communities.number(circle.demand)
    present = "".join("q" if one is None else PRESENCE[bool(one)] for one in coverage.present)
    travel = mode(circle.profile, words)
    return CircleView(
        name=circle.name,
        named=words.text("rule", "name", name=circle.name),
        service=service_name(circle.service, findings.study),
        facility_words=service_name(circle.service, findings.study)
        | {"zh": place(circle.service, findings.study, words)["zh"]},
        label=label,
        title=title(findings.study, coverage, words),
        heading=heading(findings.study, coverage, words),
        by_time=circle.limit_unit == "minutes",
        distance_column=words.text("distance_column", circle.limit_unit),
        show_all={
            "u": words.text("show_all", "communities", n=figures.grouped(coverage.communities.uncovered)),
            "o": words.text("show_all", "communities", n=figures.grouped(present.count("o"))),
        },
        reachable=words.text("reachable", "straight" if circle.measure == "straight" else "network", mode=travel),
        headline=headline(findings.study, coverage, words),
        headline_present=headline_present(findings.study, coverage, present, words),
        rule=rule_sentence(findings.study, coverage, words),
        rule_present=presence_sentence(findings.study, coverage, words),
        straight_line=straight_line(coverage, words),
        differences=(),
        people_column=None if demand is None else _people_column(circle.demand, words),
        counts=_counts(coverage, present),
        status="".join(LETTERS[one] for one in coverage.status),
        present=present,
        near_border=tuple(int(i) for i in np.flatnonzero(coverage.near_border)),
        minutes=_each(figures.minutes, coverage.minutes, within),
        metres=_each(figures.metres, coverage.metres, within),
        nearest=tuple(int(i) for i in coverage.nearest),
        backup=tuple(int(i) for i in coverage.backup),
        backup_minutes=_each(figures.minutes, coverage.backup_minutes, _backup_within(coverage)),
        backup_metres=_each(figures.metres, coverage.backup_metres, _backup_within(coverage)),
        people=_people(demand, len(within)),
        size=_sizes(demand, len(within)),
        order=_order(coverage, demand),
        reasons={str(i): one.text for i, one in unassessed(findings, coverage, words, outcome=outcome).items()},
        facilities=tuple(int(i) for i in coverage.facilities),
        bands=None,
        shades=(),
        within="",
        would_cover={},
        size_words=None if demand is None else words.text("legend", "size", who=who(circle.demand, words)),
        scenario=None,
        base=base,
        change=None,
        partings=(),
        inside=None,
        inside_shares=(None,) * len(within),
    )


def _people_column(demand: str, words: Words) -> Text:
    return words.text("demand_column", demand) if words.has("demand_column", demand) else same(demand)


def _counts(coverage: Coverage, present: str) -> dict[str, str]:
    tally = coverage.communities
    counts = {"all": tally.total, "c": tally.covered, "u": tally.uncovered, "n": tally.not_assessed}
    counts |= {letter: present.count(letter) for letter in "ioq"}
    return {key: figures.grouped(count) for key, count in counts.items()}


def _each(figure: Any, values: Any, within: Any) -> tuple[str | None, ...]:
    return tuple(figure(float(value), within=bool(inside)) for value, inside in zip(values, within, strict=True))


def _backup_within(coverage: Coverage) -> Any:
    """Return where the second nearest lies within the limit."""
    away = coverage.backup_minutes if coverage.circle.limit_unit == "minutes" else coverage.backup_metres
    return away <= coverage.circle.limit


def _people(demand: Any, count: int) -> tuple[str | None, ...]:
    if demand is None:
        return (None,) * count
    return tuple(None if math.isnan(one) else figures.grouped(round(float(one))) for one in demand)


def _sizes(demand: Any, count: int) -> tuple[int, ...]:
    middle = SIZES // 3  # unknown people: neither the smallest nor the largest
    if demand is None:
        return (middle,) * count
    known = demand[~np.isnan(demand)]
    most = max(float(known.max()), 1.0) if len(known) else 1.0
    return tuple(middle if math.isnan(one) else round(SIZES * math.sqrt(one / most)) for one in demand)


def _order(coverage: Coverage, demand: Any) -> tuple[int, ...]:
    """Return positions: who misses the service first, then by people, then by distance, then as the table has them."""
    people = np.zeros(len(coverage.status)) if demand is None else np.nan_to_num(demand, nan=-1.0)
    away = np.nan_to_num(coverage.minutes, nan=np.inf)
    ranked = sorted(range(len(people)), key=lambda i: (ORDER[str(coverage.status[i])], -people[i], -away[i], i))
    return tuple(ranked)
