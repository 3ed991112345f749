"""Routes: as long as coverage says, from anchor to anchor, along streets that may be walked."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import route
from planner import spread as spreading
from planner import study as studies
from planner.circle import Circle
from planner.coverage import Coverage
from planner.measure import project
from planner.network import Network
from planner.places import Anchors
from planner.route import Route
from planner.sources import sample_district
from planner.streets import streets
from planner.study import Findings
from tests.laws.drafts import Draft, Point, drafts, places, study_of
from tests.towns import WALKER, ways

CARE = Circle(name="care", service="care", limit=15, profile=WALKER.name)
BY_LENGTH = replace(CARE, name="care_1000m", limit=1000, limit_unit="metres")


@cache
def findings() -> Findings:
    return studies.run(replace(sample_district(), siting=()))


def length_m(network: Network, line: shapely.LineString) -> float:
    x, y = project(network.crs, *shapely.get_coordinates(line).T)
    return float(np.hypot(np.diff(x), np.diff(y)).sum())


def misfits(network: Network, found: Coverage, homes: Anchors, doors: Anchors, routes: list[Route]) -> list[str]:
    """Return what is wrong with the routes of one circle."""
    wrong = []
    drawn = {one.community: one for one in routes if one.circle == found.circle.name}
    for i in range(len(found.nearest)):
        if (found.nearest[i] >= 0) != (i in drawn):
            wrong.append(f"community {i}: nearest {found.nearest[i]}, route {i in drawn}")
        if i not in drawn:
            continue
        one = drawn[i]
        if one.facility != found.nearest[i]:
            wrong.append(f"community {i}: the route leads to {one.facility}, not {found.nearest[i]}")
        here, there = shapely.get_coordinates(one.line)[[0, -1]]
        ends = (homes.lon[i], homes.lat[i]), (doors.lon[one.facility], doors.lat[one.facility])
        if not np.allclose((here, there), ends, atol=2e-7, rtol=0):  # 2 cm: both are rounded to 7 decimals
            wrong.append(f"community {i}: ends {here}, {there} aren't the anchors {ends}")
        whole_m = length_m(network, one.line) + homes.access_m[i] + doors.access_m[one.facility]
        corners = len(shapely.get_coordinates(one.line))
        # Corners are rounded to 7 decimals (1 cm), edges and legs to 1 mm.
        if abs(whole_m - found.metres[i]) > 0.011 * corners + 0.002:
            wrong.append(f"community {i}: the route is {whole_m:.3f} m long, not {found.metres[i]:.3f} m")
    return wrong


@pytest.mark.parametrize("name", [circle.name for circle in sample_district().circles])
def test_every_route_of_the_sample_district_is_as_long_as_coverage_says(name: str) -> None:
    done = findings()
    found = next(one for one in done.coverages if one.circle.name == name)
    anchors = done.anchors[found.circle.profile]
    assert (found.nearest >= 0).sum() > 50
    assert misfits(done.network, found, anchors["communities"], anchors["facilities"], list(done.routes)) == []


def test_routes_of_the_sample_district_follow_streets() -> None:
    done = findings()
    corners = np.column_stack([done.network.point_lon, done.network.point_lat])
    streets = shapely.union_all(
        [
            shapely.LineString(corners[done.network.line[a:b]])
            for a, b in zip(done.network.line_start[:-1], done.network.line_start[1:], strict=True)
        ]
    )
    beside = shapely.buffer(streets, 3e-7)
    assert all(shapely.covers(beside, one.line) for one in done.routes)


@pytest.mark.parametrize("circle", [CARE, BY_LENGTH], ids=["minutes", "metres"])
@given(draft=drafts(spots=6), doors=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_every_route_of_a_random_town_is_as_long_as_coverage_says(circle: Circle, draft: Draft, doors: int) -> None:
    homes, shops = list(draft.spots), list(draft.spots[:doors])
    done = little(draft.ways(), homes, shops, circle)
    anchors = done.anchors[WALKER.name]
    assert misfits(done.network, done.coverages[0], anchors["communities"], anchors["facilities"],
                   list(done.routes)) == []  # fmt: skip


def little(drawn: object, homes: list[Point], shops: list[Point], circle: Circle) -> Findings:
    doors = places("facilities", shops, service=[("care",)] * len(shops))
    doors = replace(doors, ids=doors.ids[::-1])  # the last of the table is the first by id
    small = study_of(drawn, places("communities", homes), doors, places("candidates", []), circle,
                     max_access_m=10_000.0)  # fmt: skip
    return studies.run(small)


def corners_m(done: Findings, which: int = 0) -> list[tuple[float, float]]:
    """Return the corners of a route in whole metres from the network's south-west corner."""
    network = done.network
    x, y = project(network.crs, *shapely.get_coordinates(done.routes[which].line).T)
    return [(round(a - network.point_x.min()), round(b - network.point_y.min())) for a, b in zip(x, y, strict=True)]


