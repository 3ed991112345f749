"""Findings whose every figure was worked out by hand, with names that break careless writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from planner.circle import Circle
from planner.coverage import Coverage, Difference, StraightLine, Tally
from planner.isochrone import Band
from planner.issue import Issue
from planner.network import build
from planner.places import Places, anchor
from planner.profile import weigh
from planner.report.provenance import Provenance
from planner.route import Route
from planner.schema import Filter
from planner.siting.proposal import ChosenSite, Proposal, Unreachable
from planner.study import Findings, Input, MapFeature, Study
from planner.travel_times import TravelTimes
from tests.towns import DEGREE_M, WALKER, ways

HOSTILE = (
    "{{7*7}}",
    "<img src=x onerror=alert(1)>",
    "`${alert(1)}`",
    "C:\\数据\\2025",
    "</script>",
    "{{",
    '=HYPERLINK("x")',
    "+cmd|' /C calc'!A0",
    "@SUM(1,2)",
    "-1+2",
    "\t=1",
    "\r=1",
    "-5",
    'say "hi", twice\nover',
)
PROVENANCE = Provenance(
    created="2025-01-31T08:00:00Z", planner_version="0.1.0", platform="Test 1", timings_s={"reach": 0.25}
)
CIRCLE = Circle(
    name="day_care_15",
    service="elderly_day_care",
    limit=15.0,
    profile="test_walk",
    demand="population_60plus",
    where=Filter("floor_area_m2", ">=", 350),
)
# A road of 1,000 m; beyond it one of 1,000 m that walkers may only use eastward; a private spur; an island of 10 m.
POINTS = [(0, 0), (1000, 0), (2000, 0), (1000, 500), (5000, 0), (5010, 0)]
STREETS = [([0, 1], {}), ([1, 2], {"oneway:foot": "yes"}), ([1, 3], {"access": "private"}), ([4, 5], {})]


def findings(**changes: Any) -> Findings:
    """Return the findings; ``changes`` are taken over by the study."""
    town = ways(POINTS, STREETS)
    network = build(town, tag_keys=WALKER.tag_keys)
    weights = weigh(network, WALKER)
    study = replace(_study(town), **changes)
    tables = (study.communities, study.facilities, study.candidates)
    anchors = {places.role: anchor(network, weights, places.lon, places.lat) for places in tables}
    return Findings(
        study=study,
        network=network,
        weights={WALKER.name: weights},
        anchors={WALKER.name: anchors},
        coverages=(_coverage(),),
        travel_times=(_travel_times(),),
        bands=(
            Band(
                "day_care_15",
                15.0,
                "minutes",
                shapely.box(120.0, -0.001, 120.02, 0.001),
                shapely.MultiLineString([[(120.0, 0.0), (120.02, 0.0)]]),
            ),
        ),
        routes=(Route("day_care_15", 0, 0, shapely.LineString([(120.0, 0.0), (120.01, 0.0)])),),
        proposals=_proposals(),
        differences=(Difference("day_care_15", "c2", "community", None, np.bool_(False)),),
        issues=(*study.issues, Issue(severity="note", code="ends_here", message="<b>the note</b>")),
        timings_s={"reach": 0.25},
    )


def places(role: str, at: list[tuple[float, float]], names: list[str], columns: Mapping[str, list[Any]]) -> Places:
    """Return places at points in metres east and north of 120 E on the equator."""
    xy = np.asarray(at, np.float64).reshape(-1, 2)
    return Places(
        role=role,
        table=f"{role}.csv",
        ids=np.array([f"{role[0]}{number + 1}" for number in range(len(xy))], dtype=object),
        names=np.array(names, dtype=object),
        lon=120.0 + xy[:, 0] / DEGREE_M,
        lat=xy[:, 1] / 110_574.3886,
        row=np.arange(2, len(xy) + 2),
        columns={name: _column(cells) for name, cells in columns.items()},
    )


def _column(cells: list[Any]) -> np.ndarray:
    if all(isinstance(cell, float) for cell in cells):
        return np.array(cells)
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


def _study(town: Any) -> Study:
    communities = places(
        "communities",
        [(200, 30), (1500, -40), (1500, 800), (5005, 10), (0, -200)],
        [HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[6], HOSTILE[12]],
        {"population_60plus": [100.0, 50.0, 20.0, np.nan, 30.0], "street": ["s1", None, "s1", "s1", "=s"]},
    )
    facilities = places(
        "facilities",
        [(900, 20), (1000, 300)],
        [HOSTILE[3], HOSTILE[4]],
        {
            "service": [("elderly_day_care", "meal_service"), ("elderly_day_care",)],
            "community_id": ["c1", None],
            "floor_area_m2": [400.5, 350.0],
            "inclusive": [True, None],
        },
    )
    candidates = places("candidates", [(1900, 10), (5005, -10)], [HOSTILE[7], HOSTILE[13]], {"forced": [True, False]})
    polygon = np.array([shapely.box(120.0, -0.01, 120.1, 0.01), None, None, None, None], dtype=object)
    streets = places("areas", [(0, 0)], ["和平街道"], {"level": ["street"]})
    return Study(
        name="</script> 十五分钟",
        year=2025,
        language="zh",
        ways=town,
        communities=replace(communities, polygon=polygon),
        facilities=facilities,
        candidates=candidates,
        areas=replace(streets, polygon=np.array([shapely.box(120, 0, 121, 1)], dtype=object)),
        circles=(CIRCLE,),
        profiles={WALKER.name: WALKER},
        services={"elderly_day_care": {"zh": "日间照料", "en": "Elderly day care"}},
        synthetic=True,
        basemap=(
            MapFeature("water", shapely.box(120, 0, 120.1, 0.1)),
            MapFeature("railway", shapely.LineString([(120, 0), (120.1, 0.1)])),
        ),
        attribution=("© OpenStreetMap contributors (ODbL)",),
        inputs=(Input(path="communities.csv", sha256="ab" * 32, rows=5, date="2024-12-31", encoding="utf-8"),),
        settings={"study": {"name": "</script> 十五分钟", "year": 2025}, "circle": [{"name": "day_care_15"}]},
        issues=(Issue(severity="warning", code="blank", message="a blank", table="communities.csv", row=5, id="c4"),),
    )


def _coverage() -> Coverage:
    """c1 walks 30 + 700 + 20 m; c2 can't turn back; c3 lies 400 m off; c4 is on the island; c5 walks 200 + 900 + 20."""
    unknown = np.nan
    return Coverage(
        circle=CIRCLE,
        speed_m_s=1.0,
        facilities=np.array([0, 1]),
        status=np.array(["covered", "uncovered", "not_assessed", "uncovered", "uncovered"], dtype=object),
        minutes=np.array([750 / 60, unknown, unknown, unknown, 1120 / 60]),
        metres=np.array([750.0, unknown, unknown, unknown, 1120.0]),
        nearest=np.array([0, -1, -1, -1, 0]),
        backup=np.array([1, -1, -1, -1, 1]),
        backup_minutes=np.array([1130 / 60, unknown, unknown, unknown, 1500 / 60]),
        backup_metres=np.array([1130.0, unknown, unknown, unknown, 1500.0]),
        present=np.array([True, None, np.bool_(False), None, False], dtype=object),
        near_border=np.array([False, True, False, False, False]),
        communities=Tally(total=5, covered=1, uncovered=3, not_assessed=1),
        people=Tally(total=200, covered=100, uncovered=80, not_assessed=20, unknown_communities=1),
        straight_line=StraightLine(radius_m=900.0, communities_covered=3, people_covered=170),
    )


