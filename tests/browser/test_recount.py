"""Indicators worked out anew in the page: figure, verdict, what is short, and every area are the engine's own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from planner.compliance import AreaEntry, Entry
from planner.plan import Figure, Indicator, Plan
from planner.report import amount
from planner.report.page import render
from planner.report.view import View, view
from planner.report.words import read
from planner.schema import Filter
from planner.siting.task import eligible
from planner.sources.sample import sample_district
from planner.study import Findings, Study, run
from tests.browser.hostile import hostile_district
from tests.browser.test_trial import choose
from tests.building import built
from tests.housing import with_homes

DRAWS = 4
HOMES_NAMED = ("红星小区", "h05", "h11", "h26")
CARE, CHILD = "elderly_day_care", "childcare"
WORDS = read()


def due(figure: Any, year: int = 2025) -> dict[int | None, Figure]:
    return {year: Figure.of(figure)}


def indicators(care: str = CARE, child: str = CHILD) -> tuple[Indicator, ...]:
    """Return an indicator of every kind and scope whose figure hangs on which facilities there are."""
    one = partial(
        Indicator, id="", name={}, quote="…", clause="一", services=(care,), scope=("community",), operator=">="
    )
    present = partial(one, kind="presence", reading="presence")
    reach = partial(one, kind="presence", reading="presence+reach", unit="%")
    within = partial(one, kind="reach", reading="reach", unit="min", operator="<=", denominator="population_60plus")
    measured = partial(one, services=(child,), scope=("district",))
    large, public = Filter("floor_area_m2", ">=", 500), Filter("ownership", "=", "public")
    found = (
        present(unit="%", values=due(60)),
        present(unit="%", values=due(25), operator=">"),
        present(unit="fraction", values=due("1/3")),
        present(unit="%", values=due(100), scope=("street",)),
        present(scope=("street",), operator=None),
        present(scope=("community",), operator=None),
        present(unit="facilities/unit", values=due(1)),
        present(unit="facilities/unit", values=due(2), scope=("street",)),
        present(unit="facilities/unit", values=due(3), scope=("district",)),
        present(unit="%", values=due(50), scope=("street", "community")),
        present(unit="%", values=due(50), where=(large,)),
        present(unit="%", values=due(50), where_any=(large, public), scope=("street",)),
        present(unit="%", values=due(30), increment=True, since=2018),
        present(unit="%", values=due(30), areas=("城北街道", "城南街道"), scope=("street",)),
        present(unit="%", values=due(60), own_area=True),
        present(unit="%", values=due(60), services=(care, child)),
        present(unit="%", values={2035: Figure.of(60)}),
        reach(values=due(75)),
        reach(values=due(75), scope=("street",)),
        reach(values=due("1/2"), unit="fraction"),
        reach(values=due(60), where=(large,)),
        reach(values=due(60), where=(public,), scope=("street",)),
        reach(values=due(60), denominator="population"),
        reach(values=due(60), denominator="population", scope=("street",)),
        within(values=due(15), scope=("district",)),
        within(values=due(15), scope=("street",)),
        within(values=due(15), scope=("district",), where=(public,)),
        within(values=due(15), scope=("district",), areas=("城北街道", "铁东街道")),
        within(values=due(15), denominator=None),
        one(kind="total", unit="facilities", scope=("district",), values=due(12)),
        one(kind="total", unit="facilities", scope=("street",), values=due(12)),
        one(kind="total", unit="facilities", scope=("district",), where=(public,), operator=">", values=due(5)),
        one(kind="ratio", unit="people/facility", scope=("district",), operator="<=", values=due(20000),
            denominator="population"),
        measured(kind="total", unit="places", column="places", values=due(700)),
        measured(kind="ratio", unit="places/1000 people", column="places", denominator="population", values=due(4.5)),
        measured(kind="share", unit="%", column="places", part=(Filter("inclusive", "=", True),), values=due(80)),
        measured(kind="share", unit="fraction", part=(public,), values=due("1/2")),
        measured(kind="share", unit="%", column="places", denominator="population_under3", values=due(20)),
        measured(kind="total", unit="m2", column="floor_area_m2", values=due(9000)),
        *homes_indicators(one),
    )  # fmt: skip
    return tuple(
        replace(each, id=f"T-{i:02}", name={"zh": f"指标<b>{i}", "en": f"Indicator {{n}} {i}"})
        for i, each in enumerate(found)
    )


def homes_indicators(one: Callable[..., Indicator]) -> tuple[Indicator, ...]:
    """Return indicators of residential areas: reached and with one inside, all, new and built, and under conditions."""
    present = partial(one, kind="presence", reading="presence", unit="%")
    reach = partial(one, kind="presence", reading="reach", unit="%")
    large, public = Filter("floor_area_m2", ">=", 500), Filter("ownership", "=", "public")
    homes, new, old = ("residential_area",), ("residential_area_new",), ("residential_area_built",)
    return (
        present(values=due(40), scope=homes),
        present(values=due(40), scope=new, reading="presence+reach"),
        present(values=due("1/5"), scope=old, unit="fraction", reading="presence+reach"),
        present(unit="facilities/unit", values=due(1), scope=homes),
        present(operator=None, scope=new),
        present(values=due(30), scope=homes, where=(large,)),
        present(values=due(30), scope=("community", *homes)),
        present(values=due(30), scope=homes, areas=HOMES_NAMED),
        present(values=due(30), scope=homes, own_area=True),
        present(values=due(30), scope=("street", *new), own_area=True, where=(public,)),
        reach(values=due(90), scope=homes),
        reach(values=due(90), scope=homes, denominator="population"),
        reach(values=due(90), scope=("community", *old)),
        reach(values=due(90), scope=("community", *old), denominator="population"),
        reach(values=due(60), scope=homes, where=(public,)),
        reach(values=due(60), scope=homes, areas=HOMES_NAMED),
        reach(operator=None, scope=new),
        one(kind="reach", reading="reach", unit="min", operator="<=", values=due(15), scope=new),
        one(kind="reach", reading="reach", unit="min", operator="<=", values=due(15), scope=homes,
            areas=("城北街道", "铁东街道"), denominator="population_60plus"),
        one(kind="total", unit="facilities", scope=homes, values=due(12)),
        one(kind="total", unit="facilities", scope=old, where=(public,), values=due(3)),
        one(kind="share", unit="%", scope=homes, part=(public,), values=due(50)),
    )  # fmt: skip


def planned(study: Study, **services: str) -> Study:
    plan = Plan(id="t", name={"zh": "试算", "en": "Trial"}, indicators=indicators(**services))
    return replace(study, plan=plan, siting=())


def told_of(study: Study) -> Study:
    """Return a study whose candidates say all that a facility's table does."""
    chance = random.Random(3)
    count = len(study.candidates)
    more = {
        "places": np.array([float(chance.randrange(20, 90)) for _ in range(count)]),
        "beds": np.array([float(chance.randrange(20, 90)) for _ in range(count)]),
        "inclusive": np.array([chance.random() < 0.6 for _ in range(count)], dtype=object),
        "ownership": np.array([chance.choice(("public", "private")) for _ in range(count)], dtype=object),
    }
    return replace(study, candidates=replace(study.candidates, columns={**study.candidates.columns, **more}))


