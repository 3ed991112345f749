"""Isochrones: the land beside streets that are within reach, no more and no less."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import contour, isochrone, reach
from planner import study as studies
from planner.circle import Circle
from planner.errors import InputError
from planner.measure import UNREACHED, project, shapes_in_metres
from planner.network import Network
from planner.places import Anchors, lines
from planner.report import changes_json
from planner.sources import sample_district
from planner.streets import Criterion, Streets, streets
from planner.study import Findings, Study, run
from tests.laws.drafts import Draft, Point, drafts
from tests.towns import DEGREE_M, anchors_at, on_streets, town

STRAY_M = contour.BUFFER_M + contour.STRAY * contour.FINE_CELL_M
NAMES = [circle.name for circle in sample_district().circles]


@cache
def findings() -> Findings:
    return studies.run(replace(sample_district(), siting=()))


def in_metres(network: Network, shape: object) -> shapely.Geometry:
    return shapes_in_metres(network.crs, shape)


def cost_to(way: Streets, points: Anchors, doors: Anchors) -> np.ndarray:
    """Return what each point is away from the nearest door, in the streets' quanta."""
    nothing = np.zeros(len(doors.edge), np.int64)
    found = reach.nearest(way, points, doors, rank=np.arange(len(doors.edge)), site=nothing)
    return (found.time_ds if way.by == "time" else found.length_mm)[:, 0]


def lines_within(way: Streets, doors: Anchors, limit: int, *, inward: bool) -> shapely.MultiLineString:
    """Return the streets within a limit of the nearest door, in metres."""
    ((found,),) = isochrone.around(way, doors, limits=[limit], inward=inward, product="lines", merge="all")
    return in_metres(way.network, found)


def searched(name: str) -> tuple[Streets, Anchors, list[isochrone.Band]]:
    done = findings()
    found = next(one for one in done.coverages if one.circle.name == name)
    profile = found.circle.profile
    way = streets(done.network, done.weights[profile], by="time" if found.circle.by_time else "length")
    doors = done.anchors[profile]["facilities"].take(found.facilities)
    return way, doors, [band for band in done.bands if band.circle == name]


def nested(nearer: shapely.MultiPolygon, wider: shapely.MultiPolygon) -> bool:
    """Whether no corner sticks out by more than the rounding of corners, 0.2 m."""
    return nearer.is_empty or bool(shapely.covers(shapely.buffer(wider, 2e-6), nearer))


@pytest.mark.parametrize("name", NAMES)
def test_bands_are_valid_and_nested(name: str) -> None:
    circle = next(one.circle for one in findings().coverages if one.circle.name == name)
    _, _, bands = searched(name)
    assert [band.limit for band in bands] == pytest.approx([circle.limit, circle.limit * 2 / 3, circle.limit / 3])
    assert {band.limit_unit for band in bands} == {circle.limit_unit}
    for band in bands:
        assert band.polygon.geom_type == "MultiPolygon"
        assert band.polygon.is_valid
        assert not band.polygon.is_empty
    for wider, nearer in itertools.pairwise(bands):
        assert nested(nearer.polygon, wider.polygon)


@pytest.mark.parametrize("name", NAMES)
def test_a_point_of_the_land_is_beside_a_street_within_the_limit(name: str) -> None:
    """From any point drawn, 31.2 m at most lead straight to a street point that is within the limit by itself."""
    way, doors, bands = searched(name)
    network = way.network
    usable = np.flatnonzero(way.weights.usable)
    tree = shapely.STRtree(lines(network, usable))
    per_m = 1000.0 if way.by == "length" else 10.0 / way.weights.profile.speed_m_s
    rng = np.random.default_rng(5)
    for band in bands:
        land = in_metres(network, band.polygon)
        west, south, east, north = land.bounds
        spots = shapely.points(rng.uniform((west, south), (east, north), (1500, 2)))
        spots = spots[shapely.contains(land, spots)][:40]
        assert len(spots) > 5
        who, which = tree.query(spots, predicate="dwithin", distance=STRAY_M)
        assert set(who) == set(range(len(spots)))
        rows = []
        for spot, edge in zip(who, usable[which], strict=True):
            line = lines(network, np.array([edge]))[0]
            metres = np.append(np.arange(0.0, line.length, 1.0), line.length)
            near = shapely.distance(shapely.line_interpolate_point(line, metres), spots[spot]) <= STRAY_M + 0.5
            rows += [(spot, edge, at) for at in (metres[near] / max(line.length, 1e-9)).tolist()]
        spot, edge, at = zip(*rows, strict=True)
        cost = cost_to(way, on_streets(edge, np.minimum(at, 1.0)), doors)
        least = np.full(len(spots), UNREACHED)
        np.minimum.at(least, np.array(spot), cost)
        circle_limit = band.limit * (600.0 if way.by == "time" else 1000.0)
        assert (least <= circle_limit + per_m + 2).all()  # street points are tried a metre apart


