"""A question to a siting model, as ``[[siting]]`` asks it, and which candidates are fit for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.circle import Circle
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray, TextArray
from planner.places import Places
from planner.schema import Filter
from planner.siting.problem import Model

WEIGHED = ("p_median", "p_center", "fixed_charge")
"""Models that reckon with every time or distance, not with the limit alone."""


COMMUNITIES = "communities"
"""What a task weighs by where each community counts 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRule:
    """How many sites in each unit; ``per`` is a column of candidates, facilities and communities: ``street``."""

    per: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What may stand by a year, all in all: so many new sites, or so much money."""

    year: int
    sites: int | None = None
    budget: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several kinds of site that a task plans together: a tier, or a service.

    Parameters
    ----------
    circle
        The circle that it serves.
    sites
        How many new ones may be built.
    where
        Which candidates are fit for it, such as those of 750 m² and more.
    serves
        Circles of other parts that a site of this part serves too.
    demand
        Whom it weighs by; the circle's own where None.
    cost
        The candidates' column of what it costs.
    """

    circle: str
    sites: int | None = None
    where: Filter | None = None
    serves: tuple[str, ...] = ()
    demand: str | None = None
    cost: str = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingTask:
    """A question to a siting model.

    Parameters
    ----------
    circle
        The circle that is planned for; with ``parts`` that of the first.
    sites, budget
        How many new sites, and what they may cost together.
    demand
        Whom it weighs by: a column of the communities; the circle's own where None.
    where
        Which candidates are fit.
    cheapest
        Whether set covering looks for the least cost, not the fewest sites.
    spacing_m
        New sites stand at least so far from each other, as the crow flies.
    at_least, at_most
        How many sites, existing ones included, stand in each unit.
    closing
        Whether existing facilities may be closed; ``sites`` and ``budget`` are then about all that stand.
    capacity, uptake, split
        The facilities' column of what each can serve (candidates have ``capacity``), which share of the demand takes a
        place, and whether a community may turn to several sites.
    backup_weight, backup_share
        See `planner.siting.problem.Problem`.
    trip_cost
        Money that a person's minute (or metre) counts, for fixed charges.
    top_k
        How many answers: the best, and the next best.
    curve
        Up to how many sites the curve of coverage goes; 0 for none.
    phases
        By when how much is built; sites once built stay.
    until
        An indicator of the plan: the fewest sites with which it is met.
    coverage
        The share of the demand to be covered: the fewest sites that do (``mclp``).
    parts, saving, shared
        Kinds of site planned together; what two of them save in one building; whether they may share one.
    """

    name: str
    circle: str
    model: Model
    sites: int | None = None
    budget: float | None = None
    demand: str | None = None
    where: Filter | None = None
    cheapest: bool = False
    spacing_m: float | None = None
    at_least: UnitRule | None = None
    at_most: UnitRule | None = None
    closing: bool = False
    capacity: str | None = None
    uptake: float = 1.0
    split: bool = True
    backup_weight: float = 0.5
    backup_share: float | None = None
    trip_cost: float | None = None
    top_k: int = 1
    curve: int = 0
    phases: tuple[Phase, ...] = ()
    until: str | None = None
    coverage: float | None = None
    parts: tuple[Part, ...] = ()
    saving: float | None = None
    shared: bool = False
    unknown_demand: str = "refuse"
    time_limit_s: float | None = None

    @property
    def circles(self) -> tuple[str, ...]:
        """Return the circles that it plans for."""
        return tuple(dict.fromkeys(part.circle for part in self.each))

    @property
    def each(self) -> tuple[Part, ...]:
        """Return its parts: itself where it has only one."""
        if self.parts:
            return self.parts
        return (Part(circle=self.circle, sites=None, where=self.where, demand=self.demand),)

    @property
    def weighed(self) -> bool:
        """Return whether all times or distances are needed, not those near the limit alone."""
        return self.model in WEIGHED

    @property
    def last_year(self) -> int | None:
        """Return the year of its last phase."""
        return max((phase.year for phase in self.phases), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Candidates that can't be built for a part, by why."""

    may: IntArray
    why: Mapping[str, IntArray] = field(default_factory=dict)


def eligible(circle: Circle, candidates: Places, *, year: int | None, where: Filter | None = None) -> IntArray:
    """Return the positions of the candidates that may be built for a circle's service by a year."""
    return sort_out(circle, candidates, year=year, where=where).may


def sort_out(circle: Circle, candidates: Places, *, year: int | None, where: Filter | None = None) -> LeftOut:
    """Return the candidates that may be built for a circle's service by a year, and the others by why they may not."""
    services = candidates.columns.get("service", np.full(len(candidates), None, dtype=object))
    serves = np.array([not cell or circle.served_by(cell) for cell in services], dtype=bool)
    late = np.zeros(len(candidates), dtype=bool)
    if year is not None:
        late = candidates.number("available_year") > year
    unfit = np.zeros(len(candidates), dtype=bool)
    if where is not None:
        known = where.column in candidates.columns
        unfit = ~where.matches(candidates.columns, len(candidates)) if known else np.ones(len(candidates), dtype=bool)
    reasons = {
        "forbidden": flag(candidates, "forbidden"),
        "service": ~serves,
        "year": np.asarray(late),
        "where": unfit,
    }
    may = ~np.logical_or.reduce(list(reasons.values()))
    return LeftOut(may=np.flatnonzero(may), why={name: np.flatnonzero(one) for name, one in reasons.items()})


def flag(places: Places, name: str) -> BoolArray:
    """Return a column of flags, False where the table doesn't say."""
    cells = places.columns.get(name, np.full(len(places), None, dtype=object))
    return np.array([cell is True or cell is np.True_ for cell in cells], dtype=bool)


def demand_of(part: Part, circle: Circle, communities: Places) -> tuple[str, FloatArray | None]:
    """Return the name and the figures that a part weighs by; None where the table doesn't have its default."""
    name = part.demand or circle.demand
    if name == COMMUNITIES:
        return name, None
    found = communities.columns.get(name)
    return name, None if found is None else np.asarray(found, np.float64)


def units_of(rule: UnitRule, places: Places) -> TextArray:
    """Return the unit of each place, None where its table doesn't say."""
    cells = places.columns.get(rule.per, np.full(len(places), None, dtype=object))
    blank = [cell is None or (isinstance(cell, float) and np.isnan(cell)) for cell in cells]
    return np.array([None if none else str(cell) for none, cell in zip(blank, cells, strict=True)], dtype=object)
