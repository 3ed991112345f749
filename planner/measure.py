"""Units: integer time and length, minutes and metres, and the metric CRS.

Times are whole deciseconds and lengths whole millimetres wherever they are summed or compared, so that ties at a
limit are settled the same way everywhere and sums don't depend on their order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Quanta = npt.NDArray[np.int32]
"""Whole deciseconds or millimetres of one edge: 31 bits hold 6 years, or 2,147 km."""

TIME_QUANTUM_S = 0.1
"""The one time quantum of the project, a decisecond: 0.1 m of walking at 1 m/s, below any survey's accuracy."""

LENGTH_QUANTUM_M = 0.001
"""The one length quantum, a millimetre: the same order as seven decimals of a degree."""

UNREACHED = np.int64(2**62)
"""Above every real time or length; the sum of two still fits in an int64."""

GEOGRAPHIC_CRS = "EPSG:4326"


def time_quanta(seconds: npt.ArrayLike) -> IntArray:
    """Round seconds to whole deciseconds, halves to even.

    Examples
    --------
    >>> time_quanta([0.04, 0.06, 900.0]).tolist()
    [0, 1, 9000]
    """
    quanta = np.asarray(seconds, dtype=np.float64) / TIME_QUANTUM_S
    return np.rint(quanta, out=quanta if quanta.ndim else None).astype(np.int64)


def length_quanta(metres: npt.ArrayLike) -> IntArray:
    """Round metres to whole millimetres, halves to even."""
    return np.rint(np.asarray(metres, dtype=np.float64) / LENGTH_QUANTUM_M).astype(np.int64)


def lies_between(value: Any, low: float, high: float) -> bool:
    """Return whether a value, whatever it is, is a number between two bounds, both included.

    Examples
    --------
    >>> [lies_between(value, 0.0, 1.0) for value in (0.5, 1, 2.0, float("nan"), True, "1", None)]
    [True, True, False, False, False, False, False]
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return bool(is_number and low <= value <= high)


def minutes(quanta: npt.ArrayLike) -> FloatArray:
    """Turn deciseconds into minutes.

    Examples
    --------
    >>> minutes([9000]).tolist()
    [15.0]
    """
    return np.asarray(quanta, dtype=np.float64) / 600.0  # 600 ds in a minute: exact where the answer is


def metres(quanta: npt.ArrayLike) -> FloatArray:
    """Turn millimetres into metres."""
    return np.asarray(quanta, dtype=np.float64) / 1000.0


@lru_cache(maxsize=32)
def metric_crs(lon: float, lat: float) -> CRS:
    """Return the transverse Mercator in metres centred at a point, with scale 1 there.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84; rounded to 4 decimals (11 m), so that the CRS has a short name.

    Notes
    -----
    At 50 km from the central meridian the scale errs by 0.003 %.
    """
    return CRS.from_proj4(
        f"+proj=tmerc +lat_0={round(lat, 4)} +lon_0={round(lon, 4)} +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
    )


@lru_cache(maxsize=32)
def _transformers(crs: CRS) -> tuple[Transformer, Transformer]:
    return (
        Transformer.from_crs(GEOGRAPHIC_CRS, crs, always_xy=True),
        Transformer.from_crs(crs, GEOGRAPHIC_CRS, always_xy=True),
    )


def project(crs: CRS, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Project WGS 84 degrees to metres in ``crs``; returns x and y of the same shape."""
    x, y = _transformers(crs)[0].transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def unproject(crs: CRS, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Turn metres in ``crs`` back into WGS 84 degrees; returns lon and lat of the same shape."""
    lon, lat = _transformers(crs)[1].transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def shapes_in_metres(crs: CRS, shapes: Any) -> Any:
    """Project shapely geometries, one or an array of them; lines run straight between their corners, as on the map."""
    return shapely.transform(shapes, lambda at: np.column_stack(project(crs, at[:, 0], at[:, 1])))
