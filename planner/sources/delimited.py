"""CSV: text in UTF-8 or GB18030, every cell kept as the text it is."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import numpy as np

from planner.errors import InputError, SourceError
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import RawTable, column_of
from planner.sources.suggest import listing, shown

UNICODE_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""Excel's "Unicode text" begins with one of these."""

ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in this order: GB18030 first would garble UTF-8 in silence, and gbk lacks rarer characters of names."""


def read_delimited(path: Path, *, log: IssueLog, encoding: str | None = None) -> RawTable:
    """Read a CSV file; codes keep their leading noughts because nothing is taken for a number.

    Parameters
    ----------
    path
        The file; its first line that isn't blank is the header. Commas, or tabs or semicolons where there are none.
    log
        Takes the note of an encoding other than UTF-8, and the faults of rows that don't fit the header.
    encoding
        In place of trying UTF-8, then GB18030.

    Returns
    -------
    RawTable
        ``rows`` are the file's lines, the first being 1; a row in several lines has the first of them.

    Raises
    ------
    InputError
        The text can't be decoded, or its quotes don't match.
    SourceError
        The file can't be read.
    """
    text, used = _text(path, log, encoding)
    if "\0" in text:
        raise SourceError([log.fatal("corrupt_file", "this isn't a text file", "save the table as CSV again")])
    header, records, lines = _records(text, log)
    width = len(header)
    for record, line in zip(records, lines, strict=True):
        if len(record) > width and any(cell.strip() for cell in record[width:]):
            log.fault(
                "too_many_cells",
                f"the row has {len(record)} cells and the header {width}",
                "put cells that hold commas in double quotes",
                row=line,
            )
    columns = {
        name: column_of([record[place] if place < len(record) else None for record in records])
        for place, name in enumerate(header)
        if name
    }
    _tell_nameless(header, records, log)
    return RawTable(cells=columns, rows=np.array(lines, dtype=np.int64), encoding=used)


def _text(path: Path, log: IssueLog, encoding: str | None) -> tuple[str, str]:
    """Return the text, and the encoding that it turned out to have."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError([log.fatal("unreadable_file", f"the file can't be read: {error.strerror}", "")]) from error
    if encoding is not None:
        return _decoded_as_told(data, log, encoding), encoding
    marked = [name for mark, name in UNICODE_MARKS.items() if data.startswith(mark)]
    for name in marked or ENCODINGS:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name not in ("utf-8-sig", "utf-16"):
            sample = next((line for line in text.splitlines() if not line.isascii()), "")
            log.note(
                "encoding", f"read as {name.upper()}, such as '{shown(sample)}'", "if this is garbled, set encoding"
            )
        return text, name.removesuffix("-sig")
    raise InputError(
        [log.fatal("encoding", "the text is neither UTF-8 nor GB18030", "save it as UTF-8, or set encoding")]
    )


def _decoded_as_told(data: bytes, log: IssueLog, encoding: str) -> str:
    try:
        return data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError as error:
        message, remedy = f"encoding '{encoding}' isn't known", "use utf-8 or gb18030, or leave it out"
        raise InputError([log.fatal("encoding", message, remedy)]) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line} isn't text in the encoding '{encoding}'"
        raise InputError([log.fatal("encoding", message, "leave encoding out, or save the table as UTF-8")]) from error


def _records(text: str, log: IssueLog) -> tuple[list[str], list[list[str]], list[int]]:
    """Return the header, the rows that aren't empty lines, and the line on which each begins."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((mark for mark in ",\t;" if mark in first), ",")
    limit = csv.field_size_limit(max(len(text), 1))  # a polygon written as text outgrows the module's 128 kB
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for record in reader:
            if record:
                records.append(record)
                lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        message = f"the double quotes don't match: {error}"
        remedy = "close each quote, and write a quote inside a cell twice"
        raise InputError([log.fatal("bad_quotes", message, remedy, row=begins)]) from error
    finally:
        csv.field_size_limit(limit)
    if not records:
        raise InputError([log.fatal("empty_table", "the table has no row", "save it with a header and rows")])
    header = [name.strip() for name in records[0]]
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        message = f"two columns are headed {listing(twice)}"
        raise InputError([log.fatal("duplicate_column", message, "give each column its own header")])
    return header, records[1:], lines[1:]


def _tell_nameless(header: list[str], records: list[list[str]], log: IssueLog) -> None:
    nameless = [place for place, name in enumerate(header) if not name]
    used = [place for place in nameless if any(place < len(record) and record[place].strip() for record in records)]
    if used:
        log.note("nameless_column", f"{len(used)} columns without a header were left out")
