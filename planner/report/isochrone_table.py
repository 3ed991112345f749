"""Isochrones of places as a table with geometry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.measure import GEOGRAPHIC_CRS

if TYPE_CHECKING:
    import geopandas

    from planner.isochrone import Isochrone
    from planner.places import Places


def isochrone_frame(found: Sequence[Isochrone], places: Places) -> geopandas.GeoDataFrame:
    """Return isochrones with the id and name of their place, widest first so that the nearer are drawn over it.

    Parameters
    ----------
    found
        As `planner.study.isochrones` gives them.
    places
        The table that their ``place`` counts in.

    Returns
    -------
    GeoDataFrame
        Columns ``role``, ``id``, ``name``, ``profile``, ``minutes`` or ``metres``, and geometry in EPSG:4326, empty
        where the place has no anchor. ``id`` and ``name`` are None for all places together.
    """
    import geopandas

    rows = sorted(found, key=lambda one: (-one.limit, -1 if one.place is None else one.place))
    unit = found[0].limit_unit if found else "minutes"
    return geopandas.GeoDataFrame(
        {
            "role": [one.role for one in rows],
            "id": [None if one.place is None else str(places.ids[one.place]) for one in rows],
            "name": [None if one.place is None else str(places.names[one.place]) for one in rows],
            "profile": [one.profile for one in rows],
            unit: [one.limit for one in rows],
        },
        geometry=[one.geometry for one in rows],
        crs=GEOGRAPHIC_CRS,
    )
