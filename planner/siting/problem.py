"""A siting problem, frozen: who needs what, what could serve them, and what may be built.

Three doors make one from plain arrays: `from_costs`, `from_cover` and `from_graph`. `planner.siting.solve.solve`
answers it; `planner.siting.task` makes one from a study.

Examples
--------
Three demands, three sites, and what it costs each site to serve each demand:

>>> from planner.siting.problem import from_costs
>>> from planner.siting.solve import solve
>>> costs = [[1.0, 4.0, 9.0], [3.0, 1.0, 5.0], [8.0, 5.0, 2.0]]
>>> best = solve(from_costs(costs, weights=[10, 20, 30], sites=1), "p_median")
>>> (best.site_ids.tolist(), best.objective, best.status)
(['1'], 210.0, 'optimal')

The same sites as a cover, for all demands within 4:

>>> best = solve(from_costs(costs, within=4.0), "lscp")
>>> (best.site_ids.tolist(), best.objective)
(['1', '2'], 2.0)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from planner.measure import FloatArray, IntArray
from planner.network import BoolArray, TextArray

Model = Literal["lscp", "lscp_b", "mclp", "mclp_b", "p_median", "p_center", "fixed_charge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Sites of which at least, or at most, some must stand in each unit: streets, counties, tiers.

    Parameters
    ----------
    name
        What the units are, for messages: ``street``.
    unit
        Length m: each site's unit; None for none.
    least, most
        How many sites stand in each unit, existing ones included; None for no such rule, or by unit. Where more than
        ``most`` exist already, no further one is built there.
    """

    name: str
    unit: TextArray
    least: int | Mapping[str, int] | None = None
    most: int | Mapping[str, int] | None = None

    def bounds(self) -> list[tuple[str, IntArray, int, int | None]]:
        """Return each unit with its sites, and how many of them at least and at most."""
        units = sorted({str(one) for one in self.unit if one is not None})
        named = [*self.least] if isinstance(self.least, Mapping) else []
        text = np.array(["" if one is None else str(one) for one in self.unit], dtype=object)
        found = []
        for unit in dict.fromkeys([*units, *named]):
            least = self.least.get(unit, 0) if isinstance(self.least, Mapping) else self.least or 0
            most = self.most.get(unit) if isinstance(self.most, Mapping) else self.most
            if least > 0 or most is not None:
                found.append((unit, np.flatnonzero(text == unit), least, most))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """n demands, m sites, k pairs of which the site may serve the demand, and the rules of what may be built.

    Parameters
    ----------
    weight
        Length n: how much each demand counts, such as its people; >= 0.
    demand, site
        Length k: the pairs, distinct, sorted by demand, then site.
    cost
        Length k: what it costs per unit of weight to serve the demand from the site (minutes, metres, money); >= 0.
        None for a plain cover.
    site_ids
        Length m, distinct: ties break by them.
    existing, forced, forbidden
        Length m. Existing sites stand already and cost nothing; they stay unless ``closing``. Forced ones must stand,
        forbidden ones must not.
    sites
        How many sites may be built, forced ones included (with ``closing``: how many may stand in all). None: any.
    site_cost, budget
        Length m, and the most that the sites built may cost together (with ``closing``: that stand).
    saving
        ``(a, b, amount)``: what building both of two sites saves of their costs, such as a building shared.
    capacity, quantity
        Length m, most that a site can serve; length n, what each demand takes of it (its weight where None).
    split
        Whether several sites may serve a demand in parts, where there are capacities.
    groups
        How many sites stand in each unit.
    apart
        Shape (q, 2): pairs of sites that stand too close together to be both built.
    closing
        Whether existing sites may be closed.
    count_cost
        Whether set covering keeps the sites' costs least, not their number.
    backup_weight
        What a second cover counts beside the first, 0 to 1 (`mclp_b`).
    backup_share
        The least share of the weight that must be covered twice; None: none (`lscp`, `mclp`).
    nearest, nearest_cost
        Length n: the site, of those that may stand, that is nearest to each demand whatever the limit (-1: none), and
        its cost. Only told where a demand can't be served.
    """

    weight: FloatArray
    demand: IntArray
    site: IntArray
    site_ids: TextArray
    existing: BoolArray
    forced: BoolArray
    forbidden: BoolArray
    cost: FloatArray | None = None
    sites: int | None = None
    site_cost: FloatArray | None = None
    budget: float | None = None
    saving: tuple[tuple[int, int, float], ...] = ()
    capacity: FloatArray | None = None
    quantity: FloatArray | None = None
    split: bool = True
    groups: tuple[Group, ...] = ()
    apart: IntArray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    closing: bool = False
    count_cost: bool = False
    backup_weight: float = 0.5
    backup_share: float | None = None
    nearest: IntArray | None = None
    nearest_cost: FloatArray | None = None

    @property
    def counted(self) -> BoolArray:
        """Return which sites count against number and budget: new ones, and with ``closing`` all."""
        return np.ones(len(self.site_ids), dtype=bool) if self.closing else ~self.existing

    @property
    def must_stand(self) -> BoolArray:
        """Return which sites stand whatever is decided."""
        return (self.forced | (self.existing & (not self.closing))) & ~self.forbidden

    @property
    def taken(self) -> FloatArray:
        """Return what each demand takes of a capacity."""
        return self.weight if self.quantity is None else self.quantity

    @property
    def plain(self) -> bool:
        """Return whether the number of sites is the only rule."""
        return (
            self.budget is None
            and self.capacity is None
            and self.backup_share is None
            and not self.groups
            and not self.saving
            and len(self.apart) == 0
        )

    def of_demands(self, kept: BoolArray) -> Problem:
        """Return the same problem for some of its demands."""
        keep, place = kept[self.demand], np.cumsum(kept) - 1
        return replace(
            self,
            weight=self.weight[kept],
            quantity=None if self.quantity is None else self.quantity[kept],
            demand=place[self.demand[keep]],
            site=self.site[keep],
            cost=None if self.cost is None else self.cost[keep],
            nearest=None if self.nearest is None else self.nearest[kept],
            nearest_cost=None if self.nearest_cost is None else self.nearest_cost[kept],
        )

    def reordered(self, order: IntArray) -> Problem:
        """Return the same problem with its sites in another order."""
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        site = place[self.site]
        rows = np.lexsort((site, self.demand))
        by_site = ("site_ids", "existing", "forced", "forbidden", "site_cost", "capacity")
        changed: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name)[order] for name in by_site
        }
        return replace(
            self,
            demand=self.demand[rows],
            site=site[rows],
            nearest=None if self.nearest is None else np.where(self.nearest < 0, -1, place[self.nearest]),
            cost=None if self.cost is None else self.cost[rows],
            groups=tuple(replace(group, unit=group.unit[order]) for group in self.groups),
            apart=place[self.apart],
            saving=tuple((int(place[a]), int(place[b]), amount) for a, b, amount in self.saving),
            **changed,
        )