@pytest.mark.parametrize("name", NAMES)
def test_a_street_within_the_limit_is_in_the_land_and_one_beyond_is_not_its_middle(name: str) -> None:
    way, doors, bands = searched(name)
    network = way.network
    rng = np.random.default_rng(11)
    edge = rng.choice(np.flatnonzero(way.weights.usable), 600)
    at = rng.uniform(0.0, 1.0, len(edge))
    cost = cost_to(way, on_streets(edge, at), doors)
    spots = shapely.line_interpolate_point(lines(network, edge), at, normalized=True)
    for band in bands:
        land = in_metres(network, band.polygon)
        limit = band.limit * (600.0 if way.by == "time" else 1000.0)
        inside = shapely.contains(land, spots)
        assert inside[cost <= limit].all()
        assert (cost <= limit).sum() > 10


@pytest.mark.parametrize("inward", [True, False])
@given(draft=drafts(kinds=("plain", "plain", "private", "oneway", "-1", "motorway")), limit=st.integers(0, 6000),
       data=st.data())  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_streets_are_cut_exactly_at_the_limit(inward: bool, draft: Draft, limit: int, data: st.DataObject) -> None:
    network, weights = draft.town()
    way, doors = streets(network, weights), anchors_at(network, weights, draft.spots)
    drawn = lines_within(way, doors, limit, inward=inward)

    usable = np.flatnonzero(weights.usable & (network.length_mm > 0))
    edge = np.repeat(usable, 4)
    share = st.floats(0.01, 0.99)
    at = np.array(data.draw(st.lists(share, min_size=len(edge), max_size=len(edge))))
    points = on_streets(edge, at)
    if inward:
        cost = cost_to(way, points, doors)
    else:
        found = reach.compute(way, doors, points, limit=int(UNREACHED) - 1)
        cost = np.full(len(edge), UNREACHED)
        np.minimum.at(cost, found.target, found.time_ds)
    spot = shapely.line_interpolate_point(lines(network, edge), at, normalized=True)
    away_m = shapely.distance(drawn, spot) if not drawn.is_empty else np.full(len(edge), np.inf)
    # 3 ds: a part is cut where the unrounded time runs out, a cost is rounded at either end. A door whose access leg
    # takes all of the limit leads to a point, which isn't drawn.
    leg_ds = doors.access_m / weights.profile.access_speed_m_s * 10.0
    spent = doors.ok & (np.abs(leg_ds - limit) < 1.0)
    doorstep = shapely.line_interpolate_point(lines(network, doors.edge[spent]), doors.fraction[spent], normalized=True)
    away_there_m = shapely.distance(shapely.multipoints(doorstep), spot) if spent.any() else np.inf
    near_m = np.minimum(away_m, away_there_m)
    assert (near_m[cost <= limit] <= 0.3).all()
    # Where streets cross or lie on each other, the other one may be drawn.
    lone = np.array([(shapely.distance(lines(network, usable), one) < 5.0).sum() == 1 for one in spot], dtype=bool)
    assert (away_m[lone & (cost > limit + 3)] > 0.0).all()


def reached_m(spots: Sequence[Point], limit_s: float, *drawn: object, inward: bool = True) -> float:
    network, weights = town(*drawn)
    way, doors = streets(network, weights), anchors_at(network, weights, spots)
    found = lines_within(way, doors, int(limit_s * 10), inward=inward)
    assert found.length == pytest.approx(shapely.union_all(shapely.get_parts(found)).length)  # no part is there twice
    return round(float(found.length), 1)


CROSS = [(0, 0), (1000, 0), (500, 0), (500, 100)]


