"""What plain arrays must be to make a problem: every shape and figure judged once, and all faults told together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.errors import InputError
from planner.issue import Issue
from planner.kernels.order import compressed_rows
from planner.kernels.paths import distances
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray, TextArray
from planner.siting.problem import Group, Problem

_FLAGS = ("existing", "forced", "forbidden")
_BY_SITE = ("site_cost", "capacity")
_OPTIONS = ("sites", "budget", "saving", "split", "closing", "count_cost", "backup_weight", "backup_share")
_RULES = ("weights", "site_ids", "quantity", "groups", "apart", *_FLAGS, *_BY_SITE, *_OPTIONS)


class Entrance:
    """Pairs as given, and the faults found in them so far.

    Parameters
    ----------
    given
        A matrix, dense or with ``tocoo``, or a tuple of arrays.
    shape
        (demands, sites) where the arrays don't tell.
    """

    def __init__(self, given: Any, *, shape: tuple[int, int] | None) -> None:
        self.faults: list[Issue] = []
        self.beyond: tuple[IntArray, IntArray, FloatArray] | None = None
        self.demand: IntArray
        self.site: IntArray
        self.value: FloatArray | None
        self.shape: tuple[int, int]
        self.sparse = isinstance(given, tuple) or hasattr(given, "tocoo")
        if hasattr(given, "tocoo"):
            coo = given.tocoo()
            given, shape = (coo.row, coo.col, coo.data), coo.shape
        if isinstance(given, tuple):
            self._take_sparse(given, shape)
        else:
            self._take_dense(given, shape)

    def fault(self, code: str, message: str, remedy: str) -> None:
        """Note a fault."""
        self.faults.append(Issue(severity="error", code=code, table="problem", message=message, remedy=remedy))

    def with_costs(self, within: float | None) -> Entrance:
        """Take the values as costs; leave out pairs that can't be or that cost more than a limit."""
        if self.value is None:
            self.fault("bad_shape", "sparse costs lack their third array", "give (demand, site, cost)")
        value: FloatArray = np.zeros(len(self.demand)) if self.value is None else self.value
        absent = np.isnan(value) | (value == np.inf)
        if self.sparse and absent.any():
            what = f"{int(absent.sum())} costs of sparse pairs aren't finite numbers"
            self.fault("bad_cost", what, "leave out the pairs that can't be")
        if (value < 0).any():
            self.fault("bad_cost", f"{int((value < 0).sum())} costs are negative", "give costs of 0 or more")
        keep = ~absent
        if within is not None:
            if not within >= 0:
                self.fault("bad_limit", f"within = {within} isn't a limit", "give a figure of 0 or more")
            self.beyond = (self.demand[keep], self.site[keep], value[keep])
            keep &= value <= within
        self.demand, self.site, self.value = self.demand[keep], self.site[keep], value[keep]
        return self

    def with_cover(self) -> Entrance:
        """Take the values as 0 and 1: covered or not."""
        if self.value is not None:
            strange = (self.value != 0.0) & (self.value != 1.0)
            if strange.any():
                what = f"the cover holds {self.value[strange][0]:g}"
                self.fault("bad_cover", what, "give 0 and 1 only, or give costs to from_costs with within = …")
            keep = self.value == 1.0
            self.demand, self.site, self.value = self.demand[keep], self.site[keep], None
        return self

    def problem(self, rules: Mapping[str, Any]) -> Problem:
        """Return the problem under these rules.

        Raises
        ------
        InputError
            All the faults found.
        """
        demands, sites = self.shape
        for name in rules:
            if name not in _RULES:
                self.fault("unknown_key", f"there is no rule '{name}'", f"there are {', '.join(sorted(_RULES))}")
        order = np.lexsort((self.site, self.demand))
        demand, site = self.demand[order], self.site[order]
        twice = (np.diff(demand) == 0) & (np.diff(site) == 0)
        if twice.any():
            at = int(np.flatnonzero(twice)[0])
            self.fault("duplicate_pair", f"demand {demand[at]} and site {site[at]} stand twice", "give each pair once")
        weight = self._figures(rules.get("weights"), demands, "weights")
        taken: dict[str, Any] = {name: self._flags(rules.get(name), sites, name) for name in _FLAGS}
        for name in _BY_SITE:
            taken[name] = None if rules.get(name) is None else self._figures(rules[name], sites, name)
        if rules.get("quantity") is not None:
            taken["quantity"] = self._figures(rules["quantity"], demands, "quantity")
        taken |= {name: rules[name] for name in _OPTIONS if rules.get(name) is not None}
        taken["groups"] = self._groups(rules.get("groups", ()), sites)
        taken["apart"] = self._apart(rules.get("apart"), sites)
        ids = self._ids(rules.get("site_ids"), sites)
        if not self.faults:
            made = Problem(
                weight=np.ones(demands) if weight is None else weight,
                demand=demand,
                site=site,
                cost=None if self.value is None else self.value[order],
                site_ids=ids,
                **taken,
            )
            self._judge(made)
            made = replace(made, **self._nearest(made))
        if self.faults:
            raise InputError(self.faults)
        return made

    def _nearest(self, made: Problem) -> dict[str, Any]:
        """Return each demand's nearest site, pairs beyond the limit included, where the limit leaves it without."""
        if self.beyond is None:
            return {}
        may = ~made.forbidden[self.beyond[1]]
        demand, site, cost = self.beyond[0][may], self.beyond[1][may], self.beyond[2][may]
        nearest, least = np.full(len(made.weight), -1, np.int64), np.full(len(made.weight), np.inf)
        order = np.lexsort((site, cost, demand))
        demand, first = np.unique(demand[order], return_index=True)
        nearest[demand], least[demand] = site[order][first], cost[order][first]
        return {"nearest": nearest, "nearest_cost": least}

    def _take_dense(self, given: Any, shape: tuple[int, int] | None) -> None:
        try:
            matrix = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            matrix = np.zeros((0, 0))
            self.fault("bad_value", "the matrix doesn't hold numbers only, or its rows differ in length", "mend it")
        if matrix.ndim != 2:
            self.fault(
                "bad_shape", f"the matrix has {matrix.ndim} dimensions, not 2", "a row a demand, a column a site"
            )
            matrix = np.zeros((0, 0))
        if shape is not None and tuple(shape) != matrix.shape:
            self.fault("bad_shape", f"shape is {tuple(shape)}, but the matrix has {matrix.shape}", "leave shape out")
        self.shape = (matrix.shape[0], matrix.shape[1])
        kept = ~np.isnan(matrix) & (matrix != np.inf)
        self.demand, self.site = (one.astype(np.int64) for one in np.nonzero(kept))
        self.value = matrix[kept]

    def _take_sparse(self, given: tuple[Any, ...], shape: tuple[int, int] | None) -> None:
        names = ("demand", "site", "cost")
        arrays = [self.numbers(one, name) for one, name in zip(given, names, strict=False)]
        if len(given) not in (2, 3) or len({len(one) for one in arrays}) != 1:
            what = f"sparse pairs are {len(given)} arrays of {', '.join(str(len(one)) for one in arrays)} figures"
            self.fault("bad_shape", what, "give (demand, site) or (demand, site, cost), all of one length")
            arrays = [np.zeros(0), np.zeros(0)]
        if shape is None or len(shape) != 2:
            self.fault("bad_shape", "sparse pairs come without a shape", "give shape = (demands, sites)")
            shape = (0, 0)
        else:
            for name, found, size in zip(names, arrays[:2], shape, strict=False):
                out = ~((found >= 0) & (found < size) & (found % 1 == 0))
                if out.any():
                    what = f"{name} {found[out][0]:g} isn't one of 0 to {size - 1}"
                    self.fault("bad_position", what, "count from 0, and check shape")
                    arrays = [np.zeros(0), np.zeros(0)]
        self.shape = (int(shape[0]), int(shape[1]))
        self.demand, self.site = arrays[0].astype(np.int64), arrays[1].astype(np.int64)
        self.value = arrays[2] if len(arrays) > 2 else None

    def numbers(self, given: Any, name: str) -> FloatArray:
        """Return a list of numbers, none where it isn't one."""
        try:
            found = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            self.fault("bad_value", f"{name} doesn't hold numbers only", "give numbers")
            return np.zeros(0)
        if found.ndim != 1:
            self.fault("bad_shape", f"{name} has {found.ndim} dimensions, not 1", "give a list")
            return np.zeros(0)
        return found

    def _figures(self, given: Any, size: int, name: str) -> FloatArray | None:
        if given is None:
            return None
        found = self.numbers(given, name)
        if len(found) != size:
            self.fault("bad_shape", f"{name} has {len(found)} figures for {size}", "give one each")
        elif not np.isfinite(found).all():
            self.fault("bad_value", f"{name} holds figures that aren't finite", "fill the blanks in")
        elif (found < 0).any():
            self.fault("bad_value", f"{name} holds {found[found < 0][0]:g}", "give figures of 0 or more")
        return found

    def _flags(self, given: Any, sites: int, name: str) -> BoolArray:
        flags = np.zeros(sites, dtype=bool)
        if given is None:
            return flags
        found = np.asarray(given)
        if found.dtype == bool and found.shape == (sites,):
            return found.copy()
        positions = self.numbers(given, name)
        if found.dtype == bool or not ((positions >= 0) & (positions < sites) & (positions % 1 == 0)).all():
            self.fault("bad_position", f"{name} doesn't fit {sites} sites", "give a flag each, or positions from 0")
            return flags
        flags[positions.astype(np.int64)] = True
        return flags

    def _ids(self, given: Any, sites: int) -> TextArray:
        if given is None:
            digits = len(str(max(sites - 1, 0)))
            return np.array([f"{j:0{digits}}" for j in range(sites)], dtype=object)
        ids = np.array([str(one) for one in given], dtype=object)
        if len(ids) != sites:
            self.fault("bad_shape", f"site_ids has {len(ids)} ids for {sites} sites", "give one each")
        elif len(set(ids)) < len(ids):
            twice = next(one for k, one in enumerate(ids) if one in ids[:k])
            self.fault("duplicate_id", f"site '{twice}' stands twice", "give each its own id")
        return ids

    def _groups(self, given: Any, sites: int) -> tuple[Group, ...]:
        groups = tuple(given)
        for group in groups:
            if not isinstance(group, Group) or len(group.unit) != sites:
                self.fault("bad_shape", f"a group doesn't name a unit for each of {sites} sites", "give Group(…)")
        return groups

    def _apart(self, given: Any, sites: int) -> IntArray:
        if given is None:
            return np.empty((0, 2), np.int64)
        pairs = np.asarray(given)
        if pairs.size == 0:
            return np.empty((0, 2), np.int64)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.min() < 0 or pairs.max() >= sites:
            self.fault("bad_position", f"apart doesn't hold pairs of {sites} sites", "give pairs of positions from 0")
            return np.empty((0, 2), np.int64)
        return pairs.astype(np.int64)

    def _judge(self, made: Problem) -> None:
        """Note what the rules say against each other."""
        if len(made.site_ids) == 0:
            self.fault("no_candidates", "there is no site to choose from", "give the matrix a column a site")
        for name in (made.site_ids[j] for j in np.flatnonzero(made.forced & made.forbidden)):
            self.fault("forced_and_forbidden", f"site '{name}' is both forced and forbidden", "take one away")
        if made.sites is not None and (made.sites < 0 or made.sites % 1):
            self.fault("bad_value", f"sites = {made.sites}", "give a whole number of 0 or more")
        if made.budget is not None and not made.budget >= 0:
            self.fault("bad_value", f"budget = {made.budget}", "give a figure of 0 or more")
        if made.budget is not None and made.site_cost is None:
            self.fault("missing_column", "there is a budget, but no site has a cost", "give site_cost")
        forced = int((made.must_stand & made.counted).sum())
        if made.sites is not None and made.sites < forced:
            what = f"sites = {made.sites}, but {forced} must stand"
            self.fault("sites_below_forced", what, "ask for more, or force fewer")
        self._judge_figures(made)
        for name, share in (("backup_weight", made.backup_weight), ("backup_share", made.backup_share)):
            if share is not None and not 0 <= share <= 1:
                self.fault("bad_value", f"{name} = {share}", "give a share of 0 to 1")

    def _judge_figures(self, made: Problem) -> None:
        """Note weights, capacities and a budget with which nothing could be worth building."""
        if len(made.weight) and not (made.weight > 0).any():
            self.fault("no_weight", "every weight is 0", "give at least one demand a weight, or leave weights out")
        if made.capacity is not None:
            for name in made.site_ids[(made.capacity == 0) & ~made.forbidden]:
                self.fault("no_capacity", f"site '{name}' has capacity 0", "forbid it, or give its capacity")
        if made.budget is None or made.site_cost is None:
            return
        owed = float(made.site_cost[made.must_stand & made.counted].sum()) - sum(one[2] for one in made.saving)
        open_cost = made.site_cost[made.counted & ~made.forbidden & ~made.must_stand]
        if made.budget < owed:
            what = f"the budget of {made.budget:g} is below the {owed:g} that forced sites cost"
            self.fault("budget_too_low", what, "raise it, or force fewer")
        elif len(open_cost) and made.budget < float(open_cost.min()) and not owed:
            what = f"the budget of {made.budget:g} is below the {open_cost.min():g} of the cheapest site"
            self.fault("budget_too_low", what, "raise it")


