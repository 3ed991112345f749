"""Anchors on the streets of real towns, against brute force over every piece of every street."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import osmium
import pytest

from planner.places import DEFAULT_MAX_ACCESS_M, anchor
from tests.extracts import FILES, scattered, town
from tests.oracle.feet import Pieces, Told, told


def both(data: Path, name: str, lon: np.ndarray, lat: np.ndarray) -> tuple[list[Told], list[Told], Pieces]:
    """Return what the planner and brute force tell about points."""
    network, weights = town(data, name)
    found, pieces = anchor(network, weights, lon, lat), Pieces(network, weights)
    truth = [pieces.anchor(*at, DEFAULT_MAX_ACCESS_M) for at in zip(lon.tolist(), lat.tolist(), strict=True)]
    return [told(found, i) for i in range(len(lon))], truth, pieces


@pytest.mark.parametrize("name", ["guixi", "porto_alegre"])
def test_points_strewn_over_a_town_agree_with_brute_force(shared: Path, name: str) -> None:
    lon, lat = scattered(town(shared / "data", name)[0], 300, seed=8)
    ours, truth, _ = both(shared / "data", name, lon, lat)
    assert ours == truth
    assert len({row[0] for row in ours}) == 2


def happened(row: Told, pieces: Pieces) -> str:
    """Say in words what happened to a place."""
    status, edge, *_, passed_over = row
    if status != "ok":
        return status
    if passed_over >= 0:
        return "moved to the largest component"
    return "on the largest component" if pieces.component[edge] == pieces.longest else "stays on a small one"


def test_what_happens_to_places_in_a_town_of_many_pieces(shared: Path) -> None:
    """Central Shanghai: its streets lie in many pieces, and only one of them is a network worth the name."""
    network, weights = town(shared / "data", "shanghai_huangpu")
    lon, lat = scattered(network, 1500, seed=9)
    ours, truth, pieces = both(shared / "data", "shanghai_huangpu", lon, lat)
    assert ours == truth
    assert len(weights.component_length_mm) == len(pieces.metres) > 50
    assert weights.component_length_mm.tolist() == sorted(pieces.metres.values(), reverse=True)
    assert all(20 * small < weights.component_length_mm[0] for small in weights.component_length_mm[1:])

    tally = Counter(happened(row, pieces) for row in truth)
    assert tally["moved to the largest component"] > 30
    assert tally["on the largest component"] > 1000
    left = {pieces.component[row[6]] for row in ours if row[6] >= 0}
    assert len(left) > 20
    assert pieces.longest not in left
    assert all(pieces.component[row[1]] == pieces.longest for row in ours if row[6] >= 0)


def test_the_crossings_of_a_town_of_many_pieces(shared: Path) -> None:
    """Points of the streets themselves: on a small piece even those are moved to the largest, where it is near."""
    path = shared / "data/shanghai_huangpu" / FILES["shanghai_huangpu"]
    on_ways = {ref for way in osmium.FileProcessor(path, osmium.osm.WAY) for ref in (node.ref for node in way.nodes)}
    points = [
        (node.lon, node.lat)
        for node in osmium.FileProcessor(path, osmium.osm.NODE)
        if "highway" in node.tags and node.id in on_ways
    ]
    ours, truth, pieces = both(shared / "data", "shanghai_huangpu", *np.array(points).T)
    assert ours == truth
    tally = Counter(happened(row, pieces) for row in truth)
    assert tally["too_far"] == 0
    assert min(tally["moved to the largest component"], tally["stays on a small one"]) > 5
    assert max(row[3] for row in ours if row[6] < 0) <= 0.001  # the rest stand on their street
