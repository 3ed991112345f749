"""Laws of coverage: what is conserved, what a new facility may change, and what the border and the null rules say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from planner import network as streets_of
from planner.circle import Circle
from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED, Coverage, assess, differences, present, qualifying
from planner.measure import unproject
from planner.network import Network, Ways, build
from planner.places import Places, anchor
from planner.profile import weigh
from planner.schema import Filter
from planner.sources import sample_district
from planner.streets import streets
from planner.study import Study
from tests.laws.drafts import Draft, drafts, objects, places
from tests.towns import WALKER, ways

CIRCLES = (
    Circle(name="minutes", service="care", limit=3),
    Circle(name="metres", service="care", limit=180, limit_unit="metres"),
    Circle(name="straight", service="care", limit=150, limit_unit="metres", measure="straight"),
    Circle(name="straight_minutes", service="care", limit=2.5, measure="straight"),
)
counts = st.one_of(st.integers(0, 5000), st.none())


def cover(
    circle: Circle,
    drawn: Ways,
    communities: Places,
    facilities: Places,
    *,
    max_access_m: float = 60.0,
    year: int | None = None,
    areas: Places | None = None,
) -> Coverage:
    network = build(drawn, tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    homes, doors = (
        anchor(network, weights, table.lon, table.lat, max_access_m=max_access_m) for table in (communities, facilities)
    )
    way = streets(network, weights, by="time" if circle.by_time else "length")
    return assess(circle, way, communities, facilities, homes=homes, doors=doors, year=year, areas=areas)


def carers(points: Sequence[tuple[float, float]], **columns: Sequence[object]) -> Places:
    return places("facilities", points, service=[("care",)] * len(points), **columns)


def unknown_as_nan(people: Sequence[int | None]) -> list[float]:
    return [np.nan if count is None else float(count) for count in people]


def same(one: Coverage, other: Coverage) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "status")
        for name in ("status", "minutes", "metres", "nearest", "backup", "backup_minutes", "backup_metres")
    ) and (one.communities, one.people, one.straight_line) == (other.communities, other.people, other.straight_line)


@pytest.mark.parametrize("circle", CIRCLES, ids=lambda circle: circle.name)
@given(draft=drafts(spots=8), people=st.lists(counts, min_size=8, max_size=8), doors=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_covered_uncovered_and_not_assessed_are_all(
    circle: Circle, draft: Draft, people: list[int | None], doors: int
) -> None:
    known = people[: len(draft.spots)]
    homes = places("communities", draft.spots, population=unknown_as_nan(known))
    found = cover(circle, draft.ways(), homes, carers(draft.spots[:doors]))
    parts = {
        status: [count for count, is_so in zip(known, found.status == status, strict=True) if is_so]
        for status in (COVERED, UNCOVERED, NOT_ASSESSED)
    }
    tally = found.communities
    assert (tally.covered, tally.uncovered, tally.not_assessed) == tuple(len(one) for one in parts.values())
    assert tally.covered + tally.uncovered + tally.not_assessed == tally.total == len(draft.spots)
    assert found.people is not None
    tally = found.people
    sums = tuple(sum(count or 0 for count in one) for one in parts.values())
    assert (tally.covered, tally.uncovered, tally.not_assessed) == sums
    assert all(type(count) is int for count in (tally.total, tally.covered, tally.uncovered, tally.not_assessed))
    assert tally.total == sum(sums)
    assert tally.unknown_communities == known.count(None)
    assert tally.share == (tally.covered / tally.total if tally.total else None)
    if circle.measure == "straight":
        assert not parts[NOT_ASSESSED]
    if doors == 0:
        assert not parts[COVERED]
        assert np.isnan(found.minutes).all()
        assert (found.nearest == -1).all()


@pytest.mark.parametrize("circle", CIRCLES, ids=lambda circle: circle.name)
@given(draft=drafts(spots=8), doors=st.integers(1, 4), new=st.tuples(st.integers(0, 400), st.integers(0, 400)))
@settings(max_examples=20, deadline=None)
def test_a_new_facility_never_uncovers_anyone(circle: Circle, draft: Draft, doors: int, new: tuple[int, int]) -> None:
    homes = places("communities", draft.spots)
    before = cover(circle, draft.ways(), homes, carers(draft.spots[:doors]))
    after = cover(circle, draft.ways(), homes, carers([*draft.spots[:doors], new]))
    assert (after.status[before.status == COVERED] == COVERED).all()
    assert np.array_equal(after.status == NOT_ASSESSED, before.status == NOT_ASSESSED)
    had = before.nearest >= 0
    decides = "minutes" if circle.limit_unit == "minutes" else "metres"
    assert (getattr(after, decides)[had] <= getattr(before, decides)[had]).all()
    assert (after.nearest[had] >= 0).all()
    assert after.straight_line.communities_covered >= before.straight_line.communities_covered


NOT_COUNTING = {
    "closed": {"status": "closed"},
    "planned": {"status": "planned"},
    "of a later year": {"year": 2026.0},
    "of another service": {"service": ("meals", "clinic")},
    "of no service": {"service": None},
    "too small": {"floor_area_m2": 349.9},
    "of unknown size": {"floor_area_m2": np.nan},
}


@pytest.mark.parametrize("why", NOT_COUNTING)
@given(draft=drafts(spots=8), new=st.tuples(st.integers(0, 400), st.integers(0, 400)))
@settings(max_examples=6, deadline=None)
def test_a_facility_that_does_not_count_changes_nothing(why: str, draft: Draft, new: tuple[int, int]) -> None:
    circle = replace(CIRCLES[0], where=Filter("floor_area_m2", ">=", 350))
    spots = [*draft.spots, new]
    columns: dict[str, list[object]] = {
        "service": [("meals", "care")] * len(spots),
        "status": ["open", None, *["open"] * len(spots)][: len(spots)],
        "year": [2025.0, np.nan, *[1999.0] * len(spots)][: len(spots)],
        "floor_area_m2": [350.0] * len(spots),
    }
    for name, cell in NOT_COUNTING[why].items():
        columns[name][-1] = cell
    doors = places("facilities", spots, **columns)
    homes = places("communities", draft.spots, population=[10.0] * len(draft.spots))
    assert qualifying(circle, doors, year=2025).tolist() == list(range(len(draft.spots)))
    with_it = cover(circle, draft.ways(), homes, doors, year=2025)
    without = cover(circle, draft.ways(), homes, doors.take(np.arange(len(draft.spots))), year=2025)
    assert same(with_it, without)


def test_a_year_that_is_not_known_keeps_everything() -> None:
    doors = carers([(0, 0), (0, 0)], year=[2030, np.nan])
    assert qualifying(CIRCLES[0], doors, year=None).tolist() == [0, 1]
    assert qualifying(CIRCLES[0], doors, year=2030).tolist() == [0, 1]
    assert qualifying(CIRCLES[0], doors, year=2029).tolist() == [1]


@pytest.mark.parametrize(("extra_m", "status"), [(-0.1, COVERED), (0.0, COVERED), (0.1, UNCOVERED)])
@pytest.mark.parametrize(
    "circle",
    [
        Circle(name="minutes", service="care", limit=15),
        Circle(name="metres", service="care", limit=900, limit_unit="metres"),
    ],
    ids=lambda circle: circle.name,
)
def test_a_tie_at_the_limit_is_within(circle: Circle, extra_m: float, status: str) -> None:
    """860 m of street and two legs of 20 m: exactly 9,000 ds and 900,000 mm; 1 ds or 0.1 m more is uncovered."""
    drawn = street_of(860.0 + extra_m)
    network = build(drawn, tag_keys=WALKER.tag_keys)
    home, door = (
        placed(role, network, float(network.point_x[network.line[0]]) + 20.0, float(network.point_y[network.line[end]]))
        for role, end in (("communities", 0), ("facilities", 1))
    )
    found = cover(circle, drawn, home, door)
    assert found.status.tolist() == [status]
    assert found.minutes.tolist() == [round(9000 + 10 * extra_m) / 600.0]
    assert found.metres.tolist() == [900.0 + extra_m]


def street_of(length_m: float) -> Ways:
    """Return one street northward whose length in the metric CRS is as given, to the millimetre."""
    drawn = ways([(0, 0), (0, length_m)], [((0, 1), {})])
    short_mm = round(length_m * 1000) - int(build(drawn, tag_keys=WALKER.tag_keys).length_mm[0])
    exact = ways([(0, 0), (0, length_m + short_mm / 1000.0)], [((0, 1), {})])
    assert build(exact, tag_keys=WALKER.tag_keys).length_mm.tolist() == [round(length_m * 1000)]
    return exact


def placed(role: str, network: Network, x: float, y: float) -> Places:
    """Return one place at a point of the network's metric CRS."""
    lon, lat = unproject(network.crs, [x], [y])
    return replace(places(role, [(0, 0)], service=[("care",)]), lon=lon, lat=lat)


