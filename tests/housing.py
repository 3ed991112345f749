"""A study whose residential areas have outlines, and among them those that are hard to judge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from planner.places import Places
from planner.study import Study

POINTLESS, FAR_OFF, UNDRAWN = 3, 8, 5
"""Positions of the residential areas without a point, far from every street, and without an outline if asked for."""

HALF_DEGREES = 0.0015
"""Half the width of an outline: about 150 m."""


def with_homes(study: Study, *, outlined: bool = True, drawn: bool = False) -> Study:
    """Return a study with outlines about candidates, about facilities, and about the residential areas themselves.

    Parameters
    ----------
    outlined
        Whether all residential areas have an outline; one hasn't, else.
    drawn
        Whether they are drawn among the areas, rather than in a table of their own.
    """
    homes = study.residential_areas
    assert homes is not None
    lon, lat = homes.lon.copy(), homes.lat.copy()
    shapes = np.empty(len(homes), dtype=object)
    for i in range(len(homes)):
        x, y = lon[i], lat[i]
        if i % 4 < 2:
            about = (study.candidates, study.facilities)[i % 4]
            x, y = about.lon[i // 2 % len(about)], about.lat[i // 2 % len(about)]
            if i % 4 == 1 or i % 8 == 0:  # the people of the others live elsewhere
                lon[i], lat[i] = x + HALF_DEGREES / 2, y
        shapes[i] = shapely.box(x - HALF_DEGREES, y - HALF_DEGREES, x + HALF_DEGREES, y + HALF_DEGREES)
    if not outlined:
        shapes[UNDRAWN] = None
    lon[POINTLESS] = lat[POINTLESS] = np.nan
    lon[FAR_OFF] += 0.5
    homes = replace(homes, lon=lon, lat=lat, polygon=shapes)
    straight = replace(study.circles[0], name="as the crow flies", limit=600, limit_unit="metres", measure="straight")
    study = replace(study, residential_areas=homes, circles=(*study.circles, straight))
    return _among_areas(study, homes) if drawn else study


def _among_areas(study: Study, homes: Places) -> Study:
    """Return a study with its residential areas among its areas."""
    areas = study.areas
    assert areas is not None
    assert areas.polygon is not None
    assert homes.polygon is not None
    level = np.array([*areas.columns["level"], *["residential_area"] * len(homes)], dtype=object)
    both = Places(
        role="areas",
        table=areas.table,
        ids=np.concatenate([areas.ids, homes.ids]),
        names=np.concatenate([areas.names, homes.names]),
        row=np.arange(len(areas) + len(homes)),
        lon=np.concatenate([areas.lon, homes.lon]),
        lat=np.concatenate([areas.lat, homes.lat]),
        columns={"level": level},
        polygon=np.concatenate([areas.polygon, homes.polygon]),
    )
    return replace(study, areas=both, residential_areas=None)
