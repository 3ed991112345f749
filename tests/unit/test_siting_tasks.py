"""Every model and rule of a siting task on a street that can be reckoned by hand, and each way to ask wrongly."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner import travel_times
from planner.circle import Circle
from planner.cli import command_line
from planner.errors import InputError
from planner.plan import Figure
from planner.report import write
from planner.schema import Filter
from planner.siting.amount import amount_of
from planner.siting.asking import contradictions
from planner.siting.proposal import Proposal
from planner.siting.target import share_of
from planner.siting.task import Part, Phase, SitingTask, UnitRule, eligible, flag
from planner.sources import sample_district
from planner.study import Study, run
from tests.building import built as standing
from tests.laws.drafts import places, study_of
from tests.unit.study_folder import edit, write_study
from tests.unit.test_siting import AVENUE, CARE, avenue


def asked(town: Study, **task: Any) -> Proposal:
    """Return the one proposal of a task; its circle is the town's first."""
    given = {"name": "t", "circle": town.circles[0].name, **task}
    (found,) = run(replace(town, siting=(SitingTask(**given),))).proposals
    return found


def built(proposal: Proposal) -> list[int]:
    return sorted(site.candidate for site in proposal.sites)


# --- models ---------------------------------------------------------------------------------------------------------


def test_p_median_weighs_every_minute_not_the_limit_alone() -> None:
    """100 people at 0 m, 10 at 2,000 m: one site goes to the many, and the few walk 2,000 m (at 1 m/s)."""
    town = avenue([0, 2000], [0, 1000, 2000], people=[100, 10])
    found = asked(town, model="p_median", sites=1)
    assert (built(found), found.objective_unit, found.status) == ([0], "people_minutes", "optimal")
    assert found.objective == pytest.approx(10 * 2000 / 60, rel=1e-3)


def test_p_center_halves_the_longest_way() -> None:
    found = asked(avenue([0, 2000], [0, 1000, 2000], people=[100, 10]), model="p_center", sites=1)
    assert (built(found), found.objective_unit) == ([1], "minutes")
    assert found.objective == pytest.approx(1000 / 60, rel=1e-3)


def test_tasks_that_weigh_one_circle_share_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answers as it does alone, and every pair is measured once for all of them."""
    town = avenue([0, 1000, 2000], [0, 1000, 2000], people=[100, 10, 20])
    models = ("p_median", "p_center", "p_median")
    alone = [asked(town, model=model, sites=1, name=f"t{k}") for k, model in enumerate(models)]
    every = []

    def counted(*tables: Any, **options: Any) -> Any:
        every.append(options["every"])
        return measure(*tables, **options)

    measure = travel_times.measure
    monkeypatch.setattr(travel_times, "measure", counted)
    tasks = tuple(
        SitingTask(name=f"t{k}", circle=town.circles[0].name, model=model, sites=1) for k, model in enumerate(models)
    )
    assert list(run(replace(town, siting=tasks)).proposals) == alone
    assert every.count(True) == 1


def test_existing_facilities_count_for_the_median_too() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000], people=[100, 10, 20], facilities=[0])
    assert built(asked(town, model="p_median", sites=1)) == [2]


def test_fixed_charge_builds_while_it_pays() -> None:
    """A second site saves 10 people 2,000 s each: at 1 a minute that is 333."""
    town = avenue([0, 2000], [0, 2000], people=[100, 10], cost=[50.0, 300.0])
    both = asked(town, model="fixed_charge", trip_cost=1.0)
    assert (built(both), both.cost, both.objective_unit) == ([0, 1], 350.0, "cost")
    dear = avenue([0, 2000], [0, 2000], people=[100, 10], cost=[50.0, 400.0])
    one = asked(dear, model="fixed_charge", trip_cost=1.0)
    assert (built(one), one.objective) == ([0], pytest.approx(50 + 10 * 2000 / 60, rel=1e-3))


def test_backup_covers_twice() -> None:
    """Sites at 0 and 100 m both cover the 100 people at 50 m; that at 1,000 m covers 30 others."""
    town = avenue([50, 1000], [0, 100, 1000], people=[100, 30])
    assert built(asked(town, model="mclp", sites=2)) in ([0, 2], [1, 2])
    assert built(asked(town, model="mclp_b", sites=2, backup_weight=0.5)) == [0, 1]
    assert built(asked(town, model="mclp", sites=3, backup_share=0.7)) == [0, 1, 2]
    nobody = asked(town, model="mclp", sites=1, backup_share=0.7)
    assert (nobody.status, "backup_share" in nobody.reason or "sites" in nobody.reason) == ("infeasible", True)


def test_lscp_b_prefers_what_covers_twice() -> None:
    """Two sites must be built; of the middle ones that at 150 m covers both ends' neighbours again."""
    town = avenue([0, 300], [0, 150, 300], people=[5, 5])
    assert len(built(asked(town, model="lscp"))) == 1
    assert built(asked(town, model="lscp_b")) == [1]


