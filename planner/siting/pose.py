"""From a siting task to a problem: demands are communities, sites are facilities that count and candidates that may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.circle import Circle
from planner.coverage import NOT_ASSESSED, Coverage
from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray, metric_crs, project
from planner.network import BoolArray, TextArray
from planner.places import Places
from planner.siting.problem import Group, Problem, too_close
from planner.siting.task import Part, SitingTask, demand_of, eligible, flag, units_of
from planner.travel_times import TravelTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One circle as it stands: its coverage today, and its times to facilities and candidates.

    ``counts`` tells which communities a task is about; None: all.
    """

    found: Coverage
    times: TravelTimes
    counts: BoolArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The study's communities, facilities and candidates."""

    communities: Places
    facilities: Places
    candidates: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """A problem, and what its demands and sites are in the study.

    Parameters
    ----------
    community, demand_part
        Of each demand: its position among the communities, and its part of the task.
    place, site_part
        Of each site: its position among the facilities (existing ones) or candidates, and its part.
    near
        Of each pair: whether it is within the circle's limit.
    people
        Whether weights are people; else each community weighs 1.
    """

    problem: Problem
    community: IntArray
    demand_part: IntArray
    place: IntArray
    site_part: IntArray
    near: BoolArray
    people: bool


@dataclass(frozen=True, slots=True)
class _Share:
    """One part of a task, before the parts are put together."""

    part: Part
    circle: Circle
    ground: Ground
    community: IntArray
    weight: FloatArray
    existing: IntArray
    may: IntArray


def pose(task: SitingTask, grounds: Mapping[str, Ground], tables: Tables, *, year: int | None) -> Posed:
    """Turn a siting task into a problem over the assessed communities.

    Parameters
    ----------
    grounds
        By circle; for models that weigh costs with every pair.
    year
        By which candidates must be available.

    Raises
    ------
    InputError
        An existing facility's capacity isn't known, and the task reckons with it.
    """
    shares = [_share(part, grounds[part.circle], tables, year) for part in task.each]
    demands = np.concatenate([[0], np.cumsum([len(one.community) for one in shares])])
    sites = np.concatenate([[0], np.cumsum([len(one.existing) + len(one.may) for one in shares])])
    rows = [
        _pairs(task, one, other, int(demands[k]), int(sites[q]), new_only=k != q)
        for k, one in enumerate(shares)
        for q, other in enumerate(shares)
        if k == q or one.part.circle in other.part.serves
    ]
    demand, site, cost, near = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((site, demand))
    existing = np.concatenate([_flags(one, existing=True) for one in shares])
    place = np.concatenate([np.concatenate([one.existing, one.may]) for one in shares]).astype(np.int64)
    part_of = np.repeat(np.arange(len(shares)), np.diff(sites))
    problem = Problem(
        weight=np.concatenate([one.weight for one in shares]),
        demand=demand[order],
        site=site[order],
        cost=cost[order] if task.weighed else None,
        site_ids=_ids(tables, place, existing, part_of),
        existing=existing,
        forced=~existing & flag(tables.candidates, "forced")[np.where(existing, 0, place)]
        if len(tables.candidates)
        else ~existing,
        forbidden=np.zeros(len(place), dtype=bool),
        sites=None if task.model in {"lscp", "lscp_b"} else task.sites,
        site_cost=_costs(shares, tables),
        budget=task.budget,
        saving=_savings(task, existing, place, part_of),
        capacity=_capacities(task, tables, existing, place),
        quantity=np.concatenate([one.weight for one in shares]) * task.uptake,
        split=task.split,
        groups=_groups(task, shares, tables, existing, place, part_of),
        apart=_apart(task, tables, existing, place),
        closing=task.closing,
        count_cost=task.cheapest,
        backup_weight=task.backup_weight,
        backup_share=task.backup_share,
    )
    _, figures = demand_of(shares[0].part, shares[0].circle, tables.communities)
    return Posed(
        problem=problem,
        community=np.concatenate([one.community for one in shares]),
        demand_part=np.repeat(np.arange(len(shares)), np.diff(demands)),
        place=place,
        site_part=part_of,
        near=near[order],
        people=figures is not None,
    )


def _share(part: Part, ground: Ground, tables: Tables, year: int | None) -> _Share:
    found = ground.found
    _, figures = demand_of(part, found.circle, tables.communities)
    assessed = found.status != NOT_ASSESSED
    if ground.counts is not None:
        assessed &= ground.counts
    if figures is not None:
        assessed &= ~np.isnan(figures)
    who = np.flatnonzero(assessed)
    may = eligible(found.circle, tables.candidates, year=year, where=part.where)
    return _Share(
        part=part,
        circle=found.circle,
        ground=ground,
        community=who,
        weight=np.ones(len(who)) if figures is None else figures[who],
        existing=found.facilities,
        may=may,
    )


