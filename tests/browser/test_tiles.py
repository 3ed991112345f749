"""Tiles from outside: asked for only where the study says so, from that host alone, and given up where they don't come."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from planner.datum import wgs84_to_gcj02
from planner.imprint import PageSettings, Tiles
from planner.report.packed import as_numbers
from planner.report.page import render
from planner.sources.page_section import as_page
from planner.sources.study_settings import PageSection
from tests.browser.conftest import WHOLE, held

HOST = "https://tiles.example"
OWN = Tiles(
    layers=(f"{HOST}/base/{{z}}/{{x}}/{{y}}.png", f"{HOST}/names/{{z}}/{{x}}/{{y}}.png"), attribution="© <b>Example</b>"
)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SITE = "http://planner.example/index.html"
OPAQUE = """() => {
  const canvas = document.querySelector("canvas.sheet"), copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const pen = copy.getContext("2d");
  pen.drawImage(canvas, 0, 0);
  const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
  let solid = 0;
  for (let i = 3; i < pixels.length; i += 4) { solid += pixels[i] === 255; }
  return solid / (pixels.length / 4);
}"""


def page_with(findings, tiles, **more):
    settings = PageSettings(tiles=tiles, **more)
    return render(replace(findings, study=replace(findings.study, page=settings)))


class Visitor:
    """A page in a browser whose network is this class."""

    def __init__(self, chromium, text, tmp_path, *, served=False, answer=True):
        self.asked, self.complaints = [], []
        path = tmp_path / "index.html"
        path.write_text(text, encoding="utf-8")
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        self.page = context.new_page()

        def serve(route):
            url = route.request.url
            if url == path.as_uri():
                route.continue_()
            elif url == SITE:
                route.fulfill(body=text, content_type="text/html; charset=utf-8")
            else:
                self.asked.append(url)
                if answer:
                    route.fulfill(body=PIXEL, content_type="image/png")
                else:
                    route.abort()

        context.route("**/*", serve)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.goto(SITE if served else path.as_uri())
        self.page.wait_for_selector(WHOLE)


def test_policy_names_the_one_host(findings):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page_with(findings, OWN))[1]
    assert "img-src data: https://tiles.example;" in policy
    assert policy.count("https:") == 1
    without = re.search(r'Content-Security-Policy" content="([^"]*)"', page_with(findings, None))[1]
    assert "img-src data:;" in without


def test_tiles_lie_under_the_map_and_can_be_switched_off(chromium, findings, tmp_path):
    visitor = Visitor(chromium, page_with(findings, OWN), tmp_path)
    page = visitor.page
    page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    assert visitor.asked
    assert all(re.fullmatch(rf"{HOST}/(base|names)/\d+/\d+/\d+\.png", url) for url in visitor.asked)
    assert page.evaluate(OPAQUE) < 0.5  # our own sheet is no longer paper
    assert "© <b>Example</b>" in page.text_content("#attribution")
    page.click('[data-basemap="own"]')
    assert page.locator(".leaflet-tile").count() == 0
    assert page.evaluate(OPAQUE) == 1
    assert "Example" not in page.text_content("#attribution")
    assert findings.study.attribution[0] in page.text_content("#attribution")
    page.click("#language")
    assert "Basemap" in page.text_content("#basemap")
    assert visitor.complaints == []


def test_tiles_that_fail_give_way_to_our_own(chromium, findings, tmp_path):
    visitor = Visitor(chromium, page_with(findings, OWN), tmp_path, answer=False)
    page = visitor.page
    page.wait_for_selector("#basemap .warn")
    assert page.locator(".leaflet-tile").count() == 0
    assert page.evaluate(OPAQUE) == 1
    assert page.get_attribute('[data-basemap="own"]', "aria-pressed") == "true"
    assert "Example" not in page.text_content("#attribution")


def test_a_long_attribution_leaves_the_map_its_size(chromium, findings, tmp_path):
    tiles = replace(OWN, attribution="© Example, whose licence asks for a great many words " * 4)
    seen = Visitor(chromium, page_with(findings, tiles), tmp_path)
    for wanted in ("online", "own", "online"):
        seen.page.click(f"[data-basemap={wanted}]")
        size, box = seen.page.evaluate(
            """() => {
                 const box = planner.map.getContainer(), size = planner.map.getSize();
                 return [[size.x, size.y], [box.clientWidth, box.clientHeight]];
               }"""
        )
        assert size == box
    assert seen.complaints == []


def test_openstreetmap_only_on_a_website(chromium, findings, tmp_path):
    tiles = as_page(_settings(tiles="osm")).tiles
    text = page_with(findings, tiles)
    from_file = Visitor(chromium, text, tmp_path)
    from_file.page.wait_for_timeout(300)
    assert from_file.asked == []
    assert from_file.page.is_hidden("#basemap")
    served = Visitor(chromium, text, tmp_path, served=True)
    served.page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    assert all(url.startswith("https://tile.openstreetmap.org/") for url in served.asked)
    assert "© OpenStreetMap contributors" in served.page.text_content("#attribution")


def test_tianditu_has_key_and_approval(chromium, findings, tmp_path):
    tiles = as_page(_settings(tiles="tianditu", tianditu_key="abc123")).tiles
    visitor = Visitor(chromium, page_with(findings, tiles, map_approval="GS(2024)1号"), tmp_path)
    visitor.page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    assert {re.search(r"LAYER=(\w+)", url)[1] for url in visitor.asked} == {"vec", "cva"}
    assert all(url.startswith("https://t0.tianditu.gov.cn/") and url.endswith("tk=abc123") for url in visitor.asked)
    assert "天地图" in visitor.page.text_content("#attribution")
    assert visitor.page.text_content("#imprint") == "审图号：GS(2024)1号"


def test_paper_keeps_our_own_ground(chromium, findings, tmp_path):
    visitor = Visitor(chromium, page_with(findings, OWN), tmp_path)
    visitor.page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    visitor.page.emulate_media(media="print")
    visitor.page.wait_for_selector(".paper-map canvas", state="attached")
    assert visitor.page.evaluate(OPAQUE.replace("canvas.sheet", ".paper-map canvas")) == 1
    assert findings.study.attribution[0] in visitor.page.locator(".paper-foot").first.text_content()


def test_gcj02_tiles_move_all_that_is_drawn(findings):
    plain, moved = (held(page_with(findings, replace(OWN, datum=datum))) for datum in ("wgs84", "gcj02"))
    study = findings.study
    for places, table in ((moved[0]["communities"], study.communities), (moved[0]["facilities"], study.facilities)):
        lon, lat = wgs84_to_gcj02(table.lon, table.lat)
        assert np.allclose(places["lon"], lon, atol=2e-6)
        assert np.allclose(places["lat"], lat, atol=2e-6)
    for before, after in zip(_lines(plain[1]), _lines(moved[1]), strict=True):
        assert before.shape == after.shape
        lon, lat = wgs84_to_gcj02(before[:, 0], before[:, 1])
        assert np.allclose(after, np.column_stack([lon, lat]), atol=1.01e-5)
    south, west, north, east = plain[1]["bounds"]
    lon, lat = wgs84_to_gcj02([west, east], [south, north])
    assert moved[1]["bounds"] == pytest.approx([lat[0], lon[0], lat[1], lon[1]], abs=1e-6)
    assert moved[0]["compliance"]["counts"] == plain[0]["compliance"]["counts"]


def _lines(drawing):
    """Yield the points of every block of lines, in degrees."""
    if isinstance(drawing, dict):
        if "d" in drawing:
            yield np.cumsum(np.array(as_numbers(drawing["d"]), float).reshape(-1, 2), axis=0) / 1e5
        else:
            for key in sorted(drawing):
                yield from _lines(drawing[key])
    elif isinstance(drawing, list):
        for one in drawing:
            yield from _lines(one)


class _settings:  # noqa: N801 (stands in for the settings of a file)
    def __init__(self, **page):
        self.page = PageSection(**page)

    def is_whole(self, *_):
        return True

    def fault(self, *told):
        raise AssertionError(told)

    def warn(self, *told):
        self.warned = told