def test_capacities_limit_who_is_served() -> None:
    town = avenue([0, 100], [50, 60], people=[100, 60], capacity=[100.0, 60.0])
    one = asked(town, model="mclp", sites=1, capacity="places")
    assert (built(one), one.objective, [site.people_gained for site in one.sites]) == ([0], 100, [100])
    assert asked(town, model="lscp", capacity="places").objective == 2
    third = asked(town, model="mclp", sites=1, capacity="places", uptake=0.5)
    assert third.objective == 160


def test_capacities_of_what_exists_are_used_first() -> None:
    town = avenue([0], [10], people=[100], facilities=[0], capacity=[30.0])
    full = replace(
        town, facilities=replace(town.facilities, columns={**town.facilities.columns, "places": np.array([80.0])})
    )
    found = asked(full, model="mclp", sites=1, capacity="places")
    assert (found.objective, [site.people_gained for site in found.sites]) == (20, [20])
    with pytest.raises(InputError, match="places, which is blank for 'f0'"):
        asked(town, model="mclp", sites=1, capacity="places")


def test_closing_keeps_the_best_of_old_and_new() -> None:
    town = avenue([0, 1000], [1000], people=[10, 90], facilities=[0, 20])
    found = asked(town, model="mclp", sites=1, closing=True)
    assert (built(found), found.closed, found.objective) == ([0], (0, 1), 90)
    assert found.sites[0].share_after == 0.9


# --- rules ----------------------------------------------------------------------------------------------------------


def test_a_budget_instead_of_a_number() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000], people=[100, 60, 50], cost=[10.0, 5.0, 5.0])
    found = asked(town, model="mclp", budget=10.0)
    assert (built(found), found.cost, found.objective) == ([1, 2], 10.0, 110)
    assert built(asked(town, model="mclp", budget=15.0, sites=1)) == [0]
    assert asked(town, model="lscp", cheapest=True).objective == 20.0


def test_sites_stand_apart_also_from_what_exists() -> None:
    town = avenue([0, 400, 1000], [0, 400, 1000], people=[100, 90, 10])
    assert built(asked(town, model="mclp", sites=2)) == [0, 1]
    assert built(asked(town, model="mclp", sites=2, spacing_m=500.0)) == [0, 2]
    near = avenue([0, 400, 1000], [0, 400, 1000], people=[100, 90, 10], facilities=[300])
    assert built(asked(near, model="mclp", sites=2, spacing_m=500.0)) == [2]


def test_so_many_in_each_unit() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000], people=[100, 90, 10], street=["east", "east", "west"])
    assert built(asked(town, model="mclp", sites=2)) == [0, 1]
    assert built(asked(town, model="mclp", sites=2, at_most=UnitRule(per="street", count=1))) == [0, 2]
    assert built(asked(town, model="mclp", sites=2, at_least=UnitRule(per="street", count=1))) == [0, 2]


