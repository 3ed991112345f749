"""The door of plain arrays: what it takes, what it refuses, and what it says when there is no answer or no time."""

from __future__ import annotations

import re
import signal
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from planner.errors import CheckError, InputError
from planner.siting import engines
from planner.siting.problem import Group, Problem, from_costs, from_cover, from_graph
from planner.siting.solution import Solution
from planner.siting.solve import MODELS, solve
from planner.siting.verify import verify

COSTS = [[1.0, 4.0, 9.0], [3.0, 1.0, 5.0], [8.0, 5.0, 2.0]]


def scattered(demands: int, many: int, *, seed: int = 0, near: float = 0.06, **rules: Any) -> Problem:
    """Return points on the unit square, all those within some distance being pairs."""
    dice = np.random.default_rng(seed)
    homes, doors = dice.random((demands, 2)), dice.random((many, 2))
    apart = np.hypot(*(homes[:, None] - doors[None]).transpose(2, 0, 1))
    return from_costs(apart, within=near, weights=dice.integers(1, 100, demands), **rules)


# --- what it takes ------------------------------------------------------------------------------------------------------


def test_dense_sparse_and_graph_are_the_same_problem() -> None:
    demand, site = np.divmod(np.arange(9), 3)
    sparse = from_costs((demand, site, np.ravel(COSTS)), shape=(3, 3), sites=1)
    ends = ([0, 0, 0, 1, 1, 1, 2, 2, 2], [3, 4, 5, 3, 4, 5, 3, 4, 5])
    graph = from_graph(ends, np.ravel(COSTS), nodes=6, demands=[0, 1, 2], candidates=[3, 4, 5], sites=1)
    for problem in (from_costs(COSTS, sites=1), sparse, graph):
        found = solve(problem, "p_median")
        assert (found.objective, found.server.tolist()) == (10.0, [1, 1, 1])


def test_a_scipy_like_matrix_is_taken() -> None:
    class Matrix:
        shape = (2, 2)

        def tocoo(self) -> Any:
            self.row, self.col, self.data = np.array([0, 1]), np.array([0, 1]), np.array([1.0, 1.0])
            return self

    assert solve(from_cover(Matrix()), "lscp").objective == 2


def test_shortest_paths_run_along_directed_edges_from_demand_to_site() -> None:
    one_way = from_graph(([0], [1]), [3.0], nodes=2, demands=[0], candidates=[1], directed=True, sites=1)
    assert solve(one_way, "p_median").objective == 3.0
    back = from_graph(([0], [1]), [3.0], nodes=2, demands=[1], candidates=[0], directed=True, sites=1)
    assert solve(back, "p_median").status == "infeasible"


def test_capacitated_fixed_charge_as_published_instances_write_it() -> None:
    """Costs of a customer's whole demand, warehouses with capacity and fixed cost; demands may be split."""
    costs = [[10.0, 40.0], [30.0, 20.0], [50.0, 20.0]]
    given = {"quantity": [10, 10, 10], "capacity": [15, 20], "site_cost": [5, 8]}
    found = solve(from_costs(costs, **given), "fixed_charge")
    assert (found.status, found.objective) == ("optimal", 5 + 8 + 10 + 20 + 20)
    tight = solve(from_costs(costs, **{**given, "capacity": [15, 15]}), "fixed_charge")
    assert tight.objective == 13 + 10 + (15 + 10) + 20
    loads = np.bincount(tight.site, weights=tight.share * 10, minlength=2)
    assert loads.tolist() == [15.0, 15.0]


