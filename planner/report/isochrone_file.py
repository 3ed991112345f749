"""Isochrones in one file, and how a single file takes the place of an earlier one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.report.geopackage import FILE_DATE, file_date

if TYPE_CHECKING:
    import geopandas

FORMATS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".parquet": "Parquet",
    ".geoparquet": "Parquet",
    ".fgb": "FlatGeobuf",
    ".kml": "KML",
}
"""By ending; a shapefile is several files and can't take an earlier one's place in one step, so it isn't among them."""

_OPTIONS = {"GeoJSON": {"COORDINATE_PRECISION": "7"}, "FlatGeobuf": {"SPATIAL_INDEX": "NO"}}
"""7 decimals are a centimetre; an index of FlatGeobuf can't hold the empty polygon of a place off the streets."""


def write_isochrones(frame: geopandas.GeoDataFrame, path: Path) -> None:
    """Write isochrones in the format of the file's ending, in EPSG:4326.

    Parameters
    ----------
    frame
        Polygons with their attributes, in any CRS that is known.
    path
        One of `FORMATS`; an earlier file stays until the new one stands.

    Raises
    ------
    InputError
        The ending is another.
    SourceError
        The file can't be written.
    """
    path = Path(path)
    driver = driver_of(path)
    in_degrees = frame.to_crs("EPSG:4326")

    def fill(temporary: Path) -> None:
        if driver == "Parquet":
            in_degrees.to_parquet(temporary, index=False)
        else:
            options = _OPTIONS.get(driver, {})
            with file_date(FILE_DATE):
                in_degrees.to_file(temporary, driver=driver, engine="pyogrio", layer=path.stem, index=False, **options)

    replace_file(path, fill)


def driver_of(path: Path) -> str:
    """Return the driver that a file's ending calls for; raises InputError where there is none."""
    driver = FORMATS.get(path.suffix.lower())
    if driver is None:
        endings = ", ".join(FORMATS)
        raise InputError(
            [
                Issue(
                    severity="error",
                    code="unknown_format",
                    table=str(path),
                    message=f"isochrones can't be written as '{path.suffix}'",
                    remedy=f"let the file's name end in one of {endings}",
                )
            ]
        )
    return driver


def replace_file(path: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write a temporary file beside ``path`` (a link is followed), then put it in its place in one step.

    Raises
    ------
    SourceError
        The file can't be written; an earlier one is whole.
    """
    from pyogrio.errors import DataSourceError

    try:
        target = path.resolve()
        if target.is_dir():
            raise IsADirectoryError(f"{path} is a folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.stem[:100]}.{uuid4().hex}{target.suffix}")
        try:
            fill(temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())  # on the disk before the older one goes
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, RuntimeError, DataSourceError) as error:  # RuntimeError: a ring of links, before Python 3.13
        issue = Issue(
            severity="error",
            code="not_written",
            table=str(path),
            message=f"the file can't be written ({error})",
            remedy="name a file in a place where you may write, and close it in other programs",
        )
        raise SourceError([issue]) from error