def test_a_unit_without_a_candidate_is_named() -> None:
    town = avenue([0, 1000], [0], people=[100, 90], street=["east"])
    homes = replace(
        town.communities, columns={**town.communities.columns, "street": np.array(["east", "north"], object)}
    )
    found = asked(replace(town, communities=homes), model="mclp", sites=1, at_least=UnitRule(per="street", count=1))
    assert (found.status, found.reason) == ("infeasible", "street 'north' needs 1 sites, but has 0 that may stand")


def test_weights_by_name() -> None:
    town = avenue([0, 1000], [0, 1000], people=[100, 90])
    homes = replace(town.communities, columns={**town.communities.columns, "children": np.array([1.0, 5.0])})
    other = replace(town, communities=homes)
    assert built(asked(other, model="mclp", sites=1)) == [0]
    found = asked(other, model="mclp", sites=1, demand="children")
    assert (built(found), found.objective, found.sites[0].share_after) == ([1], 5, 5 / 6)


def test_candidates_that_are_too_small_are_left_out_and_named() -> None:
    town = avenue([0, 1000], [0, 1000], people=[100, 90], floor_area_m2=[700.0, 750.0])
    task = SitingTask(name="t", circle="care", model="mclp", sites=1, where=Filter("floor_area_m2", ">=", 750))
    found = run(replace(town, siting=(task,)))
    assert built(found.proposals[0]) == [1]
    (note,) = [one.message for one in found.issues if one.code == "candidates_left_out"]
    assert "floor_area_m2 >= 750" in note
    assert "'k0'" in note or "'c" in note


# --- several answers --------------------------------------------------------------------------------------------------


def test_next_best_answers_say_what_differs() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000], people=[100, 90, 10])
    found = asked(town, model="mclp", sites=2, top_k=4)
    assert [(one.rank, one.objective, one.added, one.dropped) for one in found.alternatives] == [
        (2, 110, (2,), (1,)), (3, 100, (2,), (0,)),
    ]  # fmt: skip


def test_the_curve_and_how_many_sites_a_share_takes() -> None:
    town = avenue([0, 1000, 2000, 2900], [0, 1000, 2000], people=[60, 20, 10, 10])
    found = asked(town, model="mclp", sites=1, curve=10)
    assert [(one.sites, one.objective, one.share) for one in found.curve] == [(1, 60, 0.6), (2, 80, 0.8), (3, 90, 0.9)]
    assert [(one.share, one.sites) for one in found.needed] == [(0.8, 2), (0.9, 3), (0.95, None), (1.0, None)]


def test_phases_together_beat_phase_by_phase() -> None:
    """Alone, the first phase would take the middle site, which is of no use beside the two at the ends."""
    town = avenue([0, 300, 600], [170, 130, 470], people=[100, 110, 100], available_year=[2025, 2025, 2028])
    homes, sites = [0, 150, 450, 600], [300, 75, 525]
    town = avenue(homes, sites, people=[60, 50, 50, 60])
    found = asked(town, model="mclp", phases=(Phase(year=2026, sites=1), Phase(year=2028, sites=2)))
    first, second = found.phases
    assert set(first.candidates) < set(second.candidates) == {1, 2}
    assert (found.objective, first.objective + second.objective) == (330, 330)
    assert [site.year for site in found.sites] == [2026, 2028]
    assert found.status == "optimal"
    assert second.share_after == 1.0


def test_a_candidate_of_a_later_year_waits_for_its_phase() -> None:
    town = avenue([0, 1000], [0, 1000], people=[10, 90], available_year=[2025, 2028])
    found = asked(town, model="mclp", phases=(Phase(year=2026, sites=1), Phase(year=2028, sites=2)))
    assert [phase.added for phase in found.phases] == [(0,), (1,)]
    assert [phase.objective for phase in found.phases] == [10, 100]