def blank_here_and_there(study: Study) -> Study:
    """Return a study of which some facilities have no year, no size and no owner, and candidates not always either."""
    chance, facilities = random.Random(9), study.facilities
    columns = dict(facilities.columns)
    for name in ("year", "floor_area_m2", "ownership"):
        columns[name] = columns[name].copy()
        for i in chance.sample(range(len(facilities)), 4):
            columns[name][i] = None if columns[name].dtype == object else np.nan
    told = told_of(study)
    own = {name: cells.copy() for name, cells in told.candidates.columns.items()}
    for name in ("places", "inclusive", "ownership"):
        for i in chance.sample(range(len(told.candidates)), 8):
            own[name][i] = None if own[name].dtype == object else np.nan
    return replace(
        told, facilities=replace(facilities, columns=columns), candidates=replace(told.candidates, columns=own)
    )


def without_areas(study: Study) -> Study:
    """Return a study in which columns alone tell where things stand, and not always."""
    chance = random.Random(4)
    street = study.facilities.columns["street"].copy()
    for i in chance.sample(range(len(street)), 5):
        street[i] = None
    facilities = replace(study.facilities, columns={**study.facilities.columns, "street": street})
    communities = replace(study.communities, polygon=None)
    return replace(told_of(study), areas=None, communities=communities, facilities=facilities)


