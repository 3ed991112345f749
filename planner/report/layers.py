"""The layers of the GeoPackage: every result as a geometry with fields, or as a table without geometry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.report.network_layer import network_layer
from planner.report.vector_layer import Array, Fields, Layer, column_field, nullable, texts

if TYPE_CHECKING:
    from planner.places import Anchors, Places
    from planner.profile import Weights
    from planner.study import Findings
    from planner.travel_times import TravelTimes


def layers(findings: Findings) -> Iterator[Layer]:
    """Yield the layers in the order of the contract, one at a time so that none has to wait in memory."""
    study = findings.study
    yield _communities(findings)
    yield _places(findings, study.facilities, "facilities")
    yield _places(findings, study.candidates, "candidates")
    yield _sites(findings)
    yield _isochrones(findings)
    yield _isochrone_streets(findings)
    yield _uncovered(findings)
    yield _areas(findings)
    yield Layer(
        "basemap",
        "Unknown",  # polygons and lines side by side
        _geometries([feature.geometry for feature in study.basemap]),
        {"kind": texts([feature.kind for feature in study.basemap])},
    )
    yield _routes(findings)
    yield network_layer(findings.network, findings.weights)
    yield _travel_times(findings)
    yield _study(findings)


@dataclass(frozen=True, slots=True)
class _Named:
    """Fields under names that differ, whatever the case: SQLite takes ``A`` and ``a`` for one."""

    fields: Fields

    def add(self, name: str, values: Array) -> None:
        taken = {"fid", "geom", *(one.casefold() for one in self.fields)}
        free, count = name, 1
        while free.casefold() in taken:
            count += 1
            free = f"{name}_{count}"
        self.fields[free] = values


def _places(findings: Findings, places: Places, name: str) -> Layer:
    """Return places as points, with the columns of their table and their anchors by profile."""
    named = _Named({"id": texts(places.ids), "name": texts(places.names)})
    for column, cells in places.columns.items():
        named.add(column, column_field(cells))
    for profile, by_role in findings.anchors.items():
        if places.role in by_role:
            for key, values in _anchors(by_role[places.role], findings.weights[profile]).items():
                named.add(f"{profile}_{key}", values)
    return Layer(name, "Point", _points(places, np.arange(len(places))), named.fields)


def _anchors(anchors: Anchors, weights: Weights) -> Fields:
    lost = anchors.edge < 0
    return {
        "anchor": texts(anchors.status),
        "access_m": anchors.access_m,
        "edge_id": nullable(anchors.edge, lost),
        "fraction": anchors.fraction,
        "anchor_lon": anchors.lon,
        "anchor_lat": anchors.lat,
        "component": nullable(weights.component[anchors.edge], lost),
        "preferred_over_nearest": nullable(anchors.passed_over, anchors.passed_over < 0),
    }


def _communities(findings: Findings) -> Layer:
    layer = _places(findings, findings.study.communities, "communities")
    named = _Named(layer.fields)
    for i, coverage in enumerate(findings.coverages):
        name = coverage.circle.name
        named.add(f"{name}_status", texts(coverage.status))
        named.add(f"{name}_present", column_field(coverage.present))
        named.add(f"{name}_minutes", np.round(coverage.minutes, 4))
        named.add(f"{name}_metres", np.round(coverage.metres, 2))
        named.add(f"{name}_nearest", _ids(findings.study.facilities, coverage.nearest))
        named.add(f"{name}_backup", _ids(findings.study.facilities, coverage.backup))
        named.add(f"{name}_backup_minutes", np.round(coverage.backup_minutes, 4))
        named.add(f"{name}_backup_metres", np.round(coverage.backup_metres, 2))
        named.add(f"{name}_near_border", coverage.near_border)
        if name in findings.inside:
            named.add(f"{name}_inside_share", findings.inside[name].share)
        for outcome in findings.outcomes:
            named.add(f"{outcome.name}_{name}_status", texts(outcome.coverages[i].status))
    return layer


def _sites(findings: Findings) -> Layer:
    study = findings.study
    chosen = [(proposal, site) for proposal in findings.proposals for site in proposal.sites]
    at = np.array([site.candidate for _, site in chosen], np.int64)
    return Layer(
        "sites",
        "Point",
        _points(study.candidates, at),
        {
            "proposal": texts([proposal.name for proposal, _ in chosen]),
            "model": texts([proposal.model for proposal, _ in chosen]),
            "circle": texts([site.circle or proposal.circle for proposal, site in chosen]),
            "status": texts([proposal.status for proposal, _ in chosen]),
            "rank": np.array([site.rank for _, site in chosen], np.int64),
            "candidate_id": texts(study.candidates.ids[at]),
            "name": texts(study.candidates.names[at]),
            "forced": np.array([site.forced for _, site in chosen], bool),
            "people_gained": _amounts([site.people_gained for _, site in chosen]),
            "people_alone": _amounts([site.people_alone for _, site in chosen]),
            "communities_gained": texts(
                [";".join(map(str, study.communities.ids[list(site.communities_gained)])) for _, site in chosen]
            ),
            "share_after": np.array([site.share_after for _, site in chosen], np.float64),
        },
    )


def _isochrone_streets(findings: Findings) -> Layer:
    """Return the streets that each band adds to the nearer ones: together they are those within the limit."""
    return Layer(
        "isochrone_streets",
        "MultiLineString",
        _geometries([band.streets for band in findings.bands]),
        {
            "circle": texts([band.circle for band in findings.bands]),
            "limit": np.array([band.limit for band in findings.bands], np.float64),
            "limit_unit": texts([band.limit_unit for band in findings.bands]),
        },
    )


def _isochrones(findings: Findings) -> Layer:
    return Layer(
        "isochrones",
        "MultiPolygon",
        _multipolygons([band.polygon for band in findings.bands]),
        {
            "circle": texts([band.circle for band in findings.bands]),
            "limit": np.array([band.limit for band in findings.bands], np.float64),
            "limit_unit": texts([band.limit_unit for band in findings.bands]),
        },
    )


def _uncovered(findings: Findings) -> Layer:
    communities = findings.study.communities
    where = [np.flatnonzero(coverage.status == "uncovered") for coverage in findings.coverages]
    at = _joined(where).astype(np.int64)
    people = [coverage_people[of] for coverage_people, of in zip(_people(findings), where, strict=True)]
    return Layer(
        "uncovered",
        "Point",
        _points(communities, at),
        {
            "circle": texts(np.repeat([one.circle.name for one in findings.coverages], [len(of) for of in where])),
            "community_id": texts(communities.ids[at]),
            "name": texts(communities.names[at]),
            "people": column_field(_joined(people)),
            "minutes": _joined([np.round(one.minutes[of], 4) for one, of in _pairs(findings, where)]),
            "metres": _joined([np.round(one.metres[of], 2) for one, of in _pairs(findings, where)]),
            "nearest_facility": _ids(
                findings.study.facilities, _joined([one.nearest[of] for one, of in _pairs(findings, where)])
            ),
            "near_border": _joined([one.near_border[of] for one, of in _pairs(findings, where)]).astype(bool),
        },
    )


def _pairs(findings: Findings, where: Sequence[Array]) -> Iterator[tuple[Any, Array]]:
    return zip(findings.coverages, where, strict=True)


def _people(findings: Findings) -> list[Array]:
    return [findings.study.communities.number(coverage.circle.demand) for coverage in findings.coverages]


def _areas(findings: Findings) -> Layer:
    """Return the areas, and the communities' own polygons as areas of level ``community``."""
    study = findings.study
    kept = [
        (table.take(drawn), table.polygon[drawn])
        for table in (study.areas, study.communities)
        if table is not None and table.polygon is not None
        for drawn in [np.array([polygon is not None for polygon in table.polygon], bool)]
    ]
    tables = [table for table, _ in kept]
    fields: Fields = {
        "id": texts(_joined([table.ids for table in tables])),
        "name": texts(_joined([table.names for table in tables])),
    }
    named = _Named(fields)
    for column in dict.fromkeys(["level", "parent", *(name for table in tables for name in table.columns)]):
        named.add(column, column_field(_joined([_cells(table, column) for table in tables])))
    return Layer("areas", "MultiPolygon", _multipolygons(_joined([polygon for _, polygon in kept])), fields)