def test_as_many_sites_as_a_share_takes() -> None:
    town = avenue([0, 1000, 2000], [0, 1000, 2000], people=[60, 25, 15])
    found = asked(town, model="lscp", coverage=0.8)
    assert (built(found), found.objective, found.bound, found.status) == ([0, 1], 2, 2, "optimal")
    beyond = asked(avenue([0, 1000, 2000], [0, 1000], people=[60, 25, 15]), model="lscp", coverage=0.9)
    assert (beyond.status, beyond.partial, built(beyond)) == ("infeasible", True, [0, 1])
    assert "85" in beyond.reason


# --- kinds of site planned together -----------------------------------------------------------------------------------


CHILD = Circle(name="child", service="child", limit=3, profile="test_walk")


def two_services(**columns: Any) -> Study:
    """Return a street with the old at 0 and the young at 100 m, and candidates at both and between."""
    homes = places("communities", [(0, 0), (300, 0)], old=[100.0, 0.0], young=[0.0, 40.0])
    sites = places("candidates", [(0, 0), (150, 0), (300, 0)], **columns)
    circles = (replace(CARE, demand="old"), replace(CHILD, demand="young"))
    town = study_of(AVENUE, homes, places("facilities", [], service=[]), sites, circles[0])
    return replace(town, circles=circles, year=2025)


def test_one_old_one_young_share_a_building_where_it_saves() -> None:
    """Only the middle candidate covers both communities: 11 each, and 5 less in one building."""
    town = two_services(cost=[10.0, 11.0, 10.0])
    parts = (Part(circle="care"), Part(circle="child"))
    joint = asked(town, circle="care", model="lscp", cheapest=True, parts=parts, saving=5.0, shared=True)
    assert (built(joint), joint.objective, joint.cost) == ([1, 1], 17.0, 17.0)
    assert {site.circle for site in joint.sites} == {"care", "child"}
    assert joint.separately is not None
    assert (joint.separately.cost, joint.separately.joint_cost, joint.separately.saved) == (22.0, 17.0, 5.0)
    assert asked(town, circle="care", model="lscp", cheapest=True, parts=parts, shared=True).cost == 22.0
    within = asked(town, circle="care", model="mclp", budget=17.0, parts=parts, saving=5.0, shared=True)
    assert (within.objective, within.cost) == (140, 17.0)
    assert asked(town, circle="care", model="mclp", budget=17.0, parts=parts, shared=True).objective == 100


@pytest.mark.parametrize("serves", [True, False])
def test_a_higher_tier_serves_as_a_lower_one_only_where_the_plan_says_so(serves: bool) -> None:
    homes = places("communities", [(0, 0), (1000, 0)], population=[100.0, 50.0])
    sites = places("candidates", [(0, 0), (1000, 0)], floor_area_m2=[3000.0, 800.0])
    centre = replace(CARE, name="centre", limit=20)
    town = study_of(AVENUE, homes, places("facilities", [], service=[]), sites, CARE)
    town = replace(town, circles=(CARE, centre), year=2025)
    parts = (
        Part(circle="care", sites=1, where=Filter("floor_area_m2", ">=", 750)),
        Part(circle="centre", sites=1, where=Filter("floor_area_m2", ">=", 2000), serves=("care",) if serves else ()),
    )
    found = asked(town, model="mclp", parts=parts)
    assert ("centre", 0) in {(site.circle, site.candidate) for site in found.sites}  # 800 m² is too small for it
    stations = {site.candidate for site in found.sites if site.circle == "care"}
    assert stations == {1}  # one kind of site a candidate
    assert found.objective == 150 + 50 + (100 if serves else 0)


