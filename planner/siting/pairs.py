"""The pairs of communities and sites that a score hangs on, without a search of the whole network for each site.

A site may shorten a community's way only within the time that the community needs now, and may cover it only within the
limit: farther pairs change no figure. For communities that reach nothing now all that counts is whether they
reach the site at all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner import reach
from planner.coverage import Coverage
from planner.kernels.components import components
from planner.measure import UNREACHED, IntArray, time_quanta
from planner.places import Anchors
from planner.reach import Reach
from planner.streets import Streets, seeds

PAIRS_AT_ONCE = 1_000_000
"""So many pairs are held at a time: about 200 MB while they are searched and sorted."""


SHORT_DS = 10
"""Below a second, the rounding of a street's time is more than a twentieth of it."""


def deciding_pairs(now: Coverage, way: Streets, homes: Anchors, sites: Anchors) -> Reach:
    """Return the pairs within the limit, and those by which a community would get there sooner than it does now.

    Parameters
    ----------
    now
        What each community reaches today.
    homes, sites
        The anchors of communities and sites.

    Notes
    -----
    Communities are searched in classes: up to the limit, to twice, to four times the limit, and so on, by the cost
    within which a trip could beat the one that they have. One remote community doesn't widen the search of the rest,
    for its class is small and is searched from its own side.
    """
    circle = now.circle
    limit = circle.limit_quanta(now.speed_m_s)
    known = ~np.isnan(now.minutes)
    old_ds = time_quanta(np.where(known, now.minutes, 0.0) * 60.0)
    beaten = old_ds if circle.by_time else _longest_mm(way, old_ds)
    bound = np.maximum(np.where(known, beaten, 0), limit)
    doublings = np.ceil(np.log2(np.maximum(bound, 1) / max(limit, 1))).astype(np.int64)
    parts = []
    for one in np.unique(doublings[homes.ok]):
        who = np.flatnonzero(homes.ok & (doublings == one))
        found = reach.compute(way, homes.take(who), sites, limit=int(bound[who].max()))
        origin = who[found.origin]
        cost = found.time_ds if circle.by_time else found.length_mm
        counts = (cost <= limit) | (found.time_ds < old_ds[origin])
        parts.append((origin[counts], found.target[counts], found.time_ds[counts], found.length_mm[counts]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.empty(0, np.int64)] * 4
    order = np.lexsort((columns[1], columns[0]))
    origin, target, time_ds, length_mm = (column[order] for column in columns)
    return Reach(origin=origin, target=target, time_ds=time_ds, length_mm=length_mm)


def newly_connected(now: Coverage, way: Streets, homes: Anchors, sites: Anchors) -> IntArray:
    """Return for each site how many communities that reach nothing now would reach it, however far.

    Notes
    -----
    Nodes between which one can go both ways are as good as one here. Places whose doors open on the same of these are
    alike: one of each sort is searched for, and stands for all. A place on a street that isn't
    open both ways is a sort of its own, for it may reach, or be reached, along that street alone.
    """
    lost = np.flatnonzero(homes.ok & np.isnan(now.minutes))
    if len(lost) == 0 or len(sites.edge) == 0:
        return np.zeros(len(sites.edge), np.int64)
    label = _linked_both_ways(way)
    _, home, alike = _sorts(way, homes.take(lost), label, leaving=True)
    sort_of_site, site, _ = _sorts(way, sites, label, leaving=False)
    reached_by = np.zeros(len(site), np.int64)
    for part in _parts(len(site), max(PAIRS_AT_ONCE // len(home), 1)):
        found = reach.compute(way, homes.take(lost[home]), sites.take(site[part]), limit=int(UNREACHED) - 1)
        np.add.at(reached_by, part[found.target], alike[found.origin])
    return reached_by[sort_of_site]


def _longest_mm(way: Streets, time_ds: IntArray) -> IntArray:
    """Return the most millimetres that a trip of less than ``time_ds`` can have on streets searched by length.

    Its length to a decisecond is at most the greatest of any street's, or that of the access leg; rounding hides up to
    half a decisecond at either end. Streets of less than a second are counted apart, for rounding may hide half of
    one: a trip uses each once at most in one copy of the network, and it meets two.
    """
    length, time = way.first, way.second
    timed = (length >= 0) & (time >= SHORT_DS)
    short = (length >= 0) & (time < SHORT_DS)
    access = 100.0 * way.weights.profile.access_speed_m_s  # millimetres in a decisecond
    pace = max(float((length[timed] / time[timed]).max(initial=0.0)), access)
    most: IntArray = np.ceil(pace * (time_ds + 1.0) + 2.0 * length[short].sum() + 1.0).astype(np.int64)
    return most


def _linked_both_ways(way: Streets) -> IntArray:
    """Return for each node of the search graph which nodes it is linked with by streets that are open both ways."""
    u, v = way.network.u, way.network.v
    both = (way.first[0::2] >= 0) & (way.first[1::2] >= 0)
    public, private = both & ~way.weights.ends_only, both & way.weights.ends_only
    tail = np.concatenate([u[public], way.start_copy[u[private]], way.end_copy[u[private]]])
    head = np.concatenate([v[public], way.start_copy[v[private]], way.end_copy[v[private]]])
    size = 1 + int(max(way.start_copy.max(initial=-1), way.end_copy.max(initial=-1)))
    return components(tail, head, size)


def _sorts(way: Streets, places: Anchors, label: IntArray, *, leaving: bool) -> tuple[IntArray, IntArray, IntArray]:
    """Return each place's sort, and of each sort its first place and how many there are."""
    doors: list[set[int]] = [set() for _ in range(len(places.edge))]
    entry = seeds(way, places, leaving=leaving)
    for place, at in zip(entry.place.tolist(), label[entry.node].tolist(), strict=True):
        doors[place].add(at)
    edge = places.edge
    alone = (way.first[2 * edge] < 0) | (way.first[2 * edge + 1] < 0)
    numbers: dict[frozenset[int], int] = {}
    keys = [frozenset((-1 - i,)) if alone[i] else frozenset(doors[i]) for i in range(len(doors))]
    sort = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    _, first, count = np.unique(sort, return_index=True, return_counts=True)
    return sort, first, count


def _parts(length: int, size: int) -> Iterator[IntArray]:
    for low in range(0, length, size):
        yield np.arange(low, min(low + size, length))