def _cells(table: Places, column: str) -> Array:
    if column == "level" and table.role == "communities":
        return np.full(len(table), "community", dtype=object)
    return np.asarray(table.columns.get(column, np.full(len(table), None)), dtype=object)


def _routes(findings: Findings) -> Layer:
    study, routes = findings.study, findings.routes
    coverages = {coverage.circle.name: coverage for coverage in findings.coverages}
    return Layer(
        "routes",
        "LineString",
        _geometries([route.line for route in routes]),
        {
            "circle": texts([route.circle for route in routes]),
            "community_id": texts([study.communities.ids[route.community] for route in routes]),
            "facility_id": texts([study.facilities.ids[route.facility] for route in routes]),
            "minutes": np.array([round(coverages[one.circle].minutes[one.community], 4) for one in routes], np.float64),
            "metres": np.array([round(coverages[one.circle].metres[one.community], 2) for one in routes], np.float64),
        },
    )


def _travel_times(findings: Findings) -> Layer:
    study, tables = findings.study, findings.travel_times
    return Layer(
        "travel_times",
        None,
        None,
        {
            "circle": texts(np.repeat([times.circle.name for times in tables], [len(times.place) for times in tables])),
            "community_id": texts(_joined([study.communities.ids[times.community] for times in tables])),
            "place_id": texts(_joined([_place_ids(findings, times) for times in tables])),
            "role": texts(_joined([times.role for times in tables])),
            "seconds": np.round(_joined([times.seconds for times in tables]), 4),
            "metres": np.round(_joined([times.metres for times in tables]), 3),
        },
    )


