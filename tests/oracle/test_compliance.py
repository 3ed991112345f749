"""Compliance against answers worked out by hand, many of them printed by the plans themselves."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely

from planner.circle import Circle
from planner.compliance import Reported
from planner.sources.geodata import read_wider_services
from tests.places_by_hand import answered, held, only, places, printed, towns

FUNCTIONS = "full_day_care;day_care;home_visit_service;guidance_to_lower_tier;meal_service"


def test_botou_reach_of_the_urban_area() -> None:
    # Urban: 300 + 60 + 40 = 400 older people, of whom 300 are covered: 75 %. The village's 999 aren't asked for.
    communities = [
        {"id": "a", "kind": "urban", "population_60plus": 300},
        {"id": "b", "kind": "urban", "population_60plus": 60},
        {"id": "c", "kind": "urban", "population_60plus": 40},
        {"id": "v", "kind": "village", "population_60plus": 999},
    ]
    circle = Circle(name="fifteen", service="elderly_day_care", limit=15)
    longer = Circle(name="twenty", service="elderly_day_care", limit=20)
    found = held(
        printed("botou", "BT-01"),
        communities,
        [{"service": "elderly_day_care"}],
        coverages=[
            answered(circle, ["covered", "uncovered", "not_assessed", "covered"]),
            answered(longer, ["covered"] * 4),
        ],
    )
    one = only(found)  # the circle of 20 minutes isn't the plan's
    assert (one.circle, one.value, one.unit, one.target, one.target_assumed) == ("fifteen", 75.0, "%", 100, True)
    assert (one.limit, one.limit_unit, one.verdict, one.gap, one.units_to_build) == (15, "min", "below", 25.0, None)
    assert (one.numerator, one.denominator_value) == (300.0, 400.0)


def test_botou_beds_lack_what_the_plan_prints() -> None:
    # 1,600 - 1,312 = 288, as printed. The closed home and the home of 2026 don't count.
    homes = [
        {"service": "elderly_home", "beds": 1000, "status": None, "year": 2010},
        {"service": "elderly_home;elderly_day_care", "beds": 312, "status": "open", "year": None},
        {"service": "elderly_home", "beds": 50, "status": "closed", "year": 2000},
        {"service": "elderly_home", "beds": 70, "status": "open", "year": 2026},
    ]
    one = only(held(printed("botou", "BT-04"), towns(2), homes))
    assert (one.value, one.gap, one.units_to_build, one.build_unit) == (1312.0, 288.0, 288, "beds")


def test_botou_a_third_of_villages_and_communities() -> None:
    # 2 of 6 are exactly 1/3, which floats would get wrong either way round.
    communities = [*towns(3, kind="urban"), *[{"id": f"v{i}", "population": 1, "kind": "village"} for i in range(3)]]
    points = [{"service": "elderly_study_point", "community_id": name} for name in ("c1", "v2", "v2")]
    one = only(held(printed("botou", "BT-16"), communities, points))
    assert (one.verdict, one.numerator, one.denominator_value, one.units_to_build) == ("meets", 2.0, 6.0, 0)
    assert one.target == "1/3"
    assert len(one.by_area) == 6


def test_huzhong_childcare_lacks_what_the_plan_prints() -> None:
    # 12,000 people x 4.5 / 1,000 = 54 places; 54 - 20 = 34, as printed. 20 / 12 = 1.67 per 1,000.
    one = only(held(printed("huzhong", "HZ-10"), towns(12), [{"service": "childcare", "places": 20}]))
    assert one.value == pytest.approx(20 / 12)
    assert (one.verdict, one.units_to_build, one.build_unit, one.shortage) == ("below", 34, "places", Fraction(34))


def test_huzhong_nursing_beds_eight_of_twenty_two() -> None:
    # 8 / 22 = 36.4 %, as printed. 55 % of 22 is 12.1; 12.1 - 8 = 4.1, so 5.
    homes = [{"service": "elderly_home", "beds": 22, "nursing_beds": 8}]
    one = only(held(printed("huzhong", "HZ-08"), towns(1), homes))
    assert round(one.value or 0.0, 1) == 36.4
    assert (one.shortage, one.units_to_build) == (Fraction("4.1"), 5)


def test_huzhong_rules_are_met_from_the_lower_bound() -> None:
    # 20 to 30 m2 for each 100 households: 500 households need 100 m2.
    homes = [
        {"id": "h1", "households": 500, "area_type": "new", "care_floor_area_m2": 100},
        {"id": "h2", "households": 500, "area_type": "new", "care_floor_area_m2": 99},
        {"id": "h3", "households": 500, "area_type": "built", "care_floor_area_m2": 0},
    ]
    found = held(
        printed("huzhong", "HZ-14", "HZ-15", "HZ-03"),
        towns(1),
        [{"service": "elderly_home"}],
        residential_areas=places("residential_areas", homes),
    )
    new, built, compliant = found.of("HZ-14")[0], found.of("HZ-15")[0], found.of("HZ-03")[0]
    assert [row.verdict for row in new.by_area] == ["meets", "below"]
    assert (new.target, new.verdict, new.units_to_build, new.value) == ([20, 30], "below", 1, 19.8)
    # 15 to 20 for what is built: 500 x 15 / 100 = 75 m2, and none is there.
    assert (built.units_to_build, built.value, built.gap) == (75, 0.0, 15.0)
    assert (compliant.value, compliant.verdict, compliant.units_to_build) == (50.0, "below", 1)  # h1 of h1 and h2


def shijiazhuang() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return 60 streets and 202 townships, and 104 centres: one in each of 60 streets and of 44 townships."""
    streets = [f"第{i}街道" for i in range(60)] + [f"第{i}镇" if i % 2 else f"第{i}乡" for i in range(202)]
    communities = [{"id": f"c{i}", "population": 100, "street": name} for i, name in enumerate(streets)]
    centres = [
        {"service": "elderly_centre", "functions": FUNCTIONS, "floor_area_m2": 750, "street": name}
        for name in (*streets[:60], *streets[60:104])
    ]
    return communities, centres