def test_two_facilities_on_one_spot_leave_nobody_without_a_route() -> None:
    """Coverage takes the first by id, whichever stands first in the table."""
    drawn = ways([(0, 0), (500, 0), (0, 300)], [((0, 1), {}), ((0, 2), {})])
    for ids in (["a", "b"], ["b", "a"]):
        doors = places("facilities", [(400, 0), (400, 0)], service=[("care",)] * 2)
        doors = replace(doors, ids=np.array(ids, dtype=object))
        homes = places("communities", [(100, 0), (400, 0), (0, 100)])
        done = studies.run(study_of(drawn, homes, doors, places("candidates", []), CARE))
        first = ids.index("a")
        assert done.coverages[0].nearest.tolist() == [first] * 3
        assert [(one.community, one.facility) for one in done.routes] == [(0, first), (1, first), (2, first)]


def test_two_facilities_as_far_leave_nobody_without_a_route() -> None:
    drawn = ways([(0, 0), (200, 0), (400, 0), (200, 100)], [((0, 1, 2), {}), ((1, 3), {})])
    for ids in (["a", "b"], ["b", "a"]):
        doors = places("facilities", [(0, 0), (400, 0)], service=[("care",)] * 2)
        doors = replace(doors, ids=np.array(ids, dtype=object))
        done = studies.run(study_of(drawn, places("communities", [(200, 80)]), doors, places("candidates", []), CARE))
        assert [one.facility for one in done.routes] == [ids.index("a")]


def test_a_route_along_a_one_way_loop_goes_the_allowed_way_round() -> None:
    drawn = ways(
        [(100, 0), (200, 0), (200, 100), (100, 100), (0, 0)], [((0, 1, 2, 3, 0), {"oneway:foot": "yes"}), ((0, 4), {})]
    )
    done = little(drawn, [(150, 0)], [(0, 0)], CARE)
    assert done.coverages[0].metres[0] == pytest.approx(450.0, abs=0.01)
    assert corners_m(done) == [(150, 0), (200, 0), (200, 100), (100, 100), (100, 0), (0, 0)]


def test_a_route_to_a_door_on_a_one_way_loop_goes_the_allowed_way_round() -> None:
    drawn = ways(
        [(100, 0), (200, 0), (200, 100), (100, 100), (0, 0)], [((0, 1, 2, 3, 0), {"oneway:foot": "yes"}), ((0, 4), {})]
    )
    done = little(drawn, [(0, 0)], [(100, 50)], CARE)
    assert done.coverages[0].metres[0] == pytest.approx(450.0, abs=0.01)
    assert corners_m(done) == [(0, 0), (100, 0), (200, 0), (200, 100), (100, 100), (100, 50)]


def test_a_route_on_one_street_runs_along_it() -> None:
    drawn = ways([(0, 0), (300, 0), (300, 100)], [((0, 1, 2), {})])
    assert corners_m(little(drawn, [(100, 0)], [(300, 50)], CARE)) == [(100, 0), (300, 0), (300, 50)]
    assert corners_m(little(drawn, [(300, 50)], [(100, 0)], CARE)) == [(300, 50), (300, 0), (100, 0)]
    assert corners_m(little(drawn, [(100, 0)], [(100, 0)], CARE)) == [(100, 0), (100, 0)]
    assert corners_m(little(drawn, [(4, 0)], [(8, 0)], CARE)) == [(4, 0), (8, 0)]  # not by the crossing close by


def test_a_route_leaves_its_own_street_where_that_is_quicker() -> None:
    """From end to end of a street bent like a horseshoe, the straight lane between its ends is quicker."""
    drawn = ways([(0, 0), (0, 300), (100, 300), (100, 0)], [((0, 1, 2, 3), {}), ((0, 3), {})])
    done = little(drawn, [(0, 20)], [(100, 20)], CARE)
    assert corners_m(done) == [(0, 20), (0, 0), (100, 0), (100, 20)]


def test_a_straight_circle_has_no_routes() -> None:
    straight = replace(BY_LENGTH, measure="straight")
    assert little(ways([(0, 0), (300, 0)], [((0, 1), {})]), [(0, 0)], [(300, 0)], straight).routes == ()


def test_no_route_where_none_was_chosen() -> None:
    done = little(ways([(0, 0), (300, 0)], [((0, 1), {})]), [(0, 0), (10, 0)], [(300, 0)], CARE)
    anchors = done.anchors[WALKER.name]
    way = streets(done.network, done.weights[WALKER.name])
    spread = spreading.spread(way, anchors["facilities"])
    lines = route.trace(spread, anchors["communities"], anchors["facilities"], chosen=np.array([-1, 0]))
    assert lines[0] is None
    assert lines[1] is not None
