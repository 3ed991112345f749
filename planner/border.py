"""Where the data stop: what lies beyond the border of the network, or of the facilities, nobody knows."""

from __future__ import annotations

from collections.abc import Iterable

from planner.circle import Circle
from planner.issue import Issue
from planner.measure import FloatArray, project
from planner.network import Network
from planner.places import Places

SIDES = ("west", "south", "east", "north")
Box = tuple[float, float, float, float]
"""Metres of the outermost points, by `SIDES`."""


def judge(
    circles: Iterable[tuple[Circle, float, Places]], network: Network, communities: Places, *, table: str
) -> list[Issue]:
    """Return a note for each circle whose network, or facilities, stop less than one limit beyond the communities.

    Parameters
    ----------
    circles
        Each with its speed in m/s and the facilities that count.
    table
        The facilities' table, for messages.

    Notes
    -----
    Of several circles the one that reaches farthest speaks for the network, and of each service for its facilities.
    """
    widest: dict[str, tuple[float, Circle, Places]] = {}
    for circle, speed_m_s, facilities in circles:
        radius_m = circle.radius_m(speed_m_s)
        if circle.service not in widest or radius_m > widest[circle.service][0]:
            widest[circle.service] = (radius_m, circle, facilities)
    if not widest or len(communities) == 0:
        return []
    radius_m, circle, _ = max(widest.values(), key=lambda one: one[0])
    issues = []
    home = _box(*project(network.crs, communities.lon, communities.lat))
    short = _short(_box(network.point_x, network.point_y), home, radius_m)
    if short:
        message = f"circle '{circle.name}' reaches {radius_m:,.0f} m, but the network goes only {short} beyond"
        remedy = "take an extract that reaches that much farther than the communities, unless nothing lies there"
        issues.append(_note("network_stops_short", network.table, f"{message} the outermost community", remedy))
    for radius_m, circle, facilities in widest.values():
        if len(facilities) == 0:
            continue
        short = _short(_box(*project(network.crs, facilities.lon, facilities.lat)), home, radius_m)
        if short:
            message = f"circle '{circle.name}' reaches {radius_m:,.0f} m, but its facilities go only {short} beyond"
            remedy = "add those across the border, if there are any: people may walk there"
            issues.append(_note("facilities_stop_short", table, f"{message} the outermost community", remedy))
    return issues


def _box(x: FloatArray, y: FloatArray) -> Box:
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _short(known: Box, home: Box, radius_m: float) -> str:
    """Return the sides on which what is known goes less than a radius beyond the communities, in words."""
    beyond_m = (home[0] - known[0], home[1] - known[1], known[2] - home[2], known[3] - home[3])
    return ", ".join(
        f"{metres:,.0f} m in the {side}" for side, metres in zip(SIDES, beyond_m, strict=True) if metres < radius_m
    )


def _note(code: str, table: str, message: str, remedy: str) -> Issue:
    return Issue(severity="note", code=code, table=table, message=message, remedy=remedy)
