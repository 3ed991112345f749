import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from planner.places import no_places
from planner.report import findings_dict
from planner.report.findings_json import as_dict, schema, to_bytes
from planner.report.provenance import provenance_of_this_run
from tests.findings_by_hand import HOSTILE, PROVENANCE, findings


@pytest.fixture(scope="module")
def document():
    return json.loads(to_bytes(as_dict(findings(), provenance=PROVENANCE)))


def judge(document):
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema(), cls=jsonschema.Draft202012Validator)


def test_it_meets_its_schema(document):
    judge(document)


def test_the_schema_is_strict_enough_to_see_a_missing_key(document):
    without = {**document, "circles": [{key: v for key, v in document["circles"][0].items() if key != "people"}]}
    with pytest.raises(jsonschema.ValidationError, match="people"):
        judge(without)


def test_keys_stand_in_the_order_of_the_contract(document):
    assert list(document) == [
        "schema_version", "study", "network", "circles", "communities", "facilities", "candidates", "proposals",
        "compliance", "differences", "isochrones", "comparisons", "scenarios", "issues", "provenance",
    ]  # fmt: skip
    assert list(document["study"])[:5] == ["name", "year", "language", "crs", "inputs"]


def test_figures_worked_out_by_hand(document):
    first, lost, far, island, last = (one["circles"]["day_care_15"] for one in document["communities"])
    assert first == {
        "status": "covered",
        "present": True,
        "near_border": False,
        "nearest_facility": "f1",
        "minutes": 12.5,
        "metres": 750.0,
        "backup_facility": "f2",
        "backup_minutes": 18.8333,
        "backup_metres": 1130.0,
        "people": 100,
        "inside": None,
    }
    assert (last["minutes"], last["metres"], last["present"]) == (18.6667, 1120.0, False)
    for one in (lost, far, island):
        assert one["minutes"] is one["metres"] is one["nearest_facility"] is one["backup_facility"] is None
    assert [one["present"] for one in (lost, far, island)] == [None, False, None]
    assert island["people"] is None
    assert lost["near_border"] is True


def test_anchors_name_edge_nodes_and_component(document):
    on_road, on_oneway, far, island, _ = (one["anchors"]["test_walk"] for one in document["communities"])
    assert on_road == {
        "status": "ok",
        "access_m": pytest.approx(30.0, abs=0.01),
        "edge_id": 0,
        "u": 100,
        "v": 101,
        "fraction": pytest.approx(0.2, abs=1e-6),
        "lon": pytest.approx(120 + 200 / 111_319.49079, abs=2e-7),
        "lat": 0.0,
        "component": 0,
        "preferred_over_nearest": None,
    }
    assert math.copysign(1, on_road["lat"]) == 1
    assert (on_oneway["edge_id"], on_oneway["u"], on_oneway["v"]) == (1, 101, 102)
    assert (far["status"], far["edge_id"], far["u"], far["lon"], far["component"]) == ("too_far", *[None] * 4)
    assert far["access_m"] > 200
    assert (island["edge_id"], island["component"]) == (3, 1)


def test_the_network_counts_directed_edges_and_shares_by_length(document):
    assert document["network"]["nodes"] == 6
    assert document["network"]["edges"] == 8
    assert document["network"]["largest_component_share"] == pytest.approx(2500 / 2510, abs=1e-6)
    assert document["study"]["crs"].startswith("+proj=tmerc")
    assert document["study"]["synthetic"] is True
    assert document["study"]["data_date"] == "2024-12-31"


def test_totals_reconcile(document):
    for circle in document["circles"]:
        answers = [one["circles"][circle["name"]] for one in document["communities"]]
        for status in ("covered", "uncovered", "not_assessed"):
            of_status = [one for one in answers if one["status"] == status]
            assert circle["communities"][status] == len(of_status)
            assert circle["people"][status] == sum(one["people"] or 0 for one in of_status)
        assert circle["people"]["total"] == sum(
            circle["people"][key] for key in ("covered", "uncovered", "not_assessed")
        )
        assert circle["people"]["share"] == 0.5
        assert circle["people"]["share_assessed"] == 100 / 180


def test_proposals(document):
    best, none = document["proposals"]
    assert (best["objective"], best["bound"], best["gap"]) == (50, 50, 0.0)
    assert [site["communities_gained"] for site in best["sites"]] == [["c2"], ["c4"]]
    assert none["objective_unit"] == "sites"
    assert none["bound"] is None
    assert none["sites"][0]["people_gained"] is None
    assert none["unreachable"] == [
        {"community_id": "c4", "smallest_limit": None, "nearest_candidate": None},
        {"community_id": "c5", "smallest_limit": 18.6667, "nearest_candidate": None},
    ]


def test_names_come_out_verbatim(document):
    assert [one["name"] for one in document["communities"]] == [HOSTILE[i] for i in (0, 1, 2, 6, 12)]
    assert [one["name"] for one in document["facilities"]] == ["C:\\数据\\2025", "</script>"]
    assert "C:\\\\数据\\\\2025".encode() in to_bytes(document)


def test_an_issue_of_the_study_stands_once(document):
    assert [one["code"] for one in document["issues"]] == ["blank", "ends_here"]


def test_no_demand_and_no_candidates():
    found = findings(candidates=no_places("candidates"))
    bare = replace(found, proposals=(), coverages=tuple(replace(one, people=None) for one in found.coverages))
    document = as_dict(bare, provenance=PROVENANCE)
    judge(json.loads(to_bytes(document)))
    assert document["circles"][0]["people"] is None
    assert document["candidates"] == []


def test_only_the_provenance_tells_two_runs_apart():
    found = findings()
    one, other = (as_dict(found, provenance=replace(PROVENANCE, created=at)) for at in ("2025-01-01T00:00:00Z", "2026"))
    assert to_bytes(one) != to_bytes(other)
    assert {**one, "provenance": 0} == {**other, "provenance": 0}
    assert to_bytes(one) == to_bytes(
        as_dict(findings(), provenance=replace(PROVENANCE, created="2025-01-01T00:00:00Z"))
    )


def test_half_a_surrogate_pair_survives_as_json():
    assert json.loads(to_bytes({"path": "\udce9.csv"})) == {"path": "\udce9.csv"}


def test_nan_is_refused_rather_than_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_bytes({"minutes": np.nan})


def test_the_clock_can_be_set_from_outside(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689600")
    fixed = provenance_of_this_run({"reach": 1.5})
    assert fixed.created == "2025-01-01T00:00:00Z"
    assert fixed.timings_s == {}
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    now = findings_dict(findings())["provenance"]
    assert now["timings_s"] == {"reach": 0.25}
    assert now["created"] > "2025-01-01T00:00:00Z"
