"""What `planner.siting.solve.solve` answers: the sites, who serves whom, and how good that is proven to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.measure import FloatArray, IntArray
from planner.network import BoolArray, TextArray
from planner.siting.problem import Model

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A demand that no site may serve.

    Parameters
    ----------
    demand
        Its position.
    nearest
        The site, of those that may stand, that would serve it at the least cost; -1 where none ever would.
    smallest_limit
        That cost: with a limit as large, the demand could be served. None where no limit would do.
    """

    demand: int
    nearest: int
    smallest_limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An answer to a siting problem; sites and demands are in the problem's order.

    Parameters
    ----------
    status
        ``optimal``: proven to be the best. ``feasible``: the best found when it was stopped. ``infeasible``: nothing
        keeps all the rules; the sites are then those of a partial answer. ``unknown``: stopped before anything was
        found or ruled out; no sites are told.
    stands
        Length m: the sites that stand, existing ones included.
    site_ids
        The ids of those that count (new ones; with closing all that stay), sorted.
    objective, bound
        The figure of the answer, and the one that no answer can beat. Sites or, with ``count_cost``, money (`lscp`,
        `lscp_b`); weight newly covered (`mclp`); the same with the weight covered twice (`mclp_b`); weight times cost
        (`p_median`); the greatest cost of any demand (`p_center`); money (`fixed_charge`).
    partial, by_weight
        Of an infeasible problem: whether the sites serve what can be served; and whether not even that keeps the rules,
        so that the sites are those that serve most, the objective is the weight served and the bound the whole weight.
    demand, site, share
        Who serves whom: the pairs that are used, and which share of the demand.
    twice
        Weight of the demands that two or more standing sites cover.
    unserved
        The demands that no site may serve.
    fewest
        Where there were too few sites: the least number with which the rest of the rules can be kept.
    reason
        Why there is no answer, or why it isn't proven.
    """

    model: Model
    status: Status
    stands: BoolArray
    site_ids: TextArray
    objective: float
    bound: float
    demand: IntArray
    site: IntArray
    share: FloatArray
    twice: float
    unserved: tuple[Unserved, ...] = ()
    fewest: int | None = None
    reason: str = ""
    partial: bool = False
    by_weight: bool = False
    demands: int = 0

    @property
    def gap(self) -> float:
        """Return abs(bound - objective) / max(abs(objective), 1)."""
        return abs(self.bound - self.objective) / max(abs(self.objective), 1.0)

    @property
    def server(self) -> IntArray:
        """Return for each demand the site that serves it, or most of it; -1 where none does."""
        found = np.full(self.demands, -1, np.int64)
        order = np.lexsort((-self.site, self.share))  # the last written stays: the largest share, then the first site
        found[self.demand[order]] = self.site[order]
        return found
