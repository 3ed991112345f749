"""Little OpenStreetMap files and lines for tests of the sources of streets, and short words for what came in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import shapely

from planner.network import Network, build
from planner.sources.extract import Extract
from planner.sources.geodata import read_profiles
from planner.sources.streets import read_network

KEYS = read_profiles()["standard_walk"].tag_keys | {"oneway"}
NODES = {1: (0, 0), 2: (0, 1), 3: (0, 2), 4: (1, 1), 5: (-1, 1), 6: (1, 2)}
"""Node ids, and steps of 0.001 degrees east and north of 117 E, 39 N."""


def town(
    folder: Path,
    ways: str,
    *,
    bounds: str = "",
    nodes: dict[int, tuple[float, float]] = NODES,
    after: bool = False,
    tags: Mapping[int, Mapping[str, str]] = MappingProxyType({}),
) -> Path:
    """Write a little OpenStreetMap file; ``after`` puts the nodes behind the ways, as Overpass often does."""
    inside = {id_: "".join(f'<tag k="{k}" v="{v}"/>' for k, v in of.items()) for id_, of in tags.items()}
    points = "".join(
        f'<node id="{id_}" lon="{117 + east / 1000:.7f}" lat="{39 + north / 1000:.7f}">{inside.get(id_, "")}</node>'
        for id_, (east, north) in nodes.items()
    )
    body = ways + points if after else points + ways
    path = folder / "town.osm"
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{bounds}{body}</osm>', encoding="utf-8")
    return path


def way(id_: int, refs: list[int], **tags: str) -> str:
    """Return one way as XML; a street unless told otherwise."""
    tags = tags or {"highway": "residential"}
    inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{id_}">{inside}</way>'


def read(source: Any) -> Extract:
    """Read a source under its own name."""
    return read_network(source, table=getattr(source, "name", "graph"), tag_keys=KEYS)


def pieces(extract: Extract) -> list[list[int]]:
    """Return the node ids of each way."""
    ways = extract.ways
    return [ways.node_id[ways.ref[a:b]].tolist() for a, b in zip(ways.start[:-1], ways.start[1:], strict=True)]


def border(extract: Extract) -> list[int]:
    """Return the ids of the border nodes."""
    found: list[int] = extract.ways.node_id[extract.ways.border].tolist()
    return found


def network(source: Any) -> Network:
    """Read and build."""
    return build(read(source).ways, tag_keys=KEYS)


def codes(extract: Extract) -> list[str]:
    """Return the codes of what was found."""
    return [issue.code for issue in extract.issues]


def line(*points: tuple[float, float]) -> shapely.LineString:
    """Return a line over points in steps of 0.001 degrees."""
    return shapely.LineString([(117 + x / 1000, 39 + y / 1000) for x, y in points])
