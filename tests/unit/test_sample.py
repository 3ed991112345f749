"""The sample district: the same bytes from the same seed, whole numbers that agree, places that lie where they say."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from planner.measure import metric_crs, project
from planner.network import build
from planner.places import Places, anchor
from planner.profile import weigh
from planner.sources.sample import sample_district
from planner.study import Study

SERVICES = {"elderly_day_care", "elderly_centre", "elderly_home", "meal_service", "childcare", "clinic"}


@pytest.fixture(scope="module")
def study() -> Study:
    return sample_district()


def tables(study: Study) -> list[Places]:
    assert study.areas is not None
    return [study.communities, study.facilities, study.candidates, study.areas]


def polygons_m(study: Study, places: Places) -> npt.NDArray[Any]:
    assert places.polygon is not None
    crs = metric_crs(float(study.ways.lon.mean()), float(study.ways.lat.mean()))
    moved: npt.NDArray[Any] = shapely.transform(
        places.polygon, lambda at: np.column_stack(project(crs, at[:, 0], at[:, 1]))
    )
    return moved


def test_the_same_seed_gives_the_same_bytes(study: Study) -> None:
    again = sample_district(7)
    assert again.inputs == study.inputs
    assert again.ways.lon.tobytes() == study.ways.lon.tobytes()
    assert again.ways.ref.tobytes() == study.ways.ref.tobytes()
    for mine, other in zip(tables(study), tables(again), strict=True):
        assert mine.lon.tobytes() == other.lon.tobytes()
        assert [list(map(repr, mine.columns[name])) for name in mine.columns] == [
            list(map(repr, other.columns[name])) for name in other.columns
        ]


def test_another_seed_gives_other_streets_and_people() -> None:
    assert sample_district(8).inputs[0].sha256 != sample_district(7).inputs[0].sha256


def test_it_is_plainly_synthetic(study: Study) -> None:
    assert study.synthetic
    assert "模拟数据" in study.name
    assert "synthetic" in study.settings["name_en"]
    assert "synthetic" in study.inputs[0].path
    assert any("Synthetic" in line and "模拟" in line for line in study.attribution)


def test_it_holds_what_it_promises(study: Study) -> None:
    assert len(study.communities) == 60
    assert 20 <= len(study.facilities) <= 30
    assert len(study.candidates) == 40
    assert study.areas is not None
    assert len(study.areas) == 6
    assert set(study.areas.columns["level"]) == {"street"}
    kinds = Counter(feature.kind for feature in study.basemap)
    assert kinds["water"] >= 1
    assert kinds["railway"] == 1
    assert kinds["green"] >= 2
    assert {circle.name for circle in study.circles} >= {"day_care_15", "day_care_15_slow", "day_care_1000m"}
    assert study.circles[0].name == "day_care_15"
    assert {task.circle for task in study.siting} <= {circle.name for circle in study.circles}
    assert {circle.profile for circle in study.circles} == set(study.profiles)
    assert {circle.service for circle in study.circles} <= set(study.services)


def test_ids_and_names_are_distinct(study: Study) -> None:
    for table in tables(study):
        assert len(set(table.ids)) == len(table)
        assert len(set(table.names)) == len(table)
        assert len(set(table.columns["name_en"])) == len(table)
        assert all(len(cells) == len(table) for cells in table.columns.values())


def test_coordinates_have_seven_decimals_and_lie_at_sea(study: Study) -> None:
    for values in (study.ways.lon, study.ways.lat, *(at for table in tables(study) for at in (table.lon, table.lat))):
        assert np.array_equal(values, np.round(values, 7))
    assert 123.4 < study.ways.lon.min() < study.ways.lon.max() < 123.6
    assert 35.4 < study.ways.lat.min() < study.ways.lat.max() < 35.6


def test_people_are_whole_numbers_that_agree(study: Study) -> None:
    people = {name: study.communities.number(name) for name in study.communities.columns if "popul" in name}
    population, over_60 = people["population"], people["population_60plus"]
    known = people["population_under3"][~np.isnan(people["population_under3"])]
    assert len(known) == 58
    for column in (population, over_60, people["population_65plus"], known, study.communities.number("households")):
        assert np.array_equal(column, np.rint(column))
        assert column.min() > 0
    assert (people["population_65plus"] <= over_60).all()
    assert (over_60 <= population).all()
    assert (study.communities.number("households") <= population).all()
    assert 200_000 < population.sum() < 350_000
    assert 0.2 < over_60.sum() / population.sum() < 0.3


def test_streets_sum_their_communities(study: Study) -> None:
    assert study.areas is not None
    assert set(study.communities.columns["street"]) == set(study.areas.names)
    assert study.areas.number("population").sum() == study.communities.number("population").sum()
    assert np.isnan(study.areas.number("population_under3")).sum() == 2  # an unknown part makes the sum unknown


def test_polygons_are_valid_apart_and_hold_their_centroids(study: Study) -> None:
    for table in tables(study)[::3]:
        polygon = polygons_m(study, table)
        assert shapely.is_valid(polygon).all()
        assert set(shapely.get_type_id(polygon)) == {shapely.GeometryType.POLYGON}
        one, other = shapely.STRtree(polygon).query(polygon, predicate="intersects")
        pairs = one < other
        assert shapely.area(shapely.intersection(polygon[one[pairs]], polygon[other[pairs]])).max() <= 1.0
        assert table.polygon is not None
        assert shapely.contains_xy(table.polygon, table.lon, table.lat).all()
    water = shapely.union_all([feature.geometry for feature in study.basemap if feature.kind == "water"])
    assert not shapely.intersects(water, shapely.points(study.communities.lon, study.communities.lat)).any()


def test_places_stand_inside_the_box_on_dry_land_beside_a_public_street(study: Study) -> None:
    walker = study.profiles["standard_walk"]
    network = build(study.ways, tag_keys=walker.tag_keys)
    weights = weigh(network, walker)
    west, south, east, north = network.box
    water = shapely.union_all([feature.geometry for feature in study.basemap if feature.kind == "water"])
    for table in (study.facilities, study.candidates):
        assert ((west < table.lon) & (table.lon < east) & (south < table.lat) & (table.lat < north)).all()
        assert not shapely.intersects(water, shapely.points(table.lon, table.lat)).any()
        found = anchor(network, weights, table.lon, table.lat, max_access_m=20.0)
        assert found.ok.all()
        assert not weights.ends_only[found.edge].any()
        assert set(table.columns["street"]) == set(study.communities.columns["street"])


def test_facilities_tell_their_community_or_leave_it_blank(study: Study) -> None:
    facilities, communities = study.facilities, study.communities
    told = facilities.columns["community_id"]
    assert 0 < sum(one is None for one in told) < len(facilities)
    assert communities.polygon is not None
    polygon = dict(zip(communities.ids, communities.polygon, strict=True))
    for one, lon, lat in zip(told, facilities.lon, facilities.lat, strict=True):
        assert one is None or shapely.contains_xy(polygon[one], lon, lat)
    assert {service for services in facilities.columns["service"] for service in services} == SERVICES
    assert Counter(facilities.columns["status"]).keys() == {"open", "planned", "closed"}
    assert any(len(services) == 2 for services in facilities.columns["service"])


def test_one_candidate_is_forced_and_another_forbidden(study: Study) -> None:
    forced, forbidden = study.candidates.columns["forced"], study.candidates.columns["forbidden"]
    assert (sum(forced), sum(forbidden)) == (1, 1)
    assert not any(one and other for one, other in zip(forced, forbidden, strict=True))


def test_no_street_crosses_the_water_but_on_a_bridge(study: Study) -> None:
    ways = study.ways
    line = np.array(
        [
            shapely.LineString(np.column_stack([ways.lon[ref], ways.lat[ref]]))
            for ref in np.split(ways.ref, ways.start[1:-1])
        ]
    )
    water = shapely.union_all([feature.geometry for feature in study.basemap if feature.kind == "water"])
    wet = shapely.intersects(water, line)
    assert set(ways.tags["bridge"][wet]) == {"yes"}
    assert wet.sum() == 4
    railway = next(feature.geometry for feature in study.basemap if feature.kind == "railway")
    crossing = shapely.intersects(railway, line)
    levels = {(ways.tags["bridge"][way], ways.tags["tunnel"][way]) for way in np.flatnonzero(crossing)}
    assert levels == {("yes", ""), ("", "yes"), ("", "")}  # the last: promenades below the railway's own bridge
    assert set(ways.tags["highway"][crossing & (ways.tags["bridge"] == "") & (ways.tags["tunnel"] == "")]) == {
        "footway"
    }


def test_the_network_shows_what_real_ones_do(study: Study) -> None:
    walker = study.profiles["standard_walk"]
    network = build(study.ways, tag_keys=walker.tag_keys)
    weights = weigh(network, walker)
    assert weights.usable.all()
    assert weights.ends_only.any()
    assert network.border.any()
    assert len(network.component_length_mm) == 2
    assert network.component_length_mm[1] < 0.05 * network.component_length_mm[0]
    assert {"yes", "-1"} <= set(study.ways.tags["oneway"])
    assert "steps" in set(study.ways.tags["highway"])
    found = anchor(network, weights, study.communities.lon, study.communities.lat)
    assert (~found.ok).sum() == 2
    assert (found.passed_over >= 0).sum() == 1


@pytest.mark.parametrize("seed", [0, 1, 2, 99])
def test_every_seed_gives_a_district(seed: int) -> None:
    study = sample_district(seed)
    network = build(study.ways, tag_keys=["highway"])
    assert len(network.component_length_mm) == 2
    assert shapely.is_valid(polygons_m(study, study.communities)).all()
    walker = study.profiles["standard_walk"]
    network = build(study.ways, tag_keys=walker.tag_keys)
    assert (~anchor(network, weigh(network, walker), study.communities.lon, study.communities.lat).ok).sum() == 2


def test_no_stretch_of_street_is_drawn_twice(study: Study) -> None:
    ways = study.ways
    inside = np.ones(len(ways.ref) - 1, dtype=bool)
    inside[ways.start[1:-1] - 1] = False
    pairs = np.sort(np.column_stack([ways.ref[:-1], ways.ref[1:]])[inside], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
