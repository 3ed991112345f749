"""Siting against brute force over every choice of sites, and what its answers must add up to."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.circle import Circle
from planner.coverage import COVERED, UNCOVERED, Coverage, StraightLine, Tally, people_by_status
from planner.places import Places
from planner.siting import exact
from planner.siting.check import check
from planner.siting.problem import Problem, SitingTask
from planner.siting.proposal import Proposal
from planner.siting.propose import propose
from planner.travel_times import TravelTimes
from tests.laws.drafts import objects, places

CIRCLE = Circle(name="care", service="care", limit=15)


@st.composite
def problems(draw: st.DrawFn, *, sites: bool = True) -> Problem:
    """Draw demands of 0 people and more, some covered, some that nothing covers, and up to 10 sites, some forced."""
    demands, candidates = draw(st.integers(0, 9)), draw(st.integers(1, 10))
    pair = st.tuples(st.integers(0, max(demands - 1, 0)), st.integers(0, candidates - 1))
    chosen = draw(st.lists(pair, max_size=30 if demands else 0, unique=True))
    flags = st.lists(st.sampled_from([False, False, True]), min_size=demands, max_size=demands)
    forced = draw(st.lists(st.sampled_from([False, False, False, True]), min_size=candidates, max_size=candidates))
    weight = draw(st.lists(st.sampled_from([0, 1, 1, 2, 7, 40, 1000, 25_000]), min_size=demands, max_size=demands))
    names = draw(st.permutations([f"k{i:02}" for i in range(candidates)]))
    return Problem(
        weight=np.array(weight, np.int64),
        covered=np.array(draw(flags), dtype=bool),
        demand=np.array([d for d, _ in chosen], np.int64),
        site=np.array([s for _, s in chosen], np.int64),
        site_ids=objects(names),
        forced=np.array(forced, dtype=bool),
        sites=draw(st.one_of(st.none(), st.integers(sum(forced), 10))) if sites else None,
    )


def covers(problem: Problem) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in problem.site_ids]
    for d, s in zip(problem.demand.tolist(), problem.site.tolist(), strict=True):
        if not problem.covered[d]:
            found[s].add(d)
    return found


def choices(problem: Problem) -> list[tuple[int, ...]]:
    """Return every set of sites that holds the forced ones and isn't too large."""
    everyone = range(len(problem.site_ids))
    forced = set(np.flatnonzero(problem.forced).tolist())
    most = len(problem.site_ids) if problem.sites is None else problem.sites
    return [
        chosen for count in range(min(most, len(everyone)) + 1) for chosen in combinations(everyone, count)
        if forced <= set(chosen)
    ]  # fmt: skip


def gain(problem: Problem, chosen: tuple[int, ...]) -> int:
    cover = covers(problem)
    return sum(int(problem.weight[d]) for d in set().union(*(cover[s] for s in chosen)))


@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_mclp_is_the_best_of_all_choices(problem: Problem) -> None:
    answer = exact.mclp(problem)
    built = tuple(np.flatnonzero(answer.built).tolist())
    assert built in choices(problem)
    assert answer.objective == gain(problem, built) == max(gain(problem, chosen) for chosen in choices(problem))
    assert (answer.proven, answer.bound, answer.gap) == (True, answer.objective, 0.0)


@given(problem=problems(sites=False))
@settings(max_examples=60, deadline=None)
def test_lscp_is_the_smallest_set_that_covers_what_can_be_covered(problem: Problem) -> None:
    answer = exact.lscp(problem)
    could = set().union(*covers(problem))
    built = np.flatnonzero(answer.built).tolist()
    assert set().union(*(covers(problem)[s] for s in built)) == could
    assert set(np.flatnonzero(problem.forced)) <= set(built)
    enough = [len(one) for one in choices(problem) if set().union(*(covers(problem)[s] for s in one)) == could]
    assert answer.objective == len(built) == min(enough)
    assert (answer.proven, answer.bound, answer.gap) == (True, answer.objective, 0.0)


@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_greedy_gains_no_more_than_exact_and_63_percent_of_it(problem: Problem) -> None:
    if problem.forced.any() or problem.sites is None:
        return  # the bound is for a plain number of sites
    cover, done, greedy = covers(problem), set[int](), 0
    for _ in range(min(problem.sites, len(cover))):
        best = max(cover, key=lambda one: sum(int(problem.weight[d]) for d in one - done))
        greedy += sum(int(problem.weight[d]) for d in best - done)
        done |= best
    best_gain = exact.mclp(problem).objective
    assert greedy <= best_gain
    assert greedy >= (1 - 1 / np.e) * best_gain


@given(problem=problems())
@settings(max_examples=30, deadline=None)
def test_the_order_of_pairs_changes_no_answer(problem: Problem) -> None:
    backwards = Problem(
        weight=problem.weight, covered=problem.covered, demand=problem.demand[::-1], site=problem.site[::-1],
        site_ids=problem.site_ids, forced=problem.forced, sites=problem.sites,
    )  # fmt: skip
    for model in (exact.mclp, exact.lscp):
        assert np.array_equal(model(problem).built, model(backwards).built)


# --- the whole way from a task to a proposal --------------------------------------------------------------------