def path_costs(
    ends: tuple[npt.ArrayLike, npt.ArrayLike],
    length: npt.ArrayLike,
    *,
    nodes: int,
    demands: npt.ArrayLike | None,
    candidates: npt.ArrayLike | None,
    directed: bool,
) -> FloatArray:
    """Return the lengths of the shortest paths from demands to sites, shape (demands, sites); infinite without a path.

    Raises
    ------
    InputError
        An edge without two ends or with a length below 0, or a node that isn't there.
    """
    door = Entrance(((), ()), shape=(0, 0))
    arrays = {
        "ends[0]": door.numbers(ends[0], "ends[0]"),
        "ends[1]": door.numbers(ends[1], "ends[1]"),
    }
    for name, given in (("demands", demands), ("candidates", candidates)):
        arrays[name] = np.arange(nodes, dtype=np.float64) if given is None else door.numbers(given, name)
    long = door.numbers(length, "length")
    if not len(arrays["ends[0]"]) == len(arrays["ends[1]"]) == len(long):
        what = f"there are {len(arrays['ends[0]'])} and {len(arrays['ends[1]'])} ends and {len(long)} lengths"
        door.fault("bad_shape", what, "give each edge two ends and a length")
    if not (np.isfinite(long) & (long >= 0)).all():
        door.fault("bad_cost", "some lengths are negative or not finite", "give lengths of 0 or more")
    for name, found in arrays.items():
        if not ((found >= 0) & (found < nodes) & (found % 1 == 0)).all():
            door.fault("bad_position", f"{name} names nodes that aren't 0 to {nodes - 1}", "count from 0")
    if door.faults:
        raise InputError(door.faults)
    tail, head, goal, source = (
        arrays[name].astype(np.int64) for name in ("ends[0]", "ends[1]", "demands", "candidates")
    )
    if not directed:
        tail, head, long = np.append(tail, head), np.append(head, tail), np.append(long, long)
    start, order = compressed_rows(head, nodes)  # against the edges: from the sites to the demands
    return distances(start, tail[order], long[order], source)[:, goal].T
