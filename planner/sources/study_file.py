"""A study file and all that it names, read and judged: every fault at once, with its file, row and remedy."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.compliance import Reported
from planner.errors import InputError
from planner.inputs import Input, Study
from planner.issue import Issue
from planner.places import no_places
from planner.progress import Progress, silent
from planner.room import Room
from planner.schema import (
    AREAS,
    CANDIDATES,
    COMMUNITIES,
    FACILITIES,
    POPULATION_POINTS,
    RESIDENTIAL_AREAS,
    Schema,
)
from planner.sources.circles import as_circles, as_plan, judge_tables, used_profiles, with_profile
from planner.sources.files import check_present
from planner.sources.geodata import read_profiles, read_services, read_wider_services
from planner.sources.issue_log import IssueLog
from planner.sources.memory import free_memory
from planner.sources.offered import unknown_services
from planner.sources.page_section import as_page
from planner.sources.siting_tasks import as_tasks
from planner.sources.study_settings import Settings
from planner.sources.study_streets import read_streets
from planner.sources.suggest import shown
from planner.sources.table_reading import RejectedRow, TableOptions, TableReading
from planner.sources.tables import judge_table
from planner.sources.toml_lines import TomlLines
from planner.store import Store, unkept

if TYPE_CHECKING:
    from planner.places import Places

SCHEMAS: Mapping[str, Schema] = {
    "communities": COMMUNITIES,
    "facilities": FACILITIES,
    "candidates": CANDIDATES,
    "areas": AREAS,
    "residential_areas": RESIDENTIAL_AREAS,
    "population_points": POPULATION_POINTS,
}


def read(
    path: str | Path,
    *,
    network: Any = None,
    store: Store = unkept,
    progress: Progress | None = None,
    room: Room = free_memory,
    profile: str | None = None,
) -> Study:
    """Read a study file with its network and tables, and judge all of it.

    Parameters
    ----------
    path
        A ``study.toml``; the paths in it are relative to it.
    network
        A live ``networkx.MultiDiGraph`` from OSMnx, taken instead of the source that ``[network]`` names; the section
        may then be empty. Any ``crs`` of the graph will do.
    store
        Where the streets are kept between runs, such as a `planner.sources.Cache`; best the one that ``run`` gets.
    progress
        Told of each file before it is read, and of the share of files that are.
    room
        Gives the free memory: a file of streets that would take more isn't read. `planner.room.unlimited` reads any.
    profile
        One more than the circles use, for `planner.isochrones`: its name, or a file of the user's own.

    Returns
    -------
    Study
        Places in WGS 84 degrees; warnings and notes in ``issues``.

    Raises
    ------
    InputError
        Anything at fault, in the study file or in what it names: all of it, each with file, row and remedy.
    SourceError
        There is no such study file.

    Examples
    --------
    >>> read("no_such_study.toml")
    Traceback (most recent call last):
        ...
    planner.errors.SourceError: no_such_study.toml: there is no such file; name one, or make it: planner new DIR
    """
    path = Path(path)
    report = progress or silent
    log = IssueLog(path.name)
    report(f"reading {path.name}", 0.0)
    text = _text(path, log)
    content = _content(text, log)
    settings = Settings(content, lines=TomlLines(text), log=log)
    services = read_services()
    travel = used_profiles(settings, read_profiles(), path.parent)
    if profile is not None:
        travel = with_profile(travel, profile, read_profiles())
    profiles = travel.profiles
    plan, plan_input, plan_faults = as_plan(settings, path.parent)
    readings = _tables(settings, path.parent, services, report)
    judge_tables(settings, readings)
    wider = read_wider_services()
    circles = as_circles(settings, readings, services, wider)
    strange = unknown_services(readings.get("facilities"), circles, plan, services, wider)
    tasks = as_tasks(settings)
    page = as_page(settings)
    homes = readings["communities"].places if "communities" in readings else no_places("communities")
    found = read_streets(
        settings, path.parent, profiles, log=log, homes=homes, graph=network, store=store, report=report, room=room
    )
    of_tables = (issue for reading in readings.values() for issue in reading.issues)
    issues = [*log.in_order(), *plan_faults, *travel.faults, *of_tables, *found.issues, *strange]
    faults = [issue for issue in issues if issue.severity == "error"]
    if faults or found.extract is None or settings.network is None:
        raise InputError(faults)
    own = [Input(path=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), encoding="utf-8")]
    records = (plan_input, *found.inputs, *travel.inputs, *(reading.record for reading in readings.values()))
    return Study(
        name=settings.study.name or path.stem,
        year=settings.study.year,
        language=settings.study.language,
        ways=found.extract.ways,
        **{role: reading.places for role, reading in readings.items()},
        scenarios=found.scenarios,
        circles=circles,
        profiles=profiles,
        services=_names(services, readings["facilities"].places),
        siting=tasks,
        reported=tuple(Reported(**section.model_dump()) for section in settings.reported.values()),
        plan=plan,
        proximity_m=settings.study.proximity_m,
        wider=wider,
        max_access_m=settings.network.max_access_m,
        synthetic=settings.study.synthetic,
        page=page,
        basemap=found.extract.basemap,
        attribution=() if settings.study.synthetic else found.extract.attribution,
        inputs=(*own, *(record for record in records if record is not None)),
        settings=_plain(content),
        issues=(*issues, *found.extract.issues),
    )


def read_sites(
    path: str | Path, study: Study, *, datum: str | None = None
) -> tuple[Places, tuple[RejectedRow, ...], tuple[Issue, ...]]:
    """Read candidate sites to be scored; a bad row is set aside and loses nobody else.

    Parameters
    ----------
    path
        A table as for ``[candidates]``; ``id`` and a point are enough.
    study
        Sites are read the way the study reads its candidates: the same ``datum``, and the same ``columns``,
        ``encoding``, ``layer`` and ``sheet`` where the table is the same file.
    datum
        Of the sites, where it isn't that of the candidates.

    Returns
    -------
    tuple
        The sound rows with the role ``sites``, the rejected ones with their reasons, and warnings and notes.

    Raises
    ------
    InputError
        The table as a whole is at fault: damaged, no ``id``, no coordinates, no row.
    SourceError
        There is no such file.
    """
    path = Path(path)
    check_present(path, table=str(path), remedy="check the path of the sites")
    told = study.settings.get("candidates", {})
    options = TableOptions(datum=datum or told.get("datum", "wgs84"))
    if told and Path(str(told.get("source", ""))).name == path.name:
        options = replace(
            options,
            columns=told.get("columns", {}),
            **{key: told.get(key) for key in ("encoding", "layer", "sheet")},
        )
    reading = judge_table(path, CANDIDATES, options=options, services=study.services, lenient=True)
    if reading.faults:
        raise InputError(reading.faults)
    return replace(reading.places, role="sites"), reading.rejected, reading.issues


def _text(path: Path, log: IssueLog) -> str:
    check_present(path, table=str(path), remedy="name one, or make it: planner new DIR")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = log.fatal("encoding", "the study file isn't UTF-8", "save it as UTF-8", row=line)
        raise InputError([fault]) from error


def _content(text: str, log: IssueLog) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        found = re.search(r"at line (\d+)", told)
        line = int(found[1]) if found else len(text.splitlines())
        remedy = "mend the line: key = value, text in quotes"
        if "Unescaped" in told or "hex value" in told:
            remedy = "write paths with / or in single quotes"
        message = f"this isn't TOML: {shown(re.sub(r' *[(]at .*[)]$', '', told))}"
        raise InputError([log.fatal("bad_toml", message, remedy, row=line)]) from error


def _tables(
    settings: Settings, folder: Path, services: Mapping[str, Mapping[str, str]], report: Progress
) -> dict[str, TableReading]:
    """Return the tables that the study names, judged."""
    demands = {section.demand for section in settings.circles.values() if section.demand is not None}
    readings = {}
    for done, (name, section) in enumerate(settings.tables.items()):
        report(f"reading {section.source}", done / (len(settings.tables) + 1))
        readings[name] = judge_table(
            folder / section.source,
            SCHEMAS[name],
            table=section.source,
            options=section.as_options(),
            services=services,
            counts=demands if name in ("communities", "population_points") else (),
        )
    return readings


def _names(services: Mapping[str, Mapping[str, str]], facilities: Places) -> dict[str, Mapping[str, str]]:
    """Return the services' names, with those that only the facilities know under their own word."""
    own = sorted({service for offered in facilities.columns.get("service", ()) for service in offered})
    return {**services, **{service: {"zh": service, "en": service} for service in own if service not in services}}


def _plain(value: Any) -> Any:
    """Return settings as JSON can hold them: dates as text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value
