"""The streets that a study names: read, given heights, and changed for good; with the scenarios of the study."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import InputError, PlannerError, SourceError
from planner.inputs import Input
from planner.issue import Issue
from planner.progress import Progress
from planner.room import Room
from planner.scenario import Scenario
from planner.sources.files import check_present, companions, sha256
from planner.sources.issue_log import IssueLog
from planner.sources.memory import must_fit_streets
from planner.sources.scenarios import changed_for_good, read_changes
from planner.sources.study_settings import Settings
from planner.sources.suggest import shown
from planner.store import Store

if TYPE_CHECKING:
    from planner.places import Places
    from planner.profile import TravelProfile
    from planner.sources.extract import Extract


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStreets:
    """The streets of a study.

    Parameters
    ----------
    extract
        None where they can't be read, or can't be changed as the study asks; the log has the fault.
    scenarios
        What would change them.
    inputs
        The records of all files, None for those that there aren't.
    issues
        Of the files of changes; the extract has its own.
    """

    extract: Extract | None
    scenarios: tuple[Scenario, ...]
    inputs: tuple[Input | None, ...]
    issues: tuple[Issue, ...]


def read_streets(
    settings: Settings,
    folder: Path,
    profiles: Mapping[str, TravelProfile],
    *,
    log: IssueLog,
    homes: Places,
    graph: Any,
    store: Store,
    report: Progress,
    room: Room,
) -> StudyStreets:
    """Read the streets of a study, or take a live graph; faults go into the log or are returned.

    Parameters
    ----------
    homes
        The communities, which tell how to clip a file that is too large.
    graph, store, report, room
        As for `planner.sources.read`: ``network``, ``store``, ``progress`` and ``room``.
    """
    extract, source = None, None
    if graph is not None or _fits(settings, folder, homes, log, room):
        extract, source = _network(settings, folder, profiles, log, report, store, graph=graph)
    extract, heights = _heights(settings, folder, profiles, log, extract)
    changes = read_changes(settings, folder, profiles)
    return StudyStreets(
        extract=changed_for_good(extract, changes, profiles, log),
        scenarios=changes.scenarios,
        inputs=(source, heights, *changes.inputs),
        issues=changes.issues,
    )


def _fits(settings: Settings, folder: Path, homes: Places, log: IssueLog, room: Room) -> bool:
    """Return whether the file of streets would fit into memory; the fault is in the log where it wouldn't."""
    section = settings.network
    if section is None or section.source is None or not (folder / section.source).is_file():
        return True
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
