"""Heights from an elevation model, sampled at the nodes of streets; needs rasterio, which is an extra."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.measure import GEOGRAPHIC_CRS, FloatArray
from planner.ways import Ways

FEW = 0.99
"""Where the model holds less than this share of the nodes, a warning says so: some streets then have no grade."""


def with_heights(ways: Ways, path: Path, *, table: str) -> tuple[Ways, tuple[Issue, ...]]:
    """Return the ways with the height of each node, and a warning where the model doesn't hold them all.

    Parameters
    ----------
    path
        A raster of heights in metres in any CRS that it states, such as a GeoTIFF; its first band is read.
    table
        The file as the study names it.

    Raises
    ------
    SourceError
        The file is damaged, or no raster.
    InputError
        rasterio isn't installed, the raster states no CRS, or it lies elsewhere.

    Notes
    -----
    A height is the mean of the four cells around a node, each weighted by how near its centre is. Where one of the
    four is missing, so is the height.
    """
    rasterio = _rasterio(table)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # it's told as a fault below
            raster = rasterio.open(path)
        with raster:
            if raster.crs is None:
                raise _fault(table, "missing_crs", "the raster states no CRS", "set its CRS in a GIS and save it again")
            heights = _sampled(raster, *_in_crs(raster.crs.to_wkt(), ways.lon, ways.lat))
    except rasterio.errors.RasterioError as error:
        message = f"the file is damaged or no raster ({str(error).splitlines()[0]})"
        issue = Issue(severity="error", code="unreadable_file", table=table, message=message, remedy="export it again")
        raise SourceError([issue]) from error
    known = np.isfinite(heights)
    if not known.any():
        message = "the elevation model holds no height anywhere on the streets"
        raise _fault(table, "dem_elsewhere", message, "name a model that covers them, with the right CRS")
    return replace(ways, elevation_m=heights), _notes(table, float(known.mean()))


def _rasterio(table: str) -> Any:
    try:
        import rasterio
        import rasterio.errors
    except ImportError as error:
        message = "an elevation model is read with rasterio, which isn't installed"
        remedy = 'install it (pip install "service-circle-planner[dem]", or pip install rasterio), or take dem out'
        raise _fault(table, "missing_package", message, remedy) from error
    return rasterio


def _in_crs(crs: str, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    from pyproj import Transformer

    x, y = Transformer.from_crs(GEOGRAPHIC_CRS, crs, always_xy=True).transform(lon, lat)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def _sampled(raster: Any, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the heights at points in the raster's CRS, NaN where it has none; only the part around them is read."""
    found = np.full(len(x), np.nan)
    back = ~raster.transform
    column = back.a * x + back.b * y + back.c - 0.5  # counted from the corners of cells, wanted from their centres
    row = back.d * x + back.e * y + back.f - 0.5
    inside = np.flatnonzero((column >= 0) & (column <= raster.width - 1) & (row >= 0) & (row <= raster.height - 1))
    if len(inside) == 0:
        return found
    column, row = column[inside], row[inside]
    west, north = int(column.min()), int(row.min())
    east, south = min(int(column.max()) + 2, raster.width), min(int(row.max()) + 2, raster.height)
    band = raster.read(1, window=((north, south), (west, east)), masked=True)
    cells = np.ma.filled(band.astype(np.float64), np.nan)
    found[inside] = _between_cells(cells, row - north, column - west)
    return found


def _between_cells(cells: npt.NDArray[np.float64], row: FloatArray, column: FloatArray) -> FloatArray:
    """Return the bilinear mean of the four cells around each point; NaN where one that counts is missing."""
    top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    low, right = np.minimum(top + 1, cells.shape[0] - 1), np.minimum(left + 1, cells.shape[1] - 1)
    down, over = row - top, column - left
    total = np.zeros(len(row))
    for rows, columns, weight in (
        (top, left, (1 - down) * (1 - over)),
        (top, right, (1 - down) * over),
        (low, left, down * (1 - over)),
        (low, right, down * over),
    ):
        total += np.where(weight > 0, cells[rows, columns] * weight, 0.0)
    return total


def _notes(table: str, share: float) -> tuple[Issue, ...]:
    if share >= FEW:
        return ()
    message = f"the elevation model holds heights for {share:.0%} of the streets' nodes"
    remedy = "streets without a height have no grade from it; take a model that covers them all"
    return (Issue(severity="warning", code="dem_partial", table=table, message=message, remedy=remedy),)


def _fault(table: str, code: str, message: str, remedy: str) -> InputError:
    return InputError([Issue(severity="error", code=code, table=table, message=message, remedy=remedy)])