def _pairs(
    task: SitingTask, one: _Share, other: _Share, first_demand: int, first_site: int, *, new_only: bool
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """Return the pairs of one part's demands with a part's sites; a tier that serves another does so with new sites."""
    times, found = one.ground.times, one.ground.found
    near = times.cost <= one.circle.limit_quanta(found.speed_m_s)
    built = times.role == "existing"
    known = np.zeros(len(found.status), dtype=bool)
    known[one.community] = True
    taking_part = np.where(
        built, np.isin(times.place, other.existing) & (not new_only), np.isin(times.place, other.may)
    )
    keep = known[times.community] & taking_part & (near | task.weighed)
    by_existing = np.argsort(other.existing, kind="stable")
    at = np.searchsorted(other.existing[by_existing], times.place[keep])
    at_existing = by_existing[np.minimum(at, len(by_existing) - 1)] if len(by_existing) else np.zeros_like(at)
    site = np.where(built[keep], at_existing, len(other.existing) + np.searchsorted(other.may, times.place[keep]))
    cost = one.circle.in_unit(times.cost[keep], found.speed_m_s) * (task.trip_cost or 1.0)
    demand = np.searchsorted(one.community, times.community[keep])
    return first_demand + demand, first_site + site, cost, near[keep]


def _flags(one: _Share, *, existing: bool) -> BoolArray:
    return np.concatenate([np.full(len(one.existing), existing), np.full(len(one.may), not existing)])


def _ids(tables: Tables, place: IntArray, existing: BoolArray, part: IntArray) -> TextArray:
    """Return distinct ids; sorted, they have existing sites first and then candidates by their ids."""
    names = [
        f"0{tables.facilities.ids[at]}" if stands else f"1{tables.candidates.ids[at]}"
        for at, stands in zip(place.tolist(), existing.tolist(), strict=True)
    ]
    return np.array([f"{name}\x00{k:03}" for name, k in zip(names, part.tolist(), strict=True)], dtype=object)


def _costs(shares: list[_Share], tables: Tables) -> FloatArray | None:
    """Return what each site costs; existing ones nothing, and nothing where the table doesn't say."""
    columns = [one.part.cost for one in shares]
    if not any(name in tables.candidates.columns for name in columns):
        return None
    cost = [
        np.concatenate([np.zeros(len(one.existing)), np.nan_to_num(tables.candidates.number(name)[one.may])])
        for one, name in zip(shares, columns, strict=True)
    ]
    return np.concatenate(cost)


def _savings(
    task: SitingTask, existing: BoolArray, place: IntArray, part: IntArray
) -> tuple[tuple[int, int, float], ...]:
    if task.saving is None:
        return ()
    by_place: dict[int, list[int]] = {}
    for j in np.flatnonzero(~existing).tolist():
        by_place.setdefault(int(place[j]), []).append(j)
    return tuple(
        (one, other, task.saving)
        for same in by_place.values()
        for k, one in enumerate(same)
        for other in same[k + 1 :]
        if part[one] != part[other]
    )


def _capacities(task: SitingTask, tables: Tables, existing: BoolArray, place: IntArray) -> FloatArray | None:
    if task.capacity is None:
        return None
    rooms, more = tables.facilities.number(task.capacity), tables.candidates.number("capacity")
    found = np.array([rooms[at] if stands else more[at] for at, stands in zip(place, existing, strict=True)])
    unknown = [int(place[j]) for j in np.flatnonzero(existing & np.isnan(found))]
    if unknown:
        raise InputError(
            Issue(
                severity="error",
                code="missing_capacity",
                table=tables.facilities.table,
                row=int(tables.facilities.row[i]),
                id=str(tables.facilities.ids[i]),
                message=f"siting '{task.name}' reckons with {task.capacity}, which is blank for "
                f"'{tables.facilities.ids[i]}'",
                remedy="fill it in",
            )
            for i in dict.fromkeys(unknown)
        )
    return found


def _groups(
    task: SitingTask,
    shares: list[_Share],
    tables: Tables,
    existing: BoolArray,
    place: IntArray,
    part: IntArray,
) -> tuple[Group, ...]:
    groups = []
    for rule, is_least in ((task.at_least, True), (task.at_most, False)):
        if rule is None:
            continue
        old, new = units_of(rule, tables.facilities), units_of(rule, tables.candidates)
        unit = np.array([old[at] if stands else new[at] for at, stands in zip(place, existing, strict=True)], object)
        everywhere = {str(one) for one in units_of(rule, tables.communities) if one is not None}
        everywhere |= {str(one) for one in unit if one is not None}
        counts = dict.fromkeys(sorted(everywhere), rule.count)
        groups.append(Group(name=rule.per, unit=unit, **{"least" if is_least else "most": counts}))
    if len(shares) > 1:
        limits = {str(k): one.part.sites for k, one in enumerate(shares) if one.part.sites is not None}
        kind = np.array([None if stands else str(k) for stands, k in zip(existing, part, strict=True)], object)
        if limits:
            groups.append(Group(name="part", unit=kind, most=limits))
        if not task.shared:
            lot = np.array([None if stands else f"{at}" for stands, at in zip(existing, place, strict=True)], object)
            groups.append(Group(name="candidate", unit=lot, most=1))
    return tuple(groups)


def _apart(task: SitingTask, tables: Tables, existing: BoolArray, place: IntArray) -> IntArray:
    """Return the pairs of sites that stand too close; two existing ones do as they please, and so does one building."""
    if task.spacing_m is None:
        return np.empty((0, 2), np.int64)
    lon, lat = (
        np.array([
            getattr(tables.facilities if stands else tables.candidates, name)[at]
            for at, stands in zip(place, existing, strict=True)
        ])
        for name in ("lon", "lat")
    )  # fmt: skip
    x, y = project(metric_crs(float(lon.mean()), float(lat.mean())), lon, lat)
    pairs = too_close(x, y, task.spacing_m)
    both_old = existing[pairs].all(axis=1)
    one_lot = ~existing[pairs].any(axis=1) & (place[pairs[:, 0]] == place[pairs[:, 1]])
    kept: IntArray = pairs[~both_old & ~one_lot]
    return kept
