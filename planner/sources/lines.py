"""Streets drawn as lines in a GIS file: GeoPackage, Shapefile, GeoJSON or GeoParquet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.measure import GEOGRAPHIC_CRS, FloatArray, IntArray
from planner.network import TextArray
from planner.sources.extract import Extract, Runs, empty_network, gather, pointlike_note

if TYPE_CHECKING:
    import geopandas as gpd

ENDINGS = (".gpkg", ".shp", ".geojson", ".json", ".parquet", ".geoparquet")
"""The endings of files of lines."""

_DECIMALS = 1e7  # ends that agree to 7 decimals of a degree (11 mm) are one node


def read_lines(path: Path, *, table: str, tag_keys: Collection[str]) -> Extract:
    """Read streets as lines: they meet where their vertices agree to 7 decimals of a degree.

    Parameters
    ----------
    path
        A file whose name ends in one of ``ENDINGS``; of a GeoPackage, the first layer of lines.
    table
        The file as the study names it.
    tag_keys
        Columns that are read as tags, where the file has them, beside ``highway``. A file without a column
        ``highway`` is taken as given: every line is a street.

    Raises
    ------
    SourceError
        The file can't be read.
    InputError
        It holds no line, states no CRS though its coordinates aren't degrees, or lies outside the globe.
    """
    frame = _in_degrees(_frame(path, table), table)
    shapes = np.asarray(frame.geometry.array)
    linear = np.isin(shapely.get_type_id(shapes), (1, 2, 5))  # lines, closed lines, several lines
    linear &= ~shapely.is_empty(shapes)
    feature = np.flatnonzero(linear)
    if len(feature) == 0:
        raise empty_network(table, message="the file holds no line", remedy="name a file, or a layer, of street lines")
    parts, of = shapely.get_parts(shapes[feature], return_index=True)
    row = feature[of]
    points, part = shapely.get_coordinates(parts, return_index=True)
    _judge_degrees(points, row[part], table)
    node_id, lon, lat = _nodes(points)
    runs = Runs(
        ref_id=node_id,
        lon=lon,
        lat=lat,
        count=np.bincount(part, minlength=len(parts)),
        way_id=row + 1,
        tags={key: _texts(frame[key])[row] for key in sorted({"highway", *tag_keys}) if key in frame.columns},
    )
    ways, counts = gather(runs, table=table)
    left_out = len(shapes) - len(feature)
    issues = [_left_out(table, left_out)] if left_out else []
    if counts["pointlike_ways"]:
        issues.append(pointlike_note(table, counts["pointlike_ways"]))
    return Extract(ways=ways, issues=tuple(issues))


def _frame(path: Path, table: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    try:
        with np.errstate(invalid="ignore"):  # a corner that is no number is told below
            if path.suffix.lower() in (".parquet", ".geoparquet"):
                return gpd.read_parquet(path)
            return gpd.read_file(path, layer=_layer(path)) if path.suffix.lower() == ".gpkg" else gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:  # pyogrio's and pyarrow's errors are among these
        raise SourceError(
            [
                Issue(
                    severity="error",
                    code="unreadable_file",
                    table=table,
                    message=f"the file is damaged or of another kind ({str(error).splitlines()[0]})",
                    remedy="export it again",
                )
            ]
        ) from error


def _layer(path: Path) -> str | None:
    import pyogrio

    layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    return next((name for name, kind in layers if "LineString" in kind), layers[0][0] if layers else None)


def _in_degrees(frame: Any, table: str) -> gpd.GeoDataFrame:
    """Return the frame in WGS 84."""
    import geopandas as gpd

    if not isinstance(frame, gpd.GeoDataFrame):
        raise empty_network(table, message="the file holds no geometry", remedy="name a file of street lines")
    if frame.crs is not None:
        return frame.to_crs(GEOGRAPHIC_CRS)
    box = frame.total_bounds
    if np.isfinite(box).all() and (np.abs(box) <= (180.0, 90.0, 180.0, 90.0)).all():
        return frame.set_crs(GEOGRAPHIC_CRS)
    raise _fault(
        table,
        "missing_crs",
        "the file states no CRS and its coordinates aren't degrees",
        "set the CRS in a GIS and export it again (a Shapefile needs its .prj beside it)",
    )


def _judge_degrees(points: FloatArray, row: IntArray, table: str) -> None:
    """Raise InputError where a corner isn't on the globe; ``row`` tells the feature of each, from 0."""
    bad = ~(np.abs(points) <= (180.0, 90.0)).all(axis=1)  # NaN is nowhere either
    if bad.any():
        at = int(np.argmax(bad))
        lon, lat = points[at]
        more = len(np.unique(row[bad])) - 1
        message = f"a line has a corner at {lon:g}, {lat:g}, outside the globe" + (
            f", and so have {more} lines more" if more else ""
        )
        raise _fault(
            table, "bad_coordinates", message, "mend the line, or set the CRS of the file", row=int(row[at]) + 1
        )


def _nodes(points: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return a node id for each vertex, numbered from 1 by lon, then lat, and the coordinates that are shared."""
    whole = np.rint(points * _DECIMALS).astype(np.int64)
    key = whole[:, 0] * np.int64(4 * 10**9) + whole[:, 1]  # latitudes span 1.8e9, so keys stay apart and fit 64 bits
    _, rank = np.unique(key, return_inverse=True)
    return rank.astype(np.int64) + 1, whole[:, 0] / _DECIMALS, whole[:, 1] / _DECIMALS


def _texts(column: Any) -> TextArray:
    """Return a column as tags: blank where a cell is, whole numbers without a decimal point."""
    texts: TextArray = np.full(len(column), "", dtype=object)
    for at, (cell, blank) in enumerate(zip(column, column.isna(), strict=True)):
        if not blank:
            texts[at] = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return texts


def _left_out(table: str, count: int) -> Issue:
    return Issue(
        severity="note", code="features_left_out", table=table, message=f"features without a line, left out: {count}"
    )


def _fault(table: str, code: str, message: str, remedy: str, *, row: int | None = None) -> InputError:
    return InputError([Issue(severity="error", code=code, table=table, row=row, message=message, remedy=remedy)])
