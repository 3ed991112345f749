"""Every siting model written out for HiGHS, on sparse pairs: what a small or ruled problem is solved by.

Symbols used throughout: demands :math:`i` with weight :math:`w_i` and take :math:`q_i`; sites :math:`j`, of which
:math:`K` count (new ones; with closing all); :math:`N_i` the sites whose pairs serve :math:`i`; :math:`d_{ij}` a pair's
cost; :math:`f_j` and :math:`C_j` a site's cost and capacity; :math:`x_j` = 1 where a site stands. Existing and forced
sites have :math:`x_j = 1` (existing ones with closing don't), forbidden ones 0. The rules are those of
`planner.siting.rules.add_rules`. All are minimised; `planner.siting.solve` tells what they mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from planner.measure import FloatArray, IntArray
from planner.siting.highs import WHOLE, Program, Rows
from planner.siting.problem import Model, Problem
from planner.siting.rules import add_rules, lower_upper, site_charge


class _Draft:
    """A program as it is written down: sites, then savings, then what else the model needs."""

    def __init__(self, problem: Problem, *, number: bool = True) -> None:
        self.problem = problem
        lower, upper = lower_upper(problem)
        self.cost = [np.zeros(len(lower))]
        self.lower, self.upper = [lower], [upper]
        self.whole = [np.ones(len(lower), dtype=bool)]
        self.size = len(lower)
        self.rows = Rows()
        add_rules(self.rows, problem, number=number)

    def columns(self, cost: FloatArray, *, whole: bool = False) -> IntArray:
        """Add columns of 0 to 1; return their numbers."""
        first, count = self.size, len(cost)
        self.cost.append(np.asarray(cost, np.float64))
        self.lower.append(np.zeros(count))
        self.upper.append(np.ones(count))
        self.whole.append(np.full(count, whole))
        self.size += count
        return np.arange(first, self.size)

    def each(self, rows: int, parts: list[tuple[IntArray, IntArray, float | FloatArray]], **bounds: float) -> None:
        """Add a row each for some things; a part names the rows, the columns and the figure of its entries."""
        row = np.concatenate([part[0] for part in parts])
        index = np.concatenate([part[1] for part in parts])
        value = np.concatenate([np.broadcast_to(np.asarray(part[2], np.float64), part[0].shape) for part in parts])
        lower = np.full(rows, bounds.get("lower", -np.inf))
        self.rows.add_all(row, index, value, lower=lower, upper=np.full(rows, bounds.get("upper", np.inf)))

    def program(self) -> Program:
        """Return it."""
        return Program(
            cost=np.concatenate(self.cost),
            lower=np.concatenate(self.lower),
            upper=np.concatenate(self.upper),
            whole=np.concatenate(self.whole),
            rows=self.rows,
        )


def lscp(problem: Problem, *, number: bool = True) -> Program:
    r"""Return the location set covering problem (Toregas, Swain, ReVelle and Bergman 1971).

    .. math::

        \min \sum_{j \in K} x_j \quad\text{s.t.}\quad \sum_{j \in N_i} x_j \ge 1 \;\forall i, \; x_j \in \{0, 1\}

    With ``count_cost`` the objective is :math:`\sum_{j \in K} f_j x_j` less savings: weighted set covering.

    With capacities (Current and Storbeck 1988) :math:`z_{ij}` is the share of :math:`i` that :math:`j` serves, 0 or 1
    unless demands may be split:

    .. math::

        \sum_{j \in N_i} z_{ij} = 1 \;\forall i, \quad \sum_i q_i z_{ij} \le C_j x_j \;\forall j, \quad
        z_{ij} \le x_j

    With ``backup_share`` :math:`s`, and :math:`u_i` = 1 where :math:`i` is covered twice:

    .. math::

        2 u_i \le \sum_{j \in N_i} x_j, \quad \sum_i w_i u_i \ge s \sum_i w_i, \quad u_i \in \{0, 1\}
    """
    draft = _Draft(problem, number=number)
    draft.cost[0] = _charge(problem, in_money=problem.count_cost)
    rows = len(problem.weight)
    if problem.capacity is None:
        draft.each(rows, [(problem.demand, problem.site, 1.0)], lower=1.0)
    else:
        share = _shares(draft, np.zeros(len(problem.demand)))
        draft.each(rows, [(problem.demand, share, 1.0)], lower=1.0, upper=1.0)
    _twice(draft)
    return draft.program()


def mclp(problem: Problem) -> Program:
    r"""Return the maximal covering location problem (Church and ReVelle 1974), as the least weight left uncovered.

    .. math::

        \min \sum_i w_i (1 - y_i) \quad\text{s.t.}\quad y_i \le \sum_{j \in N_i} x_j, \;
        x_j \in \{0, 1\}, \; 0 \le y_i \le 1

    where :math:`y_i` = 1 where :math:`i` is covered. With capacities (Current and Storbeck 1988)
    :math:`y_i = \sum_{j \in N_i} z_{ij}` under the rows of `lscp`; with ``backup_share`` its last rows too.
    """
    draft = _Draft(problem)
    rows = len(problem.weight)
    if problem.capacity is None:
        covered = draft.columns(-problem.weight)
        parts: list[tuple[IntArray, IntArray, float | FloatArray]] = [
            (problem.demand, problem.site, 1.0),
            (np.arange(rows), covered, -1.0),
        ]
        draft.each(rows, parts, lower=0.0)
    else:
        share = _shares(draft, -problem.weight[problem.demand])
        draft.each(rows, [(problem.demand, share, 1.0)], upper=1.0)
    _twice(draft)
    return draft.program()


def mclp_b(problem: Problem) -> Program:
    r"""Return maximal covering with backup, as the least weight left without (BACOP 2: Hogan and ReVelle 1986).

    .. math::

        \min \sum_i w_i \bigl((1 - \theta)(1 - y_i) + \theta (1 - u_i)\bigr) \quad\text{s.t.}\quad
        y_i + u_i \le \sum_{j \in N_i} x_j, \; u_i \le y_i, \; x_j \in \{0, 1\}, \; 0 \le y_i, u_i \le 1

    where :math:`y_i` and :math:`u_i` are 1 where :math:`i` is covered, and covered twice, and :math:`\theta` is
    ``backup_weight``. Above a half :math:`u_i` must be whole, or half a cover and half a backup would count for more
    than a cover.
    """
    draft, rows = _Draft(problem), len(problem.weight)
    covered = draft.columns(-(1.0 - problem.backup_weight) * problem.weight)
    twice = draft.columns(-problem.backup_weight * problem.weight, whole=problem.backup_weight > 0.5)
    every = np.arange(rows)
    draft.each(rows, [(problem.demand, problem.site, 1.0), (every, covered, -1.0), (every, twice, -1.0)], lower=0.0)
    draft.each(rows, [(every, covered, 1.0), (every, twice, -1.0)], lower=0.0)
    return draft.program()


def lscp_b(problem: Problem, fewest: float) -> Program:
    r"""Return the second stage of LSCP-B: among the least sets that cover all, most covered twice.

    .. math::

        \min \sum_i w_i (1 - u_i) \quad\text{s.t.}\quad 1 + u_i \le \sum_{j \in N_i} x_j \;\forall i, \;
        \sum_{j \in K} x_j \le p^*, \; x_j \in \{0, 1\}, \; 0 \le u_i \le 1

    where :math:`p^*` is the least number (or cost) that `lscp` found (Daskin and Stern 1981; Hogan and ReVelle 1986).

    Parameters
    ----------
    fewest
        :math:`p^*`.
    """
    draft, rows = _Draft(problem), len(problem.weight)
    charge = _charge(problem, in_money=problem.count_cost)
    some = np.flatnonzero(charge)
    draft.rows.add(some, charge[some], upper=fewest * (1.0 + 1e-9))  # the rounding of a sum of costs
    twice = draft.columns(-problem.weight)
    draft.each(rows, [(problem.demand, problem.site, 1.0), (np.arange(rows), twice, -1.0)], lower=1.0)
    return draft.program()


def p_median(problem: Problem) -> Program:
    r"""Return the p-median problem (Hakimi 1964; ReVelle and Swain 1970).

    .. math::

        \min \sum_i \sum_{j \in N_i} w_i d_{ij} z_{ij} \quad\text{s.t.}\quad
        \sum_{j \in N_i} z_{ij} = 1 \;\forall i, \; z_{ij} \le x_j, \; x_j \in \{0, 1\}, \; z_{ij} \ge 0

    where :math:`z_{ij}` is the share of :math:`i` that :math:`j` serves. With capacities
    :math:`\sum_i q_i z_{ij} \le C_j x_j`, and :math:`z_{ij} \in \{0, 1\}` unless demands may be split.
    """
    return _serving(problem, in_money=False)


def fixed_charge(problem: Problem) -> Program:
    r"""Return the fixed-charge location problem (Balinski 1965), capacitated where there are capacities.

    .. math::

        \min \sum_{j \in K} f_j x_j + \sum_i \sum_{j \in N_i} w_i d_{ij} z_{ij}

    less savings, under the rows of `p_median`. Capacity levels are sites of their own at one place, each with its cost
    and capacity, of which a group lets at most one stand.
    """
    return _serving(problem, in_money=True)


def shares_of(problem: Problem, columns: FloatArray) -> FloatArray | None:
    """Return which share of its demand each pair serves in an answer; None without capacities."""
    if problem.capacity is None:
        return None
    first = len(problem.site_ids) + len(problem.saving)
    share = columns[first : first + len(problem.demand)]
    return np.where(share > WHOLE, share, 0.0) if problem.split else np.asarray(share > 0.5, np.float64)


def _serving(problem: Problem, *, in_money: bool) -> Program:
    draft = _Draft(problem)
    if in_money:
        draft.cost[0] = _charge(problem, in_money=True)
    cost = np.zeros(len(problem.demand)) if problem.cost is None else problem.cost
    share = _shares(draft, problem.weight[problem.demand] * cost)
    draft.each(len(problem.weight), [(problem.demand, share, 1.0)], lower=1.0, upper=1.0)
    return draft.program()


def _charge(problem: Problem, *, in_money: bool) -> FloatArray:
    """Return the objective's figure of each site and saving: its cost, or 1 each."""
    if in_money:
        return site_charge(problem)
    return np.concatenate([problem.counted.astype(np.float64), np.zeros(len(problem.saving))])