# --- what it refuses ----------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Any, str]] = {
    "no sites": (lambda: from_costs(np.zeros((2, 0))), "no site to choose from"),
    "a negative cost": (lambda: from_costs([[-1.0]]), "1 costs are negative"),
    "text": (lambda: from_costs([["near"]]), "doesn't hold numbers"),
    "a cover of 2": (lambda: from_cover([[2]]), "the cover holds 2"),
    "a pair twice": (lambda: from_cover(([0, 0], [0, 0]), shape=(1, 1)), "stand twice"),
    "a pair outside": (lambda: from_cover(([0], [3]), shape=(1, 1)), "isn't one of 0 to 0"),
    "no shape": (lambda: from_cover(([0], [0])), "without a shape"),
    "weights too short": (lambda: from_costs(COSTS, weights=[1]), "weights has 1 figures for 3"),
    "weights all 0": (lambda: from_costs(COSTS, weights=[0, 0, 0]), "every weight is 0"),
    "a capacity of 0": (lambda: from_costs(COSTS, capacity=[1, 0, 1]), "site '1' has capacity 0"),
    "an id twice": (lambda: from_costs(COSTS, site_ids=["a", "b", "a"]), "site 'a' stands twice"),
    "fewer than forced": (lambda: from_costs(COSTS, sites=1, forced=[0, 1]), "sites = 1, but 2 must stand"),
    "forced and forbidden": (lambda: from_costs(COSTS, forced=[0], forbidden=[0]), "both forced and forbidden"),
    "a budget below all": (lambda: from_costs(COSTS, budget=1, site_cost=[2, 3, 4]), "below the 2 of the cheapest"),
    "a budget below forced": (lambda: from_costs(COSTS, budget=3, site_cost=[2, 3, 4], forced=[2]), "below the 4"),
    "a budget of what": (lambda: from_costs(COSTS, budget=3), "no site has a cost"),
    "an unknown rule": (lambda: from_costs(COSTS, site=3), "no rule 'site'"),
    "a share of 2": (lambda: from_costs(COSTS, backup_share=2), "backup_share = 2"),
    "an unknown model": (lambda: solve(from_costs(COSTS, sites=1), "best"), "no model 'best'"),  # type: ignore[arg-type]
    "costs not given": (lambda: solve(from_cover([[1]], sites=1), "p_median"), "needs what it costs"),
    "capacity with backup": (lambda: solve(from_costs(COSTS, capacity=[1, 1, 1]), "lscp_b"), "can't reckon"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses(what: str) -> None:
    ask, told = REFUSED[what]
    with pytest.raises(InputError, match=re.escape(told)) as caught:
        ask()
    assert all(issue.remedy for issue in caught.value.issues)


# --- no answer ----------------------------------------------------------------------------------------------------------


def test_demands_out_of_reach_are_named_with_their_nearest_site_and_limit() -> None:
    found = solve(from_costs([[1.0, 9.0], [7.0, 6.0], [np.inf, np.inf]], within=5.0), "lscp")
    assert (found.status, found.partial, found.objective, found.site_ids.tolist()) == ("infeasible", True, 1.0, ["0"])
    assert [(one.demand, one.nearest, one.smallest_limit) for one in found.unserved] == [(1, 1, 6.0), (2, -1, None)]
    assert "2 demands can't be served" in found.reason


@pytest.mark.parametrize("model", ["lscp", "p_median", "p_center"])
def test_too_few_sites_tell_how_many_would_do_and_serve_most(model: Any) -> None:
    problem = from_costs([[1.0, np.inf], [np.inf, 1.0]], weights=[3, 5], sites=1)
    found = solve(problem, model)
    assert (found.status, found.fewest, found.partial) == ("infeasible", 2, True)
    assert (found.site_ids.tolist(), found.objective, found.bound) == (["1"], 5.0, 8.0)
    assert "sites" in found.reason


def test_the_rule_to_blame_is_named() -> None:
    group = Group(name="street", unit=np.array(["north", "south"], dtype=object), least=1)
    short = from_costs([[1.0, 1.0]], groups=[group], forbidden=[1])
    assert solve(short, "mclp").reason == "street 'south' needs 1 sites, but has 0 that may stand"
    poor = from_costs([[1.0, np.inf], [np.inf, 1.0]], site_cost=[3, 4], budget=5)
    assert solve(poor, "p_median").reason == "there would be an answer without the rule of budget"
    full = from_costs([[1.0, 1.0]], quantity=[5], capacity=[3, 1])
    assert solve(full, "p_median").reason == "there would be an answer without the rule of capacity"


# --- no time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("time_limit_s", [0.0, 0.05])
def test_an_answer_in_no_time_is_true_and_says_that_it_is_not_proven(model: Any, time_limit_s: float) -> None:
    rules = {"site_cost": np.arange(1, 121), "sites": None if model in {"lscp", "lscp_b", "fixed_charge"} else 30}
    problem = scattered(600, 120, near=0.6, **rules)
    found = solve(problem, model, time_limit_s=time_limit_s)
    best = solve(problem, model, time_limit_s=20.0)
    assert found.status in {"optimal", "feasible"}
    assert (found.reason == "") == (found.status == "optimal")
    if model in {"mclp", "mclp_b"}:
        assert found.objective <= best.bound + 1e-6
        assert best.objective <= found.bound + 1e-6
    else:
        assert found.objective >= best.bound - 1e-6
        assert best.objective >= found.bound - 1e-6


@pytest.mark.parametrize("model", ["mclp", "lscp"])
def test_ctrl_c_gives_the_best_so_far(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engines.standings

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        for turn, step in enumerate(whole(*args, **kwargs)):
            yield step
            if turn == 0:
                raise KeyboardInterrupt

    monkeypatch.setattr("planner.siting.solve.standings", interrupted)
    problem = scattered(900, 150, near=0.15, sites=12 if model == "mclp" else None)
    found = solve(problem, model)
    assert (found.status, found.reason) in {("feasible", "interrupted"), ("optimal", "")}


def test_ctrl_c_reaches_highs_at_work() -> None:
    """A real signal while HiGHS works: the answer comes at once, and is told as unproven."""
    problem = replace(scattered(400, 150, near=0.2, seed=3), count_cost=False, sites=12, backup_share=0.2)
    asked = threading.Timer(1.0, lambda: signal.raise_signal(signal.SIGINT))
    begun = time.monotonic()
    asked.start()
    try:
        found = solve(problem, "mclp", time_limit_s=60.0)
        asked.cancel()
    except KeyboardInterrupt:  # solved in less than a second, on some machine: the signal came late
        return
    assert found.status in {"feasible", "optimal", "unknown"}
    assert found.status == "optimal" or time.monotonic() - begun < 50.0


# --- the check ----------------------------------------------------------------------------------------------------------


def tampered(found: Solution) -> dict[str, Solution]:
    other = found.stands.copy()
    other[np.flatnonzero(~other)[0]] = True
    fewer = found.stands.copy()
    fewer[np.flatnonzero(fewer)[0]] = False
    return {
        "objective": replace(found, objective=found.objective + 1, bound=found.bound + 1),
        "bound": replace(found, bound=found.objective - 5 if found.model == "mclp" else found.objective + 5),
        "a site more": replace(found, stands=other),
        "a site less": replace(found, stands=fewer),
        "a server that doesn't stand": replace(found, site=np.full_like(found.site, np.flatnonzero(~found.stands)[0])),
        "shares": replace(found, share=found.share * 2),
        "proof": replace(found, bound=found.bound * 2 if found.model == "mclp" else found.bound / 2),
    }


@pytest.mark.parametrize("model", ["lscp", "mclp", "p_median", "p_center", "fixed_charge"])
def test_the_check_refuses_what_is_not_so(model: Any) -> None:
    problem = from_costs(COSTS, weights=[10, 20, 30], sites=2, site_cost=[5, 6, 7])
    found = solve(problem, model)
    verify(problem, found)
    for wrong in tampered(found).values():
        with pytest.raises(CheckError):
            verify(problem, wrong)
    with pytest.raises(CheckError, match=r"capacity|objective|split"):
        verify(replace(problem, capacity=np.full(3, 0.5)), found)


def test_the_check_knows_every_rule() -> None:
    problem = from_costs(COSTS, weights=[10, 20, 30], sites=3, site_cost=[5, 6, 7], forced=[0, 1, 2])
    found = solve(problem, "mclp")
    for change, told in (
        ({"sites": 2}, "too many sites"),
        ({"budget": 17.0}, "above the budget"),
        ({"forced": np.zeros(3, bool), "apart": np.array([[0, 1]])}, "too close"),
        ({"forbidden": np.array([True, False, False])}, "forbidden"),
        (
            {"forced": np.zeros(3, bool), "groups": (Group(name="g", unit=np.array(["a"] * 3, object), most=2),)},
            "too many",
        ),
        ({"groups": (Group(name="g", unit=np.array(["a"] * 3, object), least=4),)}, "too few"),
    ):
        with pytest.raises(CheckError, match=told):
            verify(replace(problem, **change), found)  # type: ignore[arg-type]