@pytest.mark.parametrize(
    ("limit_s", "expected"),
    [
        (10, 0.0),  # the access leg takes 20 s
        (20, 0.0),  # and leads to one point
        (21, 2.0),
        (120, 200.0),
        (150, 130 + 130 + 30),  # west, east and north
        (300, 280 + 280 + 100),
        (500, 400 + 480 + 100),
        (2000, 1100.0),
    ],
)
def test_the_length_of_the_reached_streets_by_hand(limit_s: float, expected: float) -> None:
    """A door 20 m off a street of 1 km, 400 m from its western end; 100 m on, a lane of 100 m leads north."""
    streets = [((0, 2, 1), {}), ((2, 3), {})]
    assert reached_m([(400, 20)], limit_s, CROSS, streets) == pytest.approx(expected, abs=0.2)


def test_one_way_streets_are_reached_from_the_side_that_leads_to_the_door() -> None:
    one_way = [((0, 2, 1), {"oneway:foot": "yes"})]
    assert reached_m([(400, 0)], 100, CROSS, one_way) == 100.0  # from the west
    assert reached_m([(400, 0)], 100, CROSS, one_way, inward=False) == 100.0
    assert reached_m([(500, 0)], 200, CROSS, [*one_way, ((2, 3), {})]) == 300.0


def test_a_street_reached_from_both_ends_is_drawn_once_or_in_two_parts() -> None:
    square = [(0, 0), (100, 0), (100, 100), (0, 100)]
    streets = [((0, 1), {}), ((1, 2, 3, 0), {})]
    assert reached_m([(0, 0)], 150, square, streets) == 100.0 + 150.0 + 50.0
    assert reached_m([(0, 0)], 200, square, streets) == 400.0
    assert reached_m([(50, 0)], 120, square, streets) == 240.0


def test_a_private_lane_is_no_way_through_for_those_beyond_it() -> None:
    points = [(0, 0), (100, 0), (200, 0), (300, 0), (0, 900), (300, 900)]
    streets = [((0, 1), {}), ((1, 2), {"access": "private"}), ((2, 3), {}), ((0, 4, 5, 3), {})]
    found = reached_m([(0, 0)], 1000, points, streets)
    assert found == 1200.0  # the lane's people come out, nobody comes through it; and 1,000 m of the way round
    assert reached_m([(150, 0)], 1000, points, streets) == 2000.0  # 300 m, and 850 m from either end


def polygon_of(*drawn: object, spots: Sequence[Point], limit_s: float) -> shapely.MultiPolygon:
    network, weights = town(*drawn)
    way = streets(network, weights)
    ((found,),) = isochrone.around(way, anchors_at(network, weights, spots), limits=[int(limit_s * 10)], inward=True)
    assert found.is_valid
    return in_metres(network, found)


def test_the_land_beside_one_street() -> None:
    land = polygon_of([(0, 0), (1000, 0)], [((0, 1), {})], spots=[(500, 0)], limit_s=100)
    assert land.area == pytest.approx(200 * 60 + np.pi * 30**2, rel=0.02)
    assert len(land.geoms) == 1
    width, height = land.bounds[2] - land.bounds[0], land.bounds[3] - land.bounds[1]
    assert (width, height) == (pytest.approx(260.0, abs=1.5), pytest.approx(60.0, abs=1.5))


def test_a_block_within_reached_streets_stays_a_hole() -> None:
    block = [(0, 0), (300, 0), (300, 300), (0, 300)]
    land = polygon_of(block, [((0, 1, 2, 3, 0), {})], spots=[(0, 0)], limit_s=2000)
    assert len(land.geoms) == 1
    (hole,) = land.geoms[0].interiors
    assert shapely.Polygon(hole).area == pytest.approx(240.0**2, rel=0.02)


def test_nothing_within_reach_is_an_empty_multipolygon() -> None:
    for spots, limit_s in (([(500, 20)], 10), ([(500, 20)], 20)):
        land = polygon_of([(0, 0), (1000, 0)], [((0, 1), {})], spots=spots, limit_s=limit_s)
        assert (land.geom_type, land.is_empty) == ("MultiPolygon", True)
    network, weights = town([(0, 0), (0, 0)], [((0, 1), {})])
    way, doors = streets(network, weights), anchors_at(network, weights, [(0, 0)])
    assert isochrone.around(way, doors, limits=[600], inward=True)[0][0].is_empty


