"""A made-up city for sizes and speed: the sample district over and over, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from shapely import affinity

from planner.places import Places
from planner.sources.sample import sample_district
from planner.study import MapFeature, Study
from planner.ways import Ways

STEP_LON, STEP_LAT = 0.0592, 0.0395  # the district's own size in degrees, so that copies touch
ACROSS = 5


def large_city(copies: int = 17) -> Study:
    """Return the sample district in copies: 17 have 1,020 communities and more than 20,000 streets."""
    study = sample_district()
    shifts = [(copy % ACROSS * STEP_LON, copy // ACROSS * STEP_LAT) for copy in range(copies)]
    tables = {
        name: _copied(getattr(study, name), shifts)
        for name in ("communities", "facilities", "candidates", "areas", "residential_areas")
    }
    ground = tuple(
        MapFeature(one.kind, affinity.translate(one.geometry, *shift)) for shift in shifts for one in study.basemap
    )
    return replace(study, ways=_ways(study.ways, shifts), basemap=ground, siting=study.siting[:1], **tables)


def _copied(places: Places | None, shifts: list[tuple[float, float]]) -> Places | None:
    if places is None:
        return None
    count = len(shifts)

    def numbered(cells: Any) -> Any:
        return np.array([f"{cell}-{copy + 1}" for copy in range(count) for cell in cells], dtype=object)

    columns = {key: np.concatenate([cells] * count) for key, cells in places.columns.items()}
    columns.pop("forced", None)  # one site in each copy would be more than the task asks for
    columns |= {key: numbered(places.columns[key]) for key in ("name_en", "street", "community_id") if key in columns}
    polygon = None
    if places.polygon is not None:
        shapes = [
            None if one is None else affinity.translate(one, *shift) for shift in shifts for one in places.polygon
        ]
        polygon = np.array(shapes, dtype=object)
    return replace(
        places,
        ids=numbered(places.ids),
        names=numbered(places.names),
        lon=_moved(places.lon, shifts, 0),
        lat=_moved(places.lat, shifts, 1),
        row=np.arange(count * len(places)),
        columns=columns,
        polygon=polygon,
    )


def _moved(values: Any, shifts: list[tuple[float, float]], axis: int) -> Any:
    return np.concatenate([values + shift[axis] for shift in shifts])


def _ways(ways: Ways, shifts: list[tuple[float, float]]) -> Ways:
    count, nodes, refs = len(shifts), len(ways.node_id), len(ways.ref)
    room = int(ways.node_id.max()) + 1, int(ways.way_id.max()) + 1

    def repeated(values: Any, step: int) -> Any:
        return np.concatenate([values + copy * step for copy in range(count)])

    return replace(
        ways,
        node_id=repeated(ways.node_id, room[0]),
        lon=_moved(ways.lon, shifts, 0),
        lat=_moved(ways.lat, shifts, 1),
        border=np.tile(ways.border, count),
        ref=repeated(ways.ref, nodes),
        start=np.concatenate([ways.start[:1], *(ways.start[1:] + copy * refs for copy in range(count))]),
        way_id=repeated(ways.way_id, room[1]),
        tags={key: np.tile(cells, count) for key, cells in ways.tags.items()},
        two_way=np.tile(ways.two_way, count),
    )
