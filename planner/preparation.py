"""What a run, a score and an isochrone share: the network weighed for each profile, and every place anchored."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from planner import network as streets_of
from planner import obstacle
from planner import streets as searching
from planner.circle import Circle
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import project
from planner.network import Network
from planner.places import DEFAULT_MAX_ACCESS_M, NO_USABLE_EDGE, OK, Anchors, Places, anchor, no_places
from planner.profile import TravelProfile, Weights, judge, weigh
from planner.progress import Progress, silent
from planner.room import (
    COMMUNITY_WRITTEN,
    CORNER_PER_PROFILE,
    CORNER_SEARCHED,
    CORNER_WRITTEN,
    PLACE_SEARCHED,
    Room,
    how_to_clip,
    must_fit,
    unlimited,
)
from planner.store import Store, unkept
from planner.ways import Ways

FAR_OUTSIDE_M = 5000.0
"""A place farther outside the network's box than this is in another town, or on a wrong datum or CRS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """The network, its weights and the anchors of places, by profile and role.

    ``issues`` tells what became of places that could not be anchored; ``store`` is where searches may be kept,
    and ``room`` gives the free memory. ``max_access_m`` is how far from a street a place may lie.
    """

    network: Network
    weights: Mapping[str, Weights]
    anchors: Mapping[str, Mapping[str, Anchors]]
    issues: tuple[Issue, ...]
    store: Store = unkept
    room: Room = unlimited
    max_access_m: float = DEFAULT_MAX_ACCESS_M
    searched: dict[tuple[str, str], searching.Streets] = field(default_factory=dict)

    def streets(self, circle: Circle) -> searching.Streets:
        """Return the streets as a circle searches them, made once."""
        by: searching.Criterion = "time" if circle.by_time else "length"
        key = (circle.profile, by)
        if key not in self.searched:
            self.searched[key] = searching.streets(self.network, self.weights[circle.profile], by=by)
        return self.searched[key]


def prepare(
    ways: Ways,
    profiles: Mapping[str, TravelProfile],
    tables: Iterable[Places],
    *,
    max_access_m: float,
    store: Store = unkept,
    progress: Progress = silent,
    room: Room = unlimited,
    written: bool = False,
) -> Preparation:
    """Build the network, weigh it for each profile and anchor every table of places.

    Parameters
    ----------
    store
        Where the network, its weights and the anchors are kept between runs.
    progress
        Told each step and how much is done.
    room
        Gives the free memory; unlimited where left out.
    written
        Whether results for the whole network will be written, which takes more memory than the search.

    Raises
    ------
    InputError
        A speed isn't one, the work would take more memory than is free, a place lies far outside the network, or all
        communities of the study are out of the streets' reach.
    """
    tables = tuple(tables)
    slips = [issue for profile in profiles.values() for issue in judge(profile)]
    if slips:
        raise InputError(slips)
    _must_fit(ways, len(profiles), tables, room, written=written)
    progress("network", 0.0)
    keys = tuple(sorted({key for one in profiles.values() for key in one.tag_keys}))
    stands = obstacle.standing(ways, profiles.values())
    built = store("network", (ways, keys, stands), lambda: streets_of.build(obstacle.part(ways, stands), tag_keys=keys))
    faults = [issue for places in tables for issue in misplaced(built, places)]
    if faults:
        raise InputError(faults)
    weights = {
        name: store("weights", (built, profile), partial(weigh, built, profile)) for name, profile in profiles.items()
    }
    progress("anchors", 0.5)
    anchors = {
        name: {
            places.role: anchored(built, weight, places, max_access_m=max_access_m, store=store) for places in tables
        }
        for name, weight in weights.items()
    }
    issues = _without_length(built)
    issues += [
        issue
        for places in tables
        for issue in unanchored(
            places, {name: anchors[name][places.role] for name in profiles}, max_access_m=max_access_m
        )
    ]
    return Preparation(
        network=built,
        weights=weights,
        anchors=anchors,
        issues=tuple(issues),
        store=store,
        room=room,
        max_access_m=max_access_m,
    )


def anchored(
    network: Network, weights: Weights, places: Places, *, max_access_m: float, store: Store = unkept
) -> Anchors:
    """Return the anchors of places, out of the store where they were anchored before."""
    return store(
        "anchors",
        (network, weights, places.lon, places.lat, max_access_m),
        lambda: anchor(network, weights, places.lon, places.lat, max_access_m=max_access_m),
    )


def _must_fit(ways: Ways, profiles: int, tables: Sequence[Places], room: Room, *, written: bool) -> None:
    """Raise InputError where streets and places would take more memory than is free, and tell which of them to cut."""
    homes = next((places for places in tables if places.role == "communities"), no_places("communities"))
    per_corner = (CORNER_WRITTEN if written else CORNER_SEARCHED) + CORNER_PER_PROFILE * (profiles - 1)
    streets_need = len(ways.ref) * per_corner
    places_need = PLACE_SEARCHED * sum(len(places) for places in tables) + COMMUNITY_WRITTEN * len(homes) * written
    table, what = ways.table, f"a network of {len(ways.ref):,} corners"
    remedy = how_to_clip(ways.table, homes.lon, homes.lat)
    if places_need > streets_need:
        largest = max(tables, key=len)
        table, what, remedy = largest.table, f"a study of {len(largest):,} {largest.role}", "study one part at a time"
    must_fit(streets_need + places_need, room, table=table, what=what, remedy=remedy)


def _without_length(network: Network) -> list[Issue]:
    """Return a note on the edges without a length: they are kept, and take no time."""
    edges = np.flatnonzero((network.length_mm == 0) & ~network.obstacle)
    if len(edges) == 0:
        return []
    at = network.line[network.line_start[edges[0]]]
    message = (
        f"edges of no length, as between two nodes at one spot, kept: {len(edges)}, "
        f"the first at {network.point_lon[at]:.5f}, {network.point_lat[at]:.5f}"
    )
    return [Issue(severity="note", code="zero_length_edges", table=network.table, message=message)]


def misplaced(network: Network, places: Places) -> list[Issue]:
    """Return a fault for each place more than 5 km outside the network's box."""
    return [
        Issue(
            severity="error",
            code="swapped_lon_lat" if swapped else "outside_network",
            table=places.table,
            row=int(places.row[i]),
            id=str(places.ids[i]),
            message=(
                f"'{places.ids[i]}' at {places.lon[i]:.5f}, {places.lat[i]:.5f} lies {away_km:.0f} km outside "
                "the network" + (", but inside it with lon and lat swapped" if swapped else "")
            ),
            remedy="swap the columns lon and lat"
            if swapped
            else "check its coordinates, its datum and CRS, or take a network that covers it",
        )
        for i, away_km, swapped in _far_outside(network, places)
    ]