# --- what can't be asked --------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no number": ({"model": "p_median"}, "doesn't say how many sites"),
    "until of another model": ({"model": "mclp", "sites": 1, "until": "X"}, "asks for the fewest sites"),
    "both targets": ({"model": "lscp", "until": "X", "coverage": 0.9}, "both until and coverage"),
    "phases of lscp": ({"model": "lscp", "phases": (Phase(year=2026, sites=1),)}, "phases are for mclp and p_median"),
    "phases and sites": ({"model": "mclp", "sites": 2, "phases": (Phase(year=2026, sites=1),)}, "beside phases"),
    "years that fall": (
        {"model": "mclp", "phases": (Phase(year=2028, sites=1), Phase(year=2026, sites=2))}, "years of its phases"),
    "sites that vanish": (
        {"model": "mclp", "phases": (Phase(year=2026, sites=2), Phase(year=2028, sites=1))}, "fewer sites"),
    "an empty phase": ({"model": "mclp", "phases": (Phase(year=2026),)}, "neither sites nor budget"),
    "capacity of backup": ({"model": "mclp_b", "sites": 1, "capacity": "beds"}, "can't reckon with capacities"),
    "backup share": ({"model": "p_median", "sites": 1, "backup_share": 0.5}, "backup_share is for lscp and mclp"),
    "cheapest": ({"model": "mclp", "sites": 1, "cheapest": True}, "cheapest is for lscp"),
    "no trip cost": ({"model": "fixed_charge"}, "add trip_cost"),
    "one part": ({"model": "mclp", "parts": (Part(circle="care", sites=1),)}, "single part"),
    "a part twice": ({"model": "mclp", "parts": (Part(circle="a", sites=1), Part(circle="a"))}, "the same circle"),
    "serves nobody": ({"model": "mclp", "parts": (Part(circle="a", sites=1), Part(circle="b", serves=("c",)))},
                      "isn't another part's circle"),
    "saving alone": ({"model": "mclp", "sites": 1, "saving": 3.0}, "a saving is for parts"),
    "next best of phases": ({"model": "mclp", "top_k": 2, "phases": (Phase(year=2026, sites=1),)}, "can't be combined"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_task_that_contradicts_itself_is_told(what: str) -> None:
    given, told = WRONG[what]
    found = [f"{one.message}; {one.remedy}" for one in contradictions(SitingTask(name="t", circle="care", **given))]
    assert any(told in one for one in found), found


def test_what_the_tables_do_not_hold_is_told_by_row() -> None:
    town = avenue([0, 1000], [0, 1000], people=[0, 0], cost=[5.0, np.nan])
    for task, told in (
        ({"model": "mclp", "budget": 9.0}, "reckons with cost, which is blank for 'c1'"),
        ({"model": "mclp", "sites": 1}, "weighs by population, which is 0 for every community"),
        (
            {"model": "mclp", "sites": 1, "demand": "nobody"},
            "weighs by nobody, but the communities have no such column",
        ),
        ({"model": "mclp", "sites": 1, "capacity": "beds"}, "reckons with capacity, which is blank for 'c0'"),
        ({"model": "mclp", "sites": 1, "where": Filter("size", ">=", 1)}, "by size, but they have no such column"),
        ({"model": "mclp", "sites": 1, "at_most": UnitRule(per="ward", count=1)}, "no column ward"),
    ):
        with pytest.raises(InputError, match=re.escape(told)):
            asked(town, **task)
    dear = avenue([0], [0], people=[5], cost=[7.0])
    with pytest.raises(InputError, match="its budget of 3 is below the 7 of the cheapest candidate"):
        asked(dear, model="mclp", budget=3.0)


# --- from a study file to the findings --------------------------------------------------------------------------------

EVERYTHING = """
[[siting]]
name = "two_phases"
circle = "day_care_15"
model = "mclp"
unknown_demand = "exclude"
phases = [{ year = 2026, sites = 1 }, { year = 2028, sites = 1 }]

[[siting]]
name = "most"
circle = "day_care_15"
model = "mclp"
sites = 1
unknown_demand = "exclude"
top_k = 2
curve = 3
budget = 100
spacing_m = 10
at_most = { per = "street", count = 1 }
where = { column = "capacity", op = ">=", value = 30 }

[[siting]]
name = "all_of_them"
circle = "day_care_15"
model = "lscp"
unknown_demand = "exclude"
coverage = 1.0
"""


def test_a_study_file_asks_for_all_of_it(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    edit(study, '[[siting]]\nname = "one_more"\ncircle = "day_care_15"\nmodel = "mclp"\nsites = 1\n', EVERYTHING)
    edit(
        tmp_path / "candidates.csv",
        "capacity\nk1,地块,117.2050,28.3040,40",
        "capacity,cost,street\nk1,地块,117.2050,28.3040,40,90,东",
    )
    code = command_line(["run", str(study), "--out", str(tmp_path / "out"), "-q"])
    assert code in (0, 3)
    found = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    phases, most, share = found["proposals"]
    assert [one["year"] for one in phases["phases"]] == [2026, 2028]
    assert most["curve"]
    assert share["target_share"] == 1.0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert '"year":"2026"' in page


WRONG_FILES = {
    "an unknown circle": ('circle = "day_care_15"\nmodel', 'circle = "day_care_14"\nmodel', "unknown_circle"),
    "no circle": ('circle = "day_care_15"\nmodel', "model", "missing_key"),
    "an unknown model": ('model = "mclp"', 'model = "best"', "bad_value"),
    "an unknown key": ("sites = 1", "sites = 1\nbugdet = 3", "unknown_key"),
    "no number": ("sites = 1", "", "missing_key"),
    "phases": ("sites = 1", "phases = [{ year = 2026 }]", "missing_key"),
    "a share above 1": ("sites = 1", "sites = 1\nbackup_share = 2", "bad_value"),
}


@pytest.mark.parametrize("what", WRONG_FILES)
def test_a_study_file_that_asks_wrongly_is_told_by_line(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path)
    old, new, code = WRONG_FILES[what]
    edit(study, old, new)
    assert command_line(["check", str(study)]) == 2
    told = capsys.readouterr().err
    assert re.search(r"study\.toml:\d+: ", told), (code, told)


# --- until the plan's target is met ------------------------------------------------------------------------------------


@cache
def district() -> Study:
    """Return the sample district, its plan included, with the circle of day care alone and one of centres."""
    whole = sample_district()
    centre = replace(whole.circles[0], name="centre", service="elderly_centre", kinds=())
    return replace(whole, circles=(whole.circles[0], centre), siting=())


def until(indicator: str, circle: str) -> Proposal:
    task = SitingTask(name="t", circle=circle, model="lscp", until=indicator)
    (found,) = run(replace(district(), siting=(task,))).proposals
    return found


def test_until_an_indicator_of_reach_is_met() -> None:
    """HP-01 asks for all people; the sample's candidates don't reach all, and the answer says so."""
    found = until("HP-01", "day_care_15")
    assert (found.target, found.status, found.partial) == (1.0, "infeasible", True)
    assert found.objective == len(found.sites) > 0


def with_indicator(**changes: object) -> Study:
    """Return the district with urban communities, one in three of those assessed, and with HP-01 changed."""
    whole = district()
    assessed = run(whole).coverages[0].status != "not_assessed"
    kind = np.where(assessed & (np.arange(len(assessed)) % 3 == 0), "urban", "village").astype(object)
    communities = replace(whole.communities, columns={**whole.communities.columns, "kind": kind})
    assert whole.plan is not None
    (first,) = (one for one in whole.plan.indicators if one.id == "HP-01")
    plan = replace(whole.plan, indicators=(replace(first, **changes),))  # type: ignore[arg-type]
    return replace(whole, communities=communities, plan=plan)


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": ("urban_area",)},
        {"scope": ("urban_community",), "denominator": None},
        {"scope": ("street",), "denominator": None},
    ],
    ids=["people of a part", "communities of a part", "streets, each as a whole"],
)
def test_until_a_reach_of_a_narrower_scope_is_met(changes: dict[str, object]) -> None:
    """What is proposed is built, and the plan judged anew: the target is met, and one site fewer doesn't meet it."""
    study = with_indicator(**changes)
    task = SitingTask(name="t", circle="day_care_15", model="lscp", until="HP-01", unknown_demand="exclude")
    found = run(replace(study, siting=(task,)))
    (proposal,) = found.proposals
    assert found.compliance is not None
    before = next(one for one in found.compliance.entries if one.circle == "day_care_15")
    assert (before.verdict, proposal.status, proposal.bound) == ("below", "optimal", len(proposal.sites))
    sites = [site.candidate for site in proposal.sites]
    assert judged_with(study, sites) == "meets"
    must = flag(study.candidates, "forced")
    dropped = [judged_with(study, [one for one in sites if one != site]) for site in sites if not must[site]]
    assert set(dropped) == {"below"}
    if changes["scope"] != ("street",):
        assert len(sites) < 15  # what it takes to cover everybody


