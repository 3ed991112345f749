"""GeoPackage, GeoJSON, Shapefile and GeoParquet: attributes as they are, geometry in degrees."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from planner.errors import InputError, SourceError
from planner.measure import GEOGRAPHIC_CRS
from planner.sources.files import SHAPEFILE_PARTS, shapefile_parts
from planner.sources.issue_log import IssueLog
from planner.sources.raw_table import RawTable, column_of
from planner.sources.suggest import listing, which

GeometryArray = npt.NDArray[Any]


def read_vector(
    path: Path, *, log: IssueLog, encoding: str | None = None, layer: str | None = None, role: str = ""
) -> RawTable:
    """Read a GeoPackage, GeoJSON or Shapefile.

    Parameters
    ----------
    path
        The file; a shapefile's .shx and .dbf must lie beside it.
    log
        Takes notes of the layer and the encoding where they were chosen.
    encoding
        Of a shapefile's text, in place of trying UTF-8, then what its .cpg says, then GB18030.
    layer, role
        The layer; else the one named as the table, else the first.

    Returns
    -------
    RawTable
        ``rows`` count the features from 1; geometry in EPSG:4326, 2-D.

    Raises
    ------
    SourceError
        The file, or a part of it, is missing or damaged.
    InputError
        No such layer, or coordinates without a CRS that aren't degrees.
    """
    encodings: list[str] = ["utf-8"]
    if path.suffix.lower() == ".shp":
        _check_parts(path, log)
        encodings = [encoding] if encoding is not None else _shapefile_encodings(path)
    elif path.suffix.lower() == ".gpkg":
        layer = _choose_layer(path, log, layer, role)
    meta, columns, used = _decoded(path, log, encodings, layer)
    name = meta["geometry_name"] or "wkb_geometry"
    if name not in columns:
        return _table(columns, None, None)
    geometry = shapely.from_wkb(column_of(columns.pop(name)), on_invalid="ignore")
    geometry = _in_degrees(geometry, meta["crs"], log)
    return _table(columns, geometry, used if path.suffix.lower() == ".shp" else None)


def read_parquet(path: Path, *, log: IssueLog) -> RawTable:
    """Read a GeoParquet file, or a plain Parquet file with ``lon`` and ``lat``.

    Raises
    ------
    SourceError
        The file is damaged.
    InputError
        Coordinates without a CRS that aren't degrees.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        geometry = None
        if b"geo" in (table.schema.metadata or {}):
            import geopandas as gpd

            frame = gpd.read_parquet(path)
            geometry = _in_degrees(frame.geometry.to_numpy(), frame.crs, log)
            table = table.drop_columns([name for name in frame.columns if frame[name].dtype == "geometry"])
    except (pa.ArrowException, ValueError, TypeError, KeyError, OSError) as error:
        if isinstance(error, InputError):
            raise
        message = "the Parquet file can't be read"
        raise SourceError([log.fatal("corrupt_file", message, "write it again")]) from error
    return _table({str(name): table[name].to_pylist() for name in table.column_names}, geometry, None)


def _table(columns: dict[str, list[Any]], geometry: GeometryArray | None, encoding: str | None) -> RawTable:
    count = len(geometry) if geometry is not None else max((len(cells) for cells in columns.values()), default=0)
    return RawTable(
        cells={name: column_of([_plain(cell) for cell in cells]) for name, cells in columns.items()},
        rows=np.arange(1, count + 1, dtype=np.int64),
        geometry=geometry,
        encoding=encoding,
    )


def _plain(cell: Any) -> Any:
    if isinstance(cell, decimal.Decimal):
        return float(cell)
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    if isinstance(cell, (list, dict)):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell


def _decoded(
    path: Path, log: IssueLog, encodings: list[str], layer: str | None
) -> tuple[dict[str, Any], dict[str, list[Any]], str]:
    """Return the layer's description, its columns, and the first of the encodings that fits."""
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError
    from pyogrio.raw import read_arrow

    for name in encodings:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # GDAL's remarks on measures and field widths don't matter here
                meta, table = read_arrow(path, layer=layer, encoding=name)
            columns = {str(field): table[field].to_pylist() for field in table.column_names}
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            message, remedy = f"encoding '{name}' isn't known", "use utf-8 or gb18030, or leave it out"
            raise InputError([log.fatal("encoding", message, remedy)]) from error
        except (DataSourceError, DataLayerError, FieldError, RuntimeError, ValueError, OSError) as error:
            message = "the file is damaged, or not what its ending says"
            raise SourceError([log.fatal("corrupt_file", message, "export it again")]) from error
        if name != "utf-8" and len(encodings) > 1:
            log.note("encoding", f"text was read as {name.upper()}", "if names are garbled, set encoding")
        return meta, columns, name
    message = f"the text can't be read as {listing(encodings)}"
    raise InputError([log.fatal("encoding", message, "set encoding, or export it as GeoPackage")])


def _check_parts(path: Path, log: IssueLog) -> None:
    absent = [ending for ending, part in shapefile_parts(path).items() if part is None]
    if absent:
        lost = listing(f"{path.stem}{ending}" for ending in absent)
        message = f"the shapefile's {lost} isn't there" if len(absent) == 1 else f"the shapefile's {lost} aren't there"
        remedy = f"copy all its files ({', '.join(SHAPEFILE_PARTS)} at least) into one folder"
        raise SourceError([log.fatal("incomplete_shapefile", message, remedy)])


def _shapefile_encodings(path: Path) -> list[str]:
    """Return what to try: UTF-8 refuses other text, so it goes first; a .cpg is often wrong, so it comes second."""
    import codecs

    encodings = ["utf-8", "gb18030"]
    said = next((other for other in path.parent.iterdir() if other.name.lower() == f"{path.stem.lower()}.cpg"), None)
    if said is not None:
        try:
            name = codecs.lookup(said.read_text(encoding="ascii", errors="ignore").strip()).name
        except LookupError:
            return encodings
        if name not in ("utf-8", "ascii", "gbk", "gb2312", "cp936", "gb18030"):  # GB18030 covers the Chinese ones
            encodings.insert(1, name)
    return encodings


def _choose_layer(path: Path, log: IssueLog, layer: str | None, role: str) -> str:
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except (DataSourceError, RuntimeError) as error:
        message = "the GeoPackage is damaged, or not one"
        raise SourceError([log.fatal("corrupt_file", message, "export it again")]) from error
    if not names:
        raise InputError([log.fatal("empty_table", "the GeoPackage has no layer", "export it again")])
    if layer is not None:
        if layer in names:
            return layer
        raise InputError([log.fatal("unknown_layer", f"there is no layer '{layer}'", which(layer, names))])
    chosen = role if role in names else names[0]
    if len(names) > 1:
        log.note("layer", f"layer '{chosen}' was read, of {listing(names)}", "name another with layer")
    return chosen


def _in_degrees(geometry: GeometryArray, crs: Any, log: IssueLog) -> GeometryArray:
    """Return the geometry in EPSG:4326 and 2-D; coordinates without a CRS must look like degrees."""
    flat: GeometryArray = shapely.force_2d(geometry)
    known = _crs(crs)
    if known is None:
        west, south, east, north = shapely.total_bounds(flat)
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            message = "the layer has no CRS, and its coordinates aren't degrees"
            remedy = "set the layer's CRS and export it again (a shapefile keeps it in its .prj)"
            raise InputError([log.fatal("no_crs", message, remedy)])
        log.note("no_crs", "the layer has no CRS; its coordinates look like degrees and were taken for such")
        return flat
    if known.equals(GEOGRAPHIC_CRS, ignore_axis_order=True):
        return flat
    transformer = Transformer.from_crs(known, GEOGRAPHIC_CRS, always_xy=True)

    def reproject(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    try:
        moved: GeometryArray = shapely.transform(flat, reproject)
    except ProjError as error:
        message = f"coordinates can't be brought from '{known.name}' to degrees"
        raise InputError([log.fatal("bad_crs", message, "export the layer in EPSG:4326")]) from error
    return moved


def _crs(crs: Any) -> CRS | None:
    """Return the CRS, or None where there is none that lies on the Earth."""
    if crs is None:
        return None
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        return None
    return known if known.is_geographic or known.is_projected else None
