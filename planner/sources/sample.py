"""The sample district: a made-up study for the demo, the tests, the docs and the notebooks.

It stands in open water in the middle of the Yellow Sea (123.5° E, 35.5° N), where nobody lives, so that it can't be
taken for a real town; its names, streets and people are invented.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from planner.circle import Circle
from planner.inputs import Input, Study
from planner.places import Places
from planner.siting.task import SitingTask
from planner.sources.geodata import geodata_path, read_profiles, read_services, read_wider_services
from planner.sources.plans import read_plan
from planner.sources.sample_ground import make_features, make_ground
from planner.sources.sample_people import (
    make_areas,
    make_candidates,
    make_communities,
    make_facilities,
    make_residential_areas,
)
from planner.sources.sample_streets import make_streets, to_ways
from planner.ways import Ways

_CIRCLES = (
    Circle(name="day_care_15", service="elderly_day_care", limit=15, demand="population_60plus"),
    Circle(
        name="day_care_15_slow", service="elderly_day_care", limit=15, profile="slow_walk", demand="population_60plus"
    ),
    Circle(
        name="day_care_1000m",
        service="elderly_day_care",
        limit=1000,
        limit_unit="metres",
        demand="population_60plus",
    ),
    Circle(name="childcare_15", service="childcare", limit=15, demand="population_under3"),
    Circle(name="meals_15_older", service="meal_service", limit=15, profile="older_walk", demand="population_60plus"),
)
_SITING = (
    SitingTask(name="five_more", circle="day_care_15", model="mclp", sites=5),
    SitingTask(name="all_covered", circle="day_care_15", model="lscp"),
)


def sample_district(seed: int = 7) -> Study:
    """Make the sample district; the same seed gives the same bytes.

    Parameters
    ----------
    seed
        Draws the bends of the ground, the lanes and the people. Names, boundaries in blocks and places are the same
        under every seed.

    Returns
    -------
    Study
        60 communities in 6 streets on about 5 x 4 km, split by a river with three bridges and a railway with three
        underpasses; ``synthetic`` is True. It is judged by the targets of Heping's plan, with which it has nothing
        else in common.

    Examples
    --------
    >>> study = sample_district()
    >>> len(study.communities), study.communities.names[0], study.synthetic
    (60, '望山社区', True)
    """
    data = tomllib.loads(geodata_path("sample", "district.toml").read_text(encoding="utf-8"))
    about, layout = data["study"], data["ground"]
    parks = [tuple(cells) for cells in layout["parks"]]
    to_bend, to_build, to_people, to_price, to_house = (np.random.default_rng([seed, part]) for part in range(5))

    ground = make_ground(to_bend)
    drawn = make_streets(
        to_build,
        unbuilt=[tuple(cells) for cells in layout["unbuilt"]],
        parks=parks,
        island=tuple(layout["island"]),
    )
    communities = make_communities(to_people, ground, data["street"])
    facilities = make_facilities(ground, drawn, data["facility"], communities)
    candidates = make_candidates(to_price, ground, drawn, data["candidate"], communities)
    areas = make_areas(communities, data["street"])
    homes = make_residential_areas(to_house, communities)
    ways = to_ways(drawn, ground, table=about["network"])

    used = {circle.profile for circle in _CIRCLES}
    tables = (communities, facilities, candidates, areas, homes)
    return Study(
        name=about["name"],
        year=2025,
        language="zh",
        ways=ways,
        communities=communities,
        facilities=facilities,
        candidates=candidates,
        areas=areas,
        residential_areas=homes,
        circles=_CIRCLES,
        siting=_SITING,
        profiles={name: profile for name, profile in sorted(read_profiles().items()) if name in used},
        services=read_services(),
        wider=read_wider_services(),
        plan=read_plan("heping"),  # a real plan's targets, so that the demo shows how targets are judged
        synthetic=True,
        basemap=make_features(ground, parks),
        attribution=(about["attribution"],),
        inputs=(
            Input(
                path=f"sample district (synthetic, seed {seed})",
                sha256=_digest(ways, tables),
                rows=sum(len(table) for table in tables),
                date=about["date"],
            ),
        ),
        settings={"name_en": about["name_en"], "seed": seed},
    )


def _digest(ways: Ways, tables: Iterable[Places]) -> str:
    """Return the SHA-256 over every array of the streets and the tables."""
    found = hashlib.sha256()
    for array in (ways.node_id, ways.lon, ways.lat, ways.border, ways.ref, ways.start, ways.way_id, ways.two_way):
        found.update(_bytes(array))
    for key in sorted(ways.tags):
        found.update(_bytes(ways.tags[key]))
    for table in tables:
        for array in (table.ids, table.names, table.lon, table.lat):
            found.update(_bytes(array))
        for name in sorted(table.columns):
            found.update(_bytes(table.columns[name]))
        if table.polygon is not None:
            found.update(_bytes(shapely.to_wkb(table.polygon, byte_order=1)))
    return found.hexdigest()


def _bytes(array: npt.NDArray[Any]) -> bytes:
    if array.dtype == object:
        return "\n".join(map(repr, array.tolist())).encode()
    return array.astype(array.dtype.newbyteorder("<")).tobytes()
