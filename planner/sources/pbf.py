"""OpenStreetMap files, PBF and XML: streets as arrays, and water, green and railways for the map."""

from __future__ import annotations

import binascii
import itertools
import sys
from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely

from planner.errors import SourceError
from planner.inputs import MapFeature
from planner.issue import Issue
from planner.measure import FloatArray
from planner.sources.extract import OPENSTREETMAP, Box, Extract, Runs, column, empty_network, gather, pointlike_note

FORMATS = {
    ".osm.pbf": "pbf",
    ".pbf": "pbf",
    ".osm": "xml",
    ".osm.xml": "xml",
    ".osm.gz": "xml.gz",
    ".osm.xml.gz": "xml.gz",
    ".osm.bz2": "xml.bz2",
    ".osm.xml.bz2": "xml.bz2",
}
"""The endings of OpenStreetMap files, and what the reader calls their formats."""

GREEN: Mapping[str, frozenset[str]] = {
    "leisure": frozenset({"park", "garden", "nature_reserve", "common", "dog_park"}),
    "landuse": frozenset({"grass", "forest", "recreation_ground", "meadow", "village_green", "cemetery"}),
    "natural": frozenset({"wood", "scrub", "grassland", "wetland", "heath"}),
}
WATER: Mapping[str, frozenset[str]] = {
    "natural": frozenset({"water", "bay"}),
    "waterway": frozenset({"riverbank", "dock"}),
    "landuse": frozenset({"reservoir", "basin"}),
}
RIVERS = frozenset({"river", "canal"})
"""Drawn by their middle lines, which show where no bank is mapped."""

_WKB_HEAD = 9  # bytes: byte order, type and number of points of a line
_NOWHERE = 2**31 - 1  # the reader's mark for a coordinate that the file doesn't hold


def read_osm(path: Path, *, table: str, tag_keys: Collection[str]) -> Extract:
    """Read an OpenStreetMap file: every way tagged ``highway``, areas among them, and what helps to read a map.

    Parameters
    ----------
    path
        A file whose name ends in one of ``FORMATS``.
    table
        The file as the study names it.
    tag_keys
        The keys of ways and of nodes that are kept beside ``highway``.

    Returns
    -------
    Extract
        Ways clipped at the border of the extract are split at the missing node, and the last node before the gap is
        a border node, as is each on or beyond the box that the file states. Water and green whose outline isn't
        whole are left out and counted in a note.

    Raises
    ------
    SourceError
        The file is cut short, damaged or in another format, or a street runs over a node that isn't on the globe.
    InputError
        The file holds no street.
    """
    import osmium

    try:
        file = osmium.io.File(str(path), _format(path))
        locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        locations.ignore_errors()
        keys = frozenset(tag_keys) | {"highway"}
        node_tags = _NodeTags(keys)
        with osmium.io.Reader(file, osmium.osm.NODE) as reader:
            header_box = reader.header().box()
            osmium.apply(reader, locations, osmium.filter.KeyFilter(*sorted(keys)), node_tags)
        streets = _read_lines(file, locations, keys)
        if min(streets.ref_id, default=0) < 0:
            streets.place(_new_nodes(file))
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        raise SourceError([_unreadable(table, error)]) from error
    if not streets.way_id:
        raise empty_network(
            table,
            message="no way in the file is tagged highway",
            remedy="name an extract that holds streets and covers the communities",
        )
    box = _box(header_box)
    runs, repeated = streets.runs(box, node_tags.cells)
    ways, counts = gather(runs, table=table)
    if not len(ways.way_id):
        raise empty_network(
            table,
            message="no street in the file has two nodes that the file holds too",
            remedy="export the nodes with the ways",
        )
    areas, broken = _read_areas(file, locations)
    counts |= {"repeated_ways": repeated} | broken
    return Extract(
        ways=ways,
        basemap=(*areas, *streets.drawn),
        issues=tuple(_note(table, code, count) for code, count in counts.items() if count),
        attribution=(OPENSTREETMAP,),
    )


def _format(path: Path) -> str:
    endings = [ending for ending in FORMATS if path.name.lower().endswith(ending)]
    return FORMATS[max(endings, key=len)] if endings else "xml"


def _box(box: Any) -> Box | None:
    if not box.valid():
        return None
    return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat


