"""The rules of what may be built, as rows of a program and as a ledger kept while sites are chosen one by one."""

from __future__ import annotations

import numpy as np

from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.siting.highs import Rows
from planner.siting.problem import Problem

PENNY = 1e-9
"""Share of a budget that the rounding of its sum may amount to."""


def lower_upper(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of the columns that stand for sites, and after them for savings."""
    savings = len(problem.saving)
    lower = np.concatenate([problem.must_stand.astype(np.float64), np.zeros(savings)])
    upper = np.concatenate([(~problem.forbidden).astype(np.float64), np.ones(savings)])
    return lower, upper


def site_charge(problem: Problem) -> FloatArray:
    """Return what each site that counts costs, and after them what each saving takes off."""
    cost = np.zeros(len(problem.site_ids)) if problem.site_cost is None else problem.site_cost
    return np.concatenate([np.where(problem.counted, cost, 0.0), [-amount for _, _, amount in problem.saving]])


def add_rules(rows: Rows, problem: Problem, *, number: bool = True) -> None:
    r"""Write the rules down as rows over sites :math:`x_j` and savings :math:`u_{ab}`.

    .. math::

        \sum_{j \in K} x_j \le p, \quad
        \sum_{j \in K} c_j x_j - \sum_{(a, b)} s_{ab} u_{ab} \le B, \quad
        u_{ab} \le x_a, \; u_{ab} \le x_b, \quad
        l_g \le \sum_{j \in g} x_j \le h_g, \quad
        x_a + x_b \le 1

    where :math:`K` are the sites that count (new ones; with closing all), :math:`p` their most, :math:`c_j` their
    costs, :math:`B` the budget, :math:`s_{ab}` what building both :math:`a` and :math:`b` saves, :math:`g` the units
    with least :math:`l_g` and most :math:`h_g`, and the last for each pair too close together. Where more than
    :math:`h_g` sites of a unit stand anyway, that many may.

    Parameters
    ----------
    number
        Whether the number of sites is limited; else that rule is left out.
    """
    counted, sites = np.flatnonzero(problem.counted), len(problem.site_ids)
    if number and problem.sites is not None:
        rows.add(counted, 1.0, upper=float(problem.sites))
    if problem.budget is not None:
        charge = site_charge(problem)
        some = np.flatnonzero(charge)
        rows.add(some, charge[some], upper=problem.budget * (1.0 + PENNY))
    for k, (a, b, _) in enumerate(problem.saving):
        for one in (a, b):
            rows.add(np.array([one, sites + k]), [1.0, -1.0], lower=0.0)
    for group in problem.groups:
        for _, members, least, most in group.bounds():
            stands = int(problem.must_stand[members].sum())
            rows.add(members, 1.0, lower=float(least), upper=np.inf if most is None else float(max(most, stands)))
    for a, b in problem.apart.tolist():
        stands = int(problem.must_stand[a]) + int(problem.must_stand[b])
        rows.add(np.array([a, b]), 1.0, upper=float(max(1, stands)))


class Ledger:
    """What has been built, and what the rules still allow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.built = np.zeros(len(problem.site_ids), dtype=bool)
        self.spent = 0.0
        self.count = 0
        self.units = [bounds for group in problem.groups for bounds in group.bounds()]
        self.near: dict[int, list[int]] = {}
        for a, b in problem.apart.tolist():
            self.near.setdefault(a, []).append(b)
            self.near.setdefault(b, []).append(a)
        self.charge = site_charge(problem)
        for j in np.flatnonzero(problem.must_stand):
            self.build(int(j))

    def build(self, j: int) -> None:
        """Build a site."""
        self.spent += self.cost(j)
        self.count += int(self.problem.counted[j])
        self.built[j] = True

    def cost(self, j: int) -> float:
        """Return what a site costs on top of what is built."""
        saved = sum(
            amount for a, b, amount in self.problem.saving if (j == a and self.built[b]) or (j == b and self.built[a])
        )
        return float(self.charge[j]) - saved

    def allows(self, j: int) -> bool:
        """Return whether a site may be built on top of what is."""
        one = self.problem
        if self.built[j] or one.forbidden[j] or any(self.built[k] for k in self.near.get(j, ())):
            return False
        if one.sites is not None and one.counted[j] and self.count + 1 > one.sites:
            return False
        if one.budget is not None and self.spent + self.cost(j) > one.budget * (1.0 + PENNY):
            return False
        full = (int(self.built[who].sum()) >= most for _, who, _, most in self.units if most is not None and j in who)
        return not any(full)

    def sound(self) -> bool:
        """Return whether what stands anyway keeps number and budget."""
        one = self.problem
        within = one.budget is None or self.spent <= one.budget * (1.0 + PENNY)
        return within and (one.sites is None or self.count <= one.sites)

    def lacking(self) -> IntArray | None:
        """Return the sites of the first unit that has too few, None where all have enough."""
        for _, members, least, _ in self.units:
            if int(self.built[members].sum()) < least:
                return members
        return None


def choose(problem: Problem, gain: FloatArray | None = None) -> BoolArray | None:
    """Return sites chosen one by one, each time what serves most more for its cost; None where rules stay unmet.

    Parameters
    ----------
    gain
        Length m: what makes a site attractive, in place of what it serves.
    """
    ledger = Ledger(problem)
    if not ledger.sound():
        return None
    covered = np.zeros(len(problem.weight), dtype=bool)
    covered[problem.demand[ledger.built[problem.site]]] = True
    while True:
        short = ledger.lacking()
        open_pair = ~covered[problem.demand]
        serves = np.bincount(
            problem.site[open_pair],
            weights=problem.weight[problem.demand[open_pair]],
            minlength=len(ledger.built),
        )
        worth = serves if gain is None else np.where(serves > 0, gain, 0.0)
        if problem.budget is not None:
            worth = worth / np.maximum(ledger.charge[: len(worth)], PENNY)
        among = np.flatnonzero(worth > 0) if short is None else short
        order = among[np.argsort(-worth[among], kind="stable")]
        site = next((int(j) for j in order if ledger.allows(int(j))), None)
        if site is None:
            return ledger.built if short is None else None
        ledger.build(site)
        covered[problem.demand[problem.site == site]] = True
