"""The findings as one GeoPackage, for QGIS and for anyone who wants to work out our figures again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.errors import SourceError
from planner.issue import Issue
from planner.measure import GEOGRAPHIC_CRS
from planner.report.layers import layers

if TYPE_CHECKING:
    from planner.report.vector_layer import Layer
    from planner.study import Findings

FILE_DATE = "2000-01-01T00:00:00.000Z"
"""The date that a GeoPackage gives to its layers: always the same, so that the same findings make the same bytes."""


def write(findings: Findings, path: Path) -> None:
    """Write all layers, empty ones with their fields; everything is in EPSG:4326.

    Parameters
    ----------
    findings
        What the study found.
    path
        A file that doesn't exist yet.

    Raises
    ------
    SourceError
        The file can't be written.
    """
    from pyogrio.errors import DataLayerError, DataSourceError

    with file_date(FILE_DATE):
        try:
            for layer in layers(findings):
                _write(layer, path)
        except (DataSourceError, DataLayerError) as error:
            issue = Issue(
                severity="error",
                code="not_written",
                table=str(path),
                message=f"the GeoPackage can't be written ({error})",
                remedy="make room on the disk, or name a folder where you may write",
            )
            raise SourceError([issue]) from error


def _write(layer: Layer, path: Path) -> None:
    from pyogrio.raw import write as write_arrays

    is_table = layer.geometry is None
    write_arrays(
        str(path),
        None if is_table else np.asarray(shapely.to_wkb(layer.geometry), dtype=object),
        [np.ma.getdata(values) for values in layer.fields.values()],
        list(layer.fields),
        field_mask=[
            np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None for values in layer.fields.values()
        ],
        layer=layer.name,
        driver="GPKG",
        geometry_type=layer.geometry_type,
        crs=None if is_table else GEOGRAPHIC_CRS,
    )


@contextmanager
def file_date(date: str) -> Iterator[None]:
    """Let GDAL write that date into its files, and put its settings back.

    Nor does it wait for the disk after each layer: what is written here is a temporary file, which is put on the disk
    once, as a whole, before it takes its place.
    """
    import pyogrio

    wanted = {"OGR_CURRENT_DATE": date, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {option: pyogrio.get_gdal_config_option(option) for option in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
