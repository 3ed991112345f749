"""Travel profiles and services as data: their gate, and the walking rule held to OSMnx's on real extracts."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import osmnx as ox
import pytest

from planner.errors import InputError, SourceError
from planner.network import Ways, build
from planner.profile import TravelProfile, Weights, weigh
from planner.sources.geodata import geodata_path, read_profiles, read_services
from planner.sources.streets import read_network

WALKERS = {"standard_walk": 1.0, "older_walk": 0.92, "slow_walk": 0.8, "adult_walk": 1.2}


def street(**tags: str) -> Weights:
    """Return how the standard walker sees one street of some 100 m with these tags (``_`` stands for ``:``)."""
    walker = read_profiles()["standard_walk"]
    named = {key.replace("_", ":"): np.array([value], dtype=object) for key, value in tags.items()}
    ways = Ways(
        node_id=np.array([1, 2]),
        lon=np.array([117.0, 117.0]),
        lat=np.array([39.0, 39.0009]),
        border=np.zeros(2, dtype=bool),
        ref=np.array([0, 1]),
        start=np.array([0, 2]),
        way_id=np.array([1]),
        tags=named,
        two_way=np.ones(1, dtype=bool),
    )
    return weigh(build(ways, tag_keys=walker.tag_keys), walker)


def use(**tags: str) -> str:
    """Return open, ends_only or barred."""
    weights = street(**tags)
    if not weights.usable[0]:
        return "barred"
    return "ends_only" if weights.ends_only[0] else "open"


def test_the_walkers_exist_with_their_speeds_names_and_sources() -> None:
    profiles = read_profiles()
    assert {name: profile.speed_m_s for name, profile in profiles.items() if name in WALKERS} == WALKERS
    assert list(profiles) == sorted(profiles)
    for profile in profiles.values():
        assert profile.label.keys() == {"en", "zh"}
        assert profile.source["speed_m_s"]
        written = tomllib.loads((geodata_path("profiles") / f"{profile.name}.toml").read_text(encoding="utf-8"))
        assert {*written.get("penalty", {}), *({"class_speed_kmh", "maxspeed_share"} & set(written))} <= set(
            profile.source
        ), f"{profile.name}: each figure has its source"
    for name in WALKERS:
        assert profiles[name].access_speed_m_s == profiles[name].speed_m_s
        assert profiles[name].oneway_keys == ("oneway:foot", "conveying")


def test_services_have_names_in_both_languages() -> None:
    services = read_services()
    assert services["elderly_centre"] == {
        "en": "Sub-district elderly service centre",
        "zh": "街道(区域)综合养老服务中心",
    }
    assert services.keys() >= {"elderly_day_care", "elderly_home", "meal_service", "childcare", "clinic"}
    assert all(names.keys() == {"en", "zh"} for names in services.values())


@pytest.mark.parametrize(
    ("expected", "tags"),
    [
        ("open", {"highway": "residential"}),
        ("open", {"highway": "trunk"}),
        ("open", {"highway": "service", "service": "driveway"}),
        ("open", {"highway": "steps"}),
        ("open", {"highway": "residential", "oneway": "yes"}),
        ("open", {"highway": "a_kind_of_next_year"}),
        ("barred", {"highway": "motorway"}),
        ("barred", {"highway": "motorway", "foot": "yes"}),
        ("barred", {"highway": "trunk", "motorroad": "yes"}),
        ("open", {"highway": "trunk", "motorroad": "yes", "foot": "yes"}),
        ("barred", {"highway": "footway", "foot": "no"}),
        ("barred", {"highway": "construction"}),
        ("barred", {"highway": "pedestrian", "area": "yes"}),
        ("barred", {"highway": "primary", "sidewalk": "separate"}),
        ("barred", {"highway": "primary", "sidewalk_left": "separate"}),
        ("barred", {"highway": "cycleway"}),
        ("open", {"highway": "cycleway", "foot": "designated"}),
        ("barred", {"highway": "footway;cycleway"}),
        ("ends_only", {"highway": "residential", "access": "private"}),
        ("ends_only", {"highway": "residential", "access": "no"}),
        ("ends_only", {"highway": "service", "service": "private"}),
        ("ends_only", {"highway": "residential", "gated": "yes"}),
        ("ends_only", {"highway": "footway", "foot": "private"}),
        ("open", {"highway": "residential", "access": "private", "foot": "permissive"}),
        ("open", {"highway": "residential", "access": "permissive"}),
        ("open", {"name": "a street whose source tells no kind"}),
    ],
)
def test_what_can_be_walked(expected: str, tags: dict[str, str]) -> None:
    assert use(**tags) == expected


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, True, True),
        ({"oneway": "yes"}, True, True),
        ({"oneway_foot": "yes"}, True, False),
        ({"oneway_foot": "-1"}, False, True),
        ({"conveying": "forward"}, True, False),
        ({"conveying": "backward"}, False, True),
        ({"conveying": "yes"}, True, True),
        ({"conveying": "reversible"}, True, True),
        ({"oneway_foot": "no", "conveying": "forward"}, True, True),
    ],
)
def test_which_direction_can_be_walked(tags: dict[str, str], forward: bool, backward: bool) -> None:
    weights = street(highway="steps", **tags)
    assert (bool(weights.forward_ds[0] >= 0), bool(weights.backward_ds[0] >= 0)) == (forward, backward)


def osmnx_admits(tags: dict[str, str]) -> bool:
    """Judge a way by OSMnx's own filter: a tag is barred where the pattern is found anywhere in it, as Overpass does."""
    barred = re.findall(r'\["([^"]+)"!~"([^"]+)"\]', ox._overpass._get_network_filter("walk"))
    assert len(barred) == 9
    return all(not re.search(pattern, tags.get(key, "")) for key, pattern in barred if tags.get(key))


