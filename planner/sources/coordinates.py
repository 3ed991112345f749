"""Where each row of a table lies: WGS 84 degrees, and its polygon where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from planner.datum import to_wgs84
from planner.measure import FloatArray
from planner.sources.cells import number_of
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import RawTable, Unreadable, is_blank
from planner.sources.suggest import listing, nearest, shown

GeometryArray = npt.NDArray[Any]
Need = Literal["point", "polygon", "optional"]

_DEGREES = "give decimal degrees, such as 117.2340"
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_LIMITS = {"lon": 180.0, "lat": 90.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Lon and lat of n rows, NaN where they have none or a bad one; polygons where any row has one."""

    lon: FloatArray
    lat: FloatArray
    polygon: GeometryArray | None = None


def locate(raw: RawTable, taken: dict[str, str], *, need: Need, datum: str, log: IssueLog) -> Positions:
    """Return where the rows lie, with every fault in the log.

    Parameters
    ----------
    raw
        The table; its own geometry comes before columns of it.
    taken
        By column, its header. Columns ``x`` and ``y`` are added to it as ``lon`` and ``lat`` where they hold degrees.
    need
        ``point``: a point or a polygon; ``polygon``; or ``optional``.
    datum
        Of the coordinates.
    log
        Takes the faults; its ``rows`` and ``ids`` are set.

    Returns
    -------
    Positions
        In WGS 84. A polygon's point is its centroid, or a point on its surface where the centroid falls outside.
    """
    if raw.geometry is None and not {"lon", "lat", "geometry"} & set(taken):
        _take_x_and_y(raw, taken)
    if raw.geometry is not None:
        return _from_geometry(raw.geometry, need, datum, log)
    if "geometry" in taken:
        return _from_geometry(_parsed(raw.cells[taken["geometry"]], taken["geometry"], log), need, datum, log)
    if need == "polygon":
        remedy = "give the areas as GeoPackage, GeoJSON or Shapefile, or a column of WKT headed geometry"
        log.fault("missing_column", "the table has no polygons", remedy)
    elif {"lon", "lat"} <= set(taken):
        return _from_columns(raw, taken, need, datum, log)
    elif need == "point" or {"lon", "lat"} & set(taken):
        _tell_absent(raw, taken, log)
    nowhere = np.full(len(raw), np.nan)
    return Positions(lon=nowhere, lat=nowhere)


def _take_x_and_y(raw: RawTable, taken: dict[str, str]) -> None:
    """Take ``x`` and ``y`` for degrees where every cell of them could be one."""
    found = {header.casefold(): header for header in raw.cells if header.casefold() in ("x", "y")}
    if len(found) < len("xy") or set(found.values()) & set(taken.values()):
        return
    for axis, name in (("x", "lon"), ("y", "lat")):
        numbers = [number_of(cell) for cell in raw.cells[found[axis]] if not is_blank(cell)]
        if not numbers or any(number is None or abs(number) > _LIMITS[name] for number in numbers):
            return
    taken["lon"], taken["lat"] = found["x"], found["y"]


def _tell_absent(raw: RawTable, taken: Mapping[str, str], log: IssueLog) -> None:
    absent = [name for name in ("lon", "lat") if name not in taken]
    likes = [like for name in absent if (like := nearest(name, raw.cells)) is not None]
    words = " and ".join(f"'{name}'" for name in absent)
    remedy = f"add lon and lat in degrees; the table has {listing(raw.cells)}"
    if likes:
        remedy = f"if it is '{likes[0]}', rename that, or say columns = {{ {absent[0]} = '{likes[0]}' }}"
    elif {"x", "y"} <= {header.casefold() for header in raw.cells}:
        remedy = "x and y aren't degrees: turn them into lon and lat, or give a GeoPackage with its CRS"
    what = f"there is no column {words}" if len(absent) == 1 else f"there are no columns {words}"
    log.fault("missing_column", f"{what}, and no geometry", remedy)


def _from_columns(raw: RawTable, taken: Mapping[str, str], need: Need, datum: str, log: IssueLog) -> Positions:
    lon, lat = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
    pairs = zip(raw.cells[taken["lon"]], raw.cells[taken["lat"]], strict=True)
    for position, (lon_cell, lat_cell) in enumerate(pairs):
        if is_blank(lon_cell) and is_blank(lat_cell):
            if need == "point":
                log.fault_at(position, "no_coordinates", "lon and lat are blank or NaN", _DEGREES)
            continue
        east = _degrees("lon", lon_cell, position, log)
        north = _degrees("lat", lat_cell, position, log)
        if east is not None and north is not None and _in_range(east, north, position, log):
            lon[position], lat[position] = east, north
    lon, lat = to_wgs84(lon, lat, datum)
    return Positions(lon=lon, lat=lat)


