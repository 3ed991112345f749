"""Compliance: a government's plan held against areas, places and circles, indicator by indicator."""

from planner.compliance.entry import AreaEntry, Compliance, Entry, Judged, Nearness, Reason, ReportedFigure, Verdict

__all__ = [
    "AreaEntry",
    "Compliance",
    "Entry",
    "Judged",
    "Nearness",
    "Reason",
    "ReportedFigure",
    "Verdict",
]