def judged_with(study: Study, sites: list[int]) -> str:
    """Return the verdict on HP-01 once candidates are facilities of the circle's service."""
    held = standing(study, "day_care_15", sites).compliance
    assert held is not None
    return next(one.verdict for one in held.entries if one.circle == "day_care_15")


def test_until_a_part_of_areas_that_are_reached_only_as_a_whole_is_refused() -> None:
    found = run(with_indicator(scope=("street",), denominator=None))
    assert found.compliance is not None
    entry = next(one for one in found.compliance.entries if one.circle == "day_care_15")
    task = SitingTask(name="t", circle="day_care_15", model="lscp", until="HP-01")
    with pytest.raises(InputError, match="each reached only as a whole"):
        share_of(task, replace(entry, target=80), found.coverages[0])
    with pytest.raises(InputError, match="hangs on more than which communities"):
        share_of(task, replace(entry, recount=None), found.coverages[0])
    assert share_of(task, replace(entry, target=100), found.coverages[0]).task.coverage == 1.0


def test_a_share_to_be_exceeded_takes_more_than_a_share_to_be_met() -> None:
    """The target is just what two sites reach: they meet it, but only a third exceeds it."""
    study = with_indicator(scope=("community",), denominator=None)
    two = SitingTask(name="two", circle="day_care_15", model="mclp", sites=2, demand="communities")
    found = run(replace(study, siting=(two,)))
    assert found.compliance is not None
    entry = next(one for one in found.compliance.entries if one.circle == "day_care_15")
    share = found.proposals[0].sites[-1].share_after
    assert share is not None
    task = SitingTask(name="t", circle="day_care_15", model="lscp", until="HP-01")
    aims = [share_of(task, replace(entry, target=100 * share, operator=one), found.coverages[0]) for one in (">=", ">")]
    met, exceeded = run(replace(study, siting=tuple(replace(aim.task, until=None) for aim in aims))).proposals
    assert (len(met.sites), len(exceeded.sites)) == (2, 3)
    assert exceeded.sites[-1].share_after > share  # type: ignore[operator]


