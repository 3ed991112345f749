"""Which area a point belongs to: by the id that its table names, else by the polygon that it lies in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

TextArray = npt.NDArray[Any]


def membership(
    named: TextArray | None,
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    *,
    ids: TextArray,
    polygon: npt.NDArray[Any] | None,
) -> TextArray:
    """Return for each point the id of its area, ``""`` where it lies in none, None where that can't be known.

    Parameters
    ----------
    named
        Length n: the id that the point's own table names, None or blank where it doesn't; it goes before the polygon.
    lon, lat
        Length n, degrees.
    ids, polygon
        Length k: the areas, with polygons in degrees, or None where an area has none.

    Notes
    -----
    A point in none of the polygons may still lie in an area without one: then it can't be known. On a common border
    the area that stands first has the point.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> square = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    >>> areas = np.array(["a"], dtype=object)
    >>> membership(None, np.array([0.5, 2.0]), np.array([0.5, 2.0]), ids=areas, polygon=square).tolist()
    ['a', '']
    """
    shapes = [None] * len(ids) if polygon is None else polygon
    known = np.array([shape is not None for shape in shapes], dtype=bool)
    found = np.full(len(lon), "" if len(ids) and known.all() else None, dtype=object)
    if polygon is not None and known.any():
        held, point = shapely.STRtree(shapely.points(lon, lat)).query(polygon[known], predicate="intersects")
        order = np.lexsort((held, point))
        point, held = point[order], held[order]
        first = np.unique(point, return_index=True)[1]
        found[point[first]] = ids[known][held[first]]
    if named is not None:
        for i, name in enumerate(named):
            if name is not None and str(name).strip():
                found[i] = str(name).strip()
    return found
