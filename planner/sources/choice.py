"""A choice of sites made on the page, read back: chosen sites are forced, facilities closed there don't count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from planner.circle import Circle
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import IntArray
from planner.places import Places
from planner.siting.task import SitingTask, eligible, flag
from planner.sources.files import check_present
from planner.sources.suggest import listing, shown, which
from planner.study import Study

VERSION = 1

TASK = "choice"
"""The task that is added where the study asks for no sites on the choice's circle."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """The file as the page saves it."""

    circle: str
    sites: list[str]
    closed: list[str]


@dataclass(frozen=True, slots=True)
class _Table:
    """Where ids of the file are looked up."""

    places: Places
    path: str

    def find(self, ids: Sequence[str], faults: list[Issue]) -> IntArray:
        """Return the positions of ids, each once, and note a fault for each that the table doesn't have."""
        known = {str(one): i for i, one in enumerate(self.places.ids)}
        for name in dict.fromkeys(ids):
            if name not in known:
                what = f"the {self.places.role} have no id '{shown(name)}'"
                faults.append(_fault(self.path, "unknown_id", what, which(name, known)))
        return np.array([known[name] for name in dict.fromkeys(ids) if name in known], np.int64)


def with_choice(study: Study, path: str | Path) -> Study:
    """Return a study with a choice of sites taken for granted.

    Parameters
    ----------
    path
        A file that the page saved: ``schema_version`` 1, ``circle``, and the ids of ``sites`` and ``closed``.

    Notes
    -----
    A chosen site is forced for the circle's service, in every siting task that it is fit for; a task of that service
    that builds fewer sites than are forced builds so many. Where no task is on the circle, one is added that builds
    the chosen sites. A closed facility doesn't count for any circle.

    Raises
    ------
    InputError
        The file isn't such a choice, or it names a circle, site or facility that the study doesn't have.
    SourceError
        There is no such file.
    """
    path = Path(path)
    check_present(path, table=str(path), remedy="save one from the page's tab of new sites")
    told, faults = _read(path), list[Issue]()
    circle = next((one for one in study.circles if one.name == told.circle), None)
    if circle is None:
        names = [one.name for one in study.circles]
        what = f"the study has no circle '{shown(told.circle)}'"
        raise InputError([_fault(str(path), "unknown_circle", what, which(told.circle, names))])
    sites = _Table(study.candidates, str(path)).find(told.sites, faults)
    shut = _Table(study.facilities, str(path)).find(told.closed, faults)
    may = eligible(circle, study.candidates, year=study.year)
    for i in np.setdiff1d(sites, may):
        what = f"'{study.candidates.ids[i]}' can't be built for circle '{circle.name}'"
        remedy = "it is for another service, forbidden or not available in time: take it out"
        faults.append(_fault(str(path), "unfit_site", what, remedy))
    if faults:
        raise InputError(faults)
    changed = replace(
        study,
        candidates=_forced(study.candidates, sites, circle),
        facilities=_closed(study.facilities, shut),
    )
    return _asked(changed, circle, sites, shut, str(path))


def _read(path: Path) -> _Choice:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        row = getattr(error, "lineno", None)
        fault = _fault(str(path), "not_json", "this isn't JSON", "save the choice from the page again", row)
        raise InputError([fault]) from error
    told = content if isinstance(content, dict) else {}
    circle, sites, closed = (told.get(key) for key in ("circle", "sites", "closed"))
    if told.get("schema_version") == VERSION and isinstance(circle, str) and _are_ids(sites) and _are_ids(closed or []):
        return _Choice(circle, [*sites], [*(closed or [])])
    what = f"this is no choice of sites: schema_version {VERSION}, circle, sites and closed with ids"
    raise InputError([_fault(str(path), "not_a_choice", what, "save the choice from the page again")])


def _are_ids(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _forced(candidates: Places, sites: IntArray, circle: Circle) -> Places:
    """Return the candidates with some forced, and those that may be for any service meant for the circle's."""
    forced = flag(candidates, "forced").astype(object)
    forced[sites] = True
    services: Any = candidates.columns.get("service", np.full(len(candidates), None, dtype=object)).copy()
    for i in sites.tolist():
        if not services[i]:
            services[i] = (circle.service,)
    return replace(candidates, columns={**candidates.columns, "forced": forced, "service": services})


def _closed(facilities: Places, shut: IntArray) -> Places:
    status: Any = facilities.columns.get("status", np.full(len(facilities), None, dtype=object)).copy()
    status[shut] = "closed"
    return replace(facilities, columns={**facilities.columns, "status": status}) if len(shut) else facilities


def _asked(study: Study, circle: Circle, sites: IntArray, shut: IntArray, table: str) -> Study:
    """Return the study with tasks that leave room for the forced sites, and notes on what the choice changes."""
    services = {one.name: one.service for one in study.circles}
    fit = eligible(circle, study.candidates, year=study.year)
    forced = int(flag(study.candidates, "forced")[fit].sum())
    notes, tasks = [], []
    if len(sites):
        names = listing(str(one) for one in study.candidates.names[sites])
        notes.append(_note(table, f"{len(sites)} chosen sites are forced for '{circle.service}': {names}"))
    if len(shut):
        names = listing(str(one) for one in study.facilities.names[shut])
        notes.append(_note(table, f"{len(shut)} facilities are taken as closed: {names}"))
    for task in study.siting:
        few = task.sites is not None and not task.closing and task.sites < forced
        if few and task.model != "lscp" and services[task.circle] == circle.service:
            notes.append(_note(table, f"task '{task.name}' builds {forced} sites, as many as are forced"))
            tasks.append(replace(task, sites=forced))
        else:
            tasks.append(task)
    if len(sites) and all(circle.name not in task.circles for task in study.siting):
        task = SitingTask(name=_free(TASK, tasks), circle=circle.name, model="mclp", sites=forced)
        tasks.append(replace(task, unknown_demand="exclude"))  # nothing is weighed: what is built is given
    return replace(study, siting=tuple(tasks), issues=(*study.issues, *notes))


def _free(name: str, tasks: Sequence[SitingTask]) -> str:
    taken, number, free = {task.name for task in tasks}, 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _fault(table: str, code: str, message: str, remedy: str, row: int | None = None) -> Issue:
    return Issue(severity="error", code=code, table=table, row=row, message=message, remedy=remedy)


def _note(table: str, message: str) -> Issue:
    return Issue(severity="note", code="choice", table=table, message=message)
