"""Circles of one service side by side, scenarios from a study file, and where the data stop."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import shapely

from planner import study as studies
from planner.circle import Circle
from planner.errors import InputError
from planner.report.findings_json import as_dict
from planner.report.provenance import Provenance
from planner.report.view import view
from planner.scenario import Scenario
from planner.sources import read, sample_district
from planner.sources.geodata import read_profiles
from planner.study import Findings, Study, run
from planner.ways import Ways
from tests.unit.study_folder import edit, write_study

NOWHEN = Provenance(created="", planner_version="", platform="", timings_s={})


def feature(geometry: shapely.Geometry, **properties: str) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(geometry))}


def write_features(path: Path, *features: dict[str, object]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")


def rules(study: Study) -> Study:
    """Return the sample under four rules for one service: by time and by metres, standard and slow."""
    demand = {"service": "elderly_day_care", "demand": "population_60plus"}
    circles = (
        Circle(name="standard_15", limit=15, **demand),
        Circle(name="slow_15", limit=15, profile="slow_walk", **demand),
        Circle(name="metres_1000", limit=1000, limit_unit="metres", **demand),
        Circle(name="straight_900", limit=900, limit_unit="metres", measure="straight", **demand),
    )
    known = read_profiles()
    profiles = {name: known[name] for name in ("slow_walk", "standard_walk")}
    return replace(study, circles=circles, profiles=profiles, siting=(), plan=None)


def test_every_two_rules_of_a_service_part_on_the_communities_that_one_passes_and_the_other_fails() -> None:
    found = run(rules(sample_district()))
    document = as_dict(found, provenance=NOWHEN)
    names = [one.circle.name for one in found.coverages]
    assert [tuple(one["circles"]) for one in document["comparisons"]] == list(combinations(names, 2))
    for one in document["comparisons"]:
        first, second = one["circles"]
        status = {
            c["id"]: (c["circles"][first]["status"], c["circles"][second]["status"]) for c in document["communities"]
        }
        people = {c["id"]: c["circles"][first]["people"] or 0 for c in document["communities"]}
        assert one["only_first"] == [i for i, pair in status.items() if pair == ("covered", "uncovered")]
        assert one["only_second"] == [i for i, pair in status.items() if pair == ("uncovered", "covered")]
        assert one["people_only_first"] == sum(people[i] for i in one["only_first"])
        parts = one["both"] + one["neither"] + one["not_assessed"] + len(one["only_first"]) + len(one["only_second"])
        assert parts == len(status)
    slow = document["comparisons"][0]
    assert slow["only_first"]
    assert not slow["only_second"]


def test_circles_of_other_services_are_not_compared() -> None:
    study = sample_district()
    found = run(replace(study, siting=(), plan=None))
    service = {one.name: one.service for one in study.circles}
    assert all(service[one.one] == service[one.other] for one in found.comparisons)


def river(study: Study) -> Scenario:
    """Close all streets along a line through the middle of the sample."""
    middle = float(np.median(study.communities.lon)) + 0.0003
    wall = shapely.LineString([(middle, study.ways.lat.min() - 1), (middle, study.ways.lat.max() + 1)])
    return Scenario(name="river", closed=np.array([wall]))


def test_a_scenario_is_reckoned_as_a_study_of_the_changed_streets_would_be() -> None:
    study = rules(sample_district())
    found = run(replace(study, scenarios=(river(study),)))
    (outcome,) = found.outcomes
    alone = run(replace(study, ways=changed_ways(study)))
    for one, other in zip(outcome.coverages, alone.coverages, strict=True):
        assert one.status.tolist() == other.status.tolist()
        assert np.array_equal(one.minutes, other.minutes, equal_nan=True)
    assert sum(len(one.only_one) for one in outcome.comparisons) > 0
    straight = outcome.comparisons[-1]
    assert len(straight.only_one) == len(straight.only_other) == 0  # as the crow flies, no wall stands in the way
    check_scenario_document(found)


def changed_ways(study: Study) -> Ways:
    from planner.scenario import change

    return change(study.ways, river(study), study.profiles.values()).ways


def check_scenario_document(found: Findings) -> None:
    document = as_dict(found, provenance=NOWHEN)
    (scenario,) = document["scenarios"]
    before = {one["id"]: one["circles"] for one in document["communities"]}
    after = before | {one["id"]: one["circles"] for one in scenario["communities"]}
    for circle in scenario["circles"]:
        name = circle["name"]
        gained = [
            i for i in before if (before[i][name]["status"], after[i][name]["status"]) == ("uncovered", "covered")
        ]
        lost = [i for i in before if (before[i][name]["status"], after[i][name]["status"]) == ("covered", "uncovered")]
        assert (circle["newly_covered"], circle["no_longer_covered"]) == (gained, lost)
        covered = sum(after[i][name]["status"] == "covered" for i in after)
        assert circle["communities"]["covered"] == covered
    assert scenario["closed_m"] > 0
    assert scenario["added_m"] == 0


SCENARIO = '\n[[scenario]]\nname = "桥"\nadd = "bridge.geojson"\nclose = "works.geojson"\n'


def sound(folder: Path) -> Path:
    """Write a study that runs: of one community nobody knows the people."""
    path = write_study(folder)
    edit(path, "sites = 1\n", 'sites = 1\nunknown_demand = "exclude"\n')
    return path


def with_scenario(folder: Path) -> Path:
    path = sound(folder)
    path.write_text(path.read_text(encoding="utf-8") + SCENARIO, encoding="utf-8")
    short_cut = shapely.LineString([(117.200, 28.300), (117.205, 28.305)])
    write_features(folder / "bridge.geojson", feature(short_cut, highway="footway"))
    wall = shapely.LineString([(117.204, 28.299), (117.204, 28.301)])
    write_features(folder / "works.geojson", feature(wall))
    return path


def test_a_scenario_of_a_study_file_is_read_and_reckoned(tmp_path: Path) -> None:
    study = read(with_scenario(tmp_path))
    assert {"bridge.geojson", "works.geojson"} <= {one.path for one in study.inputs}
    (outcome,) = run(study).outcomes
    assert outcome.name == "桥"
    assert 0.9 < outcome.closed_m < 1.1
    assert outcome.added_m == pytest.approx(740, abs=20)
    found = run(study)
    assert found.outcomes[0].coverages[0].metres[2] < found.coverages[0].metres[2]  # 丙社区 takes the bridge


def test_what_the_network_section_closes_and_adds_is_there_from_the_start(tmp_path: Path) -> None:
    path = with_scenario(tmp_path)
    after = run(read(path)).outcomes[0].coverages[0]
    path.write_text(path.read_text(encoding="utf-8").replace(SCENARIO, ""), encoding="utf-8")
    edit(path, 'source = "streets.osm"', 'source = "streets.osm"\nadd = "bridge.geojson"\nclose = "works.geojson"')
    study = read(path)
    assert {"closed_streets", "added_streets"} <= {issue.code for issue in study.issues}
    assert np.array_equal(run(study).coverages[0].minutes, after.minutes, equal_nan=True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('add = "bridge.geojson"', 'add = "nothing.geojson"', "nothing.geojson: there is no such file"),
        (
            'add = "bridge.geojson"',
            'add = "communities.csv"',
            "communities.csv: barriers and added streets can't be read",
        ),
        ('add = "bridge.geojson"\nclose = "works.geojson"\n', "", "scenario '桥' changes nothing"),
        ('name = "桥"', 'nam = "桥"', "unknown key 'nam'"),
        (
            "[[scenario]]\n",
            '[[scenario]]\nname = "桥"\nclose = "works.geojson"\n\n[[scenario]]\n',
            "two [[scenario]] are named",
        ),
    ],
)
def test_bad_scenarios_are_faults_that_name_their_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = with_scenario(tmp_path)
    edit(path, old, new)
    with pytest.raises(InputError) as error:
        run(read(path))
    assert any(told in issue.line() for issue in error.value.issues), [one.line() for one in error.value.issues]


@pytest.mark.parametrize(
    ("name", "shape", "told"),
    [
        (
            "works.geojson",
            shapely.box(117, 28, 118, 29),
            "works.geojson: scenario '桥': the barriers close every street",
        ),
        ("works.geojson", shapely.box(117.3, 28, 118, 29), "works.geojson: scenario '桥': the barriers meet no street"),
        ("works.geojson", shapely.Point(117.2, 28.3), "works.geojson:1: a barrier is a Point"),
        ("bridge.geojson", shapely.LineString([(117.2, 28.31), (117.21, 28.31)]), "the added street joins no other"),
        ("bridge.geojson", shapely.Point(117.2, 28.3), "bridge.geojson: the file holds no line"),
    ],
)
def test_bad_barriers_and_streets_are_faults(tmp_path: Path, name: str, shape: shapely.Geometry, told: str) -> None:
    path = with_scenario(tmp_path)
    write_features(tmp_path / name, feature(shape))
    with pytest.raises(InputError) as error:
        run(read(path))
    assert any(told in issue.line() for issue in error.value.issues), [one.line() for one in error.value.issues]


def test_a_community_that_a_scenario_cuts_off_from_every_street_is_told(tmp_path: Path) -> None:
    path = with_scenario(tmp_path)
    write_features(tmp_path / "works.geojson", feature(shapely.box(117.2020, 28.2990, 117.2051, 28.3022)))
    study = read(path)
    found = run(study)
    assert any("scenario '桥': 'c2' isn't assessed" in issue.message for issue in found.issues)
    assert found.outcomes[0].coverages[0].status[1] == "not_assessed"
    (scenario,) = as_dict(found, provenance=NOWHEN)["scenarios"]
    (answers,) = (one["circles"] for one in scenario["communities"] if one["id"] == "c2")
    for coverage in found.outcomes[0].coverages:
        reason = answers[coverage.circle.name]["reason"]
        access_m = found.outcomes[0].homes[coverage.circle.profile].access_m[1]
        assert reason["code"] == "closed"
        assert reason["access_m"] == pytest.approx(access_m, abs=0.001)
        assert access_m > study.max_access_m
        assert f"{np.ceil(access_m):,.0f} m" in reason["en"]
        assert "“桥”封闭了附近的道路" in reason["zh"]
    after = [one for one in view(found).circles if one.scenario]
    assert [one.reasons["1"] for one in after] == [
        {lang: answers[one.name]["reason"][lang] for lang in ("zh", "en")} for one in after
    ]


def test_a_community_too_far_from_every_street_before_and_after_is_not_said_to_be_cut_off() -> None:
    study = rules(sample_district())
    lon = study.communities.lon.copy()
    lon[0] = study.ways.lon.min() - 0.01
    study = replace(study, communities=replace(study.communities, lon=lon))
    found = run(replace(study, scenarios=(river(study),)))
    before, after = ([one for one in view(found).circles if bool(one.scenario) == wanted] for wanted in (False, True))
    assert [one.reasons for one in before] == [one.reasons for one in after]
    assert "0" in before[0].reasons


def test_check_says_where_the_network_and_the_facilities_stop_short(tmp_path: Path) -> None:
    issues = {issue.code: issue for issue in studies.check(read(sound(tmp_path)))}
    assert issues["network_stops_short"].severity == issues["facilities_stop_short"].severity == "note"
    assert "reaches 900 m" in issues["network_stops_short"].message
    assert "0 m in the west" in issues["network_stops_short"].message


def cut_in_half(ways: Ways, lon: float) -> Ways:
    """Return an extract that ends at a meridian, as clipping does: the first node beyond is kept, as a border."""
    refs, starts, kept, border = [], [0], [], ways.border.copy()
    inside = ways.lon <= lon
    for way in range(len(ways.way_id)):
        run_of: list[int] = []
        for at in ways.ref[ways.start[way] : ways.start[way + 1]].tolist():
            if inside[at] or (run_of and inside[run_of[-1]]):
                run_of.append(at)
                border[at] |= not inside[at]
            elif run_of:
                refs += [run_of]
                kept.append(way)
                run_of = []
        if len(run_of) > 1:
            refs += [run_of]
            kept.append(way)
    good = [(one, way) for one, way in zip(refs, kept, strict=True) if len(one) > 1]
    starts = np.concatenate([[0], np.cumsum([len(one) for one, _ in good])])
    of = np.array([way for _, way in good])
    return replace(
        ways,
        border=border,
        ref=np.concatenate([np.array(one, np.int64) for one, _ in good]),
        start=starts.astype(np.int64),
        way_id=ways.way_id[of],
        tags={key: cells[of] for key, cells in ways.tags.items()},
        two_way=ways.two_way[of],
    )


@pytest.mark.parametrize("share", [0.35, 0.4, 0.7, 0.75])
def test_whom_a_cut_through_the_sample_uncovers_is_marked_near_the_border(share: float) -> None:
    """Held against the whole: a wrong "uncovered" may stand only where the page says that the border is near."""
    study = rules(sample_district())
    whole = run(study)
    lon = float(np.quantile(study.communities.lon, share))
    west = study.communities.lon <= lon - 0.0005
    half = replace(
        study,
        ways=cut_in_half(study.ways, lon),
        communities=study.communities.take(west),
        facilities=study.facilities.take(study.facilities.lon <= lon),
        candidates=study.candidates.take(np.zeros(len(study.candidates), dtype=bool)),
        areas=None,
        residential_areas=None,
    )
    found = run(half)
    wrong = 0
    for one, other in zip(found.coverages[:3], whole.coverages[:3], strict=True):
        lost = (one.status == "uncovered") & (other.status[west] == "covered")
        assert one.near_border[lost].all()
        wrong += int(lost.sum())
    assert wrong > 0  # else the cut tests nothing