def test_a_place_without_an_anchor_has_empty_land() -> None:
    network, weights = town([(0, 0), (100, 0)], [((0, 1), {"highway": "motorway"})])
    way = streets(network, weights)
    circle = Circle(name="care", service="care", limit=15, profile="test_walk")
    doors = anchors_at(network, weights, [(50, 0)])
    assert isochrone.draw(circle, way, doors) == []
    assert [one.is_empty for one in isochrone.around(way, doors, limits=[10, 20], inward=True)[0]] == [True, True]


def test_nobody_in_the_river_is_within_reach() -> None:
    """Water farther than the buffer and half a cell from any street belongs to no band, though both banks do."""
    done = findings()
    network = done.network
    streets = shapely.union_all(lines(network, np.arange(len(network.u))))
    water = shapely.union_all([in_metres(network, one.geometry) for one in done.study.basemap if one.kind == "water"])
    open_water = shapely.difference(water, shapely.buffer(streets, STRAY_M))
    assert open_water.area > 100_000
    bridged = shapely.convex_hull(open_water)
    for band in done.bands:
        land = in_metres(network, band.polygon)
        assert shapely.intersection(land, open_water).area == 0.0
    assert any(in_metres(network, band.polygon).intersects(bridged) for band in done.bands)


# --- by the study's own door ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def district() -> Study:
    whole = sample_district()
    return replace(whole, facilities=whole.facilities.take(np.arange(3)), communities=whole.communities.take(
        np.arange(4)), candidates=whole.candidates.take(np.arange(2)))  # fmt: skip


@pytest.mark.parametrize("role", ["facilities", "communities", "candidates"])
def test_each_place_has_its_own_nested_land(district: Study, role: str) -> None:
    found = studies.isochrones(district, of=role, minutes=[5, 10, 15])
    table = getattr(district, role)
    assert [(one.place, one.limit) for one in found] == [(i, m) for i in range(len(table)) for m in (5.0, 10.0, 15.0)]
    for i, name in enumerate(table.ids):
        mine = [one.geometry for one in found if one.place == i]
        assert all(polygon.is_valid for polygon in mine)
        assert all(polygon.is_empty for polygon in mine) == (name == "c01")  # too far from any street
        for nearer, wider in itertools.pairwise(mine):
            assert nested(nearer, wider)


@pytest.mark.parametrize("minutes", [[], [0], [5, -1], [1440], [float("nan")]])
def test_a_limit_must_be_one(district: Study, minutes: list[float]) -> None:
    with pytest.raises(InputError, match="above 0 and below 1,440"):
        studies.isochrones(district, of="facilities", minutes=minutes)


def test_a_profile_that_the_study_lacks_is_a_fault(district: Study) -> None:
    with pytest.raises(InputError, match="no profile 'flying'; it has older_walk, slow_walk, standard_walk"):
        studies.isochrones(district, of="facilities", minutes=[5], profile="flying")


def test_slower_walkers_reach_less(district: Study) -> None:
    land = {
        name: studies.isochrones(district, of="facilities", minutes=[10], profile=name)[0].geometry.area
        for name in ("standard_walk", "older_walk", "slow_walk")
    }
    assert land["slow_walk"] < land["older_walk"] < land["standard_walk"]


@pytest.mark.parametrize("metres", [[0], [-5], [1_000_000], [float("inf")]])
def test_a_limit_of_metres_must_be_one(district: Study, metres: list[float]) -> None:
    with pytest.raises(InputError, match="above 0 and below 1,000,000 metres"):
        studies.isochrones(district, of="facilities", metres=metres)


def test_limits_are_of_one_kind(district: Study) -> None:
    with pytest.raises(InputError, match="in minutes and in metres"):
        studies.isochrones(district, of="facilities", minutes=[5], metres=[500])


def test_metres_and_minutes_of_a_walker_of_1_m_s_are_alike(district: Study) -> None:
    by_length = studies.isochrones(district, of="facilities", metres=[600], product="lines")
    by_time = studies.isochrones(district, of="facilities", minutes=[10], product="lines")
    assert {one.limit_unit for one in by_length} == {"metres"}
    for one, other in zip(by_length, by_time, strict=True):
        assert one.geometry.length == pytest.approx(other.geometry.length, rel=0.02)


def test_some_places_only(district: Study) -> None:
    ids = [str(district.facilities.ids[2]), str(district.facilities.ids[0])]
    found = studies.isochrones(district, of="facilities", minutes=[5], ids=ids)
    assert [one.place for one in found] == [0, 2]
    every = studies.isochrones(district, of="facilities", minutes=[5])
    assert [one.geometry for one in found] == [every[0].geometry, every[2].geometry]


