"""Siting on little towns and the sample district: what is asked, refused, named unreachable and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from planner import study as studies
from planner.circle import Circle
from planner.coverage import COVERED
from planner.errors import CheckError, InputError
from planner.schema import Filter
from planner.siting import propose as proposing
from planner.siting.check_proposal import check
from planner.siting.pose import Ground, Tables, pose
from planner.siting.problem import Problem, from_cover
from planner.siting.proposal import Proposal, Unreachable
from planner.siting.solve import solve
from planner.siting.task import SitingTask
from planner.sources import sample_district
from planner.study import Findings, Study
from tests.laws.drafts import objects, places, study_of
from tests.towns import ways

CARE = Circle(name="care", service="care", limit=3, profile="test_walk")  # 180 m
PER_METRE = replace(CARE, limit=180, limit_unit="metres")
STRAIGHT = replace(PER_METRE, measure="straight")
AVENUE = ways([(0, 0), (3000, 0), (0, 2000), (100, 2000)], [((0, 1), {}), ((2, 3), {})])  # and one street cut off


def avenue(
    homes: Sequence[float],
    candidates: Sequence[float],
    *,
    circle: Circle = CARE,
    people: Sequence[float] | None = None,
    facilities: Sequence[float] = (),
    year: int = 2025,
    **columns: Sequence[object],
) -> Study:
    """Return a study along one straight street of 3 km."""
    communities = places("communities", [(x, 0) for x in homes], population=people or [10.0] * len(homes))
    doors = places("facilities", [(x, 0) for x in facilities], service=[("care",)] * len(facilities))
    sites = places("candidates", [(x, 0) for x in candidates], **columns)
    return replace(study_of(AVENUE, communities, doors, sites, circle), year=year)


def answer(study: Study, model: str, *, sites: int | None = None, **more: Any) -> Proposal:
    task = SitingTask(name="t", circle=study.circles[0].name, model=model, sites=sites, **more)
    (found,) = studies.run(replace(study, siting=(task,))).proposals
    return found


def test_the_best_two_of_three() -> None:
    """Sites at 150 and 850 m cover 2 homes each; that at 500 m covers one of each pair, and no more."""
    town = avenue([0, 300, 700, 1000], [500, 150, 850], people=[40, 50, 50, 20])
    found = answer(town, "mclp", sites=2)
    assert [site.candidate for site in found.sites] == [1, 2]
    assert [site.people_gained for site in found.sites] == [90, 70]
    assert [site.people_alone for site in found.sites] == [90, 70]
    assert [site.share_after for site in found.sites] == [90 / 160, 1.0]
    assert (found.objective, found.bound, found.gap, found.status) == (160, 160, 0.0, "optimal")
    assert answer(town, "lscp").objective == 2


def test_existing_facilities_cost_nothing_and_stay() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000], facilities=[50], people=[1000, 20, 30])
    found = answer(town, "mclp", sites=1)
    assert [(site.candidate, site.people_gained) for site in found.sites] == [(2, 30)]
    assert found.sites[0].share_after == 1030 / 1050
    assert answer(town, "lscp").objective == 2


def test_forced_sites_come_first_and_count_among_the_sites() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000, 2900], people=[10, 20, 30],
                  forced=[True, None, False, True])  # fmt: skip
    found = answer(town, "mclp", sites=3)
    assert [(site.candidate, site.forced, site.people_gained) for site in found.sites] == [
        (0, True, 10), (3, True, 0), (2, False, 30),
    ]  # fmt: skip
    assert [site.candidate for site in answer(town, "mclp", sites=2).sites] == [0, 3]
    assert answer(town, "lscp").objective == 4
    with pytest.raises(InputError, match="1 sites are asked for, but 2 candidates are forced"):
        answer(town, "mclp", sites=1)


def test_candidates_that_may_not_be_built_are_left_out() -> None:
    town = avenue(
        [0, 1000, 2000, 2900, 500],
        [0, 1000, 2000, 2900, 500],
        people=[90, 80, 70, 60, 5],
        forbidden=[True, None, None, None, None],
        service=[None, ("childcare",), ("childcare", "care"), None, None],
        available_year=[2020, 2020, 2020, 2026, 2025],
    )
    assert {site.candidate for site in answer(town, "mclp", sites=5).sites} == {2, 4}
    assert {site.candidate for site in answer(replace(town, year=2026), "mclp", sites=5).sites} == {2, 3, 4}


def test_no_candidate_is_a_fault() -> None:
    town = avenue([0], [0, 10], forbidden=[True, True])
    for model, sites in (("mclp", 1), ("lscp", None)):
        with pytest.raises(InputError, match="no candidate to choose from"):
            answer(town, model, sites=sites)


def test_a_site_that_adds_nobody_is_not_built() -> None:
    town = avenue([0, 2000], [0, 10, 2000], people=[10, 0])
    found = answer(town, "mclp", sites=3)
    assert [(site.candidate, site.people_gained) for site in found.sites if site.people_gained] == [(0, 10)]
    assert found.objective == 10


# --- unknown demand ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "sites"), [("mclp", 1), ("lscp", None)])
def test_unknown_demand_is_refused_or_excluded(model: str, sites: int | None) -> None:
    town = avenue([0, 1000, 2000], [0, 1000], people=[10, np.nan, 5])
    with pytest.raises(InputError, match="'c1'") as caught:
        answer(town, model, sites=sites)
    (issue,) = caught.value.issues
    assert (issue.code, issue.id, issue.row) == ("unknown_demand", "c1", 3)
    assert "exclude" in issue.remedy
    found = answer(town, model, sites=sites, unknown_demand="exclude")
    assert [site.candidate for site in found.sites] == [0]
    assert {row.community for row in found.unreachable} == {2}  # the excluded one is left out, not unreachable
    assert found.sites[0].share_after == 10 / 15


def test_without_a_demand_column_each_community_counts_one() -> None:
    town = avenue([0, 10, 1000], [1000, 0])
    nobody = replace(town, communities=replace(town.communities, columns={}))
    found = answer(nobody, "mclp", sites=1)
    assert (found.objective, found.objective_unit) == (2, "communities")
    (site,) = found.sites
    assert (site.candidate, site.people_gained, site.people_alone) == (1, None, None)
    assert (site.communities_gained, site.share_after) == ((0, 1), 2 / 3)


# --- what can't be reached --------------------------------------------------------------------------------------


def quantum(circle: Circle) -> float:
    return 1 / 600.0 if circle.by_time else 0.001


@pytest.mark.parametrize("circle", [CARE, PER_METRE, STRAIGHT], ids=["minutes", "metres", "straight"])
@pytest.mark.parametrize("model", ["lscp", "mclp"])
def test_the_smallest_limit_is_the_smallest(circle: Circle, model: str) -> None:
    """With that limit it can be reached; with one quantum less it can't."""
    town = avenue([0, 1003, 2222.2], [100, 640], facilities=[2990], circle=circle)
    found = answer(town, model, sites=None if model == "lscp" else 2)
    least = {row.community: row.smallest_limit for row in found.unreachable}
    assert set(least) == {1, 2}
    for community, limit in least.items():
        assert limit is not None
        for change, reached in ((0.0, True), (-quantum(circle), False)):
            again = answer(
                replace(town, circles=(replace(circle, limit=limit + change),)), model,
                sites=None if model == "lscp" else 2,
            )  # fmt: skip
            assert (community not in {row.community for row in again.unreachable}) == reached


