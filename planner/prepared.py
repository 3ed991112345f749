"""A study on its streets: what all steps of the method share, and the steps, each a call of what reckons it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner import border, compliance, coverage, inside, isochrone, outcome, route, travel_times
from planner.circle import Circle
from planner.compliance import Compliance, NearHomes, Territory
from planner.coverage import Coverage
from planner.distance import by_id
from planner.errors import InputError
from planner.inputs import Study
from planner.inside import Inside
from planner.isochrone import Band
from planner.issue import Issue
from planner.measure import IntArray
from planner.outcome import Outcome
from planner.places import Anchors, Places, no_places
from planner.preparation import Preparation, prepare
from planner.progress import Progress, silent
from planner.room import Room
from planner.route import Route
from planner.scenario import Scenario
from planner.siting.judging import judge
from planner.siting.target import judge_until
from planner.siting.task import eligible
from planner.store import Store
from planner.travel_times import TravelTimes
from planner.ways import Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A study on its streets.

    Parameters
    ----------
    home
        Of each population point, the position of its community, -1 where none has its id; None without points.
    """

    study: Study
    preparation: Preparation
    home: IntArray | None

    def judged(self) -> tuple[Issue, ...]:
        """Return every issue of the inputs; raises InputError with all of the faults where there are any."""
        study, ready = self.study, self.preparation
        circles = {circle.name: circle for circle in study.circles}
        found = [*study.issues, *ready.issues, *self._judged_circles()]
        if not any(issue.severity == "error" for issue in found):
            counting = [(one, study.profiles[one.profile].speed_m_s, self._counting(one)) for one in study.circles]
            found += border.judge(counting, ready.network, study.communities, table=study.facilities.table)
        if study.population_points is not None and self.home is not None:
            found += inside.judge(study.population_points, study.communities, study.circles, home=self.home)
        for task in study.siting:
            spots = ready.anchors[circles[task.circle].profile]["candidates"]
            found += judge(task, circles, study.communities, study.candidates, year=study.year, spots=spots)
            found += judge_until(task, study.plan, circles[task.circle])
        _refuse_faults(found)
        return tuple(dict.fromkeys(found))

    def assess(self, circle: Circle) -> Coverage:
        """Return whom a circle covers."""
        study, anchors = self.study, self.preparation.anchors[circle.profile]
        return coverage.assess(
            circle,
            self.preparation.streets(circle),
            study.communities,
            study.facilities,
            homes=anchors["communities"],
            doors=anchors["facilities"],
            year=study.year,
            areas=study.areas,
            store=self.preparation.store,
        )

    def measure(self, found: Coverage, *, every: bool = False, all_candidates: bool = False) -> TravelTimes:
        """Measure the pairs of a circle: those near the limit or all, with the candidates that may be built, or all."""
        study, circle, ready = self.study, found.circle, self.preparation
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

    def inside(self) -> dict[str, Inside]:
        """Return the covered share within each community, by circle, where the study tells where people live."""
        study, points, home = self.study, self.study.population_points, self.home
        if points is None or home is None:
            return {}
        found = {}
        for circle in study.circles:
            anchors = self.preparation.anchors[circle.profile]
            found[circle.name] = inside.assess(
                circle,
                self.preparation.streets(circle),
                study.communities,
                points,
                study.facilities,
                home=home,
                homes=anchors[points.role],
                doors=anchors["facilities"],
                year=study.year,
                store=self.preparation.store,
            )
        return {name: one for name, one in found.items() if one is not None}

    def outcome(self, scenario: Scenario, before: Sequence[Coverage]) -> Outcome:
        """Return the circles after a scenario."""
        study, ready = self.study, self.preparation

        def assess(ways: Ways) -> tuple[list[Coverage], dict[str, Anchors], tuple[Issue, ...]]:
            after = replace(study, ways=ways, candidates=no_places("candidates"), population_points=None)
            changed = prepared(after, store=ready.store, room=ready.room)
            _refuse_faults(changed._judged_circles())  # noqa: SLF001  # of its own class
            homes = {profile: by_role["communities"] for profile, by_role in changed.preparation.anchors.items()}
            return [changed.assess(circle) for circle in study.circles], homes, changed.preparation.issues

        return outcome.reckon(
            scenario,
            study.ways,
            study.profiles.values(),
            before=before,
            known=ready.issues,
            communities=study.communities,
            assess=assess,
        )

    def bands(self, found: Coverage) -> list[Band]:
        """Return the land and the streets within the limits of a circle."""
        doors = self.preparation.anchors[found.circle.profile]["facilities"]
        return isochrone.draw(found.circle, self.preparation.streets(found.circle), doors.take(found.facilities))

    def routes(self, found: Coverage) -> list[Route]:
        """Return the ways from communities to what is nearest to them."""
        anchors = self.preparation.anchors[found.circle.profile]
        return route.draw(
            found.circle,
            self.preparation.streets(found.circle),
            anchors["communities"],
            anchors["facilities"],
            nearest=found.nearest,
            counting=found.facilities[np.argsort(by_id(self.study.facilities.ids[found.facilities]))],
        )

    def held(self, coverages: Sequence[Coverage], ground: Territory) -> Compliance | None:
        """Return the study's plan held against what is there, None without one."""
        study = self.study
        if study.plan is None:
            return None
        return compliance.assess(
            study.plan,
            study.communities,
            study.facilities,
            coverages=tuple(coverages),
            areas=study.areas,
            residential_areas=study.residential_areas,
            ready=self.preparation,
            territory=ground,
            reported=study.reported,
            year=study.year,
            proximity_m=study.proximity_m,
            wider=study.wider,
        )

    def near_homes(self, coverages: Sequence[Coverage], held: Compliance | None) -> dict[str, NearHomes]:
        """Return by circle what the residential areas that the plan judges on it have within its limit."""
        study = self.study
        homes = compliance.table_of(study.residential_areas, study.areas)
        if held is None or homes is None:
            return {}
        return compliance.near_homes(held, coverages, homes, study.facilities, study.candidates, self.preparation)

    def _judged_circles(self) -> list[Issue]:
        study, anchors = self.study, self.preparation.anchors
        return [
            issue
            for circle in study.circles
            for issue in coverage.judge(
                circle,
                study.facilities,
                anchors[circle.profile]["facilities"],
                year=study.year,
                max_access_m=study.max_access_m,
                told=study.issues,
            )
        ]

    def _counting(self, circle: Circle) -> Places:
        facilities = self.study.facilities
        return facilities.take(coverage.qualifying(circle, facilities, year=self.study.year))


def prepared(study: Study, *, store: Store, progress: Progress = silent, room: Room, written: bool = False) -> Prepared:
    """Prepare a study for its circles: weigh the streets, anchor the places.

    Parameters
    ----------
    store, progress, room, written
        As for `planner.preparation.prepare`.

    Raises
    ------
    InputError
        As there.
    """
    points = study.population_points
    return Prepared(
        study=study,
        preparation=prepare(
            study.ways,
            {name: study.profiles[name] for name in sorted({circle.profile for circle in study.circles})},
            [study.communities, study.facilities, study.candidates, *(() if points is None else (points,))],
            max_access_m=study.max_access_m,
            store=store,
            progress=progress,
            room=room,
            written=written,
        ),
        home=None if points is None else inside.home_of(points, study.communities),
    )


def _refuse_faults(found: Sequence[Issue]) -> None:
    faults = [issue for issue in found if issue.severity == "error"]
    if faults:
        raise InputError(faults)