def posed(problem: Problem, *, with_people: bool) -> tuple[Coverage, TravelTimes, Places, Places]:
    """Return a coverage and travel times of which a task would make this very problem."""
    status = np.where(problem.covered, COVERED, UNCOVERED).astype(object)
    many, none = len(status), np.full(len(status), -1)
    unknown = np.full(many, np.nan)
    spots = [(0, 0)] * many
    people = {"population": problem.weight.tolist()} if with_people else {}
    homes = places("communities", spots, **people)
    tally = Tally(total=many, covered=int(problem.covered.sum()), uncovered=int((~problem.covered).sum()),
                  not_assessed=0)  # fmt: skip
    found = Coverage(
        circle=CIRCLE, speed_m_s=1.0, facilities=none, status=status, minutes=unknown, metres=unknown, nearest=none,
        backup=none, backup_minutes=unknown, backup_metres=unknown, present=status, near_border=problem.covered,
        communities=tally,
        people=people_by_status(homes.columns["population"], status) if with_people else None,
        straight_line=StraightLine(radius_m=900.0, communities_covered=0, people_covered=None),
    )  # fmt: skip
    order = np.lexsort((problem.site, problem.demand))
    times = TravelTimes(
        circle=CIRCLE, community=problem.demand[order], place=problem.site[order],
        role=np.full(len(order), "candidate", dtype=object), time_ds=np.full(len(order), 9000),
        length_mm=np.full(len(order), 900_000),
    )  # fmt: skip
    sites = places("candidates", [(0, 0)] * len(problem.site_ids), forced=[bool(one) for one in problem.forced])
    return found, times, homes, Places(
        role=sites.role, table=sites.table, ids=problem.site_ids, names=problem.site_ids, lon=sites.lon, lat=sites.lat,
        row=sites.row, columns=sites.columns,
    )  # fmt: skip


@pytest.mark.parametrize("with_people", [True, False])
@pytest.mark.parametrize("model", ["mclp", "lscp"])
@given(problem=problems())
@settings(max_examples=30, deadline=None)
def test_ranks_gains_and_shares_add_up(model: str, with_people: bool, problem: Problem) -> None:
    task = SitingTask(name="t", circle="care", model=model, sites=problem.sites)
    found, times, homes, sites = posed(problem, with_people=with_people)
    answer = propose(task, found, times, homes, sites)
    weight = problem.weight if with_people else np.ones(len(problem.weight), np.int64)
    cover = covers(problem)

    done, left = set[int](), {site.candidate for site in answer.sites}
    start = int(weight[problem.covered].sum())
    total, covered = int(weight.sum()), start
    for rank, site in enumerate(answer.sites, start=1):
        new = cover[site.candidate] - done
        by_gain = {s: sum(int(weight[d]) for d in cover[s] - done) for s in left}
        best = min(left, key=lambda s: (not problem.forced[s], -by_gain[s], sites.ids[s]))
        assert site.candidate == best
        assert site.rank == rank
        assert site.forced == problem.forced[best]
        assert site.communities_gained == tuple(sorted(new))
        covered += by_gain[best]
        alone = sum(int(weight[d]) for d in cover[best])
        people = (by_gain[best], alone) if with_people else (None, None)
        assert (site.people_gained, site.people_alone) == people
        assert site.share_after == (covered / total if total else None)
        done |= new
        left.remove(best)
    if model == "mclp":
        assert answer.objective == answer.bound == covered - start
        assert answer.objective_unit == ("people" if with_people else "communities")
        assert answer.status == "optimal"
        assert not answer.partial
    else:
        assert answer.objective == answer.bound == len(answer.sites)
        assert answer.objective_unit == "sites"
        unreachable = set(range(len(weight))) - set().union(*cover) - set(np.flatnonzero(problem.covered))
        assert {row.community for row in answer.unreachable} == unreachable
        assert answer.partial == bool(unreachable)
        assert answer.status == ("infeasible" if unreachable else "optimal")
    assert all(row.smallest_limit is None for row in answer.unreachable)  # no time to them is known


@given(problem=problems(), data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_proposal_for_another_problem_does_not_pass(problem: Problem, data: st.DataObject) -> None:
    """A checked answer passes again; the same answer to the problem without one pair that it uses doesn't."""
    task = SitingTask(name="t", circle="care", model="mclp", sites=problem.sites)
    answer: Proposal = propose(task, *posed(problem, with_people=True))
    everyone = {"communities": list(range(len(problem.weight))), "candidates": list(range(len(problem.site_ids)))}
    check(answer, problem, **everyone)
    used = [
        i for i, (d, s) in enumerate(zip(problem.demand.tolist(), problem.site.tolist(), strict=True))
        if any(site.candidate == s and d in site.communities_gained for site in answer.sites)
    ]  # fmt: skip
    if used:
        lost = data.draw(st.sampled_from(used))
        keep = np.arange(len(problem.demand)) != lost
        other = Problem(
            weight=problem.weight, covered=problem.covered, demand=problem.demand[keep], site=problem.site[keep],
            site_ids=problem.site_ids, forced=problem.forced, sites=problem.sites,
        )  # fmt: skip
        with pytest.raises(RuntimeError, match="failed its check"):
            check(answer, other, **everyone)
