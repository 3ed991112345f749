"""As the crow flies: costs and distances between the places themselves, streets or none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pyproj import CRS

from planner.measure import UNREACHED, FloatArray, IntArray, length_quanta, project, time_quanta
from planner.places import Places
from planner.reach import Nearest, Reach
from planner.streets import Streets

AT_ONCE = 2_000_000
"""So many distances are held at a time: 16 MB each way that they are written."""


def straight(
    crs: CRS,
    origins: tuple[FloatArray, FloatArray],
    targets: tuple[FloatArray, FloatArray],
    *,
    speed_m_s: float,
    limit_m: float = np.inf,
) -> Reach:
    """Return the costs as the crow flies, between the points themselves (lon, lat), up to ``limit_m``."""
    crow = crow_m(crs, origins, targets)
    origin, target = np.nonzero(crow <= limit_m)
    found = crow[origin, target]
    return Reach(origin=origin, target=target, time_ds=time_quanta(found / speed_m_s), length_mm=length_quanta(found))


def crow_m(crs: CRS, origins: tuple[FloatArray, FloatArray], targets: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the metres as the crow flies between points (lon, lat) in a metric CRS, of shape (origins, targets)."""
    x, y = project(crs, *origins)
    to_x, to_y = project(crs, *targets)
    crow: FloatArray = np.hypot(x[:, None] - to_x[None, :], y[:, None] - to_y[None, :])
    return crow


def nearest_of(found: Reach, origins: int, *, rank: IntArray) -> Nearest:
    """Return each origin's nearest target among the pairs of a Reach, by length; ``target`` has shape (origins, 1)."""
    order = np.lexsort((rank[found.target], found.length_mm, found.origin))
    whose, at = np.unique(found.origin[order], return_index=True)
    target, time_ds, length_mm = (np.full((origins, 1), blank, np.int64) for blank in (-1, UNREACHED, UNREACHED))
    first = order[at]
    target[whose, 0], time_ds[whose, 0], length_mm[whose, 0] = (
        found.target[first],
        found.time_ds[first],
        found.length_mm[first],
    )
    return Nearest(target=target, time_ds=time_ds, length_mm=length_mm)


def crow_blocks(way: Streets, communities: Places, places: Places) -> Iterator[FloatArray]:
    """Yield the metres as the crow flies, shape (some communities, places), block by block in the communities' order.

    There is one block at least. All at once, a million communities and a thousand facilities would take 8 GB.
    """
    rows = max(AT_ONCE // max(len(places), 1), 1)
    for low in range(0, max(len(communities), 1), rows):
        lon, lat = communities.lon[low : low + rows], communities.lat[low : low + rows]
        yield crow_m(way.network.crs, (lon, lat), (places.lon, places.lat))
