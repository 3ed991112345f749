"""What one site adds alone, on top of what exists."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from planner import crow, reach
from planner.circle import Circle
from planner.coverage import COVERED, Coverage, whole_sum
from planner.distance import by_id, sites_of
from planner.measure import FloatArray, IntArray, length_quanta, metres, minutes, time_quanta
from planner.network import BoolArray, Network, TextArray
from planner.places import Anchors, Places, anchor
from planner.preparation import Preparation, misplaced
from planner.reach import Nearest, Reach
from planner.room import SITE_SCORED, must_fit
from planner.siting.pairs import PAIRS_AT_ONCE, deciding_pairs, newly_connected

FIRST_SITES = 64
"""So many sites are tried first; how many pairs they have tells how many come next."""

SiteStatus = str
"""``ok``, ``too_far``, ``no_usable_edge`` or ``invalid``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteScore:
    """One scored site, in the words of the contract; None where a figure can't be known.

    ``capacity_gap_closed`` is None as long as no capacity is asked of the circle.
    """

    id: str
    rank: int | None
    status: SiteStatus
    reason: str
    people_gained: int | None = None
    communities_gained: tuple[str, ...] = ()
    minutes_saved_people: float | None = None
    newly_connected: int | None = None
    backup_gained: int | None = None
    capacity_gap_closed: float | None = None
    nearest_facility: str | None = None
    nearest_minutes: float | None = None
    nearest_metres: float | None = None
    people_within: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All scored sites, best first, for one circle."""

    circle: str
    demand: str
    sites: tuple[SiteScore, ...]

    @property
    def rejected(self) -> int:
        """Return the number of sites that could not be judged."""
        return sum(site.status != "ok" for site in self.sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Sites to be scored, and what they cost the communities.

    Parameters
    ----------
    ids
        Length k: the sites that can be judged.
    reach
        From communities (origin) to sites (target): the pairs within the limit, and those by which a
        community would get there sooner than now.
    connects
        Length k: how many communities that reach nothing now would reach the site.
    to_existing
        From each site to the nearest facility that counts (positions in ``counted``).
    counted
        Positions, in the study, of the facilities that count.
    same_site
        Shape (k, facilities of the study): whether they stand within 1 m of each other.
    """

    ids: TextArray
    reach: Reach
    connects: IntArray
    to_existing: Nearest
    counted: IntArray
    same_site: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """The sites that can be judged, with their anchors; of the others status and reason by id."""

    places: Places
    anchors: Anchors
    rejected: Mapping[str, tuple[str, str]]


def spots(ready: Preparation, circle: Circle, sites: Places, *, max_access_m: float) -> Spots:
    """Anchor the sites; those far outside the network or without a street that the circle needs are rejected.

    Parameters
    ----------
    ready
        The preparation of a study.
    sites
        The rows that could be read.

    Raises
    ------
    InputError
        The scores would take more memory than is free.
    """
    what, remedy = f"scoring {len(sites):,} sites", "score some at a time"
    must_fit(SITE_SCORED * len(sites), ready.room, table=sites.table, what=what, remedy=remedy)
    rejected = {str(one.id): ("invalid", f"{one.message}; {one.remedy}") for one in misplaced(ready.network, sites)}
    kept = sites.take(np.array([str(name) not in rejected for name in sites.ids], dtype=bool))
    weights = ready.weights[circle.profile]
    at = anchor(ready.network, weights, kept.lon, kept.lat, max_access_m=max_access_m)
    if circle.measure == "network":
        for i in np.flatnonzero(~at.ok):
            away = f"the nearest street is {at.access_m[i]:.0f} m away, over the {max_access_m:g} m allowed"
            rejected[str(kept.ids[i])] = (str(at.status[i]), away)
        kept, at = kept.take(at.ok), at.take(at.ok)
    told = {str(name): rejected[str(name)] for name in sites.ids if str(name) in rejected}
    return Spots(places=kept, anchors=at, rejected=told)


