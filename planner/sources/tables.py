"""Tables of communities, facilities, candidates, areas and scored sites: read, judged whole, and made into Places."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from planner.errors import InputError, PlannerError
from planner.inputs import Input
from planner.places import no_places
from planner.schema import Schema
from planner.sources.files import sha256
from planner.sources.formats import read_raw
from planner.sources.headers import read_wording
from planner.sources.issue_log import IssueLog
from planner.sources.judging import Judging
from planner.sources.table_reading import RejectedRow, TableOptions, TableReading

MAY_BE_EMPTY = ("facilities", "candidates")
"""A place may have no facility yet, or nowhere to build one."""


def read_places(
    path: Path,
    schema: Schema,
    *,
    table: str | None = None,
    options: TableOptions | None = None,
    services: Mapping[str, Mapping[str, str]] | None = None,
    counts: Collection[str] = (),
    lenient: bool = False,
) -> TableReading:
    """Read a table and raise all its faults at once; parameters as for ``judge_table``.

    Raises
    ------
    InputError
        Any fault; each is an issue with file, row and remedy. With ``lenient``, only faults of the table as a whole.

    Examples
    --------
    >>> from planner.schema import COMMUNITIES
    >>> read_places(Path("no_such.csv"), COMMUNITIES)
    Traceback (most recent call last):
        ...
    planner.errors.InputError: no_such.csv: there is no such file; paths are relative to the study file
    """
    reading = judge_table(path, schema, table=table, options=options, services=services, counts=counts, lenient=lenient)
    if reading.faults:
        raise InputError(reading.faults)
    return reading


def judge_table(
    path: Path,
    schema: Schema,
    *,
    table: str | None = None,
    options: TableOptions | None = None,
    services: Mapping[str, Mapping[str, str]] | None = None,
    counts: Collection[str] = (),
    lenient: bool = False,
) -> TableReading:
    """Read a table and judge all of it; faults are returned, never raised.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, GeoParquet, CSV or XLSX.
    schema
        What the table must hold.
    table
        The file as the study names it; the path where left out.
    options
        How to read it.
    services
        By service, its names: cells may name it by any of them.
    counts
        Columns beyond the schema's that hold counts, such as a demand of the study's own.
    lenient
        Bad rows are set aside without a fault: one bad site must not lose the others.

    Returns
    -------
    TableReading
        Places in the order of the file, WGS 84. Columns that the schema doesn't know keep their header, and are
        numbers where every cell is one in the file; cells of a CSV stay text.
    """
    options = options or TableOptions()
    log = IssueLog(table or str(path))
    try:
        raw = read_raw(
            path,
            log=log,
            role=schema.name,
            encoding=options.encoding,
            layer=options.layer,
            sheet=options.sheet,
        )
        record = Input(
            path=log.table,
            sha256=sha256(path),
            rows=len(raw),
            date=options.date,
            datum=options.datum,
            encoding=raw.encoding,
        )
    except PlannerError as error:
        log.extend(error.issues)
        return TableReading(places=replace(no_places(schema.name), table=log.table), issues=tuple(log.issues))
    judging = Judging(
        schema,
        options,
        read_wording(services or {}),
        frozenset(counts),
        log,
        may_be_empty=schema.name in MAY_BE_EMPTY and not lenient,
    )
    places = judging.judge(raw)
    if raw.sheet is not None and raw.other_sheets:
        log.tell_sheets(raw.sheet, raw.other_sheets)
    rejected = tuple(
        RejectedRow(row=int(log.rows[position]), id=log.ids[position], reason="; ".join(log.reasons[position]))
        for position in sorted(log.reasons)
    )
    issues = log.in_order()
    if lenient:
        of_rows = {rejection.row for rejection in rejected}
        issues = [issue for issue in issues if issue.severity != "error" or issue.row not in of_rows]
    return TableReading(places=places, issues=tuple(issues), rejected=rejected, record=record, taken=judging.taken)