def test_shijiazhuang_lacks_78_centres() -> None:
    # 60 x 100 % + 202 x 60 % = 181.2; 181.2 - 104 = 77.2, rounded up once: 78, as printed.
    communities, centres = shijiazhuang()
    found = held(printed("shijiazhuang", "SJZ-03", "SJZ-04", "SJZ-06"), communities, centres)
    streets, townships, lacking = (found.of(name)[0] for name in ("SJZ-03", "SJZ-04", "SJZ-06"))
    assert (streets.value, streets.denominator_value, streets.units_to_build) == (100.0, 60.0, 0)
    assert (townships.numerator, townships.denominator_value) == (44.0, 202.0)
    assert townships.shortage == Fraction("77.2")
    assert found.to_build("SJZ-03", "SJZ-04") == 78
    assert (lacking.value, lacking.units_to_build, lacking.target, lacking.verdict) == (78.0, 78, 78, "below")


def test_shijiazhuang_comes_out_the_same_wherever_the_104_stand() -> None:
    # 30 streets lack one, and 74 townships have one: (60 - 30) + (121.2 - 74) = 77.2 again.
    communities, centres = shijiazhuang()
    for i in range(30):
        centres[i]["street"] = communities[104 + i]["street"]
    found = held(printed("shijiazhuang", "SJZ-03", "SJZ-04"), communities, centres)
    assert [found.of(name)[0].units_to_build for name in ("SJZ-03", "SJZ-04")] == [30, 48]  # each rounded by itself
    assert found.to_build("SJZ-03", "SJZ-04") == 78


