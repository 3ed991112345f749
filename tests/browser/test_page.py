"""The page as an official opens it: in a real browser, from a file, with no network."""

from __future__ import annotations

import math

import pytest

from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED
from planner.report.words import said
from tests.browser.conftest import SCREENSHOTS, SIZES

DRAWN = """() => Array.from(document.querySelectorAll("canvas.sheet")).map(canvas => {
  const copy = document.createElement("canvas"), seen = new Set();
  copy.width = canvas.width;
  copy.height = canvas.height;
  const pen = copy.getContext("2d", {willReadFrequently: true});
  pen.drawImage(canvas, 0, 0);
  const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
  for (let i = 0; i < pixels.length; i += 4 * 7) {
    seen.add([pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]].join());
  }
  return seen.size;
})"""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_opens_without_a_network(visit, sample_page, words, size, language):
    opened = visit(sample_page, size)
    opened.speak(language)
    assert opened.page.title() == words.name + (" · 15-minute service circle" if language == "en" else "")
    assert opened.text("#headline") == said(words.circles[0].headline, language)
    assert opened.text("#rule") == words.circles[0].rule[language]
    assert opened.text("#head") == words.head[language]
    SCREENSHOTS.mkdir(exist_ok=True)
    for tab in ("overview", "list", "siting"):
        opened.page.click(f"#button_{tab}")
        ground, symbols = opened.page.evaluate(DRAWN)
        assert ground > 20
        assert symbols > 20
        assert opened.page.is_visible("#attribution")
        opened.page.screenshot(path=SCREENSHOTS / f"{size}_{language}_{tab}.png")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    opened.assert_quiet()


def test_languages_and_headings(visit, sample_page, words):
    opened = visit(sample_page)
    assert opened.page.evaluate("document.documentElement.lang") == "zh-CN"
    opened.speak("en")
    assert opened.page.evaluate("document.documentElement.lang") == "en"
    assert opened.page.text_content("#button_list") == words.words["tab_list"]["en"]
    assert opened.page.get_attribute("#language", "aria-label") == "切换为中文"


def test_every_circle_is_shown(visit, sample_page, findings, words):
    opened = visit(sample_page)
    seen = set()
    for service in range(opened.page.locator("#services .segment").count()):
        opened.page.locator("#services .segment").nth(service).click()
        for rule in range(max(opened.page.locator("#circles .segment").count(), 1)):
            if opened.page.locator("#circles .segment").count():
                opened.page.locator("#circles .segment").nth(rule).click()
            seen.add(opened.text("#headline"))
    assert seen == {said(circle.headline, "zh") for circle in words.circles}
    assert len(seen) == len(findings.coverages)
    opened.assert_quiet()


@pytest.mark.parametrize("size", SIZES)
def test_list_equals_findings(visit, sample_page, findings, size):
    coverage = findings.coverages[0]
    opened = visit(sample_page, size)
    opened.page.click("#button_list")
    shown = opened.page.evaluate(
        """() => Array.from(document.querySelectorAll("#long_list tr.told")).map(row =>
             [Number(row.dataset.community), row.children[2].textContent, row.children[3].textContent])"""
    )
    assert sorted(row[0] for row in shown) == list(range(len(findings.study.communities)))
    demand = findings.study.communities.number(coverage.circle.demand)
    for i, minutes, people in shown:
        assert people == ("未知" if math.isnan(demand[i]) else f"{int(demand[i]):,}")
        if coverage.status[i] == NOT_ASSESSED:
            assert minutes == "—"
        elif coverage.status[i] == COVERED:
            assert 0 <= coverage.minutes[i] - float(minutes) < 0.1
            assert float(minutes) <= 15.0
        else:
            assert 0 <= float(minutes) - coverage.minutes[i] < 0.1
            assert float(minutes) > 15.0
    for status, letter in ((UNCOVERED, "u"), (NOT_ASSESSED, "n"), (COVERED, "c")):
        opened.page.click(f'#filters [data-key="{letter}"]')
        assert opened.page.locator("#long_list tr.told").count() == int((coverage.status == status).sum())
    opened.assert_quiet()


def test_not_assessed_says_why(visit, sample_page, words):
    opened = visit(sample_page)
    opened.page.click("#button_list")
    opened.page.click('#filters [data-key="n"]')
    stories = opened.page.locator("#long_list tr.story").all_text_contents()
    assert len(stories) == len(words.circles[0].reasons)
    assert all(any(reason["zh"] in story for reason in words.circles[0].reasons.values()) for story in stories)


def test_sites_equal_the_proposal(visit, sample_page, findings, words):
    opened = visit(sample_page)
    opened.page.click("#button_siting")
    for number, proposal in enumerate(findings.proposals):
        if number:
            opened.page.locator("#proposals .segment").nth(number).click()
        rows = opened.page.locator("#sites tbody tr")
        assert rows.count() == len(proposal.sites)
        assert opened.text("#proposal_result") == said(words.proposals[number].result, "zh")
        for i, site in enumerate(proposal.sites):
            cells = rows.nth(i).locator("td").all_text_contents()
            assert cells[:2] == [str(len(site.communities_gained)), f"{site.people_gained:,}"]
            assert str(site.rank) in rows.nth(i).locator("th").text_content()
        assert opened.page.locator("#unreachable li").count() == len(proposal.unreachable)
    opened.assert_quiet()


