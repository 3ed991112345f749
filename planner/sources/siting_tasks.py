"""The siting tasks of a study file, each fault told at its line."""

from __future__ import annotations

from typing import Any

from planner.siting.asking import contradictions
from planner.siting.task import Part, Phase, SitingTask, UnitRule
from planner.sources.study_settings import FilterSection, Settings, SitingSection
from planner.sources.suggest import which


def as_tasks(settings: Settings) -> tuple[SitingTask, ...]:
    """Return the siting tasks, with a fault at the line of each that can't be asked."""
    circles = settings.named("circle")  # those that are unsound too: one fault each is enough
    names: set[str] = set()
    tasks = []
    for place, section in settings.siting.items():
        if section.name in names:
            message, remedy = f"two [[siting]] are named '{section.name}'", "give each its own name"
            settings.fault(("siting", place, "name"), "duplicate_name", message, remedy)
        names.add(section.name)
        task = _task(settings, place, section)
        for key, asked in _asked(task, section):
            if circles and asked not in circles:
                message = f"siting '{task.name}' asks for circle '{asked}', which isn't in the study"
                settings.fault(("siting", place, key), "unknown_circle", message, which(asked, circles))
        if settings.is_whole("siting", place):
            for one in contradictions(task):
                where = ("siting", place, one.key) if one.key else ("siting", place)
                joined = " " if one.message.startswith(("doesn't", "has ")) else ": "
                settings.fault(where, one.code, f"siting '{task.name}'{joined}{one.message}", one.remedy)
        tasks.append(task)
    if settings.siting and not settings.names("candidates"):
        remedy = "add [candidates] with the places where a facility could be built"
        settings.fault(("siting", min(settings.siting)), "missing_key", "[[siting]] needs [candidates]", remedy)
    return tuple(tasks)


def _task(settings: Settings, place: int, section: SitingSection) -> SitingTask:
    given: dict[str, Any] = dict(section)
    given["parts"] = tuple(
        Part(**{**dict(one), "where": _filter(one.where), "serves": tuple(one.serves)}) for one in section.parts
    )
    given["phases"] = tuple(Phase(**dict(one)) for one in section.phases)
    for key in ("at_least", "at_most"):
        rule = getattr(section, key)
        given[key] = None if rule is None else UnitRule(**dict(rule))
    given["where"] = _filter(section.where)
    given["shared"] = section.shared or section.saving is not None
    if section.circle is None:
        if section.parts:
            given["circle"] = section.parts[0].circle
        else:
            given["circle"] = ""
            if settings.is_whole("siting", place):
                message, remedy = f"siting '{section.name}' names no circle", 'add circle = "…"'
                settings.fault(("siting", place), "missing_key", message, remedy)
    elif section.parts:
        message, remedy = f"siting '{section.name}' has parts, which name their circles", "take circle out"
        settings.fault(("siting", place, "circle"), "unused_key", message, remedy)
    if section.model == "lscp" and section.sites is not None:
        message = f"siting '{section.name}': lscp finds the number of sites itself, so sites isn't used"
        settings.warn(("siting", place, "sites"), "unused_key", message, 'take sites out, or use model = "mclp"')
        given["sites"] = None
    return SitingTask(**given)


def _asked(task: SitingTask, section: SitingSection) -> list[tuple[str, str]]:
    """Return the circles that a task asks for, each with the key that names it."""
    if section.parts:
        return [("parts", part.circle) for part in task.parts]
    return [("circle", section.circle)] if section.circle is not None else []


def _filter(section: FilterSection | None) -> Any:
    return None if section is None else section.as_filter()
