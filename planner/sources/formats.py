"""Any table of a study, read as its file gives it: the format is told by the file's ending."""

from __future__ import annotations

from pathlib import Path

from planner.errors import InputError
from planner.sources.files import check_present
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import RawTable

TEXT = (".csv", ".tsv", ".txt")
WORKBOOK = (".xlsx", ".xlsm")
VECTOR = (".gpkg", ".geojson", ".json", ".shp")
PARQUET = (".parquet", ".geoparquet")
READABLE = (*TEXT, *WORKBOOK, *VECTOR, *PARQUET)


def read_raw(
    path: Path,
    *,
    log: IssueLog,
    role: str = "",
    encoding: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
) -> RawTable:
    """Read a table without judging its cells.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, GeoParquet, CSV or XLSX.
    log
        Takes notes of what was chosen: encoding, layer, sheet, header row.
    role
        The table's name in the study; a layer or sheet of that name is preferred where there are several.
    encoding, layer, sheet
        Chosen by the user, where the format has such a thing.

    Raises
    ------
    SourceError
        No such file, or one that can't be read.
    InputError
        An option that the format doesn't have, or a layer, sheet or encoding that isn't there.
    """
    ending = path.suffix.lower()
    check_present(path, table=log.table)
    _check_options(ending, log, encoding=encoding, layer=layer, sheet=sheet)
    if ending in TEXT:
        from planner.sources.delimited import read_delimited

        return read_delimited(path, log=log, encoding=encoding)
    if ending in WORKBOOK:
        from planner.sources.workbooks import read_workbook

        return read_workbook(path, log=log, sheet=sheet, role=role)
    if ending in PARQUET:
        from planner.sources.vectors import read_parquet

        return read_parquet(path, log=log)
    if ending in VECTOR:
        from planner.sources.vectors import read_vector

        return read_vector(path, log=log, encoding=encoding, layer=layer, role=role)
    remedy = "save it as one of " + ", ".join(READABLE)
    if ending == ".xls":
        remedy = "open it and save it as .xlsx"
    raise InputError([log.fatal("unknown_format", f"tables that end in '{ending or path.name}' can't be read", remedy)])


def _check_options(ending: str, log: IssueLog, *, encoding: str | None, layer: str | None, sheet: str | None) -> None:
    faults = []
    if sheet is not None and ending not in WORKBOOK:
        faults.append(log.fatal("no_such_option", "only .xlsx files have a sheet", "leave sheet out"))
    if layer is not None and ending != ".gpkg":
        faults.append(log.fatal("no_such_option", "only .gpkg files have a layer", "leave layer out"))
    if encoding is not None and ending not in (*TEXT, ".shp"):
        faults.append(log.fatal("no_such_option", "only .csv and .shp files need an encoding", "leave encoding out"))
    if faults:
        raise InputError(faults)
