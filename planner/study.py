"""A study's findings (all the outputs), and the method from its inputs to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from planner import compliance, coverage, isochrone
from planner.circle import Circle
from planner.comparison import Comparison, side_by_side
from planner.compliance import Compliance, NearHomes, Territory
from planner.coverage import Coverage, Difference
from planner.errors import InputError
from planner.inputs import Input, MapFeature, Study
from planner.inside import Inside
from planner.isochrone import Band, Isochrone, Product
from planner.issue import Issue
from planner.network import Network
from planner.outcome import Outcome
from planner.parts import Merge
from planner.places import Anchors, Places
from planner.planning import Planning
from planner.preparation import prepare
from planner.prepared import prepared
from planner.profile import Weights
from planner.progress import Clock, Progress, counting, part, silent
from planner.room import Room, unlimited
from planner.route import Route
from planner.siting.proposal import Proposal
from planner.siting.score import Scores, spots, trials
from planner.siting.score import score as score_sites
from planner.store import Store, unkept
from planner.streets import streets
from planner.travel_times import TravelTimes

__all__ = ["Findings", "Input", "MapFeature", "Study", "check", "isochrones", "run", "score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All the outputs of one run.

    Parameters
    ----------
    weights
        By profile.
    anchors
        By profile, then by role: ``communities``, ``facilities``, ``candidates``.
    coverages
        In the order of the study's circles.
    compliance
        The plan held against what is there; None without a plan.
    comparisons
        The circles of each service, two by two.
    inside
        By circle, the covered share within each community; empty without population points.
    near_homes
        By circle, what the residential areas that the plan judges on it have within its limit; candidates too.
    outcomes
        In the order of the study's scenarios.
    timings_s
        Seconds by step; the only clock values, kept apart.
    """

    study: Study
    network: Network
    weights: Mapping[str, Weights]
    anchors: Mapping[str, Mapping[str, Anchors]]
    coverages: tuple[Coverage, ...]
    travel_times: tuple[TravelTimes, ...]
    bands: tuple[Band, ...]
    routes: tuple[Route, ...]
    proposals: tuple[Proposal, ...]
    differences: tuple[Difference, ...]
    issues: tuple[Issue, ...]
    compliance: Compliance | None = None
    comparisons: tuple[Comparison, ...] = ()
    inside: Mapping[str, Inside] = field(default_factory=dict)
    near_homes: Mapping[str, NearHomes] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    timings_s: Mapping[str, float] = field(default_factory=dict)


def run(study: Study, *, store: Store = unkept, progress: Progress = silent, room: Room = unlimited) -> Findings:
    """Do the main job: from the study's inputs to its findings.

    Parameters
    ----------
    store
        Where the network, anchors and searches are kept between runs, such as a `planner.sources.Cache`; the
        findings are the same with and without.
    progress
        Told each step and how much is done.
    room
        Gives the free memory, such as `planner.sources.free_memory`; work that would take more is refused.

    Raises
    ------
    InputError
        The inputs contradict each other: a place far outside the network, a siting task that can't be. Or the memory
        wouldn't do.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> findings = run(sample_district())
    >>> findings.proposals[0].status
    'optimal'
    """
    clock = Clock()
    tell = counting(clock.watch(progress), steps=3 + 4 * len(study.circles) + len(study.scenarios) + len(study.siting))
    ready = prepared(study, store=store, progress=tell, room=room, written=True)
    issues = list(ready.judged())
    coverages: dict[str, Coverage] = {}
    times: dict[str, TravelTimes] = {}
    for circle in study.circles:
        tell(f"coverage: {circle.name}")
        coverages[circle.name] = found = ready.assess(circle)
        tell(f"reach: {circle.name}")
        times[circle.name] = ready.measure(found)
    covered = tuple(coverages.values())
    shares = ready.inside()
    outcomes: list[Outcome] = []
    for scenario in study.scenarios:
        tell(f"scenario: {scenario.name}")
        outcomes.append(ready.outcome(scenario, covered))
        issues += outcomes[-1].issues
    bands: list[Band] = []
    routes: list[Route] = []
    for found in covered:
        tell(f"isochrones: {found.circle.name}")
        bands += ready.bands(found)
        tell(f"routes: {found.circle.name}")
        routes += ready.routes(found)
    tell("compliance")
    ground = compliance.survey(study.communities, study.facilities, study.areas)
    held = ready.held(covered, ground)
    issues += ground.issues if held is None else held.issues
    planning = Planning(ready=ready, coverages=coverages, times=times, held=held, ground=ground)
    proposals: list[Proposal] = []
    for task in study.siting:
        tell(f"siting: {task.name}")
        proposal, told = planning.answer(task)
        proposals.append(proposal)
        issues += told
    clock.stop()
    return Findings(
        study=study,
        network=ready.preparation.network,
        weights=ready.preparation.weights,
        anchors=ready.preparation.anchors,
        coverages=covered,
        travel_times=tuple(times.values()),
        bands=tuple(bands),
        routes=tuple(routes),
        proposals=tuple(proposals),
        differences=_differences(study, covered, ground),
        issues=tuple(issues),
        compliance=held,
        comparisons=side_by_side(covered, study.communities),
        inside=shares,
        near_homes=ready.near_homes(covered, held),
        outcomes=tuple(outcomes),
        timings_s=clock.timings_s,
    )