def test_until_every_street_has_one_of_its_own() -> None:
    held = run(district()).compliance
    assert held is not None
    entry = next(one for one in held.entries if one.id == "HP-04")
    lacking = {one.area_id for one in entry.by_area if not one.value}
    found = until("HP-04", "centre")
    assert entry.units_to_build == len(lacking) == 3
    assert (found.status, found.objective, found.bound) == ("optimal", 3, 3)
    candidates = district().candidates
    names = {str(one.name) for one in entry.by_area if not one.value}
    assert {str(candidates.columns["street"][site.candidate]) for site in found.sites} == names


def test_until_something_that_cannot_be_is_refused() -> None:
    for indicator, circle, told in (
        ("HP-99", "day_care_15", "the plan has no indicator 'HP-99'"),
        ("HP-13", "day_care_15", "is about childcare, but circle 'day_care_15' about elderly_day_care"),
        ("HP-02", "day_care_15", "nor one of reach by 'day_care_15'"),
    ):
        with pytest.raises(InputError, match=told):
            until(indicator, circle)
    with pytest.raises(InputError, match="the study has no plan"):
        asked(avenue([0], [0]), model="lscp", until="HP-01")


def test_what_was_not_found_in_time_is_told_as_unknown(tmp_path: Path) -> None:
    """Capacities leave nothing to begin with; the files stand all the same, and no figure is made up."""
    town = avenue([0, 100], [50, 60], people=[100, 60], capacity=[100.0, 60.0])
    task = SitingTask(name="t", circle="care", model="mclp", sites=1, capacity="places", time_limit_s=1e-9)
    found = run(replace(town, siting=(task,)))
    (proposal,) = found.proposals
    assert proposal.status in {"unknown", "feasible", "optimal"}
    write(found, tmp_path / "out")
    document = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))["proposals"][0]
    if proposal.status == "unknown":
        assert (document["objective"], document["gap"], document["sites"]) == (None, None, [])
        assert any(issue.code == "not_proven" for issue in found.issues)