def test_the_smallest_limit_counts_only_sites_that_may_be_built() -> None:
    town = avenue([0], [1000, 500], forbidden=[None, True])
    (row,) = answer(town, "lscp").unreachable
    assert row.smallest_limit == pytest.approx(1000 / 60, abs=0.01)


def test_a_community_that_is_cut_off_has_no_smallest_limit() -> None:
    town = avenue([0, 1000], [0])
    lat = town.communities.lat.copy()
    lat[1] = 2000 / 110_574.3886
    lon = town.communities.lon.copy()
    lon[1] = 120.0 + 50 / 111_319.49
    drawn = ways([(0, 0), (1000, 0), (0, 2000), (100, 2000)], [((0, 1), {}), ((2, 3), {})])  # 10 %: no island
    cut_off = replace(town, ways=drawn, communities=replace(town.communities, lon=lon, lat=lat))
    found = answer(cut_off, "lscp")
    assert found.unreachable == (Unreachable(community=1, smallest_limit=None),)
    assert (found.status, found.partial) == ("infeasible", True)
    assert [site.candidate for site in found.sites] == [0]


def test_what_is_infeasible_is_answered_in_part() -> None:
    town = avenue([0, 300, 2000, 2900], [150, 0, 300, 2800])
    found = answer(town, "lscp")
    assert (found.status, found.partial, found.objective) == ("infeasible", True, 2)
    assert {site.candidate for site in found.sites} == {0, 3}
    assert [row.community for row in found.unreachable] == [2]
    assert {c for site in found.sites for c in site.communities_gained} == {0, 1, 3}
    feasible = answer(avenue([0, 300], [150]), "lscp")
    assert (feasible.status, feasible.partial, feasible.unreachable) == ("optimal", False, ())


