"""A plan held against the sample district, every figure set by hand: one indicator of each kind and each verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from planner.compliance import AreaEntry, Compliance, Entry, Reason, ReportedFigure
from planner.plan import Figure, Indicator, Plan
from planner.sources.sample import sample_district
from planner.study import Study

NO_COLUMN = Reason(
    code="no_column", text="facilities: there is no column 'nursing_beds'", table="facilities", column="nursing_beds"
)
STREETS = ("城北街道", "新华街道", "铁东街道", "城南街道", "滨河街道", "东港街道")
DAY_CARE_INSIDE = 9  # communities of the sample district that hold one
DAY_CARE_REACHED = 36


def entry(**changes: Any) -> Entry:
    """Return a coverage rate that is met exactly, with changes."""
    plain: dict[str, Any] = {
        "id": "T-01",
        "indicator": "Day-care coverage",
        "indicator_zh": "社区日间照料机构覆盖率",
        "kind": "presence",
        "reading": "presence",
        "decides": True,
        "circle": None,
        "operator": ">=",
        "printed_as": "达到",
        "target": 90,
        "target_assumed": False,
        "limit": None,
        "limit_unit": None,
        "year": 2025,
        "next_target": None,
        "next_year": None,
        "value": 90.0,
        "unit": "%",
        "numerator": 54.0,
        "denominator_value": 60.0,
        "verdict": "meets",
        "gap": 0.0,
        "units_to_build": 0,
        "build_unit": "facilities",
        "shortage": Fraction(0),
        "conflict": False,
        "conflict_group": None,
        "scope": "community",
        "denominator": "units",
        "bindingness": "stated",
        "bindingness_printed": None,
        "responsible": ("区民政局",),
        "reported": None,
        "missing": (),
        "notes": (),
        "quote": "社区日间照料机构覆盖率达到90%",
        "clause": "二（一）3",
        "source": "示例区“一老一小”整体解决方案",
        "proximity_m": None,
        "by_area": (),
        "pooled": (),
    }
    return Entry(**{**plain, **changes})


def area(area_id: str, name: str, **changes: Any) -> AreaEntry:
    """Return an area that has one facility and needs no more, with changes."""
    plain: dict[str, Any] = {
        "level": "community",
        "value": 1.0,
        "target": 1.0,
        "unit": "facilities",
        "verdict": "meets",
        "gap": 0.0,
        "units_to_build": 0,
        "missing": (),
    }
    return AreaEntry(area_id=area_id, name=name, **{**plain, **changes})


def compliance(study: Study | None = None) -> Compliance:
    """Return the sample district against a made-up plan."""
    found = sample_district() if study is None else study
    return Compliance(plan="by_hand", year=2025, entries=(*_coverage(found), *_streets(), *_figures(), *_without()))


def plan() -> Plan:
    """Return what of that plan the page draws on beyond its entries."""
    return Plan(
        id="by_hand",
        name={"zh": "示例区“一老一小”整体解决方案", "en": "Sample district: plan for the old and the very young"},
        issuer="示例区人民政府",
        indicators=(
            _indicator("T-01", "presence", services=("elderly_day_care",)),
            _indicator("T-03", "presence", services=("elderly_centre",)),
            _indicator(
                "T-12", "listed", reason={"zh": "居家层面不是设施，无可计数", "en": "The home level is no facility"}
            ),
            _indicator("T-13", "presence", certainty="unverified", source="GB 50180-2018"),
        ),
    )


def hostile(name: Callable[[int, str], str], study: Study) -> tuple[Compliance, Plan]:
    """Return the same with every text replaced by ``name(number, kind)``, and the plan that goes with it."""
    found = compliance(study)
    ids = {one: name(i, "号") for i, one in enumerate(dict.fromkeys(entry.id for entry in found.entries))}
    entries = [
        replace(
            one,
            id=ids[one.id],
            indicator=name(i, "I"),
            indicator_zh=name(i, "指"),
            printed_as=name(i, "印"),
            bindingness_printed=name(i, "性"),
            responsible=tuple(name(i + j, "局") for j in range(1 + i % 3)),
            quote=name(i, "文"),
            clause=name(i, "条"),
            source=name(i, "源"),
            circle=None if one.circle is None else study.circles[0].name,
            conflict_group=None if one.conflict_group is None else name(0, "群"),
            unit=name(i, "位") if one.kind == "total" else one.unit,
            reported=ReportedFigure(value=1.0, date=name(i, "日"), source=name(i, "报"), difference=None),
            missing=tuple(
                replace(reason, code="other", text=name(i, "缺"), table=name(i, "表"), column=name(i, "列"))
                for reason in one.missing
            ),
            notes=(Reason(code="other", text=name(i, "注")),),
            by_area=tuple(
                replace(unit, name=name(j, "元"), missing=(Reason(code="other", text=name(j, "因")),))
                for j, unit in enumerate(one.by_area)
            ),
        )
        for i, one in enumerate(found.entries)
    ]
    told = plan()
    indicators = tuple(
        replace(
            one,
            id=ids[one.id],
            reason=None if one.reason is None else {"zh": name(0, "由"), "en": name(0, "Y")},
        )
        for one in told.indicators
    )
    return (
        replace(found, entries=tuple(entries)),
        replace(told, name={"zh": name(1, "案"), "en": name(1, "P")}, issuer=name(2, "府"), indicators=indicators),
    )


def _indicator(name: str, kind: Any, **more: Any) -> Indicator:
    return Indicator(id=name, name={}, kind=kind, quote="…", clause="一", values={None: Figure.of(1)}, **more)


def _coverage(study: Study) -> Sequence[Entry]:
    """Day care in both readings, on two circles, and the target that contradicts it."""
    names = list(zip(study.communities.ids, study.communities.names, strict=True))

    def spread(count: int) -> tuple[AreaEntry, ...]:
        return tuple(
            area(str(one), str(name), value=float(i < count), verdict="meets" if i < count else "below")
            if i < count
            else area(str(one), str(name), value=0.0, verdict="below", gap=1.0, units_to_build=1)
            for i, (one, name) in enumerate(names)
        )

    inside = entry(
        operator=">", value=15.0, numerator=9.0, verdict="below", gap=75.0, units_to_build=46, shortage=Fraction(46),
        conflict=True, conflict_group="day-care", bindingness="binding", bindingness_printed="约束性",
        by_area=spread(DAY_CARE_INSIDE),
    )  # fmt: skip
    reached = replace(
        inside, reading="reach", decides=False, circle="day_care_15", value=60.0, numerator=36.0, gap=30.0,
        units_to_build=None, build_unit=None, shortage=None, by_area=spread(DAY_CARE_REACHED),
    )  # fmt: skip
    other = replace(
        inside, id="T-02", indicator="Day care everywhere", indicator_zh="社区日间照料全覆盖", operator=">=", target=100,
        year=None, gap=85.0, units_to_build=51, shortage=Fraction(51), bindingness="stated", bindingness_printed=None,
        by_area=(), quote="日间照料全覆盖",
    )  # fmt: skip
    circle = entry(
        id="T-05", indicator="15-minute circle", indicator_zh="“十五分钟”养老服务圈", kind="reach", reading="reach",
        circle="day_care_15", operator="<=", printed_as="圈", target=100, target_assumed=True, limit=15, limit_unit="min",
        value=62.6, numerator=41_700.0, denominator_value=66_659.0, denominator="population_60plus", verdict="below",
        gap=37.4, units_to_build=None, build_unit=None, shortage=None, scope="district", responsible=(),
    )  # fmt: skip
    slow = replace(circle, circle="day_care_15_slow", value=50.2, gap=49.8, numerator=33_462.0)
    return inside, reached, other, circle, slow


def _streets() -> Sequence[Entry]:
    """Centres by street, residential areas by a size rule."""
    centres = tuple(
        area(f"s{i + 1}", name, level="street")
        if i < 4
        else area(f"s{i + 1}", name, level="street", value=0.0, verdict="below", gap=1.0, units_to_build=1)
        if i < 5
        else area(
            f"s{i + 1}", name, level="street", value=None, verdict="no_data", gap=None, units_to_build=None,
            missing=(NO_COLUMN,),
        )
        for i, name in enumerate(STREETS)
    )  # fmt: skip
    return (
        entry(
            id="T-03", indicator="Street centres", indicator_zh="街道综合养老服务中心覆盖率", value=2 / 3,
            numerator=4.0, denominator_value=6.0, target="1/3", unit="fraction", scope="street", by_area=centres,
            responsible=("区民政局", "区住建局", "区卫健委", "各街道办事处"),
        ),
        entry(
            id="T-04", indicator="Care floor area of new areas", indicator_zh="新建小区配建养老服务设施面积", kind="rule",
            reading=None, operator=">=", target=[20, 30], unit="m2/100 households", value=12.5, numerator=1.0,
            denominator_value=3.0, verdict="below", gap=7.5, units_to_build=182, build_unit="m2", year=None,
            shortage=Fraction("181.2"), scope="residential_area_new",
            by_area=(
                area("r1", "锦绣园", level="residential_area", value=130.0, target=311.2, unit="m2", verdict="below",
                     gap=181.2, units_to_build=182),
                area("r2", "和美家园", level="residential_area", value=400.0, target=300.0, unit="m2"),
            ),
        ),
    )  # fmt: skip


def _figures() -> Sequence[Entry]:
    """Beds, places and shares, with a bureau's own figure."""
    return (
        entry(
            id="T-06", indicator="Childcare places", indicator_zh="每千人口托位数", kind="ratio", reading=None, target=4.5,
            unit="places/1000 people", value=3.804, numerator=1_001.0, denominator_value=263_210.0, verdict="below",
            gap=0.696, units_to_build=184, build_unit="places", shortage=Fraction("183.445"), scope="district",
            denominator="population", bindingness="binding", responsible=("区卫生健康委",),
        ),
        entry(
            id="T-07", indicator="Beds", indicator_zh="养老服务床位总量", kind="total", reading=None, target=2614,
            unit="beds", value=2700.0, numerator=None, denominator_value=None, scope="district", build_unit="beds",
            reported=ReportedFigure(value=2100.0, date="2024-12-31", source="区民政局统计", difference=600.0),
        ),
    )  # fmt: skip


