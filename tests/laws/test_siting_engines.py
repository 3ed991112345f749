"""The ways for large problems with backup, capacities or rules, held against brute force and against HiGHS by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.siting import engines, twice
from planner.siting.problem import Group, Problem, from_costs, from_cover, too_close
from planner.siting.solve import solve
from planner.siting.standing import Standing
from tests.laws.test_siting_models import NEVER, choices, keeps, table, towns, worth, worth_with_room

ROUNDED = 1e-6


def told_apart(problem: Problem) -> Problem:
    """Return a problem as the engines get it: its sites by id, and no demand that no site may serve."""
    able = np.isin(np.arange(len(problem.weight)), problem.demand[~problem.forbidden[problem.site]])
    return problem.reordered(np.argsort(problem.site_ids, kind="stable")).of_demands(able)


def held(steps: list[Standing], best: float) -> None:
    """Check that every standing's bound and value lie on their sides of the best, and that the last proves it."""
    for step in steps:
        assert step.bound <= best + ROUNDED
        assert step.value >= best - ROUNDED
    assert steps[-1].value == pytest.approx(best)
    assert steps[-1].bound == pytest.approx(best)


def run(problem: Problem, model: Any) -> list[Standing]:
    return list(engines.standings(problem, model, deadline=lambda: NEVER, small=-1))


def times_of(problem: Problem, stands: set[int]) -> np.ndarray:
    return np.isfinite(table(problem)[:, sorted(stands)]).sum(axis=1)


@pytest.mark.parametrize("theta", [0.0, 0.3, 0.5, 0.8, 1.0])
@given(problem=towns(most_demands=9, most_sites=9, ruled=False))
@settings(max_examples=25, deadline=None)
def test_backup_of_any_weight(theta: float, problem: Problem) -> None:
    problem = replace(told_apart(problem), backup_weight=theta)
    values = [worth(problem, "mclp_b", stands) for stands in choices(problem)]
    if values:
        held(run(problem, "mclp_b"), float(problem.weight.sum()) - max(values))


@given(problem=towns(most_demands=8, most_sites=8, ruled=False))
@settings(max_examples=40, deadline=None)
def test_most_covered_twice_by_as_few(problem: Problem) -> None:
    problem = replace(told_apart(problem), count_cost=False, sites=None)
    covers = [one for one in choices(problem) if worth(problem, "lscp", one) < NEVER]
    if not covers:
        return
    fewest = min(worth(problem, "lscp", one) for one in covers)
    as_few = [one for one in covers if worth(problem, "lscp", one) == fewest]
    best = min(float(problem.weight[times_of(problem, one) < 2].sum()) for one in as_few)
    begin = np.isin(np.arange(len(problem.site_ids)), sorted(as_few[0]))
    held(list(twice.most_twice(replace(problem, sites=int(fewest)), begin, deadline=lambda: NEVER)), best)


@pytest.mark.parametrize("model", ["mclp", "lscp"])
@given(problem=towns(most_demands=7, most_sites=7, ruled=False), share=st.sampled_from([0.2, 0.5, 0.9, 1.0]))
@settings(max_examples=40, deadline=None)
def test_a_share_twice(model: str, problem: Problem, share: float) -> None:
    problem = replace(told_apart(problem), count_cost=False, backup_share=share)
    if model == "lscp":
        problem = replace(problem, sites=None)
    wanted = share * problem.weight.sum() - 1e-9
    kept = [one for one in choices(problem) if problem.weight[times_of(problem, one) > 1].sum() >= wanted]
    values = [worth(problem, model, one) for one in kept]
    if model == "mclp":
        values = [float(problem.weight.sum()) - one for one in values]
    steps = run(problem, model)
    if not values or min(values) == NEVER:
        assert steps[-1].bound == NEVER
    else:
        held(steps, min(values))