def _far_outside(network: Network, places: Places) -> list[tuple[int, float, bool]]:
    """Return position, kilometres and whether a swap would mend it, of the places far outside."""
    away = _outside_m(network, places.lon, places.lat)
    swapped = _outside_m(network, places.lat, places.lon) == 0.0
    return [
        (int(i), float(away[i]) / 1000.0 if math.isfinite(away[i]) else 20_000.0, bool(swapped[i]))
        for i in np.flatnonzero(~(away <= FAR_OUTSIDE_M))
    ]


def _outside_m(network: Network, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return how far points lie outside the network's box; infinite where they can't be on the map at all."""
    x, y = project(network.crs, np.clip(lon, -180, 180), np.clip(lat, -90, 90))
    dx = np.maximum(np.maximum(network.point_x.min() - x, x - network.point_x.max()), 0.0)
    dy = np.maximum(np.maximum(network.point_y.min() - y, y - network.point_y.max()), 0.0)
    possible = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    away = np.hypot(dx, dy)
    return np.where(possible & np.isfinite(away), away, np.inf)


def unanchored(places: Places, anchors: Mapping[str, Anchors], *, max_access_m: float) -> list[Issue]:
    """Return a warning for each place that no street takes up, naming the profiles for which that is so.

    Parameters
    ----------
    anchors
        By profile.

    Raises
    ------
    InputError
        No community has an anchor under some profile.
    """
    if places.role == "communities" and len(places):
        for profile, found in anchors.items():
            if not found.ok.any():
                raise InputError([_all_lost(places, found, profile, max_access_m)])
    if places.role == "population_points":
        return [_lost_points(places, anchors, max_access_m)] if _any_lost(anchors) else []
    issues = []
    for i in range(len(places)):
        lost = [profile for profile, found in anchors.items() if found.status[i] != OK]
        if lost:
            issues.append(_lost(places, i, anchors[lost[0]], lost, max_access_m))
    return issues


def _all_lost(places: Places, anchors: Anchors, profile: str, max_access_m: float) -> Issue:
    if np.isfinite(anchors.access_m).any():
        what = (
            f"no community lies within {max_access_m:g} m of a street that {profile} may use: "
            f"the nearest is {np.nanmin(anchors.access_m):.0f} m away"
        )
    else:
        what = f"the network has no street that {profile} may use"
    return Issue(
        severity="error",
        code="no_community_anchored",
        table=places.table,
        message=what,
        remedy="check the datum (GCJ-02 is off by 500 m) and the CRS, or raise [network] max_access_m",
    )


def _any_lost(anchors: Mapping[str, Anchors]) -> bool:
    return any(not found.ok.all() for found in anchors.values())


def _lost_points(places: Places, anchors: Mapping[str, Anchors], max_access_m: float) -> Issue:
    """Return one warning for all points that no street takes up: there may be thousands."""
    counts = ", ".join(
        f"{int((~found.ok).sum()):,} for {name}" for name, found in anchors.items() if not found.ok.all()
    )
    first = min(int(np.argmax(~found.ok)) for found in anchors.values() if not found.ok.all())
    return Issue(
        severity="warning",
        code="not_anchored",
        table=places.table,
        row=int(places.row[first]),
        message=f"points farther than {max_access_m:g} m from every street, not assessed: {counts}; this is the first",
        remedy="check their coordinates, or raise [network] max_access_m",
    )


def _lost(places: Places, i: int, anchors: Anchors, profiles: list[str], max_access_m: float) -> Issue:
    if anchors.status[i] == NO_USABLE_EDGE:
        why = f"no street may be used by {', '.join(profiles)}"
    else:
        why = (
            f"the nearest street for {', '.join(profiles)} is {anchors.access_m[i]:.0f} m away, "
            f"over the {max_access_m:g} m allowed"
        )
    return Issue(
        severity="warning",
        code="not_anchored",
        table=places.table,
        row=int(places.row[i]),
        id=str(places.ids[i]),
        message=f"'{places.ids[i]}' isn't assessed: {why}",
        remedy="move its point to its entrance, add the missing street, or raise [network] max_access_m",
    )