def test_nothing_left_to_cover_needs_no_site() -> None:
    town = avenue([0, 10], [0, 20], facilities=[5])
    assert answer(town, "lscp").sites == ()
    assert answer(town, "lscp").status == "optimal"
    found = answer(town, "mclp", sites=2)
    assert (found.objective, found.sites) == (0, ())


def test_communities_that_are_not_assessed_are_left_out() -> None:
    town = avenue([0, 1000], [0, 1000])
    away = replace(town.communities, lat=np.array([0.0, 900 / 110_574.3886]))
    found = answer(replace(town, communities=away), "lscp")
    assert found.unreachable == ()
    assert [site.candidate for site in found.sites] == [0]
    assert found.sites[0].share_after == 0.5  # of all people, not assessed in the denominator


# --- the solver's clock -----------------------------------------------------------------------------------------


def hard(seed: int = 3) -> Problem:
    rng = np.random.default_rng(seed)
    demands, sites = 400, 120
    demand, site = np.nonzero(rng.random((demands, sites)) < 0.04)
    return from_cover(
        (demand, site), shape=(demands, sites), weights=rng.integers(1, 2000, demands),
        site_ids=[f"k{i:03}" for i in range(sites)], forced=[0, 1], sites=20,
    )  # fmt: skip


@pytest.mark.parametrize("time_limit_s", [0.0, 1e-6, 0.02])
def test_when_time_runs_out_the_answer_is_still_true(time_limit_s: float) -> None:
    problem = hard()
    for model in ("mclp", "lscp"):
        found = solve(problem if model == "mclp" else replace(problem, sites=None), model, time_limit_s=time_limit_s)
        built = set(np.flatnonzero(found.stands).tolist())
        reached = {d for d, s in zip(problem.demand.tolist(), problem.site.tolist(), strict=True) if s in built}
        assert {0, 1} <= built
        if model == "mclp":
            assert len(built) <= 20
            assert found.objective == int(problem.weight[sorted(reached)].sum()) <= found.bound
            assert found.bound <= int(problem.weight.sum())
        else:
            assert found.objective == len(built) >= found.bound >= 2
            assert reached == set(problem.demand.tolist())
        assert found.status != "optimal" or found.gap == 0.0


def test_a_proposal_that_ran_out_of_time_says_so_and_passes_its_check() -> None:
    """A tiny limit on the sample district: feasible or, where presolve was enough, optimal; never more than is true."""
    whole = district()
    tasks = tuple(replace(task, time_limit_s=1e-6) for task in whole.siting)
    best = findings().proposals
    for mine, proven in zip(studies.run(replace(whole, siting=tasks)).proposals, best, strict=True):
        assert mine.status in ("feasible", "optimal")
        assert (mine.status == "optimal") <= (mine.objective == proven.objective)
        better = mine.objective <= proven.objective <= mine.bound
        fewer = mine.bound <= proven.objective <= mine.objective
        assert better if mine.model == "mclp" else fewer


# --- the sample district ----------------------------------------------------------------------------------------


@cache
def district() -> Study:
    """Return the sample district with the one circle that its siting tasks are about."""
    whole = sample_district()
    assert {task.circle for task in whole.siting} == {whole.circles[0].name}
    return replace(whole, circles=whole.circles[:1])


@cache
def findings() -> Findings:
    return studies.run(district())


def test_building_what_is_proposed_gives_the_coverage_that_is_promised() -> None:
    """The proposed sites opened as facilities: coverage finds the very communities and people."""
    whole, done = district(), findings()
    for proposal in done.proposals:
        own, chosen = whole.facilities, np.array([site.candidate for site in proposal.sites])
        sites = whole.candidates.take(chosen)
        columns = {
            "service": objects([*own.columns["service"], *[("elderly_day_care",)] * len(sites)]),
            "status": objects([*own.columns["status"], *["open"] * len(sites)]),
            "year": np.append(own.number("year"), np.full(len(sites), np.nan)),
        }
        grown = replace(
            own, ids=np.append(own.ids, sites.ids), names=np.append(own.names, sites.names),
            lon=np.append(own.lon, sites.lon), lat=np.append(own.lat, sites.lat), row=np.append(own.row, sites.row),
            columns=columns, polygon=None,
        )  # fmt: skip
        circle = next(one for one in whole.circles if one.name == proposal.circle)
        after = studies.run(replace(whole, facilities=grown, circles=(circle,), siting=())).coverages[0]
        before = next(one for one in done.coverages if one.circle.name == proposal.circle)
        gained = set(np.flatnonzero((after.status == COVERED) & (before.status != COVERED)).tolist())
        assert gained == {c for site in proposal.sites for c in site.communities_gained}
        assert after.people is not None
        assert proposal.sites[-1].share_after == after.people.share


