"""The San Francisco case that the wheel of spopt carries: 205 tracts, 16 stores, and what is known of it."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from planner.siting.problem import from_costs
from planner.siting.solve import solve
from tests.conftest import absent

WITHIN = Path("tests") / "test_locate" / "data"


def folder() -> Path:
    """Return where the data lie: where `make test` unpacks them, or in the package that `make bench` installs."""
    places = [Path(sys.prefix) / "data" / "spopt"]
    found = importlib.util.find_spec("spopt")
    if found is not None and found.origin is not None:
        places.append(Path(found.origin).parent)
    for place in places:
        if (place / WITHIN).is_dir():
            return place / WITHIN
    absent("the San Francisco case isn't on this machine (`make test` unpacks it from spopt's wheel)")
    raise AssertionError("absent never returns")


@pytest.fixture(scope="module")
def city() -> Mapping[str, np.ndarray]:
    """Return metres on the streets, a row a tract and a column a store, and the people of each tract."""
    data = folder()
    people, metres = {}, {}
    with (data / "SF_demand_205_centroid_uniform_weight.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            people[row["NAME"]] = float(row["POP2000"])
    with (data / "SF_network_distance_candidateStore_16_censusTract_205_new.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            metres[row["DestinationName"], row["name"]] = float(row["distance"])
    stores = sorted({store for _, store in metres})
    tracts = sorted({tract for tract, _ in metres})
    return {
        "metres": np.array([[metres[tract, store] for store in stores] for tract in tracts]),
        "people": np.array([people[tract] for tract in tracts]),
    }


def test_covering_all_within_5_km_takes_8_stores(city: Mapping[str, np.ndarray]) -> None:
    found = solve(from_costs(city["metres"], within=5_000.0), "lscp")
    assert (found.status, found.objective) == ("optimal", 8.0)


def test_4_stores_cover_875_247_people_within_5_km(city: Mapping[str, np.ndarray]) -> None:
    found = solve(from_costs(city["metres"], within=5_000.0, weights=city["people"], sites=4), "mclp")
    assert (found.status, found.objective) == ("optimal", 875_247.0)


def test_4_stores_are_2_848_268_130_person_metres_away(city: Mapping[str, np.ndarray]) -> None:
    found = solve(from_costs(city["metres"], weights=city["people"], sites=4), "p_median")
    assert found.status == "optimal"
    assert found.objective == pytest.approx(2_848_268_129.71, abs=0.01)
