"""Contour: the land beside lines, drawn from distances on a grid; and the same exactly, to hold it against.

The grid makes it fast. What it costs in truth is bounded: `STRAY` cells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.kernels.contour import outlines
from planner.kernels.degrees import between, box
from planner.measure import FloatArray, IntArray, unproject
from planner.network import Network

BUFFER_M = 30.0
"""How far the land reaches beside a street: about one row of buildings, too little to cross a river."""

CELL_M = 10.0
"""Metres between the points of the grid, where each place has land of its own."""

FINE_CELL_M = 5.0
"""The same for the land of a whole circle, which is drawn once and looked at closely."""

STRAY = 1.0
"""No drawn point is farther beyond the buffer than this, in cells; half a cell is about what occurs."""

LATTICE_M = 2000.0
"""Between points 2 km apart, degrees are all but linear in metres: they err by a millimetre or two."""

QUAD_SEGS = 3
"""Points in a quarter of a round end of the exact land; 3 keeps the arc within 1 m of true at 30 m."""

SIMPLIFY_M = 1.0
"""How far the outline of the exact land may stray; far below the buffer, so that no bank is joined to the other."""

GRID_DEGREES = 1e-6
"""Corners of the exact land are rounded to this, about 0.1 m."""


def land(
    network: Network,
    start: IntArray,
    number: npt.NDArray[np.int32],
    source: npt.NDArray[np.int32],
    lines: tuple[IntArray, FloatArray],
    *,
    limits: int,
    owners: int = 0,
    cell_m: float = CELL_M,
    buffer_m: float = BUFFER_M,
) -> npt.NDArray[Any]:
    """Return the land within ``buffer_m`` of lines, for each group and limit, each limit's holding the one before.

    Parameters
    ----------
    start, number, source
        The lines of group ``g`` are ``start[g]:start[g + 1]``; of each line the first limit within which it is, and
        whose it is.
    lines
        Where each begins, and the points of all, in the network's metric CRS.
    limits
        How many there are.
    owners
        How many share the land of the only group, so that no two have any of it; 0 where nothing is shared.

    Returns
    -------
    ndarray
        MultiPolygons in degrees, WGS 84, of shape (groups or owners, limits): valid, empty where no line is. Holes are
        kept; land that meets only across a corner of a cell isn't joined.
    """
    whose, ring, begin, point = outlines(
        start, number, source, lines[0], lines[1], limits, owners, float(cell_m), float(buffer_m)
    )
    found = np.full((owners or len(start) - 1) * limits, shapely.MultiPolygon(), dtype=object)
    if len(whose):
        polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, _degrees(network, point), (begin, ring))
        order = np.argsort(whose, kind="stable")
        shapely.multipolygons(polygons[order], indices=whose[order], out=found)
    return found.reshape(-1, limits)


def exact(network: Network, reached: npt.NDArray[Any], *, buffer_m: float = BUFFER_M) -> Any:
    """Return the land within ``buffer_m`` of lines (shapely, metric CRS) by joining a strip for each of them.

    Slow, and what `land` is held against: a MultiPolygon in degrees, WGS 84, valid; empty where there is no line.
    """
    if len(reached) == 0:
        return shapely.MultiPolygon()
    strips = shapely.buffer(reached, buffer_m, quad_segs=QUAD_SEGS)
    joined = shapely.simplify(shapely.union_all(strips), SIMPLIFY_M)
    degrees = shapely.transform(joined, lambda xy: np.column_stack(unproject(network.crs, xy[:, 0], xy[:, 1])))
    whole = shapely.set_precision(degrees, GRID_DEGREES)  # valid again after rounding
    return shapely.MultiPolygon([part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"])


def _degrees(network: Network, point: FloatArray) -> FloatArray:
    """Return points as degrees, read off a lattice: thousands of outlines would wait for the projection."""
    west, south, east, north = box(point)
    columns, rows = (int(np.ceil(span / LATTICE_M)) + 1 for span in (east - west, north - south))
    x, y = west + LATTICE_M * np.arange(columns + 1), south + LATTICE_M * np.arange(rows + 1)
    lon, lat = unproject(network.crs, *(axis.ravel() for axis in np.meshgrid(x, y)))
    shape = (rows + 1, columns + 1)
    return between(point, west, south, LATTICE_M, lon.reshape(shape), lat.reshape(shape))