def _degrees(name: str, cell: Any, position: int, log: IssueLog) -> float | None:
    if is_blank(cell):
        log.fault_at(position, "no_coordinates", f"{name} is blank or NaN", _DEGREES)
        return None
    if cell is Unreadable.FORMULA:
        remedy = "open the workbook in a spreadsheet program and save it, or paste values"
        log.fault_at(position, "formula", f"{name} is {cell.value}", remedy)
        return None
    value = number_of(cell)
    if value is None or not np.isfinite(value):
        log.fault_at(position, "bad_coordinates", f"{name} '{shown(cell)}' isn't a number", _DEGREES)
        return None
    return value


def _in_range(lon: float, lat: float, position: int, log: IssueLog) -> bool:
    if abs(lon) <= _LIMITS["lon"] and abs(lat) <= _LIMITS["lat"]:
        return True
    where = f"lon {lon:g}, lat {lat:g} is not on the Earth"
    if abs(lat) <= _LIMITS["lon"] and abs(lon) <= _LIMITS["lat"]:
        log.fault_at(position, "swapped_coordinates", where, "lon and lat look swapped: exchange them")
    else:
        log.fault_at(position, "bad_coordinates", where, f"{_DEGREES}, with lon within ±180 and lat within ±90")
    return False


def _parsed(cells: npt.NDArray[Any], header: str, log: IssueLog) -> GeometryArray:
    """Return the geometries of a column of WKT, None for a blank or a bad one."""
    found: GeometryArray = np.full(len(cells), None, dtype=object)
    for position, cell in enumerate(cells):
        if is_blank(cell):
            continue
        try:
            found[position] = shapely.force_2d(shapely.from_wkt(str(cell)))
        except shapely.errors.GEOSException:
            message = f"{header} '{shown(cell)}' isn't WKT"
            log.fault_at(position, "bad_geometry", message, "write POINT (lon lat) or POLYGON ((…))")
    return found


def _from_geometry(geometry: GeometryArray, need: Need, datum: str, log: IssueLog) -> Positions:
    lon, lat = np.full(len(geometry), np.nan), np.full(len(geometry), np.nan)
    polygon: GeometryArray = np.full(len(geometry), None, dtype=object)
    moved = 0
    for position, shape in enumerate(geometry):
        if position in log.reasons and shape is None:
            continue  # told already
        sound = _sound(shape, position, need, log)
        if sound is None:
            continue
        if datum not in ("wgs84", "cgcs2000"):
            sound = shapely.transform(sound, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum)))
        point = sound
        if sound.geom_type != "Point":
            polygon[position] = sound
            point = shapely.centroid(sound)  # of degrees: scaling the axes moves a centroid along with its polygon
            if not sound.covers(point):
                point = shapely.point_on_surface(sound)
                moved += 1
        lon[position], lat[position] = point.x, point.y
    if moved:
        log.note("point_on_surface", f"{moved} polygons have their centroid outside; a point inside stands for them")
    has_polygons = any(shape is not None for shape in polygon)
    return Positions(lon=lon, lat=lat, polygon=polygon if has_polygons else None)


def _sound(shape: Any, position: int, need: Need, log: IssueLog) -> Any:
    """Return a valid point or polygon within range, else None with the reason in the log."""
    if shape is None or shape.is_empty:
        if need != "optional":
            log.fault_at(position, "no_coordinates", "the geometry is blank", "draw it, or take the row out")
        return None
    kind = shapely.get_type_id(shape)
    if kind == shapely.GeometryType.MULTIPOINT and shapely.get_num_geometries(shape) == 1:
        shape, kind = shapely.get_geometry(shape, 0), shapely.GeometryType.POINT
    if kind not in _POLYGONS and (kind != shapely.GeometryType.POINT or need == "polygon"):
        wanted = "a polygon" if need == "polygon" else "a point or a polygon"
        log.fault_at(position, "bad_geometry", f"the geometry is a {shape.geom_type}", f"give {wanted}")
        return None
    west, south, east, north = shape.bounds
    if not (_in_range(west, south, position, log) and _in_range(east, north, position, log)):
        return None
    if shape.is_valid:
        return shape
    mended = _polygons_of(shapely.make_valid(shape))
    if mended is None:
        log.fault_at(position, "bad_geometry", "the polygon has no area", "draw it again")
        return None
    reason = shapely.is_valid_reason(shape)
    log.warn_at(position, "mended_polygon", f"the polygon was invalid ({reason}) and was mended", "check its outline")
    return mended


def _polygons_of(shape: Any) -> Any:
    """Return what has an area of a mended geometry, or None."""
    parts = shapely.get_parts(shapely.get_parts(np.array([shape])))
    flat = [part for part in parts if shapely.get_type_id(part) in _POLYGONS and part.area > 0]
    return shapely.union_all(flat) if flat else None
