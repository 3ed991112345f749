"""A finding about data: what is wrong or worth knowing, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One line of the issues table that reaches the report.

    Parameters
    ----------
    severity
        ``error`` stops the study, ``warning`` changes what a figure means, ``note`` explains.
    code
        A stable word for scripts, such as ``duplicate_id``.
    message
        What is the matter, in one sentence without a full stop.
    remedy
        How to mend it, in one sentence without a full stop; may be empty.
    table
        The file as the study names it, or the table's name where there is no file.
    row
        The line of the file (the header is line 1), or the number of the feature; None for the whole table.
    id
        The id of the community, facility … meant, where there is one.

    Examples
    --------
    >>> fault = Issue(
    ...     severity="error", code="duplicate_id", message="id 'c1' stands twice", remedy="give each its own id",
    ...     table="communities.csv", row=7,
    ... )
    >>> fault.line()
    "communities.csv:7: id 'c1' stands twice; give each its own id"
    """

    severity: Severity
    code: str
    message: str
    remedy: str = ""
    table: str = ""
    row: int | None = None
    id: str | None = None

    def line(self) -> str:
        """Return the finding as one line, ``FILE:ROW: what; how to mend it``, with control characters made visible."""
        place = f"{self.table}:{self.row}" if self.row is not None else self.table
        text = f"{self.message}; {self.remedy}" if self.remedy else self.message
        whole = f"{place}: {text}" if place else text
        return plain(whole)


def plain(text: str) -> str:
    r"""Return text with control characters made visible, so that a name can't play tricks on a terminal.

    Examples
    --------
    >>> print(plain(chr(27) + "[31mred"))
    \x1b[31mred
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
