"""The issues found while one file is judged, and which of its rows are at fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from planner.issue import Issue, Severity
from planner.sources.suggest import listing


class IssueLog:
    """Collects every issue of one table, so that all faults can be told at once.

    Parameters
    ----------
    table
        The file as the study names it.

    Examples
    --------
    >>> log = IssueLog("communities.csv")
    >>> log.rows, log.ids = [2, 3], ["c1", "c2"]
    >>> log.fault_at(1, "negative", "population is -5", "give a figure of 0 or more")
    >>> log.issues[0].row, log.issues[0].id, sorted(log.reasons)
    (3, 'c2', [1])
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self.issues: list[Issue] = []
        self.rows: Sequence[int] = ()
        self.ids: Sequence[str | None] = ()
        self.reasons: dict[int, list[str]] = {}

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        remedy: str = "",
        *,
        row: int | None = None,
        place_id: str | None = None,
    ) -> None:
        """Note one issue of the table, or of a row of it."""
        self.issues.append(
            Issue(severity=severity, code=code, message=message, remedy=remedy, table=self.table, row=row, id=place_id)
        )

    def fault(self, code: str, message: str, remedy: str = "", *, row: int | None = None) -> None:
        """Note a fault of the table as a whole, or of a row that isn't counted among ``rows``."""
        self.add("error", code, message, remedy, row=row)

    def fault_at(self, position: int, code: str, message: str, remedy: str = "") -> None:
        """Note a fault of the row at a position, 0..n-1; the row is then at fault as a whole."""
        self.reasons.setdefault(position, []).append(message)
        self._add_at("error", position, code, message, remedy)

    def warn_at(self, position: int, code: str, message: str, remedy: str = "") -> None:
        """Note a warning about the row at a position."""
        self._add_at("warning", position, code, message, remedy)

    def fatal(self, code: str, message: str, remedy: str = "", *, row: int | None = None) -> Issue:
        """Return a fault that ends the reading of the table, for the error to carry."""
        return Issue(severity="error", code=code, message=message, remedy=remedy, table=self.table, row=row)

    def note(self, code: str, message: str, remedy: str = "") -> None:
        """Note what was done, where the reader should know."""
        self.add("note", code, message, remedy)

    def extend(self, issues: Iterable[Issue]) -> None:
        """Take over issues found elsewhere."""
        self.issues.extend(issues)

    def tell_sheets(self, sheet: str, others: Sequence[str]) -> None:
        """Add to each column that isn't there which sheet was read, and which could be."""
        more = f"or read another sheet with sheet = '…': there are {listing(others)}"
        self.issues = [
            replace(issue, message=f"{issue.message}, in sheet '{sheet}'", remedy=f"{issue.remedy}; {more}")
            if issue.code == "missing_column"
            else issue
            for issue in self.issues
        ]

    def in_order(self) -> list[Issue]:
        """Return the issues in the order of their rows, those of the whole table first."""
        return sorted(self.issues, key=lambda issue: -1 if issue.row is None else issue.row)

    def has_faults(self) -> bool:
        """Return whether any issue stops the study."""
        return any(issue.severity == "error" for issue in self.issues)

    def _add_at(self, severity: Severity, position: int, code: str, message: str, remedy: str) -> None:
        place_id = self.ids[position] if position < len(self.ids) else None
        self.add(severity, code, message, remedy, row=self.rows[position], place_id=place_id)
