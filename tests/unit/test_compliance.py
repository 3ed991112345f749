"""Verdicts, scopes, filters and whatever is missing or wrong in the inputs of compliance."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import shapely

from planner.circle import Circle
from planner.compliance import Reported, differences, survey
from planner.compliance.size_rule import rule_of
from planner.compliance.verdict import Bounds, judge
from planner.plan import Figure
from planner.schema import Filter
from tests.places_by_hand import answered, held, indicator, only, places, plan_of, towns

DAY_CARE = {"services": ("elderly_day_care",), "values": {2025: Figure.of(100)}, "unit": "%"}


def places_of(**changes: object) -> object:
    return indicator("total", unit="places", column="places", **changes)  # type: ignore[arg-type]


# Verdicts


@pytest.mark.parametrize(
    ("operator", "value", "met"),
    [
        (">=", 90, True),
        (">", 90, False),
        ("=", 91, True),  # a floor: no plan means that more is worse
        ("=", 89, False),
        ("range", 90, True),
        ("<=", 90, True),
        ("<=", 91, False),
    ],
)
def test_operators(operator: str, value: int, met: bool) -> None:
    assert judge(operator, Bounds.of(Fraction(value)), Fraction(90)) is met  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operator", "low", "high", "met"),
    [
        (">=", 90, None, True),
        (">=", 89, None, None),
        (">=", 80, 89, False),
        (">", 80, 90, False),
        ("<=", 91, None, False),
    ],
)
def test_bounds_decide_only_where_all_that_is_possible_agrees(
    operator: str, low: int, high: int | None, met: bool | None
) -> None:
    bounds = Bounds(Fraction(low), None if high is None else Fraction(high))
    assert judge(operator, bounds, Fraction(90)) is met  # type: ignore[arg-type]


def test_every_facility_of_the_services_says_whether_it_counts() -> None:
    one = indicator(
        "presence",
        services=("elderly_facility",),
        where=(Filter("floor_area_m2", ">=", 500),),
        increment=True,
        since=2020,
    )
    own = {"service": "elderly_day_care", "floor_area_m2": 600, "year": 2021, "lon": 120.0, "lat": 30.0}
    rows = [
        own,
        {**own, "service": "elderly_facility"},
        {**own, "service": "childcare"},
        {**own, "floor_area_m2": 400},
        {**own, "floor_area_m2": None},
        {**own, "year": 2019},
        {**own, "year": None},
        {**own, "year": 2030},
        {**own, "status": "closed"},
        {**own, "lon": 125.0},
        {**own, "lon": 125.0, "status": "closed"},
    ]
    square = places(
        "areas", [{"id": "a1", "level": "county", "name": "一"}], polygons=[shapely.box(119.9, 29.9, 120.1, 30.1)]
    )
    more = {"areas": square, "wider": {"elderly_facility": ("elderly_day_care",)}}
    found = held(plan_of(one), towns(1), rows, **more).standing["T-1", None]
    assert found.facilities.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10]
    parts = ("counts", "counts", "unmet", "unmet", "unmet", "unknown", "not_open", "not_open", "outside", "not_open")
    assert found.part == parts
    no_column = [{key: cell for key, cell in row.items() if key != "floor_area_m2"} for row in rows]
    unknown = held(plan_of(one), towns(1), no_column, **more).standing["T-1", None].part
    assert unknown == ("unknown",) * 6 + parts[6:]


def test_within_reach_a_facility_outside_counts_unless_the_indicator_asks_for_more() -> None:
    one = indicator("reach", values={None: Figure.of(15)}, unit="min", operator="<=", denominator="population")
    own = {"service": "childcare", "floor_area_m2": 600, "lon": 120.0, "lat": 30.0}
    rows = [
        own,
        {**own, "lon": 125.0},
        {**own, "status": "closed"},
        {**own, "floor_area_m2": 400},
        {"service": "meals"},
    ]
    square = places(
        "areas", [{"id": "a1", "level": "county", "name": "一"}], polygons=[shapely.box(119.9, 29.9, 120.1, 30.1)]
    )
    circle = Circle(name="walk", service="childcare", limit=15)
    more = {"areas": square, "coverages": [answered(circle, ["covered"], facilities=[0, 1, 3])]}
    found = held(plan_of(one), towns(1), rows, **more).standing["T-1", "walk"]
    assert found.facilities.tolist() == [0, 1, 2, 3]
    assert found.part == ("counts", "counts", "not_open", "counts")
    narrow = replace(one, where=(Filter("floor_area_m2", ">=", 500),))
    found = held(plan_of(narrow), towns(1), rows, **more).standing["T-1", "walk"]
    assert found.part == ("counts", "outside", "not_open", "unmet")
    lacking = replace(one, where=(Filter("beds", ">=", 5),))
    found = held(plan_of(lacking), towns(1), rows, **more).standing["T-1", "walk"]
    assert found.part == ("unknown", "outside", "not_open", "unknown")


def test_a_rule_judges_sizes_and_a_share_its_part() -> None:
    small = {"service": "childcare", "floor_area_m2": 400, "ownership": "private"}
    large = (Filter("floor_area_m2", ">=", 500),)
    rule = indicator("rule", where=large, unit="m2", column="floor_area_m2", scope=("street",))
    share = indicator("share", part=(Filter("ownership", "=", "public"),), unit="%", requires=("meals",))
    for one in (rule, share):
        assert held(plan_of(one), towns(1), [small]).standing["T-1", None].part == ("counts",)


def test_no_figure_gives_the_value_and_no_target() -> None:
    open_ended = indicator("presence", services=("childcare",), scope=("community",), operator=None, values={})
    one = only(held(plan_of(open_ended), towns(3), [{"service": "childcare", "community_id": "c2"}]))
    assert (one.verdict, one.value, one.unit, one.target, one.units_to_build) == ("no_target", 1.0, "areas", None, None)
    assert [row.verdict for row in one.by_area] == ["no_target"] * 3


def test_a_figure_without_a_year_is_due_at_once() -> None:
    one = only(
        held(
            plan_of(places_of(values={None: Figure.of(5)})),
            towns(1),
            [{"service": "childcare", "places": 4}],
            year=1950,
        )
    )
    assert (one.verdict, one.year) == ("below", None)


def test_without_a_year_the_last_milestone_is_judged() -> None:
    path = {2023: Figure.of(1), 2025: Figure.of(9)}
    one = only(held(plan_of(places_of(values=path)), towns(1), [{"service": "childcare", "places": 4}], year=None))
    assert (one.target, one.year, one.next_target, one.verdict) == (9, 2025, None, "below")


def test_nothing_to_count_is_not_applicable() -> None:
    share = indicator(
        "share", column="places", part=(Filter("inclusive", "=", True),), unit="%", denominator="childcare_places"
    )
    closed = [{"service": "childcare", "places": 9, "inclusive": True, "status": "closed"}]
    assert only(held(plan_of(share), towns(1), closed)).verdict == "not_applicable"
    villages = indicator("presence", scope=("village",), unit="%")
    one = only(held(plan_of(villages), towns(2, kind="urban"), [{"service": "childcare", "community_id": "c1"}]))
    assert one.verdict == "not_applicable"


def test_reach_of_nobody_is_not_applicable() -> None:
    reach = indicator("reach", values={None: Figure.of(15)}, unit="min", operator="<=", denominator="population_60plus")
    circle = Circle(name="walk", service="childcare", limit=15)
    found = held(
        plan_of(reach),
        [{"id": "c1", "population_60plus": 0}],
        [{"service": "childcare"}],
        coverages=[answered(circle, ["covered"])],
    )
    assert only(found).verdict == "not_applicable"


def test_unsummed_until_the_end() -> None:
    # Two areas lack 0.6 and 0.6 places: together 1.2, so 2; each by itself 1.
    rate = indicator("rule", values={None: Figure.of(10)}, unit="places/1000 people", scope=("residential_area",))
    homes = [{"id": f"h{i}", "households": 9, "population": 160, "childcare_places": 1} for i in range(2)]
    one = only(
        held(plan_of(rate), towns(1), [{"service": "childcare"}], residential_areas=places("residential_areas", homes))
    )
    assert (one.shortage, one.units_to_build, [row.units_to_build for row in one.by_area]) == (
        Fraction("1.2"),
        2,
        [1, 1],
    )


# What is missing


def missing(one: object) -> list[tuple[str, str, str]]:
    return [(reason.code, reason.table, reason.column) for reason in one.missing]  # type: ignore[attr-defined]


def test_population_of_zero_under_a_ratio() -> None:
    rate = indicator("ratio", unit="places/1000 people", column="places", denominator="population")
    one = only(held(plan_of(rate), [{"id": "c1", "population": 0}], [{"service": "childcare", "places": 4}]))
    assert (one.verdict, one.value) == ("no_data", None)
    assert missing(one) == [("zero_denominator", "communities", "population")]


def test_beds_of_zero_under_a_ratio_and_a_share() -> None:
    homes = [{"service": "elderly_home", "beds": 0, "nursing_beds": 0, "site_area_m2": 5}]
    per_bed = indicator("ratio", services=("elderly_home",), unit="m2/bed", column="site_area_m2", denominator="beds")
    share = indicator(
        "share", services=("elderly_home",), unit="%", column="beds", part_column="nursing_beds", denominator="beds"
    )
    assert only(held(plan_of(per_bed), towns(1), homes)).verdict == "no_data"
    assert only(held(plan_of(share), towns(1), homes)).verdict == "not_applicable"


def test_blank_population_is_unknown_and_never_zero() -> None:
    rate = indicator("ratio", unit="places/1000 people", column="places", denominator="population")
    communities = [{"id": "c1", "population": 1000}, {"id": "c2", "population": None}]
    one = only(held(plan_of(rate), communities, [{"service": "childcare", "places": 4}]))
    assert missing(one) == [("blank_cells", "communities", "population")]


@pytest.mark.parametrize(("target", "verdict", "value"), [(10, "meets", 12.0), (13, "no_data", None)])
def test_blank_capacity_decides_only_where_it_cannot_matter(target: int, verdict: str, value: float | None) -> None:
    facilities = [{"service": "childcare", "places": 12}, {"service": "childcare", "places": None}]
    one = only(held(plan_of(places_of(values={2025: Figure.of(target)})), towns(1), facilities))
    assert (one.verdict, one.value, one.units_to_build) == (verdict, value, None)
    assert missing(one) == [("blank_cells", "facilities", "places")]


def test_absent_columns_are_named() -> None:
    workers = indicator("ratio", unit="persons/1000 elderly", column="social_workers", denominator="population_60plus")
    one = only(held(plan_of(workers), towns(1), [{"service": "childcare"}]))
    assert missing(one) == [("no_column", "facilities", "social_workers")]
    named = indicator("total", unit="facilities", where=(Filter("registered", "=", True),))
    assert missing(only(held(plan_of(named), towns(1), [{"service": "childcare"}]))) == [
        ("no_column", "facilities", "registered")
    ]
    functions = indicator("total", unit="facilities", requires=("day_care",))
    assert missing(only(held(plan_of(functions), towns(1), [{"service": "childcare"}]))) == [
        ("no_function", "facilities", "day_care")
    ]


def test_a_service_that_the_table_leaves_out_is_not_counted_as_none() -> None:
    schools = indicator("total", services=("elderly_school",), unit="facilities")
    one = only(held(plan_of(schools), towns(1), [{"service": "childcare"}]))
    assert (one.verdict, missing(one)) == ("no_data", [("no_service", "facilities", "service")])
    asked = answered(Circle(name="walk", service="elderly_school", limit=15), ["uncovered"])
    assert only(held(plan_of(schools), towns(1), [{"service": "childcare"}], coverages=[asked])).verdict == "below"


def test_a_missing_circle_is_named() -> None:
    reach = indicator("reach", values={None: Figure.of(1)}, unit="km", operator="<=", denominator="population")
    one = only(held(plan_of(reach), towns(1), [{"service": "childcare"}]))
    assert (one.verdict, one.reading) == ("no_data", "reach")
    assert 'service = "childcare" and metres = 1000' in one.missing[0].text


@pytest.mark.parametrize(
    "scope", ["county", "street", "township", "residential_area_new", "household", "urban_community", "village"]
)
def test_an_unknown_level_is_no_data_and_not_all(scope: str) -> None:
    level = indicator("presence", scope=(scope,), unit="%")
    one = only(held(plan_of(level), towns(2), [{"service": "childcare", "community_id": "c1"}]))
    assert (one.verdict, one.value, len(one.missing)) == ("no_data", None, 1)


def test_unknown_kind_of_one_community_is_no_data() -> None:
    urban = indicator("presence", scope=("urban_community",), unit="%")
    communities = [*towns(2, kind="urban"), {"id": "x", "population": 5, "kind": None}]
    one = only(held(plan_of(urban), communities, [{"service": "childcare", "community_id": "c1"}]))
    assert missing(one) == [("blank_cells", "communities", "kind")]


def test_increment_without_a_start_is_no_data() -> None:
    added = indicator("total", unit="facilities", increment=True)
    one = only(held(plan_of(added), towns(1), [{"service": "childcare", "year": 2024}]))
    assert missing(one) == [("no_start_year", "", "since")]


def test_increment_since_a_year() -> None:
    added = indicator("total", unit="facilities", increment=True, since=2021, values={2025: Figure.of(2)})
    facilities = [{"service": "childcare", "year": year} for year in (2019, 2021, 2025, 2026)]
    assert only(held(plan_of(added), towns(1), facilities)).value == 2.0
    unknown = [*facilities[:2], {"service": "childcare", "year": None}]
    one = only(held(plan_of(added), towns(1), unknown))
    assert (one.verdict, missing(one)) == ("no_data", [("blank_cells", "facilities", "year")])


def test_facilities_adrift_leave_presence_open_only_where_they_could_matter() -> None:
    inside = {"service": "elderly_day_care", "community_id": "c1"}
    adrift = {"service": "elderly_day_care", "community_id": None}
    rate = indicator("presence", scope=("community",), **{**DAY_CARE, "values": {2025: Figure.of(50)}})
    assert only(held(plan_of(rate), towns(2), [inside, adrift])).verdict == "meets"
    one = only(held(plan_of(rate), towns(4), [inside, adrift]))
    assert (one.verdict, missing(one)) == ("no_data", [("unknown_area", "facilities", "community_id")])
    assert only(held(plan_of(rate), towns(6), [inside, adrift])).verdict == "below"  # 2 of 6 at most


def test_a_reported_figure_for_an_unknown_indicator_is_told() -> None:
    told = [Reported(indicator="T-9", value=1.0)]
    found = held(plan_of(places_of()), towns(1), [{"service": "childcare", "places": 4}], reported=told)
    assert [(issue.code, issue.id) for issue in found.issues] == [("unknown_indicator", "T-9")]
    assert found.entries[0].reported is None


# Areas


def square(west: float) -> object:
    return shapely.box(west, 0, west + 1, 1)


def test_a_street_that_no_area_has_is_told_once() -> None:
    areas = places("areas", [{"id": "s1", "name": "城东街道", "level": "street"}], polygons=[square(0)])
    communities = places(
        "communities",
        [
            {"id": f"c{i}", "street": street, "lon": 0.5, "lat": 0.5}
            for i, street in enumerate(["城东街道", "成东街道", "成东街道"])
        ],
    )
    ground = survey(communities, places("facilities", [{"service": "childcare", "lon": 0.5, "lat": 0.5}]), areas)
    assert [(issue.code, issue.table, issue.row) for issue in ground.issues] == [
        ("unknown_street", "communities.csv", 3)
    ]
    assert "2 communities" in ground.issues[0].message
    assert ground.tiers["street"].community.tolist() == [0, 0, 0]  # the polygon tells


def test_polygon_goes_before_column_and_the_disagreement_is_told() -> None:
    areas = places(
        "areas",
        [{"id": "s1", "name": "城东街道", "level": "street"}, {"id": "s2", "name": "城西街道", "level": "street"}],
        polygons=[square(0), square(1)],
    )
    facilities = places("facilities", [{"service": "childcare", "street": "城东街道", "lon": 1.5, "lat": 0.5}])
    communities = places("communities", [{"id": "c1", "street": "城东街道", "lon": 0.5, "lat": 0.5}])
    ground = survey(communities, facilities, areas)
    assert ground.tiers["street"].facility.tolist() == [1]
    assert [issue.code for issue in ground.issues] == ["area_disagreement"]
    assert "'城西街道' is taken" in ground.issues[0].message


def test_streets_of_one_name_in_two_counties() -> None:
    communities = places(
        "communities",
        [{"id": "c1", "street": "新华街道", "county": "甲区"}, {"id": "c2", "street": "新华街道", "county": "乙区"}],
    )
    facilities = places(
        "facilities",
        [
            {"service": "childcare", "street": "新华街道", "county": "乙区"},
            {"service": "childcare", "street": "新华街道"},
        ],
    )
    ground = survey(communities, facilities, None)
    assert ground.tiers["street"].ids.tolist() == ["甲区/新华街道", "乙区/新华街道"]
    assert ground.tiers["street"].facility.tolist() == [1, -2]
    assert "ambiguous_street" in [issue.code for issue in ground.issues]


def test_a_facility_without_a_street_has_that_of_its_community() -> None:
    communities = places("communities", [{"id": "c1", "street": "城东街道"}, {"id": "c2", "street": "柳树镇"}])
    facilities = places("facilities", [{"service": "childcare", "community_id": "c2"}])
    ground = survey(communities, facilities, None)
    assert ground.tiers["township"].facility.tolist() == [0]
    assert ground.tiers["street"].facility.tolist() == [-1]


def test_facilities_beyond_the_study_do_not_count() -> None:
    communities = places("communities", [{"id": "c1", "population": 9, "lon": 0.5, "lat": 0.5}], polygons=[square(0)])
    facilities = places(
        "facilities",
        [
            {"service": "childcare", "places": 4, "lon": 0.5, "lat": 0.5},
            {"service": "childcare", "places": 90, "lon": 7.5, "lat": 0.5},
        ],
    )
    assert survey(communities, facilities, None).inside.tolist() == [True, False]


def test_a_union_counts_each_area_once() -> None:
    both = indicator("presence", scope=("village", "community"), unit="%", values={2025: Figure.of(50)})
    communities = [*towns(2, kind="urban"), {"id": "v", "population": 1, "kind": "village"}]
    areas = places("areas", [{"id": "v", "level": "village", "lon": 5.0}], polygons=[square(5)])
    one = only(held(plan_of(both), communities, [{"service": "childcare", "community_id": "v"}], areas=areas))
    assert (one.numerator, one.denominator_value) == (1.0, 3.0)


def test_named_areas_alone_are_counted() -> None:
    named = indicator("presence", scope=("county",), unit="facilities/unit", areas=("长安区", "正定县"))
    communities = [
        {"id": f"c{i}", "population": 1, "county": name} for i, name in enumerate(["长安区", "正定县", "桥西区"])
    ]
    one = only(held(plan_of(named), communities, [{"service": "childcare", "county": "长安区"}]))
    assert ([row.name for row in one.by_area], one.units_to_build, one.value) == (["长安区", "正定县"], 1, 0.0)
    lost = indicator("presence", scope=("county",), unit="facilities/unit", areas=("高新区",))
    assert [reason.code for reason in only(held(plan_of(lost), communities, [{"service": "childcare"}])).missing] == [
        "no_area"
    ]


def test_a_ratio_by_area() -> None:
    rate = indicator(
        "ratio", unit="places/1000 people", column="places", denominator="population", scope=("street",),
        values={2025: Figure.of(4)},
    )  # fmt: skip
    communities = [
        {"id": f"c{i}", "population": 1000, "street": street} for i, street in enumerate(["甲街道", "乙街道"])
    ]
    facilities = [{"service": "childcare", "places": 9, "street": "甲街道"}]
    one = only(held(plan_of(rate), communities, facilities))
    assert (one.value, one.verdict) == (4.5, "meets")  # together
    assert [(row.value, row.verdict, row.units_to_build) for row in one.by_area] == [
        (9.0, "meets", 0),
        (0.0, "below", 4),
    ]


def test_differences_at_the_levels_of_streets_and_townships() -> None:
    communities = places(
        "communities",
        [{"id": f"c{i}", "street": street} for i, street in enumerate(["甲街道", "甲街道", "乙镇", "丙镇", "丁镇"])],
    )
    facilities = places(
        "facilities", [{"service": "childcare", "street": "甲街道"}, {"service": "childcare", "street": "丁镇"}]
    )
    found = answered(
        Circle(name="walk", service="childcare", limit=15),
        ["covered", "uncovered", "covered", "not_assessed", "covered"],
        [0, 1],
    )
    rows = differences(found, survey(communities, facilities, None))
    assert [(row.area_id, row.level, row.present, row.reachable) for row in rows] == [
        ("甲街道", "street", True, False),
        ("乙镇", "township", False, True),
        ("丙镇", "township", False, None),
    ]


# Filters


def test_any_of_two_conditions() -> None:
    either = indicator(
        "total",
        unit="facilities",
        where_any=(Filter("ownership", "in", ["public", "public_private"]), Filter("inclusive", "=", True)),
    )
    facilities = [
        {"service": "childcare", "ownership": "public", "inclusive": False},
        {"service": "childcare", "ownership": "private", "inclusive": True},
        {"service": "childcare", "ownership": "private", "inclusive": False},
        {"service": "childcare", "ownership": None, "inclusive": None},
    ]
    one = only(held(plan_of(either), towns(1), facilities))
    assert one.value == 2.0
    assert {note.code for note in one.notes} == {"blank_filter"}


def test_functions_come_from_services_columns_and_lists() -> None:
    whole = indicator("total", unit="facilities", services=("elderly_centre",), requires=("meal_service", "day_care"))
    facilities = [
        {"service": "elderly_centre;meal_service", "functions": "day_care；culture"},
        {"service": "elderly_centre;meal_service", "functions": "culture"},
        {"service": "elderly_centre", "functions": "meal_service;day_care"},
    ]
    assert only(held(plan_of(whole), towns(1), facilities)).value == 2.0


def test_a_wider_service_counts_all_of_its_kind() -> None:
    any_kind = indicator("total", unit="facilities", services=("elderly_facility",))
    facilities = [{"service": "elderly_day_care"}, {"service": "elderly_home"}, {"service": "clinic"}]
    wider = {"elderly_facility": ("elderly_day_care", "elderly_home")}
    assert only(held(plan_of(any_kind), towns(1), facilities, wider=wider)).value == 2.0


def test_a_share_of_facilities_by_facility() -> None:
    stars = indicator(
        "share", services=("elderly_home",), unit="%", scope=("facility",), part=(Filter("star", ">=", 3),)
    )
    facilities = [{"service": "elderly_home", "star": star} for star in (3, 2, None, 5)]
    one = only(held(plan_of(stars), towns(1), facilities))
    assert (one.value, one.numerator, one.denominator_value) == (50.0, 2.0, 4.0)
    assert [row.value for row in one.by_area] == [100.0, 0.0, 0.0, 100.0]
    assert {row.level for row in one.by_area} == {"facility"}


def test_persons_who_wish_to_be_taken_in() -> None:
    share = indicator(
        "share",
        services=("elderly_home",),
        unit="%",
        column="beds",
        denominator="willing",
        values={2025: Figure.of(100)},
    )
    homes = [{"service": "elderly_home", "beds": 30}]
    one = only(held(plan_of(share), [{"id": "c1", "willing": 40}], homes))
    assert (one.value, one.units_to_build, one.build_unit) == (75.0, 10, "beds")
    assert missing(only(held(plan_of(share), towns(1), homes))) == [("no_column", "communities", "willing")]


def test_people_per_facility_is_a_ceiling() -> None:
    most = indicator(
        "ratio", unit="people/facility", operator="<=", denominator="population", values={2025: Figure.of(1000)}
    )
    one = only(held(plan_of(most), towns(5), [{"service": "childcare"}, {"service": "childcare"}]))
    assert (one.value, one.verdict, one.gap, one.units_to_build) == (2500.0, "below", 1500.0, 3)


def test_age_that_a_plan_leaves_open() -> None:
    beds = indicator(
        "ratio", services=("elderly_home",), unit="beds/1000 elderly", column="beds",
        denominator="population_elderly_unspecified",
    )  # fmt: skip
    one = only(held(plan_of(beds), [{"id": "c1", "population_60plus": 500}], [{"service": "elderly_home", "beds": 5}]))
    assert (one.value, [note.code for note in one.notes]) == (10.0, ["age_taken"])


# Residential areas


def homes(*rows: dict[str, object]) -> object:
    return places("residential_areas", [{"id": f"h{i}", "households": 100, **row} for i, row in enumerate(rows)])


RULE = {"values": {None: Figure.of(30)}, "unit": "m2/100 households", "scope": ("residential_area_new",)}


def test_a_blank_size_leaves_one_area_open() -> None:
    rule = indicator("rule", **RULE)
    rows = [{"area_type": "new", "care_floor_area_m2": 30}, {"area_type": "new", "care_floor_area_m2": None}]
    one = only(held(plan_of(rule), towns(1), [{"service": "childcare"}], residential_areas=homes(*rows)))
    assert ([row.verdict for row in one.by_area], one.verdict, one.units_to_build) == (
        ["meets", "no_data"],
        "no_data",
        None,
    )
    assert missing(one) == [("blank_cells", "residential_areas", "care_floor_area_m2")]


def test_an_area_of_unknown_type_leaves_the_rule_open() -> None:
    rows = [{"area_type": "new", "care_floor_area_m2": 30}, {"area_type": None, "care_floor_area_m2": 30}]
    one = only(
        held(plan_of(indicator("rule", **RULE)), towns(1), [{"service": "childcare"}], residential_areas=homes(*rows))
    )
    assert (one.verdict, missing(one)) == ("no_data", [("blank_cells", "residential_areas", "area_type")])


def test_nobody_lives_there_and_nothing_is_asked() -> None:
    rows = [{"area_type": "new", "care_floor_area_m2": 0, "households": 0}]
    one = only(
        held(plan_of(indicator("rule", **RULE)), towns(1), [{"service": "childcare"}], residential_areas=homes(*rows))
    )
    assert one.verdict == "not_applicable"


def test_areas_of_later_years_are_not_judged_yet() -> None:
    rows = [{"area_type": "new", "care_floor_area_m2": 0, "year": 2026}]
    one = only(
        held(plan_of(indicator("rule", **RULE)), towns(1), [{"service": "childcare"}], residential_areas=homes(*rows))
    )
    assert one.verdict == "not_applicable"


def test_a_share_that_meets_without_a_rule_is_no_data() -> None:
    share = indicator("unit_compliance", scope=("residential_area_new",), unit="%")
    one = only(
        held(plan_of(share), towns(1), [{"service": "childcare"}], residential_areas=homes({"area_type": "new"}))
    )
    assert [reason.code for reason in one.missing] == ["no_rule"]


def test_rules_below_their_year_are_still_known() -> None:
    assert rule_of(indicator("rule", **RULE), 1950) is not None
    assert rule_of(indicator("rule", values={}, operator=None), 2025) is None


def test_proximity_with_a_printed_distance_is_judged() -> None:
    near = indicator(
        "proximity", services=("childcare", "clinic"), partners=("clinic",), scope=("facility",), unit="m",
        operator="<=", values={None: Figure.of(50)},
    )  # fmt: skip
    facilities = [{"service": "childcare"}, {"service": "clinic"}, {"service": "childcare", "lat": 30.1}]
    one = only(held(plan_of(near), towns(1), facilities))
    assert (one.verdict, one.value, one.target, one.limit, one.limit_unit) == ("below", 50.0, 100, 50, "m")
    assert [row.verdict for row in one.by_area] == ["meets", "below"]


def test_the_sample_district_within_its_own_area() -> None:
    from planner.compliance import assess
    from planner.sources import sample_district
    from planner.study import run

    study = sample_district()
    findings = run(study)
    inside = indicator(
        "presence", services=("meal_service",), scope=("community",), operator=None, values={}, own_area=True
    )
    from planner.preparation import prepare

    ready = prepare(
        study.ways,
        study.profiles,
        [study.communities, study.facilities, study.candidates],
        max_access_m=study.max_access_m,
    )
    found = assess(
        plan_of(inside),
        study.communities,
        study.facilities,
        coverages=findings.coverages,
        areas=study.areas,
        ready=ready,
        year=2025,
    )
    present, within = found.entries
    (meals,) = [one for one in findings.coverages if one.circle.service == "meal_service"]
    covered = {name for name, status in zip(study.communities.ids, meals.status, strict=True) if status == "covered"}
    own = {row.area_id for row in present.by_area if row.value}
    reached = {row.area_id for row in within.by_area if row.value}
    assert (present.decides, within.decides, within.circle) == (True, False, "meals_15_older")
    assert reached <= own & covered
    assert reached
    assert np.isclose(within.value or 0.0, 100 * len(reached) / 60)
