"""Datums met in China: WGS 84, CGCS2000, GCJ-02 (AMap, Tencent, Google's Chinese map) and BD-09 (Baidu).

CGCS2000 is taken for WGS 84: both realise the ITRF, and differ by centimetres to decimetres, chiefly by the drift of
the plates since 2000. That is far below the accuracy of a community's centroid. GCJ-02 and BD-09 are off by 400-700 m
and more, so a wrong datum moves a place by several blocks.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = ("wgs84", "cgcs2000", "gcj02", "bd09")

SEMI_MAJOR_M = 6378245.0
"""Krasovsky 1940, the ellipsoid of the published GCJ-02 formulas."""
ECCENTRICITY_SQUARED = 0.00669342162296594323

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees: GCJ-02 leaves what lies outside as it is."""

ROUNDS = 6
"""Each round of the inverse leaves about a thousandth of the error; 3 give 0.15 mm, 6 the last bits of a float."""

_BD_WAVE = np.pi * 3000.0 / 180.0


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[FloatArray, FloatArray]:
    """Turn degrees of any of the datums into WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees in ``datum``, of one shape; NaN stays NaN.
    datum
        One of ``DATUMS``.

    Returns
    -------
    tuple
        Lon and lat in degrees, WGS 84, of the same shape. The inverses err by less than 1 mm.

    Raises
    ------
    InputError
        The datum is none of these.

    Examples
    --------
    >>> lon, lat = to_wgs84([116.41024449916938], [39.91640428150164], "gcj02")
    >>> round(float(lon[0]), 6), round(float(lat[0]), 6)
    (116.404, 39.915)
    """
    east, north = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if datum in ("wgs84", "cgcs2000"):
        return east, north
    if datum == "gcj02":
        return gcj02_to_wgs84(east, north)
    if datum == "bd09":
        return gcj02_to_wgs84(*bd09_to_gcj02(east, north))
    raise InputError(
        [
            Issue(
                severity="error",
                code="unknown_datum",
                message=f"datum '{datum}' isn't known",
                remedy=f"use one of {', '.join(DATUMS)}",
            )
        ]
    )


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn WGS 84 degrees into GCJ-02; points outside ``CHINA_BOX`` stay as they are."""
    east, north = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    d_lon, d_lat = _gcj02_shift(east, north)
    inside = _in_china(east, north)
    return np.where(inside, east + d_lon, east), np.where(inside, north + d_lat, north)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn GCJ-02 degrees into WGS 84 by fixed-point iteration, to less than 1 mm."""
    east, north = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    found_lon, found_lat = east, north
    for _ in range(ROUNDS):
        d_lon, d_lat = _gcj02_shift(found_lon, found_lat)
        found_lon, found_lat = east - d_lon, north - d_lat
    inside = _in_china(found_lon, found_lat)  # the box is one of WGS 84 degrees, so it is asked of the answer
    return np.where(inside, found_lon, east), np.where(inside, found_lat, north)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn GCJ-02 degrees into BD-09."""
    east, north = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    radius = np.hypot(east, north) + 0.00002 * np.sin(north * _BD_WAVE)
    angle = np.arctan2(north, east) + 0.000003 * np.cos(east * _BD_WAVE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn BD-09 degrees into GCJ-02 by fixed-point iteration: the usual closed form errs by 0.2 m."""
    east, north = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    found_lon, found_lat = east - 0.0065, north - 0.006
    for _ in range(ROUNDS):
        again_lon, again_lat = gcj02_to_bd09(found_lon, found_lat)
        found_lon, found_lat = (found_lon + (east - again_lon), found_lat + (north - again_lat))
    return found_lon, found_lat


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn WGS 84 degrees into BD-09, by way of GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def _in_china(lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
    west, south, east, north = CHINA_BOX
    inside: npt.NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _gcj02_shift(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what GCJ-02 adds to lon and to lat, in degrees, by the published series."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (ripple + _waves(y, 20.0, 40.0, 3.0) + _waves(y, 160.0, 320.0, 30.0, first=12.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (ripple + _waves(x, 20.0, 40.0, 3.0) + _waves(x, 150.0, 300.0, 30.0, first=12.0)) * 2.0 / 3.0
    angle = np.radians(lat)
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(angle) ** 2
    d_lat = np.degrees(north_m) / (SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic)))
    d_lon = np.degrees(east_m) / (SEMI_MAJOR_M / np.sqrt(magic) * np.cos(angle))
    return d_lon, d_lat


def _waves(value: FloatArray, high: float, low: float, slow: float, *, first: float = 1.0) -> FloatArray:
    """Return one pair of the series' sines: ``high * sin(pi v / first) + low * sin(pi v / slow)``."""
    pair: FloatArray = high * np.sin(value * np.pi / first) + low * np.sin(value * np.pi / slow)
    return pair
