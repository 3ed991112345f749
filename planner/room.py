"""Room: the memory that a piece of work would take, held against what is free before it begins."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from planner.errors import InputError
from planner.issue import Issue

if TYPE_CHECKING:  # the command line loads this module, and numpy only when it works
    from planner.measure import FloatArray

Room = Callable[[], float]
"""Gives the bytes of memory that are free now."""

# Bytes that a study takes, above what the program itself does: the growth of the process's peak resident memory on
# Linux with Python 3.11. Streets: the extract of Porto Alegre laid side by side 36 times (2.4 million corners, 1.1
# million edges), to the end of the search 220 a corner, to the end of the writing 630. Communities: Porto Alegre with
# 1,227, 5,000 and 20,000 of them, 8,500 each. Pairs: 5,000 communities and 1,000 candidates, 0.2 and 1.8 million pairs,
# 160 each, 430 when written. Sites: 50,000, 1,100 each scored and 1,900 printed as JSON. All rounded
# up.
CORNER_SEARCHED = 250
CORNER_WRITTEN = 700
CORNER_PER_PROFILE = 100
PLACE_SEARCHED = 1_000
COMMUNITY_WRITTEN = 10_000
PAIR = 450
SITE_SCORED = 3_500

MARGIN_DEGREES = 0.03
"""About 3 km: what must be left around the communities for walks that lead outside and back."""


def unlimited() -> float:
    """Return room for anything: nothing is refused."""
    return math.inf


def must_fit(need_bytes: float, room: Room, *, table: str, what: str, remedy: str) -> None:
    """Raise InputError where a piece of work would take more memory than is free.

    Parameters
    ----------
    need_bytes
        The estimate.
    table
        What the fault is told of.
    what
        The piece of work, as the beginning of a sentence.
    remedy
        How to ask for less.

    Examples
    --------
    >>> must_fit(3e9, lambda: 1e9, table="a.pbf", what="it", remedy="clip it")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    planner.errors.InputError: a.pbf: it would take about 3.0 GB of memory, and 1.0 GB are free; clip it, or go on ...
    """
    free = room()
    if need_bytes <= free:
        return
    message = f"{what} would take about {_amount(need_bytes)} of memory, and {_amount(free)} are free"
    remedy = f"{remedy}, or go on all the same with --no-memory-check"
    raise InputError([Issue(severity="error", code="too_large", table=table, message=message, remedy=remedy)])


def how_to_clip(table: str, lon: FloatArray, lat: FloatArray) -> str:
    """Return how to cut a network to what lies around some places, with the command where there is one.

    Examples
    --------
    >>> import numpy as np
    >>> how_to_clip("a.osm.pbf", np.array([117.1, 117.3]), np.array([39.1, 39.2]))  # doctest: +ELLIPSIS
    'clip it to the communities: osmium extract --bbox 117.07,39.07,117.33,39.23 ...'
    """
    box = "WEST,SOUTH,EAST,NORTH"
    if len(lon):
        edges = (
            lon.min() - MARGIN_DEGREES,
            lat.min() - MARGIN_DEGREES,
            lon.max() + MARGIN_DEGREES,
            lat.max() + MARGIN_DEGREES,
        )
        box = ",".join(f"{edge:.2f}" for edge in edges)
    if ".osm" not in table.lower() and not table.lower().endswith(".pbf"):
        return f"clip it to the communities, {box} in degrees, with a GIS"
    command = f"osmium extract --bbox {box} --set-bounds --strategy complete_ways {shlex.quote(table)}"
    return f"clip it to the communities: {command} -o clipped.osm.pbf"


def _amount(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(count, 0.0) / 1e6:,.0f} MB"
