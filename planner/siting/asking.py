"""What a siting task says against itself, told by the key that is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.siting.task import SitingTask

NUMBERED = ("mclp", "mclp_b", "p_median", "p_center")
"""Models that need to be told how many sites, or how much money."""

PHASED = ("mclp", "p_median")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A key of the task (blank: the whole of it), a code, what is wrong and how to mend it."""

    key: str
    code: str
    message: str
    remedy: str


def contradictions(task: SitingTask) -> Iterator[Contradiction]:
    """Yield what a task says against itself."""
    yield from _numbers(task)
    yield from _models(task)
    yield from _phases(task)
    yield from _parts(task)


def _numbers(task: SitingTask) -> Iterator[Contradiction]:
    limited = task.sites is not None or task.budget is not None or bool(task.phases)
    limited = limited or any(part.sites is not None for part in task.parts)
    if task.model in NUMBERED and not limited:
        remedy = 'add sites = 5, or use model = "lscp"'
        yield Contradiction("", "missing_key", "doesn't say how many sites", remedy)
    if task.until is not None and task.coverage is not None:
        yield Contradiction("coverage", "unused_key", "has both until and coverage", "take one of them out")
    for key in ("until", "coverage"):
        if getattr(task, key) is not None and task.model != "lscp":
            what = f"{key} asks for the fewest sites, but its model is {task.model}"
            yield Contradiction(key, "bad_value", what, 'use model = "lscp"')
    both = [key for key in ("until", "coverage", "phases") if getattr(task, key)]
    for key, asked in (("top_k", task.top_k > 1), ("parts", task.parts)):
        if both and asked:
            yield Contradiction(key, "bad_value", f"{key} can't be combined with {both[0]}", "ask in a task of its own")


def _models(task: SitingTask) -> Iterator[Contradiction]:
    if task.capacity is not None and task.model in {"lscp_b", "mclp_b"}:
        what = f"{task.model} can't reckon with capacities"
        yield Contradiction("capacity", "bad_value", what, 'use model = "lscp" or "mclp"')
    if task.backup_share is not None and task.model not in {"lscp", "mclp"}:
        what = f"backup_share is for lscp and mclp, not {task.model}"
        yield Contradiction("backup_share", "bad_value", what, 'use model = "lscp" or "mclp"')
    if task.cheapest and task.model not in {"lscp", "lscp_b"}:
        what = f"cheapest is for lscp, not {task.model}"
        yield Contradiction("cheapest", "bad_value", what, 'use model = "lscp", or a budget')
    if task.cheapest and (task.coverage is not None or task.until is not None):
        yield Contradiction("cheapest", "bad_value", "coverage and until count sites, not money", "take cheapest out")
    if task.model == "fixed_charge" and task.trip_cost is None:
        what = "fixed_charge needs what a person's minute (or metre) costs"
        yield Contradiction("", "missing_key", what, "add trip_cost = 0.5")
    if task.trip_cost is not None and task.model != "fixed_charge":
        yield Contradiction("trip_cost", "bad_value", f"trip_cost is for fixed_charge, not {task.model}", "take it out")


def _phases(task: SitingTask) -> Iterator[Contradiction]:
    if not task.phases:
        return
    if task.model not in PHASED:
        what = f"phases are for {' and '.join(PHASED)}, not {task.model}"
        yield Contradiction("phases", "bad_value", what, 'use model = "mclp"')
    if task.closing:
        yield Contradiction("closing", "bad_value", "phases only build, they close nothing", "take closing out")
    for key in ("sites", "budget"):
        if getattr(task, key) is not None:
            what = f"has {key} beside phases, which say it themselves"
            yield Contradiction(key, "unused_key", what, f"take {key} out")
    years = [phase.year for phase in task.phases]
    if years != sorted(set(years)):
        yield Contradiction("phases", "bad_value", "the years of its phases don't rise", "put them in order, each once")
    for phase in task.phases:
        if phase.sites is None and phase.budget is None:
            what = f"its phase of {phase.year} says neither sites nor budget"
            yield Contradiction("phases", "missing_key", what, "add sites = 4: all in all by then")
    counts = [phase.sites for phase in task.phases if phase.sites is not None]
    if counts != sorted(counts):
        what = "a later phase has fewer sites than one before it"
        yield Contradiction("phases", "bad_value", what, "count all in all: sites once built stay")


def _parts(task: SitingTask) -> Iterator[Contradiction]:
    circles = [part.circle for part in task.parts]
    if len(circles) == 1:
        yield Contradiction("parts", "bad_value", "has a single part", "name its circle outside of parts")
    if len(set(circles)) < len(circles):
        yield Contradiction(
            "parts", "duplicate_name", "two of its parts have the same circle", "give each its own circle"
        )
    for part in task.parts:
        for other in part.serves:
            if other not in circles or other == part.circle:
                what = f"part '{part.circle}' serves '{other}', which isn't another part's circle"
                yield Contradiction("parts", "unknown_circle", what, f"there are {', '.join(circles)}")
    if task.saving is not None and not task.parts:
        yield Contradiction("saving", "bad_value", "a saving is for parts that share a building", "add parts")
    if task.parts and task.where is not None:
        yield Contradiction("where", "unused_key", "has parts, so its own where isn't used", "put it into the parts")
    if task.parts and task.capacity is not None:
        yield Contradiction("capacity", "bad_value", "parts can't reckon with capacities", "ask in a task of its own")
