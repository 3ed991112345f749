"""The written outputs of the sample district: whole, of one mind, and enough to work out every minute again."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import networkx as nx
import numpy as np
import openpyxl
import pyogrio
import pytest

from planner.report import FILES, findings_json, manifest, write
from planner.sources import sample_district
from planner.study import run
from tests.findings_by_hand import HOSTILE, PROVENANCE
from tests.pages import source_of

START, PUBLIC, END = range(3)
"""A trip may use ends-only ways in one run at its start and in one at its end."""


@pytest.fixture(scope="module")
def found():
    return run(sample_district())


@pytest.fixture(scope="module")
def out(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "out"
    write(found, folder, provenance=PROVENANCE)
    return folder


@pytest.fixture(scope="module")
def document(out):
    return json.loads((out / "findings.json").read_bytes())


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_every_file_is_there_and_listed(out):
    assert {path.name for path in out.iterdir()} == {*FILES, manifest.MANIFEST}
    listed = manifest.read(out)
    assert set(listed) == set(FILES)
    assert all(manifest.is_unchanged(out / name, sha256) for name, sha256 in listed.items())


def test_the_document_meets_its_schema_and_its_totals_reconcile(document):
    jsonschema.validate(document, findings_json.schema(), cls=jsonschema.Draft202012Validator)
    for circle in document["circles"]:
        answers = [one["circles"][circle["name"]] for one in document["communities"]]
        statuses = ("covered", "uncovered", "not_assessed")
        assert all(answer["status"] in statuses for answer in answers)
        for status in statuses:
            of_status = [one for one in answers if one["status"] == status]
            assert circle["communities"][status] == len(of_status)
            assert circle["people"][status] == sum(one["people"] or 0 for one in of_status)
        assert circle["people"]["total"] == sum(circle["people"][status] for status in statuses)
        for answer in answers:
            cost = answer["minutes" if circle["limit_unit"] == "minutes" else "metres"]
            if answer["status"] == "covered":
                assert cost <= circle["limit"]
            elif answer["status"] == "uncovered" and cost is not None:
                assert cost > circle["limit"]


def test_gains_sum_to_the_objective(document):
    for proposal in document["proposals"]:
        if proposal["model"] == "mclp":
            assert sum(site["people_gained"] for site in proposal["sites"]) == proposal["objective"]


def test_every_output_says_that_the_data_are_made_up(out, document):
    assert document["study"]["synthetic"] is True
    assert {row["synthetic"] for name in ("communities.csv", "sites.csv") for row in rows(out / name)} == {"true"}
    assert all("Synthetic" in sheet["A2"].value for sheet in openpyxl.load_workbook(out / "report.xlsx"))
    settings = dict(pyogrio.read_dataframe(out / "findings.gpkg", layer="study").itertuples(index=False))
    assert settings["synthetic"] == "true"
    assert "模拟" in source_of(out / "index.html")


def test_the_tables_say_what_the_document_says(out, document):
    table = {(row["circle"], row["community_id"]): row for row in rows(out / "communities.csv")}
    layer = pyogrio.read_dataframe(out / "findings.gpkg", layer="communities").set_index("id")
    assert len(table) == len(document["circles"]) * len(document["communities"])
    for community in document["communities"]:
        for name, answer in community["circles"].items():
            row, place = table[name, community["id"]], layer.loc[community["id"]]
            assert row["status"] == place[f"{name}_status"] == answer["status"]
            assert (float(row["minutes"]) if row["minutes"] else None) == answer["minutes"]
            assert np.array_equal(place[f"{name}_minutes"], np.float64(answer["minutes"] or np.nan), equal_nan=True)


@pytest.mark.parametrize("unit", ["minutes", "metres"])
def test_every_cost_can_be_worked_out_again_from_what_is_exported(out, document, unit):
    """Dijkstra by networkx on the exported lines alone; a time may differ by one quantum an end, a length by 1 mm."""
    streets = pyogrio.read_dataframe(out / "findings.gpkg", layer="network", read_geometry=False)
    facilities = {one["id"]: one for one in document["facilities"]}
    checked = 0
    for circle in document["circles"]:
        if circle["limit_unit"] != unit or circle["measure"] != "network":
            continue
        profile, name = circle["profile"], circle["name"]
        speed = circle["speed_m_s"] if unit == "minutes" else 1.0
        edges = _edges(streets, profile, f"{profile}_s" if unit == "minutes" else "length_m")
        graph = _graph(edges)
        doors = [one["anchors"][profile] for one in facilities.values() if name in one["circles"]]
        doors = [door for door in doors if door["status"] == "ok"]
        for community in document["communities"]:
            home, answer = community["anchors"][profile], community["circles"][name]
            if home["status"] != "ok":
                assert answer["status"] == "not_assessed"
                continue
            costs = _from(graph, edges, home)
            best = min((home["access_m"] + door["access_m"]) / speed + _to(costs, edges, home, door) for door in doors)
            if answer[unit] is None:
                assert best == np.inf
            else:
                expected = answer[unit] * 60 if unit == "minutes" else answer[unit]
                assert best == pytest.approx(expected, abs=0.204 if unit == "minutes" else 0.01)
            checked += 1
    assert checked > 50


def _edges(streets, profile, cost):
    usable = streets[streets[f"{profile}_s"].notna()]
    private = usable.get(f"{profile}_ends_only", np.zeros(len(usable), bool))
    return {
        (edge, forward): (u, v, seconds, bool(inside))
        for edge, forward, u, v, seconds, inside in zip(
            usable.edge_id, usable.forward, usable.u, usable.v, usable[cost], private, strict=True
        )
    }


def _graph(edges):
    graph = nx.DiGraph()
    for u, v, cost, private in edges.values():
        for phase in (START, END) if private else (PUBLIC,):
            known = graph.get_edge_data((u, phase), (v, phase), {"weight": np.inf})["weight"]
            graph.add_edge((u, phase), (v, phase), weight=min(cost, known))
    for node in {node for node, _ in graph}:
        graph.add_edge((node, START), (node, PUBLIC), weight=0.0)
        graph.add_edge((node, PUBLIC), (node, END), weight=0.0)
    return graph


def _from(graph, edges, home):
    graph.add_node("home")
    for forward, share in ((True, 1 - home["fraction"]), (False, home["fraction"])):
        if (home["edge_id"], forward) in edges:
            _, v, cost, private = edges[home["edge_id"], forward]
            graph.add_edge("home", (v, START if private else PUBLIC), weight=cost * share)
    costs = nx.single_source_dijkstra_path_length(graph, "home")
    graph.remove_node("home")
    return costs


def _to(costs, edges, home, door):
    best = np.inf
    for forward, share in ((True, door["fraction"]), (False, 1 - door["fraction"])):
        if (door["edge_id"], forward) not in edges:
            continue
        u, _, cost, private = edges[door["edge_id"], forward]
        for phase in (START, END) if private else (PUBLIC,):
            best = min(best, costs.get((u, phase), np.inf) + cost * share)
        ahead = (door["fraction"] - home["fraction"]) * (1 if forward else -1)
        if door["edge_id"] == home["edge_id"] and ahead >= 0:
            best = min(best, cost * ahead)
    return best


def test_hostile_names_come_through(found, tmp_path):
    study = found.study
    names = np.array([HOSTILE[i % len(HOSTILE)] for i in range(len(study.communities))], dtype=object)
    hostile = replace(found, study=replace(study, communities=replace(study.communities, names=names)))
    write(hostile, tmp_path / "out", provenance=PROVENANCE)
    document = json.loads((tmp_path / "out" / "findings.json").read_bytes())
    assert [one["name"] for one in document["communities"]] == names.tolist()
    layer = pyogrio.read_dataframe(tmp_path / "out" / "findings.gpkg", layer="communities")
    assert layer["name"].tolist() == names.tolist()
    for row in rows(tmp_path / "out" / "communities.csv"):
        assert row["name"] == "-5" or not row["name"].startswith(("=", "+", "-", "@", "\t", "\r"))
    for sheet in openpyxl.load_workbook(tmp_path / "out" / "report.xlsx"):
        assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_same_bytes_from_another_process_with_another_hash_seed(tmp_path):
    code = (
        "import sys; from pathlib import Path; from planner.report import write\n"
        "from planner.sources import sample_district; from planner.study import run\n"
        "write(run(sample_district()), Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1735689600"}
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / seed)],
            check=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
    one, other = ({path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in ("1", "2"))
    assert one == other