def test_present_stands_beside_reachable(visit, sample_page, findings, words):
    opened = visit(sample_page)
    opened.page.locator("#modes .segment").nth(1).click()
    assert opened.text("#headline") == said(words.circles[0].headline_present, "zh")
    inside = sum(one is True for one in findings.coverages[0].present)
    assert f"{inside} 个" in opened.text("#headline")
    opened.page.click("#button_list")
    opened.page.click('#filters [data-key="i"]')
    assert opened.page.locator("#long_list tr.told").count() == inside


@pytest.mark.parametrize("size", SIZES)
def test_a_click_on_the_map_opens_the_card_and_draws_the_way(visit, sample_page, words, size):
    opened = visit(sample_page, size)
    page = opened.page
    first = words.circles[0].order[0]
    before = page.evaluate(DRAWN)
    page.evaluate("document.querySelector('.map-box').scrollIntoView()")
    at = page.evaluate(
        """([lat, lon]) => {
             const map = window[document.querySelector(".folium-map").id];
             const point = map.latLngToContainerPoint([lat, lon]), box = map.getContainer().getBoundingClientRect();
             return [box.left + point.x, box.top + point.y];
           }""",
        [words.communities.lat[first], words.communities.lon[first]],
    )
    page.mouse.click(*at)
    assert words.communities.names[first] in opened.text("#card")
    assert words.facilities.names[words.circles[0].nearest[first]] in opened.text("#card")
    assert page.locator(f'#short_list tr.chosen[data-community="{first}"]').count() == 1
    assert page.evaluate(DRAWN) != before
    box = page.locator("#card").bounding_box()
    assert not (box["x"] < at[0] < box["x"] + box["width"] and box["y"] < at[1] < box["y"] + box["height"])
    page.keyboard.press("Escape")
    assert not page.is_visible("#card")
    opened.assert_quiet()


def test_keyboard_alone(visit, sample_page, words):
    opened = visit(sample_page)
    opened.page.focus("#button_overview")
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.get_attribute("#button_targets", "aria-selected") == "true"
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.get_attribute("#button_list", "aria-selected") == "true"
    opened.page.focus("#long_list button.row")
    opened.page.keyboard.press("Enter")
    assert words.communities.names[words.circles[0].order[0]] in opened.text("#card h2")


def test_zoom_and_back(visit, sample_page):
    opened = visit(sample_page)
    zoom = "window[document.querySelector('.folium-map').id].getZoom()"
    start = opened.page.evaluate(zoom)
    opened.page.click(".leaflet-control-zoom-in")
    opened.page.wait_for_timeout(500)  # the page's policy forbids the eval that wait_for_function needs
    assert opened.page.evaluate(zoom) > start
    opened.page.click(".zoom-home")
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate(zoom) == start
    opened.assert_quiet()


def test_the_map_stays_whole_in_a_window_of_another_size(visit, sample_page):
    page = visit(sample_page).page
    fitted = """() => {
      const map = planner.map, size = map.getSize(), box = map.getContainer(), at = planner.scene.fitted(size.x, size.y);
      const middle = map.project(map.getCenter(), 0);
      return [size.x === box.clientWidth && size.y === box.clientHeight,
        map.getZoom() === at.zoom && Math.hypot(middle.x - at.x, middle.y - at.y) * 2 ** at.zoom < 2];
    }"""
    for width, height in ((1800, 1200), (1000, 640), (390, 844), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate(fitted) == [True, True]
    page.evaluate("planner.map.panBy([90, 60], {animate: false})")
    page.set_viewport_size({"width": 1200, "height": 700})
    page.wait_for_timeout(300)
    assert page.evaluate(fitted) == [True, False], "a map that was moved is left where it is"


def test_a_study_of_the_least(visit, bare_page):
    opened = visit(bare_page)
    assert opened.language() == "en"
    assert "1,000 m in a straight line" in opened.text("#headline")
    assert "people" not in opened.text("#headline")
    assert opened.page.locator("#tabs button").count() == 2
    for hidden in ("#services", "#circles", "#straight"):
        assert not opened.page.is_visible(hidden)
    opened.page.click("#button_list")
    assert opened.page.locator("#long_list thead th").count() == 3
    opened.page.locator("#long_list .row").first.click()
    assert opened.page.is_visible("#card")
    opened.speak("zh")
    assert "直线" in opened.text("#legend")
    opened.assert_quiet()


def test_the_communities_where_the_two_readings_part_are_listed(visit, sample_page, findings):
    opened = visit(sample_page)
    first = findings.coverages[0]
    names = findings.study.communities.names
    apart = {names[i] for i in range(len(names)) if first.status[i] == "covered" and first.present[i] is False}
    assert apart
    opened.page.locator("#modes button").nth(1).click()
    opened.page.locator("#differences summary").first.click()
    assert set(opened.page.locator("#differences details").first.locator("button").all_inner_texts()) == apart
    opened.page.locator("#differences details button").first.click()
    opened.assert_quiet()
