"""Which communities reach care on foot within 15 minutes, and where to build next.

Examples
--------
>>> import planner
>>> findings = planner.run(planner.sample_district())
>>> findings.coverages[0].communities.total
60
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.circle import Circle
    from planner.errors import CheckError, InputError, PlannerError, SourceError
    from planner.issue import Issue
    from planner.report import write
    from planner.sources import read, sample_district
    from planner.study import Findings, Study, check, isochrones, run, score

__all__ = [
    "CheckError",
    "Circle",
    "Findings",
    "InputError",
    "Issue",
    "PlannerError",
    "SourceError",
    "Study",
    "__version__",
    "check",
    "isochrones",
    "read",
    "run",
    "sample_district",
    "score",
    "write",
]

__version__ = "0.1.0"

_HOME = {
    "CheckError": "errors",
    "Circle": "circle",
    "Findings": "study",
    "InputError": "errors",
    "Issue": "issue",
    "PlannerError": "errors",
    "SourceError": "errors",
    "Study": "study",
    "check": "study",
    "isochrones": "study",
    "read": "sources",
    "run": "study",
    "sample_district": "sources",
    "score": "study",
    "write": "report",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is asked for, so that importing the package costs nothing."""
    if name in _HOME:
        return getattr(import_module(f"planner.{_HOME[name]}"), name)
    raise AttributeError(f"module 'planner' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