def test_an_id_that_isnt_there_is_a_fault(district: Study) -> None:
    with pytest.raises(InputError, match="there are no facilities with the id 'nowhere'; give ids of the table"):
        studies.isochrones(district, of="facilities", minutes=[5], ids=["nowhere"])


@pytest.mark.parametrize("product", ["polygons", "lines"])
def test_all_places_as_one_and_shared_out(district: Study, product: str) -> None:
    def drawn(merge: str) -> list[isochrone.Isochrone]:
        return studies.isochrones(district, of="facilities", minutes=[10, 5], product=product, merge=merge)

    size = (lambda shape: shape.area) if product == "polygons" else (lambda shape: shape.length)
    together, shared_out, each = drawn("all"), drawn("nearest"), drawn("none")
    assert [(one.place, one.limit) for one in together] == [(None, 10.0), (None, 5.0)]
    assert [(one.place, one.limit) for one in shared_out] == [(one.place, one.limit) for one in each]
    for limit in (5.0, 10.0):
        whole = sum(size(one.geometry) for one in together if one.limit == limit)
        assert sum(size(one.geometry) for one in shared_out if one.limit == limit) == pytest.approx(whole, rel=0.01)
        assert sum(size(one.geometry) for one in each if one.limit == limit) >= whole * 0.999


def test_nothing_to_draw_is_no_isochrone(district: Study) -> None:
    nobody = replace(district, candidates=district.candidates.take(np.arange(0)))
    for merge in ("none", "all", "nearest"):
        assert studies.isochrones(nobody, of="candidates", minutes=[5], merge=merge) == []


@pytest.mark.parametrize("cell_m", [5.0, 10.0, 25.0])
def test_a_river_between_its_banks_stays_dry(cell_m: float) -> None:
    """Two quays 100 m apart and a bridge a kilometre off: nobody stands in the water, nor beyond the limit's end."""
    points = [(0, 0), (1000, 0), (1000, 100), (0, 100)]
    network, weights = town(points, [((0, 1), {}), ((1, 2), {}), ((2, 3), {})])
    way, doors = streets(network, weights), anchors_at(network, weights, [(0, 0)])
    ((near, far),) = isochrone.around(way, doors, limits=[9000, 16_000], inward=True, cell_m=cell_m)
    water = shapely.box(-50, 40, 940, 60)
    for land in (near, far):
        assert (
            shapely.intersection(in_metres(network, land), shapely.transform(water, lambda at: moved(network, at))).area
            == 0
        )
    assert in_metres(network, near).area == pytest.approx(900 * 60 + np.pi * 900, rel=0.03)


def moved(network: Network, at: np.ndarray) -> np.ndarray:
    """Return metres of the drawing as metres of the network's CRS."""
    return np.column_stack(project(network.crs, 120.0 + at[:, 0] / DEGREE_M, at[:, 1] / 110_574.3886))


def test_the_streets_of_the_bands_are_those_within_the_limit_each_once() -> None:
    """Band by band they sum to what is cut at the limit at once, and lie within the land."""
    found = run(replace(sample_district(), siting=(), plan=None))
    document = changes_json.isochrones(found)
    for coverage in found.coverages:
        bands = sorted((one for one in found.bands if one.circle == coverage.circle.name), key=lambda one: one.limit)
        by: Criterion = "time" if coverage.circle.by_time else "length"
        way = streets(found.network, found.weights[coverage.circle.profile], by=by)
        doors = found.anchors[coverage.circle.profile]["facilities"].take(coverage.facilities)
        quanta = [coverage.circle.limit_quanta(coverage.speed_m_s) * share // 3 for share in (1, 2, 3)]
        (whole,) = isochrone.around(way, doors, limits=quanta, inward=True, product="lines", merge="all")
        told = [one for one in document if one["circle"] == coverage.circle.name]
        metres = 0.0
        for band, cut, row in zip(bands, whole, told, strict=True):
            metres += in_metres(found.network, band.streets).length
            assert metres == pytest.approx(in_metres(found.network, cut).length, abs=0.1)
            assert row["street_km"] == pytest.approx(metres / 1000.0, abs=0.001)
            assert row["area_km2"] == pytest.approx(in_metres(found.network, band.polygon).area / 1e6, abs=0.0001)