def trials(ready: Preparation, now: Coverage, found: Spots, communities: Places, facilities: Places) -> Iterator[Trial]:
    """Measure the sites against every community and the nearest facility, some at a time.

    Each part is sized by the pairs that the one before it had, so that memory is bounded however many sites there are.
    """
    straight = now.circle.measure == "straight"
    measured = (_straight if straight else _by_network)(ready, now, found, communities, facilities)
    most = max(PAIRS_AT_ONCE // max(len(facilities), len(communities) if straight else 1, 1), 1)
    low, size = 0, FIRST_SITES
    while low < len(found.places):
        part = np.arange(low, min(low + min(size, most), len(found.places)))
        trial = measured(part)
        yield trial
        low += len(part)
        size = max(min(len(part) * PAIRS_AT_ONCE // max(len(trial.reach.origin), 1), 4 * len(part)), 1)


def _by_network(
    ready: Preparation, now: Coverage, found: Spots, communities: Places, facilities: Places
) -> Callable[[IntArray], Trial]:
    """Return what measures a part of the sites along the streets."""
    way, anchors = ready.streets(now.circle), ready.anchors[now.circle.profile]
    homes, doors = anchors[communities.role], anchors[facilities.role].take(now.facilities)
    counted = facilities.take(now.facilities)
    rank, site = by_id(counted.ids), sites_of(way, counted)
    existing = reach.nearest(way, found.anchors, doors, rank=rank, site=site)
    connects = newly_connected(now, way, homes, found.anchors)

    def measured(part: IntArray) -> Trial:
        kept = found.places.take(part)
        return Trial(
            ids=kept.ids,
            reach=deciding_pairs(now, way, homes, found.anchors.take(part)),
            connects=connects[part],
            to_existing=Nearest(
                target=existing.target[part], time_ds=existing.time_ds[part], length_mm=existing.length_mm[part]
            ),
            counted=now.facilities,
            same_site=_same_site(ready.network, kept, facilities),
        )

    return measured


def _straight(
    ready: Preparation, now: Coverage, found: Spots, communities: Places, facilities: Places
) -> Callable[[IntArray], Trial]:
    """Return what measures a part of the sites as the crow flies."""
    crs, counted = ready.network.crs, facilities.take(now.facilities)
    rank = by_id(counted.ids)
    homes, doors = (communities.lon, communities.lat), (counted.lon, counted.lat)
    lost = int(np.isnan(now.minutes).sum())

    def measured(part: IntArray) -> Trial:
        kept = found.places.take(part)
        points = (kept.lon, kept.lat)
        every = crow.straight(crs, points, doors, speed_m_s=now.speed_m_s)
        return Trial(
            ids=kept.ids,
            reach=crow.straight(crs, homes, points, speed_m_s=now.speed_m_s),
            connects=np.full(len(kept), lost),  # nothing lies in the way
            to_existing=crow.nearest_of(every, len(kept), rank=rank),
            counted=now.facilities,
            same_site=_same_site(ready.network, kept, facilities),
        )

    return measured


def _same_site(network: Network, sites: Places, facilities: Places) -> BoolArray:
    """Return which sites stand within 1 m of which facilities, shape (sites, facilities)."""
    apart_m = crow.crow_m(network.crs, (sites.lon, sites.lat), (facilities.lon, facilities.lat))
    return np.asarray(length_quanta(apart_m) <= int(length_quanta(reach.SAME_SITE_M)))


def score(
    coverage: Coverage,
    tried: Iterable[Trial],
    *,
    rejected: Mapping[str, tuple[str, str]],
    demand: npt.NDArray[Any] | None,
    community_ids: TextArray,
    facility_ids: TextArray,
    unread: Sequence[tuple[str, str]] = (),
) -> Scores:
    """Score each site by itself and rank them by people gained, then minutes saved, then id.

    Parameters
    ----------
    coverage
        What exists.
    tried
        The sites that can be judged, in any number of parts.
    rejected
        By id, status and reason of those that can't.
    demand
        Length of the communities: people, NaN unknown; None where the study has no such figure (a community then
        counts 1 in minutes saved and people within, and ``people_gained`` is None).
    unread
        Id and reason of rows that couldn't be read as sites.

    Notes
    -----
    ``minutes_saved_people`` is the sum over communities of people times max(0, old minutes - new minutes), over those
    that have an old time; the others are counted in ``newly_connected``. ``backup_gained`` counts the covered
    communities that had one site within the limit and would have two.
    """
    rows = [row for trial in tried for row in _rows(coverage, trial, demand, community_ids, facility_ids)]
    judged = sorted(rows, key=lambda row: (-_gain(row), -(row.minutes_saved_people or 0.0), row.id))
    lost = [SiteScore(id=name, rank=None, status=status, reason=why) for name, (status, why) in rejected.items()]
    lost += [SiteScore(id=name, rank=None, status="invalid", reason=why) for name, why in unread]
    ranked = [replace(row, rank=rank) for rank, row in enumerate(judged, start=1)]
    return Scores(circle=coverage.circle.name, demand=coverage.circle.demand, sites=(*ranked, *lost))


def _rows(
    coverage: Coverage,
    trial: Trial,
    demand: npt.NDArray[Any] | None,
    community_ids: TextArray,
    facility_ids: TextArray,
) -> list[SiteScore]:
    order = np.lexsort((trial.reach.origin, trial.reach.target))
    low = np.searchsorted(trial.reach.target[order], np.arange(len(trial.ids) + 1))
    return [
        _one(coverage, trial, j, order[low[j] : low[j + 1]], demand, community_ids, facility_ids)
        for j in range(len(trial.ids))
    ]


def _gain(row: SiteScore) -> int:
    return len(row.communities_gained) if row.people_gained is None else row.people_gained


def _one(
    coverage: Coverage,
    trial: Trial,
    j: int,
    pairs: IntArray,
    demand: npt.NDArray[Any] | None,
    community_ids: TextArray,
    facility_ids: TextArray,
) -> SiteScore:
    circle = coverage.circle
    who = trial.reach.origin[pairs]
    new_min = minutes(trial.reach.time_ds[pairs])
    if circle.measure == "straight":  # as coverage has it: metres over speed, not rounded to a decisecond
        new_min = metres(trial.reach.length_mm[pairs]) / coverage.speed_m_s / 60.0
    cost = trial.reach.time_ds[pairs] if circle.by_time else trial.reach.length_mm[pairs]
    within = cost <= circle.limit_quanta(coverage.speed_m_s)
    gained = who[within & (coverage.status[who] != COVERED)]
    weight = np.ones(len(community_ids)) if demand is None else np.nan_to_num(demand.astype(np.float64))
    old_min = coverage.minutes[who]
    saved = (weight[who] * np.maximum(0.0, old_min - new_min))[~np.isnan(old_min)]
    nearest = int(trial.to_existing.target[j, 0])
    existing = int(trial.counted[nearest]) if nearest >= 0 else -1
    return SiteScore(
        id=str(trial.ids[j]),
        rank=None,
        status="ok",
        reason="",
        people_gained=None if demand is None else whole_sum(demand[gained]),
        communities_gained=tuple(str(community_ids[c]) for c in gained),
        minutes_saved_people=math.fsum(saved.tolist()),  # rounded once, so that pairs that save nothing change nothing
        newly_connected=int(trial.connects[j]),
        backup_gained=_backups(coverage, trial, j, who[within]),
        nearest_facility=None if existing < 0 else str(facility_ids[existing]),
        nearest_minutes=None if existing < 0 else float(minutes(trial.to_existing.time_ds[j, 0])),
        nearest_metres=None if existing < 0 else float(metres(trial.to_existing.length_mm[j, 0])),
        people_within=_bands(circle.limit, cost, circle.limit_quanta(coverage.speed_m_s), weight[who]),
    )


def _backups(coverage: Coverage, trial: Trial, j: int, within: IntArray) -> int:
    """Count the communities within the limit that have one site within it now, and not this very one."""
    covered = within[coverage.status[within] == COVERED]
    circle = coverage.circle
    has_second = coverage.backup[covered] >= 0
    second_min = np.where(has_second, coverage.backup_minutes[covered], 0.0)
    second_m = np.where(has_second, coverage.backup_metres[covered], 0.0)
    second = time_quanta(second_min * 60.0) if circle.by_time else length_quanta(second_m)
    alone = ~has_second | (second > circle.limit_quanta(coverage.speed_m_s))
    elsewhere = ~trial.same_site[j, coverage.nearest[covered]]
    return int((alone & elsewhere).sum())


def _bands(limit: float, cost: IntArray, limit_quanta: int, weight: FloatArray) -> tuple[tuple[float, int], ...]:
    """Return the people within a third, two thirds and the whole of the limit."""
    thirds: Sequence[int] = (1, 2, 3)
    return tuple((limit * k / 3, int(weight[cost * 3 <= limit_quanta * k].sum())) for k in thirds)
