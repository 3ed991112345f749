"""Changes of the streets that a study names: barriers and added streets, for good or in a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.errors import InputError, PlannerError
from planner.inputs import Input
from planner.issue import Issue
from planner.scenario import Scenario, change
from planner.sources.files import check_present, sha256
from planner.sources.formats import PARQUET, VECTOR, read_raw
from planner.sources.issue_log import IssueLog
from planner.sources.suggest import listing

if TYPE_CHECKING:
    from planner.profile import TravelProfile
    from planner.sources.extract import Extract
    from planner.sources.study_settings import NetworkSection, ScenarioSection, Settings
    from planner.ways import Ways

ENDINGS = (*VECTOR, *PARQUET)
"""The endings of files that barriers and added streets are read from."""

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING, shapely.GeometryType.MULTILINESTRING)
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changes the streets of a study: for good (None for nothing), and by scenario."""

    for_good: Scenario | None
    scenarios: tuple[Scenario, ...]
    inputs: tuple[Input, ...]
    issues: tuple[Issue, ...]


def read_changes(settings: Settings, folder: Path, profiles: Mapping[str, TravelProfile]) -> Changes:
    """Read every file of barriers and added streets that the study names; faults are returned among the issues."""
    reader = _Reader(folder, frozenset().union(*(profile.tag_keys for profile in profiles.values())))
    for_good = None
    if settings.network is not None and (settings.network.close or settings.network.add):
        for_good = reader.scenario("[network]", settings.network)
    found = []
    names: set[str] = set()
    for place, section in settings.scenarios.items():
        where = ("scenario", place)
        if section.name in names:
            message, remedy = f"two [[scenario]] are named '{section.name}'", "give each its own name"
            settings.fault((*where, "name"), "duplicate_name", message, remedy)
        names.add(section.name)
        if section.close is None and section.add is None and settings.is_whole(*where):
            message = f"scenario '{section.name}' changes nothing"
            settings.fault(where, "missing_key", message, 'write close = "a file", add = "a file", or both')
        found.append(reader.scenario(section.name, section))
    return Changes(
        for_good=for_good,
        scenarios=tuple(found),
        inputs=tuple(reader.inputs.values()),
        issues=tuple(dict.fromkeys(reader.issues)),
    )


def changed_for_good(
    extract: Extract | None, changes: Changes, profiles: Mapping[str, TravelProfile], log: IssueLog
) -> Extract | None:
    """Return the streets with what ``[network]`` closes and adds; None, and the fault in the log, where it can't be."""
    wanted = changes.for_good
    if extract is None or wanted is None or any(issue.severity == "error" for issue in changes.issues):
        return extract
    try:
        found = change(extract.ways, wanted, profiles.values())
    except InputError as error:
        log.extend(error.issues)
        return None
    issues = list(extract.issues)
    if len(wanted.closed):
        issues.append(_note(wanted.closed_table, "closed_streets", f"closed: {found.closed_m:,.0f} m of street"))
    if wanted.added is not None:
        issues.append(_note(wanted.added_table, "added_streets", f"added: {found.added_m:,.0f} m of street"))
    return replace(extract, ways=found.ways, issues=tuple(issues))


class _Reader:
    """Reads files of barriers and streets, each once in the record."""

    def __init__(self, folder: Path, tag_keys: frozenset[str]) -> None:
        self.folder, self.tag_keys = folder, tag_keys
        self.inputs: dict[str, Input] = {}
        self.issues: list[Issue] = []

    def scenario(self, name: str, section: ScenarioSection | NetworkSection) -> Scenario:
        """Return what a section closes and adds; what can't be read is left out and told."""
        found = Scenario(name=name)
        if section.close is not None:
            closed = self._closed(section.close)
            found = replace(found, closed=closed, closed_table=section.close)
        if section.add is not None:
            found = replace(found, added=self._added(section.add), added_table=section.add)
        return found

    def _closed(self, table: str) -> npt.NDArray[Any]:
        log = IssueLog(table)
        nothing = np.empty(0, dtype=object)
        try:
            self._must_be_vector(table, log)
            raw = read_raw(self.folder / table, log=log, role="close")
        except PlannerError as error:
            self.issues += error.issues
            return nothing
        self._record(table, len(raw))
        shapes = nothing if raw.geometry is None else raw.geometry
        kept = []
        for row, shape in zip(raw.rows.tolist(), shapes, strict=True):
            kind = -1 if shape is None else shapely.get_type_id(shape)
            if kind in _POLYGONS:
                kept.append(shape if shape.is_valid else shapely.make_valid(shape))
            elif kind in _LINES:
                kept.append(shape)
            elif shape is not None and not shape.is_empty:
                message = f"a barrier is a {shape.geom_type}"
                log.fault("bad_geometry", message, "draw it as a line or a polygon", row=row)
        if not kept and not log.has_faults():
            log.fault("empty_table", "there is no barrier", "draw one, or take close out")
        self.issues += log.in_order()
        found: npt.NDArray[Any] = np.array(kept, dtype=object)
        return found

    def _added(self, table: str) -> Ways | None:
        from planner.sources.lines import read_lines

        log = IssueLog(table)
        try:
            self._must_be_vector(table, log)
            check_present(self.folder / table, table=table)
            extract = read_lines(self.folder / table, table=table, tag_keys=self.tag_keys)
        except PlannerError as error:
            self.issues += error.issues
            return None
        self._record(table, len(extract.ways.way_id))
        self.issues += extract.issues
        return extract.ways

    def _must_be_vector(self, table: str, log: IssueLog) -> None:
        if not table.lower().endswith(ENDINGS):
            message = f"barriers and added streets can't be read from '{Path(table).name}'"
            raise InputError([log.fatal("unknown_format", message, f"save them as one of {listing(ENDINGS)}")])

    def _record(self, table: str, rows: int) -> None:
        self.inputs[table] = Input(path=table, sha256=sha256(self.folder / table), rows=rows, datum="wgs84")


def _note(table: str, code: str, message: str) -> Issue:
    return Issue(severity="note", code=code, table=table, message=message)
