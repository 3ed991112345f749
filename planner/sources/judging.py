"""The judging of one table: headers, filter, ids, columns, positions, and the rows that are sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.places import Places
from planner.schema import Column, Filter, Schema
from planner.sources.cells import is_rounded, judge_column, number_of, readable, text_of
from planner.sources.coordinates import Positions, locate
from planner.sources.headers import COORDINATES, Wording, find_column, take_headers
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import RawTable, Unreadable, column_of, is_blank
from planner.sources.suggest import listing, shown, which
from planner.sources.table_reading import TableOptions

MOST_IN_ALL = 2**53
"""Above this, sums of whole numbers aren't exact."""

RESERVED = ("id", "name", *COORDINATES)
"""What Places keeps outside its ``columns``."""


def in_own_words(where: Filter, schema: Schema, wording: Wording) -> Filter:
    """Return a filter on a column of the schema with its value in the planner's own words: 公办 becomes public."""
    column = find_column(schema, where.column)
    if column is None:
        return where

    def own(value: Any) -> Any:
        found = readable(column, value, wording.cells)
        return found[0] if isinstance(found, tuple) and len(found) == 1 else found

    several = where.op == "in" and isinstance(where.value, (list, tuple))
    return replace(where, value=[own(value) for value in where.value] if several else own(where.value))


