"""Cells judged by the kind of their column: text, counts, measures, years, flags, services, choices."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.schema import Column
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import Unreadable, column_of, is_blank
from planner.sources.suggest import shown, which

YEARS = (1900, 2200)
"""No facility of a study was opened before, or is planned after."""

EXACT_DIGITS = 10**15
"""Spreadsheets keep 15 digits of a number; longer codes come out rounded."""

MOST = 10**12
"""No figure of a study is larger: so many people, beds or square metres there are nowhere."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SPLIT = re.compile("[;；、]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellWords:
    """The words that cells may hold for the planner's own values.

    Parameters
    ----------
    flags
        By truth value, the words for it.
    choices
        By column, by value, the words for it.
    services
        By a service's name in any language, its key.
    """

    flags: Mapping[bool, frozenset[str]] = field(
        default_factory=lambda: {True: frozenset({"true", "yes", "1"}), False: frozenset({"false", "no", "0"})}
    )
    choices: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)


class _BadCellError(Exception):
    """A cell that can't be what its column holds: the code, what it is, and the remedy."""

    def __init__(self, code: str, what: str, remedy: str) -> None:
        self.code, self.what, self.remedy = code, what, remedy
        super().__init__(what)


def judge_column(
    column: Column, cells: npt.NDArray[Any], *, label: str, log: IssueLog, words: CellWords
) -> npt.NDArray[Any]:
    """Return a column's cells as its kind has them, with every fault in the log.

    Parameters
    ----------
    column
        What the column is.
    cells
        Length n, as the file gives them.
    label
        The header as people know it, for messages.
    log
        Takes one fault for each bad cell; its ``rows`` and ``ids`` are set.
    words
        What else cells may hold.

    Returns
    -------
    ndarray
        Length n. Counts, measures and years: floats, NaN for a blank. Services: tuples, empty for a blank. Else
        text or bool, None for a blank. A bad cell counts as blank.

    Examples
    --------
    >>> log = IssueLog("communities.csv")
    >>> log.rows = [2, 3, 4]
    >>> cells = np.array(["12", "", "-3"], dtype=object)
    >>> judge_column(Column("population", "count"), cells, label="population", log=log, words=CellWords()).tolist()
    [12.0, nan, nan]
    >>> log.issues[0].line()
    "communities.csv:4: population '-3' is negative; give a figure of 0 or more, or leave the cell blank if unknown"
    """
    numeric = column.kind in ("count", "measure", "year")
    out: list[Any] = []
    for position, cell in enumerate(cells):
        value: Any = () if column.kind == "services" else None
        try:
            value = _read(cell, column, words)
        except _BadCellError as bad:
            quoted = "" if is_blank(cell) or cell is Unreadable.FORMULA else f" '{shown(cell)}'"
            log.fault_at(position, bad.code, f"{label}{quoted} {bad.what}", bad.remedy)
        out.append(value)
    if numeric:
        return np.array([np.nan if value is None else value for value in out], dtype=np.float64)
    return column_of(out)


def readable(column: Column, cell: Any, words: CellWords) -> Any:
    """Return a cell as its column has it, or as it stands where it can't be read so; None for a blank."""
    try:
        return _read(cell, column, words)
    except _BadCellError:
        return cell


def text_of(cell: Any) -> str:
    """Return a cell as text without white space around it; whole numbers lose their point.

    Examples
    --------
    >>> text_of(12.0), text_of(" 012 "), text_of(7)
    ('12', '012', '7')
    """
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


def is_rounded(cell: Any) -> bool:
    """Return whether a code was stored as a number too long to be exact."""
    return isinstance(cell, float) and math.isfinite(cell) and abs(cell) >= EXACT_DIGITS


def number_of(cell: Any) -> float | None:
    """Return a cell as a number, or None where it isn't one; full-width figures count, separators don't."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float, np.number)):
        try:
            return float(cell)
        except OverflowError:  # workbooks may hold whole numbers of any length
            return math.inf if cell > 0 else -math.inf
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return math.copysign(math.inf, -1.0 if text.startswith("-") else 1.0)
    return float(text) if _NUMBER.fullmatch(text) else None


def words_key(cell: Any) -> str:
    """Return a cell as words are compared: without case, blanks and full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text_of(cell)).casefold().split())


def _read(cell: Any, column: Column, words: CellWords) -> Any:
    """Return one cell as its column has it, a blank as None or (); raise where it can't be so."""
    if is_blank(cell):
        if column.required:
            raise _BadCellError("blank_cell", "is blank", f"give each row its {column.name}")
        return () if column.kind == "services" else None
    if isinstance(cell, Unreadable):
        remedy = "open the workbook in a spreadsheet program and save it, or paste values"
        raise _BadCellError("formula", f"is {cell.value}", remedy)
    match column.kind:
        case "count" | "measure":
            found: Any = _number(cell, whole=column.kind == "count")
        case "year":
            found = _year(cell)
        case "flag":
            found = _flag(cell, words)
        case "services":
            found = _services(cell, words)
        case "choice":
            found = _choice(cell, column, words)
        case _:
            found = text_of(cell)
    return found


def _number(cell: Any, *, whole: bool) -> float:
    value = number_of(cell)
    blank = "or leave the cell blank if unknown"
    if value is None:
        raise _BadCellError("not_a_number", "isn't a number", f"write digits only, {blank}")
    if not math.isfinite(value):
        raise _BadCellError("not_finite", "isn't finite", f"give a finite figure, {blank}")
    if value < 0:
        raise _BadCellError("negative", "is negative", f"give a figure of 0 or more, {blank}")
    if value > MOST:
        raise _BadCellError("too_large", "is too large", f"give a figure of {MOST:,} at most, {blank}")
    if whole and not value.is_integer():
        raise _BadCellError("not_whole", "isn't whole", f"round it to a whole number, {blank}")
    return value + 0.0  # -0.0 becomes 0.0


def _year(cell: Any) -> float:
    value = number_of(cell)
    if value is None and re.fullmatch(r"\d{4}-\d{2}-\d{2}(T[\d:.]+)?", str(cell).strip()):
        value = float(str(cell).strip()[:4])  # a date cell of a spreadsheet
    first, last = YEARS
    if value is None or not (first <= value <= last) or not value.is_integer():
        remedy = f"write a year between {first} and {last}, or leave the cell blank if unknown"
        raise _BadCellError("bad_year", "isn't a year", remedy)
    return value


def _flag(cell: Any, words: CellWords) -> bool:
    if isinstance(cell, (bool, np.bool_)):
        return bool(cell)
    key = words_key(cell)
    for value, known in words.flags.items():
        if key in known:
            return value
    raise _BadCellError("bad_flag", "is neither yes nor no", "write yes or no, 是 or 否, or leave the cell blank")


def _services(cell: Any, words: CellWords) -> tuple[str, ...]:
    parts = [part.strip() for part in _SPLIT.split(text_of(cell))]
    found = tuple(dict.fromkeys(words.services.get(words_key(part), part) for part in parts if part))
    if not found:
        raise _BadCellError("blank_cell", "names no service", "name a service, several split by ;")
    return found


def _choice(cell: Any, column: Column, words: CellWords) -> str:
    key = words_key(cell)
    for value in column.choices:
        if key == value or key in words.choices.get(column.name, {}).get(value, ()):
            return value
    every = [
        word for value in column.choices for word in (value, *sorted(words.choices.get(column.name, {}).get(value, ())))
    ]
    remedy = which(text_of(cell), every)
    if not remedy.startswith("did"):
        remedy = f"use one of {', '.join(column.choices)}"
    raise _BadCellError("unknown_choice", "isn't known", remedy)