class _NodeTags:
    """Keeps the tags of nodes as they are read, by key and node id."""

    def __init__(self, keys: frozenset[str]) -> None:
        self.keys = keys
        self.cells: dict[str, dict[int, str]] = {}

    def node(self, node: Any) -> None:
        """Keep the tags of one node."""
        for key, value in node.tags:
            if key in self.keys:
                self.cells.setdefault(key, {})[node.id] = sys.intern(value)


@dataclass(slots=True)
class _Lines:
    """Streets, railways and rivers as they are read, way by way."""

    keys: frozenset[str]
    ref_id: array[int] = field(default_factory=lambda: array("q"))
    xy: bytearray = field(default_factory=bytearray)
    count: array[int] = field(default_factory=lambda: array("q"))
    way_id: array[int] = field(default_factory=lambda: array("q"))
    cells: dict[str, dict[int, str]] = field(default_factory=dict)
    drawn: list[MapFeature] = field(default_factory=list)

    def add_street(self, way: Any, xy: bytes) -> None:
        """Keep one way: its references, coordinates (NaN where the file lacks the node) and tags."""
        nodes = way.nodes
        many = len(nodes)
        self.ref_id.extend([nodes[at].ref for at in range(many)])  # by position: a third faster than iterating
        self.count.append(many)
        self.xy += xy
        for key, value in way.tags:
            if key in self.keys:
                self.cells.setdefault(key, {})[len(self.way_id)] = sys.intern(value)
        self.way_id.append(way.id)

    def place(self, at: Mapping[int, tuple[float, float]]) -> None:
        """Fill in the coordinates of nodes."""
        xy = np.frombuffer(self.xy, np.float64).reshape(-1, 2).copy()
        for position, ref in enumerate(self.ref_id):
            if ref in at:
                xy[position] = at[ref]
        self.xy = bytearray(xy.tobytes())

    def add_drawn(self, kind: Literal["railway", "water"], xy: bytes) -> None:
        """Keep the runs of a line for the map whose nodes the file holds."""
        points = np.frombuffer(xy).reshape(-1, 2)
        whole = np.isfinite(points[:, 0])
        for known, run in itertools.groupby(range(len(points)), key=lambda at: bool(whole[at])):
            positions = list(run)
            if known and len(positions) > 1:
                self.drawn.append(MapFeature(kind, shapely.LineString(points[positions])))

    def runs(self, box: Box | None, node_tags: Mapping[str, Mapping[int, str]]) -> tuple[Runs, int]:
        """Return the streets as arrays, and how many ways stood in the file more than once (the last is kept)."""
        xy: FloatArray = np.frombuffer(self.xy, np.float64).reshape(-1, 2)
        count, way_id = np.array(self.count, np.int64), np.array(self.way_id, np.int64)
        _, from_end = np.unique(way_id[::-1], return_index=True)
        last = np.sort(len(way_id) - 1 - from_end)
        keep = np.zeros(len(way_id), dtype=bool)
        keep[last] = True
        of_kept = np.repeat(keep, count)
        tags = {key: column(len(way_id), cells)[last] for key, cells in sorted(self.cells.items())}
        runs = Runs(
            ref_id=np.array(self.ref_id, np.int64)[of_kept],
            lon=xy[of_kept, 0],
            lat=xy[of_kept, 1],
            count=count[last],
            way_id=way_id[last],
            tags=tags,
            node_tags=node_tags,
            box=box,
        )
        return runs, len(way_id) - len(last)


def _read_lines(file: Any, locations: Any, keys: frozenset[str]) -> _Lines:
    """Read streets, railways and rivers, with the coordinates that ``locations`` holds."""
    import osmium

    lines = _Lines(keys)
    factory = osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter("highway", "railway", "waterway")  # kept by name: the iterator doesn't own it
    with osmium.io.Reader(file, osmium.osm.WAY) as reader:
        way: Any
        for way in osmium.OsmFileIterator(reader, locations, wanted):
            if way.deleted:
                continue
            if "highway" in way.tags:
                lines.add_street(way, _coordinates(way, factory))
            elif way.tags.get("railway") == "rail":
                lines.add_drawn("railway", _coordinates(way, factory))
            elif way.tags.get("waterway") in RIVERS and "tunnel" not in way.tags:
                lines.add_drawn("water", _coordinates(way, factory))
    return lines


def _new_nodes(file: Any) -> dict[int, tuple[float, float]]:
    """Return lon, lat of the nodes that an editor numbered below 0, which the reader's own index doesn't keep."""
    import osmium

    at: dict[int, tuple[float, float]] = {}
    with osmium.io.Reader(file, osmium.osm.NODE) as reader:
        node: Any
        for node in osmium.OsmFileIterator(reader):
            if node.id < 0 and _is_known(node.id, node.location):
                at[node.id] = node.lon, node.lat
    return at


