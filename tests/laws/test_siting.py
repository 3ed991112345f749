"""Siting against brute force over every choice of sites, and what its answers must add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.circle import Circle
from planner.coverage import COVERED, UNCOVERED, Coverage, StraightLine, Tally, people_by_status
from planner.measure import IntArray
from planner.network import BoolArray, TextArray
from planner.places import Places
from planner.siting.check_proposal import check
from planner.siting.pose import Ground, Tables, pose
from planner.siting.proposal import Proposal
from planner.siting.propose import propose
from planner.siting.task import SitingTask
from planner.travel_times import TravelTimes
from tests.laws.drafts import objects, places


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Communities, some covered by the one facility there is, and the pairs of candidates that would cover them."""

    weight: IntArray
    covered: BoolArray
    demand: IntArray
    site: IntArray
    site_ids: TextArray
    forced: BoolArray
    sites: int | None = None


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


# --- the whole way from a task to a proposal --------------------------------------------------------------------


def posed(problem: Problem, *, with_people: bool) -> tuple[dict[str, Ground], Tables]:
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
        circle=CIRCLE, speed_m_s=1.0, facilities=np.array([0]), status=status, minutes=unknown, metres=unknown, nearest=none,
        backup=none, backup_minutes=unknown, backup_metres=unknown, present=status, near_border=problem.covered,
        communities=tally,
        people=people_by_status(homes.columns["population"], status) if with_people else None,
        straight_line=StraightLine(radius_m=900.0, communities_covered=0, people_covered=None),
    )  # fmt: skip
    order, stays = np.lexsort((problem.site, problem.demand)), np.flatnonzero(problem.covered)
    rows = len(order) + len(stays)
    times = TravelTimes(
        circle=CIRCLE,
        community=np.concatenate([stays, problem.demand[order]]).astype(np.int64),
        place=np.concatenate([np.zeros(len(stays), np.int64), problem.site[order]]).astype(np.int64),
        role=objects(["existing"] * len(stays) + ["candidate"] * len(order)),
        time_ds=np.full(rows, 9000), length_mm=np.full(rows, 900_000),
    )  # fmt: skip
    sites = places("candidates", [(0, 0)] * len(problem.site_ids), forced=[bool(one) for one in problem.forced])
    doors = places("facilities", [(0, 0)], service=[("care",)])
    return {"care": Ground(found=found, times=times)}, Tables(communities=homes, facilities=doors, candidates=Places(
        role=sites.role, table=sites.table, ids=problem.site_ids, names=problem.site_ids, lon=sites.lon, lat=sites.lat,
        row=sites.row, columns=sites.columns,
    ))  # fmt: skip


@pytest.mark.parametrize("with_people", [True, False])
@pytest.mark.parametrize("model", ["mclp", "lscp"])
@given(problem=problems())
@settings(max_examples=30, deadline=None)
def test_ranks_gains_and_shares_add_up(model: str, with_people: bool, problem: Problem) -> None:
    task = SitingTask(name="t", circle="care", model=model, sites=problem.sites)
    grounds, tables = posed(problem, with_people=with_people)
    sites = tables.candidates
    if with_people and len(problem.weight) and not problem.weight.any():
        return  # refused at the door: nobody to weigh by
    answer = propose(task, grounds, tables)
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
    today: Any = (int(problem.weight[problem.covered].sum()), int(problem.weight.sum()))
    check(answer, pose(task, *posed(problem, with_people=True), year=None), task, today=today)
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
            check(answer, pose(task, *posed(other, with_people=True), year=None), task, today=today)
