"""The page of the sample district says what it said: every word and figure, and the frame that they stand in."""

from __future__ import annotations

import difflib

import pytest

from tests.golden.made import FOLDER, made

SHOWN = 40  # lines of the difference


@pytest.fixture(scope="module")
def today():
    return made()


@pytest.mark.parametrize("name", ["view.json", "page.html"])
def test_golden(today, name):
    kept = (FOLDER / name).read_text(encoding="utf-8")
    if today[name] != kept:
        lines = difflib.unified_diff(kept.splitlines(), today[name].splitlines(), "kept", "today", lineterm="", n=1)
        told = "\n".join(list(lines)[:SHOWN])
        pytest.fail(f"{told}\nIf that is meant: python -m tests.golden (tests/golden/README.md)", pytrace=False)


def test_the_frame_holds_no_data(today):
    assert "示例区" not in today["page.html"]
    assert today["page.html"].count("…</script>") == 4
