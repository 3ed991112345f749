"""A layer of vector data: geometries and typed fields, nulls included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Fields = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer; ``geometry_type`` and ``geometry`` (shapely, degrees) are None for a table.

    Fields are text (objects, None for null), numbers (NaN for null), or masked whole numbers and flags.
    """

    name: str
    geometry_type: str | None
    geometry: Array | None
    fields: Fields


def texts(values: Iterable[Any]) -> Array:
    """Return a field of text; None stays null."""
    # half a surrogate pair (an undecodable file name) has no UTF-8
    cells = [None if one is None else str(one).encode("utf-8", "backslashreplace").decode() for one in values]
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


def nullable(values: Array, null: Array) -> Array:
    """Return a field of whole numbers or flags, null where the mask says so."""
    return np.ma.MaskedArray(values, mask=null)


def column_field(cells: Array) -> Array:
    """Return a column of a table as a field: numbers (whole ones without a point), flags, or text.

    Examples
    --------
    >>> column_field(np.array([3.0, np.nan])).tolist()
    [3, None]
    >>> column_field(np.array([("meal_service", "clinic"), None], dtype=object)).tolist()
    ['meal_service;clinic', None]
    """
    values = cells.tolist()
    known = [value for value in values if value is not None and value == value]  # noqa: PLR0124 - NaN isn't itself
    if cells.dtype.kind == "b" or (known and all(isinstance(value, (bool, np.bool_)) for value in known)):
        return nullable(np.array([value is not None and bool(value) for value in values], bool), _nulls(values))
    if cells.dtype.kind in "iuf" or (known and all(isinstance(value, (int, float)) for value in known)):
        numbers = np.array([np.nan if value is None else value for value in values], np.float64)
        unknown = np.isnan(numbers)
        if np.all(unknown | (numbers == np.rint(numbers))):
            return nullable(np.where(unknown, 0.0, numbers).astype(np.int64), unknown)
        return numbers
    return texts([";".join(map(str, value)) if isinstance(value, tuple) else _text(value) for value in values])


def _nulls(values: list[Any]) -> Array:
    return np.array([value is None for value in values], bool)


def _text(value: Any) -> str | None:
    return None if value is None or value != value else str(value)  # noqa: PLR0124 - NaN isn't itself
