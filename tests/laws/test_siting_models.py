"""Every siting model and rule, through the door of plain arrays, against brute force over every choice of sites."""

from __future__ import annotations

from itertools import chain, combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from planner.errors import InputError
from planner.siting import engines
from planner.siting.problem import Group, Problem, from_costs
from planner.siting.solve import MODELS, solve

NEVER = float("inf")
MOST, LEAST = ("mclp", "mclp_b"), ("lscp", "lscp_b", "p_median", "p_center", "fixed_charge")


@st.composite
def towns(draw: st.DrawFn, *, most_demands: int = 7, most_sites: int = 7, ruled: bool = True) -> Problem:
    """Draw a problem of each kind of rule, or of numbers of sites alone."""
    demands, sites = draw(st.integers(1, most_demands)), draw(st.integers(1, most_sites))
    cell = st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.0, 5.0, 8.0, NEVER])
    costs = [draw(st.lists(cell, min_size=sites, max_size=sites)) for _ in range(demands)]
    flags = st.lists(st.sampled_from([False, False, False, True]), min_size=sites, max_size=sites)
    rules: dict[str, Any] = {
        "weights": draw(st.lists(st.sampled_from([1, 2, 2, 7, 40]), min_size=demands, max_size=demands)),
        "site_cost": draw(st.lists(st.integers(1, 9), min_size=sites, max_size=sites)),
        "site_ids": draw(st.permutations([f"k{i:02}" for i in range(sites)])),
        "sites": draw(st.none() | st.integers(0, sites)),
        "within": draw(st.none() | st.just(4.0)),
        "count_cost": draw(st.booleans()),
        "backup_weight": draw(st.sampled_from([0.0, 0.25, 0.5, 0.75])),
    }
    rules["existing"], rules["forced"] = draw(flags), draw(flags)
    taken = np.array(rules["forced"])
    rules["forbidden"] = (np.array(draw(flags)) & ~taken).tolist()
    if ruled:
        if draw(st.booleans()):
            rules["budget"] = draw(st.integers(0, 30))
        if draw(st.booleans()):
            units = [draw(st.sampled_from(["north", "south", None])) for _ in range(sites)]
            unit = np.array(units, dtype=object)
            rules["groups"] = [
                Group(name="street", unit=unit, least=draw(st.integers(0, 1)), most=draw(st.integers(1, 2)))
            ]
        if draw(st.booleans()) and sites > 1:
            rules["apart"] = [(0, 1)]
        if draw(st.booleans()) and sites > 1:
            rules["saving"] = [(0, sites - 1, 1.0)]
        rules["closing"] = draw(st.booleans())
    try:
        return from_costs(costs, **rules)
    except InputError:
        reject()


def choices(problem: Problem) -> list[set[int]]:
    """Return every choice of sites that keeps the rules, but for capacities."""
    everyone = range(len(problem.site_ids))
    found = []
    for chosen in chain.from_iterable(combinations(everyone, k) for k in range(len(everyone) + 1)):
        stands = set(chosen)
        if keeps(problem, stands):
            found.append(stands)
    return found


def stays(problem: Problem, j: int) -> bool:
    return bool((problem.forced[j] or (problem.existing[j] and not problem.closing)) and not problem.forbidden[j])


def money(problem: Problem, stands: set[int]) -> float:
    cost = sum(problem.site_cost[j] for j in stands if problem.closing or not problem.existing[j])
    return float(cost - sum(amount for a, b, amount in problem.saving if {a, b} <= stands))


def count(problem: Problem, stands: set[int]) -> int:
    return sum(1 for j in stands if problem.closing or not problem.existing[j])


