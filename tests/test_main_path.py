"""The main path, from input to page: the sample district, and a tiny town worked out by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyogrio
import pytest

import planner
from planner.cli import command_line
from planner.sources import read
from tests.pages import source_of

TOWN = Path("town")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "maps"
    assert command_line(["demo", "--out", str(out), "-q"]) == 0
    return out


def test_one_command_gives_every_file(demo: Path) -> None:
    names = {"index.html", "findings.json", "findings.gpkg", "communities.csv", "sites.csv", "compliance.csv"}
    assert {path.name for path in demo.iterdir()} == names | {"report.xlsx", "manifest.json"}
    layers = {name for name, _ in pyogrio.list_layers(demo / "findings.gpkg")}
    assert {"communities", "facilities", "candidates", "sites", "isochrones", "uncovered", "areas", "basemap"} <= layers
    assert {"routes", "network", "travel_times", "study"} <= layers


def test_the_sample_shows_covered_uncovered_and_not_assessed(demo: Path) -> None:
    findings = json.loads((demo / "findings.json").read_text(encoding="utf-8"))
    first = findings["circles"][0]["name"]
    seen = {row["circles"][first]["status"] for row in findings["communities"]}
    assert seen == {"covered", "uncovered", "not_assessed"}
    page = source_of(demo / "index.html")
    assert "模拟数据" in page
    assert "synthetic" in page.lower()
    for row in findings["communities"]:
        assert row["name"] in page


def test_nobody_is_lost_or_counted_twice(demo: Path) -> None:
    findings = json.loads((demo / "findings.json").read_text(encoding="utf-8"))
    study = planner.sample_district()
    for circle in findings["circles"]:
        places, people = circle["communities"], circle["people"]
        assert places["covered"] + places["uncovered"] + places["not_assessed"] == places["total"] == 60
        known = [int(n) for n in study.communities.number(circle["demand"]) if n == n]
        assert people["covered"] + people["uncovered"] + people["not_assessed"] == people["total"] == sum(known)
        assert people["unknown_communities"] == 60 - len(known)
        judged = [row["circles"][circle["name"]]["status"] for row in findings["communities"]]
        assert judged.count("covered") == places["covered"]


def test_proposed_sites_gain_what_they_say(demo: Path) -> None:
    findings = json.loads((demo / "findings.json").read_text(encoding="utf-8"))
    five, every = findings["proposals"]
    assert five["status"] == every["status"] == "optimal"
    assert sum(site["people_gained"] for site in five["sites"]) == five["objective"] == five["bound"]
    assert five["sites"][0]["forced"]
    gained = [name for site in every["sites"] for name in site["communities_gained"]]
    uncovered = [
        row["id"] for row in findings["communities"] if row["circles"][every["circle"]]["status"] == "uncovered"
    ]
    assert sorted(gained) == sorted(uncovered)


def test_same_input_same_bytes(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    hashes = []
    for again in ("one", "two"):
        assert command_line(["demo", "--out", str(tmp_path / again), "-q"]) == 0
        found = json.loads((tmp_path / again / "findings.json").read_text(encoding="utf-8"))
        found.pop("provenance")
        rest = sorted(path for path in (tmp_path / again).iterdir() if path.suffix != ".json")
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in rest}
        hashes.append((found, files))
    assert hashes[0] == hashes[1]


def write_town(folder: Path) -> Path:
    """Write a street of 1,200 m along a river, a bridge at its far end, and a street of 1,200 m on the other bank.

    On the equator, 0.001 degree of longitude is 111.32 m and of latitude 110.57 m; at 1 m/s a minute is 60 m.
    """

    def at(x_m: float, y_m: float) -> list[float]:
        return [round(120 + x_m / 111_319.49, 9), round(y_m / 110_574.39, 9)]

    streets = [[at(0, 0), at(1200, 0)], [at(1200, 0), at(1200, 150)], [at(1200, 150), at(0, 150)]]
    features = [
        {
            "type": "Feature",
            "properties": {"highway": "residential"},
            "geometry": {"type": "LineString", "coordinates": c},
        }
        for c in streets
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "streets.geojson").write_text(json.dumps(collection), encoding="utf-8")
    homes = {"near": (300, -30, 100), "edge": (840, -30, 200), "over": (60, 180, 300), "far": (600, -300, 400)}
    rows = [f"{name},{at(x, y)[0]},{at(x, y)[1]},{people}" for name, (x, y, people) in homes.items()]
    (folder / "communities.csv").write_text("id,lon,lat,population\n" + "\n".join(rows) + "\n", encoding="utf-8")
    door, site = at(0, -30), at(600, 180)
    (folder / "facilities.csv").write_text(f"id,lon,lat,service\nf,{door[0]},{door[1]},clinic\n", encoding="utf-8")
    (folder / "candidates.csv").write_text(f"id,lon,lat\nnew,{site[0]},{site[1]}\n", encoding="utf-8")
    (folder / "study.toml").write_text(
        '[study]\nname = "Tiny town"\nlanguage = "en"\n[network]\nsource = "streets.geojson"\n'
        '[communities]\nsource = "communities.csv"\n[facilities]\nsource = "facilities.csv"\n'
        '[candidates]\nsource = "candidates.csv"\n'
        '[[circle]]\nname = "clinic"\nservice = "clinic"\nminutes = 15\n'
        '[[siting]]\nname = "all"\ncircle = "clinic"\nmodel = "lscp"\n',
        encoding="utf-8",
    )
    return folder / "study.toml"


def test_a_tiny_town_by_hand(tmp_path: Path) -> None:
    findings = planner.run(read(write_town(tmp_path)))
    found = findings.coverages[0]
    answers = dict(zip(findings.study.communities.ids, zip(found.status, found.minutes, strict=True), strict=True))
    # 30 m to the street, 300 m along it, 30 m to the door: 360 m, 6 minutes.
    assert answers["near"] == ("covered", pytest.approx(6.0, abs=0.005))
    # 30 + 840 + 30 = 900 m is exactly 15 minutes, and "within" is <=.
    assert answers["edge"] == ("covered", pytest.approx(15.0, abs=0.005))
    # 150 m across the water, but 30 + 1,140 + 150 + 1,200 + 30 = 2,550 m by the bridge: 42.5 minutes.
    assert answers["over"] == ("uncovered", pytest.approx(42.5, abs=0.01))
    # 300 m from any street, over the 200 m allowed: not assessed, and not lost.
    assert answers["far"][0] == "not_assessed"
    assert (found.people.covered, found.people.uncovered, found.people.not_assessed) == (300, 300, 400)
    assert found.straight_line.communities_covered == 4  # what a circle drawn by hand would claim
    (proposal,) = findings.proposals
    assert [site.people_gained for site in proposal.sites] == [300]


def test_coverage_is_what_the_page_says(tmp_path: Path) -> None:
    out = tmp_path / "maps"
    assert command_line(["run", str(write_town(tmp_path)), "--out", str(out), "-q"]) == 0
    page = source_of(out / "index.html")
    assert "Tiny town" in page
    assert "2 of 4 communities" in page