@pytest.mark.parametrize(("far_m", "status"), [(1000.0, COVERED), (1000.001, UNCOVERED)])
def test_a_straight_circle_measures_between_the_points(far_m: float, status: str) -> None:
    """No anchor, no access leg: both points stand 500 m from the only street, and are assessed."""
    circle = Circle(name="straight", service="care", limit=1000, limit_unit="metres", measure="straight")
    drawn = ways([(0, 0), (100, 0)], [((0, 1), {})])
    network = build(drawn, tag_keys=WALKER.tag_keys)
    home, door = placed("communities", network, 0.0, 500.0), placed("facilities", network, far_m, 500.0)
    found = cover(circle, drawn, home, door)
    assert found.status.tolist() == [status]
    assert found.metres.tolist() == [far_m]
    assert found.minutes.tolist() == pytest.approx([far_m / 60.0])
    assert found.people is None
    assert not found.near_border.any()


@pytest.mark.parametrize("circle", CIRCLES, ids=lambda circle: circle.name)
@given(draft=drafts(spots=8), doors=st.integers(0, 4))
@settings(max_examples=15, deadline=None)
def test_the_straight_line_comparison_agrees_with_brute_force(circle: Circle, draft: Draft, doors: int) -> None:
    people = [float(100 + 7 * i) for i in range(len(draft.spots))]
    people[0] = np.nan
    homes = places("communities", draft.spots, population=people)
    facilities = carers(draft.spots[:doors])
    found = cover(circle, draft.ways(), homes, facilities)
    radius_m = circle.limit * 60.0 * WALKER.speed_m_s if circle.limit_unit == "minutes" else circle.limit
    assert found.straight_line.radius_m == radius_m
    network = build(draft.ways(), tag_keys=WALKER.tag_keys)
    to_metres = Transformer.from_crs("EPSG:4326", network.crs, always_xy=True)
    shops = [shapely.Point(to_metres.transform(*one)) for one in zip(facilities.lon, facilities.lat, strict=True)]
    drawn = [
        any(round(shapely.Point(to_metres.transform(*one)).distance(shop), 3) <= radius_m for shop in shops)
        for one in zip(homes.lon, homes.lat, strict=True)
    ]
    assert found.straight_line.communities_covered == sum(drawn)
    assert found.straight_line.people_covered == sum(
        int(count) for count, is_in in zip(people, drawn, strict=True) if is_in and not np.isnan(count)
    )
    if circle.measure == "straight":
        assert (found.status == COVERED).tolist() == drawn


