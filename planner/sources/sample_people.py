"""The people and places of the sample district: communities, streets, facilities and candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.measure import FloatArray
from planner.places import Places
from planner.sources.sample_ground import Cells, Ground, degrees, outline
from planner.sources.sample_streets import Way, stepwise

_HECTARE_M2 = 10_000.0
_OFF_STREET_M = 12.0  # doors stand back from the middle of the street
_PEOPLE = ("population", "population_60plus", "population_65plus", "population_under3", "households")
_UNKNOWN_UNDER_3 = (17, 41)  # communities whose register is missing: a blank is unknown, never 0


def make_communities(rng: np.random.Generator, ground: Ground, streets: Sequence[Mapping[str, Any]]) -> Places:
    """Divide each street's plots among its communities and people them.

    Returns
    -------
    Places
        Each with its polygon, and its centroid as its point.
    """
    rows: list[dict[str, Any]] = []
    for street in streets:
        for plot in street["plots"]:
            pieces = sorted(_divided(tuple(plot["cells"]), len(plot["communities"])), key=_reading_order)
            for cells, (name, name_en, *kind) in zip(pieces, plot["communities"], strict=True):
                ring = ground.metres(outline(cells))
                hectares = shapely.area(shapely.Polygon(ring)) / _HECTARE_M2
                rows.append(
                    {
                        "name": name,
                        "name_en": f"{name_en} Community",
                        "street": street["name"],
                        "area_type": "new" if kind else "built",
                        "kind": "urban",
                        "polygon": shapely.Polygon(degrees(ring)),
                        **_people(rng, hectares, kind[0] if kind else "built"),
                    }
                )
    for number in _UNKNOWN_UNDER_3:
        rows[number]["population_under3"] = np.nan
    polygon = _objects(row.pop("polygon") for row in rows)
    middle = shapely.get_coordinates(shapely.centroid(polygon))
    return _places("communities", "c", rows, np.round(middle, 7), numbers=_PEOPLE, polygon=polygon)


def make_areas(communities: Places, streets: Sequence[Mapping[str, Any]]) -> Places:
    """Return the streets as areas: the union of their communities, with the sums of their people."""
    polygons = _polygons(communities)
    rows, unions = [], []
    for street in streets:
        mine = communities.columns["street"] == street["name"]
        unions.append(shapely.normalize(shapely.union_all(polygons[mine])))  # one order of corners under any GEOS
        sums = {name: float(communities.columns[name][mine].sum()) for name in _PEOPLE}  # unknown where one is
        rows.append({"level": "street", "parent": None, **{k: street[k] for k in ("name", "name_en")}, **sums})
    polygon = _objects(unions)
    middle = shapely.get_coordinates(shapely.point_on_surface(polygon))
    return _places("areas", "s", rows, np.round(middle, 7), numbers=_PEOPLE, polygon=polygon)


def make_residential_areas(rng: np.random.Generator, communities: Places) -> Places:
    """Put a residential area in the middle of every second community, with what it has for the old and the young."""
    rows = []
    for number in range(0, len(communities), 2):
        homes, people = (float(communities.columns[name][number]) for name in ("households", "population"))
        part = rng.uniform(0.15, 0.35)
        is_new = communities.columns["area_type"][number] == "new"
        households = np.rint(homes * part)
        rows.append(
            {
                "name": f"{str(communities.names[number]).removesuffix('社区')}{'新苑' if is_new else '小区'}",
                "name_en": f"{str(communities.columns['name_en'][number]).removesuffix(' Community')} Homes",
                "community_id": communities.ids[number],
                "area_type": "new" if is_new else "built",
                "households": float(households),
                "population": float(np.rint(people * part)),
                "year": float(rng.integers(2019, 2025) if is_new else rng.integers(1985, 2012)),
                "care_floor_area_m2": float(rng.integers(0, 8) * 10 + (rng.integers(28, 46) * 10 if is_new else 0)),
                "childcare_places": float(rng.integers(0, 16) if is_new else rng.integers(0, 5)),
            }
        )
    at = np.column_stack([communities.lon[::2], communities.lat[::2]])
    numbers = ("households", "population", "year", "care_floor_area_m2", "childcare_places")
    return _places("residential_areas", "h", rows, at, numbers=numbers)


def make_facilities(ground: Ground, ways: Sequence[Way], given: Sequence[Mapping[str, Any]], homes: Places) -> Places:
    """Put the facilities beside their streets; every second one names its community."""
    numbers = ("beds", "nursing_beds", "places", "floor_area_m2", "year")
    at = _beside_streets(ground, ways, given)
    community, street = _homes(at, homes)
    rows = [
        {
            **{name: row.get(name, np.nan) for name in numbers},
            **{name: row.get(name) for name in ("name", "name_en", "ownership", "inclusive")},
            "service": tuple(row["service"]),
            "status": row.get("status", "open"),
            "community_id": community[number] if number % 2 == 0 else None,
            "street": street[number],
        }
        for number, row in enumerate(given)
    ]
    return _places("facilities", "f", rows, at, numbers=numbers)


def make_candidates(
    rng: np.random.Generator, ground: Ground, ways: Sequence[Way], given: Sequence[Mapping[str, Any]], homes: Places
) -> Places:
    """Put the candidates beside their streets, with a size, a price and a tenure each."""
    numbers = ("capacity", "floor_area_m2", "cost", "available_year")
    at = _beside_streets(ground, ways, given)
    _, street = _homes(at, homes)
    rows = []
    for number, row in enumerate(given):
        floor = float(rng.integers(14, 60) * 25)
        to_build = row["tenure"] == "land"
        rows.append(
            {
                **{name: row[name] for name in ("name", "name_en", "tenure")},
                "service": tuple(row.get("service", ())),
                "forced": row.get("forced", False),
                "forbidden": row.get("forbidden", False),
                "floor_area_m2": floor,
                "capacity": float(floor // 25),
                "cost": floor * (5200.0 if to_build else 1800.0 + 200.0 * float(rng.integers(0, 6))),
                "available_year": 2025.0 if to_build else 2024.0,
                "street": street[number],
            }
        )
    return _places("candidates", "k", rows, at, numbers=numbers)


def _divided(cells: Cells, pieces: int) -> list[Cells]:
    """Cut a rectangle of blocks into pieces of about the same size, along whole blocks, the longer side first."""
    if pieces == 1:
        return [cells]
    west, east, south, north = cells
    first = pieces // 2
    if east - west >= north - south:
        cut = float(round(west + (east - west) * first / pieces))
        halves = (west, cut, south, north), (cut, east, south, north)
    else:
        cut = float(round(south + (north - south) * first / pieces))
        halves = (west, east, south, cut), (west, east, cut, north)
    return [*_divided(halves[0], first), *_divided(halves[1], pieces - first)]


def _reading_order(cells: Cells) -> tuple[float, float]:
    west, east, south, north = cells
    return -(south + north), west + east


def _people(rng: np.random.Generator, hectares: float, kind: str) -> dict[str, float]:
    """Draw whole numbers of people that agree with each other."""
    low, high = {"built": (105.0, 190.0), "new": (70.0, 120.0), "unserved": (25.0, 45.0)}[kind]
    old = (0.20, 0.34) if kind == "built" else (0.09, 0.15)
    young = (0.012, 0.020) if kind == "built" else (0.030, 0.044)
    population = np.rint(hectares * rng.uniform(low, high))
    over_60 = np.rint(population * rng.uniform(*old))
    return {
        "population": float(population),
        "population_60plus": float(over_60),
        "population_65plus": float(np.rint(over_60 * rng.uniform(0.64, 0.76))),
        "population_under3": float(np.rint(population * rng.uniform(*young))),
        "households": float(np.rint(population / rng.uniform(2.3, 2.9))),
    }


def _beside_streets(ground: Ground, ways: Sequence[Way], given: Sequence[Mapping[str, Any]]) -> FloatArray:
    """Move positions in blocks to the side of the nearest public street; returns lon and lat, two columns."""
    public = [w for w in ways if not ({"access", "bridge", "tunnel"} & w.tags.keys()) and w.tags["highway"] != "steps"]
    line = _objects(shapely.LineString(ground.metres(stepwise(way.points))) for way in public)
    wanted = shapely.points([ground.at(*row["at"]) for row in given])
    nearest = line[shapely.STRtree(line).nearest(wanted)]
    along = shapely.line_locate_point(nearest, wanted)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(nearest, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(nearest, along + 1.0))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(nearest, np.maximum(along - 1.0, 0.0)))
    left = np.column_stack([behind[:, 1] - ahead[:, 1], ahead[:, 0] - behind[:, 0]])
    left /= np.hypot(left[:, :1], left[:, 1:])
    side = np.where(((shapely.get_coordinates(wanted) - foot) * left).sum(axis=1) < 0.0, -1.0, 1.0)
    return degrees(foot + left * side[:, None] * _OFF_STREET_M)


def _homes(at: FloatArray, communities: Places) -> tuple[list[str | None], list[str | None]]:
    """Return the community and the street that each point lies in."""
    tree = shapely.STRtree(_polygons(communities))
    ids: list[str | None] = [None] * len(at)
    streets: list[str | None] = [None] * len(at)
    for point, found in tree.query(shapely.points(at), predicate="within").T:
        ids[point], streets[point] = communities.ids[found], communities.columns["street"][found]
    return ids, streets


def _polygons(communities: Places) -> npt.NDArray[Any]:
    """Return the communities' polygons, which the sample district always has."""
    return np.asarray(communities.polygon, dtype=object)


