"""For everybody: axe-core finds nothing, text is large and stands out, the keyboard reaches all, tables are tables."""

from __future__ import annotations

from importlib import resources

import pytest

from planner.report.words import LANGUAGES
from tests.browser.conftest import SIZES
from tests.conftest import absent

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TABS = ("overview", "targets", "list", "siting")

# Every element that shows text of its own: its size, and its contrast with the nearest background that isn't clear.
TEXTS = """() => {
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.03928 ? one / 12.92 : Math.pow((one + 0.055) / 1.055, 2.4))
    .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some(node => node.nodeType === 3 && node.data.trim());
    const box = element.getBoundingClientRect();
    if (!own || box.width < 2 || box.height < 2 || element.closest("script, noscript, .unseen")) { continue; }
    const style = getComputedStyle(element);
    let behind = element, paper = [255, 255, 255];
    while (behind) {
      const colour = numbers(getComputedStyle(behind).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) { paper = colour; break; }
      behind = behind.parentElement;
    }
    const one = light(numbers(style.color)) + 0.05, other = light(paper) + 0.05;
    found.push([element.textContent.trim().slice(0, 40), parseFloat(style.fontSize),
      Math.max(one, other) / Math.min(one, other)]);
  }
  return found;
}"""


@pytest.fixture(scope="session")
def axe():
    try:
        return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ImportError:
        absent("axe-playwright-python isn't installed")


def each_tab(opened):
    """Open every tab in both languages, with a card where a tab has rows."""
    for language in LANGUAGES:
        opened.speak(language)
        for tab in TABS:
            opened.page.click(f"#button_{tab}")
            row = opened.page.locator(f"#tab_{tab} button.row")
            if row.count():
                row.first.click()
            yield f"{language} {tab}"


def assert_clean(opened, axe, where):
    if not opened.page.evaluate("typeof axe !== 'undefined'"):
        opened.page.evaluate(axe + "; 0")  # past the page's own policy, which lets no script in
    violations = opened.page.evaluate(
        """async rules => (await axe.run(document, {runOnly: rules})).violations
             .map(one => [one.id, one.help, one.nodes.map(node => node.html.slice(0, 200))])""",
        list(RULES),
    )
    assert violations == [], where


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(visit, sample_page, axe, size):
    opened = visit(sample_page, size)
    for where in each_tab(opened):
        assert_clean(opened, axe, where)
    opened.page.click("#button_overview")
    opened.page.click('[data-band="1"]')
    opened.page.locator("#modes .segment").nth(1).click()
    opened.page.evaluate("document.querySelectorAll('#tab_overview details').forEach(one => { one.open = true; })")
    assert_clean(opened, axe, "present, all unfolded")
    opened.page.click("#button_list")
    opened.page.click("[data-sort=people]")
    opened.page.fill("#search", "没有这个名字")
    assert_clean(opened, axe, "nothing found")
    opened.assert_quiet()


def test_axe_finds_nothing_on_units(visit, sample_page, axe):
    opened = visit(sample_page)
    opened.page.click("#button_targets")
    opened.page.locator("#targets button.link", has_text="在地图上看").first.click()
    assert_clean(opened, axe, "an indicator's units")


def test_axe_finds_nothing_on_the_least(visit, bare_page, axe):
    opened = visit(bare_page)
    assert_clean(opened, axe, "bare")


@pytest.mark.parametrize("size", SIZES)
def test_text_is_large_and_stands_out(visit, sample_page, size):
    opened = visit(sample_page, size)
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for where in each_tab(opened):
        texts = opened.page.evaluate(TEXTS)
        assert len(texts) > 30
        assert [one for one in texts if one[1] < 16] == [], where
        assert [one for one in texts if one[2] < 4.5] == [], where


def test_the_keyboard_reaches_all(visit, sample_page):
    opened = visit(sample_page)
    page = opened.page
    page.click("#button_list")
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(140):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                     const one = document.activeElement;
                     return one.id || one.dataset.key || one.dataset.band || one.dataset.sort || one.className;
                   }"""
            )
        )
    wanted = {"language", "button_list", "all", "u", "search", "status", "name", "distance", "people", "row"}
    assert wanted | {"0", "1", "2", "link", "zoom-home", "leaflet-control-zoom-in"} <= reached


def test_language_and_title_follow(visit, sample_page, words):
    opened = visit(sample_page)
    for language, code in (("en", "en"), ("zh", "zh-CN")):
        opened.speak(language)
        assert opened.page.evaluate("document.documentElement.lang") == code
        assert opened.page.title() == words.name + (" · 15-minute service circle" if language == "en" else "")


def test_tables_are_read_as_tables(visit, sample_page, words):
    opened = visit(sample_page)
    for where in each_tab(opened):
        faults = opened.page.evaluate(
            """() => Array.from(document.querySelectorAll("table")).filter(table =>
                 !table.caption || !table.caption.textContent.trim() ||
                 Array.from(table.querySelectorAll("th")).some(cell => !cell.scope) ||
                 Array.from(table.tBodies[0].rows).some(row => !row.classList.contains("story") && !row.querySelector("th[scope=row]"))
               ).map(table => table.outerHTML.slice(0, 200))"""
        )
        assert faults == [], where
    for live in ("#headline", "#found", "#band", "#card"):
        element = opened.page.locator(live)
        assert element.get_attribute("aria-live") == "polite" or element.get_attribute("role") == "status"