# --- unknown demand ---------------------------------------------------------------------------------------------


def test_a_blank_is_unknown_never_nought() -> None:
    drawn = ways([(0, 0), (1000, 0)], [((0, 1), {})])
    homes = places("communities", [(0, 0), (10, 0), (990, 0), (1000, 0), (500, 300)],
                   population=[100, np.nan, 30, 0, np.nan])  # fmt: skip
    found = cover(CIRCLES[0], drawn, homes, carers([(0, 0)]))
    assert found.status.tolist() == [COVERED, COVERED, UNCOVERED, UNCOVERED, NOT_ASSESSED]
    people = found.people
    assert people is not None
    assert (people.total, people.covered, people.uncovered, people.not_assessed) == (130, 100, 30, 0)
    assert people.unknown_communities == 2
    assert people.share == people.share_assessed == 100 / 130
    assert found.communities.share == 2 / 5
    assert found.communities.share_assessed == 2 / 4
    assert cover(CIRCLES[0], drawn, places("communities", [(0, 0)]), carers([(0, 0)])).people is None
    nobody = cover(CIRCLES[0], drawn, places("communities", [(0, 0)], population=[0]), carers([(0, 0)])).people
    assert nobody is not None
    assert (nobody.total, nobody.share, nobody.share_assessed) == (0, None, None)


# --- backup -----------------------------------------------------------------------------------------------------


