"""The page printed: the map on the first sheet, every table whole on those that follow."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from planner.imprint import PageSettings
from planner.report.page import render
from planner.report.words import said
from planner.study import run
from tests.browser.conftest import SCREENSHOTS
from tests.browser.large import large_city

SHEETS = {"a4": (297, 210), "a3": (420, 297)}
MARGIN_MM = 10
PX = 96 / 25.4
POINT_MM = 25.4 / 72

PLACED = """() => {
  const box = e => { const at = e.getBoundingClientRect(); return [at.left, at.top, at.right, at.bottom]; };
  const front = document.querySelector(".paper-front"), canvas = document.querySelector(".paper-map canvas");
  return {
    front: box(front), map: box(document.querySelector(".paper-map")), canvas: box(canvas),
    ratio: canvas.width / canvas.clientWidth,
    cut: Array.from(document.querySelectorAll(".paper *")).filter(e => e.scrollWidth > e.clientWidth + 1 &&
      getComputedStyle(e).display !== "inline" && e.className !== "unseen").map(e => e.tagName + "." + e.className),
    outside: Array.from(front.querySelectorAll("*")).filter(e => {
      const a = box(e), b = box(front);
      return a[2] > b[2] + 1 || a[3] > b[3] + 1 || a[0] < b[0] - 1;
    }).map(e => e.tagName + "." + e.className),
  };
}"""


def printed(opened, paper):
    """Choose a paper as a reader does, then show what the printer would get."""
    opened.page.evaluate("window.print = () => {}")
    opened.page.click("#print summary")
    opened.page.click(f'[data-paper="{paper}"]')
    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector(".paper-map canvas", state="attached")


def sheets_of(pdf):
    """Return the size in mm of every page of a PDF."""
    return [
        (round(float(wide) * POINT_MM), round(float(high) * POINT_MM))
        for wide, high in re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    ]


@pytest.mark.parametrize(
    ("paper", "language", "tab"),
    [
        ("a4", "zh", "overview"),
        ("a4", "en", "siting"),
        ("a4", "en", "targets"),
        ("a3", "zh", "list"),
        ("a3", "en", "overview"),
        ("a3", "zh", "siting"),
    ],
)
def test_first_sheet_holds_the_map_whole(visit, sample_page, words, paper, language, tab):
    opened = visit(sample_page)
    opened.speak(language)
    opened.page.click(f"#button_{tab}")
    printed(opened, paper)
    placed = opened.page.evaluate(PLACED)
    wide, high = ((side - 2 * MARGIN_MM) * PX for side in SHEETS[paper])
    assert placed["front"][2] - placed["front"][0] == pytest.approx(wide, abs=1)
    assert placed["front"][3] - placed["front"][1] <= high
    map_wide, map_high = placed["map"][2] - placed["map"][0], placed["map"][3] - placed["map"][1]
    assert map_wide > 0.6 * wide
    assert map_high > 0.75 * high
    assert placed["canvas"] == pytest.approx(placed["map"], abs=2)
    assert placed["ratio"] in (2, 4)  # powers of two: Chromium rounds others
    assert placed["outside"] == []
    assert placed["cut"] == []
    text = opened.text(".paper")
    assert words.name in text
    assert words.head[language] in text
    assert said(words.circles[0].headline, language) in text
    assert words.circles[0].rule[language] in text
    assert opened.page.locator(".paper .legend .icon").count() >= 4
    assert opened.page.locator(".paper .north svg").count() == 1
    opened.assert_quiet()


@pytest.mark.parametrize(("paper", "language"), [("a3", "zh"), ("a4", "zh"), ("a4", "en")])
def test_first_sheet_tells_how_the_plan_stands_where_there_is_room(visit, sample_page, words, paper, language):
    opened = visit(sample_page)
    opened.speak(language)
    printed(opened, paper)
    targets = [words.compliance.items[number] for number in words.compliance.telling]
    shown = opened.page.locator(".paper-front .paper-target")
    count = shown.count()
    assert (count == len(targets)) if paper == "a3" else count < len(targets)
    for target, text in zip(targets, shown.all_text_contents(), strict=False):
        assert target.name[language] in text
        assert target.brief[language] in text
    assert opened.page.locator(".paper-front .paper-telling").count() == (1 if count else 0)


def test_sites_tried_out_are_printed_with_what_they_change(visit, sample_page, findings):
    opened = visit(sample_page)
    opened.page.click("#button_siting")
    opened.page.locator("#sites .tick").last.uncheck()
    opened.page.click("#trial_closing summary")
    opened.page.locator("#trial_closing .tick").first.check()
    shown = opened.text("#trial_result")
    printed(opened, "a4")
    assert opened.text("#trial_result .big") in opened.text(".paper-front .trial-result")
    text = opened.text(".paper-tried")
    assert shown in text
    *kept, dropped = (str(findings.study.candidates.names[site.candidate]) for site in findings.proposals[0].sites)
    assert all(name in text for name in kept)
    assert dropped not in text
    assert str(findings.study.facilities.names[findings.coverages[0].facilities[0]]) in text
    opened.assert_quiet()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_are_whole(visit, sample_page, findings, words, language):
    opened = visit(sample_page)
    opened.speak(language)
    printed(opened, "a4")
    rows = opened.page.evaluate(
        "() => Array.from(document.querySelectorAll('.paper-list tbody tr')).map(row => "
        "Array.from(row.children).map(cell => cell.textContent))"
    )
    rows = [half for row in rows for half in (row[:5], row[6:]) if half]  # two abreast, a gap between them
    circle = words.circles[0]
    names = words.communities.names if language == "zh" else words.communities.short_en
    assert [row[0] for row in rows] == [names[i] for i in circle.order]
    shown = [circle.minutes[i] for i in circle.order if circle.status[i] != "n"]
    assert [row[2] for row in rows if row[2] != "—"] == shown
    text = opened.text(".paper")
    assert words.compliance is not None
    for item in words.compliance.items:
        assert item.name[language] in text
        assert item.verdict_words[language] in text
        assert item.facts[language] in text
    for proposal in words.proposals:
        assert said(proposal.result, language) in text
    for source in words.sources:
        assert source.path in text
    for line in (*words.method, circle.named):
        assert line[language] in text
    assert all(one in text for one in words.attribution)
    opened.assert_quiet()


@pytest.mark.parametrize("paper", SHEETS)
def test_pdf(visit, sample_page, paper):
    opened = visit(sample_page)
    opened.page.evaluate("window.print = () => {}")
    opened.page.click("#print summary")
    opened.page.click(f'[data-paper="{paper}"]')
    pdf = opened.page.pdf(prefer_css_page_size=True)
    SCREENSHOTS.mkdir(exist_ok=True)
    (SCREENSHOTS / f"print_{paper}.pdf").write_bytes(pdf)
    sheets = sheets_of(pdf)
    assert set(sheets) == {SHEETS[paper]}
    assert 5 <= len(sheets) <= 10
    assert b"/Font" in pdf
    assert any(len(stream) > 100_000 for stream in _streams(pdf))  # the map itself, drawn
    opened.page.wait_for_selector("#paper", state="hidden")
    assert opened.text("#paper") == ""
    opened.assert_quiet()


def _streams(pdf):
    """Return the contents of a PDF's compressed parts."""
    for found in re.finditer(rb"/FlateDecode[^>]*>>\s*stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            yield zlib.decompressobj().decompress(found[1])
        except zlib.error:
            continue


def test_units_on_the_map_are_printed(visit, sample_page, words):
    opened = visit(sample_page)
    opened.page.click("#button_targets")
    opened.page.locator("[data-indicator]").first.click()
    item, line = map(
        int, opened.page.locator("[data-indicator][aria-pressed=true]").get_attribute("data-indicator").split("-")
    )
    assert words.compliance is not None
    units = words.compliance.items[item].lines[line].units
    assert units is not None
    printed(opened, "a4")
    lists = opened.page.locator(".paper-list")
    assert lists.count() == 2
    assert lists.nth(1).locator("tbody th").count() == len(units.at)
    assert words.compliance.items[item].name["zh"] in opened.text(".paper .legend")
    opened.page.emulate_media(media="screen")
    opened.page.wait_for_selector("#paper", state="hidden")
    opened.assert_quiet()


def test_publisher_and_approval(visit, findings, sample_page, tmp_path):
    opened = visit(sample_page)
    printed(opened, "a4")
    foot = opened.page.locator(".paper-foot").first.text_content()
    assert "发布单位：＿" in foot
    assert "审图号：＿" in foot
    assert opened.text("#imprint") == ""
    settings = PageSettings(publisher="<b>示例区民政局</b>", map_approval="审图号：示S(2025)001号")
    path = tmp_path / "index.html"
    path.write_text(render(replace(findings, study=replace(findings.study, page=settings))), encoding="utf-8")
    opened = visit(path)
    assert opened.text("#imprint") == "发布单位：<b>示例区民政局</b> · 审图号：示S(2025)001号"
    opened.speak("en")
    printed(opened, "a4")
    foot = opened.page.locator(".paper-foot").first.text_content()
    assert "Published by <b>示例区民政局</b>" in foot
    assert "Map approval no. 示S(2025)001号" in foot
    opened.assert_quiet()


def test_hostile_names_are_printed_literally(visit, hostile_page, hostile_findings):
    opened = visit(hostile_page)
    printed(opened, "a4")
    text = opened.text(".paper")
    for name in hostile_findings.study.communities.names:
        assert str(name) in text
    assert opened.page.evaluate("window.alerts") == 0
    assert opened.page.evaluate(PLACED)["outside"] == []
    opened.assert_quiet()


def test_bare_study_prints(visit, bare_page):
    opened = visit(bare_page)
    printed(opened, "a3")
    assert opened.page.evaluate(PLACED)["outside"] == []
    opened.assert_quiet()


@pytest.fixture(scope="module")
def large_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "index.html"
    path.write_text(render(run(large_city())), encoding="utf-8")
    return path


MOST_BYTES = 5_000_000
"""For 1,000 communities and 20,000 streets."""


def test_large_city(visit, large_page):
    assert large_page.stat().st_size < MOST_BYTES
    opened = visit(large_page)
    printed(opened, "a4")
    assert opened.page.locator(".paper-list tbody th").count() == 1020
    placed = opened.page.evaluate(PLACED)
    assert placed["outside"] == []
    assert placed["cut"] == []
    opened.page.emulate_media(media="screen")
    pdf = opened.page.pdf(prefer_css_page_size=True)
    assert 20 <= len(sheets_of(pdf)) <= 60
    opened.assert_quiet()
