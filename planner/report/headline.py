"""A circle's answer in a sentence: who is covered and who isn't, and what a circle drawn by hand would have claimed."""

from __future__ import annotations

from typing import Any

from planner.coverage import Coverage
from planner.report import figures
from planner.report.rule import form, mode, place, radius, who
from planner.report.words import Sentence, Text, Words, joined, same, strung
from planner.study import Findings, Study


def headline(study: Study, coverage: Coverage, words: Words) -> Sentence:
    """Return who reaches the service and who doesn't, in one sentence."""
    circle, tally, people = coverage.circle, coverage.communities, coverage.people
    clauses = [
        words.sentence(
            "headline",
            form(coverage),
            total=figures.grouped(tally.total),
            covered=figures.grouped(tally.covered),
            share=figures.share(tally.share),
            limit=words.limit(circle.limit, circle.limit_unit),
            radius=radius(coverage, words),
            mode=mode(circle.profile, words),
            place=place(circle.service, study, words),
        )
    ]
    if people is not None:
        clauses.append(
            words.sentence(
                "headline",
                "people",
                who=who(circle.demand, words),
                people=words.people(people.covered, demand=circle.demand),
                share=figures.share(people.share),
            )
        )
    clauses += _left_out(coverage, words)
    if people is not None and people.unknown_communities:
        unknown = people.unknown_communities
        clauses.append(
            words.sentence("headline", "unknown_people", count=unknown, communities=words.count("communities", unknown))
        )
    return strung([*clauses, words.sentence("headline", "end")])


def _left_out(coverage: Coverage, words: Words) -> list[Sentence]:
    """Return the clauses on those uncovered and not assessed."""
    tally, people, demand = coverage.communities, coverage.people, coverage.circle.demand
    clauses = []
    for key, count, persons in (
        ("left", tally.uncovered, people and people.uncovered),
        ("not_assessed", tally.not_assessed, people and people.not_assessed),
    ):
        communities = words.count("communities", count)
        if count and people is not None:
            said = words.people(persons or 0, demand=demand)
            clauses.append(
                words.sentence("headline", f"{key}_people", count=count, communities=communities, people=said)
            )
        elif count:
            clauses.append(words.sentence("headline", key, count=count, communities=communities))
    if not tally.uncovered and not tally.not_assessed:
        clauses.append(words.sentence("headline", "none_left"))
    return clauses


def headline_present(study: Study, coverage: Coverage, present: str, words: Words) -> Sentence | None:
    """Return how many communities have a facility inside them; None where that is known of none."""
    inside, outside, unknown = (present.count(letter) for letter in "ioq")
    if not inside and not outside:
        return None
    clauses = [
        words.sentence(
            "headline",
            "present",
            total=figures.grouped(len(present)),
            inside=figures.grouped(inside),
            share=figures.share(inside / len(present)),
            place=place(coverage.circle.service, study, words),
        )
    ]
    if outside:
        clauses.append(
            words.sentence("headline", "absent", count=outside, communities=words.count("communities", outside))
        )
    if unknown:
        clauses.append(words.sentence("headline", "present_unknown", communities=words.count("communities", unknown)))
    return strung([*clauses, words.sentence("headline", "end")])


def straight_line(coverage: Coverage, words: Words) -> Text | None:
    """Return what a circle drawn by hand would claim; None where the circle is one."""
    if coverage.circle.measure == "straight":
        return None
    claim, demand = coverage.straight_line, coverage.circle.demand
    more = claim.communities_covered - coverage.communities.covered
    values: dict[str, Any] = {
        "radius": radius(coverage, words),
        "communities": words.count("communities", claim.communities_covered),
        "more": words.count("more", max(more, 0)),
    }
    if more == 0:
        return words.text("straight", "same", **values)
    if more < 0:
        return words.text("straight", "fewer", **values)
    if coverage.people is None or claim.people_covered is None:
        return words.text("straight", "more", **values)
    values["people"] = words.people(claim.people_covered, demand=demand)
    values["more_people"] = words.people(max(claim.people_covered - coverage.people.covered, 0), demand=demand)
    return words.text("straight", "more_people", **values)


def differences(findings: Findings, circle: str, words: Words) -> tuple[Text, ...]:
    """Return, by level, how often "within reach" and "one inside" part ways, and how often that isn't known."""
    by_level: dict[str, list[int]] = {}
    for one in findings.differences:
        if one.circle != circle:
            continue
        counts = by_level.setdefault(one.level, [0, 0, 0])
        if one.present is None or one.reachable is None:
            counts[2] += 1
        elif one.present != one.reachable:
            counts[0 if one.reachable else 1] += 1
    said = []
    for level, (reach_only, present_only, unknown) in by_level.items():
        name = words.text("level", level) if words.has("level", level) else same(level)
        parts = []
        if reach_only or present_only:
            parts.append(
                words.text(
                    "differences",
                    "line",
                    level=name,
                    reach_only=figures.grouped(reach_only),
                    present_only=figures.grouped(present_only),
                )
            )
        if unknown:
            key = "unknown_more" if parts else "unknown"
            parts.append(words.text("differences", key, level=name, unknown=figures.grouped(unknown)))
        if parts:
            said.append(joined(parts))
    return tuple(said)
