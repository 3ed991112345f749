"""What must hold of compliance whatever the town: building helps, order doesn't matter, areas sum to the whole."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planner.plan import Figure, Indicator
from tests.places_by_hand import held, indicator, only, places, plan_of

STREETS = ("甲街道", "乙街道", "丙镇", "丁乡")
SHARES = st.sampled_from([Figure.of(one) for one in (1, 33, 60, 90, 99.5, 100)])
OPERATORS = st.sampled_from([">=", ">", "="])


@st.composite
def communities(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw communities of known people, each in a street or township."""
    count = draw(st.integers(1, 9))
    return [
        {
            "id": f"c{i}",
            "population": draw(st.integers(1, 3000)),
            "street": draw(st.sampled_from(STREETS)),
        }
        for i in range(count)
    ]


@st.composite
def facilities(draw: st.DrawFn, among: list[dict[str, Any]], *, adrift: bool = False) -> list[dict[str, Any]]:
    """Draw facilities in the communities (and, asked for, of unknown place and capacity)."""
    names = [row["id"] for row in among] + ([None] if adrift else [])
    sizes = st.integers(0, 60) if not adrift else st.one_of(st.none(), st.integers(0, 60))
    found = []
    for i in range(draw(st.integers(1, 12))):
        places_ = draw(sizes)
        found.append(
            {
                "id": f"f{i}",
                "service": "childcare",
                "community_id": draw(st.sampled_from(names)),
                "places": places_,
                "inclusive": draw(st.booleans()),
            }
        )
    return found


@st.composite
def indicators(draw: st.DrawFn) -> Indicator:
    """Draw an indicator of presence, a total, a ratio or a share."""
    operator = draw(OPERATORS)
    kind = draw(st.sampled_from(["presence", "per_area", "total", "ratio", "share"]))
    scope = (draw(st.sampled_from(["community", "street_or_township"])),)
    values = {2025: draw(SHARES)}
    if kind == "presence":
        return indicator("presence", scope=scope, unit="%", operator=operator, values=values)
    if kind == "per_area":
        return indicator(
            "presence", scope=scope, unit="facilities/unit", operator=operator, values={2025: Figure.of(2)}
        )
    if kind == "total":
        return indicator("total", column="places", unit="places", operator=operator, values=values)
    if kind == "ratio":
        return indicator(
            "ratio", column="places", unit="places/1000 people", operator=operator, values={2025: Figure.of(4.5)},
            denominator="population",
        )  # fmt: skip
    from planner.schema import Filter

    return indicator(
        "share", column="places", part=(Filter("inclusive", "=", True),), unit="%", operator=operator, values=values,
        denominator="childcare_places",
    )  # fmt: skip


@given(st.data(), communities(), indicators())
def test_a_facility_more_never_lowers_presence_or_total(
    data: st.DataObject, town: list[dict[str, Any]], one: Indicator
) -> None:
    if one.kind == "share":
        return  # one more that isn't inclusive does lower the inclusive share
    there = data.draw(facilities(town, adrift=True))
    new = {**data.draw(st.sampled_from(data.draw(facilities(town)))), "id": "new"}
    before = only(held(plan_of(one), town, there))
    after = only(held(plan_of(one), town, [*there, new]))
    if before.value is not None and after.value is not None:
        assert after.value >= before.value
    assert (before.verdict, after.verdict) != ("meets", "below")


@given(st.data(), communities(), indicators())
def test_what_is_to_build_makes_it_meet(data: st.DataObject, town: list[dict[str, Any]], one: Indicator) -> None:
    there = data.draw(facilities(town))
    now = only(held(plan_of(one), town, there))
    if now.units_to_build is None:
        assert now.verdict in ("not_applicable", "no_data")
        return
    assert (now.units_to_build == 0) == (now.verdict == "meets")
    if one.operator == ">" and one.kind in ("presence", "share") and one.values[2025].low == 100:
        return  # more than all can't be built
    built = _built(now.units_to_build, one, town, there, now)
    assert only(held(plan_of(one), town, built)).verdict == "meets"
    if now.units_to_build:
        fewer = _built(now.units_to_build - 1, one, town, there, now)
        assert only(held(plan_of(one), town, fewer)).verdict == "below"


