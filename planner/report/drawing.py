"""The page's geometry as integers: streets, land within reach, routes, water, borders.

Every set of lines is two lists: ``n`` with the points of each line, and ``d`` with longitude and latitude in 1e-5
degrees, each as the step from the point before, over all lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.compliance.territory import outlines
from planner.measure import FloatArray, IntArray
from planner.network import Network, TextArray
from planner.places import Places
from planner.report.units import Atlas
from planner.study import Findings, Study

UNITS_PER_DEGREE = 100_000
"""Five decimals of a degree, about a metre: below a pixel at every zoom that the page offers."""

SIMPLIFY_DEG = 1e-5
"""Streets and routes may lose points that lie this near to the line without them."""

SIMPLIFY_BAND_DEG = 2e-5
"""The land within reach is a picture already; two metres don't show."""

MAIN = frozenset({"motorway", "trunk", "primary", "secondary"})
"""Streets that help to find one's way; the values of ``highway``, with or without ``_link``."""

PATHS = frozenset({"footway", "path", "steps", "cycleway", "track", "pedestrian", "service", "corridor", "bridleway"})
"""Ways that are drawn thin."""

AREA_LEVELS = ("county", "street", "township")
"""The units whose borders and names are drawn."""

Lines = dict[str, list[int]]


def drawing(findings: Findings) -> dict[str, Any]:
    """Return the geometry of the page.

    Returns
    -------
    dict
        ``bounds`` (south, west, north, east), ``streets`` by class, ``ground`` by kind, ``areas``, the borders of
        ``communities``, ``units`` by table, and by circle ``bands`` (the widest first), the streets that each adds
        (``reached``) and ``routes``; a circle after a scenario has none of these.
    """
    study = findings.study
    names = [coverage.circle.name for coverage in findings.coverages]
    after = [coverage for outcome in findings.outcomes for coverage in outcome.coverages]  # told in words and symbols
    return {
        "bounds": _bounds(study),
        "streets": _streets(findings.network),
        "ground": _ground(study),
        "areas": _areas(study.areas),
        "communities": _outlined(outlines(study.communities, study.areas, "community"), range(len(study.communities))),
        "units": _units(findings),
        "bands": [_bands(findings, name) for name in names] + [[] for _ in after],
        "reached": [_reached(findings, name) for name in names] + [[] for _ in after],
        "routes": [_routes(findings, name) for name in names] + [{"of": [], **coded(())} for _ in after],
    }


def coded(lines: Iterable[npt.NDArray[Any]]) -> Lines:
    """Return lines of points in degrees as counts and integer steps.

    Examples
    --------
    >>> import numpy as np
    >>> coded([np.array([[0.00001, 0.0], [0.00003, 0.00002]])])
    {'n': [2], 'd': [1, 0, 2, 2]}
    """
    kept = [points for points in lines if len(points) > 1]
    return steps(np.concatenate(kept), [len(points) for points in kept]) if kept else {"n": [], "d": []}


def steps(points: npt.NDArray[Any], counts: list[int]) -> Lines:
    """Return all points of some lines, in degrees, as integer steps."""
    whole = np.rint(points * UNITS_PER_DEGREE).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    return {"n": counts, "d": steps.ravel().tolist()}


def _bounds(study: Study) -> list[float]:
    """Return the box of the places that the page is about; the network may reach far beyond."""
    tables = [table for table in (study.communities, study.facilities, study.candidates) if len(table)]
    lon = np.concatenate([table.lon for table in tables])
    lat = np.concatenate([table.lat for table in tables])
    return [round(float(value), 6) for value in (lat.min(), lon.min(), lat.max(), lon.max())]


def _streets(network: Network) -> dict[str, Lines]:
    kind = _classes(network)
    found = {}
    for number, name in enumerate(("path", "minor", "main")):
        edges = np.flatnonzero((kind == number) & ~network.obstacle)
        lines = shapely.simplify(_strung(network, edges), SIMPLIFY_DEG, preserve_topology=False)
        points, of = shapely.get_coordinates(lines, return_index=True)
        count = np.bincount(of, minlength=len(lines))  # all at once: a city has hundreds of thousands of lines
        found[name] = steps(points[(count > 1)[of]], count[count > 1].tolist())
    return found


def _classes(network: Network) -> IntArray:
    """Return 0 for a path, 1 for a minor street, 2 for a main one."""
    highway = network.tags.get("highway")
    if highway is None:
        return np.ones(len(network.u), np.int64)
    kinds, where = np.unique(highway.astype(str), return_inverse=True)
    return np.array([_class(kind) for kind in kinds], np.int64)[where]


def _class(highway: str) -> int:
    name = highway.split(";", maxsplit=1)[0].strip().removesuffix("_link")
    if name in MAIN:
        return 2
    return 0 if name in PATHS else 1


def _strung(network: Network, edges: IntArray) -> npt.NDArray[Any]:
    """Return the lines of edges, those that follow each other strung together: a way was cut at every crossing."""
    if len(edges) == 0:
        return np.empty(0, dtype=object)
    follows = np.zeros(len(edges), dtype=bool)
    follows[1:] = network.v[edges[:-1]] == network.u[edges[1:]]
    line = np.cumsum(~follows) - 1
    point, count = network.corners(edges)
    points = np.column_stack([network.point_lon[point], network.point_lat[point]])
    lines: npt.NDArray[Any] = shapely.linestrings(points, indices=np.repeat(line, count))
    return lines


