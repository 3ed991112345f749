"""The real extracts as networks, for tests that need no whole study."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from planner.network import Network, build
from planner.places import Anchors, anchor
from planner.profile import Weights, weigh
from planner.sources.geodata import read_profiles
from planner.sources.streets import read_network

FILES = {"guixi": "mapofgx.osm", "porto_alegre": "poa_osm.pbf", "shanghai_huangpu": "shanghai.osm"}


@cache
def town(data: Path, name: str) -> tuple[Network, Weights]:
    """Return the network of an extract, and how somebody on foot at 1.0 m/s sees it."""
    walker = read_profiles()["standard_walk"]
    path = data / name / FILES[name]
    network = build(read_network(path, table=path.name, tag_keys=walker.tag_keys).ways, tag_keys=walker.tag_keys)
    return network, weigh(network, walker)


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table with its headers."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def anchored(network: Network, weights: Weights, table: list[dict[str, str]]) -> Anchors:
    """Anchor the rows of a table by their ``lon`` and ``lat``."""
    lon, lat = (np.array([float(row[name]) for row in table]) for name in ("lon", "lat"))
    return anchor(network, weights, lon, lat)


def scattered(network: Network, count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lon and lat of points strewn over the network's box."""
    west, south, east, north = network.box
    rng = np.random.default_rng(seed)
    return rng.uniform(west, east, count), rng.uniform(south, north, count)