def hostile(_: Study) -> Study:
    study = hostile_district()
    at = [one.name for one in sample_district().circles]
    first, fourth = study.circles[0], study.circles[at.index("childcare_15")]
    return planned(told_of(study), care=first.service, child=fourth.service)


STUDIES: dict[str, Callable[[Study], Study]] = {
    "as it is": lambda study: replace(study, siting=()),
    "told": lambda study: planned(told_of(study)),
    "silent": planned,
    "blank": lambda study: planned(blank_here_and_there(study)),
    "no areas": lambda study: planned(without_areas(study)),
    "homes": lambda study: planned(with_homes(told_of(study))),
    "homes without outlines": lambda study: planned(with_homes(told_of(study), outlined=False)),
    "homes drawn": lambda study: planned(with_homes(told_of(study), drawn=True)),
    "hostile": hostile,
}

ASKED = """() => planner.view.trial.targets.map(target => {
  const was = planner.recount.before(target), is = planner.recount.found(target, planner.state.trial), all = {};
  for (const language of ["zh", "en"]) {
    planner.state.lang = language;
    all[language] = [planner.recount.valueText(target, is), planner.recount.verdictText(target, is),
      planner.recount.changes(target, was, is, true), planner.recount.changes(target, was, is, false)];
  }
  const silent = {};
  for (const [service, those] of Object.entries(target.silent))
    silent[service] = those.filter(i => (planner.state.trial.sites[service] || {})[i]);
  return {verdict: is.verdict, gap: is.gap, build: is.build, states: is.states, numbers: is.numbers || null, silent: silent,
    was: planner.recount.valueText(target, was), text: all};
})"""


def draws(study: Study) -> list[tuple[str, set[int], set[int]]]:
    """Draw circles with candidates to build for them and facilities to close, of every service."""
    chance, found = random.Random(21), []
    for number in range(DRAWS):
        circle = study.circles[(number * 3) % len(study.circles)]
        may = eligible(circle, study.candidates, year=study.year).tolist()
        sites = set() if number == 1 else set(chance.sample(may, min(len(may), 2 + number * 2)))
        counted = [i for i, own in enumerate(study.facilities.columns["service"]) if circle.service in (own or ())]
        found.append((circle.name, sites, set(chance.sample(counted, min(len(counted) - 1, number)))))
    return found


@pytest.mark.parametrize("kind", STUDIES)
def test_every_indicator_is_the_engines(visit, tmp_path, kind):
    study = STUDIES[kind](sample_district())
    findings = run(study)
    path = tmp_path / "index.html"
    path.write_text(render(findings), encoding="utf-8")
    opened, words = visit(path), view(findings)
    page = opened.page
    entries = asked_entries(findings, words)
    seen, named = 0, set()
    for circle, sites, closed in draws(study):
        known: dict[frozenset[int], Findings] = {}
        ids = study.candidates.ids, study.facilities.ids
        choose(page, circle, [str(ids[0][i]) for i in sites], [str(ids[1][i]) for i in closed])
        shown = page.evaluate(ASKED)
        assert len(shown) == len(entries)
        for place, found in zip(entries, shown, strict=True):
            counted = frozenset(sites - {i for those in found["silent"].values() for i in those})
            if counted not in known:
                known[counted] = built(study, circle, counted, closed)
            then = known[counted].compliance.entries[place]
            same(findings.compliance.entries[place], then, found)
            seen += found["text"]["zh"][0] != found["was"]
            named |= {(findings.compliance.entries[place].reading, one) for one in found["text"]["zh"][2]}
    assert seen > DRAWS
    if kind.startswith("homes"):
        homes = {str(one) for one in sample_district().residential_areas.names}
        assert {reading for reading, one in named if one in homes} == {"presence", "reach"}
    page.click("#trial_table summary")
    page.wait_for_selector("#trial_table .aims tr.differs")
    opened.assert_quiet()


def asked_entries(findings: Findings, words: View) -> list[int]:
    """Return the entries that the page works out anew, in its order: all with a figure but those it names."""
    left = {words.compliance.items[i].id for i in words.trial.others}
    return [
        i for i, one in enumerate(findings.compliance.entries) if one.value is not None and one.id not in left
    ]  # fmt: skip


