"""XLSX: one sheet of a workbook, its values as they were last calculated."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import InputError, PlannerError, SourceError
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import RawTable, Unreadable, column_of, is_blank
from planner.sources.suggest import listing, which

HEADER_CELLS = 2
"""The header is the first row with two cells filled at least: a sheet's title fills one."""


def read_workbook(path: Path, *, log: IssueLog, sheet: str | None = None, role: str = "") -> RawTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path
        An .xlsx file.
    log
        Takes notes of the sheet and the header row where they were chosen.
    sheet
        Its name; else the one named as the table, else the first.
    role
        The table's name in the study.

    Returns
    -------
    RawTable
        ``rows`` are the sheet's rows, from 1. Formulas count by the results stored with them, and are
        ``Unreadable.FORMULA`` without one. Dates become text.

    Raises
    ------
    SourceError
        The file isn't a workbook.
    InputError
        No such sheet, no row, or two columns of one header.
    """
    name, others, values, formulas = _grids(path, log, sheet, role)
    top = next((place for place, row in enumerate(values) if _filled(row, formulas[place]) >= HEADER_CELLS), None)
    if top is None:
        top = next((place for place, row in enumerate(values) if _filled(row, formulas[place])), None)
    if top is None:
        message, remedy = f"sheet '{name}' is empty", "name the sheet with the rows"
        if others:
            remedy = f"read another with sheet = '…'; there are {listing(others)}"
        raise InputError([log.fatal("empty_table", message, remedy)])
    if top > 0:
        log.note("header_row", f"row {top + 1} of sheet '{name}' was taken for the header")
    header = [_header(cell) for cell in values[top]]
    _check_header(header, log)
    cells = {
        title: column_of(
            [
                _cell(_at(row, place), formula=bool(_at(formulas[number], place)))
                for number, row in enumerate(values[top + 1 :], start=top + 1)
            ]
        )
        for place, title in enumerate(header)
        if title
    }
    rows = np.arange(top + 2, len(values) + 1, dtype=np.int64)
    return RawTable(cells=cells, rows=rows, sheet=name, other_sheets=others)


def _grids(
    path: Path, log: IssueLog, sheet: str | None, role: str
) -> tuple[str, tuple[str, ...], list[list[Any]], list[list[bool]]]:
    """Return the sheet's name, those of the others, its values, and where it holds formulas."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that don't matter here
            stored = load_workbook(path, read_only=True, data_only=True)
            name = _choose(stored.sheetnames, log, sheet, role)
            others = tuple(other for other in stored.sheetnames if other != name)
            values = [[cell.value for cell in row] for row in _rows(stored[name])]
            stored.close()
            written = load_workbook(path, read_only=True, data_only=False)
            formulas = [[cell.data_type == "f" for cell in row] for row in _rows(written[name])]
            written.close()
    except PlannerError:
        raise
    except Exception as error:  # a damaged zip or XML fails in dozens of ways inside openpyxl
        message = f"the workbook can't be read ({type(error).__name__})"
        raise SourceError([log.fatal("corrupt_file", message, "open it and save it as .xlsx again")]) from error
    return name, others, values, formulas


def _rows(sheet: Any) -> Iterator[Any]:
    if not hasattr(sheet, "reset_dimensions"):  # a sheet that is a chart
        return
    sheet.reset_dimensions()  # the size that some programs write beside the cells is wrong
    yield from sheet.iter_rows()


def _choose(names: list[str], log: IssueLog, sheet: str | None, role: str) -> str:
    if sheet is not None:
        if sheet in names:
            return sheet
        raise InputError([log.fatal("unknown_sheet", f"there is no sheet '{sheet}'", which(sheet, names))])
    name = role if role in names else names[0]
    if len(names) > 1:
        log.note("sheet", f"sheet '{name}' was read, of {listing(names)}", "name another with sheet")
    return name


def _filled(values: list[Any], formulas: list[bool]) -> int:
    return sum(not is_blank(cell) for cell in values) + sum(
        formula and is_blank(cell) for cell, formula in zip(values, formulas, strict=False)
    )


def _header(cell: Any) -> str:
    return "" if is_blank(cell) else str(cell).strip()


def _check_header(header: list[str], log: IssueLog) -> None:
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        message = f"two columns are headed {listing(twice)}"
        raise InputError([log.fatal("duplicate_column", message, "give each column its own header")])


def _at(row: list[Any], place: int) -> Any:
    return row[place] if place < len(row) else None


def _cell(value: Any, *, formula: bool) -> Any:
    if formula and value is None:
        return Unreadable.FORMULA
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value
