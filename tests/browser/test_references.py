"""No page that we render asks for anything outside itself; the same findings give the same bytes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from planner.report.page import render

ASKING = {"src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping", "manifest"}
MOST_BYTES = 3_000_000  # for the sample district


class References(HTMLParser):
    """Everything in a page that a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.handlers: list[str] = []
        self.styles: list[str] = []
        self.policy = ""
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        values = dict(attrs)
        self.asked += [value or "" for key, value in attrs if key in ASKING]
        self.handlers += [key for key, _ in attrs if key.startswith("on")]
        self.styles.append(values.get("style") or "")
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values.get("content") or ""
        assert not (tag == "meta" and values.get("http-equiv") == "refresh")
        assert tag not in {"base", "iframe", "object", "embed", "form"}

    def handle_endtag(self, _tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.styles.append(data)


@pytest.fixture(params=["sample_page", "hostile_page"])
def text(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(request.param).read_text(encoding="utf-8")


def test_nothing_outside(text):
    page = References()
    page.feed(text)
    assert page.asked == ["data:,", "#paper"]
    assert page.handlers == []
    styles = "\n".join(page.styles)
    assert re.findall(r"url\(|@import", styles) == []
    assert "sourceMappingURL" not in text
    assert "<!--slot:" not in text
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-")
    scripts = page.policy.split("script-src")[1].split(";")[0]
    assert "unsafe" not in scripts
    assert scripts.count("sha256-") == 2


def test_same_bytes_and_small(findings, sample_page):
    text = sample_page.read_text(encoding="utf-8")
    assert render(findings) == text
    assert len(text.encode("utf-8")) < MOST_BYTES


def test_folium_is_left_as_it_was(findings):
    import folium

    before = (list(folium.Map.default_js), list(folium.Map.default_css), folium.Map._template)
    render(findings)
    assert (list(folium.Map.default_js), list(folium.Map.default_css), folium.Map._template) == before
