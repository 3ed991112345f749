"""Scores searched no farther than they need are those of a search without a cut-off, to the last digit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import reach
from planner import study as studies
from planner.circle import Circle
from planner.coverage import Coverage, assess
from planner.measure import UNREACHED
from planner.preparation import Preparation, prepare
from planner.siting import pairs as pairing
from planner.siting import score as scoring
from planner.siting.score import Scores, Trial
from planner.study import Study
from tests.laws.drafts import Draft, drafts, objects, places, study_of
from tests.towns import WALKER

CIRCLES = (
    Circle(name="minutes", service="care", limit=1.5, profile=WALKER.name),
    Circle(name="metres", service="care", limit=90, limit_unit="metres", profile=WALKER.name),
)
RIDER = replace(WALKER, speed_m_s=4.0, access_speed_m_s=0.5)  # so that the shorter way need not be the quicker


def assessed(study: Study, circle: Circle) -> tuple[Preparation, Coverage]:
    tables = (study.communities, study.facilities)
    ready = prepare(study.ways, study.profiles, tables, max_access_m=study.max_access_m)
    anchors = ready.anchors[circle.profile]
    now = assess(
        circle,
        ready.streets(circle),
        study.communities,
        study.facilities,
        homes=anchors["communities"],
        doors=anchors["facilities"],
    )
    return ready, now


def without_cut_off(study: Study, circle: Circle) -> Scores:
    """Return the scores of the candidates from every pair there is."""
    ready, now = assessed(study, circle)
    spots = scoring.spots(ready, circle, study.candidates, max_access_m=study.max_access_m)
    (trial,) = list(scoring.trials(ready, now, spots, study.communities, study.facilities)) or [None]
    tried = []
    if trial is not None:
        homes = ready.anchors[circle.profile]["communities"]
        every = reach.compute(ready.streets(circle), homes, spots.anchors, limit=int(UNREACHED) - 1)
        new = every.target[np.isnan(now.minutes[every.origin])]
        connects = np.bincount(new, minlength=len(trial.ids))
        tried.append(
            Trial(
                ids=trial.ids,
                reach=every,
                connects=connects,
                to_existing=trial.to_existing,
                counted=trial.counted,
                same_site=trial.same_site,
            )
        )
    return scoring.score(
        now,
        tried,
        rejected=spots.rejected,
        demand=study.communities.columns.get(circle.demand),
        community_ids=study.communities.ids,
        facility_ids=study.facilities.ids,
    )


def little_study(draft: Draft, facilities: int, circle: Circle, rider: bool) -> Study:
    homes, spots = draft.spots, draft.spots[::-1]
    study = study_of(
        draft.ways(),
        places("communities", homes, population=[10 * (i + 1) for i in range(len(homes))]),
        places("facilities", spots[:facilities], service=[("care",)] * facilities),
        places("candidates", spots),
        circle,
        max_access_m=10_000.0,
    )
    return replace(study, profiles={WALKER.name: RIDER}) if rider else study


@given(drafts(spots=9), st.integers(0, 2), st.sampled_from(CIRCLES), st.booleans())
@settings(max_examples=300)
def test_scores_are_those_of_a_search_without_a_cut_off(
    draft: Draft, facilities: int, circle: Circle, rider: bool
) -> None:
    study = little_study(draft, min(facilities, len(draft.spots)), circle, rider)
    assert studies.score(study, study.candidates) == without_cut_off(study, circle)


@given(drafts(spots=9), st.integers(0, 2), st.sampled_from(CIRCLES))
@settings(max_examples=50)
def test_the_pairs_that_are_left_out_change_nothing(draft: Draft, facilities: int, circle: Circle) -> None:
    """Every pair within the limit, or quicker than today, is among those found; and no other."""
    study = little_study(draft, min(facilities, len(draft.spots)), circle, rider=True)
    ready, now = assessed(study, circle)
    way, homes = ready.streets(circle), ready.anchors[circle.profile]["communities"]
    spots = scoring.spots(ready, circle, study.candidates, max_access_m=study.max_access_m).anchors
    found = pairing.deciding_pairs(now, way, homes, spots)
    every = reach.compute(way, homes, spots, limit=int(UNREACHED) - 1)
    cost = every.time_ds if circle.by_time else every.length_mm
    sooner = every.time_ds / 600.0 < now.minutes[every.origin]
    decides = (cost <= circle.limit_quanta(now.speed_m_s)) | sooner
    for name in ("origin", "target", "time_ds", "length_mm"):
        np.testing.assert_array_equal(getattr(found, name), getattr(every, name)[decides])


@pytest.mark.parametrize("at_once", [1, 7, 40])
def test_sites_in_parts_are_sites_at_once(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    from planner.sources import sample_district

    district = sample_district()
    straight = Circle(name="s", service="elderly_day_care", limit=800, limit_unit="metres", measure="straight")
    nothing = Circle(name="n", service="library", limit=15)
    study = replace(district, circles=(*district.circles, straight, nothing), siting=())
    names = [circle.name for circle in study.circles]
    whole = [studies.score(study, study.candidates, circle=name) for name in names]
    monkeypatch.setattr(scoring, "FIRST_SITES", 3)
    monkeypatch.setattr(scoring, "PAIRS_AT_ONCE", at_once)
    monkeypatch.setattr(pairing, "PAIRS_AT_ONCE", at_once)
    assert [studies.score(study, study.candidates, circle=name) for name in names] == whole


def test_one_remote_community_does_not_widen_the_search_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A farm 40 km down the road: it alone is searched for that far."""
    points = [(0.0, 0.0), *((100.0 * i, 0.0) for i in range(1, 30)), (40_000.0, 0.0)]
    homes = [*points[1:20], points[-1]]
    study = study_of(
        Draft(tuple(points), tuple(((i, i + 1), "plain") for i in range(30)), ()).ways(),
        places("communities", homes, population=[1] * len(homes)),
        places("facilities", [points[0]], service=[("care",)]),
        places("candidates", points[5:15]),
        CIRCLES[0],
    )
    asked = []
    compute = reach.compute

    def told(*args: object, limit: int) -> object:
        asked.append((len(args[1].edge), limit))
        return compute(*args, limit=limit)

    monkeypatch.setattr(reach, "compute", told)
    scores = studies.score(study, study.candidates)
    assert max(limit for _, limit in asked) >= 400_000
    assert [count for count, limit in asked if limit > 40_000] == [1]
    monkeypatch.undo()
    assert scores == without_cut_off(study, CIRCLES[0])


def test_where_nothing_exists_one_of_a_kind_is_searched_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [(100.0 * i, 0.0) for i in range(20)]
    study = study_of(
        Draft(tuple(points), tuple(((i, i + 1), "plain") for i in range(19)), ()).ways(),
        places("communities", [(x + 50.0, 0.0) for x, _ in points[:-1]], population=[1] * 19),
        places("facilities", [], service=objects([])),
        places("candidates", points[1:11]),
        CIRCLES[0],
    )
    whole = []
    compute = reach.compute

    def told(*args: object, limit: int) -> object:
        if limit > 10**9:
            whole.append((len(args[1].edge), len(args[2].edge)))
        return compute(*args, limit=limit)

    monkeypatch.setattr(reach, "compute", told)
    assert {site.newly_connected for site in studies.score(study, study.candidates).sites} == {19}
    assert whole == [(1, 1)]
