"""How a profile sees streets: the first rule that matches, several values in one tag, and directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from planner.network import Ways, build
from planner.profile import BARRED, TravelProfile, Use, WayRule, Weights, weigh
from tests.towns import WALKER, ways


def profile(*rules: WayRule, oneway_keys: tuple[str, ...] = (), speed_m_s: float = 1.0) -> TravelProfile:
    return replace(WALKER, rules=rules, oneway_keys=oneway_keys, speed_m_s=speed_m_s)


def streets(*tags: dict[str, str], two_way: bool = True) -> Ways:
    """Return streets of 100 m with these tags, one after another."""
    plain = ways([(100 * i, 0) for i in range(len(tags) + 1)], [((i, i + 1), {}) for i in range(len(tags))])
    keys = {key for one in tags for key in one} | {"highway"}
    cells = {key: np.array([one.get(key, "") for one in tags], dtype=object) for key in keys}
    return replace(plain, tags=cells, two_way=np.full(len(tags), two_way))


def weighed(who: TravelProfile, *tags: dict[str, str], two_way: bool = True) -> Weights:
    return weigh(build(streets(*tags, two_way=two_way), tag_keys=who.tag_keys), who)


def uses(who: TravelProfile, *tags: dict[str, str]) -> list[Use]:
    found = weighed(who, *tags)
    return [
        "barred" if not usable else ("ends_only" if at_ends else "open")
        for usable, at_ends in zip(found.usable, found.ends_only, strict=True)
    ]


def test_the_first_rule_that_matches_decides() -> None:
    who = profile(
        WayRule({"foot": ("yes",)}, "open"),
        WayRule({"access": ("private",)}, "ends_only"),
        WayRule({"highway": ("motorway",)}, "barred"),
        WayRule({"highway": ("*",)}, "open"),
    )
    assert uses(
        who,
        {"highway": "motorway", "foot": "yes"},
        {"highway": "motorway", "access": "private"},
        {"highway": "motorway"},
        {"highway": "path"},
    ) == ["open", "ends_only", "barred", "open"]


def test_a_way_that_no_rule_matches_is_barred_and_one_without_highway_is_open() -> None:
    who = profile(WayRule({"highway": ("path",)}, "open"))
    assert uses(who, {"highway": "road"}, {"highway": "path"}, {"highway": "", "access": "private"}) == [
        "barred", "open", "open",
    ]  # fmt: skip


def test_every_key_of_a_rule_must_match() -> None:
    who = profile(
        WayRule({"highway": ("path", "track"), "foot": ("no",)}, "barred"), WayRule({"highway": ("*",)}, "open")
    )
    assert uses(who, {"highway": "track", "foot": "no"}, {"highway": "track"}, {"highway": "road", "foot": "no"}) == [
        "barred", "open", "open",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "value", "matches"),
    [
        (("*",), "anything", True),
        (("*",), "", False),
        (("!",), "", True),
        (("!",), "yes", False),
        (("!", "no"), "no", True),
        (("!", "no"), "", True),
        (("!", "no"), "yes", False),
        (("steps",), "footway;steps", True),
        (("steps",), "footway; steps", True),
        (("steps",), "footway;stepsish", False),
        (("steps",), "Steps", False),  # OpenStreetMap's values are lower case
        (("*",), "a;b", True),
        (("no", "private"), "private", True),
    ],
)
def test_values_of_a_tag(wanted: tuple[str, ...], value: str, matches: bool) -> None:
    who = profile(WayRule({"surface": wanted}, "barred"), WayRule({"highway": ("*",)}, "open"))
    assert uses(who, {"highway": "path", "surface": value}) == ["barred" if matches else "open"]


def test_a_key_that_the_source_never_names_counts_as_none() -> None:
    who = profile(WayRule({"motorroad": ("!",)}, "open"))
    assert uses(who, {"highway": "trunk"}) == ["open"]
    who = profile(WayRule({"motorroad": ("*",)}, "barred"), WayRule({"highway": ("*",)}, "open"))
    assert uses(who, {"highway": "trunk"}) == ["open"]


def directions(keys: Sequence[str], *, two_way: bool = True, **tags: str) -> tuple[bool, bool]:
    named = {key.replace("_", ":"): value for key, value in tags.items()}
    who = profile(WayRule({"highway": ("*",)}, "open"), oneway_keys=tuple(keys))
    found = weighed(who, {"highway": "path", **named}, two_way=two_way)
    return bool(found.forward_ds[0] >= 0), bool(found.backward_ds[0] >= 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("yes", (True, False)),
        ("true", (True, False)),
        ("1", (True, False)),
        ("-1", (False, True)),
        ("reverse", (False, True)),
        ("no", (True, True)),
        ("", (True, True)),
        ("alternating", (True, True)),
    ],
)
def test_one_way_values(value: str, expected: tuple[bool, bool]) -> None:
    assert directions(["oneway:foot"], oneway_foot=value) == expected


def test_only_the_profiles_own_keys_bar_a_direction_and_the_first_present_decides() -> None:
    assert directions(["oneway:foot"], oneway="yes") == (True, True)
    assert directions(["oneway"], oneway="yes") == (True, False)
    assert directions(["oneway:foot", "oneway"], oneway="yes") == (True, False)
    assert directions(["oneway:foot", "oneway"], oneway="yes", oneway_foot="no") == (True, True)
    assert directions(["oneway:foot", "oneway"], oneway="yes", oneway_foot="-1") == (False, True)
    assert directions(["conveying"], conveying="yes") == (True, True)
    assert directions(["conveying"], conveying="forward") == (True, False)
    assert directions(["conveying"], conveying="backward") == (False, True)


def test_a_source_that_gives_one_direction_has_one() -> None:
    assert directions([], two_way=False) == (True, False)
    assert directions(["oneway:foot"], two_way=False, oneway_foot="-1") == (False, False)


@pytest.mark.parametrize("speed_m_s", [0.8, 0.92, 1.0, 1.2, 13.9])
def test_a_direction_takes_length_over_speed_rounded_once(speed_m_s: float) -> None:
    who = profile(WayRule({"highway": ("*",)}, "open"), speed_m_s=speed_m_s)
    network = build(ways([(0, 0), (123.4, 0), (123.4, 77.7)], [((0, 1), {}), ((1, 2), {})]), tag_keys=["highway"])
    found = weigh(network, who)
    expected = [round(mm / 100.0 / speed_m_s) for mm in network.length_mm.tolist()]
    assert found.forward_ds.tolist() == found.backward_ds.tolist() == expected


def test_barred_streets_belong_to_no_component_of_the_profile() -> None:
    who = profile(WayRule({"highway": ("motorway",)}, "barred"), WayRule({"highway": ("*",)}, "open"))
    found = weighed(who, {"highway": "path"}, {"highway": "motorway"}, {"highway": "path"}, {"highway": "path"})
    assert found.component.tolist() == [1, -1, 0, 0]
    assert found.component_length_mm.tolist() == pytest.approx([200_000, 100_000], abs=5)
    assert found.forward_ds[1] == found.backward_ds[1] == BARRED
    assert found.usable.tolist() == [True, False, True, True]


def test_one_way_streets_hang_together_whatever_their_direction() -> None:
    who = profile(WayRule({"highway": ("*",)}, "open"), oneway_keys=("oneway:foot",))
    found = weighed(who, {"highway": "path", "oneway:foot": "yes"}, {"highway": "path", "oneway:foot": "-1"})
    assert found.component.tolist() == [0, 0]


def test_the_keys_that_a_profile_reads() -> None:
    who = profile(WayRule({"foot": ("no",), "highway": ("path",)}, "open"), oneway_keys=("oneway:foot", "conveying"))
    assert who.tag_keys == {"foot", "highway", "oneway:foot", "conveying"}
