"""The plan's indicators on the page: the list, the filter, the map coloured by one of them, and back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from planner.report.findings_json import as_dict
from planner.report.indicator_view import PARTS
from planner.report.page import render
from planner.report.view import View, view
from planner.report.words import read, said
from planner.sources.plans import read_plan
from planner.sources.sample import sample_district
from planner.study import Findings, run
from tests.browser.conftest import SCREENSHOTS, SIZES
from tests.browser.hostile import NAMES, hostile_district, name
from tests.browser.test_page import DRAWN
from tests.browser.test_recount import blank_here_and_there, planned
from tests.compliance_by_hand import DAY_CARE_INSIDE, compliance, hostile, plan
from tests.findings_by_hand import PROVENANCE

BUDGET_BYTES = 3_000_000
PLANS = ("botou", "heping", "huzhong", "quanzhou", "shijiazhuang")


@pytest.fixture(scope="module")
def by_hand() -> Findings:
    study = sample_district()
    return replace(run(study), study=replace(study, plan=plan()), compliance=compliance(study))


@pytest.fixture(scope="module")
def told(by_hand) -> View:
    return view(by_hand)


@pytest.fixture(scope="module")
def page_of_plan(by_hand, tmp_path_factory) -> Path:
    return _written(by_hand, tmp_path_factory.mktemp("plan"))


def _written(findings: Findings, folder: Path) -> Path:
    path = folder / "index.html"
    path.write_text(render(findings), encoding="utf-8", newline="\n")
    return path


def _position(told: View, indicator: str) -> int:
    return [one.id for one in told.compliance.items].index(indicator)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_every_indicator_is_listed(visit, page_of_plan, told, size, language):
    opened = visit(page_of_plan, size)
    opened.speak(language)
    assert opened.text("#telling_summary") == said(told.compliance.summary, language)
    assert opened.page.locator("#telling li").count() == len(told.compliance.telling)
    opened.page.click("#button_targets")
    assert opened.text("#targets_summary") == said(told.compliance.summary, language)
    assert opened.text("#targets_basis") == told.compliance.basis[language]
    for number, one in enumerate(told.compliance.items):
        text = opened.text(f"#target_{number}")
        for part in (
            one.name,
            one.verdict_words,
            one.facts,
            one.responsible,
            one.conflict,
            *one.reported,
            *one.remarks,
        ):
            assert part is None or part[language] in text
        assert one.quote in text
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    SCREENSHOTS.mkdir(exist_ok=True)
    opened.page.screenshot(path=SCREENSHOTS / f"{size}_{language}_targets.png")
    opened.assert_quiet()


def test_filter_by_verdict(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    opened.page.click("#button_targets")
    for letter, count in told.compliance.counts.items():
        opened.page.click(f'#verdicts [data-key="{letter}"]')
        assert opened.page.locator("#targets > li").count() == int(count)
        assert opened.page.evaluate("document.activeElement.dataset.key") == letter
    opened.assert_quiet()


@pytest.mark.parametrize("size", SIZES)
def test_the_map_follows_an_indicator_and_goes_back(visit, page_of_plan, told, size):
    opened = visit(page_of_plan, size)
    page, number = opened.page, _position(told, "T-01")
    before = page.evaluate(DRAWN)
    page.click("#button_targets")
    page.locator(f'[data-indicator="{number}-0"]').click()
    units = told.compliance.items[number].lines[0].units
    assert page.evaluate(DRAWN) != before
    assert told.compliance.items[number].name["zh"] in opened.text("#legend")
    assert said(units.title, "zh") in opened.text(f"#target_{number}")
    assert page.locator(".units tbody tr").count() == 60
    assert page.locator(".units tbody tr:visible").count() < 20
    box = page.locator(".map-box").bounding_box()
    assert box["y"] + box["height"] > 120  # the map is in sight
    page.screenshot(path=SCREENSHOTS / f"{size}_zh_units.png")
    page.locator(".units > button").click()
    assert page.locator(".units tbody tr:visible").count() == 60
    shown = page.locator(".units tbody tr").evaluate_all("rows => rows.map(row => row.children[1].textContent)")
    assert sum(int(one) > 0 for one in shown) == DAY_CARE_INSIDE
    page.locator(".units .row").first.click()
    first = units.at[0]
    assert told.communities.names[first] in opened.text("#card h2")
    page.locator("#legend button").click()
    assert not page.is_visible("#card")
    assert page.evaluate(DRAWN) == before
    assert page.evaluate("document.activeElement.dataset.indicator") == f"{number}-0"
    opened.assert_quiet()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_houses_say_whether_they_count(visit, tmp_path, language):
    findings = run(planned(blank_here_and_there(sample_district())))
    words, lists = view(findings), read()
    opened = visit(_written(findings, tmp_path))
    opened.speak(language)
    page, seen = opened.page, set()
    page.click("#button_targets")
    for number, one in enumerate(words.compliance.items):
        line = one.lines[0]
        units = line.units
        if units is None or not units.mapped or units.places.startswith("f"):  # facilities that are units themselves
            continue
        page.evaluate("([item]) => document.querySelector(`[data-indicator='${item}-0']`).click()", [number])
        legend = opened.text("#legend")
        for key, letters in (("counts", "c"), ("counts_not", "lao"), ("counts_unknown", "q")):
            assert (lists.text("page", key)[language] in legend) == bool(set(letters) & set(line.parts)), one.id
        for letter in set(line.parts) - seen:
            page.evaluate("i => planner.choose('facility', i, false)", line.facilities[line.parts.index(letter)])
            part = next(part for part, own in PARTS.items() if own == letter)
            assert lists.text("page", f"part_{part}")[language] in opened.text("#card")
        seen |= set(line.parts)
    assert seen == set("cloq")
    opened.assert_quiet()


def test_land_of_a_unit_can_be_clicked(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    number = _position(told, "T-03")
    opened.page.click("#button_targets")
    opened.page.locator(f'[data-indicator="{number}-0"]').click()
    found = set()
    for corner in ([0.3, 0.2], [0.5, 0.2], [0.65, 0.2], [0.3, 0.8], [0.5, 0.8], [0.65, 0.8]):
        box = opened.page.locator(".map-box").bounding_box()
        opened.page.mouse.click(box["x"] + corner[0] * box["width"], box["y"] + corner[1] * box["height"])
        found |= {one for one in told.areas.names if one in (opened.text("#card h2") or "")}
        opened.page.keyboard.press("Escape")
    assert len(found) == 6
    opened.assert_quiet()


def test_another_tab_brings_the_circle_back(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    before = opened.page.evaluate(DRAWN)
    opened.page.click("#button_targets")
    opened.page.locator(f'[data-indicator="{_position(told, "T-01")}-1"]').click()
    opened.page.click("#button_overview")
    assert opened.page.evaluate(DRAWN) == before
    assert told.circles[0].heading["zh"] in opened.text("#legend")


def test_units_without_a_place_leave_the_map_alone(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    number = _position(told, "T-04")
    if told.compliance.items[number].lines[0].units.mapped:
        pytest.skip("the sample district has residential areas of these ids")
    before = opened.page.evaluate(DRAWN)
    opened.page.click("#button_targets")
    opened.page.locator(f'[data-indicator="{number}-0"]').click()
    assert opened.page.evaluate(DRAWN) == before
    assert "锦绣园" in opened.text(f"#target_{number}")


def test_a_circle_of_a_reach_is_shown(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    number = _position(told, "T-05")
    opened.page.click("#button_targets")
    opened.page.locator(f"#target_{number} .reading button").nth(1).click()
    assert told.circles[told.compliance.items[number].lines[1].circle].heading["zh"] in opened.text("#legend")
    assert opened.page.is_visible("#tab_targets")


def test_keyboard_alone(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    page = opened.page
    page.focus("#button_overview")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#button_targets", "aria-selected") == "true"
    page.locator("#targets summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#targets blockquote").first.is_visible()
    page.focus(f'[data-indicator="{_position(told, "T-01")}-0"]')
    page.keyboard.press("Enter")
    assert page.get_attribute(f'[data-indicator="{_position(told, "T-01")}-0"]', "aria-pressed") == "true"
    page.focus(".units .row")
    page.keyboard.press("Enter")
    assert page.is_visible("#card")


def test_a_row_of_the_overview_leads_to_its_indicator(visit, page_of_plan, told):
    opened = visit(page_of_plan)
    last = told.compliance.telling[-1]
    opened.page.locator("#telling button").last.click()
    assert opened.page.is_visible("#tab_targets")
    assert opened.page.evaluate("document.activeElement.id") == f"target_{last}"
    opened.page.click("#button_overview")
    opened.page.click("#all_targets")
    assert opened.page.locator("#targets > li").count() == len(told.compliance.items)


def test_without_a_plan_there_is_no_tab(visit, findings, tmp_path):
    bare = tmp_path / "index.html"
    bare.write_text(render(replace(findings, compliance=None)), encoding="utf-8")
    opened = visit(bare)
    assert opened.page.locator("#button_targets").count() == 0
    assert not opened.page.is_visible("#telling_box")


@pytest.mark.parametrize("key", PLANS)
def test_figures_equal_the_json(visit, tmp_path, key):
    findings = run(replace(sample_district(), plan=read_plan(key), siting=()))
    path = _written(findings, tmp_path)
    assert path.stat().st_size < BUDGET_BYTES
    document = json.loads(json.dumps(as_dict(findings, provenance=PROVENANCE)))
    opened = visit(path)
    opened.page.click("#button_targets")
    texts = opened.page.locator("#targets > li").all_text_contents()
    by_id = {}
    for entry in document["compliance"]:
        by_id.setdefault(entry["id"], []).append(entry)
    assert len(texts) == len(by_id)
    for name_zh, entries in ((group[0]["indicator_zh"], group) for group in by_id.values()):
        text = next(text for text in texts if text.startswith(name_zh) and entries[0]["quote"] in text)
        if len(entries) == 1 and entries[0]["units_to_build"]:
            assert re.search(rf"尚缺 {entries[0]['units_to_build']:,} ", text)
        if entries[0]["conflict"]:
            assert "规划目标值不一致" in text
    opened.assert_quiet()


def test_every_text_of_a_plan_is_shown_literally(visit, tmp_path):
    study = hostile_district()
    found, known = hostile(name, study)
    findings = replace(run(study), study=replace(study, plan=known), compliance=found)
    opened = visit(_written(findings, tmp_path))
    page = opened.page
    for language in ("zh", "en"):
        opened.speak(language)
        page.click("#button_targets")
        text = opened.text("#tab_targets")
        assert known.issuer in text
        assert known.name[language] in text
        assert known.indicators[2].reason[language] in text
        for one in found.entries:
            for part in (one.clause, one.source, one.reported.source, one.reported.date, *one.responsible):
                assert part in text
            for reason in (*one.missing, *one.notes):
                assert reason.text in text or one.kind == "listed"
        for items in {entry.id: entry for entry in reversed(found.entries)}.values():
            assert (items.indicator_zh if language == "zh" else items.indicator) in text
            assert items.quote in text
        for button in page.locator("[data-indicator]").evaluate_all("all => all.map(one => one.dataset.indicator)"):
            page.locator(f'[data-indicator="{button}"]').click()
            assert page.locator(".units").count() == 1
        units = opened.text(".units")
        assert any(one in units for one in NAMES)
        page.click("#button_overview")
        assert page.locator("#telling li").count() == 4
    assert page.evaluate("window.alerts") == 0
    assert page.locator("img").count() == 0
    assert page.locator("body script:not([type])").count() == 2
    opened.assert_quiet()