def same(before: Entry, then: Entry, found: dict[str, Any]) -> None:
    """Compare what the page says with the engine's entry: value, verdict, gap, units to build, and each area."""
    assert found["verdict"] == then.verdict, (then.id, then.reading)
    for language in ("zh", "en"):
        value, verdict, *_ = found["text"][language]
        assert value == ("—" if then.value is None else amount.value_amount(then, then.value, WORDS)[language])
        assert verdict == verdict_words(then)[language]
    assert (found["gap"] is None) == (then.gap is None)
    if then.gap is not None:
        assert found["gap"][0] / found["gap"][1] == pytest.approx(then.gap, abs=1e-9)
    if then.reading != "reach" and then.units_to_build is not None:
        assert found["build"] == then.units_to_build
    if found["states"]:
        areas(before, then, found)


def areas(before: Entry, then: Entry, found: dict[str, Any]) -> None:
    """Compare every area, and the names of those that come to meet the figure or no longer do."""
    assert len(found["states"]) == len(then.by_area)
    if found["numbers"]:
        pairs = zip(found["numbers"], then.by_area, strict=True)
        assert all(own == one.value for own, one in pairs if one.value is not None)
    if then.reading == "reach":
        assert [state is None for state in found["states"]] == [one.value is None for one in then.by_area]
    if then.target is None and (then.unit == "facilities/unit" or any(one.value is None for one in then.by_area)):
        return  # without a target the engine says nothing of an area that may have one or two
    met, was = ([met_of(one) for one in entry.by_area] for entry in (then, before))
    assert [state is True for state in found["states"]] == met
    changed = [(one.name, now) for one, now, earlier in zip(then.by_area, met, was, strict=True) if now != earlier]
    assert found["text"]["zh"][2] == [name for name, now in changed if now]
    assert found["text"]["zh"][3] == [name for name, now in changed if not now]


def met_of(one: AreaEntry) -> bool:
    return one.verdict == "meets" or (one.verdict == "no_target" and bool(one.value))


def verdict_words(entry: Entry) -> dict[str, str]:
    if entry.verdict != "below":
        return WORDS.text("verdict", entry.verdict)
    build, gap = amount.build_amount(entry, WORDS), amount.gap_amount(entry, WORDS)
    if build is not None:
        return WORDS.text("verdict", "below_build", amount=build)
    return WORDS.text("verdict", "below") if gap is None else WORDS.text("verdict", "below_gap", amount=gap)


def test_residential_areas_that_change_are_named_letter_for_letter(visit, tmp_path):
    study = with_homes(hostile_district())
    one = partial(
        Indicator, name={"zh": "指标", "en": "Indicator"}, quote="…", clause="一", kind="presence", operator=">=",
        services=(study.circles[0].service,), scope=("residential_area",), unit="%", values=due(90),
    )  # fmt: skip
    aims = one(id="T-1", reading="presence"), one(id="T-2", reading="reach")
    study = replace(study, plan=Plan(id="t", name={"zh": "试算", "en": "Trial"}, indicators=aims), siting=())
    findings = run(study)
    path = tmp_path / "index.html"
    path.write_text(render(findings), encoding="utf-8")
    opened, circle, sites = visit(path), study.circles[0].name, (2, 6)  # each in an outline
    choose(opened.page, circle, [str(study.candidates.ids[i]) for i in sites], [])
    opened.page.click("#trial_table summary")
    opened.page.wait_for_selector("#trial_table .aims")
    for fold in opened.page.query_selector_all("#trial_table .aims summary"):
        fold.click()
    opened.page.wait_for_function(
        "() => [...document.querySelectorAll('#trial_table .aims details')].every(one => one.childNodes.length > 1)"
    )
    shown = opened.text("#trial_table .aims")
    then = built(study, circle, sites).compliance
    for reading in ("presence", "reach"):
        changed = [
            one.name
            for entry, now in zip(findings.compliance.entries, then.entries, strict=True)
            if entry.reading == reading
            for earlier, one in zip(entry.by_area, now.by_area, strict=True)
            if met_of(one) and not met_of(earlier)
        ]
        assert changed, reading
        assert all(name in shown for name in changed), reading
    assert opened.page.evaluate("window.alerts") == 0
    opened.assert_quiet()