def _travel_times() -> TravelTimes:
    return TravelTimes(
        circle=CIRCLE,
        community=np.array([0, 0, 4, 1]),
        place=np.array([0, 1, 0, 0]),
        role=np.array(["existing", "existing", "existing", "candidate"], dtype=object),
        time_ds=np.array([7500, 11300, 11200, 4500]),
        length_mm=np.array([750_000, 1_130_000, 1_120_000, 450_000]),
    )


def _proposals() -> tuple[Proposal, ...]:
    first = ChosenSite(
        rank=1,
        candidate=0,
        forced=True,
        people_gained=50,
        people_alone=50,
        communities_gained=(1,),
        share_after=0.75,
    )
    second = replace(first, rank=2, candidate=1, forced=False, people_gained=0, people_alone=0, share_after=0.75)
    best = Proposal(
        name="two_more",
        model="mclp",
        circle="day_care_15",
        status="optimal",
        partial=False,
        objective=50.0,
        objective_unit="people",
        bound=50.0,
        gap=0.0,
        sites=(first, replace(second, communities_gained=(3,))),
        unreachable=(),
    )
    none = replace(
        best,
        name="all",
        model="lscp",
        status="infeasible",
        partial=True,
        objective=1.0,
        objective_unit="sites",
        bound=float("inf"),
        sites=(replace(first, people_gained=None, people_alone=None, share_after=None),),
        unreachable=(
            Unreachable(community=3, smallest_limit=None),
            Unreachable(community=4, smallest_limit=18.66666667),
        ),
    )
    return best, none