def _place_ids(findings: Findings, times: TravelTimes) -> Array:
    found = np.empty(len(times.place), dtype=object)
    for role, places in (("existing", findings.study.facilities), ("candidate", findings.study.candidates)):
        of_role = times.role == role
        found[of_role] = places.ids[times.place[of_role]]
    return found


def _study(findings: Findings) -> Layer:
    """Return the settings as read, and what they were read from, as keys and values."""
    study = findings.study
    pairs = [
        ("name", study.name),
        ("synthetic", study.synthetic),
        ("attribution", list(study.attribution)),
        ("crs", findings.network.crs.to_string()),
        *_flat("settings", study.settings),
        *_flat("inputs", [{key: getattr(one, key) for key in one.__slots__} for one in study.inputs]),
    ]
    return Layer(
        "study",
        None,
        None,
        {"key": texts([key for key, _ in pairs]), "value": texts([_value(value) for _, value in pairs])},
    )


def _flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield nested settings one by one, such as ``settings.circle[0].minutes``."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}", inner)
    elif isinstance(value, (list, tuple)) and any(isinstance(one, Mapping) for one in value):
        for position, inner in enumerate(value):
            yield from _flat(f"{key}[{position}]", inner)
    else:
        yield key, value


def _value(value: Any) -> str | None:
    """Return numbers, flags and lists as JSON, text and dates as they stand."""
    if isinstance(value, (bool, int, float, list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return None if value is None else str(value)


def _ids(places: Places, positions: Array) -> Array:
    return texts([places.ids[position] if position >= 0 else None for position in positions.astype(np.int64).tolist()])


def _amounts(values: Sequence[float | None]) -> Array:
    """Return people as whole numbers; with fractions only where a share of them takes a place."""
    known = [value for value in values if value is not None]
    if all(float(value).is_integer() for value in known):
        return _counts([None if value is None else int(value) for value in values])
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _counts(values: Sequence[int | None]) -> Array:
    unknown = np.array([value is None for value in values], bool)
    return nullable(np.array([value or 0 for value in values], np.int64), unknown)


def _joined(parts: Sequence[npt.NDArray[Any]]) -> Array:
    return np.concatenate(parts) if parts else np.empty(0)


def _points(places: Places, at: Array) -> Array:
    return np.asarray(shapely.points(places.lon[at], places.lat[at]), dtype=object)


def _geometries(shapes: Sequence[Any]) -> Array:
    found = np.empty(len(shapes), dtype=object)
    found[:] = list(shapes)
    return found


def _multipolygons(shapes: Iterable[Any]) -> Array:
    return _geometries([_multipolygon(shape) for shape in shapes])


def _multipolygon(shape: Any) -> Any:
    """Return any shape's polygons as one multipolygon, which a layer of multipolygons must hold."""
    parts = shapely.get_parts(shape)  # None has none
    return shapely.MultiPolygon([part for part in parts.tolist() if part.geom_type == "Polygon"])
