"""The covered share inside communities: by people at points, and by floor area of buildings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import study as studies
from planner.errors import InputError
from planner.inside import people_at
from planner.places import Places
from planner.report.findings_json import as_dict
from planner.report.provenance import Provenance
from planner.sources import read, sample_district
from planner.study import Study, run
from tests.unit.study_folder import edit
from tests.unit.test_side_by_side import sound

POINTS = (
    "community_id,lon,lat,population_60plus\nc1,117.2000,28.3000,150\nc1,117.2048,28.3000,50\nc3,117.2050,28.3048,0\n"
)


def with_points(folder: Path, text: str = POINTS) -> Path:
    path = sound(folder)
    (folder / "points.csv").write_text(text, encoding="utf-8")
    edit(path, "[candidates]", '[population_points]\nsource = "points.csv"\n\n[candidates]')
    return path


def points_of(study: Study, per: int = 8) -> Places:
    """Return points round each community of the sample, its people shared among them as evenly as can be."""
    random = np.random.default_rng(5)
    homes = study.communities
    own = homes.number("population_60plus").astype(int)
    of = np.repeat(np.arange(len(homes)), per)
    share = own[of] // per + (np.tile(np.arange(per), len(homes)) < own[of] % per)
    spread = 0.004
    return Places(
        role="population_points",
        table="points",
        ids=np.array([str(i) for i in range(len(of))], dtype=object),
        names=np.array([str(i) for i in range(len(of))], dtype=object),
        lon=homes.lon[of] + random.uniform(-spread, spread, len(of)),
        lat=homes.lat[of] + random.uniform(-spread, spread, len(of)),
        row=np.arange(len(of)) + 2,
        columns={"community_id": homes.ids[of], "population_60plus": share.astype(np.float64)},
    )


def test_each_point_is_covered_as_a_community_at_its_spot_would_be() -> None:
    """Every point made a community of its own gives the same answer, and the sums reconcile."""
    study = sample_district()
    points = points_of(study)
    found = run(replace(study, population_points=points, siting=(), plan=None))
    alone = replace(points, role="communities", columns={"population_60plus": points.columns["population_60plus"]})
    truth = run(replace(study, communities=alone, siting=(), plan=None))
    assert set(found.inside) == {circle.name for circle in study.circles if circle.demand == "population_60plus"}
    for coverage in truth.coverages:
        inside = found.inside.get(coverage.circle.name)
        if inside is None:
            continue
        assert inside.status.tolist() == coverage.status.tolist()
        assert coverage.people is not None
        sums = (inside.covered.sum(), inside.uncovered.sum(), inside.not_assessed.sum())
        assert sums == (coverage.people.covered, coverage.people.uncovered, coverage.people.not_assessed)
        assert inside.total.tolist() == inside.own.tolist()
        assert (inside.difference == 0).all()


def test_a_community_whose_centroid_is_covered_and_half_of_whose_people_are_not_is_shown() -> None:
    study = sample_district()
    found = run(replace(study, population_points=points_of(study), siting=(), plan=None))
    document = as_dict(found, provenance=Provenance(created="", planner_version="", platform="", timings_s={}))
    name = next(iter(found.inside))
    parted = [
        one["id"]
        for one in document["communities"]
        if one["circles"][name]["status"] == "covered" and one["circles"][name]["inside"]["share"] < 1.0
    ]
    assert parted
    for one in document["communities"]:
        there = one["circles"][name]["inside"]
        assert there["covered"] + there["uncovered"] + there["not_assessed"] == there["people"]
        assert there["people"] - there["own_figure"] == there["difference"] == 0
    circle = next(one for one in document["circles"] if one["name"] == name)["inside"]
    assert (
        circle["people"]
        == circle["own_figure"]
        == sum(one["circles"][name]["inside"]["people"] for one in document["communities"])
    )


def test_points_of_a_file_are_read_and_reach_the_findings(tmp_path: Path) -> None:
    found = run(read(with_points(tmp_path)))
    inside = found.inside["day_care_15"]
    assert inside.points.tolist() == [2, 0, 1]
    assert inside.total.tolist() == [200, 0, 0]
    assert not inside.spread
    assert np.isnan(inside.share[1])
    assert np.isnan(inside.share[2])


@given(
    own=st.integers(0, 10_000),
    space=st.lists(st.floats(0.0, 1e6, allow_nan=False).map(lambda one: round(one, 1)), min_size=1, max_size=40),
)
def test_a_figure_spread_over_buildings_sums_to_itself_and_nobody_is_off_by_one(own: int, space: list[float]) -> None:
    area = np.array(space)
    points = replace(no_points(len(space)), columns={"floor_area_m2": area / 2.0, "floors": np.full(len(space), 2.0)})
    found = people_at("population", points, np.zeros(len(space), np.int64), np.array([float(own)]))
    assert found is not None
    if not area.sum() > 0:
        assert np.isnan(found).all()
        return
    assert found.sum() == own
    assert (np.abs(found - own * area / area.sum()) < 1.0 + 1e-6).all()


def no_points(count: int) -> Places:
    text = np.array([str(i) for i in range(count)], dtype=object)
    zero = np.zeros(count)
    return Places(
        role="population_points", table="p", ids=text, names=text, lon=zero, lat=zero, row=np.arange(count), columns={}
    )


def test_buildings_share_the_figure_of_their_community(tmp_path: Path) -> None:
    text = "community_id,lon,lat,floor_area_m2,floors\nc1,117.2000,28.3000,100,3\nc1,117.2040,28.3000,100,1\n"
    found = run(read(with_points(tmp_path, text)))
    inside = found.inside["day_care_15"]
    assert inside.spread
    assert inside.people.tolist() == [150.0, 50.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POINTS.replace("c3,", "c9,"), "points.csv:4: community_id 'c9' isn't among the communities"),
        (POINTS.replace("c3,", ","), "points.csv:4"),
        (POINTS.replace("150", "-1"), "points.csv:2"),
        (POINTS.replace("community_id", "community"), "points.csv"),
        ("community_id,population\nc1,5\n", "there are no columns 'lon' and 'lat'"),
    ],
)
def test_bad_points_are_faults_with_their_rows(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        studies.check(read(with_points(tmp_path, text)))
    assert any(told in issue.line() for issue in error.value.issues), [one.line() for one in error.value.issues]


def test_a_sum_far_from_the_figure_is_told_with_both_figures(tmp_path: Path) -> None:
    issues = studies.check(read(with_points(tmp_path, POINTS.replace("150", "900"))))
    (told,) = (issue for issue in issues if issue.code == "far_sum")
    assert told.severity == "warning"
    assert "950" in told.message
    assert "200" in told.message


def test_points_that_tell_of_no_people_are_told(tmp_path: Path) -> None:
    study = read(with_points(tmp_path, "community_id,lon,lat\nc1,117.2000,28.3000\n"))
    assert "no_people" in {issue.code for issue in studies.check(study)}
    assert run(study).inside == {}


def test_points_beyond_every_street_are_one_warning_and_not_assessed(tmp_path: Path) -> None:
    far = POINTS + "c1,117.2200,28.3000,3\nc1,117.2201,28.3000,4\n"
    found = run(read(with_points(tmp_path, far)))
    (told,) = (issue for issue in found.issues if issue.code == "not_anchored" and issue.table == "points.csv")
    assert "2 for standard_walk" in told.message
    assert found.inside["day_care_15"].not_assessed.tolist() == [7, 0, 0]


def test_findings_json_is_the_same_without_points_but_for_nulls(tmp_path: Path) -> None:
    found = run(read(sound(tmp_path)))
    document = as_dict(found, provenance=Provenance(created="", planner_version="", platform="", timings_s={}))
    assert document["circles"][0]["inside"] is None
    assert {one["circles"]["day_care_15"]["inside"] for one in document["communities"]} == {None}
    json.dumps(document, allow_nan=False)
