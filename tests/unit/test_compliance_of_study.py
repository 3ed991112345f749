"""Compliance from a study file to findings.json, and the sample district against every plan."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

import planner
from planner import compliance
from planner.preparation import Preparation
from planner.report import findings_json
from planner.report.provenance import Provenance
from planner.sources import sample_district
from planner.sources.plans import read_plan, read_plans
from planner.study import Findings, run

PROVENANCE = Provenance(created="2025-01-31T08:00:00Z", planner_version="0.1.0", platform="Test", timings_s={})
PLANS = ("botou", "heping", "huzhong", "quanzhou", "shijiazhuang")


@pytest.fixture(scope="module")
def bare() -> Findings:
    return run(replace(sample_district(), siting=(), plan=None))


@pytest.fixture(scope="module")
def ready(bare: Findings) -> Findings:
    return against(bare, "heping")


def against(found: Findings, name: str) -> Findings:
    """Return the same findings with another plan held against them."""
    study = replace(found.study, plan=read_plan(name))
    assert study.plan is not None
    held = compliance.assess(
        study.plan,
        study.communities,
        study.facilities,
        coverages=found.coverages,
        areas=study.areas,
        residential_areas=study.residential_areas,
        ready=Preparation(network=found.network, weights=found.weights, anchors=found.anchors, issues=()),
        year=study.year,
        wider=study.wider,
    )
    return replace(found, study=study, compliance=held)


@pytest.mark.parametrize("name", sorted(read_plans()))
def test_facilities_that_count_are_those_that_are_counted(name: str, bare: Findings) -> None:
    held = against(bare, name).compliance
    assert held is not None
    by_circle = {one.circle.name: one for one in bare.coverages}
    seen = 0
    for entry in held.entries:
        stands = held.standing[entry.id, entry.circle]
        counts = {int(i) for i, part in zip(stands.facilities, stands.part, strict=True) if part == "counts"}
        if entry.kind == "total" and entry.unit == "facilities" and entry.value is not None:
            assert entry.value == len(counts), entry.id
            seen += 1
        if entry.circle is not None and entry.value is not None:  # no plan asks more of them than the circle
            assert counts == set(by_circle[entry.circle].facilities.tolist()), entry.id
            seen += 1
    assert seen or name not in PLANS


@pytest.mark.parametrize("name", sorted(read_plans()))
def test_the_sample_district_against_every_plan(name: str, bare: Findings) -> None:
    findings = against(bare, name)
    assert findings.study.plan is not None
    document = findings_json.as_dict(findings, provenance=PROVENANCE)
    jsonschema.validate(document, findings_json.schema())
    listed = [one.id for one in findings.study.plan.indicators]
    assert list(dict.fromkeys(entry["id"] for entry in document["compliance"])) == listed
    for entry in document["compliance"]:
        assert (entry["value"] is None) == (entry["verdict"] in ("no_data", "not_applicable")), entry["id"]
        assert entry["missing"] or entry["verdict"] != "no_data", entry["id"]
        assert entry["kind"] != "reach" or entry["units_to_build"] is None
        assert entry["verdict"] != "below" or entry["gap"] > 0 or entry["operator"] == ">", entry["id"]
    if name in PLANS:
        assert {"below", "no_data"} < {entry["verdict"] for entry in document["compliance"]}


def test_every_key_of_the_contract(ready: Findings) -> None:
    (first, *_) = findings_json.as_dict(ready, provenance=PROVENANCE)["compliance"]
    contract = (
        "id indicator indicator_zh kind reading circle operator printed_as target target_assumed limit limit_unit year "
        "next_target next_year value unit verdict gap units_to_build conflict conflict_group scope denominator "
        "bindingness responsible reported missing quote clause source by_area"
    )
    assert list(first)[: len(contract.split())] == contract.split()


def test_no_plan_no_compliance(bare: Findings) -> None:
    assert bare.compliance is None
    assert findings_json.as_dict(bare, provenance=PROVENANCE)["compliance"] == []


def test_run_gives_the_same_as_assess(ready: Findings) -> None:
    again = run(replace(sample_district(), siting=(), plan=read_plan("heping")))
    first, second = (findings_json.as_dict(one, provenance=PROVENANCE)["compliance"] for one in (ready, again))
    assert findings_json.to_bytes({"compliance": first}) == findings_json.to_bytes({"compliance": second})


def test_a_study_file_with_residential_areas(tmp_path: object) -> None:
    from pathlib import Path

    from typer.testing import CliRunner

    from planner.cli import app

    folder = Path(str(tmp_path)) / "study"
    assert CliRunner().invoke(app, ["new", str(folder)]).exit_code == 0
    (folder / "homes.csv").write_text(
        "小区编码,小区名称,户数,常住人口,新建已建,养老用房面积,托位数\nh1,新苑,1333,4000,新建,400,40\nh2,老院,500,1500,已建,90,\n",
        encoding="utf-8",
    )
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text += '\n[residential_areas]\nsource = "homes.csv"\n'
    text = text.replace("[study]", '[study]\nproximity_m = 150\nplan = "quanzhou"', 1)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    study = planner.read(folder / "study.toml")
    assert study.residential_areas is not None
    assert study.residential_areas.columns["area_type"].tolist() == ["new", "built"]
    assert study.proximity_m == 150.0
    found = run(study).compliance
    assert found is not None
    assert found.of("QZ-15")[0].verdict == "meets"
    assert found.of("QZ-17")[0].units_to_build == 10  # 500 x 20 / 100 - 90
    assert found.of("QZ-20")[0].verdict == "no_data"  # h2's places are blank
