"""What a task with ``until`` must reach: the target that the plan prints for an indicator."""

from __future__ import annotations

from dataclasses import replace

from planner.compliance import Compliance
from planner.compliance.entry import Entry
from planner.coverage import Coverage
from planner.errors import InputError
from planner.issue import Issue
from planner.siting.task import COMMUNITIES, SitingTask


def aimed(task: SitingTask, held: Compliance | None, found: Coverage) -> SitingTask:
    """Return the task with the share and the denominator of its indicator, as it is where it names none.

    The target is the one that is due in the study's year, the next one where none is due yet. The denominator is the
    indicator's own: people, or communities that count 1 each.

    Raises
    ------
    InputError
        There is no plan or no such indicator, or it isn't one of reach over all people or all communities.
    """
    if task.until is None:
        return task
    if held is None:
        raise _error(task, "the study has no plan", 'add plan = "…" to [study]')
    entries = [one for one in held.entries if one.id == task.until]
    if not entries:
        names = ", ".join(sorted({one.id for one in held.entries if one.reading == "reach"})) or "none"
        raise _error(task, f"the plan has no indicator '{task.until}'", f"those of reach are {names}")
    entry = next((one for one in entries if one.reading == "reach" and one.circle == task.circle), None)
    if entry is None:
        what = f"'{task.until}' isn't an indicator of reach that circle '{task.circle}' decides"
        raise _error(task, what, "name an indicator of reach, or another circle")
    target = entry.target if entry.target is not None else entry.next_target
    if not isinstance(target, int | float):
        raise _error(task, f"'{task.until}' has no target that is one figure", "name another, or use coverage = 0.9")
    share = float(target) / 100.0 if entry.unit == "%" else float(target)
    return replace(task, coverage=share, demand=_demand(task, entry, found))


def _demand(task: SitingTask, entry: Entry, found: Coverage) -> str:
    """Return what the indicator counts: a column of people, or communities."""
    if (entry.denominator or "").startswith("population"):
        return str(entry.denominator)
    if entry.denominator_value == found.communities.total:
        return COMMUNITIES
    what = f"'{task.until}' counts {entry.scope}, not all people or all communities"
    raise _error(task, what, "use coverage = 0.9 and demand = …")


def _error(task: SitingTask, message: str, remedy: str) -> InputError:
    return InputError([
        Issue(
            severity="error",
            code="bad_until",
            table="siting",
            id=task.name,
            message=f"siting '{task.name}': {message}",
            remedy=remedy,
        )
    ])  # fmt: skip
