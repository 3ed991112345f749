"""A study (all the inputs), its findings (all the outputs), and the method between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from planner import border, compliance, coverage, inside, isochrone, outcome, route, travel_times
from planner.circle import Circle
from planner.comparison import Comparison, side_by_side
from planner.compliance import DEFAULT_PROXIMITY_M, Compliance, Reported, Territory
from planner.coverage import Coverage, Difference
from planner.distance import by_id
from planner.errors import InputError
from planner.inside import Inside
from planner.isochrone import Band, Isochrone, Product
from planner.issue import Issue
from planner.network import Network
from planner.outcome import Outcome
from planner.parts import Merge
from planner.places import DEFAULT_MAX_ACCESS_M, Anchors, Places, no_places
from planner.plan import Plan
from planner.preparation import Preparation, prepare
from planner.profile import TravelProfile, Weights
from planner.progress import Clock, Progress, counting, part, silent
from planner.room import Room, unlimited
from planner.route import Route
from planner.scenario import Scenario
from planner.siting.judging import judge
from planner.siting.pose import Ground, Tables
from planner.siting.proposal import Proposal
from planner.siting.propose import notes, propose
from planner.siting.score import Scores, spots, trials
from planner.siting.score import score as score_sites
from planner.siting.target import aimed, judge_until
from planner.siting.task import SitingTask, eligible
from planner.store import Store, unkept
from planner.streets import streets
from planner.travel_times import TravelTimes
from planner.ways import Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file that was read, for the record."""

    path: str
    sha256: str
    rows: int | None = None
    date: str | None = None
    datum: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class MapFeature:
    """Something that helps to find one's way on the map: ``water``, ``green`` or ``railway``; geometry in degrees."""

    kind: Literal["water", "green", "railway"]
    geometry: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All the inputs of one run, read and judged.

    Parameters
    ----------
    synthetic
        Whether the data are made up (the sample district); said wherever a result shows.
    plan
        The government plan that the study is held against, None without one.
    residential_areas
        居住小区 with their households, for size rules; those without a point have NaN for lon and lat.
    population_points
        Where the people of each community live, or the buildings; None where only centroids are known.
    scenarios
        Changes of the streets, each reckoned beside what is.
    proximity_m
        What "near" means where a plan prints no distance.
    services
        By service: by language, its name.
    wider
        By service, the services that are of its kind.
    profiles
        By name: those that the circles use.
    attribution
        Whom the licences of the data ask to be named, such as ``© OpenStreetMap contributors (ODbL)``.
    settings
        The study file as read, for the record.
    """

    name: str
    year: int | None
    language: Literal["zh", "en"]
    ways: Ways
    communities: Places
    facilities: Places
    circles: tuple[Circle, ...]
    profiles: Mapping[str, TravelProfile]
    services: Mapping[str, Mapping[str, str]]
    candidates: Places = field(default_factory=lambda: no_places("candidates"))
    areas: Places | None = None
    residential_areas: Places | None = None
    population_points: Places | None = None
    scenarios: tuple[Scenario, ...] = ()
    siting: tuple[SitingTask, ...] = ()
    reported: tuple[Reported, ...] = ()
    plan: Plan | None = None
    proximity_m: float = DEFAULT_PROXIMITY_M
    wider: Mapping[str, Sequence[str]] = field(default_factory=dict)
    max_access_m: float = DEFAULT_MAX_ACCESS_M
    synthetic: bool = False
    basemap: tuple[MapFeature, ...] = ()
    attribution: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


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
    ready = _prepared(study, store=store, progress=tell, room=room, written=True)
    issues = list(_judged(study, ready))
    coverages: dict[str, Coverage] = {}
    times: dict[str, TravelTimes] = {}
    for circle in study.circles:
        tell(f"coverage: {circle.name}")
        coverages[circle.name] = found = _assess(study, ready, circle)
        tell(f"reach: {circle.name}")
        times[circle.name] = _measure(study, ready, found)
    shares = _inside(study, ready)
    outcomes = []
    for scenario in study.scenarios:
        tell(f"scenario: {scenario.name}")
        outcomes.append(_outcome(study, scenario, ready, tuple(coverages.values())))
        issues += outcomes[-1].issues
    bands: list[Band] = []
    routes: list[Route] = []
    for found in coverages.values():
        way, anchors = ready.streets(found.circle), ready.anchors[found.circle.profile]
        homes, doors = anchors["communities"], anchors["facilities"]
        tell(f"isochrones: {found.circle.name}")
        bands += isochrone.draw(found.circle, way, doors.take(found.facilities))
        tell(f"routes: {found.circle.name}")
        in_order = found.facilities[np.argsort(by_id(study.facilities.ids[found.facilities]))]
        routes += route.draw(found.circle, way, homes, doors, nearest=found.nearest, counting=in_order)
    tell("compliance")
    ground = compliance.survey(study.communities, study.facilities, study.areas)
    held = _held(study, ready, tuple(coverages.values()), ground)
    issues += ground.issues if held is None else held.issues
    proposals = []
    tables = Tables(communities=study.communities, facilities=study.facilities, candidates=study.candidates)
    for task in study.siting:
        tell(f"siting: {task.name}")
        grounds = {name: _ground(study, ready, task, coverages[name], times[name]) for name in task.circles}
        lots = compliance.survey(study.communities, study.candidates, study.areas) if task.until else ground
        aim = aimed(task, held, coverages[task.circle], lots, plan=study.plan, candidates=study.candidates)
        proposals.append(propose(aim.task, grounds, tables, year=study.year, lacking=aim.lacking))
        issues += notes(aim.task, proposals[-1], grounds, tables, year=study.year)
    clock.stop()
    return Findings(
        study=study,
        network=ready.network,
        weights=ready.weights,
        anchors=ready.anchors,
        coverages=tuple(coverages.values()),
        travel_times=tuple(times.values()),
        bands=tuple(bands),
        routes=tuple(routes),
        proposals=tuple(proposals),
        differences=tuple(
            row
            for found in coverages.values()
            for row in (*coverage.differences(found, study.communities), *compliance.differences(found, ground))
        ),
        issues=tuple(issues),
        compliance=held,
        comparisons=side_by_side(tuple(coverages.values()), study.communities),
        inside=shares,
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
    ready = _prepared(study, circles=(rule,), store=store, progress=part(progress, 0.0, 0.4), room=room)
    progress(f"coverage: {rule.name}", 0.4)
    _judged(replace(study, circles=(rule,), siting=()), ready)
    now = _assess(study, ready, rule)
    progress("scores", 0.6)
    found = spots(ready, rule, sites, max_access_m=study.max_access_m)
    return score_sites(
        now,
        trials(ready, now, found, study.communities, study.facilities),
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
    return (*_judged(study, _prepared(study, store=store, room=room)), *ground.issues)


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


def _prepared(
    study: Study,
    *,
    circles: Sequence[Circle] | None = None,
    store: Store,
    progress: Progress = silent,
    room: Room,
    written: bool = False,
) -> Preparation:
    used = {circle.profile for circle in (study.circles if circles is None else circles)}
    points = () if study.population_points is None else (study.population_points,)
    return prepare(
        study.ways,
        {name: study.profiles[name] for name in sorted(used)},
        [study.communities, study.facilities, study.candidates, *points],
        max_access_m=study.max_access_m,
        store=store,
        progress=progress,
        room=room,
        written=written,
    )


def _judged(study: Study, ready: Preparation) -> tuple[Issue, ...]:
    """Return every issue of the inputs; raises InputError with all of the faults where there are any."""
    circles = {circle.name: circle for circle in study.circles}
    found = [*study.issues, *ready.issues]
    for circle in study.circles:
        doors, told = ready.anchors[circle.profile]["facilities"], study.issues
        found += coverage.judge(
            circle, study.facilities, doors, year=study.year, max_access_m=study.max_access_m, told=told
        )
    if not any(issue.severity == "error" for issue in found):
        counting = [(one, study.profiles[one.profile].speed_m_s, _counting(study, one)) for one in study.circles]
        found += border.judge(counting, ready.network, study.communities, table=study.facilities.table)
    if study.population_points is not None:
        found += inside.judge(study.population_points, study.communities, study.circles)
    for task in study.siting:
        spots = ready.anchors[circles[task.circle].profile]["candidates"]
        found += judge(task, circles, study.communities, study.candidates, year=study.year, spots=spots)
        found += judge_until(task, study.plan, circles[task.circle])
    faults = [issue for issue in found if issue.severity == "error"]
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(found))


def _counting(study: Study, circle: Circle) -> Places:
    return study.facilities.take(coverage.qualifying(circle, study.facilities, year=study.year))


def _circle(study: Study, name: str | None) -> Circle:
    for circle in study.circles:
        if name in (None, circle.name):
            return circle
    raise InputError(f"the study has no circle '{name}'; it has {', '.join(one.name for one in study.circles)}")


def _assess(study: Study, ready: Preparation, circle: Circle) -> Coverage:
    anchors = ready.anchors[circle.profile]
    return coverage.assess(
        circle,
        ready.streets(circle),
        study.communities,
        study.facilities,
        homes=anchors["communities"],
        doors=anchors["facilities"],
        year=study.year,
        areas=study.areas,
        store=ready.store,
    )


def _inside(study: Study, ready: Preparation) -> dict[str, Inside]:
    """Return the covered share within each community, by circle, where the study tells where people live."""
    points = study.population_points
    if points is None:
        return {}
    found = {}
    for circle in study.circles:
        anchors = ready.anchors[circle.profile]
        found[circle.name] = inside.assess(
            circle,
            ready.streets(circle),
            study.communities,
            points,
            study.facilities,
            homes=anchors[points.role],
            doors=anchors["facilities"],
            year=study.year,
            store=ready.store,
        )
    return {name: one for name, one in found.items() if one is not None}


def _outcome(study: Study, scenario: Scenario, ready: Preparation, before: tuple[Coverage, ...]) -> Outcome:
    """Return the circles after a scenario."""

    def assess(ways: Ways) -> tuple[list[Coverage], tuple[Issue, ...]]:
        after = replace(study, ways=ways, candidates=no_places("candidates"), population_points=None)
        changed = _prepared(after, store=ready.store, room=ready.room)
        _judged(replace(after, siting=()), changed)
        return [_assess(after, changed, circle) for circle in study.circles], changed.issues

    return outcome.reckon(
        scenario,
        study.ways,
        study.profiles.values(),
        before=before,
        known=ready.issues,
        communities=study.communities,
        assess=assess,
    )


def _held(study: Study, ready: Preparation, coverages: tuple[Coverage, ...], ground: Territory) -> Compliance | None:
    """Return the study's plan held against what is there, None without one."""
    if study.plan is None:
        return None
    return compliance.assess(
        study.plan,
        study.communities,
        study.facilities,
        coverages=coverages,
        areas=study.areas,
        residential_areas=study.residential_areas,
        ready=ready,
        territory=ground,
        reported=study.reported,
        year=study.year,
        proximity_m=study.proximity_m,
        wider=study.wider,
    )


def _ground(study: Study, ready: Preparation, task: SitingTask, found: Coverage, near: TravelTimes) -> Ground:
    """Return one circle as a task needs it: with every pair where it weighs costs, else with those near the limit."""
    wanted = (task.last_year or study.year) != study.year or any(part.serves for part in task.parts)
    if not task.weighed and not wanted:
        return Ground(found=found, times=near)
    return Ground(found=found, times=_measure(study, ready, found, every=task.weighed, all_candidates=True))


def _measure(
    study: Study, ready: Preparation, found: Coverage, *, every: bool = False, all_candidates: bool = False
) -> TravelTimes:
    """Measure the pairs of a circle: those near the limit or all, with the candidates that may be built, or all."""
    circle = found.circle
    may = eligible(circle, study.candidates, year=study.year)
    anchors = ready.anchors[circle.profile]
    return travel_times.measure(
        circle,
        ready.streets(circle),
        (study.communities, anchors["communities"]),
        (study.facilities, anchors["facilities"], found.facilities),
        (study.candidates, anchors["candidates"], np.arange(len(study.candidates)) if all_candidates else may),
        every=every,
        store=ready.store,
        room=ready.room,
    )
