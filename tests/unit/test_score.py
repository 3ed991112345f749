"""Scores against the coverage recomputed with the site standing among the facilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from planner import study as studies
from planner.circle import Circle
from planner.coverage import COVERED, NOT_ASSESSED, Coverage, assess
from planner.errors import InputError
from planner.places import Places, anchor
from planner.preparation import Preparation, prepare
from planner.siting.score import Scores, SiteScore
from planner.siting.task import SitingTask
from planner.sources import sample_district
from planner.study import Study
from tests.laws.drafts import joined, objects, places, study_of
from tests.towns import ways

SITES = [0, 3, 7, 12, 18, 23, 29, 37]
EXTRA = (
    Circle(name="straight_metres", service="elderly_day_care", limit=800, limit_unit="metres", measure="straight",
           demand="population_60plus"),
    Circle(name="straight_minutes", service="childcare", limit=12, measure="straight", profile="slow_walk",
           demand="population_under3"),
    Circle(name="uncounted", service="meal_service", limit=15, demand="population_none"),
    Circle(name="nothing_yet", service="library", limit=15),
)  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    whole = sample_district()
    return replace(whole, circles=(*whole.circles, *EXTRA), siting=())


@pytest.fixture(scope="module")
def ready(study: Study) -> Preparation:
    tables = (study.communities, study.facilities)
    return prepare(study.ways, study.profiles, tables, max_access_m=study.max_access_m)


def covered_by(study: Study, ready: Preparation, circle: Circle, facilities: Places) -> Coverage:
    way = ready.streets(circle)
    return assess(
        circle,
        way,
        study.communities,
        facilities,
        homes=ready.anchors[circle.profile]["communities"],
        doors=anchor(ready.network, way.weights, facilities.lon, facilities.lat, max_access_m=study.max_access_m),
        year=study.year,
    )


def opened(study: Study, circle: Circle, sites: Places) -> Places:
    """Return the study's facilities and, last, the sites, which offer the circle's service."""
    own = study.facilities
    new = replace(
        sites,
        columns={
            **{name: objects([None] * len(sites)) for name in own.columns if own.columns[name].dtype == object},
            **{name: np.full(len(sites), np.nan) for name in own.columns if own.columns[name].dtype != object},
            "service": objects([(circle.service,)] * len(sites)),
        },
    )
    return joined(own, new)


def names() -> list[str]:
    return [*(circle.name for circle in sample_district().circles), *(circle.name for circle in EXTRA)]


def one_of(study: Study, name: str) -> Circle:
    return next(circle for circle in study.circles if circle.name == name)


def ok(scores: Scores) -> dict[str, SiteScore]:
    return {site.id: site for site in scores.sites if site.status == "ok"}


@pytest.mark.parametrize("name", names())
def test_a_score_is_the_difference_that_the_site_makes(study: Study, ready: Preparation, name: str) -> None:
    circle = one_of(study, name)
    sites = study.candidates.take(np.array(SITES))
    scored = ok(studies.score(study, sites, circle=name))
    assert set(scored) == set(sites.ids)
    before = covered_by(study, ready, circle, study.facilities)
    demand = study.communities.columns.get(circle.demand)
    people = np.ones(len(study.communities)) if demand is None else np.nan_to_num(demand)
    for i, site_id in enumerate(sites.ids):
        one = scored[site_id]
        after = covered_by(study, ready, circle, opened(study, circle, sites.take(np.array([i]))))
        gained = (after.status == COVERED) & (before.status != COVERED)
        assert one.communities_gained == tuple(study.communities.ids[gained])
        assert one.people_gained == (None if demand is None else int(people[gained].sum()))
        if before.people is not None and after.people is not None:
            assert one.people_gained == after.people.covered - before.people.covered

        had = ~np.isnan(before.minutes)
        saved = (people * np.maximum(0.0, before.minutes - after.minutes))[had].sum()
        assert one.minutes_saved_people == pytest.approx(saved, abs=1e-6)
        assert one.newly_connected == int((~np.isnan(after.minutes) & ~had).sum())

        limit = circle.limit
        second_before, second_after = (
            (found.backup_minutes if circle.limit_unit == "minutes" else found.backup_metres) <= limit
            for found in (before, after)
        )
        newly_backed = second_after & ~second_before & (before.status == COVERED)
        assert one.backup_gained == int(newly_backed.sum())


def alone(study: Study, ready: Preparation, circle: Circle, site: Places) -> Coverage:
    """Return the coverage that the site would give if nothing else existed."""
    both = opened(study, circle, site)
    return covered_by(study, ready, circle, both.take(np.array([len(both) - 1])))


@pytest.mark.parametrize("name", names())
def test_people_within_are_those_whom_the_site_alone_would_cover(study: Study, ready: Preparation, name: str) -> None:
    circle = one_of(study, name)
    sites = study.candidates.take(np.array(SITES[:4]))
    scored = ok(studies.score(study, sites, circle=name))
    demand = study.communities.columns.get(circle.demand)
    people = np.ones(len(study.communities)) if demand is None else np.nan_to_num(demand)
    for i, site_id in enumerate(sites.ids):
        bands = scored[site_id].people_within
        assert [limit for limit, _ in bands] == pytest.approx([circle.limit / 3, circle.limit * 2 / 3, circle.limit])
        for limit, count in bands:
            there = alone(study, ready, replace(circle, limit=limit), sites.take(np.array([i])))
            assert count == int(people[there.status == COVERED].sum())


@pytest.mark.parametrize("name", names())
def test_the_nearest_facility_of_a_site(study: Study, ready: Preparation, name: str) -> None:
    """The site as if it were a community: its nearest facility is what coverage tells."""
    circle = one_of(study, name)
    sites = study.candidates.take(np.array(SITES))
    scored = ok(studies.score(study, sites, circle=name))
    way = ready.streets(circle)
    as_homes = replace(sites, columns={})
    found = assess(
        circle,
        way,
        as_homes,
        study.facilities,
        homes=anchor(ready.network, way.weights, sites.lon, sites.lat, max_access_m=study.max_access_m),
        doors=ready.anchors[circle.profile]["facilities"],
        year=study.year,
    )
    for i, site_id in enumerate(sites.ids):
        one = scored[site_id]
        if found.nearest[i] < 0:
            assert (one.nearest_facility, one.nearest_minutes, one.nearest_metres) == (None, None, None)
            continue
        assert one.nearest_facility == study.facilities.ids[found.nearest[i]]
        assert one.nearest_minutes == pytest.approx(found.minutes[i], abs=0.001)  # a straight time is rounded to 0.1 s
        assert one.nearest_metres == found.metres[i]


def test_where_nothing_exists_everybody_reached_is_newly_connected(study: Study) -> None:
    for one in ok(studies.score(study, study.candidates, circle="nothing_yet")).values():
        assert one.minutes_saved_people == 0.0
        assert one.backup_gained == 0
        assert one.newly_connected is not None
        assert one.newly_connected > 50
        assert one.nearest_facility is None


@pytest.mark.parametrize("name", names())
def test_ranks_follow_people_then_minutes_then_id(study: Study, name: str) -> None:
    scores = studies.score(study, study.candidates, circle=name)
    assert scores.circle == name
    assert scores.demand == one_of(study, name).demand
    assert [site.rank for site in scores.sites] == list(range(1, len(study.candidates) + 1))

    def order(site: SiteScore) -> tuple[float, float, str]:
        gain = len(site.communities_gained) if site.people_gained is None else site.people_gained
        return -gain, -(site.minutes_saved_people or 0.0), site.id

    assert list(scores.sites) == sorted(scores.sites, key=order)
    backwards = studies.score(study, study.candidates.take(np.arange(len(study.candidates))[::-1]), circle=name)
    assert backwards == scores


@pytest.mark.parametrize("name", names())
def test_a_second_house_on_a_facilitys_own_spot_saves_nobody_anything(
    study: Study, ready: Preparation, name: str
) -> None:
    circle = one_of(study, name)
    counting = covered_by(study, ready, circle, study.facilities).facilities
    for one in studies.score(study, study.facilities.take(counting), circle=name).sites:
        assert one.people_gained in (0, None)
        assert one.communities_gained == ()
        assert one.backup_gained == 0
        assert one.minutes_saved_people == 0.0


def moved(sites: Places, lon: Sequence[float], lat: Sequence[float]) -> Places:
    return replace(sites.take(np.arange(len(lon))), lon=np.array(lon), lat=np.array(lat))


def test_rows_that_cannot_be_judged_get_a_status_and_lose_nobody_else(study: Study) -> None:
    good = study.candidates
    water = study.communities.lon[study.communities.ids == "c01"], study.communities.lat[study.communities.ids == "c01"]
    sites = moved(
        good,
        [good.lon[0], float(water[0][0]), 2.35, good.lat[0], good.lon[4]],
        [good.lat[0], float(water[1][0]), 48.85, good.lon[0], good.lat[4]],
    )
    scores = studies.score(study, sites, unread=[("x9", "lon isn't a number")])
    told = {site.id: site for site in scores.sites}
    assert [told[name].status for name in sites.ids] == ["ok", "too_far", "invalid", "invalid", "ok"]
    assert told["x9"].status == "invalid"
    assert told["x9"].reason == "lon isn't a number"
    assert "389 m" in told[sites.ids[1]].reason
    assert "outside the network" in told[sites.ids[2]].reason
    assert "swap" in told[sites.ids[3]].reason
    assert scores.rejected == 4
    for site in scores.sites:
        assert (site.rank is None) == (site.status != "ok")
        if site.status != "ok":
            assert site.people_gained is None
            assert site.communities_gained == ()
    only = ok(studies.score(study, sites.take(np.array([0, 4]))))
    assert {name: only[name] for name in only} == {name: told[name] for name in only}


def test_a_straight_circle_judges_sites_without_a_street(study: Study) -> None:
    at = study.communities.ids == "c01"  # not assessed on the streets
    site = replace(study.candidates.take(np.array([0])), lon=study.communities.lon[at], lat=study.communities.lat[at])
    (on_foot,) = studies.score(study, site, circle="day_care_1000m").sites
    (straight,) = studies.score(study, site, circle="straight_metres").sites
    assert (on_foot.status, straight.status) == ("too_far", "ok")
    assert straight.people_within[0][1] > 0  # those of c01 itself, at no distance


@pytest.mark.parametrize("away_m", [149.9, 150.02, 150.04, 150.1])
def test_a_straight_circle_of_minutes_is_judged_alike_everywhere(away_m: float) -> None:
    """2.5 minutes at 1 m/s are 150 m: coverage compares lengths, and so must scores and siting."""
    circle = Circle(name="straight", service="care", limit=2.5, measure="straight", profile="test_walk")
    drawn = ways([(-300, 0), (300, 0)], [((0, 1), {})])
    home, spot = places("communities", [(0, 0)], population=[7]), [(away_m, 0)]
    none = places("facilities", [], service=[])
    small = study_of(drawn, home, none, places("candidates", spot), circle,
                     siting=(SitingTask(name="one", circle="straight", model="mclp", sites=1),))  # fmt: skip
    by_facility = studies.run(replace(small, facilities=places("facilities", spot, service=[("care",)]), siting=()))
    within = int(by_facility.coverages[0].status[0] == COVERED)
    assert within == (away_m < 150.0)
    assert by_facility.coverages[0].straight_line.radius_m == 150.0
    (site,) = studies.score(small, small.candidates).sites
    assert site.people_gained == 7 * within
    assert site.people_within[-1][1] == 7 * within
    assert studies.run(small).proposals[0].objective == 7 * within


def test_communities_that_are_not_assessed_gain_nothing(study: Study, ready: Preparation) -> None:
    circle = study.circles[0]
    lost = study.communities.ids[covered_by(study, ready, circle, study.facilities).status == NOT_ASSESSED]
    assert len(lost) == 2
    for site in studies.score(study, study.candidates).sites:
        assert not set(site.communities_gained) & set(lost)


def test_nobody_to_judge_is_an_empty_list(study: Study) -> None:
    none = study.candidates.take(np.empty(0, np.int64))
    assert studies.score(study, none).sites == ()
    far = moved(study.candidates, [2.35], [48.85])
    assert [site.status for site in studies.score(study, far).sites] == ["invalid"]


def test_an_unknown_circle_is_a_fault_that_names_those_there_are(study: Study) -> None:
    with pytest.raises(InputError, match="no circle 'nowhere'; it has day_care_15, day_care_15_slow"):
        studies.score(study, study.candidates, circle="nowhere")
