"""A real Chromium with the network cut off, and the pages that it opens."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.places import no_places
from planner.report.page import render
from planner.report.view import View, view
from planner.sources.sample import sample_district
from planner.study import Findings, run
from tests.browser.hostile import hostile_district
from tests.conftest import absent

USUAL_PATHS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
SCREENSHOTS = Path(__file__).parent / "screenshots"

WHOLE = "html[data-drawn=whole]"
"""The page shows its first map, then all the rest; it says so on its root element."""

BLOCK = re.compile(r'<script type="application/json" (?:id|class)="\w+">(.*?)</script>', re.DOTALL)

# Whatever would prove that a name was run: an alert, and what was written on the canvases for people to read.
WITNESS = """
window.alerts = 0; window.alert = function () { window.alerts += 1; };
window.painted = [];
(function () {
  var write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text) {
    window.painted.push(text);
    return write.apply(this, arguments);
  };
}());
"""


def held(page: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the view and the drawing that a page holds, its blocks put together as ``rest.js`` does."""
    first, *pieces = BLOCK.findall(page)
    opening = json.loads(first)
    merged(opening, json.loads("".join(pieces)))
    return opening["view"], opening["drawing"]


def merged(into: Any, rest: Any) -> None:
    """Put into objects and lists what they lack, at any depth."""
    for key, value in rest.items() if isinstance(rest, dict) else enumerate(rest):
        held = into.get(key) if isinstance(into, dict) else into[key] if key < len(into) else None
        if isinstance(held, dict | list):
            merged(held, value)
        elif isinstance(into, dict):
            into[key] = value
        else:
            into[key:] = [value]


@dataclass
class Opened:
    """A page in the browser, and all that it did which it shouldn't."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return self.page.text_content(selector) or ""

    def language(self) -> str:
        return "en" if self.page.evaluate("document.documentElement.lang") == "en" else "zh"

    def speak(self, language: str) -> None:
        if self.language() != language:
            self.page.click("#language")

    def assert_quiet(self) -> None:
        assert self.complaints == []
        assert self.requests == []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the browser; without one, skip with the reason (under CI=true: fail)."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright isn't installed")
    named = os.environ.get("PLANNER_CHROMIUM")
    found = named or next((path for path in map(shutil.which, USUAL_PATHS) if path), None)
    if found is None or not Path(found).exists():
        absent("there is no Chromium for the browser tests (`make browser` installs one, or set PLANNER_CHROMIUM)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def findings() -> Findings:
    return run(sample_district())


@pytest.fixture(scope="session")
def words(findings: Findings) -> View:
    return view(findings)


@pytest.fixture(scope="session")
def sample_page(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(findings, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def hostile_findings() -> Findings:
    return run(hostile_district())


@pytest.fixture(scope="session")
def hostile_page(hostile_findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(hostile_findings, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def bare_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of a study with one straight circle and nothing that a study may leave out."""
    study = sample_district()
    communities = replace(study.communities, columns={}, polygon=None)
    circle = replace(
        study.circles[0], name="straight", limit=1000, limit_unit="metres", measure="straight", demand="population"
    )
    bare = replace(
        study, communities=communities, circles=(circle,), siting=(), areas=None, basemap=(), inputs=(), attribution=(),
        candidates=no_places("candidates"), year=None, plan=None, synthetic=False, language="en",
    )  # fmt: skip
    found = replace(run(bare), bands=(), routes=())
    return _written(found, tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="session")
def crowded_findings() -> Findings:
    """Run a study of 2,000 communities, as many as a large city has."""
    study = sample_district()
    count = 2000
    at, shifts = np.arange(count) % len(study.communities), np.random.default_rng(7)
    few = study.communities.take(at)
    many = replace(
        few,
        ids=np.array([f"{i:04d}" for i in range(count)], dtype=object),
        names=np.array([f"{name}{i}" for i, name in enumerate(few.names)], dtype=object),
        lon=few.lon + shifts.uniform(-0.001, 0.001, count),
        lat=few.lat + shifts.uniform(-0.001, 0.001, count),
        columns={key: cells for key, cells in few.columns.items() if key != "name_en"},
        polygon=None,
    )
    return run(replace(study, communities=many, circles=study.circles[:1], siting=(), plan=None))


@pytest.fixture(scope="session")
def crowded_page(crowded_findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(crowded_findings, tmp_path_factory.mktemp("crowded"))


def _written(findings: Findings, folder: Path) -> Path:
    path = folder / "index.html"
    path.write_text(render(findings), encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Opened]]:
    """Return a function that opens a file at one of the sizes, with the network cut off and every request noted."""
    contexts = []

    def visit(path: Path, size: str = "desk") -> Opened:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(WITNESS)
        opened = Opened(page)

        def note(route: Any) -> None:
            if route.request.url == path.as_uri():
                route.continue_()
            else:
                opened.requests.append(route.request.url)
                route.abort()

        context.route("**/*", note)
        page.on("console", lambda message: opened.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: opened.complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (opened.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(path.as_uri())
        page.wait_for_selector(WHOLE)
        return opened

    yield visit
    for context in contexts:
        context.close()