def _places(
    role: str,
    letter: str,
    rows: Sequence[Mapping[str, Any]],
    at: FloatArray,
    *,
    numbers: Iterable[str],
    polygon: npt.NDArray[Any] | None = None,
) -> Places:
    """Gather rows into a table with ids ``c01``, ``c02`` …; numbers as floats, all else as objects."""
    digits = 1 if role == "areas" else 2
    counts = set(numbers)
    columns = {
        name: cells.astype(np.float64) if name in counts else cells
        for name, cells in ((name, _objects(row[name] for row in rows)) for name in sorted(rows[0]))
        if name != "name"
    }
    return Places(
        role=role,
        table=f"sample {role} (synthetic)",
        ids=_objects(f"{letter}{number:0{digits}d}" for number in range(1, len(rows) + 1)),
        names=_objects(row["name"] for row in rows),
        lon=at[:, 0].copy(),
        lat=at[:, 1].copy(),
        row=np.arange(2, len(rows) + 2),
        columns=columns,
        polygon=polygon,
    )


def _objects(cells: Iterable[Any]) -> npt.NDArray[Any]:
    """Return an array of objects, one cell each whatever it is."""
    listed = list(cells)
    array = np.empty(len(listed), dtype=object)
    for position, cell in enumerate(listed):
        array[position] = cell
    return array
