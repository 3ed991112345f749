"""A siting problem, frozen: who needs cover, what could cover them, and what may be built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.circle import Circle
from planner.coverage import COVERED, NOT_ASSESSED, Coverage
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import IntArray
from planner.network import BoolArray, TextArray
from planner.places import Anchors, Places
from planner.travel_times import TravelTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingTask:
    """A question to a siting model, as ``[[siting]]`` asks it."""

    name: str
    circle: str
    model: Literal["lscp", "mclp"]
    sites: int | None = None
    unknown_demand: Literal["refuse", "exclude"] = "refuse"
    time_limit_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Covering with existing, forced and candidate sites.

    Parameters
    ----------
    weight
        Length n: the people of each demand (1 each where the study gives none), whole and >= 0.
    covered
        Length n: already covered by an existing facility, which costs nothing and stays.
    demand, site
        Length k: the pairs within the limit, demand ``demand[i]`` by site ``site[i]``, distinct.
    site_ids
        Length m, distinct: ties break by them.
    forced
        Length m: must be built.
    sites
        How many new sites, forced ones included; None where the model decides.
    """

    weight: IntArray
    covered: BoolArray
    demand: IntArray
    site: IntArray
    site_ids: TextArray
    forced: BoolArray
    sites: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What a model answered: the sites built, and how good that is proven to be.

    ``objective`` and ``bound`` are people newly covered (MCLP) or sites (LSCP); ``proven`` says that they meet.
    """

    built: BoolArray
    objective: int
    bound: int
    proven: bool

    @property
    def gap(self) -> float:
        """Return abs(bound - objective) / max(abs(objective), 1)."""
        return abs(self.bound - self.objective) / max(abs(self.objective), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """A problem, and what its demands and sites are in the study (positions of communities and candidates)."""

    problem: Problem
    communities: IntArray
    candidates: IntArray


def eligible(circle: Circle, candidates: Places, *, year: int | None) -> IntArray:
    """Return the positions of the candidates that may be built for a circle's service by the study's year."""
    services = candidates.columns.get("service", np.full(len(candidates), None, dtype=object))
    may = np.array([not cell or circle.served_by(cell) for cell in services], dtype=bool)
    may &= ~_flag(candidates, "forbidden")
    if year is not None:
        may &= ~(candidates.number("available_year") > year)
    return np.flatnonzero(may)


def judge(
    task: SitingTask,
    circle: Circle,
    communities: Places,
    candidates: Places,
    *,
    year: int | None,
    spots: Anchors | None = None,
) -> list[Issue]:
    """Return every fault of a siting task that can be told without a search, and a warning for idle forced sites.

    Parameters
    ----------
    spots
        The candidates' anchors, where they are known.
    """
    may = eligible(circle, candidates, year=year)
    forced = int(_flag(candidates, "forced")[may].sum())
    faults = _idle_forced(task, circle, candidates, may, spots)
    if len(may) == 0:
        what = f"there is no candidate to choose from: none of {len(candidates)} may be built for {circle.service}"
        faults.append(_fault(task, candidates, "no_candidates", what, "add candidates that may"))
    if task.model == "mclp" and task.sites is not None and task.sites < forced:
        what = f"{task.sites} sites are asked for, but {forced} candidates are forced"
        remedy = f"ask for {forced} sites or more, or force fewer"
        faults.append(_fault(task, candidates, "sites_below_forced", what, remedy))
    demand = communities.columns.get(circle.demand)
    if demand is not None and task.unknown_demand == "refuse":
        faults += _unknown_demand(task, circle, communities, np.isnan(demand.astype(np.float64)))
    return faults


def pose(
    task: SitingTask, found: Coverage, times: TravelTimes, communities: Places, candidates: Places, *, year: int | None
) -> Posed:
    """Turn a siting task into a problem over the assessed communities and the candidates that may be built.

    Raises
    ------
    InputError
        No candidate may be built, fewer sites than forced ones, or a demand that isn't known and may not be excluded.
    """
    issues = judge(task, found.circle, communities, candidates, year=year)
    faults = [issue for issue in issues if issue.severity == "error"]
    if faults:
        raise InputError(faults)
    may = eligible(found.circle, candidates, year=year)
    demand = communities.columns.get(found.circle.demand)
    assessed = found.status != NOT_ASSESSED
    if demand is not None:
        assessed &= ~np.isnan(demand.astype(np.float64))
    who = np.flatnonzero(assessed)
    row = (times.role == "candidate") & (times.cost <= found.circle.limit_quanta(found.speed_m_s))
    row &= assessed[times.community] & np.isin(times.place, may)
    problem = Problem(
        weight=np.ones(len(who), np.int64) if demand is None else demand[who].astype(np.int64),
        covered=(found.status == COVERED)[who],
        demand=np.searchsorted(who, times.community[row]),
        site=np.searchsorted(may, times.place[row]),
        site_ids=candidates.ids[may],
        forced=_flag(candidates, "forced")[may],
        sites=task.sites if task.model == "mclp" else None,
    )
    return Posed(problem=problem, communities=who, candidates=may)


def _flag(candidates: Places, name: str) -> BoolArray:
    cells = candidates.columns.get(name, np.full(len(candidates), None, dtype=object))
    return np.array([cell is True or cell is np.True_ for cell in cells], dtype=bool)


def _unknown_demand(task: SitingTask, circle: Circle, communities: Places, unknown: BoolArray) -> list[Issue]:
    return [
        Issue(
            severity="error",
            code="unknown_demand",
            table=communities.table,
            row=int(communities.row[i]),
            id=str(communities.ids[i]),
            message=f"siting '{task.name}' weighs by {circle.demand}, which is blank for '{communities.ids[i]}'",
            remedy='fill it in, or say unknown_demand = "exclude" in the siting task',
        )
        for i in np.flatnonzero(unknown)
    ]


def _idle_forced(
    task: SitingTask, circle: Circle, candidates: Places, may: IntArray, spots: Anchors | None
) -> list[Issue]:
    """Return a warning for each forced candidate that can't be built for the circle, or can serve nobody."""
    found = []
    for i in np.flatnonzero(_flag(candidates, "forced")).tolist():
        name = candidates.ids[i]
        if i not in may:
            what = f"'{name}' is forced, but isn't built: it is for another service, forbidden or not available in time"
        elif circle.measure == "network" and spots is not None and not spots.ok[i]:
            what = f"'{name}' is forced and takes up a site, but no street takes it up, so it serves nobody"
        else:
            continue
        found.append(
            Issue(
                severity="warning",
                code="idle_forced",
                table=candidates.table,
                row=int(candidates.row[i]),
                id=str(name),
                message=f"siting '{task.name}': {what}",
                remedy="mend its row, or take its forced away",
            )
        )
    return found


def _fault(task: SitingTask, candidates: Places, code: str, message: str, remedy: str) -> Issue:
    return Issue(
        severity="error",
        table=candidates.table,
        id=task.name,
        code=code,
        message=f"siting '{task.name}': {message}",
        remedy=remedy,
    )
