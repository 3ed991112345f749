"""The land within 5, 10 and 15 minutes on foot of each of many places: as fast as others draw it, and how true."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from planner import contour
from planner.isochrone import around
from planner.measure import shapes_in_metres
from planner.network import Network
from planner.places import Anchors
from planner.streets import Streets
from tests.bench import city, town
from tests.bench.race import OURS, Job, Rival, UnableError, against, alone
from tests.bench.reach import batches
from tests.bench.row import Row, judged
from tests.bench.size import Size

MODE = "walk"
MINUTES = (5, 10, 15)
LIMITS = [600 * minutes for minutes in MINUTES]
BATCH = 100
COARSE_M = 25.0
GOALS = {"isochrone_osmnx": {"osmnx": 250.0}, "isochrone_valhalla": {"valhalla": 3.0}}
COMPARED = 10
ALIKE = {"osmnx": 0.75, "valhalla": 0.5}
"""By peer: the least part of the land that either draws which both draw, over the places compared."""

AREA_GOAL_PERCENT, HAUSDORFF_GOAL_CELLS = 1.0, 1.0


def drawn(way: Streets, asked: Sequence[Anchors], cell_m: float) -> list[Any]:
    """Return the multipolygons of each origin, batch by batch, in degrees."""
    return [row for places in asked for row in around(way, places, limits=LIMITS, inward=False, cell_m=cell_m)]


def in_metres(network: Network, shape: Any) -> Any:
    return shapes_in_metres(network.crs, shape)


class Osmnx:
    """The style of OSMnx's documentation: an ego graph for each limit, and strips beside its edges, joined."""

    def __init__(self, way: Streets, junctions: int) -> None:
        import networkx as nx

        self.nx = nx
        arcs = town.arcs(way)
        self.graph = nx.MultiDiGraph()
        for node, at in enumerate(zip(arcs.x.tolist(), arcs.y.tolist(), strict=True)):
            self.graph.add_node(node, at=at)
        for u, v, cost in zip(arcs.u.tolist(), arcs.v.tolist(), arcs.cost.tolist(), strict=True):
            line = shapely.LineString([self.graph.nodes[u]["at"], self.graph.nodes[v]["at"]])
            self.graph.add_edge(u, v, time=cost, geometry=line)
            self.graph.add_edge(v, u, time=cost, geometry=line.reverse())

    def answer(self, origins: town.Ints) -> int:
        return sum(1 for _ in self.draw(origins))

    def draw(self, origins: town.Ints) -> Iterator[list[Any]]:
        """Yield the polygons of each origin, in metres."""
        import geopandas

        for origin in origins.tolist():
            shapes = []
            for limit in LIMITS:
                ego = self.nx.ego_graph(self.graph, origin, radius=limit, distance="time")
                strips = geopandas.GeoSeries([line for _, _, line in ego.edges(data="geometry")])
                shapes.append(strips.buffer(contour.BUFFER_M).union_all())
            yield shapes


class Valhalla:
    """Valhalla on the same streets as an OpenStreetMap file, in this process; polygons as it writes them."""

    def __init__(self, way: Streets, junctions: int) -> None:
        import valhalla

        self.network, self.lon_lat = way.network, np.empty((len(way.network.node_id), 2))
        self.lon_lat[town.positions(way)] = np.column_stack([way.network.lon, way.network.lat])
        self.actor = valhalla.Actor(self._config(valhalla, junctions))

    def _config(self, valhalla: Any, junctions: int) -> dict[str, Any]:
        """Return the settings, with the tiles built once."""
        source = city.osm_file(junctions)
        tiles = source.with_name(f"{source.name.split('.')[0]}-valhalla")
        config: dict[str, Any] = valhalla.get_config(tile_extract=str(tiles / "none.tar"), tile_dir=str(tiles))
        config["service_limits"]["isochrone"]["max_contours"] = len(LIMITS)
        settings = tiles.with_suffix(".json")
        if not list(tiles.rglob("*.gph")):
            own = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
            program = own if own.exists() else shutil.which("valhalla_build_tiles")
            if program is None:
                raise UnableError("its wheel for Python 3.11 brings no valhalla_build_tiles, and none is on the PATH")
            settings.write_text(json.dumps(config), encoding="utf-8")
            tiles.mkdir(exist_ok=True)
            made = subprocess.run([program, "-c", settings, source], capture_output=True, check=False)
            if made.returncode or not list(tiles.rglob("*.gph")):
                raise UnableError("its tiles can't be built on this machine")
            sys.stderr.write("valhalla: tiles built\n")
        return config

    def ask(self, origin: int) -> str:
        lon, lat = self.lon_lat[origin].tolist()
        request = {
            "locations": [{"lat": lat, "lon": lon}],
            "costing": "pedestrian",
            "costing_options": {"pedestrian": {"walking_speed": town.SPEED_M_S[MODE] * 3.6}},
            "contours": [{"time": minutes} for minutes in MINUTES],
            "polygons": True,
        }
        text: str = self.actor.isochrone(json.dumps(request))
        return text

    def answer(self, origins: town.Ints) -> int:
        return sum(len(self.ask(origin)) for origin in origins.tolist())

    def draw(self, origins: town.Ints) -> Iterator[list[Any]]:
        """Yield the polygons of each origin, in metres."""
        for origin in origins.tolist():
            features = json.loads(self.ask(origin))["features"]
            features.sort(key=lambda one: float(one["properties"]["contour"]))
            shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in features])
            yield [in_metres(self.network, shapely.make_valid(one)) for one in shapes]