def test_shijiazhuang_by_polygon() -> None:
    # The same 262 areas as polygons of a degree, where nothing but points tells in which a centre stands.
    communities, centres = shijiazhuang()
    squares = [shapely.box(i, 0, i + 0.9, 1) for i in range(262)]
    areas = places(
        "areas",
        [
            {"id": f"s{i}", "name": row["street"], "level": "street" if i < 60 else "township"}
            for i, row in enumerate(communities)
        ],
        polygons=squares,
    )
    for i, row in enumerate(communities):
        row |= {"lon": i + 0.5, "lat": 0.5, "street": None}
    for i, row in enumerate(centres):
        row |= {"lon": i + 0.2, "lat": 0.2, "street": None}
    found = held(printed("shijiazhuang", "SJZ-03", "SJZ-04", "SJZ-06"), communities, centres, areas=areas)
    assert found.of("SJZ-06")[0].units_to_build == 78
    assert found.issues == ()


def test_shijiazhuang_contradicting_targets_are_both_judged() -> None:
    # 45 places for 10,000 people are 4.5 per 1,000: enough for the state's 4.5, one short of the city's 4.6.
    facilities = [{"service": "childcare", "places": 45}]
    found = held(printed("shijiazhuang", "SJZ-18", "SJZ-60"), towns(10), facilities)
    assert [(one.verdict, one.units_to_build, one.conflict) for one in found.entries] == [
        ("below", 1, True),
        ("meets", 0, True),
    ]


def test_shijiazhuang_small_homes_and_their_nearest_clinic() -> None:
    # 0.001 degree of latitude is 110.6 m: home h1 has a clinic at 110.6 m and h2 one on its own site; h3 has 100 beds.
    facilities = [
        {"id": "h1", "service": "elderly_home", "beds": 30, "lat": 0.001},
        {"id": "h2", "service": "elderly_home", "beds": 99, "lat": 0.0},
        {"id": "h3", "service": "elderly_home", "beds": 100, "lat": 0.0},
        {"id": "k1", "service": "clinic", "lat": 0.0},
        {"id": "k2", "service": "clinic", "lat": 0.1},
    ]
    found = held(printed("shijiazhuang", "SJZ-34"), towns(1), facilities, proximity_m=100)
    (one,), (table,) = found.entries, found.nearness
    assert (one.verdict, one.value, one.proximity_m, one.target) == ("no_target", 50.0, 100, None)
    assert table.facility.tolist() == [0, 1]
    assert table.other.tolist() == [3, 3]
    assert table.straight_m == pytest.approx([110.57, 0.0], abs=0.02)
    assert table.same_site == (False, True)
    assert only(held(printed("shijiazhuang", "SJZ-34"), towns(1), facilities, proximity_m=111)).value == 100.0


def test_heping_strict_ninety_per_cent() -> None:
    # 9 of 10 are exactly 90 %: not > 90, so one more; but >= 90 (HP-21). Both readings of HP-03 stand side by side.
    day_care = [{"service": "elderly_day_care", "community_id": f"c{i + 1}"} for i in range(9)]
    circle = Circle(name="walk", service="elderly_day_care", limit=15)
    found = held(
        printed("heping", "HP-03", "HP-21"),
        towns(10),
        day_care,
        coverages=[answered(circle, ["covered"] * 10)],
    )
    inside, reached = found.of("HP-03")
    assert (inside.reading, inside.decides, inside.value, inside.verdict) == ("presence", True, 90.0, "below")
    assert (inside.units_to_build, inside.gap) == (1, 0.0)
    assert (reached.reading, reached.decides, reached.circle, reached.value) == ("reach", False, "walk", 100.0)
    assert (reached.verdict, reached.units_to_build) == ("meets", None)
    assert found.of("HP-21")[0].verdict == "meets"


def test_heping_reports_beside_ours() -> None:
    # 2,614 - 2,000 = 614 to build; the bureau says 2,100, which is 100 more than ours.
    homes = [{"service": "elderly_home", "beds": 2000}]
    told = [
        Reported(indicator="HP-06", value=1900.0, date="2023-12-31", source="old"),
        Reported(indicator="HP-06", value=2100.0, date="2024-12-31", source="区民政局统计"),
    ]
    one = only(held(printed("heping", "HP-06"), towns(1), homes, reported=told))
    assert one.units_to_build == 614
    assert one.reported is not None
    assert (one.reported.value, one.reported.date, one.reported.difference) == (2100.0, "2024-12-31", -100.0)


