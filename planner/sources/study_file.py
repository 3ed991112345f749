"""A study file and all that it names, read and judged: every fault at once, with its file, row and remedy."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.compliance import Reported
from planner.errors import InputError, PlannerError, SourceError
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
from planner.sources.files import check_present, companions, sha256
from planner.sources.geodata import read_profiles, read_services, read_wider_services
from planner.sources.issue_log import IssueLog
from planner.sources.memory import free_memory, must_fit_streets
from planner.sources.offered import unknown_services
from planner.sources.page_section import as_page
from planner.sources.scenarios import changed_for_good, read_changes
from planner.sources.siting_tasks import as_tasks
from planner.sources.study_settings import Settings
from planner.sources.suggest import shown
from planner.sources.table_reading import RejectedRow, TableOptions, TableReading
from planner.sources.tables import judge_table
from planner.sources.toml_lines import TomlLines
from planner.store import Store, unkept
from planner.study import Input, Study

if TYPE_CHECKING:
    from planner.places import Places
    from planner.profile import TravelProfile
    from planner.sources.extract import Extract

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
    fits = _fits(settings, path.parent, readings, log, room) if network is None else True
    extract, network_input = (
        _network(settings, path.parent, profiles, log, report, store, graph=network) if fits else (None, None)
    )
    extract, heights_input = _heights(settings, path.parent, profiles, log, extract)
    changes = read_changes(settings, path.parent, profiles)
    extract = changed_for_good(extract, changes, profiles, log)
    of_tables = (issue for reading in readings.values() for issue in reading.issues)
    issues = [*log.in_order(), *plan_faults, *travel.faults, *of_tables, *changes.issues, *strange]
    faults = [issue for issue in issues if issue.severity == "error"]
    if faults or extract is None or settings.network is None:
        raise InputError(faults)
    own = [Input(path=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), encoding="utf-8")]
    records = (
        plan_input,
        network_input,
        heights_input,
        *changes.inputs,
        *travel.inputs,
        *(reading.record for reading in readings.values()),
    )
    return Study(
        name=settings.study.name or path.stem,
        year=settings.study.year,
        language=settings.study.language,
        ways=extract.ways,
        communities=readings["communities"].places,
        facilities=readings["facilities"].places,
        candidates=readings["candidates"].places if "candidates" in readings else no_places("candidates"),
        areas=readings["areas"].places if "areas" in readings else None,
        residential_areas=readings["residential_areas"].places if "residential_areas" in readings else None,
        population_points=readings["population_points"].places if "population_points" in readings else None,
        scenarios=changes.scenarios,
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
        basemap=extract.basemap,
        attribution=() if settings.study.synthetic else extract.attribution,
        inputs=(*own, *(record for record in records if record is not None)),
        settings=_plain(content),
        issues=(*issues, *extract.issues),
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


def _fits(settings: Settings, folder: Path, readings: Mapping[str, TableReading], log: IssueLog, room: Room) -> bool:
    """Return whether the file of streets would fit into memory; the fault is in the log where it wouldn't."""
    section = settings.network
    if section is None or section.source is None or not (folder / section.source).is_file():
        return True
    homes = readings["communities"].places if "communities" in readings else no_places("communities")
    try:
        must_fit_streets(folder / section.source, room, table=section.source, lon=homes.lon, lat=homes.lat)
    except InputError as error:
        log.extend(error.issues)
        return False
    return True


def _network(
    settings: Settings,
    folder: Path,
    profiles: Mapping[str, TravelProfile],
    log: IssueLog,
    report: Progress,
    store: Store,
    *,
    graph: Any = None,
) -> tuple[Extract | None, Input | None]:
    """Return the streets and the record of their source; None, with the fault in the log, where they can't be read."""
    section = settings.network
    if section is None:
        return None, None
    if graph is None and (section.source is None) == (section.place is None):
        if not settings.is_whole("network"):
            return None, None
        remedy = 'write source = "a file", or place = "a name that OpenStreetMap knows"'
        settings.fault(("network",), "bad_value", "[network] needs either source or place", remedy)
        return None, None
    table = "live graph" if graph is not None else section.source or f"place {section.place}"
    if graph is None and section.place is not None and log.has_faults():
        return None, None  # nothing is downloaded for a study that can't run
    report(f"reading {table}", len(settings.tables) / (len(settings.tables) + 1))
    tag_keys = frozenset().union(*(profile.tag_keys for profile in profiles.values()))
    try:
        if graph is None and section.source is not None:
            extract, digest = _streets_in(folder / section.source, table, tag_keys, store)
        else:
            from planner.sources.streets import read_network

            place = None if graph is not None else section.place
            extract = read_network(graph, place=place, table=table, tag_keys=tag_keys)
            digest = _digest(extract)
    except PlannerError as error:
        log.extend(error.issues)
        return None, None
    return extract, Input(path=table, sha256=digest, rows=len(extract.ways.way_id), datum="wgs84")


def _heights(
    settings: Settings, folder: Path, profiles: Mapping[str, TravelProfile], log: IssueLog, extract: Extract | None
) -> tuple[Extract | None, Input | None]:
    """Return the streets with heights from the elevation model that the study names, and the record of its file."""
    name = None if settings.network is None else settings.network.dem
    if name is None or extract is None:
        return extract, None
    if not any(profile.penalty.reads_grades for profile in profiles.values()):
        message, remedy = f"dem '{shown(name)}' isn't used: no circle's profile knows slopes", "take dem out"
        settings.warn(("network", "dem"), "unused_key", message, remedy)
        return extract, None
    from planner.sources.elevation import with_heights

    try:
        check_present(folder / name, table=name)
        ways, issues = with_heights(extract.ways, folder / name, table=name)
    except PlannerError as error:
        log.extend(error.issues)
        return None, None
    heights = Input(path=name, sha256=sha256(folder / name), rows=len(ways.node_id))
    return replace(extract, ways=ways, issues=(*extract.issues, *issues)), heights


def _streets_in(path: Path, table: str, tag_keys: Collection[str], store: Store) -> tuple[Extract, str]:
    """Return the streets of a file, out of the store where it has been read before, and the file's SHA-256."""
    check_present(path, table=table)
    digest, beside = sha256(path), companions(path)

    def make() -> Extract:
        from planner.sources.streets import read_network

        extract = read_network(path, table=table, tag_keys=tag_keys)
        if sha256(path) != digest or companions(path) != beside:
            raise SourceError([_changed(table)])
        return extract

    return store("extract", (digest, beside, table, tuple(sorted(tag_keys))), make), digest


def _changed(table: str) -> Issue:
    return Issue(
        severity="error",
        code="changed_file",
        table=table,
        message="the file was changed while it was read",
        remedy="run again once it is whole",
    )


def _digest(extract: Extract) -> str:
    """Return the fingerprint of streets that came from no file."""
    digest = hashlib.sha256()
    for array in (extract.ways.node_id, extract.ways.lon, extract.ways.lat, extract.ways.ref, extract.ways.way_id):
        digest.update(array.tobytes())
    return digest.hexdigest()


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
