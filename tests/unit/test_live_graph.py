"""A live graph from OSMnx in place of the study's own source of streets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmnx
import pytest

import planner
from tests.unit.study_folder import edit, write_study


@pytest.fixture
def graph(tmp_path: Path) -> object:
    return osmnx.graph_from_xml(write_study(tmp_path / "streets").parent / "streets.osm", retain_all=True)


def test_a_live_graph_gives_the_times_of_the_file_it_came_from(tmp_path: Path, graph: object) -> None:
    study = write_study(tmp_path / "study")
    edit(study, "sites = 1\n", 'sites = 1\nunknown_demand = "exclude"\n')
    by_file = planner.read(study)
    text = study.read_text(encoding="utf-8").replace('source = "streets.osm"\n', "", 1)
    study.write_text(text, encoding="utf-8")
    with pytest.raises(planner.InputError, match="either source or place"):
        planner.read(study)
    by_graph = planner.read(study, network=graph)
    assert {one.path for one in by_graph.inputs} >= {"live graph"}
    for one, other in zip(planner.run(by_file).coverages, planner.run(by_graph).coverages, strict=True):
        np.testing.assert_allclose(one.minutes, other.minutes, atol=0.004)  # a decisecond at each end


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(planner.InputError):
        planner.read(write_study(tmp_path / "study"), network={"nodes": []})