# --- the check of every answer ----------------------------------------------------------------------------------


def told_instead(proposal: Proposal, patch: pytest.MonkeyPatch) -> Proposal:
    """Ask the proposal's task again, with this answer slipped in between the model and its check."""
    whole, done = district(), findings()
    patch.setattr(proposing, "tell", lambda *args, **kwargs: proposal)
    found = next(one for one in done.coverages if one.circle.name == proposal.circle)
    times = next(one for one in done.travel_times if one.circle.name == proposal.circle)
    task = next(one for one in whole.siting if one.name == proposal.name)
    grounds = {proposal.circle: Ground(found=found, times=times)}
    return proposing.propose(task, grounds, tables_of(whole), year=whole.year)


def tables_of(study: Study) -> Tables:
    return Tables(communities=study.communities, facilities=study.facilities, candidates=study.candidates)


TAMPERED = {
    "objective": lambda p: replace(p, objective=p.objective + 1),
    "objective, bound and gap together": lambda p: replace(p, objective=p.objective + 1, bound=p.bound + 1),
    "bound": lambda p: replace(p, bound=p.bound + (-1 if p.model == "mclp" else 1)),
    "gap": lambda p: replace(p, gap=0.01),
    "a site twice": lambda p: replace(p, sites=(*p.sites, p.sites[-1])),
    "a site less": lambda p: replace(p, sites=p.sites[:-1]),
    "order": lambda p: replace(p, sites=p.sites[::-1]),
    "ranks": lambda p: replace(p, sites=tuple(replace(site, rank=site.rank + 1) for site in p.sites)),
    "not a candidate": lambda p: with_first(p, candidate=10_000),
    "another candidate": lambda p: with_first(p, candidate=p.sites[-1].candidate),
    "people_gained": lambda p: with_first(p, people_gained=p.sites[0].people_gained + 1),
    "people_alone": lambda p: with_first(p, people_alone=p.sites[0].people_alone + 1),
    "communities_gained": lambda p: with_first(p, communities_gained=p.sites[0].communities_gained[1:]),
    "a community of nobody's": lambda p: with_first(p, communities_gained=(*p.sites[0].communities_gained, 99)),
    "unreachable": lambda p: replace(p, unreachable=(*p.unreachable, Unreachable(community=5, smallest_limit=20.0))),
    "forced": lambda p: with_first(p, forced=not p.sites[0].forced),
    "share_after": lambda p: with_first(p, share_after=0.99),
    "people_gained unsaid": lambda p: with_first(p, people_gained=None),
    "partial": lambda p: replace(p, partial=True),
    "status": lambda p: replace(p, status="infeasible"),
}


def with_first(proposal: Proposal, **changes: Any) -> Proposal:
    first, *others = proposal.sites
    return replace(proposal, sites=(replace(first, **changes), *others))


@pytest.mark.parametrize("what", TAMPERED)
def test_the_check_refuses_a_tampered_proposal(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for proposal in findings().proposals:
        assert told_instead(proposal, monkeypatch) == proposal
        with pytest.raises(CheckError):
            told_instead(TAMPERED[what](proposal), monkeypatch)


def test_the_check_refuses_too_many_sites_and_a_forced_one_left_out() -> None:
    town = avenue([0, 1000], [0, 1000], people=[5, 7], forced=[True, False])
    task = SitingTask(name="t", circle="care", model="mclp", sites=2)
    run = studies.run(replace(town, siting=(task,)))
    grounds = {"care": Ground(found=run.coverages[0], times=run.travel_times[0])}
    posed = pose(task, grounds, tables_of(town), year=town.year)
    both = answer(town, "mclp", sites=2)
    check(both, posed, task, today=(0, 12))
    with pytest.raises(CheckError, match="too many"):
        check(both, replace(posed, problem=replace(posed.problem, sites=1)), task, today=(0, 12))
    all_forced = replace(posed, problem=replace(posed.problem, forced=np.array([True, True])))
    one = answer(town, "mclp", sites=1)
    with pytest.raises(CheckError, match="forced"):
        check(one, all_forced, task, today=(0, 12))


def test_a_filter_of_facilities_reaches_siting_too() -> None:
    circle = replace(CARE, where=Filter("floor_area_m2", ">=", 350))
    town = avenue([0], [10], facilities=[0], circle=circle)
    small = replace(town.facilities, columns={**town.facilities.columns, "floor_area_m2": np.array([np.nan])})
    assert answer(replace(town, facilities=small), "lscp").objective == 1
    large = replace(town.facilities, columns={**town.facilities.columns, "floor_area_m2": np.array([350.0])})
    assert answer(replace(town, facilities=large), "lscp").objective == 0
