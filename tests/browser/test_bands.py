"""One band by itself: its land, those who live within it, and its figures in words."""

from __future__ import annotations

import pytest

from planner.report.words import LANGUAGES
from tests.browser.conftest import SCREENSHOTS, SIZES

# Teal of land within reach that shows through the ground's canvas, counted in pixels.
LAND = """() => {
  const canvas = document.querySelectorAll("canvas.sheet")[0];
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const pen = copy.getContext("2d", {willReadFrequently: true});
  pen.drawImage(canvas, 0, 0);
  const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) { if (pixels[i + 1] - pixels[i] > 18) { count++; } }
  return count;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_a_band_by_itself(visit, sample_page, words, size, language):
    opened = visit(sample_page, size)
    opened.speak(language)
    page, told = opened.page, words.circles[0]
    assert not page.is_visible("#band")
    land = []
    for number, shade in enumerate(told.shades):  # the widest first
        page.click(f'[data-band="{number}"]')
        assert page.get_attribute(f'[data-band="{number}"]', "aria-pressed") == "true"
        assert page.evaluate("document.activeElement.dataset.band") == str(number)
        assert opened.text("#band") == shade.sentence[language]
        legend = opened.text("#legend")
        assert shade.within[language] in legend
        assert (shade.beyond[language] in legend) == (number > 0)
        within = page.evaluate("planner.view.communities.names.map((_, i) => planner.symbolOf(i))")
        assert [one == "covered" for one in within] == [int(one) > number for one in told.within]
        assert [one == "uncovered" for one in within] == [one == "u" for one in told.status]
        land.append(page.evaluate(LAND))
    assert land[0] > land[1] > land[2] > 0
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{size}_{language}_band.png")
    page.click('[data-band="all"]')
    assert not page.is_visible("#band")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    opened.assert_quiet()


def test_streets_of_a_band(visit, sample_page):
    opened = visit(sample_page)
    opened.page.click("#legend button.link")
    widest = opened.page.evaluate(LAND)
    opened.page.click('[data-band="2"]')
    assert 0 < opened.page.evaluate(LAND) < widest


def test_a_band_is_of_what_is_reached(visit, sample_page, words):
    opened = visit(sample_page)
    opened.page.locator("#modes .segment").nth(1).click()
    opened.page.click('[data-band="1"]')
    assert opened.page.get_attribute("#modes [data-key=reach]", "aria-pressed") == "true"
    opened.page.locator("#circles .segment").nth(1).click()
    assert opened.text("#band") == words.circles[1].shades[1].sentence["zh"]
    opened.page.click("#button_list")
    assert opened.page.locator("#long_list tr.told").count() == len(words.communities.names)


def test_the_map_stays_whole_when_the_legend_grows(visit, sample_page):
    opened = visit(sample_page)
    opened.speak("en")
    for band in ("2", "all", "1"):
        opened.page.click(f'[data-band="{band}"]')
        fits = opened.page.evaluate(
            """() => {
                 const map = window[document.querySelector(".folium-map").id], size = map.getSize();
                 const drawn = JSON.parse(document.getElementById("opening").textContent).drawing.bounds;
                 return map.getContainer().clientHeight === size.y &&
                   map.getBounds().contains([[drawn[0], drawn[1]], [drawn[2], drawn[3]]]);
               }"""
        )
        assert fits


def test_a_circle_without_bands_has_no_switch(visit, bare_page):
    opened = visit(bare_page)
    assert opened.page.locator(".legend-bands").count() == 0
    opened.assert_quiet()