def _shares(draft: _Draft, cost: FloatArray) -> IntArray:
    """Add the share of each pair, within what stands and what its site can serve; return their columns."""
    problem = draft.problem
    pairs, every = len(problem.demand), np.arange(len(problem.demand))
    share = draft.columns(cost, whole=problem.capacity is not None and not problem.split)
    draft.each(pairs, [(every, problem.site, 1.0), (every, share, -1.0)], lower=0.0)
    if problem.capacity is not None:
        sites = np.arange(len(problem.site_ids))
        draft.each(
            len(sites),
            [(sites, sites, problem.capacity), (problem.site, share, -problem.taken[problem.demand])],
            lower=0.0,
        )
    return share


def _twice(draft: _Draft) -> None:
    """Ask that a share of the weight be covered twice, where the problem does."""
    problem, rows = draft.problem, len(draft.problem.weight)
    if not problem.backup_share:
        return
    twice = draft.columns(np.zeros(rows), whole=True)  # half of it would do for half a cover
    draft.each(rows, [(problem.demand, problem.site, 1.0), (np.arange(rows), twice, -2.0)], lower=0.0)
    draft.rows.add(twice, problem.weight, lower=problem.backup_share * float(problem.weight.sum()) * (1.0 - 1e-9))


PROGRAMS: dict[Model, Callable[[Problem], Program]] = {
    "lscp": lscp,
    "mclp": mclp,
    "mclp_b": mclp_b,
    "p_median": p_median,
    "fixed_charge": fixed_charge,
}
"""The models that are one program each."""