class Judging:
    """The judging of one table, step by step; every fault goes to the log."""

    def __init__(
        self,
        schema: Schema,
        options: TableOptions,
        wording: Wording,
        counts: frozenset[str],
        log: IssueLog,
        *,
        may_be_empty: bool = False,
    ) -> None:
        self.schema, self.options, self.wording, self.counts, self.log = schema, options, wording, counts, log
        self.may_be_empty = may_be_empty
        self.taken: dict[str, str] = {}

    def judge(self, raw: RawTable) -> Places:
        """Return the sound rows."""
        raw = self._without_blank_rows(raw)
        if len(raw) == 0:
            self._tell_empty("the table has no row", "give it its rows, or name another file")
            raw = self._with_every_header(raw)
        self.taken = take_headers(
            list(raw.cells),
            self.schema,
            told=self.options.columns,
            wording=self.wording,
            log=self.log,
            settled=tuple(self.options.set),
            with_geometry=raw.geometry is not None,
        )
        raw = self._picked(raw)
        self.log.rows = raw.rows.tolist()
        self.log.ids = [None] * len(raw)
        ids = self._ids(raw)
        columns = self._columns(raw)
        names = columns.pop("name", None)
        positions = locate(raw, self.taken, need=self.schema.geometry, datum=self.options.datum, log=self.log)
        columns.update(self._extras(raw, columns))
        self._judge_sums(raw, columns)
        return self._sound(raw, ids, names, columns, positions)

    def _tell_empty(self, message: str, remedy: str) -> None:
        if self.may_be_empty:
            self.log.add("warning", "empty_table", f"{message}, so the study has no {self.schema.name}", remedy)
        else:
            self.log.fault("empty_table", message, remedy)

    def _with_every_header(self, raw: RawTable) -> RawTable:
        """Return an empty table of a format that tells no header without a row (GeoJSON) as if it had them all."""
        if raw.cells or not self.may_be_empty:
            return raw
        return replace(raw, cells={column.name: column_of([]) for column in self.schema.columns})

    def _without_blank_rows(self, raw: RawTable) -> RawTable:
        blank = np.ones(len(raw), dtype=bool)
        for cells in raw.cells.values():
            blank &= np.fromiter((is_blank(cell) for cell in cells), dtype=bool, count=len(raw))
        if raw.geometry is not None:
            blank &= np.fromiter((shape is None for shape in raw.geometry), dtype=bool, count=len(raw))
        if not blank.any():
            return raw
        self.log.note("blank_rows", f"{int(blank.sum())} blank rows were left out")
        return raw.take(~blank)

    def _picked(self, raw: RawTable) -> RawTable:
        """Return the rows that ``where`` asks for, and say how many it left."""
        where = self.options.where
        if where is None or len(raw) == 0:
            return raw
        header = self.taken.get(where.column, where.column)
        if header not in raw.cells:
            known = [*raw.cells, *self.taken]
            self.log.fault("unknown_column", f"where: there is no column '{where.column}'", which(where.column, known))
            return raw
        cells = raw.cells[header]
        column = find_column(self.schema, where.column)
        if column is not None:  # named by the planner's word, so compared in the planner's words
            words = self.wording.cells
            cells = column_of([readable(column, cell, words) for cell in cells])
        asked = in_own_words(where, self.schema, self.wording)
        keep = asked.matches({where.column: cells}, len(raw))
        self.log.note("filtered", f"{int(keep.sum())} of {len(raw)} rows are read, those with {where.in_words()}")
        if not keep.any():
            remedy = f"the column holds {_values(raw.cells[header])}"
            self._tell_empty(f"no row has {where.in_words()}", remedy)
        return raw.take(keep)

    def _ids(self, raw: RawTable) -> npt.NDArray[Any]:
        header = self.taken.get("id")
        if header is None:
            known = self.schema.column("id")
            by_row = known is not None and not known.required  # rows that nobody names are known by where they stand
            return column_of([str(row) if by_row else None for row in raw.rows])
        cells = raw.cells[header]
        readable_ids = [None if is_blank(cell) or isinstance(cell, Unreadable) else text_of(cell) for cell in cells]
        self.log.ids = readable_ids
        ids = judge_column(
            Column("id", "id", required=True), cells, label=self._label("id"), log=self.log, words=self.wording.cells
        )
        if any(is_rounded(cell) for cell in cells):
            message = "ids of more than 15 digits were stored as numbers and may be rounded"
            self.log.add("warning", "rounded_id", message, "store them as text")
        first: dict[str, int] = {}
        for position, place_id in enumerate(ids):
            if place_id is None:
                continue
            if place_id in first:
                row = self.log.rows[first[place_id]]
                message = f"id '{place_id}' stands twice, first in row {row}"
                self.log.fault_at(position, "duplicate_id", message, "give each row its own id")
            else:
                first[place_id] = position
        return ids

    def _columns(self, raw: RawTable) -> dict[str, npt.NDArray[Any]]:
        """Return the schema's columns that the table has, and those that the study sets."""
        found: dict[str, npt.NDArray[Any]] = {}
        for name, header in self.taken.items():
            column = self._column(name)
            if column is not None and name != "id" and name not in self.options.set:
                found[name] = judge_column(
                    column, raw.cells[header], label=self._label(name), log=self.log, words=self.wording.cells
                )
        for name, value in self.options.set.items():
            column = self._column(name)
            if column is None or name == "id":
                known = [known.name for known in self.schema.columns if known.name != "id"]
                message = f"set: {self.schema.name} have no column '{name}' that can be set"
                self.log.fault("unknown_column", message, which(name, known))
                continue
            one = IssueLog(self.log.table)
            one.rows = [0]
            label = f"set: {name}"
            cell = judge_column(column, column_of([value]), label=label, log=one, words=self.wording.cells)
            for issue in one.issues:
                self.log.fault(issue.code, issue.message, issue.remedy)
            found[name] = cell[np.zeros(len(raw), dtype=np.int64)]
            if name in self.taken:
                message = f"'{self.taken[name]}' of the table gives way to set = {{ {name} = '{value}' }}"
                self.log.note("set", message)
        return found

    def _judge_sums(self, raw: RawTable, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        """Note a fault for each column of counts whose sum isn't exact, at the row of its largest."""
        for name, cells in columns.items():
            column = self._column(name)
            if column is None or column.kind != "count" or not np.nansum(cells) > MOST_IN_ALL:
                continue
            largest = int(np.nanargmax(cells))
            message = f"{self._label(name)}: the figures add up to {np.nansum(cells):.3g}, too many to be exact"
            remedy = f"check them all, the largest of them, '{shown(text_of(cells[largest]))}', first"
            self.log.fault("too_large", message, remedy, row=int(raw.rows[largest]))

    def _column(self, name: str) -> Column | None:
        known = find_column(self.schema, name)
        return Column(name, "count") if known is None and name in self.counts else known

    def _extras(self, raw: RawTable, columns: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
        """Return the columns that the schema doesn't know, under their own headers."""
        used = set(self.taken.values())
        free = [header for header in raw.cells if header not in used]
        lost = [header for header in free if header in RESERVED or header in columns]
        if lost:
            self.log.note("column_left_out", f"'{', '.join(lost)}' is left out: another column was taken for it")
        extras: dict[str, npt.NDArray[Any]] = {}
        for header in free:
            if header in lost:
                continue
            if header in self.counts:
                extras[header] = judge_column(
                    Column(header, "count"),
                    raw.cells[header],
                    label=header,
                    log=self.log,
                    words=self.wording.cells,
                )
            else:
                extras[header] = self._as_it_is(header, raw.cells[header])
        return extras

    def _as_it_is(self, header: str, cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
        formulas = sum(cell is Unreadable.FORMULA for cell in cells)
        if formulas:
            message = f"{formulas} formulas of column '{header}' have no stored result and count as blank"
            remedy = "open the workbook in a spreadsheet program and save it, or paste values"
            self.log.add("warning", "formula", message, remedy)
        plain = [None if is_blank(cell) or cell is Unreadable.FORMULA else cell for cell in cells]
        if any(cell is not None for cell in plain) and all(
            cell is None or (isinstance(cell, (int, float)) and not isinstance(cell, bool)) for cell in plain
        ):
            return np.array([np.nan if cell is None else number_of(cell) for cell in plain], dtype=np.float64)
        return column_of([cell.strip() if isinstance(cell, str) else cell for cell in plain])

    def _label(self, name: str) -> str:
        header = self.taken.get(name, name)
        return name if header == name else f"{name} ({header})"

    def _sound(
        self,
        raw: RawTable,
        ids: npt.NDArray[Any],
        names: npt.NDArray[Any] | None,
        columns: Mapping[str, npt.NDArray[Any]],
        positions: Positions,
    ) -> Places:
        """Return the rows without a fault as Places; a blank name is the id."""
        if names is None:
            names = ids
        named = column_of([place_id if name is None else name for name, place_id in zip(names, ids, strict=True)])
        keep = np.array([position not in self.log.reasons for position in range(len(raw))], dtype=bool)
        return Places(
            role=self.schema.name,
            table=self.log.table,
            ids=ids,
            names=named,
            lon=positions.lon,
            lat=positions.lat,
            row=raw.rows,
            columns=columns,
            polygon=positions.polygon,
        ).take(keep)


def _values(cells: npt.NDArray[Any]) -> str:
    """Return the values of a column, for a message: the first few that differ, or the range of numbers."""
    held = [cell for cell in cells if not is_blank(cell)]
    numbers = [number_of(cell) for cell in held]
    known = [number for number in numbers if number is not None]
    if held and len(known) == len(held):
        return f"{min(known):g} to {max(known):g}"
    return listing(dict.fromkeys(text_of(cell) for cell in held)) or "blanks only"
