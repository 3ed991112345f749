"""What a task with ``until`` must reach: the target that the plan prints for an indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.circle import Circle
from planner.compliance import Compliance, Territory
from planner.compliance.entry import Entry, Recount
from planner.coverage import NOT_ASSESSED, Coverage
from planner.errors import InputError
from planner.issue import Issue
from planner.network import BoolArray, TextArray
from planner.places import Places
from planner.plan import Indicator, Plan
from planner.siting.amount import Amount, amount_of
from planner.siting.lacking import Lacking
from planner.siting.task import COMMUNITIES, SitingTask

BUILT_TOWARDS = ("reach", "presence", "total", "ratio")
"""Kinds of indicator that building sites can meet."""

MORE = 1e-8
"""Added to a share that must be exceeded: less than one person of any city, and more than rounding."""

NOT_BUILT: Mapping[str, str] = {
    "share": "what is built counts in the part and in the whole, so no number of sites follows from the target",
    "proximity": "it is about how near existing facilities stand to others",
    "rule": "it is about the size of each facility, not about how many there are",
    "unit_compliance": "it is about the size of what each residential area has",
    "listed": "it can't be computed",
}
"""Why no choice of sites follows from the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A task with the share that its indicator asks for, or with what is lacking: facilities in areas, an amount.

    ``counts`` tells which communities the share is of; None: all.
    """

    task: SitingTask
    lacking: Lacking | Amount | None = None
    counts: BoolArray | None = None


def judge_until(task: SitingTask, plan: Plan | None, circle: Circle) -> list[Issue]:
    """Return a fault where a task names an indicator that the study's plan doesn't have, or of another service."""
    if task.until is None:
        return []
    if plan is None:
        return [_issue(task, "the study has no plan", 'add plan = "…" to [study]')]
    indicator = next((one for one in plan.indicators if one.id == task.until), None)
    if indicator is None:
        names = ", ".join(one.id for one in plan.indicators if one.kind in BUILT_TOWARDS)
        return [_issue(task, f"the plan has no indicator '{task.until}'", f"those that sites can meet are {names}")]
    if indicator.kind not in BUILT_TOWARDS:
        what = f"'{task.until}' is an indicator of {indicator.kind}: {NOT_BUILT[indicator.kind]}"
        return [_issue(task, what, "name one of reach, presence, total or ratio, or use coverage = 0.9")]
    return _of_service(task, indicator, circle)


def _of_service(task: SitingTask, indicator: Indicator, circle: Circle) -> list[Issue]:
    """Return a fault where an indicator is about another service, or leaves no room for a budget."""
    if indicator.kind in {"total", "ratio"} and task.budget is not None:
        what = f"has a budget beside until = '{task.until}', which asks for the fewest sites that bring an amount"
        return [_issue(task, what, "take budget out, or ask in a task of its own")]
    services = indicator.counted_services
    if services and circle.service not in services and not set(circle.kinds) & set(services):
        what = f"'{task.until}' is about {', '.join(services)}, but circle '{circle.name}' about {circle.service}"
        return [_issue(task, what, "name a circle of that service")]
    return []


def aimed(
    task: SitingTask,
    held: Compliance | None,
    found: Coverage,
    ground: Territory,
    *,
    plan: Plan | None = None,
    candidates: Places | None = None,
) -> Aim:
    """Return a task with what its indicator asks for; as it is where it names none.

    Of several entries of the indicator the one that decides counts. Of a *reach* the target is the one due in the
    study's year, the next one where none is due yet; what counts is the indicator's own scope and denominator: people,
    or communities that count 1 each. Of a *presence* it is the areas that lack a facility, and how many are to build.
    Of a *total* or *ratio* it is how many beds, places, square metres or facilities are still to build.

    Parameters
    ----------
    ground
        The candidates in their areas, as facilities are.
    plan, candidates
        Where the indicator and what each candidate would bring are looked up.

    Raises
    ------
    InputError
        The indicator isn't one of reach, presence, total or ratio; it is one of reach that hangs on more than which
        communities are covered, or asks for a part of areas that are reached only as a whole; or what it lacks isn't
        known.
    """
    if task.until is None or held is None:
        return Aim(task=task)
    entries = sorted((one for one in held.entries if one.id == task.until), key=lambda one: not one.decides)
    for entry in entries:
        if entry.reading == "presence" and entry.units_to_build is not None:
            return Aim(task=task, lacking=_lacking(task, entry, ground))
        if entry.reading == "reach" and entry.circle == task.circle:
            return share_of(task, entry, found)
        if entry.kind in {"total", "ratio"} and plan is not None and candidates is not None:
            return Aim(task=task, lacking=_amount(task, entry, plan, candidates, ground))
    what = f"'{task.until}' is neither an indicator of presence that can be judged nor one of reach by '{task.circle}'"
    raise InputError([_issue(task, what, "name another indicator or circle, or use coverage = 0.9")])


def share_of(task: SitingTask, entry: Entry, found: Coverage) -> Aim:
    """Return a task with the share that a reach asks for, and the communities that it is of.

    Raises
    ------
    InputError
        The reach has no target that is one figure, hangs on more than which communities are covered, or asks for a part
        of areas that are reached only as a whole.
    """
    target = entry.target if entry.target is not None else entry.next_target
    if not isinstance(target, int | float):
        what = f"'{task.until}' has no target that is one figure"
        raise InputError([_issue(task, what, "name another, or use coverage = 0.9")])
    share, recount = float(target) / 100.0 if entry.unit == "%" else float(target), entry.recount
    if recount is None:
        what = f"'{task.until}' hangs on more than which communities '{task.circle}' covers"
        raise InputError([_issue(task, what, "use coverage = 0.9 and demand = …")])
    if recount.demand is None and share < 1.0 and any(len(unit) > 1 for unit in recount.units):
        what = f"'{task.until}' counts {entry.scope}, each reached only as a whole, and asks for a part of them"
        raise InputError([_issue(task, what, "use coverage = 0.9 and demand = …")])
    counts = _counted(recount, found)
    if entry.operator == ">":
        share += MORE
    return Aim(
        task=replace(task, coverage=share, demand=recount.demand or COMMUNITIES),
        counts=None if counts.all() else counts,
    )


def _counted(recount: Recount, found: Coverage) -> BoolArray:
    """Return the communities that count: those of its units, but in a unit of several only those that are assessed."""
    counts = np.zeros(len(found.status), dtype=bool)
    for unit in recount.units:
        mine = np.array(unit, np.int64)
        assessed = found.status[mine] != NOT_ASSESSED
        part = recount.demand is None and len(mine) > 1 and assessed.any()
        counts[mine[assessed] if part else mine] = True
    return counts


def _amount(task: SitingTask, entry: Entry, plan: Plan, candidates: Places, ground: Territory) -> Amount | Lacking:
    """Return how much an entry says is still to build, and what each candidate brings of it."""
    if entry.verdict == "meets":
        return Amount(unit=entry.build_unit or "facilities", need=0.0, brings=np.ones(len(candidates)))
    if entry.units_to_build is None or entry.build_unit is None:
        why = "; ".join(one.text for one in entry.missing) or f"its verdict is {entry.verdict}"
        raise InputError(
            [_issue(task, f"it isn't known what '{task.until}' still lacks: {why}", "complete the tables")]
        )
    indicator = next(one for one in plan.indicators if one.id == task.until)
    found = amount_of(indicator, entry.build_unit, float(entry.units_to_build), candidates)
    if not entry.by_area:
        return found
    if any(one.target is not None for one in entry.by_area) and len(entry.by_area) > 1:
        if entry.build_unit == "facilities":
            return _lacking(task, entry, ground)
        what = f"'{task.until}' is to be met by each {entry.scope} for itself, and sites can't be chosen for that yet"
        raise InputError([_issue(task, what, "name an indicator of the whole, or of one area")])
    inside = np.zeros(len(candidates), dtype=bool)
    for level in {one.level for one in entry.by_area} & set(ground.tiers):
        inside |= np.isin(_areas(ground, level), [one.area_id for one in entry.by_area if one.level == level])
    return replace(found, brings=np.where(inside, found.brings, 0.0))


def _lacking(task: SitingTask, entry: Entry, ground: Territory) -> Lacking:
    """Return the areas that an entry says to lack a facility, with the candidates inside."""
    need = {
        one.area_id: max(one.units_to_build or (0 if one.value else 1), 0)
        for one in entry.by_area
        if one.value is not None and (one.verdict == "below" or not one.value)
    }
    levels = {one.level for one in entry.by_area}
    if not need and not entry.units_to_build:
        return Lacking(level="area", area=np.full(0, None, dtype=object), need={}, names={}, total=0)
    if len(levels) != 1 or not levels <= set(ground.tiers):
        what = f"'{task.until}' counts {entry.scope}: it isn't known which candidates lie there"
        raise InputError([_issue(task, what, "give [areas] of that level, or name another indicator")])
    (level,) = levels
    return Lacking(
        level=level,
        area=_areas(ground, level),
        need={area: count for area, count in need.items() if count},
        names={one.area_id: one.name for one in entry.by_area},
        total=int(entry.units_to_build or 0),
    )


def _areas(ground: Territory, level: str) -> TextArray:
    tier: Mapping[int, str] = dict(enumerate(map(str, ground.tiers[level].ids)))
    return np.array([tier.get(int(at)) for at in ground.tiers[level].facility], dtype=object)


def _issue(task: SitingTask, message: str, remedy: str) -> Issue:
    return Issue(
        severity="error",
        code="bad_until",
        table="siting",
        id=task.name,
        message=f"siting '{task.name}': {message}",
        remedy=remedy,
    )