@pytest.mark.parametrize("model", ["lscp", "mclp", "p_median", "fixed_charge"])
@given(data=st.data(), problem=towns(most_demands=4, most_sites=4))
@settings(max_examples=40, deadline=None)
def test_capacities_of_whole_demands(model: str, data: st.DataObject, problem: Problem) -> None:
    rooms = data.draw(st.lists(st.integers(1, 60), min_size=len(problem.site_ids), max_size=len(problem.site_ids)))
    problem = told_apart(replace(problem, capacity=np.array(rooms, float), split=False))
    if not len(problem.weight):
        return
    asked = replace(problem, sites=None) if model == "lscp" and not problem.count_cost else problem
    values = [worth_with_room(asked, model, stands) for stands in choices(asked)]
    if model == "mclp":
        values = [float(problem.weight.sum()) - one for one in values]
    steps = run(problem, model)
    if not values or min(values) == NEVER:
        assert steps[-1].value == NEVER
        assert steps[-1].bound == NEVER
    else:
        held(steps, min(values))


def crowded(seed: int, *, split: bool, **rules: Any) -> Problem:
    """Return sixty demands and eighteen sites with room for somewhat more than all."""
    dice = np.random.default_rng(seed)
    to, at = dice.random((60, 2)), dice.random((18, 2))
    costs = np.rint(100.0 * np.hypot(*(to[:, None] - at[None]).transpose(2, 0, 1)))
    taken = dice.integers(1, 12, 60).astype(np.float64)
    room = np.rint(dice.uniform(0.2, 0.5, 18) * taken.sum())
    charge = dice.integers(50, 400, 18).astype(np.float64)
    return from_costs(costs, within=60.0, weights=taken, capacity=room, site_cost=charge, split=split, **rules)


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize(
    ("model", "rules"),
    [("fixed_charge", {}), ("p_median", {"sites": 5}), ("mclp", {"sites": 3}), ("lscp", {}), ("mclp", {"budget": 500})],
)
def test_capacities_as_highs_answers(model: Any, rules: dict[str, Any], split: bool) -> None:
    problem = crowded(len(model) + split, split=split, **rules)
    (alone,) = list(engines.direct(problem, model, deadline=lambda: NEVER))[-1:]
    held(run(problem, model), alone.value)


def ruled(seed: int, *, count_cost: bool) -> Problem:
    """Return a cover of seventy demands by thirty sites with spacing, units and a budget."""
    dice = np.random.default_rng(seed)
    to, at = dice.random((70, 2)), dice.random((30, 2))
    near = np.hypot(*(to[:, None] - at[None]).transpose(2, 0, 1)) < 0.35
    cost = dice.integers(1, 9, 30)
    unit = np.array([f"{int(2 * x)}{int(2 * y)}" for x, y in at], dtype=object)
    return from_cover(
        near,
        site_cost=cost,
        count_cost=count_cost,
        apart=too_close(at[:, 0], at[:, 1], 0.08),
        groups=[Group(name="street", unit=unit, least=1, most=4)],
        budget=70,
    )


@pytest.mark.parametrize("count_cost", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_covers_under_rules_as_highs_answers(seed: int, count_cost: bool) -> None:
    problem = ruled(seed, count_cost=count_cost)
    alone = list(engines.direct(problem, "lscp", deadline=lambda: NEVER))[-1]
    steps = run(problem, "lscp")
    if alone.value == NEVER:
        assert steps[-1].bound == NEVER
        return
    held(steps, alone.value)
    for step in steps:
        assert step.value == NEVER or keeps(problem, set(np.flatnonzero(step.built).tolist()))


@pytest.mark.parametrize("theta", [0.3, 0.5, 0.7])
def test_backup_as_highs_answers(theta: float) -> None:
    dice = np.random.default_rng(4)
    near = np.hypot(*(dice.random((300, 1, 2)) - dice.random((1, 40, 2))).transpose(2, 0, 1)) < 0.2
    problem = from_cover(near, weights=dice.integers(1, 99, 300), sites=8, backup_weight=theta)
    problem = problem.of_demands(np.isin(np.arange(300), problem.demand))
    alone = list(engines.direct(problem, "mclp_b", deadline=lambda: NEVER))[-1]
    held(run(problem, "mclp_b"), alone.value)


def test_what_a_limit_leaves_open_is_told() -> None:
    """Out of time at once: an answer and a bound all the same, and the check passes."""
    problem = crowded(3, split=True, sites=5)
    for model in ("p_median", "fixed_charge", "mclp"):
        found = solve(problem, model, time_limit_s=1e-9)  # type: ignore[arg-type]  # each is a model
        assert found.status in {"feasible", "optimal", "unknown"}