def keeps(problem: Problem, stands: set[int]) -> bool:
    for j in range(len(problem.site_ids)):
        if (problem.forbidden[j] and j in stands) or (stays(problem, j) and j not in stands):
            return False
    if problem.sites is not None and count(problem, stands) > problem.sites:
        return False
    if problem.budget is not None and money(problem, stands) > problem.budget + 1e-9:
        return False
    for group in problem.groups:
        for unit in {one for one in group.unit if one is not None}:
            members = {j for j in range(len(group.unit)) if group.unit[j] == unit}
            many, anyway = len(members & stands), sum(stays(problem, j) for j in members)
            if many < (group.least or 0) or (group.most is not None and many > max(group.most, anyway)):
                return False
    return not any(
        {a, b} <= stands and not (stays(problem, a) and stays(problem, b)) for a, b in problem.apart.tolist()
    )


def table(problem: Problem) -> np.ndarray:
    cost = np.full((len(problem.weight), len(problem.site_ids)), NEVER)
    cost[problem.demand, problem.site] = problem.cost
    return cost


def worth(problem: Problem, model: str, stands: set[int]) -> float:
    """Return what a choice comes to in a model, infinite where it doesn't serve all that must be."""
    cost = table(problem)[:, sorted(stands)]
    least = cost.min(axis=1, initial=NEVER)
    times = np.isfinite(cost).sum(axis=1)
    weight, theta = problem.weight, problem.backup_weight
    if model == "mclp":
        return float(weight[times > 0].sum())
    if model == "mclp_b":
        return float((1 - theta) * weight[times > 0].sum() + theta * weight[times > 1].sum())
    if not np.isfinite(least).all():
        return NEVER
    if model in {"lscp", "lscp_b"}:
        return money(problem, stands) if problem.count_cost else count(problem, stands)
    if model == "p_center":
        return float(least.max(initial=0.0))
    total = float((weight * least).sum())
    return total + (money(problem, stands) if model == "fixed_charge" else 0.0)


def best_of(problem: Problem, model: str) -> float | None:
    """Return the best value of any choice, None where there is none."""
    values = [worth(problem, model, stands) for stands in choices(problem)]
    if model in MOST:
        kept = {j for j in range(len(problem.site_ids)) if problem.existing[j] and not problem.closing}
        kept -= set(np.flatnonzero(problem.forbidden).tolist())
        return max(values) - worth(problem, model, kept) if values else None
    return None if not values or min(values) == NEVER else min(values)


@pytest.mark.parametrize("model", MODELS)
@given(problem=towns())
@settings(max_examples=60, deadline=None)
def test_every_model_is_the_best_of_all_choices(model: str, problem: Problem) -> None:
    found, best = solve(problem, model), best_of(problem, model)
    if best is None:
        assert found.status == "infeasible"
        assert found.reason
        return
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best)
    assert found.bound == found.objective
    assert keeps(problem, set(np.flatnonzero(found.stands).tolist()))


@pytest.mark.parametrize("model", ["lscp", "mclp", "mclp_b", "p_median", "p_center", "fixed_charge"])
@given(problem=towns())
@settings(max_examples=60, deadline=None)
def test_the_engines_for_large_problems_are_as_good_on_small_ones(model: str, problem: Problem) -> None:
    """Reductions, components, bounds, cuts and branching: none loses the best choice, and none lies on the way."""
    able = np.isin(np.arange(len(problem.weight)), problem.demand[~problem.forbidden[problem.site]])
    problem = problem.reordered(np.argsort(problem.site_ids, kind="stable")).of_demands(able)
    steps = list(engines.standings(problem, model, deadline=lambda: NEVER, small=-1))
    last = steps[-1]
    if model == "lscp" and not problem.count_cost:
        problem = from_same(problem, sites=None)
    values = [worth(problem, model, stands) for stands in choices(problem)]
    if not values or (model not in MOST and min(values) == NEVER):
        assert last.bound == NEVER
        return
    best = problem.weight.sum() - max(values) if model in MOST else min(values)
    assert last.value == pytest.approx(best)
    assert last.bound == pytest.approx(best)
    assert all(step.bound <= best + 1e-6 <= step.value + 2e-6 for step in steps)
    values_so_far = [step.value for step in steps]
    assert values_so_far == sorted(values_so_far, reverse=True)


