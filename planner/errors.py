"""The errors that the planner raises on purpose; each carries the issues that explain it."""

from __future__ import annotations

from collections.abc import Iterable

from planner.issue import Issue


class PlannerError(Exception):
    """The root: every error raised on purpose, with its ``issues``."""

    def __init__(self, issues: Iterable[Issue] | str) -> None:
        if isinstance(issues, str):
            issues = [Issue(severity="error", code="fault", message=issues)]
        self.issues = tuple(issues)
        super().__init__("\n".join(issue.line() for issue in self.issues))


class InputError(PlannerError, ValueError):
    """The input is at fault: a wrong value, a missing column, an unknown name."""


class SourceError(PlannerError, OSError):
    """A source can't be read or reached: no such file, a corrupt file, no network."""


class CheckError(PlannerError, RuntimeError):
    """An answer failed its independent check: the planner's own fault, never the input's."""
