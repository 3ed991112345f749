"""What can be wrong with a siting task before any search: every fault at once, with its row and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.circle import Circle
from planner.issue import Issue
from planner.measure import IntArray
from planner.network import BoolArray
from planner.places import Anchors, Places
from planner.siting.task import COMMUNITIES, Part, SitingTask, demand_of, eligible, flag


def judge(
    task: SitingTask,
    circles: Mapping[str, Circle],
    communities: Places,
    candidates: Places,
    *,
    year: int | None,
    spots: Anchors | None = None,
) -> list[Issue]:
    """Return every fault of a siting task that can be told without a search, and a warning for idle forced sites.

    Parameters
    ----------
    circles
        By name.
    spots
        The candidates' anchors, where they are known.
    """
    last = task.last_year or year
    faults: list[Issue] = []
    forced: set[int] = set()
    cheapest: list[float] = []
    for part in task.each:
        circle = circles[part.circle]
        may = eligible(circle, candidates, year=last, where=part.where)
        forced |= set(may[flag(candidates, "forced")[may]].tolist())
        faults += _idle_forced(task, circle, candidates, may, spots)
        if len(may) == 0:
            what = f"there is no candidate to choose from: none of {len(candidates)} may be built for {circle.service}"
            faults.append(_fault(task, candidates, "no_candidates", what, "add candidates that may"))
        faults += _judge_demand(task, part, circle, communities)
        if _needs_cost(task):
            faults += _judge_cost(task, candidates, part.cost, may)
            cheapest += candidates.number(part.cost)[may][~np.isnan(candidates.number(part.cost)[may])].tolist()
        if task.capacity is not None:
            faults += _judge_capacity(task, candidates, may)
        if part.where is not None and part.where.column not in candidates.columns:
            what = f"asks for candidates by {part.where.column}, but they have no such column"
            faults.append(_fault(task, candidates, "missing_column", what, "add the column, or ask by another"))
    faults += _judge_numbers(task, candidates, len(forced), cheapest)
    for rule in (task.at_least, task.at_most):
        if rule is not None and rule.per not in candidates.columns:
            what = f"counts sites per {rule.per}, but the candidates have no column {rule.per}"
            faults.append(_fault(task, candidates, "missing_column", what, "add the column, or count per another one"))
    return list(dict.fromkeys(faults))


def _needs_cost(task: SitingTask) -> bool:
    has_budget = task.budget is not None or any(phase.budget is not None for phase in task.phases)
    return has_budget or task.cheapest or task.saving is not None or task.model == "fixed_charge"


def _judge_numbers(task: SitingTask, candidates: Places, forced: int, cheapest: list[float]) -> list[Issue]:
    """Return a fault where sites or budget can't be enough for what must be built."""
    found = []
    asked = [task.sites] if not task.phases else [phase.sites for phase in task.phases]
    for sites in asked:
        if task.model != "lscp" and sites is not None and sites < forced and not task.closing:
            what = f"{sites} sites are asked for, but {forced} candidates are forced"
            remedy = f"ask for {forced} sites or more, or force fewer"
            found.append(_fault(task, candidates, "sites_below_forced", what, remedy))
    if task.budget is not None and cheapest and task.budget < min(cheapest):
        what = f"its budget of {task.budget:g} is below the {min(cheapest):g} of the cheapest candidate"
        found.append(_fault(task, candidates, "budget_too_low", what, f"raise it to {min(cheapest):g} or more"))
    return found


def _judge_demand(task: SitingTask, part: Part, circle: Circle, communities: Places) -> list[Issue]:
    name, demand = demand_of(part, circle, communities)
    if demand is None:
        if part.demand in {None, COMMUNITIES}:
            return []
        what = f"weighs by {name}, but the communities have no such column"
        return [_fault(task, communities, "missing_column", what, "add it, or weigh by another")]
    if not (np.nan_to_num(demand) > 0).any() and not np.isnan(demand).all():
        what = f"weighs by {name}, which is 0 for every community"
        return [_fault(task, communities, "no_weight", what, "fill it in, or weigh by another")]
    if task.unknown_demand == "refuse":
        return _unknown_demand(task, name, communities, np.isnan(demand))
    return []


def _judge_cost(task: SitingTask, candidates: Places, column: str, may: IntArray) -> list[Issue]:
    cost = candidates.number(column)
    return [
        _at_row(
            task,
            candidates,
            i,
            "missing_cost",
            f"reckons with {column}, which is {_told(cost[i])} for '{candidates.ids[i]}'",
            "fill it in, or forbid the candidate",
        )
        for i in may.tolist()
        if not cost[i] >= 0
    ]


def _judge_capacity(task: SitingTask, candidates: Places, may: IntArray) -> list[Issue]:
    capacity = candidates.number("capacity")
    return [
        _at_row(
            task,
            candidates,
            i,
            "no_capacity",
            f"reckons with capacity, which is {_told(capacity[i])} for '{candidates.ids[i]}'",
            "fill it in, or forbid the candidate",
        )
        for i in may.tolist()
        if not capacity[i] > 0
    ]


def _told(figure: float) -> str:
    return "blank" if np.isnan(figure) else f"{figure:g}"


def _unknown_demand(task: SitingTask, name: str, communities: Places, unknown: BoolArray) -> list[Issue]:
    return [
        _at_row(
            task,
            communities,
            i,
            "unknown_demand",
            f"weighs by {name}, which is blank for '{communities.ids[i]}'",
            'fill it in, or say unknown_demand = "exclude" in the siting task',
            joined=" ",
        )
        for i in np.flatnonzero(unknown).tolist()
    ]


def _idle_forced(
    task: SitingTask, circle: Circle, candidates: Places, may: IntArray, spots: Anchors | None
) -> list[Issue]:
    """Return a warning for each forced candidate that can't be built for the circle, or can serve nobody."""
    found = []
    for i in np.flatnonzero(flag(candidates, "forced")).tolist():
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


def _at_row(
    task: SitingTask, table: Places, i: int, code: str, message: str, remedy: str, *, joined: str = " "
) -> Issue:
    return Issue(
        severity="error",
        code=code,
        table=table.table,
        row=int(table.row[i]),
        id=str(table.ids[i]),
        message=f"siting '{task.name}'{joined}{message}",
        remedy=remedy,
    )


def _fault(task: SitingTask, table: Places, code: str, message: str, remedy: str) -> Issue:
    joined = " " if message.split(" ", 1)[0] in {"weighs", "counts", "reckons", "asks"} else ": "
    return Issue(
        severity="error",
        table=table.table,
        id=task.name,
        code=code,
        message=f"siting '{task.name}'{joined}{message}",
        remedy=remedy,
    )
