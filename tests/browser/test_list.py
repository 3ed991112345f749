"""The list of communities: found by name, sorted, linked both ways with the map, and fluid when it is long."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.coverage import NOT_ASSESSED
from planner.report.words import LANGUAGES
from tests.browser.conftest import SCREENSHOTS, SIZES
from tests.browser.hostile import NAMES

ROWS = """() => Array.from(document.querySelectorAll("#long_list tr.told")).map(row => Number(row.dataset.community))"""
POINT = """([lat, lon]) => {
  const map = window[document.querySelector(".folium-map").id];
  const point = map.latLngToContainerPoint([lat, lon]), box = map.getContainer().getBoundingClientRect();
  return [box.left + point.x, box.top + point.y];
}"""


def open_list(visit, page, size="desk", language="zh"):
    opened = visit(page, size)
    opened.speak(language)
    opened.page.click("#button_list")
    return opened


def found(names, wanted):
    return {i for i, name in enumerate(names) if wanted.lower() in name.lower()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_search_finds_either_name(visit, sample_page, words, size, language):
    opened = open_list(visit, sample_page, size, language)
    places = words.communities
    for wanted in ("河", "xin", "XIN", " 新 "):
        opened.page.fill("#search", wanted)
        expected = found(places.names, wanted.strip()) | found(places.names_en, wanted.strip())
        assert expected
        assert set(opened.page.evaluate(ROWS)) == expected
        assert f"{len(expected)} " in opened.text("#found")
    SCREENSHOTS.mkdir(exist_ok=True)
    opened.page.screenshot(path=SCREENSHOTS / f"{size}_{language}_search.png")
    opened.assert_quiet()


def test_search_is_cleared_by_its_button_and_by_escape(visit, sample_page, words):
    opened = open_list(visit, sample_page)
    page, everybody = opened.page, len(words.communities.names)
    assert not page.is_visible("#search_clear")
    page.fill("#search", "没有这个名字")
    assert page.evaluate(ROWS) == []
    assert "没有这个名字" in opened.text("#found")
    page.click("#search_clear")
    assert len(page.evaluate(ROWS)) == everybody
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("新")
    assert 0 < len(page.evaluate(ROWS)) < everybody
    page.keyboard.press("Enter")
    assert page.is_visible("#card")
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    assert page.is_visible("#card"), "the first Escape clears the search and nothing else"
    page.keyboard.press("Escape")
    assert not page.is_visible("#card")
    assert opened.text("#found") == f"共 {everybody} 个社区"


def test_search_within_a_status_offers_all(visit, sample_page, words):
    opened = open_list(visit, sample_page)
    covered = words.circles[0].status.index("c")
    opened.page.click('#filters [data-key="u"]')
    opened.page.fill("#search", words.communities.names[covered])
    assert opened.page.evaluate(ROWS) == []
    opened.page.click("#long_list button.link")
    assert covered in opened.page.evaluate(ROWS)


def test_pinyin_half_typed_is_left_alone(visit, sample_page):
    opened = open_list(visit, sample_page)
    before = opened.page.evaluate(ROWS)
    opened.page.evaluate(
        """() => {
             const box = document.getElementById("search");
             box.value = "x'h";
             box.dispatchEvent(new InputEvent("input", {isComposing: true}));
           }"""
    )
    assert opened.page.evaluate(ROWS) == before
    opened.page.evaluate(
        """() => {
             const box = document.getElementById("search");
             box.value = "新华";
             box.dispatchEvent(new CompositionEvent("compositionend"));
           }"""
    )
    assert 0 < len(opened.page.evaluate(ROWS)) < len(before)


def in_order(coverage, people, key, down, order):
    """Return the positions as the list should have them: unknown last, ties as the circle has them."""

    def value(i):
        if key == "people":
            return None if math.isnan(people[i]) else people[i]
        if key == "status":
            return {"uncovered": 0, "not_assessed": 1, "covered": 2}[coverage.status[i]]
        away = coverage.minutes if coverage.circle.limit_unit == "minutes" else coverage.metres
        return None if coverage.status[i] == NOT_ASSESSED or math.isnan(away[i]) else away[i]

    known = [i for i in order if value(i) is not None]
    return sorted(known, key=lambda i: (-1 if down else 1) * value(i)) + [i for i in order if value(i) is None]


@pytest.mark.parametrize("key", ["distance", "people", "status"])
def test_headings_sort(visit, sample_page, findings, words, key):
    opened = open_list(visit, sample_page)
    coverage, order = findings.coverages[0], words.circles[0].order
    people = findings.study.communities.number(coverage.circle.demand)
    heading = opened.page.locator(f"th:has([data-sort={key}])")
    assert opened.page.evaluate(ROWS) == list(order)
    ways = ("descending", "ascending") if key == "people" else ("ascending", "descending")
    for way in ways:
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == way
        shown = opened.page.evaluate(ROWS)
        expected = in_order(coverage, people, key, way == "descending", order)
        if key == "distance":  # the page sorts by what it shows: a tenth of a minute
            away = coverage.minutes[shown[: len(shown) - int((coverage.status == NOT_ASSESSED).sum())]]
            assert np.all(np.diff(away) * (1 if way == "ascending" else -1) > -0.1)
            assert set(shown[-2:]) == set(expected[-2:])
        else:
            assert shown == expected
        assert opened.page.evaluate("document.activeElement.dataset.sort") == key
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "none"
    assert opened.page.evaluate(ROWS) == list(order)
    opened.assert_quiet()


def test_names_sort_in_the_language_that_is_shown(visit, sample_page, words):
    opened = open_list(visit, sample_page)
    opened.page.click("[data-sort=name]")
    assert sorted(opened.page.evaluate(ROWS)) == list(range(len(words.communities.names)))
    chinese = opened.page.evaluate(ROWS)
    opened.speak("en")
    shown = [words.communities.names_en[i] for i in opened.page.evaluate(ROWS)]
    assert shown == sorted(shown, key=lambda name: name.replace("'", ""))
    opened.speak("zh")
    assert opened.page.evaluate(ROWS) == chinese
    assert opened.page.evaluate(
        "names => names.every((name, i) => !i || names[i - 1].localeCompare(name, 'zh-CN') <= 0)",
        [words.communities.names[i] for i in chinese],
    )


def test_a_circle_in_metres_sorts_by_metres(visit, sample_page, findings, words):
    number = next(i for i, one in enumerate(words.circles) if not one.by_time)
    opened = visit(sample_page)
    opened.page.locator("#circles .segment", has_text=words.circles[number].label["zh"]).click()
    opened.page.click("#button_list")
    opened.page.click("[data-sort=distance]")
    metres = [findings.coverages[number].metres[i] for i in opened.page.evaluate(ROWS)]
    known = [one for one in metres if not math.isnan(one)]
    assert np.all(np.diff(known) > -1)
    assert metres[: len(known)] == known


@pytest.mark.parametrize("size", SIZES)
def test_a_row_goes_to_its_symbol(visit, sample_page, words, size):
    opened = open_list(visit, sample_page, size)
    page = opened.page
    last = words.circles[0].order[-1]
    page.evaluate("window[document.querySelector('.folium-map').id].setZoom(17, {animate: false})")
    page.locator(f'#long_list tr.story[data-community="{last}"] td').last.click()
    assert words.communities.names[last] in opened.text("#card h2")
    x, y = page.evaluate(POINT, [words.communities.lat[last], words.communities.lon[last]])
    box = page.locator(".folium-map").bounding_box()
    assert box["x"] < x < box["x"] + box["width"]
    assert box["y"] < y < box["y"] + box["height"]
    assert page.locator(f'#long_list tr.chosen[data-community="{last}"]').count() == 2
    opened.assert_quiet()


def test_a_symbol_goes_to_its_row(visit, sample_page, words):
    opened = open_list(visit, sample_page)
    page = opened.page
    last = words.circles[0].order[-1]
    page.mouse.click(*page.evaluate(POINT, [words.communities.lat[last], words.communities.lon[last]]))
    assert words.communities.names[last] in opened.text("#card h2")
    row = page.locator(f'#long_list tr.told[data-community="{last}"]').bounding_box()
    panel = page.locator("#panel").bounding_box()
    assert panel["y"] < row["y"] < panel["y"] + panel["height"] - row["height"]


def test_keys_lead_through_the_list(visit, sample_page, words):
    opened = open_list(visit, sample_page)
    page, order = opened.page, words.circles[0].order
    chosen = "Number(document.activeElement.closest('tr').dataset.community)"
    page.focus("#search")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(chosen) == order[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(chosen) == order[2]
    page.keyboard.press("Enter")
    assert words.communities.names[order[2]] in opened.text("#card h2")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "search"


def test_the_card_of_an_uncovered_community_tells_what_would_cover_it(visit, sample_page, words):
    opened = open_list(visit, sample_page)
    told = words.circles[0]
    for language in LANGUAGES:
        opened.speak(language)
        for i in told.order[:8]:
            opened.page.locator(f'#long_list tr.told[data-community="{i}"] button').click()
            shown = opened.text("#card").replace("\u00a0", " ")
            nearest, backup = (words.facilities, told.nearest[i]), (words.facilities, told.backup[i])
            named = [table.names_en[at] if language == "en" else table.names[at] for table, at in (nearest, backup)]
            assert all(name in shown for name in named)
            assert all(f"{figure} " in shown for figure in (told.minutes[i], told.metres[i]))
            assert all(f"{figure} " in shown for figure in (told.backup_minutes[i], told.backup_metres[i]))
            cover = told.would_cover[str(i)]
            for candidate, minutes, metres in cover.candidates:
                names = words.candidates.names_en if language == "en" else words.candidates.names
                assert names[candidate] in shown
                assert f"{minutes} " in shown
                assert f"{metres} " in shown
            assert opened.page.locator("#card .proposed").count() == len(cover.proposed)
    proposal, site = told.would_cover[str(told.order[7])].proposed[0]
    opened.page.locator("#card .proposed button").first.click()
    at = words.proposals[proposal].sites[site].candidate
    assert words.candidates.names_en[at] in opened.text("#card h2")
    opened.assert_quiet()


def test_a_long_list_is_made_in_pieces(visit, crowded_page, crowded_findings):
    opened = visit(crowded_page)
    page = opened.page
    page.click("#button_list")
    assert "2,000" in opened.text("#found")
    assert 0 < len(page.evaluate(ROWS)) <= 200
    order = page.evaluate("planner.view.circles[0].order")
    page.evaluate("document.getElementById('panel').scrollTop = 1e6")
    page.wait_for_timeout(100)
    assert page.evaluate(ROWS) == order[: len(page.evaluate(ROWS))]
    assert 100 < len(page.evaluate(ROWS)) < 500
    page.evaluate(f"planner.choose('community', {order[1500]}, false); planner.showRow({order[1500]})")
    shown = page.evaluate(ROWS)
    assert order[1500] in shown
    assert len(shown) < 300
    row = page.locator(f'#long_list tr.told[data-community="{order[1500]}"]').bounding_box()
    assert 60 < row["y"] < 768
    page.click("#list_before")
    again = page.evaluate(ROWS)
    assert again == order[order.index(again[0]) : order.index(again[0]) + len(again)]
    assert len(again) == len(shown) + 100
    page.fill("#search", "1999")
    assert [crowded_findings.study.communities.names[i] for i in page.evaluate(ROWS)] == [
        name for name in crowded_findings.study.communities.names if "1999" in name
    ]
    page.fill("#search", "")
    page.click("[data-sort=people]")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert sorted(page.evaluate(ROWS)) == list(range(2000))
    opened.assert_quiet()


def test_hostile_names_are_found_and_shown_literally(visit, hostile_page, hostile_findings):
    opened = open_list(visit, hostile_page)
    page, names = opened.page, list(hostile_findings.study.communities.names)
    for text in NAMES:
        if not text.isprintable():
            continue  # a line separator can't be typed into a box of one line
        page.fill("#search", text)
        assert set(page.evaluate(ROWS)) == {i for i, name in enumerate(names) if text in name}
        page.fill("#search", text + "没有")
        assert text + "没有" in opened.text("#found")
    page.fill("#search", "")
    for i in page.evaluate("planner.view.circles[0].order.slice(0, 10)"):
        page.locator(f'#long_list tr.told[data-community="{i}"] button').click()
        cover = page.evaluate(f"planner.view.circles[0].would_cover[{i}]")
        for candidate, _, _ in cover["candidates"]:
            assert hostile_findings.study.candidates.names[candidate] in opened.text("#card")
    assert page.evaluate("window.alerts") == 0
    assert page.locator("img").count() == 0
    opened.assert_quiet()


def test_on_a_phone_the_chosen_community_comes_into_sight(visit, sample_page, words):
    opened = visit(sample_page, "phone")
    page = opened.page
    page.click("#button_list")
    for name in (words.communities.names[0], words.communities.names[-1]):
        page.fill("#search", name)
        row = page.locator("#long_list button.row").first
        row.scroll_into_view_if_needed()
        row.click()
        tabs, box, height = page.evaluate(
            """() => {
                 const box = document.querySelector(".folium-map").getBoundingClientRect();
                 return [document.getElementById("tabs").getBoundingClientRect().bottom, [box.top, box.bottom], innerHeight];
               }"""
        )
        assert tabs - 1 <= box[0]
        assert box[1] <= height
