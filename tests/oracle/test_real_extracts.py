"""The main job on real extracts, and every time of it worked out again by networkx from the files it wrote."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyogrio
import pytest

from planner.cli import command_line
from tests.pages import source_of
from tests.recompute import QUANTUM_S, Rebuilt

GUIXI = """
[study]
name = "贵溪市十五分钟养老服务圈"
[network]
source = "{data}/guixi/mapofgx.osm"
[communities]
source = "{data}/guixi/places.csv"
columns = {{ id = "osm_id" }}
where = {{ column = "place", op = "=", value = "quarter" }}
[facilities]
source = "{data}/guixi/places.csv"
columns = {{ id = "osm_id" }}
where = {{ column = "osm_id", op = "in", value = {four} }}
set = {{ service = "elderly_day_care" }}
[candidates]
source = "{data}/guixi/places.csv"
columns = {{ id = "osm_id" }}
where = {{ column = "place", op = "=", value = "quarter" }}
[[circle]]
name = "day_care_15"
service = "elderly_day_care"
minutes = 15
[[circle]]
name = "day_care_1000m"
service = "elderly_day_care"
metres = 1000
[[circle]]
name = "day_care_15_slow"
service = "elderly_day_care"
minutes = 15
profile = "slow_walk"
[[siting]]
name = "three_more"
circle = "day_care_15"
model = "mclp"
sites = 3
"""

PORTO_ALEGRE = """
[study]
name = "Porto Alegre: health care within 15 minutes"
language = "en"
[network]
source = "{data}/porto_alegre/poa_osm.pbf"
[communities]
source = "{data}/porto_alegre/poa_hexgrid.csv"
[facilities]
source = "{data}/porto_alegre/poa_hexgrid.csv"
where = {{ column = "healthcare", op = ">", value = 0 }}
set = {{ service = "clinic" }}
[candidates]
source = "{data}/porto_alegre/poa_hexgrid.csv"
where = {{ column = "schools", op = ">", value = 0 }}
[[circle]]
name = "clinic_15"
service = "clinic"
minutes = 15
[[siting]]
name = "ten_more"
circle = "clinic_15"
model = "mclp"
sites = 10
"""


@pytest.fixture(scope="module")
def guixi(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = (shared / "data/guixi/places.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    quarters = [line.split(",")[0] for line in lines if line.split(",")[2] == "quarter"]
    assert len(quarters) == 16
    return _run(GUIXI.format(data=shared / "data", four=json.dumps(quarters[::4])), tmp_path_factory.mktemp("guixi"))


@pytest.fixture(scope="module")
def porto_alegre(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(PORTO_ALEGRE.format(data=shared / "data"), tmp_path_factory.mktemp("porto_alegre"))


def _run(study: str, folder: Path) -> Path:
    (folder / "study.toml").write_text(study, encoding="utf-8")
    assert command_line(["run", str(folder / "study.toml"), "--out", str(folder / "out"), "-q"]) == 0
    return folder / "out"


def _agrees(folder: Path, circle: dict[str, object], names: list[str]) -> int:
    """Check every written time of some communities, and that none is missing; return how many were checked."""
    by_time = circle["limit_unit"] == "minutes"
    rebuilt = Rebuilt(folder, str(circle["profile"]), weight="time" if by_time else "length")
    limit = float(circle["limit"]) * (60 if by_time else 1)
    tolerance = 2 * QUANTUM_S if by_time else 0.002
    rows = pyogrio.read_dataframe(folder / "findings.gpkg", layer="travel_times", read_geometry=False)
    rows = rows[rows["circle"] == circle["name"]]
    written = dict(list(rows.groupby("community_id")))
    judged = {row["id"]: row["circles"][circle["name"]] for row in rebuilt.findings["communities"]}
    checked = 0
    for name in names:
        truth = rebuilt.from_community(name)
        part = written.get(name)
        ours = {}
        if part is not None:
            roles = part["role"].map({"existing": "facilities", "candidate": "candidates"})
            places = zip(roles, part["place_id"], strict=True)
            ours = dict(zip(places, part["seconds" if by_time else "metres"], strict=True))
        for place, cost in ours.items():
            assert truth[place] == pytest.approx(cost, abs=tolerance), (name, place)
            checked += 1
        near = {place for place, cost in truth.items() if cost <= 2 * limit - tolerance}
        assert near <= set(ours), f"{name} lacks places within twice the limit"
        existing = [cost for (role, _), cost in truth.items() if role == "facilities"]
        if not existing:
            assert judged[name]["nearest_facility"] is None
            continue
        best = min(existing)
        assert truth["facilities", judged[name]["nearest_facility"]] == pytest.approx(best, abs=tolerance)
        told = judged[name]["minutes"] * 60 if by_time else judged[name]["metres"]
        assert told == pytest.approx(best, abs=tolerance + 0.006)  # 4 decimals of a minute, 2 of a metre
        if abs(best - limit) > tolerance:
            assert judged[name]["status"] == ("covered" if best < limit else "uncovered")
    return checked


def test_guixi_every_time_equals_networkx(guixi: Path) -> None:
    findings = json.loads((guixi / "findings.json").read_text(encoding="utf-8"))
    assert len(findings["communities"]) == 16
    assert len(findings["facilities"]) == 4
    names = [row["id"] for row in findings["communities"]]
    for circle in findings["circles"]:
        assert _agrees(guixi, circle, names) > 50


def test_guixi_gives_a_map_and_sites(guixi: Path) -> None:
    findings = json.loads((guixi / "findings.json").read_text(encoding="utf-8"))
    page = source_of(guixi / "index.html")
    assert "贵溪市十五分钟养老服务圈" in page
    tally = findings["circles"][0]["communities"]
    assert tally["covered"] + tally["uncovered"] + tally["not_assessed"] == tally["total"] == 16
    assert findings["circles"][0]["people"] is None
    assert findings["proposals"][0]["objective_unit"] == "communities"
    assert findings["proposals"][0]["sites"][0]["people_gained"] is None


def test_porto_alegre_times_equal_networkx(porto_alegre: Path) -> None:
    findings = json.loads((porto_alegre / "findings.json").read_text(encoding="utf-8"))
    names = [row["id"] for row in findings["communities"]]
    sample = random.Random(50).sample(names, 15)
    assert _agrees(porto_alegre, findings["circles"][0], sample) > 100


def test_porto_alegre_people_reconcile(porto_alegre: Path) -> None:
    findings = json.loads((porto_alegre / "findings.json").read_text(encoding="utf-8"))
    assert len(findings["communities"]) == 1227
    people = findings["circles"][0]["people"]
    assert people["covered"] + people["uncovered"] + people["not_assessed"] == people["total"] == 812_935
    proposal = findings["proposals"][0]
    assert proposal["status"] == "optimal"
    assert len(proposal["sites"]) == 10
    assert sum(site["people_gained"] for site in proposal["sites"]) == proposal["objective"]
    after = people["covered"] + proposal["objective"]
    assert proposal["sites"][-1]["share_after"] == pytest.approx(after / people["total"])