def rule_of(tags: dict[str, str], profile: TravelProfile) -> tuple[str, str]:
    """Return use and why of the rule that decides, found by other code than the profile's own."""
    for rule in profile.rules:
        for key, wanted in rule.where.items():
            values = set(filter(None, tags.get(key, "").split(";")))
            if not (values & set(wanted) or ("*" in wanted and values) or ("!" in wanted and not values)):
                break
        else:
            return rule.use, rule.why
    return "barred", ""


@pytest.mark.parametrize(
    ("name", "differing"),
    [
        ("guixi/mapofgx.osm", 0),
        ("nanjing/osm_bbox.osm.xml", 4),
        ("porto_alegre/poa_osm.pbf", 1895),
        ("shanghai_huangpu/shanghai.osm", 3),
    ],
)
def test_we_differ_from_osmnx_only_where_the_rules_say_so(shared: Path, name: str, differing: int) -> None:
    walker = read_profiles()["standard_walk"]
    ways = read_network(shared / "data" / name, table=name, tag_keys=walker.tag_keys).ways
    judged = []
    for at in range(len(ways.way_id)):
        tags = {key: cells[at] for key, cells in ways.tags.items()}
        judged.append((osmnx_admits(tags), *rule_of(tags, walker)))
    different = [why for admits, ours, why in judged if admits != (ours == "open")]
    assert all(why.startswith("Unlike OSMnx") for why in different)
    # private ways count as the same where OSMnx drops them, for they carry nobody through here either
    assert len(different) == differing
    assert all(rule.why.startswith(("As OSMnx", "Unlike OSMnx")) for rule in walker.rules)


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A copy of the profiles to spoil."""
    return Path(shutil.copytree(geodata_path("profiles"), tmp_path / "profiles"))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("slow_walk.toml", "speed_m_s = 0.8", "speed_m_s = 0", r"slow_walk\.toml:3: speed_m_s = 0 is no speed"),
        ("slow_walk.toml", "speed_m_s = 0.8", "speed_m_s = inf", "is no speed; write metres per second from 0.1"),
        ("slow_walk.toml", "speed_m_s = 0.8", "speed_m_s = nan", "is no speed"),
        ("slow_walk.toml", "speed_m_s = 0.8", 'speed_m_s = "0.8"', "is no speed"),
        ("slow_walk.toml", "speed_m_s = 0.8", "speed_m_s = true", "is no speed"),
        ("slow_walk.toml", "speed_m_s = 0.8", "sped_m_s = 0.8", r"unknown key 'sped_m_s'; did you mean 'speed_m_s'\?"),
        ("slow_walk.toml", "speed_m_s = 0.8", "", "key 'speed_m_s' is missing"),
        ("slow_walk.toml", 'zh = "慢行者 0.8 米/秒"', "", "label: key 'zh' is missing"),
        (
            "slow_walk.toml",
            'ways = "walk"',
            'ways = "wlak"',
            "names no file in ways/; write one of car, cycle, pushchair, walk, wheelchair",
        ),
        ("slow_walk.toml", 'ways = "walk"', "ways = [", "the TOML is broken.*line"),
        ("ways/walk.toml", 'use = "ends_only"', 'use = "ends"', r"walk\.toml:\d+: rule 14: use = 'ends' is unknown"),
        ("ways/walk.toml", 'area = ["yes"]', 'area = "yes"', "rule 1: where isn't tag keys"),
        (
            "ways/walk.toml",
            'why = "As OSMnx: the outline of a square is no street"',
            'why = " "',
            "rule 1: why is blank",
        ),
        ("ways/walk.toml", "[[rule]]", "[[rules]]", "unknown key 'rules'; did you mean 'rule'"),
        ("ways/walk.toml", '["oneway:foot", "conveying"]', '"oneway:foot"', "oneway_keys isn't a list"),
    ],
)
def test_the_gate_names_file_key_and_remedy(profiles: Path, file: str, old: str, new: str, message: str) -> None:
    path = profiles / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_profiles(profiles)
    assert all(issue.remedy and issue.table.endswith(path.name) for issue in caught.value.issues)


def test_all_faults_are_told_at_once(profiles: Path) -> None:
    for name in ("slow_walk.toml", "older_walk.toml"):
        (profiles / name).write_text("speed_m_s = -1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_profiles(profiles)
    assert {Path(issue.table).name for issue in caught.value.issues} == {"slow_walk.toml", "older_walk.toml"}


def test_bad_services_are_faults(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text('[clinic]\nen = "Clinic"\n', encoding="utf-8")
    with pytest.raises(InputError, match="clinic: key 'zh' is missing"):
        read_services(path)
    with pytest.raises(SourceError, match="can't be read"):
        read_services(tmp_path / "none.toml")
