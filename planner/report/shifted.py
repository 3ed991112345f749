"""The page's coordinates in the datum of its tiles: whatever is drawn moves by what the tiles are off."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np

from planner.datum import wgs84_to_gcj02
from planner.report.drawing import UNITS_PER_DEGREE, steps

DECIMALS = 6
"""Of a degree, as the page has them in WGS 84."""


def moved_to_gcj02(page: Any) -> Any:
    """Return a block of the page with its coordinates in GCJ-02.

    Parameters
    ----------
    page
        The drawing or the view as plain dicts and lists: lines (``n`` and ``d``), places (``lon`` and ``lat``) and
        ``bounds`` are moved, wherever they stand; all else stays as it is.

    Examples
    --------
    >>> moved_to_gcj02({"lon": [116.404], "lat": [39.915]})
    {'lon': (116.410244,), 'lat': (39.916404,)}
    >>> moved_to_gcj02({"n": [2], "d": [11640400, 3991500, 0, 10]})
    {'n': [2], 'd': [11641024, 3991640, 0, 10]}
    """
    if isinstance(page, dict):
        moved = {key: moved_to_gcj02(value) for key, value in page.items()}
        if isinstance(page.get("n"), list) and isinstance(page.get("d"), list):  # counts of verdicts have such keys too
            moved["d"] = _lines(page)
        if "lon" in page and "lat" in page:
            moved["lon"], moved["lat"] = _places(page["lon"], page["lat"])
        if "bounds" in page:
            south, west, north, east = page["bounds"]
            lon, lat = _places((west, east), (south, north))
            moved["bounds"] = [lat[0], lon[0], lat[1], lon[1]]
        return moved
    return type(page)(map(moved_to_gcj02, page)) if isinstance(page, (list, tuple)) else page


def _places(lon: Any, lat: Any) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    east, north = wgs84_to_gcj02(np.array(lon, float), np.array(lat, float))
    return _known(np.round(east, DECIMALS).tolist()), _known(np.round(north, DECIMALS).tolist())


def _known(degrees: list[float]) -> tuple[float | None, ...]:
    """Return None for what isn't a number: a place without a point."""
    return tuple(None if isnan(one) else one for one in degrees)


def _lines(block: dict[str, Any]) -> list[int]:
    if not block["d"]:
        return []
    points = np.cumsum(np.array(block["d"], np.int64).reshape(-1, 2), axis=0) / UNITS_PER_DEGREE
    return steps(np.column_stack(wgs84_to_gcj02(points[:, 0], points[:, 1])), block["n"])["d"]
