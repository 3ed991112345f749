"""How fast the page opens, zooms and counts anew, in Chromium: ``python -m tests.browser.speed``; docs/benchmarks.md tells more.

Times hang on the machine, so no test judges them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.browser.conftest import FLAGS, USUAL_PATHS, WHOLE

if TYPE_CHECKING:
    from planner.study import Study

# The moments at which the first map and all of the page are on the screen, in ms since its opening began: two frames
# after the page says so on its root element. The empty map says nothing: it is there when the page has loaded. Beside
# them, the browser's own account of its first paint with anything in it.
WATCH = """
window.shown = {};
(function () {
  function soon(name) {
    requestAnimationFrame(() => requestAnimationFrame(() => { window.shown[name] = performance.now(); }));
  }
  new MutationObserver(() => {
    const drawn = document.documentElement.dataset.drawn;
    if (drawn === "map" || drawn === "whole") { soon(drawn); }
  }).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-drawn"]});
  window.addEventListener("load", () => { if (!document.documentElement.dataset.drawn) { soon("map"); soon("whole"); } });
}());
"""
SHOWN_AT = """() => new Promise(done => {
  const look = () => {
    const first = performance.getEntriesByName("first-contentful-paint")[0], shown = window.shown;
    if (first && shown.map && shown.whole) {
      done([shown.map, first.startTime, shown.whole]);
    } else {
      setTimeout(look, 5);
    }
  };
  look();
})"""
ZOOM = """async (steps) => {
  const map = planner.map, times = [], turn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
  const start = map.getZoom();
  for (const step of steps) {
    await turn();
    const from = performance.now();
    map.setZoom(start + step, {animate: false});
    document.querySelectorAll("canvas.sheet").forEach(one => one.getContext("2d").getImageData(0, 0, 1, 1));
    times.push(performance.now() - from);
  }
  return times;
}"""
TICK = """async (times) => {
  const turn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0))), taken = [];
  planner.showTab("siting");
  document.querySelectorAll("#tab_siting details").forEach(one => { one.open = true; });
  for (let at = 0; at < times; at++) {
    await turn();
    const boxes = document.querySelectorAll("#trial_others input[data-tick]"), box = boxes[at * 7 % boxes.length];
    const from = performance.now();
    box.click();
    const counted = performance.now() - from;
    document.body.getBoundingClientRect();
    document.querySelectorAll("canvas.sheet").forEach(one => one.getContext("2d").getImageData(0, 0, 1, 1));
    taken.push([counted, performance.now() - from]);
  }
  return taken;
}"""
TICKS, TRIED = 24, 200
STEPS = (0.5, 1, 1.5, 2, 3, 4, 5, 3, 1, 0)


def empty_folium() -> str:
    """Return what Folium makes of an empty map, Leaflet put into the page as ours has it."""
    import folium

    from planner.report.page import _leaflet_style, _static, _without_source_map

    chart: Any = folium.Map(location=[35.5, 123.5], zoom_start=13, tiles=None, prefer_canvas=True)
    chart.default_js, chart.default_css = [], []
    page = chart.get_root().render()
    assets = (
        f"<style>{_leaflet_style()}</style><script>{_without_source_map(_static('vendor/leaflet/leaflet.js'))}</script>"
    )
    return page.replace("<head>", f"<head>{assets}", 1)


def pages() -> dict[str, str]:
    """Return the pages that are opened, by name."""
    from planner.report.page import render
    from planner.sources.sample import sample_district
    from planner.study import run
    from tests.browser.large import large_city

    return {
        "empty": empty_folium(),
        "sample": render(run(sample_district())),
        "large": render(run(large_city())),
        "tried": render(run(city_to_try())),
    }


def city_to_try() -> Study:
    """Return a made-up city of 2,040 communities with 200 candidates to tick."""
    from tests.browser.large import large_city

    city = large_city(34)
    every = np.linspace(0, len(city.candidates) - 1, TRIED).astype(np.int64)
    return replace(city, candidates=city.candidates.take(every))


def opened_ms(browser: Any, paths: Mapping[str, Path], turns: int) -> dict[str, list[float]]:
    """Return the median ms until each page's first map is on the screen, its first paint, and all of it; in turns."""
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in paths}
    for _ in range(turns):
        for name, path in paths.items():
            context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
            page = context.new_page()
            page.add_init_script(WATCH)
            page.goto(path.as_uri())
            found[name].append(tuple(page.evaluate(SHOWN_AT)))
            context.close()
    return {name: [statistics.median(one) for one in zip(*times, strict=True)] for name, times in found.items()}


def zoomed_ms(browser: Any, path: Path) -> list[float]:
    """Return the ms of each redraw after a step of zoom."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True).new_page()
    page.goto(path.as_uri())
    page.wait_for_selector(WHOLE)
    page.evaluate(ZOOM, [0.5, 0])  # the engine compiles what it runs often
    times: list[float] = page.evaluate(ZOOM, list(STEPS))
    return times


def ticked_ms(browser: Any, path: Path) -> list[tuple[float, float]]:
    """Return for each tick of a candidate the ms until all figures stand, and until they and the map are drawn."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True).new_page()
    page.goto(path.as_uri())
    page.wait_for_selector(WHOLE)
    page.evaluate(TICK, 2)
    times: list[tuple[float, float]] = page.evaluate(TICK, TICKS)
    return times


def main() -> int:
    """Measure, print."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m tests.browser.speed")
    parser.add_argument("--turns", type=int, default=9)
    asked = parser.parse_args()
    found = os.environ.get("PLANNER_CHROMIUM") or next(path for path in map(shutil.which, USUAL_PATHS) if path)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        paths = {}
        for name, text in pages().items():
            paths[name] = Path(folder) / f"{name}.html"
            paths[name].write_text(text, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        opened = opened_ms(browser, {name: paths[name] for name in paths if name != "tried"}, asked.turns)
        for name, times in opened.items():
            told = zip(("first map", "first paint", "whole"), times, opened["empty"], strict=True)
            said = ", ".join(f"{what} {ms:.0f} ms ({ms / empty:.2f}x)" for what, ms, empty in told)
            sys.stdout.write(f"{name}: {paths[name].stat().st_size / 1e6:.2f} MB, {said} (x: the empty page's)\n")
        for name in ("sample", "large"):
            times = zoomed_ms(browser, paths[name])
            told = " ".join(f"{ms:.0f}" for ms in times)
            sys.stdout.write(f"{name}: zoom redraws {told} ms, most {max(times):.0f}\n")
        counted, drawn = zip(*ticked_ms(browser, paths["tried"]), strict=True)
        for what, ms in (("figures", counted), ("figures and map", drawn)):
            sys.stdout.write(f"tick, {what}: median {statistics.median(ms):.0f} ms, most {max(ms):.0f}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
