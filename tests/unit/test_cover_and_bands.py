"""What a community's card says would cover it, and the bands in words, against the findings themselves."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.coverage import COVERED, UNCOVERED
from planner.report import figures
from planner.report.view import View, view
from planner.report.words import LANGUAGES
from planner.sources.sample import sample_district
from planner.study import Findings, run


@pytest.fixture(scope="module")
def findings() -> Findings:
    return run(sample_district())


@pytest.fixture(scope="module")
def words(findings: Findings) -> View:
    return view(findings)


def pairs(findings: Findings, circle: int) -> dict[int, list[tuple[float, int, float, float]]]:
    """Return by community what each candidate is away: in the limit's own unit, with minutes and metres."""
    times = findings.travel_times[circle]
    found: dict[int, list[tuple[float, int, float, float]]] = {}
    for row in np.flatnonzero(times.role == "candidate"):
        minutes, metres = times.time_ds[row] / 600, times.length_mm[row] / 1000
        away = minutes if times.circle.limit_unit == "minutes" else metres
        found.setdefault(int(times.community[row]), []).append((away, int(times.place[row]), minutes, metres))
    return {i: sorted(one) for i, one in found.items()}


@pytest.mark.parametrize("circle", range(5))
def test_candidates_within_the_limit_are_named_the_nearest_first(findings, words, circle):
    coverage, told = findings.coverages[circle], words.circles[circle]
    near = pairs(findings, circle)
    assert set(told.would_cover) == {str(i) for i in np.flatnonzero(coverage.status == UNCOVERED)}
    for i, cover in told.would_cover.items():
        within = [one for one in near.get(int(i), []) if one[0] <= coverage.circle.limit]
        assert [one[0] for one in cover.candidates] == [one[1] for one in within[:4]]
        for (_, minutes, metres), (_, _, exact_min, exact_m) in zip(cover.candidates, within, strict=False):
            assert 0 <= exact_min - float(minutes.replace(",", "")) < 0.1 + 1e-6
            assert 0 <= exact_m - float(metres.replace(",", "")) < 1 + 1e-6
        assert (cover.more is None) == (len(within) <= 4)
        assert (cover.wider is None) == bool(within)


def test_without_a_candidate_the_smallest_limit_that_would_do_is_told(findings, words):
    seen = set()
    for circle, coverage in enumerate(findings.coverages):
        near, rule = pairs(findings, circle), coverage.circle
        for i, cover in words.circles[circle].would_cover.items():
            if cover.wider is None:
                continue
            stands = (coverage.minutes if rule.limit_unit == "minutes" else coverage.metres)[int(i)]
            away = near.get(int(i), [])
            seen.add("candidate" if away and away[0][0] < stands else "existing")
            figure = figures.minutes if rule.limit_unit == "minutes" else figures.metres
            shown = figure(min([one[0] for one in away] + [stands]), within=False)
            assert all(f"{shown} " in cover.wider[language] for language in LANGUAGES)
    assert seen == {"candidate", "existing"}


def test_proposed_sites_that_would_cover_it_are_told(findings, words):
    near = pairs(findings, 0)
    for i, cover in words.circles[0].would_cover.items():
        within = {one[1] for one in near.get(int(i), []) if one[0] <= 15}
        expected = {
            (number, at)
            for number, proposal in enumerate(findings.proposals)
            for at, site in enumerate(proposal.sites)
            if site.candidate in within
        }
        assert set(cover.proposed) == expected
    for number, proposal in enumerate(findings.proposals):
        for at, site in enumerate(proposal.sites):
            for i in site.communities_gained:
                assert (number, at) in words.circles[0].would_cover[str(i)].proposed


def test_a_community_that_nothing_reaches_says_so(findings):
    times = findings.travel_times[0]
    i = int(np.flatnonzero(findings.coverages[0].status == UNCOVERED)[0])
    kept = times.community != i
    cut = {key: getattr(times, key)[kept] for key in ("community", "place", "role", "time_ds", "length_mm")}
    minutes = findings.coverages[0].minutes.copy()
    minutes[i] = math.nan
    coverage = replace(findings.coverages[0], minutes=minutes)
    changed = replace(
        findings,
        coverages=(coverage, *findings.coverages[1:]),
        travel_times=(replace(times, **cut), *findings.travel_times[1:]),
        proposals=(),
    )
    cover = view(changed).circles[0].would_cover[str(i)]
    assert cover.candidates == ()
    assert "放宽限值也没有测到" in cover.wider["zh"]


@pytest.mark.parametrize("circle", range(5))
def test_bands_count_those_within(findings, words, circle):
    coverage, told = findings.coverages[circle], words.circles[circle]
    away = coverage.minutes if coverage.circle.limit_unit == "minutes" else coverage.metres
    people = findings.study.communities.number(coverage.circle.demand)
    assert len(told.shades) == 3
    for number, shade in enumerate(told.shades):
        limit = coverage.circle.limit * (3 - number) / 3
        inside = np.nan_to_num(away, nan=np.inf) <= limit + 1e-9
        assert [int(one) > number for one in told.within] == inside.tolist()
        count = int(inside.sum())
        assert f"{count} communit" in shade.sentence["en"]
        assert f"({int(np.nansum(people[inside])):,} people)" in shade.sentence["en"]
        assert f"（{count}）" in shade.within["zh"]
    assert sum(one != "0" for one in told.within) == int((coverage.status == COVERED).sum())


def test_the_second_nearest_has_its_metres(findings, words):
    coverage, told = findings.coverages[0], words.circles[0]
    for i, shown in enumerate(told.backup_metres):
        assert (shown is None) == math.isnan(coverage.backup_metres[i])
        if shown is not None:
            assert abs(float(shown.replace(",", "")) - coverage.backup_metres[i]) < 1 + 1e-6
