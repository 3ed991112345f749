"""How far places are from a circle's facilities: along the streets, or as the crow flies."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from planner import reach
from planner.circle import Circle
from planner.crow import crow_blocks
from planner.measure import UNREACHED, FloatArray, IntArray, length_quanta, metres, minutes, project
from planner.network import BoolArray, TextArray
from planner.places import Anchors, Places
from planner.reach import Nearest
from planner.store import Store, unkept
from planner.streets import Streets


@dataclass(frozen=True, slots=True)
class Distance:
    """To the nearest facility that counts and to the nearest on another site, in the order of the communities."""

    within: BoolArray
    assessed: BoolArray
    nearest: IntArray
    minutes: FloatArray
    metres: FloatArray
    backup: IntArray
    backup_minutes: FloatArray
    backup_metres: FloatArray


def measure(
    circle: Circle,
    way: Streets,
    places: Places,
    facilities: Places,
    *,
    homes: Anchors,
    doors: Anchors,
    counting: IntArray,
    store: Store = unkept,
) -> Distance:
    """Measure from each place to its nearest facility, and to the nearest on another site.

    Parameters
    ----------
    places, homes
        Whose way it is, n of them, and where they meet the streets.
    facilities, doors, counting
        Those that count, their anchors, and their positions in the study's table.
    store
        Where the searches are kept between runs.
    """
    if circle.measure == "straight":
        return _straight(circle, way, places, facilities, counting)
    return _by_network(circle, way, facilities, homes, doors, counting, store)


def near(
    circle: Circle, way: Streets, places: Places, facilities: Places, *, homes: Anchors, doors: Anchors
) -> tuple[IntArray, IntArray]:
    """Return every pair of a place and a facility within the circle's limit, as two lists of positions.

    Parameters
    ----------
    places, homes
        Whose way it is, and where they meet the streets.
    facilities, doors
        Where to, and their anchors.
    """
    limit = circle.limit_quanta(way.weights.profile.speed_m_s)
    if circle.measure == "network":
        found = reach.compute(way, homes, doors, limit=limit)
        return found.origin, found.target
    pairs, low = [], 0
    for crow_m in crow_blocks(way, places, facilities):
        place, facility = np.nonzero(length_quanta(crow_m) <= limit)
        pairs.append((place + low, facility))
        low += len(crow_m)
    return np.concatenate([place for place, _ in pairs]), np.concatenate([facility for _, facility in pairs])


def by_id(ids: TextArray) -> IntArray:
    """Return the place of each id in the order of ids, which breaks ties."""
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(ids.astype(str), kind="stable")] = np.arange(len(ids))
    return rank


def sites_of(way: Streets, facilities: Places) -> IntArray:
    """Return a number for the site on which each facility stands."""
    return reach.sites(*project(way.network.crs, facilities.lon, facilities.lat))


def nearest_kept(way: Streets, homes: Anchors, doors: Anchors, facilities: Places, store: Store) -> Nearest:
    """Return each home's two nearest facilities, out of the store where they were searched before.

    Parameters
    ----------
    doors
        The anchors of ``facilities``.
    """
    rank, site = by_id(facilities.ids), sites_of(way, facilities)
    return store(
        "nearest",
        (way.network, way.weights, way.by, homes, doors, rank, site),
        lambda: reach.nearest(way, homes, doors, rank=rank, site=site),
    )


def _by_network(
    circle: Circle, way: Streets, facilities: Places, homes: Anchors, doors: Anchors, counting: IntArray, store: Store
) -> Distance:
    found = nearest_kept(way, homes, doors, facilities, store)
    decides = found.time_ds if circle.by_time else found.length_mm
    any_first, any_second = found.target[:, 0] >= 0, found.target[:, 1] >= 0
    position = np.append(counting, -1)  # so that -1 stays -1
    return Distance(
        within=any_first & (decides[:, 0] <= circle.limit_quanta(way.weights.profile.speed_m_s)),
        assessed=homes.ok,
        nearest=position[found.target[:, 0]],
        minutes=np.where(any_first, minutes(found.time_ds[:, 0]), np.nan),
        metres=np.where(any_first, metres(found.length_mm[:, 0]), np.nan),
        backup=position[found.target[:, 1]],
        backup_minutes=np.where(any_second, minutes(found.time_ds[:, 1]), np.nan),
        backup_metres=np.where(any_second, metres(found.length_mm[:, 1]), np.nan),
    )


def _straight(circle: Circle, way: Streets, communities: Places, facilities: Places, counting: IntArray) -> Distance:
    if len(counting) == 0:
        rows = len(communities)
        unknown, none = np.full(rows, np.nan), np.full(rows, -1, np.int64)
        everyone = np.ones(rows, dtype=bool)
        return Distance(~everyone, everyone, none, unknown, unknown, none, unknown, unknown)
    rank, site = by_id(facilities.ids), sites_of(way, facilities)
    speed = way.weights.profile.speed_m_s
    blocks = crow_blocks(way, communities, facilities)
    parts = [_straight_part(circle, crow_m, speed, np.argsort(rank), site, counting) for crow_m in blocks]
    names = [one.name for one in fields(Distance)]
    return Distance(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _straight_part(
    circle: Circle, crow_m: FloatArray, speed: float, by_rank: IntArray, site: IntArray, counting: IntArray
) -> Distance:
    crow_mm = length_quanta(crow_m)[:, by_rank]
    first = crow_mm.argmin(axis=1)
    elsewhere = np.where(site[by_rank][None, :] != site[by_rank][first][:, None], crow_mm, int(UNREACHED))
    second = elsewhere.argmin(axis=1)
    line = np.arange(len(crow_mm))
    has_second = elsewhere[line, second] < int(UNREACHED)
    first_m = metres(crow_mm[line, first])
    second_m = np.where(has_second, metres(elsewhere[line, second]), np.nan)
    return Distance(
        within=crow_mm[line, first] <= circle.limit_quanta(speed),
        assessed=np.ones(len(line), dtype=bool),
        nearest=counting[by_rank[first]],
        minutes=first_m / speed / 60.0,
        metres=first_m,
        backup=np.where(has_second, counting[by_rank[second]], -1),
        backup_minutes=second_m / speed / 60.0,
        backup_metres=second_m,
    )