def score(
    study: Study,
    sites: Places,
    *,
    circle: str | None = None,
    unread: Sequence[tuple[str, str]] = (),
    store: Store = unkept,
    progress: Progress = silent,
    room: Room = unlimited,
) -> Scores:
    """Score each site by itself, on top of what exists.

    Parameters
    ----------
    sites
        The places to be scored.
    circle
        The circle's name; the study's first where None.
    unread
        Id and reason of rows that couldn't be read as sites; they are told among the rejected.
    store, room
        As for `run`.

    Raises
    ------
    InputError
        The study has no such circle, or the memory wouldn't do.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> study = sample_district()
    >>> scores = score(study, study.candidates)
    >>> scores.sites[0].rank
    1
    """
    rule = _circle(study, circle)
    asked = replace(study, circles=(rule,), siting=())
    ready = prepared(asked, store=store, progress=part(progress, 0.0, 0.4), room=room)
    progress(f"coverage: {rule.name}", 0.4)
    ready.judged()
    now = ready.assess(rule)
    progress("scores", 0.6)
    found = spots(ready.preparation, rule, sites, max_access_m=study.max_access_m)
    return score_sites(
        now,
        trials(ready.preparation, now, found, study.communities, study.facilities),
        rejected=found.rejected,
        demand=study.communities.columns.get(rule.demand),
        community_ids=study.communities.ids,
        facility_ids=study.facilities.ids,
        unread=unread,
    )


def check(study: Study, *, store: Store = unkept, room: Room = unlimited) -> tuple[Issue, ...]:
    """Judge the inputs together, without searching: return every issue, those of the study's reading included.

    Parameters
    ----------
    store
        As for `run`.

    Raises
    ------
    InputError
        A place lies far outside the network, no community, or no facility of a circle, meets a street, or a siting
        task asks for what can't be.
    """
    ground = compliance.survey(study.communities, study.facilities, study.areas)
    return (*prepared(study, store=store, room=room).judged(), *ground.issues)


def isochrones(
    study: Study,
    *,
    of: Literal["facilities", "communities", "candidates"],
    minutes: Sequence[float] = (),
    metres: Sequence[float] = (),
    profile: str | None = None,
    ids: Sequence[str] | None = None,
    product: Product = "polygons",
    merge: Merge = "none",
    store: Store = unkept,
    progress: Progress = silent,
    notice: Callable[[Issue], None] | None = None,
    room: Room = unlimited,
) -> list[Isochrone]:
    """Return what lies within some limits of places: towards facilities and candidates, outward from communities.

    Parameters
    ----------
    minutes, metres
        Limits above 0, of one kind or the other.
    profile
        A profile of the study; that of its first circle where None.
    ids
        Of the places; all where None.
    product
        ``polygons`` (the land beside streets within reach) or ``lines`` (those streets).
    merge
        ``none``: each place by itself. ``all``: all places as one. ``nearest``: to each place what is nearer to it
        than to any other.
    store
        As for `run`.
    notice
        Told of each place without an anchor, whose isochrones are empty.

    Raises
    ------
    InputError
        The study has no such profile or place, or a limit isn't above 0.
    """
    name = profile or study.circles[0].profile
    if name not in study.profiles:
        raise InputError(f"the study uses no profile '{name}'; it has {', '.join(sorted(study.profiles))}")
    if minutes and metres:
        raise InputError("limits are given in minutes and in metres; give those of one kind")
    limits = metres or minutes
    isochrone.must_be_limits(limits, "metres" if metres else "minutes")
    places = isochrone.chosen(getattr(study, of), ids)
    used = {name: study.profiles[name]}
    ready = prepare(study.ways, used, [places], max_access_m=study.max_access_m, store=store, room=room)
    for issue in ready.issues:
        if notice is not None:
            notice(issue)
    way = streets(ready.network, ready.weights[name], by="length" if metres else "time")
    found = isochrone.of_places(
        way, ready.anchors[name][of], places, limits=limits, product=product, merge=merge, progress=progress, room=room
    )
    if ids is None:
        return found
    at = np.flatnonzero(np.isin(getattr(study, of).ids, places.ids))
    return [one if one.place is None else replace(one, place=int(at[one.place])) for one in found]


def _differences(study: Study, coverages: Sequence[Coverage], ground: Territory) -> tuple[Difference, ...]:
    """Return where being reachable and being present part, of communities and of areas, circle by circle."""
    return tuple(
        row
        for found in coverages
        for row in (*coverage.differences(found, study.communities), *compliance.differences(found, ground))
    )


def _circle(study: Study, name: str | None) -> Circle:
    for circle in study.circles:
        if name in (None, circle.name):
            return circle
    raise InputError(f"the study has no circle '{name}'; it has {', '.join(one.name for one in study.circles)}")
