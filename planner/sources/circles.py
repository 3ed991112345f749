"""What a study asks, held against what its tables hold: circles, siting tasks, profiles, the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from planner.circle import Circle
from planner.errors import InputError, SourceError
from planner.inputs import Input
from planner.issue import Issue
from planner.places import Places
from planner.plan import Plan
from planner.profile import TravelProfile
from planner.schema import FACILITIES, Filter
from planner.sources.cells import words_key
from planner.sources.files import check_present, sha256
from planner.sources.geodata import read_profile
from planner.sources.headers import read_wording
from planner.sources.judging import in_own_words
from planner.sources.plans import plan_path, read_plan
from planner.sources.study_settings import CircleSection, Settings
from planner.sources.suggest import listing, which
from planner.sources.table_reading import TableReading

Services = Mapping[str, Mapping[str, str]]

OWN_PROFILE = "Or name a file of your own that ends in .toml"

_PROFILE_NAME = re.compile(r"[\w-]+")  # it becomes part of the names of columns


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedProfiles:
    """The profiles of the circles by name; of those that are files of the user's own, records and faults."""

    profiles: Mapping[str, TravelProfile]
    inputs: tuple[Input, ...] = ()
    faults: tuple[Issue, ...] = ()


def used_profiles(settings: Settings, known: Mapping[str, TravelProfile], folder: Path) -> UsedProfiles:
    """Return the profiles that the circles use: of ``known``, or read from a file that ends in ``.toml``.

    One that isn't known, or whose file isn't there, is a fault at its line.
    """
    used: dict[str, TravelProfile] = {}
    own: dict[str, Path] = {}
    inputs, faults = [], []
    for place, section in settings.circles.items():
        where = ("circle", place, "profile")
        name = profile_name(section.profile)
        path = folder / section.profile
        if section.profile in known:
            used[section.profile] = known[section.profile]
        elif name == section.profile:
            message = f"profile '{section.profile}' isn't known"
            settings.fault(where, "unknown_profile", message, f"{which(name, known)} {OWN_PROFILE}")
        elif name in known or not _PROFILE_NAME.fullmatch(name):
            why = "is the name of one of the planner's own" if name in known else "is no name for columns"
            message = f"profile '{section.profile}': '{name}' {why}"
            settings.fault(where, "bad_profile_name", message, "give the file another name: letters, digits, _ and -")
        elif own.setdefault(name, path) != path:
            message = f"two profiles are named '{name}': '{section.profile}' and another file"
            settings.fault(where, "duplicate_name", message, "give one of the files another name")
        elif name not in used:
            try:
                check_present(path, table=section.profile)
                used[name], files = read_profile(path, table=section.profile)
                inputs += [Input(path=file, sha256=sha256(at), encoding="utf-8") for file, at in files.items()]
            except SourceError as error:
                for issue in error.issues:
                    settings.fault(where, issue.code, f"profile '{section.profile}': {issue.message}", issue.remedy)
            except InputError as error:
                faults += [issue for issue in error.issues if issue not in faults]
    return UsedProfiles(profiles=dict(sorted(used.items())), inputs=tuple(inputs), faults=tuple(faults))


def with_profile(used: UsedProfiles, wanted: str, known: Mapping[str, TravelProfile]) -> UsedProfiles:
    """Return the circles' profiles and one more: theirs, one of ``known``, or read from a file that ends in ``.toml``.

    Raises
    ------
    InputError
        There is no such profile, or its file is at fault.
    SourceError
        There is no such file.
    """
    name = profile_name(wanted)
    if wanted in used.profiles:
        return used
    if wanted in known:
        return replace(used, profiles={**used.profiles, wanted: known[wanted]})
    if name == wanted:
        what, remedy = f"profile '{wanted}' isn't known", which(name, {**known, **used.profiles})
        raise InputError([Issue(severity="error", code="unknown_profile", message=what, remedy=remedy)])
    if name in known:
        what = f"profile '{wanted}': '{name}' is the name of one of the planner's own"
        raise InputError([Issue(severity="error", code="bad_profile_name", message=what, remedy="rename the file")])
    path = Path(wanted)
    check_present(path, table=wanted)
    found, files = read_profile(path, table=wanted)
    inputs = [Input(path=file, sha256=sha256(at), encoding="utf-8") for file, at in files.items()]
    return replace(used, profiles={**used.profiles, name: found}, inputs=(*used.inputs, *inputs))


