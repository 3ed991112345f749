"""The anchor rule by brute force: the distance from a place to every piece of every street, and nothing of shapely."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pyproj import Transformer

from planner.network import Network
from planner.places import Anchors
from planner.profile import Weights

Told = tuple[str, int, float | None, float, float | None, float | None, int]
"""Status, edge, fraction, access leg, lon, lat, street passed over."""

between = lru_cache(lambda one, other: Transformer.from_crs(one, other, always_xy=True))


class Pieces:
    """All straight pieces of a town's usable streets, and the rule of design §4.2 over them."""

    def __init__(self, network: Network, weights: Weights) -> None:
        self.network = network
        self.usable = (weights.forward_ds >= 0) | (weights.backward_ds >= 0)
        corners = np.diff(network.line_start)
        edge = np.repeat(np.arange(len(corners)), corners)
        x, y = network.point_x[network.line], network.point_y[network.line]
        step = np.hypot(np.diff(x), np.diff(y))
        whole = edge[1:] == edge[:-1]
        first = np.flatnonzero(whole & self.usable[edge[:-1]])
        self.edge = edge[first]
        self.ax, self.ay = x[first], y[first]
        self.bx, self.by = x[first + 1], y[first + 1]
        self.step_m = step[first]
        self.length_m = np.zeros(len(corners))
        self.before_m = np.zeros(len(first))
        for i, e in enumerate(self.edge.tolist()):
            self.before_m[i] = self.length_m[e]
            self.length_m[e] += self.step_m[i]
        self.component = hang_together(network, self.usable)
        metres: dict[int, int] = {}
        for e in np.flatnonzero(self.usable).tolist():
            metres[self.component[e]] = metres.get(self.component[e], 0) + int(network.length_mm[e])
        self.metres = metres
        self.longest = max(metres, key=lambda one: (metres[one], -one), default=-1)

    def anchor(self, lon: float, lat: float, max_access_m: float) -> Told:
        """Return where one place meets the streets."""
        if not len(self.edge):
            return "no_usable_edge", -1, None, np.nan, None, None, -1
        x, y = between("EPSG:4326", self.network.crs).transform(lon, lat)
        part, away_m = self._feet(x, y)
        chosen, passed_over = self._first(part, away_m, np.ones(len(part), bool)), -1
        if 20 * self.metres[self.component[chosen[3]]] < self.metres[self.longest]:
            mainland = self._first(part, away_m, self.component[self.edge] == self.longest)
            if round(mainland[0], 3) <= max_access_m:
                chosen, passed_over = mainland, chosen[3]
        access_m = round(chosen[0], 3)
        if access_m > max_access_m:
            return "too_far", -1, None, access_m, None, None, -1
        return "ok", chosen[3], chosen[4], access_m, chosen[1], chosen[2], passed_over

    def _feet(self, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
        """Return where each piece comes nearest (0 to 1) and how near."""
        ux, uy = self.bx - self.ax, self.by - self.ay
        dot = (x - self.ax) * ux + (y - self.ay) * uy
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(dot <= 0, 0.0, np.where(dot >= ux * ux + uy * uy, 1.0, dot / (ux * ux + uy * uy)))
        return part, np.hypot(self.ax + part * ux - x, self.ay + part * uy - y)

    def _first(self, part: np.ndarray, away_m: np.ndarray, among: np.ndarray) -> tuple[float, float, float, int, float]:
        """Return the first of the nearest points by lon, lat and edge: its metres, lon, lat, edge and fraction."""
        near = np.flatnonzero(among & (away_m <= away_m[among].min() + 0.001))
        rows = []
        for i in near.tolist():
            # The end of a piece isn't where its street comes nearest if the next piece comes nearer.
            for other, end in ((i - 1, 0.0), (i + 1, 1.0)):
                same = 0 <= other < len(part) and self.edge[other] == self.edge[i]
                if same and part[i] == end and away_m[other] < away_m[i] - 1e-9:
                    break
            else:
                rows.append((away_m[i], *self._place(int(self.edge[i]), self.before_m[i] + part[i] * self.step_m[i])))
        return min(rows, key=lambda row: row[1:])

    def _place(self, edge: int, along_m: float) -> tuple[float, float, int, float]:
        """Return lon, lat, edge and fraction of a point of a street, rounded as they are published."""
        whole_m = self.length_m[edge]
        fraction = round(float(along_m / whole_m), 7) if whole_m > 0 else 0.0
        lon, lat = self.point(edge, fraction)
        return round(lon, 7), round(lat, 7), edge, fraction

    def point(self, edge: int, fraction: float) -> tuple[float, float]:
        """Return lon and lat of the point at a fraction of a street's length."""
        own = np.flatnonzero(self.edge == edge)
        along_m = fraction * self.length_m[edge]
        i = own[self.before_m[own] <= along_m][-1]
        part = min((along_m - self.before_m[i]) / self.step_m[i], 1.0) if self.step_m[i] > 0 else 0.0
        x = self.ax[i] + part * (self.bx[i] - self.ax[i])
        y = self.ay[i] + part * (self.by[i] - self.ay[i])
        lon, lat = between(self.network.crs, "EPSG:4326").transform(x, y)
        return float(lon), float(lat)


def hang_together(network: Network, usable: np.ndarray) -> np.ndarray:
    """Return for each usable edge the first edge that it hangs together with, -1 for the others."""
    at_node: dict[int, list[int]] = {}
    for e in np.flatnonzero(usable).tolist():
        for node in (int(network.u[e]), int(network.v[e])):
            at_node.setdefault(node, []).append(e)
    label = np.full(len(network.u), -1)
    for e in np.flatnonzero(usable).tolist():
        if label[e] >= 0:
            continue
        ahead = [e]
        label[e] = e
        while ahead:
            one = ahead.pop()
            for node in (int(network.u[one]), int(network.v[one])):
                for other in at_node.pop(node, ()):
                    if label[other] < 0:
                        label[other] = e
                        ahead.append(other)
    return label


def told(found: Anchors, i: int) -> Told:
    """Return what was found for one place, None where nothing is known."""

    def known(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    return (str(found.status[i]), int(found.edge[i]), known(found.fraction[i]), float(found.access_m[i]),
            known(found.lon[i]), known(found.lat[i]), int(found.passed_over[i]))  # fmt: skip
