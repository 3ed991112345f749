"""Routes: the way from a place to the nearest of some anchors, traced along a Spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.circle import Circle
from planner.measure import IntArray, unproject
from planner.network import Network
from planner.places import Anchors, substring
from planner.spread import Spread, spread
from planner.streets import Seeds, Streets, seeds


@dataclass(frozen=True, slots=True)
class Route:
    """The way from a community to its nearest facility, access legs included: a LineString in degrees."""

    circle: str
    community: int
    facility: int
    line: Any


def draw(
    circle: Circle, way: Streets, homes: Anchors, doors: Anchors, *, nearest: IntArray, counting: IntArray
) -> list[Route]:
    """Draw the way from each community to its nearest facility.

    Parameters
    ----------
    doors
        The anchors of all facilities.
    nearest
        By community, the position of its nearest facility, -1 for none, as coverage has it.
    counting
        The positions of the facilities that count, in the order that breaks ties.
    """
    if circle.measure == "straight" or len(counting) == 0:
        return []
    counted = doors.take(counting)
    place = np.full(len(doors.edge) + 1, -1, np.int64)
    place[counting] = np.arange(len(counting))
    found = trace(spread(way, counted), homes, counted, chosen=place[nearest])
    return [
        Route(circle=circle.name, community=i, facility=int(nearest[i]), line=line)
        for i, line in enumerate(found)
        if line is not None
    ]


def trace(reached: Spread, origins: Anchors, targets: Anchors, *, chosen: IntArray) -> list[Any]:
    """Return for each origin the line it walks to its chosen target, from anchor to anchor, in degrees, WGS 84.

    Parameters
    ----------
    reached
        Inward, from ``targets``, without a limit.
    origins, targets
        Anchors.
    chosen
        Length of the origins: the nearest target, as `reach.nearest` gives it; -1 for no route.

    Returns
    -------
    list
        LineStrings, None where there is no route. Where both stand on one street and the way along it is no longer
        than any other, the route runs along it.
    """
    leaving = seeds(reached.streets, origins, leaving=True)
    arriving = seeds(reached.streets, targets, leaving=False)
    by_target = arriving.rows(len(targets.edge))
    best: dict[int, _Entry] = {}
    for k in np.flatnonzero(reached.source[leaving.node] == chosen[leaving.place]).tolist():
        node = int(leaving.node[k])
        cost = (int(leaving.first[k] + reached.cost[node]), int(leaving.second[k] + reached.second[node]))
        i = int(leaving.place[k])
        if i not in best or cost < best[i].cost:
            best[i] = _Entry(cost, node, float(leaving.end[k]))
    found: list[Any] = [None] * len(chosen)
    for o in np.flatnonzero(chosen >= 0).tolist():
        t = int(chosen[o])
        doors = range(int(by_target[t]), int(by_target[t + 1]))
        found[o] = _route(reached, origins, targets, o, t, best.get(o), arriving, doors)
    return found


@dataclass(frozen=True, slots=True)
class _Entry:
    """How an origin enters the streets: the whole cost to the target, the node, the end of its own street."""

    cost: tuple[int, int]
    node: int
    end: float


def _route(
    reached: Spread,
    origins: Anchors,
    targets: Anchors,
    i: int,
    t: int,
    entry: _Entry | None,
    arriving: Seeds,
    doors: range,
) -> Any:
    """Return one route as a line in degrees."""
    network = reached.streets.network
    edge, last = int(origins.edge[i]), int(targets.edge[t])
    if edge == last and _along_is_best(reached, origins, targets, i, t, entry):
        pieces = [_piece(network, edge, float(origins.fraction[i]), float(targets.fraction[t]))]
    elif entry is None:
        return None
    else:
        pieces = [_piece(network, edge, float(origins.fraction[i]), entry.end)]
        node = entry.node
        while reached.towards[node] >= 0:
            over = int(reached.edge[node])
            if over >= 0:
                pieces.append(_corners(network, over // 2)[:: 1 if over % 2 == 0 else -1])
            node = int(reached.towards[node])
        costs = [(arriving.first[k], arriving.second[k], arriving.end[k]) for k in doors if arriving.node[k] == node]
        pieces.append(_piece(network, last, float(min(costs)[2]), float(targets.fraction[t])))
    xy = np.vstack(pieces)
    keep = np.concatenate([[True], np.any(np.diff(xy, axis=0) != 0, axis=1)])
    xy = xy[keep] if keep.sum() > 1 else np.vstack([xy[:1], xy[:1]])
    return shapely.LineString(np.round(np.column_stack(unproject(network.crs, xy[:, 0], xy[:, 1])), 7))


def _along_is_best(reached: Spread, origins: Anchors, targets: Anchors, i: int, t: int, entry: _Entry | None) -> bool:
    way = reached.streets
    ahead = float(targets.fraction[t] - origins.fraction[i])
    cost = int(way.first[2 * int(origins.edge[i]) + (ahead < 0)])
    if cost < 0 and ahead != 0.0:
        return False
    if entry is None:
        return True
    access_m = float(origins.access_m[i] + targets.access_m[t])
    scale = 10.0 / way.weights.profile.access_speed_m_s if way.by == "time" else 1000.0
    return bool(np.rint(access_m * scale + abs(ahead) * max(cost, 0)) <= entry.cost[0])


def _piece(network: Network, edge: int, low: float, high: float) -> npt.NDArray[np.float64]:
    """Return the corners of an edge between two fractions, in the order of travel."""
    line = shapely.LineString(_corners(network, edge))
    xy = shapely.get_coordinates(substring(line, min(low, high), max(low, high)))
    forward: npt.NDArray[np.float64] = xy if low <= high else xy[::-1]
    return forward


def _corners(network: Network, edge: int) -> npt.NDArray[np.float64]:
    """Return the corners of an edge, forward, in the network's metric CRS."""
    point = network.line[int(network.line_start[edge]) : int(network.line_start[edge + 1])]
    return np.column_stack([network.point_x[point], network.point_y[point]])
