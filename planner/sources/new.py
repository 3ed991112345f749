"""A new study to fill in: a commented study file with the sample district's tables beside it."""

from __future__ import annotations

import csv
import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.sources.geodata import geodata_path

if TYPE_CHECKING:
    from planner.inputs import MapFeature
    from planner.places import Places
    from planner.ways import Ways

OSM_TAGS = {
    "water": {"natural": "water"},
    "green": {"leisure": "park"},
    "railway": {"railway": "rail"},
}
"""How OpenStreetMap would tag what stands on the background map."""


def write_new(folder: str | Path) -> tuple[Path, ...]:
    """Write a commented study file with sample tables, all of it or nothing.

    Parameters
    ----------
    folder
        Made where it doesn't exist; other files in it stay as they are.

    Returns
    -------
    tuple of Path
        The files written: ``study.toml`` first, then what it names. The data are the sample district's, and say so.

    Raises
    ------
    InputError
        The folder holds a file of one of these names already, or isn't a folder.
    SourceError
        The folder can't be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     [path.name for path in write_new(Path(parent) / "mine")]
    ['study.toml', 'areas.geojson', 'candidates.csv', 'communities.csv', 'facilities.csv', 'streets.osm']
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError([_fault(folder, "not_a_folder", "this is a file, not a folder", "name a new folder")])
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            made = Path(beside)
            _write_all(made)
            names = ["study.toml", *sorted(path.name for path in made.iterdir() if path.name != "study.toml")]
            _judge_room(folder, names)
            return _move(made, folder, names)
    except OSError as error:
        message = f"the folder can't be written: {error.strerror or error}"
        raise SourceError([_fault(folder, "unwritable", message, "name a folder that you may write to")]) from error


def _write_all(folder: Path) -> None:
    from planner.sources.sample import sample_district

    study = sample_district()
    shutil.copyfile(geodata_path("new", "study.toml"), folder / "study.toml")
    _write_table(study.communities, folder / "communities.csv")
    _write_table(study.facilities, folder / "facilities.csv")
    _write_table(study.candidates, folder / "candidates.csv")
    if study.areas is not None:
        _write_polygons(study.areas, folder / "areas.geojson")
    _write_streets(study.ways, study.basemap, folder / "streets.osm")


def _write_table(places: Places, path: Path) -> None:
    """Write places as CSV in UTF-8 with a BOM, by which spreadsheet programs know it."""
    columns = dict(places.columns)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "name", "lon", "lat", *columns])
        for row in range(len(places)):
            point = [f"{places.lon[row]:.7f}", f"{places.lat[row]:.7f}"]
            cells = [_as_text(cells[row]) for cells in columns.values()]
            writer.writerow([places.ids[row], places.names[row], *point, *cells])


def _write_polygons(places: Places, path: Path) -> None:
    """Write places with polygons as GeoJSON."""
    import shapely

    features = [
        {
            "type": "Feature",
            "properties": {
                "id": places.ids[row],
                "name": places.names[row],
                **{name: _as_json(cells[row]) for name, cells in places.columns.items()},
            },
            "geometry": json.loads(shapely.to_geojson(places.polygon[row])),
        }
        for row in range(len(places))
        if places.polygon is not None
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    path.write_text(content + "\n", encoding="utf-8")


def _write_streets(ways: Ways, basemap: tuple[MapFeature, ...], path: Path) -> None:
    """Write streets and the background map as OpenStreetMap XML; its nodes and ways keep their ids."""
    import osmium
    from osmium.osm.mutable import Node, Way

    header = osmium.io.Header()
    header.set("generator", "service-circle-planner: synthetic data")
    lines = [(feature.kind, _coordinates(feature.geometry)) for feature in basemap]
    next_node, next_way = int(ways.node_id.max()) + 1, int(ways.way_id.max()) + 1
    drawn: list[Way] = []
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for node_id, lon, lat in sorted(zip(ways.node_id.tolist(), ways.lon.tolist(), ways.lat.tolist(), strict=True)):
            writer.add_node(Node(id=node_id, location=(lon, lat), version=1))
        for number, (kind, points) in enumerate(lines):
            closed = kind != "railway"
            refs = list(range(next_node, next_node + len(points) - closed))
            for node_id, (lon, lat) in zip(refs, points, strict=False):
                writer.add_node(Node(id=node_id, location=(lon, lat), version=1))
            next_node += len(refs)
            refs += refs[:1] if closed else []
            drawn.append(Way(id=next_way + number, nodes=refs, tags=OSM_TAGS[kind], version=1))
        for place in np.argsort(ways.way_id):
            refs = ways.node_id[ways.ref[ways.start[place] : ways.start[place + 1]]].tolist()
            tags = {key: str(cells[place]) for key, cells in ways.tags.items() if cells[place]}
            writer.add_way(Way(id=int(ways.way_id[place]), nodes=refs, tags=tags, version=1))
        for way in drawn:
            writer.add_way(way)


def _coordinates(geometry: Any) -> list[tuple[float, float]]:
    """Return the line, or the outline of the polygon; the sample's have no holes."""
    line = geometry.exterior if geometry.geom_type == "Polygon" else geometry
    return [(float(lon), float(lat)) for lon, lat in line.coords]


def _as_text(cell: Any) -> str:
    """Return a cell as people would type it."""
    plain = _as_json(cell)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    return str(plain)


def _as_json(cell: Any) -> Any:
    """Return a cell as JSON has it: whole numbers without a point, None for what isn't known."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, tuple):
        return ";".join(cell)
    if isinstance(cell, (bool, np.bool_)):
        return bool(cell)
    if isinstance(cell, (int, float, np.number)):
        return int(cell) if float(cell).is_integer() else float(cell)
    return str(cell)


def _judge_room(folder: Path, names: list[str]) -> None:
    """Raise InputError where the folder holds any of the names; every one of them is told."""
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        message, remedy = "the file is there already and is left alone", "name a new folder, or move that file away"
        raise InputError([_fault(folder / name, "file_exists", message, remedy) for name in taken])


def _move(made: Path, folder: Path, names: list[str]) -> tuple[Path, ...]:
    """Move the files in; on a failure take back those that were moved."""
    fresh = not folder.exists()
    folder.mkdir(exist_ok=True)
    moved: list[Path] = []
    try:
        for name in names:
            (made / name).rename(folder / name)
            moved.append(folder / name)
    except OSError:
        for path in moved:
            path.unlink(missing_ok=True)
        if fresh:
            folder.rmdir()
        raise
    return tuple(moved)


def _fault(path: Path, code: str, message: str, remedy: str) -> Issue:
    return Issue(severity="error", code=code, table=str(path), message=message, remedy=remedy)
