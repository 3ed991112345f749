"""The bands of a circle in words: who lives within 5, within 10 and within 15 minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.coverage import NOT_ASSESSED, Coverage, whole_sum
from planner.isochrone import Band
from planner.report import figures
from planner.report.rule import who
from planner.report.words import Text, Words
from planner.study import Findings

TOLERANCE = 1e-9
"""A band's limit is a share of the circle's and may come out a hair below its decisecond or millimetre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandView:
    """One band in words: its limit, the same in short, who lives within it, and the legend of the rest."""

    limit: Text
    short: Text
    sentence: Text
    within: Text
    beyond: Text


def band_views(findings: Findings, coverage: Coverage, words: Words) -> tuple[BandView, ...]:
    """Return a circle's bands, the widest first, as the page draws them; none where nothing was drawn."""
    return tuple(_band_view(findings, coverage, band, words) for band in bands_of(findings, coverage))


def bands_within(findings: Findings, coverage: Coverage) -> str:
    """Return a figure a community: in how many bands it lies; they are nested, so 1 is the widest alone.

    A circle without bands has no figures.
    """
    bands = bands_of(findings, coverage)
    if not bands:
        return ""
    return "".join(str(count) for count in np.sum([_inside(coverage, band) for band in bands], axis=0))


def bands_of(findings: Findings, coverage: Coverage) -> list[Band]:
    """Return the bands of a circle, the widest first."""
    return sorted(
        (band for band in findings.bands if band.circle == coverage.circle.name), key=lambda band: -band.limit
    )


def limit_words(limit: float, unit: str) -> str:
    """Return a band's limit as a figure, whole metres or minutes with one decimal at most.

    Examples
    --------
    >>> limit_words(5.0, "minutes"), limit_words(20 / 3, "minutes"), limit_words(2000 / 3, "metres")
    ('5', '6.7', '667')
    """
    return figures.plain(round(limit) if unit == "metres" else round(limit, 1))


def _inside(coverage: Coverage, band: Band) -> npt.NDArray[np.bool_]:
    away = coverage.minutes if band.limit_unit == "minutes" else coverage.metres
    near = np.nan_to_num(away, nan=np.inf) <= band.limit + TOLERANCE
    return np.asarray(near & (coverage.status != NOT_ASSESSED), dtype=bool)


def _band_view(findings: Findings, coverage: Coverage, band: Band, words: Words) -> BandView:
    circle, inside = coverage.circle, _inside(coverage, band)
    limit = words.text("count", band.limit_unit, n=limit_words(band.limit, band.limit_unit))
    count = int(inside.sum())
    values: dict[str, str | Text] = {
        "limit": limit,
        "communities": words.count("communities", count),
        "share": figures.share(count / len(inside) if len(inside) else None),
    }
    key = "sentence"
    if coverage.people is not None:
        demand = findings.study.communities.number(circle.demand)
        people = whole_sum(demand[inside])
        total = coverage.people.total
        values["who"] = who(circle.demand, words)
        values["people"] = words.people(people, demand=circle.demand)
        values["people_share"] = figures.share(people / total if total else None)
        key = "sentence_people"
    return BandView(
        limit=limit,
        short=words.text("legend", band.limit_unit, n=limit_words(band.limit, band.limit_unit)),
        sentence=words.text("band", key, count=None, **values),
        within=words.text("band", "within", limit=limit, n=figures.grouped(count)),
        beyond=words.text("band", "beyond", limit=limit, n=figures.grouped(coverage.communities.covered - count)),
    )