def _coordinates(way: Any, factory: Any) -> bytes:
    """Return lon, lat of each reference as native doubles, NaN where the file doesn't hold the node."""
    import osmium

    try:  # the whole line at once is several times faster than node by node
        return binascii.unhexlify(factory.create_linestring(way, osmium.geom.ALL))[_WKB_HEAD:]
    except (RuntimeError, osmium.InvalidLocationError):  # a node is missing, or there is but one
        nodes = way.nodes
        pairs = [(node.lon, node.lat) if _is_known(node.ref, node.location) else (np.nan, np.nan) for node in nodes]
        return np.array(pairs, np.float64).tobytes()


def _is_known(node: int, location: Any) -> bool:
    """Return whether the file holds a node's place; raises ValueError where that is nowhere on Earth."""
    if not location.valid() and location.x != _NOWHERE:
        lon, lat = location.lon_without_check(), location.lat_without_check()
        raise ValueError(f"node {node} lies at {lon:g}, {lat:g}, outside the globe")
    return bool(location.valid())


def _read_areas(file: Any, locations: Any) -> tuple[list[MapFeature], dict[str, int]]:
    """Read water and green, and count what couldn't be put together."""
    import osmium

    factory = osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter(*sorted({*GREEN, *WATER}))
    manager = osmium.area.AreaManager()
    finished = osmium.BufferIterator(wanted)
    found: list[MapFeature] = []
    expected = 0
    try:
        with osmium.io.Reader(file, osmium.osm.RELATION) as reader:
            osmium.apply(reader, wanted, manager.first_pass_handler())
        assembler = manager.second_pass_to_buffer(finished)
        with osmium.io.Reader(file, osmium.osm.WAY | osmium.osm.RELATION) as reader:
            for one in osmium.OsmFileIterator(reader, locations, assembler, wanted):
                expected += _is_outline(one)
                found.extend(_features(finished, factory))
        found.extend(_features(finished, factory))
    except RuntimeError:  # ways out of order, or twice: the streets don't mind, so the map does without
        return [], {"unordered_ways": 1}
    return found, {"broken_areas": max(expected - len(found), 0)}


def _is_outline(one: Any) -> bool:
    """Return whether a way or relation is meant to become an area of the map."""
    if one.deleted or _kind(one.tags) is None:
        return False
    if one.is_way():
        return bool(len(one.nodes) > 3 and one.is_closed() and one.tags.get("area") != "no")
    return bool(one.tags.get("type") == "multipolygon")


def _features(finished: Any, factory: Any) -> Iterator[MapFeature]:
    """Yield the areas that are whole."""
    import osmium

    for area in finished or ():
        kind = _kind(area.tags)
        if kind is None:
            continue
        try:
            yield MapFeature(kind, shapely.from_wkb(factory.create_multipolygon(area)))
        except (
            RuntimeError,
            osmium.InvalidLocationError,
        ):  # an outline that crosses itself or doesn't close: counted by the caller
            continue


def _kind(tags: Any) -> Literal["water", "green"] | None:
    if any(tags.get(key) in values for key, values in WATER.items()):
        return "water"
    if any(tags.get(key) in values for key, values in GREEN.items()):
        return "green"
    return None


def _note(table: str, code: str, count: int) -> Issue:
    if code == "pointlike_ways":
        return pointlike_note(table, count)
    message = {
        "clipped_ways": f"ways cut where the extract ends: {count}",
        "retraced_ways": f"ways that come back over themselves, taken one time over: {count}",
        "repeated_ways": f"ways that stand in the file more than once, the last taken: {count}",
        "broken_areas": f"areas of water or green left off the map because their outline isn't whole: {count}",
        "unordered_ways": "water and green are left off the map because the file's ways aren't in order, once each",
    }[code]
    remedy = "to see them, put the file in order with osmium sort" if code == "unordered_ways" else ""
    return Issue(severity="note", code=code, table=table, message=message, remedy=remedy)


def _unreadable(table: str, error: Exception) -> Issue:
    return Issue(
        severity="error",
        code="unreadable_file",
        table=table,
        message=f"the file is damaged, cut short or no OpenStreetMap file ({error})",
        remedy="export or download it again",
    )
