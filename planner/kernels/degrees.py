"""Metres to degrees between the points of a lattice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def between(
    point: FloatArray, west: float, south: float, mesh: float, lon: FloatArray, lat: FloatArray
) -> FloatArray:
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
        for side, known in ((0, lon), (1, lat)):
            lower = known[row, column] + x * (known[row, column + 1] - known[row, column])
            upper = known[row + 1, column] + x * (known[row + 1, column + 1] - known[row + 1, column])
            found[i, side] = lower + y * (upper - lower)
    return found
