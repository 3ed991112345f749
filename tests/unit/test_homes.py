"""Residential areas: what they reach, alone and with what could be built, and what their figures rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from planner.compliance import AreaEntry, Basis, NearHomes, bases, survey
from planner.compliance.territory import Tier
from planner.places import no_places
from planner.plan import Figure, Indicator
from planner.prepared import prepared
from planner.report.view import view
from planner.room import unlimited
from planner.sources.sample import sample_district
from planner.store import unkept
from planner.study import Study, run
from tests.building import built
from tests.housing import FAR_OFF, POINTLESS, UNDRAWN, with_homes
from tests.places_by_hand import indicator, plan_of

CARE = "elderly_day_care"
HOMES = ("residential_area",)


def reach(**changes: Any) -> Indicator:
    return indicator(
        "presence",
        **{"reading": "reach", "services": (CARE,), "unit": "%", "scope": HOMES, "values": {2025: Figure.of(90)}}
        | changes,
    )


def judged(study: Study, *indicators: Indicator) -> tuple[dict[str, tuple[AreaEntry, ...]], dict[str, NearHomes]]:
    """Return by circle the areas of the last entry judged on it, and what residential areas have near."""
    ready = prepared(replace(study, plan=plan_of(*indicators), siting=()), store=unkept, room=unlimited)
    coverages = [ready.assess(circle) for circle in study.circles]
    held = ready.held(coverages, survey(study.communities, study.facilities, study.areas))
    assert held is not None
    return {one.circle: one.by_area for one in held.entries if one.circle}, ready.near_homes(coverages, held)


def states(rows: Sequence[AreaEntry]) -> list[bool | None]:
    return [None if one.value is None else bool(one.value) for one in rows]


def held_by(near: NearHomes, homes: int, *, candidates: Sequence[int] = ()) -> list[bool | None]:
    """Return who reaches a facility or one of some candidates, by the pairs."""
    found: list[bool | None] = [False] * homes
    for home in near.facilities[0].tolist():
        found[home] = True
    for home, candidate in zip(*map(np.ndarray.tolist, near.candidates), strict=True):
        if candidate in candidates:
            found[home] = True
    for home in near.lost.tolist():
        assert not found[home]
        found[home] = None
    return found


@pytest.fixture(scope="module")
def study() -> Study:
    return with_homes(sample_district())


def count(study: Study) -> int:
    assert study.residential_areas is not None
    return len(study.residential_areas)


def test_the_pairs_say_what_the_engine_says(study: Study) -> None:
    rows, near = judged(study, reach())
    assert set(near) == set(rows)
    assert len(near) == 4
    for circle in near:
        assert held_by(near[circle], count(study)) == states(rows[circle]), circle
    assert near["day_care_15"].lost.tolist() == [POINTLESS, FAR_OFF]
    assert near["as the crow flies"].lost.tolist() == [POINTLESS]


def test_candidates_reach_whom_they_would_reach_once_they_stand(study: Study) -> None:
    _, near = judged(study, reach())
    more = 0
    for sites in ([0], [5, 17], list(range(0, len(study.candidates), 3))):
        then = built(replace(study, plan=plan_of(reach())), "day_care_15", sites).compliance
        assert then is not None
        for entry in then.entries:
            assert entry.circle is not None
            own = held_by(near[entry.circle], count(study), candidates=sites)
            assert own == states(entry.by_area), (entry.circle, sites)
            more += own != held_by(near[entry.circle], count(study))
    assert more > 3


def test_residential_areas_reach_what_communities_there_would(study: Study) -> None:
    _, near = judged(study, reach())
    homes = study.residential_areas
    assert homes is not None
    placed = np.flatnonzero(np.isfinite(homes.lon) & (np.arange(len(homes)) != FAR_OFF))
    people = replace(homes.take(placed), role="communities", columns={}, polygon=None)
    ready = prepared(replace(study, communities=people, siting=(), plan=None), store=unkept, room=unlimited)
    for circle in study.circles:
        if circle.name in near:
            covered = (ready.assess(circle).status == "covered").tolist()
            assert [held_by(near[circle.name], len(homes))[i] is True for i in placed] == covered


def test_only_areas_that_are_judged_are_searched(study: Study) -> None:
    assert judged(study, reach(scope=("community",)))[1] == {}
    homes = study.residential_areas
    assert homes is not None
    new = set(np.flatnonzero(homes.columns["area_type"] == "new").tolist())
    for near in judged(study, reach(scope=("residential_area_new",)))[1].values():
        assert set(near.candidates[0].tolist()) <= new
        assert set(near.facilities[0].tolist()) <= new


@pytest.mark.parametrize("outlined", [True, False])
def test_one_of_their_own_must_stand_inside_the_outline(outlined: bool) -> None:
    study = with_homes(sample_district(), outlined=outlined)
    own = reach(reading="presence", own_area=True)
    rows, near = judged(study, own)
    homes, facilities = study.residential_areas, study.facilities
    assert homes is not None
    assert homes.polygon is not None
    drawn = [shape is not None for shape in homes.polygon]
    inside = unknown = 0
    for circle, pairs in near.items():
        at: dict[int, list[int]] = {}
        for home, facility in zip(*map(np.ndarray.tolist, pairs.facilities), strict=True):
            at.setdefault(home, []).append(facility)
        for home, state in enumerate(states(rows[circle])):
            stands = [
                next(
                    (
                        i
                        for i, shape in enumerate(homes.polygon)
                        if shape is not None
                        and shapely.intersects_xy(shape, facilities.lon[facility], facilities.lat[facility])
                    ),
                    None,
                )
                for facility in at.get(home, ())
            ]
            expected: bool | None = home in stands
            if home in pairs.lost or (not drawn[home] and None in stands):
                expected = None
            assert state is expected, (circle, home)
            inside += bool(state)
            unknown += expected is None and home not in pairs.lost
    assert inside
    assert bool(unknown) is not outlined


def test_the_study_says_how_far_from_a_street_they_may_lie(study: Study) -> None:
    rows, near = judged(replace(study, max_access_m=100_000.0), reach())
    assert near["day_care_15"].lost.tolist() == [POINTLESS]
    assert states(rows["day_care_15"])[FAR_OFF] is False


def basis(study: Study, one: Indicator) -> Basis | None:
    return bases(
        plan_of(one),
        study.communities,
        study.facilities,
        study.candidates,
        services=[CARE],
        areas=study.areas,
        residential_areas=study.residential_areas,
        year=study.year,
    ).get(one.id)


@pytest.mark.parametrize("drawn", [True, False])
def test_a_candidate_stands_in_the_outline_about_it(drawn: bool) -> None:
    study = with_homes(sample_district(), drawn=drawn)
    found = basis(study, reach(reading="presence"))
    assert found is not None
    (tier,) = found.tiers
    both = [*zip(study.facilities.lon, study.facilities.lat, strict=True)]
    both += [*zip(study.candidates.lon, study.candidates.lat, strict=True)]
    places = with_homes(sample_district()).residential_areas
    assert places is not None
    assert places.polygon is not None
    for (lon, lat), at in zip(both, tier.facility.tolist(), strict=True):
        holding = [i for i, shape in enumerate(places.polygon) if shapely.intersects_xy(shape, lon, lat)]
        assert at in holding if holding else at == -1
    assert (tier.facility[len(study.facilities) :] >= 0).sum() > 5
    assert found.adrift[CARE].tolist() == []


def test_where_an_outline_lacks_nobody_knows_who_stands_in_it() -> None:
    study = with_homes(sample_district(), outlined=False)
    found = basis(study, reach(reading="presence", scope=("residential_area",)))
    assert found is not None
    in_none = np.flatnonzero(found.tiers[0].facility[len(study.facilities) :] == -2)
    assert found.adrift[CARE].tolist() == [i for i in in_none if i in found.adrift[CARE]]
    assert len(found.adrift[CARE])
    assert not set(found.adrift[CARE]) & set(found.sites[CARE])
    assert found.unplaced == ("residential_area",)
    assert found.lacks == ()
    assert not found.tiers[0].polygon[UNDRAWN]


def test_what_no_table_tells_rests_on_nothing(study: Study) -> None:
    assert basis(replace(study, residential_areas=None), reach()) is None
    assert basis(study, reach(scope=("household",))) is None


def test_a_tier_tells_the_communities_of_each_area() -> None:
    tier = Tier(
        level="street",
        ids=np.array(["a", "b", "c"], dtype=object),
        names=np.array(["a", "b", "c"], dtype=object),
        community=np.array([2, 0, -1, 2, -2]),
        facility=np.array([], np.int64),
        polygon=np.zeros(3, dtype=bool),
    )
    assert tier.members() == ((1,), (), (0, 3))


def test_a_page_without_residential_areas_holds_nothing_of_them(study: Study) -> None:
    plan = plan_of(reach(), reach(id="T-2", scope=("community",)))
    shown = view(run(replace(study, plan=plan, siting=(), residential_areas=None, circles=study.circles[:1])))
    assert shown.trial.residential is None
    assert [len(tier.at) for tier in shown.trial.tiers] == [len(study.communities)]
    shown = view(run(replace(study, plan=plan, siting=(), candidates=no_places("candidates"))))
    assert shown.trial.residential is not None
    assert shown.trial.tiers[shown.trial.residential.tiers[0]].place == "r"
    assert all(one.reached == () for one in shown.trial.residential.circles.values())


@pytest.mark.parametrize("reading", ["reach", "presence"])
def test_a_residential_area_of_a_later_year_isnt_judged(study: Study, reading: str) -> None:
    homes = study.residential_areas
    assert homes is not None
    assert study.year is not None
    year = np.full(len(homes), np.nan)
    year[::3], year[1::3] = study.year + 1, study.year
    planned = replace(study, residential_areas=replace(homes, columns={**homes.columns, "year": year}))
    stands = set(homes.ids[~(year > study.year)].tolist())
    done = run(replace(planned, plan=plan_of(reach(reading=reading)), siting=())).compliance
    assert done is not None
    assert done.entries
    for entry in done.entries:
        assert {area.area_id for area in entry.by_area} == stands