def test_heping_listed_says_why() -> None:
    one = only(held(printed("heping", "HP-18"), towns(1), [{"service": "childcare"}]))
    assert (one.verdict, one.value) == ("no_data", None)
    assert "完整社区" in one.missing[0].text


def test_heping_one_kilometre_on_circles_of_that_length_alone() -> None:
    walk = Circle(name="walk", service="elderly_centre", limit=1000, limit_unit="metres")
    crow = Circle(name="crow", service="meal_service", limit=1000, limit_unit="metres", measure="straight")
    short = Circle(name="short", service="meal_service", limit=900, limit_unit="metres")
    communities = [{"id": "a", "population_60plus": 1}, {"id": "b", "population_60plus": 3}]
    found = held(
        printed("heping", "HP-02"),
        communities,
        [{"service": "meal_service"}],
        coverages=[
            answered(walk, ["covered", "uncovered"]),
            answered(crow, ["uncovered", "covered"]),
            answered(short, ["covered", "covered"]),
        ],
    )
    assert [(one.circle, one.value) for one in found.entries] == [("walk", 25.0), ("crow", 75.0)]


def test_quanzhou_yearly_path() -> None:
    # 39 places for 10,000 people are 3.9 per 1,000: enough in 2024, 6 short in 2025, not due in 2022.
    plan = printed("quanzhou", "QZ-10")
    facilities = [{"service": "childcare", "places": 39}]
    by_year = {year: only(held(plan, towns(10), facilities, year=year)) for year in (2022, 2023, 2024, 2025)}
    assert [one.verdict for one in by_year.values()] == ["not_due", "meets", "meets", "below"]
    assert [(one.target, one.next_target, one.next_year) for one in by_year.values()] == [
        (None, 3.2, 2023),
        (3.2, 3.9, 2024),
        (3.9, 4.5, 2025),
        (4.5, None, None),
    ]
    assert by_year[2022].value == 3.9
    assert by_year[2025].units_to_build == 6


def test_quanzhou_floor_binds_below_1334_households() -> None:
    # 30 m2 for each 100 households, at least 400: 1,333 need 400 (399.9 by rate), 1,334 need 400.2.
    homes = [
        {"id": "h1", "households": 1333, "area_type": "new", "care_floor_area_m2": 400},
        {"id": "h2", "households": 1334, "area_type": "new", "care_floor_area_m2": 400},
        {"id": "h3", "households": 100, "area_type": "new", "care_floor_area_m2": 30},
    ]
    found = held(
        printed("quanzhou", "QZ-09", "QZ-15", "QZ-16"),
        towns(1),
        [{"service": "elderly_home"}],
        residential_areas=places("residential_areas", homes),
    )
    rule, single, compliant = found.of("QZ-15")[0], found.of("QZ-16")[0], found.of("QZ-09")[0]
    assert [row.target for row in rule.by_area] == [400.0, 400.2, 400.0]
    assert [row.verdict for row in rule.by_area] == ["meets", "below", "below"]
    assert (rule.shortage, rule.units_to_build) == (Fraction("370.2"), 371)  # 0.2 + 370, rounded up once
    assert [row.verdict for row in single.by_area] == ["meets", "meets", "below"]
    assert compliant.value == pytest.approx(100 / 3)
    assert (compliant.verdict, compliant.units_to_build) == ("below", 371)


