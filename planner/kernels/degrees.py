"""Metres to degrees between the points of a lattice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def box(point: FloatArray) -> tuple[float, float, float, float]:
    """Return the least and the greatest x and y of points, of shape (points, 2): west, south, east, north."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(point.shape[0]):
        west, east = min(west, point[i, 0]), max(east, point[i, 0])
        south, north = min(south, point[i, 1]), max(north, point[i, 1])
    return west, south, east, north


@njit(cache=True, nogil=True)
def between(point: FloatArray, west: float, south: float, mesh: float, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return lon and lat of points, of shape (points, 2), linear between those of a lattice in either direction.

    Parameters
    ----------
    point
        Shape (points, 2), in metres, within the lattice.
    west, south, mesh
        The lattice's first point and how far its points are apart.
    lon, lat
        Of the lattice's points, of shape (rows, columns).
    """
    found = np.empty_like(point)
    for i in range(point.shape[0]):
        x, y = (point[i, 0] - west) / mesh, (point[i, 1] - south) / mesh
        column, row = int(x), int(y)
        x -= column
        y -= row
        found[i, 0] = _mixed(lon, row, column, x, y)
        found[i, 1] = _mixed(lat, row, column, x, y)
    return found


@njit(cache=True, nogil=True)
def _mixed(known: FloatArray, row: int, column: int, x: float, y: float) -> float:
    lower = known[row, column] + x * (known[row, column + 1] - known[row, column])
    upper = known[row + 1, column] + x * (known[row + 1, column + 1] - known[row + 1, column])
    return float(lower + y * (upper - lower))
