"""What would cover a community that misses the service: candidates, proposed sites, or a wider limit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.coverage import UNCOVERED, Coverage
from planner.distance import by_id
from planner.measure import IntArray
from planner.measure import metres as metres_of
from planner.measure import minutes as minutes_of
from planner.places import Places
from planner.report import figures
from planner.report.words import Text, Words
from planner.study import Findings
from planner.travel_times import TravelTimes

SHOWN = 4
"""Candidates that a card names; how many more there are is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverView:
    """What would cover one community.

    Parameters
    ----------
    candidates
        Those within the limit, the nearest first: position, minutes and metres as shown.
    more
        How many others there are; None for none.
    wider
        Without any candidate: the smallest limit that would do, and from where.
    proposed
        Proposed sites that would, as positions of a proposal and of a site in it.
    """

    candidates: tuple[tuple[int, str, str], ...]
    more: Text | None
    wider: Text | None
    proposed: tuple[tuple[int, int], ...]


def cover_views(findings: Findings, coverage: Coverage, words: Words) -> dict[str, CoverView]:
    """Return what would cover each uncovered community of a circle, by the community's position."""
    times = next((one for one in findings.travel_times if one.circle.name == coverage.circle.name), None)
    missing = np.flatnonzero(coverage.status == UNCOVERED)
    if times is None:
        return {}
    near = _by_community(findings, times, missing)
    return {str(i): _cover_view(findings, coverage, times, int(i), near[int(i)], words) for i in missing}


def _by_community(findings: Findings, times: TravelTimes, missing: IntArray) -> dict[int, IntArray]:
    """Return the rows of candidates of each community, the nearest first, ties by the candidate's id."""
    rank = by_id(findings.study.candidates.ids)
    rows = np.flatnonzero(times.of("candidate") & np.isin(times.community, missing))
    rows = rows[np.lexsort((rank[times.place[rows]], times.cost[rows], times.community[rows]))]
    ends = np.searchsorted(times.community[rows], missing, side="right")
    starts = np.searchsorted(times.community[rows], missing, side="left")
    return {int(i): rows[start:end] for i, start, end in zip(missing, starts, ends, strict=True)}


def _cover_view(
    findings: Findings, coverage: Coverage, times: TravelTimes, community: int, rows: IntArray, words: Words
) -> CoverView:
    limit = coverage.circle.limit_quanta(coverage.speed_m_s)
    within = rows[times.cost[rows] <= limit]
    hidden = len(within) - SHOWN
    return CoverView(
        candidates=tuple(_away(times, int(row)) for row in within[:SHOWN]),
        more=words.text("cover", "more", count=hidden, n=figures.grouped(hidden)) if hidden > 0 else None,
        wider=None if len(within) else _wider(findings, coverage, times, community, rows, words),
        proposed=tuple(_proposed(findings, coverage, community, {int(one) for one in times.place[within]})),
    )


def _away(times: TravelTimes, row: int) -> tuple[int, str, str]:
    minutes, metres = minutes_of(times.time_ds[row : row + 1])[0], metres_of(times.length_mm[row : row + 1])[0]
    return (
        int(times.place[row]),
        figures.minutes(float(minutes), within=True) or "",
        figures.metres(float(metres), within=True) or "",
    )


def _wider(
    findings: Findings, coverage: Coverage, times: TravelTimes, community: int, rows: IntArray, words: Words
) -> Text:
    """Return the smallest limit that would do, from what stands or from a candidate, whichever is nearer."""
    circle, places = coverage.circle, findings.study
    away = float((coverage.minutes if circle.limit_unit == "minutes" else coverage.metres)[community])
    key, name = (
        "wider_existing",
        None if math.isnan(away) else _name(places.facilities, int(coverage.nearest[community])),
    )
    if len(rows):
        nearest = circle.in_unit(times.cost[rows[:1]], coverage.speed_m_s)[0]
        if name is None or nearest < away:
            key, away = "wider_candidate", float(nearest)
            name = _name(places.candidates, int(times.place[rows[0]]))
    if name is None:
        return words.text("cover", "nothing")
    figure = figures.minutes if circle.limit_unit == "minutes" else figures.metres
    limit = words.text("count", circle.limit_unit, n=figure(away, within=False) or "")
    return words.text("cover", key, limit=limit, name=name)


def _name(table: Places, position: int) -> Text:
    name = str(table.names[position])
    return {"zh": name, "en": str(table.columns.get("name_en", table.names)[position] or name)}


def _proposed(findings: Findings, coverage: Coverage, community: int, within: set[int]) -> Iterable[tuple[int, int]]:
    """Yield the proposed sites within the limit, or credited with the community by their own task."""
    known = {one.circle.name for one in findings.coverages}
    shown = [proposal for proposal in findings.proposals if proposal.circle in known]
    for number, proposal in enumerate(shown):
        if proposal.circle != coverage.circle.name:
            continue
        for at, site in enumerate(proposal.sites):
            if site.candidate in within or community in site.communities_gained:
                yield number, at
