"""The page in Firefox, opened as a file: it stands, speaks both languages, follows a click, and prints."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from planner.report.words import said
from tests.browser.conftest import SCREENSHOTS
from tests.browser.firefox import Firefox, find
from tests.conftest import absent

COLOURS = """
const seen = new Set(), canvas = document.querySelectorAll("canvas.sheet")[arguments[0]];
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
for (let i = 0; i < pixels.length; i += 28) { seen.add([pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]].join()); }
return seen.size;
"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    path = find()
    if path is None:
        absent("there is no Firefox (`make browser` installs one, or set PLANNER_FIREFOX)")
    browser = Firefox(path, tmp_path_factory.mktemp("firefox"))
    yield browser
    browser.close()


def text(firefox: Firefox, selector: str) -> str:
    return firefox.run("return document.querySelector(arguments[0]).textContent;", selector)


def click(firefox: Firefox, selector: str) -> None:
    firefox.run("document.querySelector(arguments[0]).click();", selector)


def test_page_stands_in_both_languages(firefox, sample_page, words):
    firefox.open(sample_page)
    for language in ("zh", "en"):
        assert text(firefox, "#headline") == said(words.circles[0].headline, language)
        assert text(firefox, "#rule") == words.circles[0].rule[language]
        assert firefox.run(COLOURS, 0) > 20
        assert firefox.run(COLOURS, 1) > 20
        click(firefox, "#language")


def test_every_tab_and_a_choice(firefox, sample_page, words):
    firefox.open(sample_page)
    for tab in ("targets", "list", "siting", "overview"):
        click(firefox, f"#button_{tab}")
        assert firefox.run("return document.getElementById(arguments[0]).hidden;", f"tab_{tab}") is False
    click(firefox, "#short_list button.row")
    assert words.communities.names[words.circles[0].order[0]] in text(firefox, "#card")
    SCREENSHOTS.mkdir(exist_ok=True)
    picture = firefox.ask("WebDriver:TakeScreenshot", {"full": False})["value"]
    (SCREENSHOTS / "firefox.png").write_bytes(base64.b64decode(picture))


def test_prints(firefox, sample_page):
    firefox.open(sample_page)
    paper = {"width": 29.7, "height": 21.0}
    margin = dict.fromkeys(("top", "bottom", "left", "right"), 1.0)
    printed = firefox.ask(
        "WebDriver:Print", {"page": paper, "margin": margin, "background": False, "shrinkToFit": False}
    )
    pdf = base64.b64decode(printed["value"])
    (SCREENSHOTS / "firefox.pdf").write_bytes(pdf)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 100_000  # the map among it
