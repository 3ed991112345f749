"""How a study asks for a table, and what reading it gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.inputs import Input
from planner.issue import Issue
from planner.places import Places
from planner.schema import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """How the study asks for a table to be read; see the contract's ``[communities]``.

    Parameters
    ----------
    datum
        Of the coordinates.
    date
        Of the figures.
    columns
        By column, the header that holds it.
    where
        Which rows are read.
    set
        By column, one value for all rows.
    encoding, layer, sheet
        Where the format has such a thing.
    """

    datum: str = "wgs84"
    date: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Filter | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    encoding: str | None = None
    layer: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that can't be judged, and why."""

    row: int
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReading:
    """A table as read: its sound rows, what was found, and the record of its file.

    Parameters
    ----------
    places
        The rows without a fault.
    issues
        Everything found; without ``lenient`` the faults of rows are among them.
    rejected
        The rows with a fault.
    record
        The file for the study's list of inputs; None where it couldn't be read.
    taken
        By column, the header that was taken for it.
    """

    places: Places
    issues: tuple[Issue, ...]
    rejected: tuple[RejectedRow, ...] = ()
    record: Input | None = None
    taken: Mapping[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Issue, ...]:
        """Return the issues that stop the study."""
        return tuple(issue for issue in self.issues if issue.severity == "error")
