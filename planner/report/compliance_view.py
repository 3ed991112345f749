"""What the page says about a plan: each indicator with target, value, verdict, what is short and who is in charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.compliance import Compliance, Entry, Verdict
from planner.plan import Plan
from planner.report import amount, figures
from planner.report.circle_view import CircleView
from planner.report.indicator_view import ItemView, Told, deciding, group_of, item_view, verdict_of
from planner.report.units import LETTERS, Atlas
from planner.report.words import Sentence, Text, Words, joined, joined_by, strung
from planner.study import Study

ORDER: tuple[Verdict, ...] = ("below", "meets", "no_target", "not_due", "no_data", "not_applicable")
"""In which order verdicts are listed: what falls short first."""

SAID: tuple[Verdict, ...] = ("meets", "below", "no_target", "not_due", "no_data", "not_applicable")
"""In which order the sentence on top counts them."""

FIRMNESS = ("binding", "stated", "expected", "advocated", "encouraged")

TELLING = 4
"""Indicators on the first tab."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceView:
    """A plan held against what is there, in words.

    Parameters
    ----------
    summary
        How many indicators are met, in a sentence.
    basis
        Which plan, which year; of a norm that it is none of the local plan's demands.
    counts
        By letter of a verdict, in the order of the list, and ``all``.
    items
        What falls short first; indicators that contradict each other stand together.
    telling
        Positions of those shown on the first tab.
    """

    summary: Sentence
    basis: Text
    counts: Mapping[str, str]
    show_all: Text
    items: tuple[ItemView, ...]
    telling: tuple[int, ...]


def compliance_view(
    compliance: Compliance, *, study: Study, plan: Plan | None, circles: Mapping[str, CircleView], words: Words
) -> ComplianceView:
    """Decide every word and figure about a plan.

    Parameters
    ----------
    plan
        For names, issuer, reasons and norms; without it the entries tell what they can.
    circles
        By name, each circle in words.
    """
    by_id: dict[str, list[Entry]] = {}
    for entry in compliance.entries:
        by_id.setdefault(entry.id, []).append(entry)
    order = _order(by_id)
    groups = {key: i for i, key in enumerate(dict.fromkeys(group_of(by_id[one]) for one in order)) if key}
    told = Told(study, words, Atlas(study), circles, _conflicts(by_id, words), groups, plan, compliance.standing)
    items = tuple(item_view(by_id[one], told) for one in order)
    verdicts = [verdict_of(by_id[one]) for one in order]
    tally = {verdict: verdicts.count(verdict) for verdict in ORDER if verdict in verdicts}
    return ComplianceView(
        summary=_summary(tally, words),
        basis=_basis(compliance, plan, words),
        counts={"all": figures.grouped(len(items))} | {LETTERS[key]: figures.grouped(n) for key, n in tally.items()},
        show_all=words.text("targets", "show_all", n=figures.grouped(len(items))),
        items=items,
        telling=_telling([by_id[one] for one in order]),
    )


def _order(by_id: Mapping[str, Sequence[Entry]]) -> list[str]:
    """Return the ids by verdict, in the plan's order; a group of contradicting ones stands where its first does."""
    rank = {one: ORDER.index(verdict_of(entries)) for one, entries in by_id.items()}
    place = {one: (rank[one], position) for position, one in enumerate(by_id)}
    first: dict[str, tuple[int, int]] = {}
    for one, entries in by_id.items():
        group = group_of(entries)
        if group is not None:
            first[group] = min(first.get(group, place[one]), place[one])
    return sorted(by_id, key=lambda one: (first.get(group_of(by_id[one]) or "", place[one]), place[one]))


def _telling(items: Sequence[Sequence[Entry]]) -> tuple[int, ...]:
    """Return the indicators for the first tab: what falls short before what is met, the firmest first."""

    def weight(i: int) -> tuple[int, int, int, int]:
        entry = deciding(items[i])[0]
        verdict = ORDER.index(verdict_of(items[i]))
        return (verdict, FIRMNESS.index(entry.bindingness), not entry.units_to_build, i)

    kept: list[int] = []
    groups: set[str] = set()
    for i in sorted(range(len(items)), key=weight):
        group = group_of(items[i])
        if group is None or group not in groups:  # of contradicting targets one is enough here
            kept.append(i)
            groups |= {group} if group else set()
    return tuple(kept[:TELLING])


def _summary(tally: Mapping[Verdict, int], words: Words) -> Sentence:
    total = sum(tally.values())
    parts = [words.sentence("targets", "counts", count=total, n=figures.grouped(total))]
    shown = [key for key in SAID if key in tally]
    for key in shown:
        parts.append(words.sentence("targets", f"count_{key}", n=figures.grouped(tally[key])))
        parts.append(words.sentence("headline", "end") if key == shown[-1] else words.sentence("units", "comma"))
    return strung(parts)


def _basis(compliance: Compliance, plan: Plan | None, words: Words) -> Text:
    if plan is None:
        by = words.text("targets", "basis", plan=compliance.plan)
    else:
        name = {lang: plan.name.get(lang, plan.id) for lang in ("zh", "en")}
        key = "basis_norm" if plan.kind == "norm" else "basis_issuer" if plan.issuer else "basis"
        by = words.text("targets", key, plan=name, issuer=plan.issuer or "")
    year = compliance.year
    judged = words.text("targets", "year_last" if year is None else "year", year=str(year))
    return joined([by, judged])


def _conflicts(by_id: Mapping[str, Sequence[Entry]], words: Words) -> dict[str, Text]:
    """Return by group the targets that contradict each other, with their years where nothing else parts them."""
    members: dict[str, list[Entry]] = {}
    for entries in by_id.values():
        if entries[0].conflict and entries[0].conflict_group:
            members.setdefault(entries[0].conflict_group, []).append(entries[0])
    found = {}
    for group, entries_of in members.items():
        bare = [_target(entry, words, dated=False) for entry in entries_of]
        texts = [text for text in bare if text]
        if len({text["en"] for text in texts}) < len(entries_of):
            texts = [text for text in (_target(entry, words, dated=True) for entry in entries_of) if text]
        distinct = [text for i, text in enumerate(texts) if text not in texts[:i]]
        found[group] = (
            words.text("targets", "conflict", targets=joined_by({"zh": " / ", "en": " / "}, distinct))
            if len(distinct) > 1
            else words.text("targets", "conflict_plain")
        )
    return found


def _target(entry: Entry, words: Words, *, dated: bool) -> Text | None:
    figure, year = (entry.target, entry.year) if entry.target is not None else (entry.next_target, entry.next_year)
    if figure is None:
        return None
    text = amount.target_amount(entry, figure, words)
    if not dated:
        return text
    return {
        "zh": f"{text['zh']}（{year} 年）" if year else text["zh"],
        "en": f"{text['en']} ({year})" if year else text["en"],
    }