def test_quanzhou_places_per_thousand_people() -> None:
    # 10 for each 1,000 people in new areas, 6 in built ones: 450 people need 4.5 and 2.7 places.
    homes = [
        {"id": "h1", "households": 150, "population": 450, "area_type": "new", "childcare_places": 4},
        {"id": "h2", "households": 150, "population": 450, "area_type": "new", "childcare_places": 4},
        {"id": "h3", "households": 150, "population": 450, "area_type": "built", "childcare_places": 3},
    ]
    found = held(
        printed("quanzhou", "QZ-19", "QZ-20"),
        towns(1),
        [{"service": "childcare"}],
        residential_areas=places("residential_areas", homes),
    )
    new, built = found.entries
    assert (new.shortage, new.units_to_build, new.verdict) == (Fraction(1), 1, "below")  # 0.5 + 0.5, rounded up once
    assert [row.units_to_build for row in new.by_area] == [1, 1]
    assert (built.verdict, built.units_to_build) == ("meets", 0)


@pytest.mark.parametrize(("households", "pooled"), [(6666, True), (6668, False)])
def test_quanzhou_a_street_centre_pools_quotas(households: int, pooled: bool) -> None:
    # 2,000 m2 are the quota of 2,000 / 30 x 100 = 6,666.7 new households.
    functions = "day_care;meal_service;short_stay_care;emotional_support;culture_recreation;home_visit_service"
    homes = [
        {"id": "h1", "households": 2000, "area_type": "new", "care_floor_area_m2": 0, "community_id": "c1"},
        {
            "id": "h2",
            "households": households - 2000,
            "area_type": "new",
            "care_floor_area_m2": 0,
            "community_id": "c2",
        },
    ]
    centre = [{"service": "elderly_centre", "functions": functions, "floor_area_m2": 2000, "street": "城东街道"}]
    found = held(
        printed("quanzhou", "QZ-15", "QZ-17", "QZ-18"),
        towns(2, street="城东街道"),
        centre,
        residential_areas=places("residential_areas", homes),
        wider=read_wider_services(),
    )
    rule, own = found.of("QZ-15")[0], found.of("QZ-18")[0]
    assert rule.verdict == ("meets" if pooled else "below")
    assert (own.verdict, own.value) == ("meets", 2000.0)
    (street,) = own.pooled
    assert (street.name, street.value, street.target) == ("城东街道", 2000.0, households * 3 / 10)
    assert street.verdict == ("meets" if pooled else "below")
    assert {row.level for row in rule.pooled} == {"community", "street"}


def test_quanzhou_sixty_per_cent_of_townships_and_streets() -> None:
    # 5 streets and townships: 60 % are 3; 1 has a centre, so 2 more.
    names = ("甲街道", "乙街道", "丙镇", "丁镇", "戊乡")
    communities = [{"id": f"c{i}", "population": 1, "street": name} for i, name in enumerate(names)]
    centres = [{"service": "elderly_centre", "street": "丙镇"}, {"service": "elderly_centre", "street": "丙镇"}]
    one = only(held(printed("quanzhou", "QZ-06"), communities, centres))
    assert (one.value, one.units_to_build) == (20.0, 2)
    assert [row.value for row in one.by_area] == [0.0, 0.0, 2.0, 0.0, 0.0]
    assert [row.level for row in one.by_area] == ["street", "street", "township", "township", "township"]


def test_quanzhou_strict_total() -> None:
    # > 95 registered institutions: 95 are one too few.
    registered = [{"service": "childcare", "registered": True} for _ in range(95)]
    one = only(held(printed("quanzhou", "QZ-24"), towns(1), registered))
    assert (one.value, one.verdict, one.units_to_build) == (95.0, "below", 1)


def test_nobody_is_lost_when_exact_arithmetic_decides() -> None:
    # 0.1 m2 a head: 0.1 + 0.2 as floats is more than 0.3, and 3 people need exactly 0.3 m2.
    land = [{"service": "elderly_facility", "site_area_m2": 0.1}, {"service": "elderly_facility", "site_area_m2": 0.2}]
    assert 0.1 + 0.2 != 0.3  # what this is about
    one = only(held(printed("heping", "HP-08"), [{"id": "c1", "population": 3}], land))
    assert (one.verdict, one.gap, one.units_to_build) == ("meets", 0.0, 0)
    assert np.isclose(one.value or 0.0, 0.1)
