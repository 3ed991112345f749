"""Travellers of every kind on real streets with gates, signals and steps: each time worked out again by networkx."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from planner.cli import command_line
from tests.oracle.test_real_extracts import _agrees
from tests.pages import source_of

OWN = """
label = { en = "Waits", zh = "等候" }
speed_m_s = 0.9
access_speed_m_s = 0.7
ways = "walk"
[penalty]
steps = 2.5
steps_s = 8
unpaved = 1.2
signal_s = 33.3
slope = "tobler"
[source]
speed_m_s = "made up for a test"
"""
STUDY = """
[network]
source = "{source}"
[communities]
source = "homes.csv"
[facilities]
source = "doors.csv"
set = {{ service = "elderly_day_care" }}
"""
CIRCLE = """
[[circle]]
name = "{name}"
service = "elderly_day_care"
minutes = {minutes}
profile = "{profile}"
"""
BOXES = {
    "nanjing/osm_bbox.osm.xml": (118.782, 32.036, 118.796, 32.046),
    "shanghai_huangpu/shanghai.osm": (121.4615, 31.2200, 121.4858, 31.2408),
}
MINUTES = {"car": 4, "bicycle": 5, "ebike": 4}


@pytest.mark.parametrize("name", BOXES)
def test_every_time_of_every_traveller_equals_networkx(shared: Path, tmp_path: Path, name: str) -> None:
    west, south, east, north = BOXES[name]
    rng = np.random.default_rng(5)
    for table, count in (("homes", 25), ("doors", 6)):
        points = zip(rng.uniform(west, east, count), rng.uniform(south, north, count), strict=True)
        rows = [f"{table[0]}{i},{lon:.6f},{lat:.6f}" for i, (lon, lat) in enumerate(points)]
        (tmp_path / f"{table}.csv").write_text("\n".join(["id,lon,lat", *rows]), encoding="utf-8")
    (tmp_path / "waits.toml").write_text(OWN, encoding="utf-8")
    travellers = ("older_walk", "pushchair", "wheelchair", "bicycle", "ebike", "car", "waits.toml")
    circles = [
        CIRCLE.format(name=one.removesuffix(".toml"), profile=one, minutes=MINUTES.get(one, 12)) for one in travellers
    ]
    study = STUDY.format(source=(shared / "data" / name).as_posix()) + "".join(circles)
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    assert command_line(["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out"), "-q"]) == 0
    findings = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert len(findings["circles"]) == len(travellers)
    for circle in findings["circles"]:
        homes = [one["id"] for one in findings["communities"] if one["anchors"][circle["profile"]]["status"] == "ok"]
        assert _agrees(tmp_path / "out", circle, homes) > 10, circle["name"]
    words = source_of(tmp_path / "out" / "index.html")
    assert "33.3 s at each signal passed" in words
    assert "每过一处信号灯加 33.3 秒" in words