def test_the_backup_stands_on_another_site_and_ties_break_by_id() -> None:
    drawn = ways([(0, 0), (1000, 0)], [((0, 1), {})])
    home = places("communities", [(500, 0)])
    doors = carers([(400, 0), (400.9, 0), (600, 0), (398.9, 0)])
    found = cover(CIRCLES[0], drawn, home, doors)
    assert (found.nearest[0], found.backup[0]) == (1, 2)  # 99.1 m; 0 stands on its site, 2 is 100 m away
    assert found.backup_metres[0] == pytest.approx(100.0, abs=0.01)
    two = replace(doors.take(np.array([0, 2])), ids=np.array(["f10", "f9"], dtype=object))
    found = cover(CIRCLES[0], drawn, home, two)
    assert (found.nearest[0], found.backup[0]) == (0, 1)  # 'f10' goes before 'f9'
    found = cover(CIRCLES[0], drawn, home, replace(two, ids=two.ids[::-1]))
    assert (found.nearest[0], found.backup[0]) == (1, 0)
    straight = replace(CIRCLES[2], limit=100)
    assert cover(straight, drawn, home, replace(two, ids=two.ids[::-1])).nearest[0] == 1
    alone = cover(CIRCLES[0], drawn, home, doors.take(np.array([0, 1])))
    assert (alone.backup[0], np.isnan(alone.backup_minutes[0])) == (-1, True)


# --- present ----------------------------------------------------------------------------------------------------

SQUARES = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), None]


def homes_of(*polygons: object) -> Places:
    found = places("communities", [(0, 0)] * len(polygons))
    return replace(found, polygon=objects(polygons))


def door_at(lon: float, lat: float, community_id: str | None = None) -> Places:
    found = carers([(0, 0)], community_id=[community_id])
    return replace(found, lon=np.array([lon]), lat=np.array([lat]))


def areas_of(level: str, ids: list[str], polygons: list[object]) -> Places:
    found = places("areas", [(0, 0)] * len(ids), level=[level] * len(ids))
    return replace(found, ids=objects(ids), polygon=objects(polygons))


@pytest.mark.parametrize(
    ("door", "polygons", "expected"),
    [
        (door_at(0.5, 0.5), SQUARES[:2], [True, False]),
        (door_at(0.5, 0.5, "c1"), SQUARES[:2], [False, True]),  # the table's word goes before the polygon
        (door_at(0.5, 0.5, " "), SQUARES[:2], [True, False]),  # blank is blank
        (door_at(5.0, 5.0), SQUARES[:2], [False, False]),  # in nobody's polygon
        (door_at(5.0, 5.0), SQUARES, [False, False, None]),  # it may stand in the one without a polygon
        (door_at(0.5, 0.5), SQUARES, [True, False, False]),
        (door_at(5.0, 5.0, "elsewhere"), SQUARES, [False, False, False]),
        (door_at(0.5, 0.5), [None, None], [None, None]),
        (door_at(0.5, 0.5, "c0"), [None, None], [True, False]),
    ],
)
def test_present_is_told_by_id_then_polygon_never_by_distance(
    door: Places, polygons: list[object], expected: list[bool | None]
) -> None:
    assert present(homes_of(*polygons), door).tolist() == expected


def test_present_without_polygons_or_facilities() -> None:
    homes = places("communities", [(0, 0), (10, 0)])
    assert present(homes, door_at(0.0, 0.0)).tolist() == [None, None]  # though they stand on one spot
    assert present(homes, door_at(0.0, 0.0, "c1")).tolist() == [False, True]
    assert present(homes, door_at(0.0, 0.0).take(np.empty(0, np.int64))).tolist() == [False, False]


def test_an_areas_polygon_stands_in_for_a_communitys_own() -> None:
    homes = homes_of(None, SQUARES[1])
    areas = areas_of("community", ["c0", "c1"], [SQUARES[0], shapely.box(50, 50, 51, 51)])
    assert present(homes, door_at(0.5, 0.5), areas=areas).tolist() == [True, False]
    assert present(homes, door_at(1.5, 0.5), areas=areas).tolist() == [False, True]  # its own goes first
    street = areas_of("street", ["c0"], [SQUARES[0]])
    assert present(homes, door_at(0.5, 0.5), areas=street).tolist() == [None, False]


def test_differences_list_where_inside_and_within_reach_disagree() -> None:
    drawn = ways([(0, 0), (1000, 0)], [((0, 1), {})])
    homes = places("communities", [(0, 0), (10, 0), (990, 0), (500, 300)])
    found = cover(CIRCLES[0], drawn, homes, carers([(0, 0)], community_id=["c2"]))
    rows = {row.area_id: (row.present, row.reachable) for row in differences(found, homes)}
    assert rows == {"c0": (False, True), "c1": (False, True), "c2": (True, False), "c3": (False, None)}


