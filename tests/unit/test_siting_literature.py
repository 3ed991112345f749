"""Small instances after the recipes of the literature, read through the door of plain arrays and proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planner.siting.problem import Problem
from planner.siting.solve import solve
from tests.bench.literature import crowded_median, rail_cover, random_graph, set_cover, town_cover, warehouses

SMALL: dict[str, tuple[Any, Callable[[], Problem]]] = {
    "p-median on a random graph": ("p_median", lambda: random_graph(100, 10)),
    "set covering with costs": ("lscp", lambda: set_cover(100, 400)),
    "set covering of crews": ("lscp", lambda: rail_cover(40, 200)),
    "clustered maximal covering": ("mclp", lambda: town_cover(324, 4)),
    "warehouses": ("fixed_charge", lambda: warehouses(16, 50)),
    "warehouses, one for each customer": ("fixed_charge", lambda: warehouses(8, 20, split=False)),
    "p-median with room": ("p_median", lambda: crowded_median(20, 3)),
}


@pytest.mark.parametrize("kind", SMALL)
def test_small_instances_are_proven(kind: str) -> None:
    model, make = SMALL[kind]
    found = solve(make(), model)
    assert (found.status, found.gap) == ("optimal", 0.0)
