"""What each table must hold, and the filter that picks rows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["id", "text", "count", "measure", "year", "flag", "services", "choice"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in"]
OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "in")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind decides how cells are read (``count``: whole and >= 0; ``measure``: finite and >= 0)."""

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """One table: its name, its geometry (``point``: a point or a polygon) and the columns that are read."""

    name: str
    geometry: Literal["point", "polygon", "optional"]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


_PEOPLE = tuple(
    Column(name, "count")
    for name in ("population", "population_60plus", "population_65plus", "population_under3", "households")
)
_AREA_TYPE = Column("area_type", "choice", choices=("new", "built"))

COMMUNITIES = Schema(
    "communities",
    "point",
    (
        Column("id", "id", required=True),
        Column("name", "text"),
        *_PEOPLE,
        Column("street", "text"),
        Column("county", "text"),
        _AREA_TYPE,
        Column("kind", "choice", choices=("urban", "village")),
    ),
)
FACILITIES = Schema(
    "facilities",
    "point",
    (
        Column("id", "id", required=True),
        Column("name", "text"),
        Column("service", "services", required=True),
        Column("community_id", "id"),
        Column("street", "text"),
        Column("county", "text"),
        *(Column(name, "count") for name in ("beds", "nursing_beds", "places", "residents")),
        *(Column(name, "measure") for name in ("floor_area_m2", "site_area_m2")),
        Column("ownership", "choice", choices=("public", "public_private", "private")),
        *(Column(name, "flag") for name in ("inclusive", "in_house_clinic", "agreement")),
        Column("star", "count"),
        *(Column(name, "flag") for name in ("demonstration", "registered")),
        Column("status", "choice", choices=("open", "planned", "closed")),
        Column("year", "year"),
    ),
)
CANDIDATES = Schema(
    "candidates",
    "point",
    (
        Column("id", "id", required=True),
        Column("name", "text"),
        Column("service", "services"),
        *(Column(name, "measure") for name in ("capacity", "floor_area_m2", "site_area_m2", "cost")),
        Column("tenure", "text"),
        Column("available_year", "year"),
        Column("forced", "flag"),
        Column("forbidden", "flag"),
        Column("community_id", "id"),
        Column("street", "text"),
        Column("county", "text"),
        *(Column(name, "count") for name in ("beds", "nursing_beds", "places")),
        Column("ownership", "choice", choices=("public", "public_private", "private")),
        *(Column(name, "flag") for name in ("inclusive", "in_house_clinic", "agreement")),
    ),
)
AREAS = Schema(
    "areas",
    "polygon",
    (
        Column("id", "id", required=True),
        Column(
            "level",
            "choice",
            required=True,
            choices=("city", "county", "street", "township", "community", "village", "residential_area"),
        ),
        Column("name", "text"),
        Column("parent", "id"),
        *_PEOPLE,
    ),
)

RESIDENTIAL_AREAS = Schema(
    "residential_areas",
    "optional",
    (
        Column("id", "id", required=True),
        Column("name", "text"),
        Column("households", "count", required=True),
        Column("population", "count"),
        Column("community_id", "id"),
        _AREA_TYPE,
        Column("year", "year"),
        Column("care_floor_area_m2", "measure"),
        Column("childcare_places", "count"),
    ),
)

POPULATION_POINTS = Schema(
    "population_points",
    "point",
    (
        Column("id", "id"),
        Column("community_id", "id", required=True),
        *_PEOPLE,
        *(Column(name, "measure") for name in ("floor_area_m2", "floors")),
    ),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose ``column`` compares with ``value``; a blank never matches, whatever the operator.

    Examples
    --------
    >>> import numpy as np
    >>> big = Filter("floor_area_m2", ">=", 350)
    >>> big.matches({"floor_area_m2": np.array([349.9, 350.0, np.nan])}, 3).tolist()
    [False, True, False]
    """

    column: str
    op: Operator
    value: Any

    def matches(self, columns: Mapping[str, npt.NDArray[Any]], rows: int) -> npt.NDArray[np.bool_]:
        """Return a mask of ``rows`` booleans; raises KeyError where the column is absent."""
        cells = columns[self.column]
        return np.fromiter((self._holds(cell) for cell in cells), dtype=bool, count=rows)

    def _holds(self, cell: Any) -> bool:
        if _is_blank(cell):
            return False
        value = self.value
        if isinstance(cell, tuple):  # several services in one cell: any of them may match
            return any(self._holds(part) for part in cell)
        if self.op == "in":
            return any(_same(cell, one) for one in value)
        if self.op in ("=", "!="):
            return _same(cell, value) == (self.op == "=")
        try:
            left, right = float(cell), float(value)
        except (TypeError, ValueError):
            return False
        return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[self.op])

    def in_words(self) -> str:
        """Return the filter as it is written, such as ``floor_area_m2 >= 350``."""
        return f"{self.column} {self.op} {self.value}"


def _is_blank(cell: Any) -> bool:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return True
    return isinstance(cell, (float, np.floating)) and bool(np.isnan(cell))


def _same(cell: Any, value: Any) -> bool:
    if isinstance(value, bool) or isinstance(cell, (bool, np.bool_)):
        return str(cell).lower() == str(value).lower()
    if isinstance(cell, str) and isinstance(value, str):  # codes stay text: '01' isn't '1'
        return cell.strip() == value.strip()
    try:
        return float(cell) == float(value)
    except (TypeError, ValueError):
        return str(cell).strip() == str(value).strip()