def from_same(problem: Problem, **changed: Any) -> Problem:
    from dataclasses import replace

    return replace(problem, **changed)


# --- capacities ---------------------------------------------------------------------------------------------------


def assigned(problem: Problem, stands: set[int]) -> list[tuple[int | None, ...]]:
    """Return every way to let standing sites serve whole demands within their capacities; None: not served."""
    cost = table(problem)
    ways = product(*([None, *(j for j in sorted(stands) if cost[i, j] < NEVER)] for i in range(len(problem.weight))))
    return [
        way for way in ways
        if all(sum(problem.taken[i] for i, j in enumerate(way) if j == site) <= problem.capacity[site] for site in stands)
    ]  # fmt: skip


def worth_with_room(problem: Problem, model: str, stands: set[int]) -> float:
    cost, values = table(problem), []
    for way in assigned(problem, stands):
        paid = [cost[i, j] for i, j in enumerate(way) if j is not None]
        if model == "mclp":
            values.append(sum(problem.weight[i] for i, j in enumerate(way) if j is not None))
        elif None not in way:
            served = sum(problem.weight[i] * one for i, one in enumerate(paid))
            values.append({
                "lscp": money(problem, stands) if problem.count_cost else count(problem, stands),
                "p_median": served, "p_center": max(paid),
                "fixed_charge": served + money(problem, stands),
            }[model])  # fmt: skip
    if model == "mclp":
        return max(values)
    return min(values, default=NEVER)


@pytest.mark.parametrize("model", ["lscp", "mclp", "p_median", "p_center", "fixed_charge"])
@given(data=st.data(), problem=towns(most_demands=4, most_sites=4))
@settings(max_examples=40, deadline=None)
def test_capacities_that_no_demand_may_be_split_over(model: str, data: st.DataObject, problem: Problem) -> None:
    rooms = data.draw(st.lists(st.integers(1, 60), min_size=len(problem.site_ids), max_size=len(problem.site_ids)))
    problem = from_same(problem, capacity=np.array(rooms, float), split=False)
    values = [worth_with_room(problem, model, stands) for stands in choices(problem)]
    found = solve(problem, model)
    if model == "mclp":
        kept = {
            j for j in range(len(rooms)) if problem.existing[j] and not problem.closing and not problem.forbidden[j]
        }
        if values:
            assert found.objective == pytest.approx(max(values) - worth_with_room(problem, model, kept))
    elif values and min(values) < NEVER:
        assert (found.status, found.objective) == ("optimal", pytest.approx(min(values)))
    else:
        assert found.status == "infeasible"


@given(problem=towns(most_demands=5, most_sites=5, ruled=False), share=st.sampled_from([0.25, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_a_share_covered_twice(problem: Problem, share: float) -> None:
    problem = from_same(problem, backup_share=share)
    best, free = -NEVER, 0.0
    kept = {j for j in range(len(problem.site_ids)) if problem.existing[j] and not problem.forbidden[j]}
    free = worth(problem, "mclp", kept)
    for stands in choices(problem):
        times = np.isfinite(table(problem)[:, sorted(stands)]).sum(axis=1)
        if problem.weight[times > 1].sum() >= share * problem.weight.sum() - 1e-9:
            best = max(best, worth(problem, "mclp", stands) - free)
    found = solve(problem, "mclp")
    assert found.status == ("infeasible" if best == -NEVER else "optimal")
    if best > -NEVER:
        assert found.objective == pytest.approx(best)


@given(problem=towns(ruled=False))
@settings(max_examples=60, deadline=None)
def test_lscp_b_covers_most_twice_with_as_few_sites(problem: Problem) -> None:
    found, best = solve(problem, "lscp_b"), best_of(problem, "lscp_b")
    if best is None:
        return
    as_few = [stands for stands in choices(problem) if worth(problem, "lscp_b", stands) <= best + 1e-9]
    twice = [problem.weight[np.isfinite(table(problem)[:, sorted(one)]).sum(axis=1) > 1].sum() for one in as_few]
    assert found.twice == max(twice)
