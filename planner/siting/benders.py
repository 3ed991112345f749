r"""Location problems under rules: demands are projected out, and what they pay is bounded from below by cuts.

The program holds the sites, the savings and one column :math:`\theta_c` for each cluster :math:`c` of demands. Instead
of a column and a row for each pair, rows

.. math::

    \theta_c \ge \sum_{i \in c} \Bigl(v_i - \sum_j \max(0, v_i - d_{ij}) \, x_j\Bigr)

are added as the sites' shares ask for them: :math:`v_i` is the level that `planner.kernels.cuts.cuts` works out. That
suits problems in which demands far outnumber the sites (Cordeau, Furini and Ljubic 2019).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.kernels.cuts import cuts
from planner.measure import FloatArray
from planner.network import BoolArray
from planner.siting.highs import Deadline, Program, Rows
from planner.siting.location import Location
from planner.siting.problem import Problem
from planner.siting.rules import add_rules, choose, lower_upper, site_charge
from planner.siting.standing import Standing, enough, firm
from planner.siting.tree import Tree

CLUSTERS = 400
"""Most columns for demands: the table of cuts has a row for each and a column for each site, all of it in memory."""

VIOLATED = 1e-7
"""A cut is added where it lifts its cluster by more than this share of the value."""


def prove(problem: Problem, location: Location, *, in_money: bool, deadline: Deadline) -> Iterator[Standing]:
    """Yield ever better standings of a location problem under the problem's rules.

    Parameters
    ----------
    location
        The same sites in the same order, none left out: what the objective is.
    in_money
        Whether sites' costs and savings are part of the objective.
    """
    one = _Cutting(problem, location, in_money=in_money)
    if one.best is not None:
        yield one.standing()
    tree = Tree(
        one.program(),
        sites=len(location.charge),
        enough=one.enough,
        accept=one.accept,
        separate=one.separate,
        deadline=deadline,
    )
    for _ in tree.search():
        one.bound = max(one.bound, min(tree.bound, one.value))
        yield one.standing()
        if deadline() <= 0:
            return
    if tree.bound == np.inf:
        one.bound = one.value
        yield one.standing()


class _Cutting:
    def __init__(self, problem: Problem, location: Location, *, in_money: bool) -> None:
        self.problem, self.location, self.in_money = problem, location, in_money
        demands = len(location.served)
        nearest = location.site[np.minimum(location.start[:-1], max(len(location.site) - 1, 0))]
        rank = np.empty(demands, np.int64)
        rank[np.lexsort((np.arange(demands), nearest))] = np.arange(demands)
        self.clusters = min(demands, CLUSTERS)
        self.cluster = rank * self.clusters // max(demands, 1)  # demands with the same first site stand together
        self.bound = -np.inf
        self.best = choose(problem)
        self.value = np.inf if self.best is None else self.worth(self.best)

    def worth(self, built: BoolArray) -> float:
        """Return the value of a choice of sites."""
        total = self.location.value(built)
        if self.in_money:
            total -= sum(amount for a, b, amount in self.problem.saving if built[a] and built[b])
        return total

    def enough(self) -> float:
        """Return the value above which nothing is of interest."""
        return enough(self.value, whole=self.location.whole) if np.isfinite(self.value) else np.inf

    def standing(self) -> Standing:
        """Return how it stands."""
        built = np.zeros(len(self.location.charge), dtype=bool) if self.best is None else self.best
        bound = firm(self.bound, self.value, whole=self.location.whole) if np.isfinite(self.bound) else self.bound
        return Standing(built, self.value, bound)

    def program(self) -> Program:
        """Return the sites, the savings and the clusters under the rules, before any cut."""
        rows = Rows()
        add_rules(rows, self.problem)
        lower, upper = lower_upper(self.problem)
        charge = site_charge(self.problem) if self.in_money else np.zeros(len(lower))
        return Program(
            cost=np.concatenate([charge, np.ones(self.clusters)]),
            lower=np.concatenate([lower, np.zeros(self.clusters)]),
            upper=np.concatenate([upper, np.full(self.clusters, np.inf)]),
            whole=np.zeros(len(lower) + self.clusters, dtype=bool),
            rows=rows,
        )

    def separate(self, columns: FloatArray) -> Rows | None:
        """Return the cuts that these columns violate."""
        sites = len(self.location.charge)
        weight = np.zeros((self.clusters, sites))
        share = columns[:sites].copy()
        pays, constant = cuts(*self.location.by_demand, self.location.served, share, self.cluster, weight)
        first = len(columns) - self.clusters
        tolerance = VIOLATED * max(1.0, abs(float(pays.sum()))) / max(self.clusters, 1)
        short = np.flatnonzero(pays > columns[first:] + tolerance)
        if len(short) == 0:
            return None
        self._round(share)
        row, site = np.nonzero(weight[short])
        rows = Rows()
        rows.add_all(
            np.append(row, np.arange(len(short))),
            np.append(site, first + short),
            np.append(weight[short][row, site], np.ones(len(short))),
            lower=constant[short],
            upper=np.full(len(short), np.inf),
        )
        return rows

    def accept(self, columns: FloatArray) -> None:
        """Take an answer whose sites are whole."""
        self._take(columns[: len(self.location.charge)] > 0.5)

    def _round(self, share: FloatArray) -> None:
        """Build by the greatest shares, as the rules allow."""
        chosen = choose(self.problem, share + 1e-6)  # sites without a share come last, by number
        if chosen is not None:
            self._take(chosen)

    def _take(self, built: BoolArray) -> None:
        value = self.worth(built)
        if value < self.value:
            self.best, self.value = built, value
