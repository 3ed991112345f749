"""Nothing hides the map: cards keep clear of what they name, labels of each other; on a phone the sentence comes first."""

from __future__ import annotations

import pytest

from planner.report.words import LANGUAGES
from tests.browser.conftest import SIZES

CARD_COVERS = """places => {
  const map = window[document.querySelector(".folium-map").id], frame = map.getContainer().getBoundingClientRect();
  const card = document.getElementById("card").getBoundingClientRect();
  return places.filter(at => {
    const point = map.latLngToContainerPoint(at), x = frame.left + point.x, y = frame.top + point.y;
    const seen = x > frame.left && x < frame.right && y > frame.top && y < frame.bottom;
    return !seen || (x > card.left && x < card.right && y > card.top && y < card.bottom);
  });
}"""

# Where words were written on the map's symbols, box by box.
WRITTEN = """() => {
  const boxes = [], pen = CanvasRenderingContext2D.prototype, write = pen.fillText;
  pen.fillText = function (text, x, y) {
    if (this.textAlign === "left") {
      boxes.push([x, y - 8, x + this.measureText(text).width, y + 8, text, this.font]);
    }
    return write.apply(this, arguments);
  };
  planner.showSymbols();
  pen.fillText = write;
  return boxes;
}"""


def at(places, i):
    return [places.lat[i], places.lon[i]]


@pytest.mark.parametrize("size", SIZES)
def test_no_card_covers_the_symbol_of_its_community(visit, sample_page, words, size):
    opened = visit(sample_page, size)
    opened.page.click("#button_list")
    for i in range(len(words.communities.names)):
        opened.page.evaluate(f"planner.choose('community', {i}, true)")
        assert opened.page.evaluate(CARD_COVERS, [at(words.communities, i)]) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_card_covers_what_its_site_gains(visit, sample_page, words, size, language):
    opened = visit(sample_page, size)
    opened.speak(language)
    opened.page.click("#button_siting")
    for number, proposal in enumerate(words.proposals):
        opened.page.locator("#proposals .segment").nth(number).click()
        for place, site in enumerate(proposal.sites):
            opened.page.evaluate(f"planner.choose('site', {place}, true)")
            named = [at(words.candidates, site.candidate), *(at(words.communities, i) for i in site.communities)]
            assert opened.page.evaluate(CARD_COVERS, named) == []


def test_the_card_moves_out_of_the_way_of_a_moved_map(visit, sample_page, words):
    opened = visit(sample_page)
    first = words.circles[0].order[0]
    opened.page.evaluate(f"planner.choose('community', {first}, true)")
    for step in ([300, 0], [0, 250], [-500, 0], [0, -400]):
        opened.page.evaluate("step => planner.map.panBy(step, {animate: false})", step)
        inside = opened.page.evaluate(
            "at => planner.map.getBounds().pad(-0.05).contains(at)", at(words.communities, first)
        )
        if inside:
            assert opened.page.evaluate(CARD_COVERS, [at(words.communities, first)]) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("closer", [0, 1, 2])
def test_labels_keep_apart(visit, sample_page, language, closer):
    opened = visit(sample_page)
    opened.speak(language)
    opened.page.evaluate(f"planner.map.setZoom(planner.map.getZoom() + {closer}, {{animate: false}})")
    boxes = opened.page.evaluate(WRITTEN)
    assert len(boxes) > 5
    for number, (left, top, right, bottom, text, font) in enumerate(boxes):
        assert "16px" in font
        for other in boxes[:number]:
            assert right <= other[0] or left >= other[2] or bottom <= other[1] or top >= other[3], (text, other[4])


def test_names_and_borders_come_on_approach(visit, sample_page, words):
    opened = visit(sample_page)
    far = {box[4] for box in opened.page.evaluate(WRITTEN)}
    opened.page.evaluate("planner.map.setZoom(planner.map.getZoom() + 1, {animate: false})")
    near = {box[4] for box in opened.page.evaluate(WRITTEN)}
    facilities, covered = (
        set(words.facilities.names),
        {name for name, one in zip(words.communities.short, words.circles[0].status, strict=True) if one == "c"},
    )
    assert not far & facilities
    assert not far & covered
    assert near & facilities
    assert near & covered
    dashes = """() => {
      const seen = [], pen = CanvasRenderingContext2D.prototype, stroke = pen.stroke;
      pen.stroke = function () {
        if (!this.canvas.classList.contains("swatch")) { seen.push(this.getLineDash().join()); }
        return stroke.apply(this, arguments);
      };
      planner.showMap();
      pen.stroke = stroke;
      return seen.filter(one => one === "2,3").length;
    }"""
    assert opened.page.evaluate(dashes) == len(words.communities.names)
    assert opened.page.locator("#legend [data-border]").is_visible()
    opened.page.click(".zoom-home")
    assert opened.page.evaluate(dashes) == 0
    opened.assert_quiet()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_the_sentence_comes_before_the_map(visit, sample_page, language):
    opened = visit(sample_page, "phone")
    opened.speak(language)
    page = opened.page
    for tab, lead in (("overview", "headline"), ("targets", "targets_summary"), ("siting", "proposal_result")):
        page.click(f"#button_{tab}")
        boxes = [page.locator(f"#{one}").bounding_box() for one in ("tabs", lead)]
        boxes += [page.locator(".map-box").bounding_box(), page.locator("#legend").locator("..").bounding_box()]
        tops = [box["y"] for box in boxes]
        assert tops == sorted(tops)
        follows = f"document.getElementById('{lead}').nextElementSibling.classList.contains('chart')"
        assert page.evaluate(follows), "what is read aloud has the order of what is seen"
        assert boxes[2]["width"] == 390
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 1366, "height": 768})
    page.wait_for_selector(".main > .chart")
    opened.assert_quiet()


@pytest.mark.parametrize("size", SIZES)
def test_wide_as_the_window_with_every_card_open(visit, sample_page, size):
    opened = visit(sample_page, size)
    for language in LANGUAGES:
        opened.speak(language)
        for tab in ("overview", "targets", "list", "siting"):
            opened.page.click(f"#button_{tab}")
            row = opened.page.locator(f"#tab_{tab} button.row")
            if row.count():
                row.first.click()
                assert opened.page.is_visible("#card")
            assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
