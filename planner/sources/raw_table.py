"""A table as its file gives it, before anything is judged; every format ends here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt


class Unreadable(Enum):
    """Cells that hold something which the file doesn't tell."""

    FORMULA = "a formula whose result isn't stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """Rows and columns as read.

    Parameters
    ----------
    cells
        By header, n cells: text, numbers, truth values, ``Unreadable``, or None for a blank; in the file's order.
    rows
        Length n: the line of the file, the row of the sheet, or the number of the feature from 1.
    geometry
        Length n: shapely geometries in degrees (EPSG:4326, or the study's own datum), None for none; None where the
        format has no geometry.
    encoding
        Of the text, where the file doesn't fix it.
    sheet, other_sheets
        Of a workbook: the one that was read, and the names of the rest.
    """

    cells: Mapping[str, npt.NDArray[Any]]
    rows: npt.NDArray[np.int64]
    geometry: npt.NDArray[Any] | None = None
    encoding: str | None = None
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: npt.NDArray[np.bool_]) -> RawTable:
        """Return the rows of a mask."""
        return replace(
            self,
            cells={header: column[keep] for header, column in self.cells.items()},
            rows=self.rows[keep],
            geometry=None if self.geometry is None else self.geometry[keep],
        )


def is_blank(cell: Any) -> bool:
    """Return whether a cell holds nothing: None, white space, or a NaN where the file has numbers."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell.strip()
    return isinstance(cell, float) and math.isnan(cell)


def column_of(cells: list[Any]) -> npt.NDArray[Any]:
    """Return cells as an array of objects; lists and tuples stay whole."""
    column: npt.NDArray[Any] = np.empty(len(cells), dtype=object)
    for position, cell in enumerate(cells):  # one by one: numpy would take tuples of one length for a second axis
        column[position] = cell
    return column