def profile_name(profile: str) -> str:
    """Return the name of a profile: that of its file where it is one of the user's own."""
    return Path(profile).stem if profile.lower().endswith(".toml") else profile


def as_plan(settings: Settings, folder: Path) -> tuple[Plan | None, Input | None, tuple[Issue, ...]]:
    """Return the study's plan, the record of its file, and the file's own faults; no plan where there are any."""
    name = settings.study.plan
    if name is None:
        if settings.reported:
            message, remedy = "[[reported]] without a plan isn't shown", "name the plan: [study] plan = …"
            settings.warn(("reported", min(settings.reported)), "no_plan", message, remedy)
        return None, None, ()
    try:
        path = plan_path(name, folder=folder)
        plan = read_plan(name, folder=folder)
    except SourceError as error:
        for issue in error.issues:
            message = f"plan '{name}': {issue.message}" if issue.table else issue.message
            settings.fault(("study", "plan"), issue.code, message, issue.remedy)
        return None, None, ()
    except InputError as error:
        return None, None, error.issues
    for place, section in settings.reported.items():
        if plan.indicator(section.indicator) is None:
            message = f"plan '{name}' has no indicator '{section.indicator}'"
            remedy = which(section.indicator, (one.id for one in plan.indicators))
            settings.fault(("reported", place, "indicator"), "unknown_indicator", message, remedy)
    return plan, Input(path=name, sha256=sha256(path), encoding="utf-8"), ()


def judge_tables(settings: Settings, readings: Mapping[str, TableReading]) -> None:
    """Note what the tables hold against each other: communities that facilities name, sites forced and forbidden."""
    communities, facilities = readings.get("communities"), readings.get("facilities")
    if communities is not None and facilities is not None and communities.record is not None:
        known = set(communities.places.ids)
        named = facilities.places.columns.get("community_id", ())
        strange = sorted({one for one in named if one is not None and one not in known})
        if strange and not communities.rejected:
            message = f"facilities name communities that aren't in the study: {listing(strange)}"
            remedy = "check community_id, unless these lie outside"
            settings.warn(("facilities",), "unknown_community", message, remedy)
    candidates = readings.get("candidates")
    if candidates is not None and {"forced", "forbidden"} <= set(candidates.places.columns):
        columns = candidates.places.columns
        for place in np.flatnonzero((columns["forced"] == True) & (columns["forbidden"] == True)):  # noqa: E712  None among them
            message = f"candidate '{candidates.places.ids[place]}' is both forced and forbidden"
            settings.fault(("candidates",), "forced_and_forbidden", message, "choose one of the two")


def as_circles(
    settings: Settings, readings: Mapping[str, TableReading], services: Services, wider: Mapping[str, tuple[str, ...]]
) -> tuple[Circle, ...]:
    """Return the circles, with a fault at the line of each word that the tables don't know."""
    circles = []
    names: set[str] = set()
    for place, section in settings.circles.items():
        _judge_name(settings, "circle", place, section.name, names)
        if (section.minutes is None) == (section.metres is None) and settings.is_whole("circle", place):
            message = f"circle '{section.name}' needs exactly one limit"
            settings.fault(("circle", place), "bad_limit", message, "write minutes = 15, or metres = 1000")
        by_time = section.metres is None
        limit = section.minutes if by_time else section.metres
        service = _service(settings, place, section, readings.get("facilities"), services)
        circles.append(
            Circle(
                name=section.name,
                service=service,
                kinds=wider.get(service, ()),
                limit=limit or 0.0,
                limit_unit="minutes" if by_time else "metres",
                measure=section.measure,
                profile=profile_name(section.profile),
                demand=_demand(settings, place, section, readings.get("communities")),
                where=_where(settings, place, section, readings.get("facilities"), services),
            )
        )
    _judge_offers(settings, circles, readings.get("facilities"))
    return tuple(circles)


