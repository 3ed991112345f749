"""A small sound study on disk, for tests that spoil it one thing at a time."""

from __future__ import annotations

from pathlib import Path

NODES = {1: (117.200, 28.300), 2: (117.205, 28.300), 3: (117.205, 28.305)}

FILES = {
    "study.toml": """\
[study]
name = "小城"
year = 2025

[network]
source = "streets.osm"

[communities]
source = "communities.csv"
date = 2023-12-31

[facilities]
source = "facilities.csv"

[candidates]
source = "candidates.csv"

[[circle]]
name = "day_care_15"
service = "elderly_day_care"
minutes = 15
demand = "population_60plus"

[[siting]]
name = "one_more"
circle = "day_care_15"
model = "mclp"
sites = 1
""",
    "communities.csv": """\
id,name,lon,lat,population,population_60plus
c1,甲社区,117.2000,28.3000,1000,200
c2,乙社区,117.2050,28.3000,2000,
c3,丙社区,117.2050,28.3050,0,0
""",
    "facilities.csv": """\
id,name,lon,lat,service,community_id,floor_area_m2,ownership
f1,甲站,117.2010,28.3000,elderly_day_care;meal_service,c1,350,public
""",
    "candidates.csv": """\
id,name,lon,lat,capacity
k1,地块,117.2050,28.3040,40
""",
}


def streets() -> str:
    nodes = "".join(f'<node id="{node}" lon="{lon}" lat="{lat}"/>' for node, (lon, lat) in NODES.items())
    refs = "".join(f'<nd ref="{node}"/>' for node in NODES)
    way = f'<way id="10">{refs}<tag k="highway" v="residential"/></way>'
    return f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{nodes}{way}</osm>'


def write_study(folder: Path) -> Path:
    """Write the study into a folder and return its study file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, "streets.osm": streets()}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "study.toml"


def edit(path: Path, old: str, new: str) -> None:
    """Replace one passage of a file, which must hold it."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path.name} doesn't hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
