"""What slows each profile, in words: on the page, and the same in the docs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import planner
from planner.penalty import Penalty
from planner.report import words as word_lists
from planner.report.rule import _on_the_way, _penalties, rule_sentence
from planner.report.words import joined_by
from planner.sources.geodata import read_profiles
from tests.towns import WALKER

METHOD = (Path(__file__).resolve().parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
WORDS = word_lists.read()


@pytest.mark.parametrize("name", sorted(read_profiles()))
def test_the_docs_say_what_the_page_says(name: str) -> None:
    profile = read_profiles()[name]
    bars, slows = _penalties(profile, WORDS)
    said = joined_by(WORDS.section("penalty")["mark"], [dict(profile.label), *bars, *slows])
    assert f"| `{name}` | {said['zh']} | {said['en']} |" in METHOD


def test_every_penalty_has_words() -> None:
    every = Penalty(steps=2.5, steps_s=4.0, unpaved=1.2, signal_s=30.0, slope=((0.0, 1.0),), steepest_percent=12.5)
    bars, slows = _penalties(replace(WALKER, penalty=every), WORDS)
    assert [one["en"] for one in (*bars, *slows)] == [
        "no street known to be steeper than 12.5 %",
        "steps take 2.5 times as long",
        "unpaved ways take 1.2 times as long",
        "4 s more for each flight of steps",
        "30 s at each signal passed",
        "known slopes take longer, by a table",
    ]
    bars, slows = _penalties(replace(WALKER, penalty=Penalty(steps_barred=True, steps=3.0, steps_s=9.0)), WORDS)
    assert [one["zh"] for one in (*bars, *slows)] == ["不走台阶"]


def test_circles_of_metres_say_only_what_isnt_used_and_straight_ones_nothing() -> None:
    study = planner.sample_district()
    circle = replace(study.circles[0], profile="held")
    held = replace(study.profiles["standard_walk"], name="held", penalty=Penalty(steps_barred=True, signal_s=9.0))
    for change, told in (
        ({}, "On the way: no steps; 9 s at each signal passed."),
        ({"limit": 800.0, "limit_unit": "metres"}, "On the way: no steps."),
        ({"measure": "straight"}, None),
    ):
        asked = replace(study, circles=(replace(circle, **change),), profiles={"held": held}, siting=(), plan=None)
        found = planner.run(asked)
        sentence = rule_sentence(asked, found.coverages[0], WORDS)["en"]
        if told is None:
            assert "On the way" not in sentence
            assert _on_the_way(asked, found.coverages[0], WORDS) == []
        else:
            assert told in sentence