def _built(
    units: int, one: Indicator, town: list[dict[str, Any]], there: list[dict[str, Any]], now: Any
) -> list[dict[str, Any]]:
    """Return the facilities with units more: new ones, or of a share, places that become inclusive."""
    if one.kind == "share":
        rest = units
        found = []
        for row in there:
            turned = 0 if row["inclusive"] else min(rest, row["places"])
            rest -= turned
            found += [
                {**row, "places": row["places"] - turned},
                {**row, "id": row["id"] + "+", "places": turned, "inclusive": True},
            ]
        return found
    if one.kind in ("total", "ratio"):
        return [
            *there,
            {"id": "new", "service": "childcare", "places": units, "inclusive": True, "community_id": town[0]["id"]},
        ]
    lacking = [row.area_id for row in now.by_area for _ in range(row.units_to_build or 0)]
    homes = {row[key]: row["id"] for row in town for key in ("id", "street")}
    return [
        *there,
        *(
            {"id": f"n{i}", "service": "childcare", "places": 0, "inclusive": True, "community_id": homes[area]}
            for i, area in enumerate(lacking[:units])
        ),
    ]


@given(st.data(), communities(), indicators())
def test_the_order_of_rows_changes_nothing(data: st.DataObject, town: list[dict[str, Any]], one: Indicator) -> None:
    there = data.draw(facilities(town, adrift=True))
    told = only(held(plan_of(one), town, there))
    again = only(held(plan_of(one), data.draw(st.permutations(town)), data.draw(st.permutations(there))))
    assert (told.value, told.verdict, told.gap, told.shortage) == (
        again.value,
        again.verdict,
        again.gap,
        again.shortage,
    )
    assert {(row.area_id, row.value, row.verdict) for row in told.by_area} == {
        (row.area_id, row.value, row.verdict) for row in again.by_area
    }


@given(st.data(), communities())
def test_areas_sum_to_the_whole(data: st.DataObject, town: list[dict[str, Any]]) -> None:
    there = data.draw(facilities(town))
    scope = (data.draw(st.sampled_from(["community", "street_or_township"])),)
    inside = only(held(plan_of(indicator("presence", scope=scope, unit="%")), town, there))
    total = only(held(plan_of(indicator("total", column="places", unit="places", scope=scope)), town, there))
    assert sum((row.value or 0) >= 1 for row in inside.by_area) == inside.numerator
    assert sum(row.value or 0 for row in inside.by_area) == len(there)
    assert sum(row.value or 0 for row in total.by_area) == total.value == sum(row["places"] for row in there)
    assert len(inside.by_area) == inside.denominator_value


@given(st.data(), communities())
def test_residential_areas_reconcile(data: st.DataObject, town: list[dict[str, Any]]) -> None:
    rows = [
        {
            "id": f"h{i}",
            "households": data.draw(st.integers(0, 3000)),
            "care_floor_area_m2": data.draw(st.integers(0, 900)),
            "community_id": data.draw(st.sampled_from([row["id"] for row in town])),
        }
        for i in range(data.draw(st.integers(1, 8)))
    ]
    rule = indicator("rule", values={None: Figure.of(30)}, unit="m2/100 households", scope=("residential_area",))
    share = indicator(
        "unit_compliance",
        id="T-2",
        unit="%",
        scope=("residential_area",),
        rules=("T-1",),
        values={None: Figure.of(100)},
    )
    found = held(
        plan_of(rule, share), town, [{"service": "childcare"}], residential_areas=places("residential_areas", rows)
    )
    one, met = found.entries
    asked = sum(row.value or 0 for row in one.by_area if row.verdict != "not_applicable")
    for levels in (("community",), ("street", "township")):
        assert sum(row.value or 0 for row in one.pooled if row.level in levels) == asked
    assert (one.verdict == "meets") == (met.verdict == "meets")
    assert one.shortage == met.shortage
    assert (met.numerator or 0) == (one.numerator or 0)