def _without() -> Sequence[Entry]:
    """Those without a verdict on a figure."""
    blank: dict[str, Any] = {
        "value": None, "numerator": None, "denominator_value": None, "gap": None, "units_to_build": None,
        "shortage": None,
    }  # fmt: skip
    return (
        entry(
            id="T-08", indicator="Nursing beds", indicator_zh="护理型床位占比", kind="share", reading=None, target=65,
            verdict="no_data", missing=(NO_COLUMN,), scope="district", **blank,
        ),
        entry(
            id="T-09", indicator="Places by 2027", indicator_zh="托位数", kind="total", reading=None, target=None,
            year=None, next_target=1200, next_year=2027, unit="places", verdict="not_due", scope="district",
            **{**blank, "value": 1001.0},
        ),
        entry(
            id="T-10", indicator="Built-up areas", indicator_zh="老旧小区养老设施达标率", kind="unit_compliance",
            reading=None, target=100, verdict="not_applicable", scope="residential_area_built", **blank,
        ),
        entry(
            id="T-11", indicator="Community centres", indicator_zh="社区老年日间照料中心", operator=None, printed_as=None,
            target=None, year=None, verdict="no_target", unit="areas", **{**blank, "value": 9.0, "denominator_value": 60.0},
        ),
        entry(
            id="T-12", indicator="Home level", indicator_zh="居家（家庭养老床位）", kind="listed", reading=None, target=None,
            year=None, operator=None, unit=None, verdict="no_data", scope="household",
            missing=(Reason(code="listed", text="The home level is no facility"),), **blank,
        ),
        entry(
            id="T-13", indicator="Next to a clinic", indicator_zh="养老设施与医疗设施毗邻设置", kind="proximity",
            reading=None, operator=None, target=None, year=None, unit="m", verdict="no_target", proximity_m=300.0,
            scope="facility", bindingness="encouraged", **{**blank, "value": 7.0, "denominator_value": 9.0},
        ),
    )  # fmt: skip