PEERS: dict[str, Any] = {"osmnx": Osmnx, "valhalla": Valhalla}


@lru_cache(maxsize=len(PEERS))
def peer(name: str, junctions: int) -> Any:
    """Return a peer that has taken the streets."""
    return PEERS[name](town.way(junctions, MODE), junctions)


def _rows(peer_name: str, size: Size) -> Iterator[Row]:
    job = f"isochrone_{peer_name}"
    way = town.way(size.junctions, MODE)
    origins = town.drawn(way, size.isochrones, seed=5)
    sample = origins[: size.isochrones_by_peer[peer_name]]
    ours = drawn(way, batches(way, sample[:COMPARED], BATCH), COARSE_M)
    asked = batches(way, origins, BATCH)

    def rival() -> Rival:
        contender = peer(peer_name, size.junctions)
        theirs = list(contender.draw(sample[:COMPARED]))
        both = [
            shapely.intersection(one, other).area / shapely.union(one, other).area
            for row, others in zip(ours, theirs, strict=True)
            for one, other in zip((in_metres(way.network, shape) for shape in row), others, strict=True)
            if not shapely.is_empty(other)
        ]
        return Rival(
            answer=partial(contender.answer, sample),
            agree=bool(np.median(both) >= ALIKE[peer_name]),
            share=len(sample) / len(origins),
            note=f"the peer on {len(sample):,} of them, scaled; median overlap {np.median(both):.0%}",
        )

    yield from against(
        job,
        asked=f"{len(way.network.node_id):,} nodes, {len(origins):,} places, {MINUTES} min, {COARSE_M:g} m grid",
        ours=lambda: drawn(way, asked, COARSE_M),
        rivals={peer_name: rival},
        goals=GOALS[job],
        size=size,
        warm_up=lambda: drawn(way, asked[:1], COARSE_M),
    )


def astray_m(one: Any, other: Any) -> float:
    """Return how far the farthest point of some land lies from other land, looked for every metre of what differs."""
    rest = [part for part in shapely.get_parts(shapely.difference(one, other)) if part.geom_type == "Polygon"]
    if not rest:
        return 0.0
    middles = shapely.get_point(shapely.maximum_inscribed_circle(np.array(rest, dtype=object), tolerance=0.1), 0)
    corners = shapely.points(shapely.get_coordinates(shapely.segmentize(rest, 1.0)))
    shapely.prepare(other)
    return float(shapely.distance(np.concatenate([middles, corners]), other).max())


def _quality(size: Size, cell_m: float) -> tuple[float, float, float, float]:
    """Return our seconds, what differs in % of the exact area, and the median and largest Hausdorff distance, metres."""
    way = town.way(size.junctions, MODE)
    origins = town.drawn(way, size.isochrones_by_peer["osmnx"], seed=5)
    network, differs, area, far_m = way.network, 0.0, 0.0, []
    places = town.at_nodes(way, origins)
    streets = around(way, places, limits=LIMITS, inward=False, product="lines")
    drawn(way, [places], cell_m)  # compiles
    start = time.perf_counter()
    lands = drawn(way, [places], cell_m)
    seconds = time.perf_counter() - start
    for shapes, lines in zip(lands, streets, strict=True):
        for shape, reached in zip(shapes, lines, strict=True):
            ours = in_metres(network, shape)
            true = shapely.union_all(shapely.buffer(shapely.get_parts(in_metres(network, reached)), contour.BUFFER_M))
            differs += shapely.symmetric_difference(ours, true).area
            area += true.area
            far_m.append(max(astray_m(ours, true), astray_m(true, ours)))
    return seconds, 100.0 * differs / area, float(np.median(far_m)), float(np.max(far_m))


def _quality_rows(size: Size) -> Iterator[Row]:
    way = town.way(size.junctions, MODE)
    memory_mb = float(alone("isochrone_quality", size)["memory_mb"])
    count = size.isochrones_by_peer["osmnx"] * len(LIMITS)
    for cell_m in (contour.CELL_M, COARSE_M):
        asked = f"{len(way.network.node_id):,} nodes, {count:,} polygons, {cell_m:g} m grid"
        ours_s, percent, median_m, most_m = _quality(size, cell_m)
        for what, figure, goal in (
            ("area that differs from the exact, %", percent, AREA_GOAL_PERCENT if cell_m == contour.CELL_M else None),
            ("Hausdorff distance, median, m", median_m, None),
            ("Hausdorff distance, largest, m", most_m, HAUSDORFF_GOAL_CELLS * cell_m),
        ):
            met = judged(figure, goal, at_most=True)
            told = f"{asked}: {what}"
            yield Row(
                job="isochrone_quality", size=told, ours_s=ours_s, ratio=figure, goal=goal, met=met, memory_mb=memory_mb
            )


def _alone(size: Size, *, cell_m: float = COARSE_M) -> dict[str, Any]:
    """Build the network and draw one batch; other batches need no more memory."""
    way = town.way(size.junctions, MODE)
    drawn(way, batches(way, town.drawn(way, size.isochrones, seed=5)[:BATCH], BATCH), cell_m)
    return {}


JOBS = [
    Job(name="isochrone_osmnx", rows=partial(_rows, "osmnx"), alone={OURS: _alone}),
    Job(name="isochrone_valhalla", rows=partial(_rows, "valhalla"), alone={OURS: _alone}),
    Job(
        name="isochrone_quality",
        rows=_quality_rows,
        alone={OURS: partial(_alone, cell_m=contour.CELL_M)},
    ),
]