Pairs = tuple[npt.ArrayLike, ...]


def from_costs(
    costs: npt.ArrayLike | Pairs,
    *,
    shape: tuple[int, int] | None = None,
    within: float | None = None,
    **rules: Any,
) -> Problem:
    """Make a problem from what it costs each site to serve each demand.

    Parameters
    ----------
    costs
        Shape (n, m), a row a demand and a column a site: distance, time or money per unit of weight; NaN or infinite
        where the site can't serve the demand. Or sparse: ``(demand, site, cost)``, three arrays of length k, with
        ``shape``; or any matrix with ``tocoo``.
    shape
        (n, m), for sparse costs.
    within
        Leave out pairs that cost more.
    rules
        ``weights`` (length n, 1 each where left out) and, by name, the rules of `Problem`: ``sites``, ``site_ids``,
        ``existing``, ``forced`` and ``forbidden`` (flags or positions), ``site_cost``, ``budget``, ``saving``,
        ``capacity``, ``quantity``, ``split``, ``groups``, ``apart``, ``closing``, ``count_cost``, ``backup_weight``,
        ``backup_share``.

    Raises
    ------
    InputError
        Every fault at once: a shape that doesn't fit, a figure that is negative or not a number, a pair twice, …

    Examples
    --------
    Capacities, and demands that take more than their weight:

    >>> from planner.siting.problem import from_costs
    >>> from planner.siting.solve import solve
    >>> town = from_costs([[1.0, 5.0], [2.0, 1.0]], sites=2, capacity=[3, 3], quantity=[2, 3], split=False)
    >>> solve(town, "p_median").server.tolist()
    [0, 1]
    """
    from planner.siting.entrance import Entrance

    return Entrance(costs, shape=shape).with_costs(within).problem(rules)


