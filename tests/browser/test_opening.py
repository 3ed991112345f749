"""How the page opens: a map first, then all the rest, and nothing that was shown moves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from planner.report.page import render
from planner.report.words import said
from tests.browser.conftest import SIZES, WHOLE, held

# What stands on the page at each of its stages, noted before the page goes on.
STAGES = """
window.stages = [];
new MutationObserver(() => {
  const stage = document.documentElement.dataset.drawn, last = window.stages[window.stages.length - 1];
  if (!stage || (last && last.stage === stage)) { return; }
  const box = document.querySelector(".folium-map").getBoundingClientRect(), seen = new Set();
  const symbols = [Infinity, Infinity, -Infinity, -Infinity];
  document.querySelectorAll("canvas.sheet").forEach(canvas => {
    if (!canvas.width || !canvas.height) { return; }
    const copy = document.createElement("canvas"), pen = copy.getContext("2d");
    copy.width = canvas.width;
    copy.height = canvas.height;
    pen.drawImage(canvas, 0, 0);
    const pixels = pen.getImageData(0, 0, copy.width, copy.height).data, at = canvas.getBoundingClientRect();
    for (let i = 0; i < pixels.length; i += 4) {
      if (pixels[i + 3] !== 255) { continue; }
      const colour = pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2], pixel = i / 4;
      seen.add(colour);
      if (colour !== 0x0b6e5f && colour !== 0xd55e00) { continue; }
      const x = at.left - box.left + pixel % copy.width * at.width / copy.width;
      const y = at.top - box.top + Math.floor(pixel / copy.width) * at.height / copy.height;
      symbols[0] = Math.min(symbols[0], x);
      symbols[1] = Math.min(symbols[1], y);
      symbols[2] = Math.max(symbols[2], x);
      symbols[3] = Math.max(symbols[3], y);
    }
  });
  window.stages.push({
    stage, symbols, leaflet: typeof L !== "undefined", box: [box.left, box.top, box.width, box.height], colours: Array.from(seen),
    headline: document.getElementById("headline").textContent, rule: document.getElementById("rule").textContent,
    legend: document.getElementById("legend").innerText, rows: document.querySelectorAll("#short_list tr").length,
  });
}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-drawn"]});
"""
COVERED, UNCOVERED, WATER = 0x0B6E5F, 0xD55E00, 0xC4DCEA


@pytest.fixture
def stages(chromium):
    """Return a function that opens a page and tells what stood on it at each stage."""
    contexts = []

    def stages(path, *, size="desk", choice=None, before=""):
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(STAGES + before)
        page.goto(path.as_uri() + ("" if choice is None else f"#choice={json.dumps(choice)}"))
        page.wait_for_selector(WHOLE)
        return page, page.evaluate("window.stages")

    yield stages
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", SIZES)
def test_first_a_map_with_its_sentence_then_the_rest(stages, sample_page, words, size):
    _, found = stages(sample_page, size=size)
    assert [one["stage"] for one in found][-2:] == ["map", "whole"]
    first, whole = found[-2:]
    assert first["headline"] == said(words.circles[0].headline, "zh")
    assert first["rule"] == words.circles[0].rule["zh"]
    assert {COVERED, UNCOVERED, WATER} <= set(first["colours"])
    assert (first["leaflet"], whole["leaflet"]) == (False, True), "the first map waits for nothing"
    assert first["rows"] == 0 < whole["rows"]
    assert len(whole["colours"]) > len(first["colours"])
    assert first["legend"] == whole["legend"]
    assert first["box"][2:] == whole["box"][2:], "the map keeps its size"
    assert first["box"][:2] == pytest.approx(whole["box"][:2], abs=2), "and its place"
    assert first["symbols"] == pytest.approx(whole["symbols"], abs=0.01), "and what stands on it"


FITS = """(sizes) => sizes.map(([width, height]) => {
  const map = planner.map, box = planner.drawing.bounds, ours = planner.scene.fitted(width, height);
  map.options.minZoom = 0;
  map.getSize = () => L.point(width, height);
  const theirs = map._getBoundsCenterZoom([[box[0], box[1]], [box[2], box[3]]], {padding: [34, 30], maxZoom: 17});
  const middle = map.project(theirs.center, 0);
  return [[ours.zoom, ours.x, ours.y], [theirs.zoom, middle.x, middle.y]];
})"""


def test_our_own_fit_is_leaflets(stages, sample_page):
    page, _ = stages(sample_page)
    sizes = [[width, height] for width in (90, 360, 947, 1366, 4000) for height in (80, 310, 597, 1080, 3000)]
    for ours, theirs in page.evaluate(FITS, sizes):
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_a_choice_in_the_address_is_the_first_map(stages, sample_page, words):
    circle = words.circles[0]
    choice = {"schema_version": 1, "circle": circle.name, "sites": list(words.candidates.ids[:1]), "closed": []}
    page, found = stages(sample_page, choice=choice)
    assert "map" not in [one["stage"] for one in found]
    assert page.evaluate("planner.trial.chosen(0)") == [0]
    assert {COVERED, UNCOVERED, WATER} <= set(found[-1]["colours"])


def test_printing_before_the_rest_has_come_prints_all_of_it(stages, sample_page, words):
    print_at_once = """
    document.addEventListener("DOMContentLoaded", () => {
      window.early = document.documentElement.dataset.drawn;
      window.dispatchEvent(new Event("beforeprint"));
      window.sheets = [document.querySelectorAll(".paper-map canvas").length,
        document.querySelector("#paper").textContent];
    });
    """
    page, _ = stages(sample_page, before=print_at_once)
    assert page.evaluate("window.early") == "map"
    canvases, text = page.evaluate("window.sheets")
    assert canvases == 1
    assert all(name in text for name in words.communities.names)


def test_printing_while_the_file_is_read_breaks_nothing(stages, sample_page):
    print_at_once = """
    window.failed = [];
    window.addEventListener("error", event => window.failed.push(event.message));
    new MutationObserver((_, watch) => {
      if (document.documentElement.dataset.drawn === "map" && document.readyState === "loading") {
        watch.disconnect();
        window.early = true;
        window.dispatchEvent(new Event("beforeprint"));
      }
    }).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-drawn"]});
    """
    page, found = stages(sample_page, before=print_at_once)
    assert page.evaluate("[window.early, window.failed]") == [True, []]
    assert found[-1]["stage"] == "whole"


def test_the_rest_is_put_together_from_pieces(stages, findings, tmp_path, monkeypatch):
    monkeypatch.setattr("planner.report.page.PIECE", 997)
    study = findings.study
    names = study.communities.names.copy()
    names[:3] = "</script><!--\U0001f3e0", "\u2028<b>&", "\U0001f3e0" * 400
    named = replace(findings, study=replace(study, communities=replace(study.communities, names=names)))
    path = tmp_path / "pieces.html"
    path.write_text(render(named), encoding="utf-8")
    page, found = stages(path)
    assert found[-1]["stage"] == "whole"
    assert page.evaluate("document.querySelectorAll('script.rest').length") > 100
    assert page.evaluate("planner.view.communities.names") == list(names)
    words, drawing = held(path.read_text(encoding="utf-8"))
    assert page.evaluate("[planner.view, planner.drawing.bands, planner.drawing.bounds]") == json.loads(
        json.dumps([words, drawing["bands"], drawing["bounds"]])
    )


def test_a_page_in_the_background_gets_whole_without_frames(stages, sample_page):
    _, found = stages(sample_page, before="window.requestAnimationFrame = () => 0;")
    assert found[-1]["stage"] == "whole"


def test_a_study_without_the_rest_opens_too(stages, bare_page):
    _, found = stages(bare_page)
    assert [one["stage"] for one in found][-2:] == ["map", "whole"]
