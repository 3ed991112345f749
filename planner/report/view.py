"""All words and figures of the page, decided once and in both languages; templates and scripts only place them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import PurePath
from typing import Any

from planner.issue import Issue
from planner.places import Places
from planner.report import figures
from planner.report.circle_view import CircleView, circle_views
from planner.report.compliance_view import ComplianceView, compliance_view
from planner.report.imprint_view import ImprintView, imprint_view
from planner.report.proposal_view import ProposalView, proposal_views
from planner.report.rule import date_of
from planner.report.trial_view import TrialView, trial_view
from planner.report.words import LANGUAGES, Text, Words, read
from planner.study import Findings, Study

SHOWN_LINES = 30
"""Findings about data shown in full of one kind; the rest are in the tables beside the page."""

SHORT_ENDING, SHORT_ENDING_EN = "社区", " Community"
"""Left out of a community's label on the map, where every other label would end in it too."""

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesView:
    """Places in columns. ``names_en`` is empty where the table has no English names; ``short`` is for the map.

    ``lon`` and ``lat`` are None of a place without a point, as a residential area may be.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    names_en: tuple[str, ...]
    short: tuple[str, ...]
    short_en: tuple[str, ...]
    lon: tuple[float | None, ...]
    lat: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One file that was read: which, of what date, how many rows."""

    path: str
    date: Text | None
    rows: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuesView:
    """Findings about data of one kind."""

    severity: Text
    title: Text | None
    count: str
    lines: tuple[str, ...]
    more: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The page in words.

    Parameters
    ----------
    head
        The line beside the study's name: target year, date of the data, whether they are made up.
    words
        The page's own words, by key.
    synthetic
        Whether the data are made up; the page says so in its head and over its map.
    compliance
        None without a plan.
    """

    name: str
    language: str
    head: Text
    synthetic: bool
    attribution: tuple[str, ...]
    imprint: ImprintView
    words: dict[str, Text]
    communities: PlacesView
    facilities: PlacesView
    candidates: PlacesView
    areas: PlacesView
    residential: PlacesView
    circles: tuple[CircleView, ...]
    proposals: tuple[ProposalView, ...]
    trial: TrialView
    compliance: ComplianceView | None
    method: tuple[Text, ...]
    sources: tuple[SourceView, ...]
    issues: tuple[IssuesView, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the view as plain lists and dicts."""
        return asdict(self)


def view(findings: Findings) -> View:
    """Decide every word and figure of the page.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> from planner.study import run
    >>> page = view(run(sample_district()))
    >>> page.head["en"].endswith("Made-up data, for demonstration only")
    True
    """
    study, words = findings.study, read()
    circles = circle_views(findings, words)
    held = _compliance(findings, circles, words)
    items = {} if held is None else {item.id: i for i, item in enumerate(held.items)}
    return View(
        name=study.name,
        language=study.language,
        head=_head(study, words),
        synthetic=study.synthetic,
        attribution=study.attribution,
        imprint=imprint_view(study.page, words),
        words=words.section("page"),
        communities=_places(study.communities),
        facilities=_places(study.facilities),
        candidates=_places(study.candidates),
        areas=_places(study.areas),
        residential=_places(study.residential_areas),
        circles=circles,
        proposals=proposal_views(findings, words),
        trial=trial_view(findings, [circle.label for circle in circles], items, words),
        compliance=held,
        method=_method(findings, words),
        sources=_sources(study, words),
        issues=_issues(findings.issues, words),
    )


def _head(study: Study, words: Words) -> Text:
    parts = []
    if study.year is not None:
        parts.append(words.text("head", "year", year=str(study.year)))
    date = words.date(date_of(study, study.communities.table) or _latest(study))
    if date is not None:
        parts.append(words.text("head", "date", date=date))
    if study.synthetic:
        parts.append(words.section("page")["synthetic"])
    return {lang: " · ".join(part[lang] for part in parts) for lang in LANGUAGES}


def _latest(study: Study) -> str | None:
    return max((one.date for one in study.inputs if figures.day(one.date)), key=lambda date: date or "", default=None)


def _places(places: Places | None) -> PlacesView:
    if places is None:
        return PlacesView(ids=(), names=(), names_en=(), short=(), short_en=(), lon=(), lat=())
    names = tuple(str(name) for name in places.names)
    english = places.columns.get("name_en")
    names_en = () if english is None else tuple(str(one or name) for one, name in zip(english, names, strict=True))
    return PlacesView(
        ids=tuple(str(one) for one in places.ids),
        names=names,
        names_en=names_en,
        short=tuple(_short(name, SHORT_ENDING) for name in names),
        short_en=tuple(_short(name, SHORT_ENDING_EN) for name in names_en),
        lon=_degrees(places.lon),
        lat=_degrees(places.lat),
    )


def _degrees(values: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(None if isnan(one) else round(float(one), 6) for one in values)


def _short(name: str, ending: str) -> str:
    short = name.removesuffix(ending)
    return short if len(short) > 1 else name


def _compliance(findings: Findings, circles: Iterable[CircleView], words: Words) -> ComplianceView | None:
    found = findings.compliance
    if found is None:
        return None
    by_name = {circle.name: circle for circle in circles if circle.scenario is None}
    return compliance_view(found, study=findings.study, plan=findings.study.plan, circles=by_name, words=words)


def _method(findings: Findings, words: Words) -> tuple[Text, ...]:
    study = findings.study
    said = []
    if any(coverage.circle.measure == "network" for coverage in findings.coverages):
        said.append(words.text("method", "access", limit=words.count("metres", round(study.max_access_m))))
    said.append(words.text("method", "rounding"))
    if findings.bands:
        said.append(words.text("method", "bands"))
    return tuple(said)


def _sources(study: Study, words: Words) -> tuple[SourceView, ...]:
    return tuple(
        SourceView(
            path=PurePath(one.path).name or one.path,
            date=words.date(one.date),
            rows=None if one.rows is None else figures.grouped(one.rows),
        )
        for one in study.inputs
    )


def _issues(issues: Iterable[Issue], words: Words) -> tuple[IssuesView, ...]:
    """Return the findings about data by kind, the gravest first."""
    kinds: dict[tuple[int, str], list[Issue]] = {}
    for issue in issues:
        kinds.setdefault((SEVERITIES.index(issue.severity), issue.code), []).append(issue)
    found = []
    for (severity, code), group in sorted(kinds.items(), key=lambda kind: kind[0]):
        hidden = len(group) - SHOWN_LINES
        found.append(
            IssuesView(
                severity=words.text("severity", SEVERITIES[severity]),
                title=words.text("issue", code) if words.has("issue", code) else None,
                count=figures.grouped(len(group)),
                lines=tuple(issue.line() for issue in group[:SHOWN_LINES]),
                more=words.text("severity", "more", n=figures.grouped(hidden)) if hidden > 0 else None,
            )
        )
    return tuple(found)