def _ground(study: Study) -> dict[str, dict[str, Lines]]:
    """Return water, green and railways: areas as rings, the rest as lines."""
    kinds: dict[str, list[Any]] = {}
    for feature in study.basemap:
        kinds.setdefault(feature.kind, []).append(feature.geometry)
    found = {}
    for kind in sorted(kinds):
        parts = shapely.get_parts(np.array(kinds[kind], dtype=object))
        area = shapely.get_dimensions(parts) == 2
        found[kind] = {
            "rings": coded(_rings(_together(parts[area]), SIMPLIFY_DEG)),
            "lines": coded(shapely.get_coordinates(line) for line in parts[shapely.get_dimensions(parts) == 1]),
        }
    return found


def _together(polygons: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return polygons as one: a park in a wood would else be a hole in it, as rings are filled by the even-odd rule."""
    if len(polygons) < 2:
        return polygons
    return np.array([shapely.union_all(shapely.make_valid(polygons))], dtype=object)


def _areas(areas: Places | None) -> list[dict[str, Any]]:
    if areas is None or areas.polygon is None:
        return []
    level = _level(areas)
    return [
        {"area": i, "level": str(level[i]), **coded(_rings(areas.polygon[i : i + 1], SIMPLIFY_DEG))}
        for i in range(len(areas))
        if level[i] in AREA_LEVELS and areas.polygon[i] is not None
    ]


def _level(areas: Places) -> TextArray:
    return areas.columns.get("level", np.full(len(areas), "", dtype=object))


def _units(findings: Findings) -> dict[str, list[dict[str, Any]]]:
    """Return the outlines that indicators are coloured by, by table, where the page doesn't draw them anyway."""
    compliance = findings.compliance
    if compliance is None:
        return {}
    study, atlas = findings.study, Atlas(findings.study)
    wanted: dict[str, set[int]] = {}
    for unit in (unit for entry in compliance.entries for unit in entry.by_area):
        letter, at = atlas.find(unit)
        wanted.setdefault("c" if letter == "m" else letter, set()).update(at if isinstance(at, list) else (at,))
    outlined = {letter: table.polygon for letter, table in atlas.tables.items()}
    if study.areas is not None:
        wanted["a"] = {i for i in wanted.get("a", ()) if _level(study.areas)[i] not in AREA_LEVELS}
    return {
        letter: _outlined(polygons, sorted(wanted[letter]))
        for letter, polygons in outlined.items()
        if polygons is not None and wanted.get(letter) and letter not in "fc"
    }


def _outlined(polygons: npt.NDArray[Any] | None, wanted: Iterable[int]) -> list[dict[str, Any]]:
    if polygons is None:
        return []
    return [
        {"at": i, **coded(_rings(polygons[i : i + 1], SIMPLIFY_BAND_DEG))} for i in wanted if polygons[i] is not None
    ]


def _bands(findings: Findings, circle: str) -> list[Lines]:
    bands = sorted((band for band in findings.bands if band.circle == circle), key=lambda band: -band.limit)
    return [coded(_loose_rings(band.polygon)) for band in bands]


def _loose_rings(land: Any) -> list[npt.NDArray[Any]]:
    """Return the rings of land, each simplified by itself: bands have so many that keeping them apart takes seconds.

    A ring that would vanish stays as it is.
    """
    rings = shapely.get_rings(shapely.get_parts(land))
    simple = shapely.simplify(rings, SIMPLIFY_BAND_DEG, preserve_topology=False)
    gone = shapely.get_num_coordinates(simple) < 4  # a triangle has four, the first of them twice
    return [shapely.get_coordinates(ring) for ring in np.where(gone, rings, simple)]


def _reached(findings: Findings, circle: str) -> list[Lines]:
    bands = sorted((band for band in findings.bands if band.circle == circle), key=lambda band: -band.limit)
    found = []
    for band in bands:
        lines = shapely.simplify(shapely.get_parts(shapely.line_merge(band.streets)), SIMPLIFY_DEG)
        found.append(coded(shapely.get_coordinates(line) for line in lines))
    return found


def _routes(findings: Findings, circle: str) -> dict[str, list[int]]:
    routes = [route for route in findings.routes if route.circle == circle and route.line is not None]
    lines = shapely.simplify(np.array([route.line for route in routes], dtype=object), SIMPLIFY_DEG)
    points: list[FloatArray] = [shapely.get_coordinates(line) for line in lines]
    long_enough = [len(one) > 1 for one in points]
    of = [int(route.community) for route, keep in zip(routes, long_enough, strict=True) if keep]
    return {"of": of, **coded(points)}


def _rings(polygons: npt.NDArray[Any], tolerance_deg: float) -> list[npt.NDArray[Any]]:
    """Return outer rings and holes alike: they are filled by the even-odd rule."""
    if len(polygons) == 0:
        return []
    rings = shapely.get_rings(shapely.simplify(shapely.get_parts(polygons), tolerance_deg))
    return [shapely.get_coordinates(ring) for ring in rings]