def _judge_name(settings: Settings, kind: str, place: int, name: str, names: set[str]) -> None:
    if name in names:
        message, remedy = f"two [[{kind}]] are named '{name}'", "give each its own name"
        settings.fault((kind, place, "name"), "duplicate_name", message, remedy)
    names.add(name)


def _service(
    settings: Settings, place: int, section: CircleSection, facilities: TableReading | None, services: Services
) -> str:
    """Return the service's key, whichever of its names the study gives."""
    if section.service in services:
        return section.service
    offered = set() if facilities is None else _offered(facilities.places)
    if section.service in offered:
        return section.service
    by_name = {words_key(name): key for key, names in services.items() for name in names.values()}
    if words_key(section.service) in by_name:
        return by_name[words_key(section.service)]
    if facilities is not None and facilities.record is not None:  # else the table might know it
        names = [*services, *offered, *(name for names in services.values() for name in names.values())]
        message = f"service '{section.service}' isn't known, here or in the facilities"
        settings.fault(("circle", place, "service"), "unknown_service", message, which(section.service, names))
    return section.service


def _demand(settings: Settings, place: int, section: CircleSection, communities: TableReading | None) -> str:
    """Return the column of people; one that is named must be there."""
    demand = section.demand or "population"
    if communities is None or communities.record is None or _is_empty(communities):
        return demand
    columns = communities.places.columns
    own = {header: name for name, header in communities.taken.items()}
    demand = demand if demand in columns else own.get(demand, demand)
    if demand in columns:
        if columns[demand].dtype != np.float64:
            message, remedy = f"demand column '{demand}' doesn't hold numbers", "name a column of people"
            settings.fault(("circle", place, "demand"), "bad_demand", message, remedy)
    elif section.demand is None:
        message = f"the communities have no population, so circle '{section.name}' can't count people"
        settings.warn(("circle", place), "no_population", message, "add a column population, or name demand")
    else:
        message = f"demand column '{demand}' isn't in the communities"
        counts = [name for name, cells in columns.items() if cells.dtype == np.float64]
        remedy = which(demand, counts or list(columns), none="add it to the table")
        settings.fault(("circle", place, "demand"), "missing_column", message, remedy)
    return demand


def _where(
    settings: Settings, place: int, section: CircleSection, facilities: TableReading | None, services: Services
) -> Filter | None:
    """Return the filter of facilities, in the planner's own words where the column is one of its own."""
    if section.where is None:
        return None
    where = section.where.as_filter()
    if facilities is None or facilities.record is None:
        return where
    columns = facilities.places.columns
    own = {header: name for name, header in facilities.taken.items()}
    name = where.column if where.column in columns else own.get(where.column, where.column)
    if name not in columns:
        message = f"where: the facilities have no column '{where.column}'"
        remedy = which(where.column, columns, none="add it to the table")
        settings.fault(("circle", place, "where"), "missing_column", message, remedy)
        return where
    return in_own_words(Filter(name, where.op, where.value), FACILITIES, read_wording(services))


def _judge_offers(settings: Settings, circles: Iterable[Circle], facilities: TableReading | None) -> None:
    """Note a warning for each circle that no facility could serve."""
    if facilities is None or facilities.record is None or facilities.faults or not len(facilities.places):
        return  # that there is none at all is told of the table
    places = facilities.places
    services = places.columns.get("service", ())
    for place, circle in zip(settings.circles, circles, strict=True):
        offers = np.fromiter((circle.served_by(one) for one in services), dtype=bool, count=len(services))
        if circle.where is not None and circle.where.column in places.columns:
            offers &= circle.where.matches(places.columns, len(places))
        if not offers.any():
            condition = "" if circle.where is None else f" with {circle.where.in_words()}"
            message = f"no facility offers {circle.service}{condition}, so circle '{circle.name}' covers nobody"
            remedy = "check the service of the facilities"
            settings.warn(("circle", place), "no_facility", message, remedy, place_id=circle.name)


def _is_empty(reading: TableReading) -> bool:
    """Return whether a table was told to have no row: nothing else about it is worth telling."""
    return any(fault.code == "empty_table" for fault in reading.faults)


def _offered(facilities: Places) -> set[str]:
    return {service for offered in facilities.columns.get("service", ()) for service in offered}