# --- the border of the extract ----------------------------------------------------------------------------------


@cache
def district() -> Study:
    return sample_district()


def cut_at(drawn: Ways, lon: float) -> Ways:
    """Return what an extract west of ``lon`` would hold: ways broken where they leave, their last nodes marked."""
    inside = drawn.lon <= lon
    ref, start, kept, border = [], [0], [], drawn.border & inside
    for i in range(len(drawn.way_id)):
        run: list[int] = []
        whole = drawn.ref[drawn.start[i] : drawn.start[i + 1]].tolist()
        for at, node in enumerate([*whole, -1]):
            if node >= 0 and inside[node]:
                if not run and at > 0:
                    border[node] = True
                run.append(node)
                continue
            if run:
                border[run[-1]] |= node >= 0
                ref += run
                start.append(len(ref))
                kept.append(i)
            run = []
    return replace(
        drawn, border=border, ref=np.array(ref), start=np.array(start), way_id=drawn.way_id[kept],
        tags={key: cells[kept] for key, cells in drawn.tags.items()}, two_way=drawn.two_way[kept],
    )  # fmt: skip


@pytest.mark.parametrize("share", [0.25, 0.4, 0.7])
def test_a_cut_through_the_district_is_told_wherever_it_matters(share: float) -> None:
    """Whoever is judged otherwise than on the whole network is uncovered near the border of the cut one."""
    study = district()
    west, east = np.quantile(study.ways.lon, [0.0, 1.0])
    lon = float(west + share * (east - west))
    keys = sorted({key for profile in study.profiles.values() for key in profile.tag_keys})
    whole, part = (streets_of.build(drawn, tag_keys=keys) for drawn in (study.ways, cut_at(study.ways, lon)))
    changed = 0
    for circle in study.circles:
        seen = [(network, weigh(network, study.profiles[circle.profile])) for network in (whole, part)]
        homes = [anchor(*one, study.communities.lon, study.communities.lat) for one in seen]
        doors = [anchor(*one, study.facilities.lon, study.facilities.lat) for one in seen]
        # A place whose own street was cut away stands elsewhere now: that is the anchors' affair, not the border's.
        held, door_held = (
            (table.lon <= lon) & np.isclose(one.lon, other.lon, atol=3e-7) & np.isclose(one.lat, other.lat, atol=3e-7)
            for table, (one, other) in ((study.communities, homes), (study.facilities, doors))
        )
        beyond = study.facilities.lon > lon
        full, less = (
            assess(
                circle,
                streets(network, weights, by="time" if circle.by_time else "length"),
                study.communities,
                study.facilities.take(kept),
                homes=homes[i],
                doors=doors[i].take(kept),
                year=study.year,
            )
            for i, ((network, weights), kept) in enumerate(zip(seen, (door_held | beyond, door_held), strict=True))
        )
        other = held & (full.status != less.status)
        changed += int(other.sum())
        assert (less.status[other] == UNCOVERED).all()
        assert less.near_border[other].all()
        assert not less.near_border[less.status != UNCOVERED].any()
    assert changed > 0  # else the cut proves nothing


def test_near_border_is_within_the_limit_and_not_beyond() -> None:
    """A street that leaves the extract 170 m on: 3 minutes reach its end from 10 m before, not from 20 m behind."""
    drawn = ways([(0, 0), (1000, 0)], [((0, 1), {})], border=[1])
    homes = places("communities", [(820, 0), (819.8, 0), (990, 0)])
    found = cover(CIRCLES[0], drawn, homes, carers([(0, 0)]))
    assert found.near_border.tolist() == [True, False, True]
    assert (found.status == UNCOVERED).all()
    nothing = cover(CIRCLES[0], replace(drawn, border=np.zeros(2, dtype=bool)), homes, carers([(0, 0)]))
    assert not nothing.near_border.any()
    covered = cover(CIRCLES[0], drawn, homes, carers([(1000, 0)]))
    assert not covered.near_border[covered.status == COVERED].any()


def test_a_border_at_the_end_of_a_private_lane_counts() -> None:
    points = [(0, 0), (100, 0), (150, 0)]
    drawn = ways(points, [((0, 1), {}), ((1, 2), {"access": "private"})], border=[2])
    found = cover(CIRCLES[0], drawn, places("communities", [(50, 0), (120, 0)]), carers([]))
    assert found.near_border.tolist() == [True, True]
