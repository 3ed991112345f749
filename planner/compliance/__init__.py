"""Compliance: a government's plan held against areas, places and circles, indicator by indicator."""

from planner.compliance.assess import DEFAULT_PROXIMITY_M, assess
from planner.compliance.basis import Basis, bases
from planner.compliance.entry import (
    AreaEntry,
    Compliance,
    Entry,
    Judged,
    Nearness,
    Part,
    Reason,
    Recount,
    Reported,
    ReportedFigure,
    Standing,
    Verdict,
)
from planner.compliance.homes import NearHomes, near_homes, table_of
from planner.compliance.reached import differences
from planner.compliance.territory import Territory, survey

__all__ = [
    "DEFAULT_PROXIMITY_M",
    "AreaEntry",
    "Basis",
    "Compliance",
    "Entry",
    "Judged",
    "NearHomes",
    "Nearness",
    "Part",
    "Reason",
    "Recount",
    "Reported",
    "ReportedFigure",
    "Standing",
    "Territory",
    "Verdict",
    "assess",
    "bases",
    "differences",
    "near_homes",
    "survey",
    "table_of",
]