@pytest.mark.parametrize(("target", "met"), [(2.2, True), (45, False)])
def test_until_a_ratio_is_met(target: float, met: bool) -> None:
    """HP-11 lacks places per 1,000 people: the fewest sites with as many; or all, where they don't suffice."""
    whole = sample_district()
    circle = next(one for one in whole.circles if one.service == "childcare")
    assert whole.plan is not None
    plan = replace(
        whole.plan,
        indicators=tuple(
            replace(one, values=dict.fromkeys(one.values, Figure.of(target))) if one.id == "HP-11" else one
            for one in whole.plan.indicators
        ),
    )
    task = SitingTask(name="t", circle=circle.name, model="lscp", until="HP-11", unknown_demand="exclude")
    study = replace(whole, plan=plan, circles=(circle,), siting=(task,))
    found = run(study)
    (proposal,) = found.proposals
    assert found.compliance is not None
    lacks = found.compliance.of("HP-11")[0].units_to_build
    assert lacks is not None
    places = np.nan_to_num(whole.candidates.number("capacity"))
    fit = eligible(circle, whole.candidates, year=whole.year)
    built = [site.candidate for site in proposal.sites]
    if met:
        assert proposal.status == "optimal"
        assert places[built].sum() >= lacks > np.sort(places[fit])[::-1][: len(built) - 1].sum()
    else:
        assert (proposal.status, proposal.partial) == ("infeasible", True)
        assert f"{lacks} places are to be built, but the candidates bring {places[fit].sum():g}" in proposal.reason


def test_until_a_total_in_facilities_counts_each_candidate_that_fits() -> None:
    indicator = next(one for one in district().plan.indicators if one.id == "HP-06")  # type: ignore[union-attr]
    candidates = district().candidates
    each = amount_of(replace(indicator, where=()), "facilities", 3.0, candidates)
    assert each.brings.tolist() == [1.0] * len(candidates)
    with pytest.raises(InputError, match="the candidates have no column 'wards'"):
        amount_of(replace(indicator, where=(Filter("wards", ">=", 2),)), "facilities", 3.0, candidates)


@pytest.mark.parametrize(("indicator", "why"), [("HP-07", "counts in the part and in the whole"), ("HP-08", "lacks")])
def test_until_what_sites_alone_cannot_meet_says_why(indicator: str, why: str) -> None:
    whole = district()
    assert whole.plan is not None
    service = next(one for one in whole.plan.indicators if one.id == indicator).counted_services
    circle = replace(whole.circles[0], name="its", service=service[0] if service else "elderly_day_care", kinds=())
    task = SitingTask(name="t", circle="its", model="lscp", until=indicator)
    with pytest.raises(InputError, match=why):
        run(replace(whole, circles=(circle,), siting=(task,)))