def from_cover(cover: npt.ArrayLike | Pairs, *, shape: tuple[int, int] | None = None, **rules: Any) -> Problem:
    """Make a problem from which sites cover which demands.

    Parameters
    ----------
    cover
        Shape (n, m), a row a demand and a column a site: true or 1 where the site covers the demand. Or sparse:
        ``(demand, site)``, two arrays of length k, with ``shape``; or any matrix with ``tocoo``.
    shape, rules
        As in `from_costs`.

    Raises
    ------
    InputError
        As `from_costs`; and where the matrix holds something else than 0 and 1.

    Examples
    --------
    Set covering with costs: the cheapest sites that cover everyone.

    >>> from planner.siting.problem import from_cover
    >>> from planner.siting.solve import solve
    >>> cover = [[1, 0, 1], [1, 1, 0], [0, 1, 1]]
    >>> best = solve(from_cover(cover, site_cost=[2, 3, 9], count_cost=True), "lscp")
    >>> (best.site_ids.tolist(), best.objective)
    (['0', '1'], 5.0)
    """
    from planner.siting.entrance import Entrance

    return Entrance(cover, shape=shape).with_cover().problem(rules)


def from_graph(
    ends: tuple[npt.ArrayLike, npt.ArrayLike],
    length: npt.ArrayLike,
    *,
    nodes: int,
    demands: npt.ArrayLike | None = None,
    candidates: npt.ArrayLike | None = None,
    directed: bool = False,
    within: float | None = None,
    **rules: Any,
) -> Problem:
    """Make a problem from a graph: costs are the lengths of shortest paths from demands to sites.

    Parameters
    ----------
    ends, length
        The nodes, 0 to ``nodes`` - 1, that each edge leads from and to, and its length >= 0.
    nodes
        How many nodes there are.
    demands, candidates
        The nodes that are demands and sites; every node where left out.
    directed
        Whether an edge leads one way only.
    within, rules
        As in `from_costs`.

    Examples
    --------
    A street of four houses, and the best place for one pump:

    >>> from planner.siting.problem import from_graph
    >>> from planner.siting.solve import solve
    >>> street = from_graph(([0, 1, 2], [1, 2, 3]), [5, 1, 1], nodes=4, sites=1)
    >>> (solve(street, "p_median").objective, solve(street, "p_center").objective)
    (8.0, 5.0)
    """
    from planner.siting.entrance import path_costs

    costs = path_costs(ends, length, nodes=nodes, demands=demands, candidates=candidates, directed=directed)
    return from_costs(costs, within=within, **rules)


def too_close(x_m: npt.ArrayLike, y_m: npt.ArrayLike, spacing_m: float) -> IntArray:
    """Return the pairs of points less than a distance apart, shape (q, 2): what ``apart`` takes.

    Examples
    --------
    >>> from planner.siting.problem import too_close
    >>> too_close([0, 300, 1000], [0, 0, 0], 500).tolist()
    [[0, 1]]
    """
    x, y = np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
    order = np.argsort(x, kind="stable")
    found = [np.empty((0, 2), np.int64)]
    for a, i in enumerate(order):
        near = order[a + 1 : a + 1 + int(np.searchsorted(x[order[a + 1 :]], x[i] + spacing_m))]
        close = near[np.hypot(x[near] - x[i], y[near] - y[i]) < spacing_m]
        found.append(np.sort(np.stack([np.full(len(close), i), close], axis=1), axis=1))
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
