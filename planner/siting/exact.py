"""Covering models solved to proof by HiGHS: one thread, a fixed seed, rows and columns by id."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from planner.errors import CheckError
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting.problem import Problem, Solution

WHOLE = 1e-6
"""Objectives are whole numbers, so a bound within this of one is that one; HiGHS's own tolerance is the same."""


def mclp(problem: Problem, *, time_limit_s: float | None = None) -> Solution:
    r"""Solve the maximal covering location problem (Church and ReVelle 1974).

    .. math::

        \max \sum_i w_i y_i \quad\text{s.t.}\quad y_i \le \sum_{j \in N_i} x_j, \;
        \sum_j x_j \le p, \; x_j = 1 \;(j \in F), \; x_j \in \{0, 1\}, \; 0 \le y_i \le 1

    where :math:`i` runs over the demands that no existing facility covers, :math:`w_i` is their weight, :math:`N_i`
    the sites within the limit of :math:`i`, :math:`F` the forced sites and :math:`p` the number of new sites.
    """
    rows, demand, site = _open_pairs(problem)
    sites, demands = len(problem.site_ids), len(rows)
    weight = problem.weight[rows]
    # Columns: sites, then demands. Rows: one a demand (cover), then the number of sites.
    column = np.concatenate([site, sites + np.arange(demands), np.arange(sites)])
    row = np.concatenate([demand, np.arange(demands), np.full(sites, demands)])
    value = np.concatenate([np.ones(len(site)), -np.ones(demands), np.ones(sites)])
    limit = sites if problem.sites is None else min(problem.sites, sites)
    chosen, bound, proven = _solve(
        cost=np.concatenate([np.zeros(sites), -weight.astype(np.float64)]),
        lower=np.concatenate([problem.forced.astype(np.float64), np.zeros(demands)]),
        whole=np.arange(sites + demands) < sites,
        entries=(row, column, value),
        row_lower=np.concatenate([np.zeros(demands), [0.0]]),
        row_upper=np.concatenate([np.full(demands, np.inf), [float(limit)]]),
        time_limit_s=time_limit_s,
    )
    built = problem.forced.copy() if chosen is None else chosen[:sites] > 0.5
    objective = int(weight[np.isin(np.arange(demands), demand[built[site]])].sum())
    ceiling = min(int(weight.sum()), int(np.floor(-bound + WHOLE)) if np.isfinite(bound) else int(weight.sum()))
    return Solution(built=built, objective=objective, bound=objective if proven else ceiling, proven=proven)


def lscp(problem: Problem, *, time_limit_s: float | None = None) -> Solution:
    r"""Solve the location set covering problem (Toregas et al. 1971) for the demands that some site covers.

    .. math::

        \min \sum_j x_j \quad\text{s.t.}\quad \sum_{j \in N_i} x_j \ge 1 \;\forall i, \;
        x_j = 1 \;(j \in F), \; x_j \in \{0, 1\}

    with the symbols of `mclp`; :math:`i` runs over the demands that no existing facility covers and some site could.
    """
    rows, demand, site = _open_pairs(problem)
    sites = len(problem.site_ids)
    chosen, bound, proven = _solve(
        cost=np.ones(sites),
        lower=problem.forced.astype(np.float64),
        whole=np.ones(sites, dtype=bool),
        entries=(demand, site, np.ones(len(site))),
        row_lower=np.ones(len(rows)),
        row_upper=np.full(len(rows), np.inf),
        time_limit_s=time_limit_s,
    )
    everything = problem.forced | np.isin(np.arange(sites), site)
    built = everything if chosen is None else chosen > 0.5  # None: time ran out before any answer
    objective = int(built.sum())
    floor = int(np.ceil(bound - WHOLE)) if np.isfinite(bound) else int(problem.forced.sum())
    return Solution(built=built, objective=objective, bound=objective if proven else floor, proven=proven)


def _open_pairs(problem: Problem) -> tuple[IntArray, IntArray, IntArray]:
    """Return the demands still to cover that some site covers, and their pairs, demands renumbered."""
    needed = ~problem.covered[problem.demand]
    rows, demand = np.unique(problem.demand[needed], return_inverse=True)
    return rows, demand.astype(np.int64), problem.site[needed]


def _solve(
    *,
    cost: FloatArray,
    lower: FloatArray,
    whole: BoolArray,
    entries: tuple[IntArray, IntArray, FloatArray],
    row_lower: FloatArray,
    row_upper: FloatArray,
    time_limit_s: float | None,
) -> tuple[npt.NDArray[Any] | None, float, bool]:
    """Minimise over columns in [lower, 1]; return the columns (None without an answer), the bound, whether proven."""
    import highspy

    row, column, value = entries
    order = np.lexsort((column, row))
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(cost), len(row_lower)
    program.col_cost_, program.col_lower_, program.col_upper_ = (cost, lower, np.ones(len(cost)))
    program.row_lower_, program.row_upper_ = row_lower, row_upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.searchsorted(row[order], np.arange(len(row_lower) + 1)).astype(np.int32)
    program.a_matrix_.index_ = column[order].astype(np.int32)
    program.a_matrix_.value_ = value[order]
    kinds = highspy.HighsVarType
    program.integrality_ = [kinds.kInteger if is_whole else kinds.kContinuous for is_whole in whole]

    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has stubs for its enums alone
    for option, setting in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(option, setting)
    if time_limit_s is not None:
        solver.setOptionValue("time_limit", float(time_limit_s))
    solver.passModel(program)
    solver.run()
    status = solver.getModelStatus()
    info = solver.getInfo()
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit):
        raise CheckError(f"the solver ended with {solver.modelStatusToString(status)}, which a covering model can't")
    proven = status == highspy.HighsModelStatus.kOptimal
    has_answer = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    columns = np.asarray(solver.getSolution().col_value) if has_answer else None
    bound = float(info.mip_dual_bound) if whole.any() else float(info.objective_function_value)
    return columns, bound, proven
