"""A choice of sites that was saved on the page, read back for a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.cli import command_line
from planner.errors import InputError, SourceError
from planner.siting.task import eligible, flag
from planner.sources import sample_district, with_choice
from planner.study import Study, run
from tests.unit.study_folder import edit, write_study


@pytest.fixture(scope="module")
def study() -> Study:
    return sample_district()


def saved(folder: Path, **told: Any) -> Path:
    path = folder / "choice.json"
    path.write_text(json.dumps({"schema_version": 1, "circle": "day_care_15", "sites": [], **told}), encoding="utf-8")
    return path


def some(study: Study, count: int) -> list[int]:
    """Return candidates that are fit, the ones that nobody would take first among them."""
    return eligible(study.circles[0], study.candidates, year=study.year)[-count:].tolist()


def test_chosen_sites_are_forced_and_tasks_make_room(study, tmp_path):
    chosen = some(study, 8)
    own = set(np.flatnonzero(flag(study.candidates, "forced")).tolist())
    asked = with_choice(study, saved(tmp_path, sites=[str(study.candidates.ids[i]) for i in chosen]))
    found = run(asked)
    for proposal in found.proposals:
        built = {site.candidate for site in proposal.sites}
        assert set(chosen) | own <= built
        assert all(site.forced == (site.candidate in set(chosen) | own) for site in proposal.sites)
    assert len(found.proposals[0].sites) == len(set(chosen) | own) > study.siting[0].sites
    told = [issue.message for issue in found.issues if issue.code == "choice"]
    assert len(told) == 2
    assert study.candidates.names[chosen[0]] in told[0]


def test_a_closed_facility_counts_for_nobody(study, tmp_path):
    shut = str(study.facilities.ids[run(study).coverages[0].facilities[0]])
    found = run(with_choice(study, saved(tmp_path, closed=[shut])))
    for coverage in found.coverages:
        assert shut not in study.facilities.ids[coverage.facilities]


def test_a_circle_without_a_task_gets_one(study, tmp_path):
    chosen = some(study, 3)
    ids = [str(study.candidates.ids[i]) for i in chosen]
    asked = with_choice(study, saved(tmp_path, circle="childcare_15", sites=ids))
    assert [task.name for task in asked.siting] == [*(task.name for task in study.siting), "choice"]
    assert set(chosen) <= {site.candidate for site in run(asked).proposals[-1].sites}


def test_the_same_study_without_anything_chosen(study, tmp_path):
    asked = with_choice(study, saved(tmp_path))
    assert run(asked).proposals == run(study).proposals


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"circle": "day_care"}, "did you mean 'day_care_15'?"),
        ({"sites": ["k999"]}, "no id 'k999'"),
        ({"closed": ["<b>"]}, "no id '<b>'"),
        ({"schema_version": 2}, "no choice of sites"),
        ({"sites": "k01"}, "no choice of sites"),
        ({"sites": [1]}, "no choice of sites"),
    ],
)
def test_what_the_study_does_not_have_is_told(study, tmp_path, told, message):
    with pytest.raises(InputError, match=r"choice\.json") as caught:
        with_choice(study, saved(tmp_path, **told))
    assert message in str(caught.value)


def test_an_unfit_site_is_told(study, tmp_path):
    unfit = np.setdiff1d(
        np.arange(len(study.candidates)), eligible(study.circles[0], study.candidates, year=study.year)
    )
    if not len(unfit):
        pytest.fail("the sample has no candidate that can't be built")
    with pytest.raises(InputError, match="can't be built"):
        with_choice(study, saved(tmp_path, sites=[str(study.candidates.ids[unfit[0]])]))


def test_no_file_and_no_json(study, tmp_path):
    with pytest.raises(SourceError, match="nowhere"):
        with_choice(study, tmp_path / "nowhere.json")
    (tmp_path / "choice.json").write_text('{"sites":\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"choice\.json:2: this isn't JSON"):
        with_choice(study, tmp_path / "choice.json")


def test_the_command_reads_it(tmp_path, capfd):
    path = write_study(tmp_path)
    edit(path, "sites = 1", 'sites = 1\nunknown_demand = "exclude"')
    choice = saved(tmp_path, sites=["k1"], closed=["f1"])
    out = tmp_path / "out"
    assert command_line(["run", str(path), "--out", str(out), "--choice", str(choice), "--no-cache"]) in (0, 3)
    found = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert [site["candidate_id"] for site in found["proposals"][0]["sites"]] == ["k1"]
    assert found["proposals"][0]["sites"][0]["forced"]
    assert found["communities"][0]["circles"]["day_care_15"]["nearest_facility"] is None
    choice.write_text("[]", encoding="utf-8")
    assert (
        command_line(["run", str(path), "--out", str(tmp_path / "other"), "--choice", str(choice), "--no-cache"]) == 2
    )
    assert "save the choice from the page again" in capfd.readouterr().err
    assert not (tmp_path / "other").exists()
