"""What one site adds alone, on top of what exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from planner import coverage as covering
from planner import reach
from planner.coverage import COVERED, Coverage, whole_sum
from planner.measure import UNREACHED, FloatArray, IntArray, length_quanta, metres, minutes, time_quanta
from planner.network import BoolArray, Network, TextArray
from planner.places import Places, anchor
from planner.preparation import Preparation, misplaced
from planner.reach import Nearest, Reach

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
    """Sites to be scored, and their costs from every community, without a cut-off.

    Parameters
    ----------
    ids
        Length k: the sites that can be judged.
    reach
        From communities (origin) to sites (target).
    to_existing
        From each site to the nearest facility that counts (positions in ``counted``).
    counted
        Positions, in the study, of the facilities that count.
    same_site
        Shape (k, facilities of the study): whether they stand within 1 m of each other.
    rejected
        By id, status and reason of the sites that can't be judged.
    """

    ids: TextArray
    reach: Reach
    to_existing: Nearest
    counted: IntArray
    same_site: BoolArray
    rejected: Mapping[str, tuple[str, str]]


def measure_sites(
    ready: Preparation, now: Coverage, sites: Places, communities: Places, facilities: Places, *, max_access_m: float
) -> Trial:
    """Anchor the sites that can be judged and measure them against every community and the nearest facility.

    Parameters
    ----------
    ready
        The preparation of a study, its communities and facilities anchored.
    sites
        The rows that could be read; those far outside the network are rejected here.
    """
    circle, way = now.circle, ready.streets(now.circle)
    rejected = _misfits(ready.network, sites)
    kept = sites.take(np.array([str(name) not in rejected for name in sites.ids], dtype=bool))
    at = anchor(ready.network, way.weights, kept.lon, kept.lat, max_access_m=max_access_m)
    if circle.measure == "network":
        for i in np.flatnonzero(~at.ok):
            away = f"the nearest street is {at.access_m[i]:.0f} m away, over the {max_access_m:g} m allowed"
            rejected[str(kept.ids[i])] = (str(at.status[i]), away)
        kept, at = kept.take(at.ok), at.take(at.ok)
    counted = facilities.take(now.facilities)
    rank = covering.by_id(counted.ids)
    if circle.measure == "straight":
        speed, crs = now.speed_m_s, ready.network.crs
        points = (kept.lon, kept.lat)
        homes = (communities.lon, communities.lat)
        found = reach.straight(crs, homes, points, speed_m_s=speed)
        every = reach.straight(crs, points, (counted.lon, counted.lat), speed_m_s=speed)
        existing = reach.nearest_of(every, len(kept), rank=rank)
    else:
        found = reach.compute(way, ready.anchors[circle.profile]["communities"], at, limit=int(UNREACHED) - 1)
        doors = ready.anchors[circle.profile]["facilities"].take(now.facilities)
        existing = reach.nearest(way, at, doors, rank=rank, site=covering.sites_of(way, counted))
    return Trial(
        ids=kept.ids,
        reach=found,
        to_existing=existing,
        counted=now.facilities,
        same_site=_same_site(ready.network, kept, facilities),
        rejected={str(name): rejected[str(name)] for name in sites.ids if str(name) in rejected},
    )


def _misfits(network: Network, sites: Places) -> dict[str, tuple[str, str]]:
    """Return, by id, status and reason of the sites that lie far outside the network."""
    return {str(issue.id): ("invalid", f"{issue.message}; {issue.remedy}") for issue in misplaced(network, sites)}


def _same_site(network: Network, sites: Places, facilities: Places) -> BoolArray:
    """Return which sites stand within 1 m of which facilities, shape (sites, facilities)."""
    apart_m = reach.crow_m(network.crs, (sites.lon, sites.lat), (facilities.lon, facilities.lat))
    return np.asarray(length_quanta(apart_m) <= int(length_quanta(reach.SAME_SITE_M)))


def score(
    coverage: Coverage,
    trial: Trial,
    *,
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
    order = np.lexsort((trial.reach.origin, trial.reach.target))
    low = np.searchsorted(trial.reach.target[order], np.arange(len(trial.ids) + 1))
    rows = [
        _one(coverage, trial, j, order[low[j] : low[j + 1]], demand, community_ids, facility_ids)
        for j in range(len(trial.ids))
    ]
    judged = sorted(rows, key=lambda row: (-_gain(row), -(row.minutes_saved_people or 0.0), row.id))
    lost = [SiteScore(id=name, rank=None, status=status, reason=why) for name, (status, why) in trial.rejected.items()]
    lost += [SiteScore(id=name, rank=None, status="invalid", reason=why) for name, why in unread]
    ranked = [replace(row, rank=rank) for rank, row in enumerate(judged, start=1)]
    return Scores(circle=coverage.circle.name, demand=coverage.circle.demand, sites=(*ranked, *lost))


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
    has_old = ~np.isnan(old_min)
    saved = float((weight[who] * np.maximum(0.0, old_min - new_min))[has_old].sum())
    nearest = int(trial.to_existing.target[j, 0])
    existing = int(trial.counted[nearest]) if nearest >= 0 else -1
    return SiteScore(
        id=str(trial.ids[j]),
        rank=None,
        status="ok",
        reason="",
        people_gained=None if demand is None else whole_sum(demand[gained]),
        communities_gained=tuple(str(community_ids[c]) for c in gained),
        minutes_saved_people=saved,
        newly_connected=int((~has_old).sum()),
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
