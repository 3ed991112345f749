"""Circles side by side, scenarios, shares inside communities, and streets within reach, as an official sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planner.report import findings_json
from planner.report.page import render
from planner.report.provenance import Provenance
from planner.report.view import view
from planner.sources import sample_district
from planner.study import Findings, run
from tests.browser.conftest import SCREENSHOTS, SIZES
from tests.unit.test_inside import points_of
from tests.unit.test_side_by_side import river, rules

NAME = "<b>河</b>{{ 1 }}</script>"


@pytest.fixture(scope="module")
def found() -> Findings:
    study = rules(sample_district())
    scenarios = (replace(river(study), name=NAME),)
    return run(replace(study, scenarios=scenarios, population_points=points_of(study)))


@pytest.fixture(scope="module")
def many_page(found: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "index.html"
    path.write_text(render(found), encoding="utf-8", newline="\n")
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_rules_and_scenarios_have_their_switches_and_lists(visit, many_page, found, size, language):
    opened, words = visit(many_page, size), view(found)
    opened.speak(language)
    document = findings_json.as_dict(
        found, provenance=Provenance(created="", planner_version="", platform="", timings_s={})
    )
    names = [circle["name"] for circle in document["circles"]]
    assert opened.page.locator("#circles .segment").count() == len(names) == 4
    for i, name in enumerate(names):
        opened.page.locator("#circles .segment").nth(i).click()
        lists = opened.page.locator("#partings details")
        expected = [
            len(pair[key])
            for pair in document["comparisons"]
            if name in pair["circles"]
            for key in (("only_second", "only_first") if name == pair["circles"][0] else ("only_first", "only_second"))
        ]
        shown = [lists.nth(k).locator("li").count() for k in range(lists.count())]
        assert shown == [count for count in expected if count]
        inside = words.circles[i].inside
        assert inside is not None
        assert opened.text("#inside") == inside[language]
    opened.page.locator("#circles .segment").nth(0).click()
    opened.page.locator("#scenarios .segment").nth(1).click()
    (scenario,) = document["scenarios"]
    after = scenario["circles"][0]
    assert NAME in opened.text("#change")
    assert NAME in opened.text("#scenarios")
    assert opened.page.locator("#partings li").count() == len(after["newly_covered"]) + len(after["no_longer_covered"])
    assert str(after["communities"]["covered"]) in opened.text("#headline")
    assert units_shown(opened) == units_expected(found)
    opened.page.screenshot(path=SCREENSHOTS / f"{size}_{language}_scenario.png")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    opened.assert_quiet()


def units_shown(opened):
    """Return, for each unit of the table before against after, covered communities before and after, and all."""
    cells = opened.page.locator("#scenario_table tbody tr td:nth-child(2)").all_text_contents()
    found = []
    for cell in cells:
        counts, whole = cell.split(" / ")
        parts = counts.split(" → ")
        found.append((int(parts[0]), int(parts[-1]), int(whole)))
    return found


def units_expected(found):
    """Return the same from the coverages, by the sub-district that each community's row names."""
    street = found.study.communities.columns["street"]
    before, after = (one.status == "covered" for one in (found.coverages[0], found.outcomes[0].coverages[0]))
    return [
        (int(before[street == name].sum()), int(after[street == name].sum()), int((street == name).sum()))
        for name in found.study.areas.names[found.study.areas.columns["level"] == "street"]
    ]


def test_streets_within_reach_take_the_place_of_the_land_and_back(visit, many_page, found):
    opened, words = visit(many_page), view(found).words
    opened.speak("en")
    switch = opened.page.locator("#legend button.link")
    assert switch.text_content() == words["show_streets"]["en"]
    before = opened.page.screenshot()
    switch.click()
    assert switch.text_content() == words["show_land"]["en"]
    lines = opened.page.screenshot(path=SCREENSHOTS / "streets_within_reach.png")
    assert lines != before
    switch.click()
    assert switch.text_content() == words["show_streets"]["en"]
    opened.assert_quiet()


def test_a_card_tells_the_share_inside(visit, many_page, found):
    opened = visit(many_page)
    opened.page.locator("#short_list button.row").first.click()
    shown = opened.text("#card")
    shares = [share["zh"] for share in view(found).circles[0].inside_shares if share is not None]
    assert any(share in shown for share in shares)
    opened.assert_quiet()
