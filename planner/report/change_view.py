"""Circles side by side, scenarios, and shares inside communities, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.comparison import Comparison
from planner.coverage import Coverage
from planner.measure import IntArray
from planner.outcome import Outcome
from planner.report import figures
from planner.report.rule import who
from planner.report.words import Text, Words
from planner.study import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A list of communities under its title."""

    title: Text
    communities: tuple[int, ...]


def parted_from_others(findings: Findings, circle: int, labels: Sequence[Text], words: Words) -> tuple[Parting, ...]:
    """Return the communities that one circle covers and another of its service doesn't, and the other way round."""
    name = {coverage.circle.name: i for i, coverage in enumerate(findings.coverages)}
    found = []
    for one in findings.comparisons:
        first, second = name[one.one], name[one.other]
        if circle in (first, second):
            here, there, other = (one.only_one, one.only_other, second)
            if circle == second:
                here, there, other = (one.only_other, one.only_one, first)
            found += [
                _parting("only_there", there, words, other=labels[other]),
                _parting("only_here", here, words, other=labels[other]),
            ]
    return tuple(one for one in found if one is not None)


def parted_by_scenario(outcome: Outcome, comparison: Comparison, words: Words) -> tuple[Parting, ...]:
    """Return the communities that a scenario gains, and those that it loses."""
    found = (
        _parting("gained", comparison.only_other, words, other=outcome.name),
        _parting("lost", comparison.only_one, words, other=outcome.name),
    )
    return tuple(one for one in found if one is not None)


def _parting(key: str, positions: IntArray, words: Words, *, other: Text | str) -> Parting | None:
    if len(positions) == 0:
        return None
    return Parting(
        title=words.text("parting", key, other=other, n=figures.grouped(len(positions))),
        communities=tuple(int(i) for i in positions),
    )


def change_sentence(outcome: Outcome, comparison: Comparison, words: Words) -> Text:
    """Return what a scenario closes and adds, and how many communities that covers and uncovers."""
    return words.text(
        "scenario",
        "change",
        name=outcome.name,
        closed=words.count("metres", round(outcome.closed_m)),
        added=words.count("metres", round(outcome.added_m)),
        gained=words.count("communities", len(comparison.only_other)),
        lost=words.count("communities", len(comparison.only_one)),
    )


def inside_sentence(findings: Findings, coverage: Coverage, words: Words) -> Text | None:
    """Return the covered share where people live, of all communities together, with both sums."""
    found = findings.inside.get(coverage.circle.name)
    if found is None or not found.total.sum():
        return None
    demand = coverage.circle.demand
    total, covered = int(found.total.sum()), int(found.covered.sum())
    return words.text(
        "inside",
        "spread" if found.spread else "sentence",
        who=who(demand, words),
        covered=words.people(covered, demand=demand),
        share=figures.share(covered / total),
        total=words.people(total, demand=demand),
        own=words.people(found.own_total, demand=demand),
        difference=f"{found.difference_total:+,}",
    )


def inside_shares(findings: Findings, coverage: Coverage, words: Words) -> tuple[Text | None, ...]:
    """Return the covered share inside each community, None where no point tells of it."""
    found = findings.inside.get(coverage.circle.name)
    if found is None:
        return (None,) * len(coverage.status)
    return tuple(
        None
        if np.isnan(share)
        else words.text(
            "inside",
            "community",
            share=figures.share(float(share)),
            covered=figures.grouped(int(covered)),
            total=figures.grouped(int(total)),
        )
        for share, covered, total in zip(found.share, found.covered, found.total, strict=True)
    )
