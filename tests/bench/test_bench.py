"""The benchmarks at their tiny size: every job runs, every peer at hand agrees with ours, every row is whole."""

from __future__ import annotations

import importlib.util
import json
import re

import numpy as np
import pytest

from tests.bench import city, row, town
from tests.bench.__main__ import main
from tests.bench.jobs import JOBS
from tests.bench.race import ROOT, Rival, UnableError, against, alone, peak_mb, turns_s
from tests.bench.row import KEYS, Row
from tests.bench.size import SIZES

TINY = SIZES["tiny"]
ALONE = ("network_6m", "mclp_100k", "lscp_s", "p_median_900", "greedy_b", "isochrone_quality")
"""Jobs that are held against a figure, not against a peer."""
NO_FIGURES = ("ours_s", "peer_s", "ratio", "met", "agree")


@pytest.mark.parametrize("job", JOBS)
def test_every_job_runs_and_its_peers_agree(job, tmp_path, capsys):
    path = tmp_path / "bench.json"
    assert main(["--size", "tiny", "--jobs", job, "-o", str(path)]) == 0
    rows = json.loads(path.read_text(encoding="utf-8"))
    told = capsys.readouterr().out
    assert rows
    for one in rows:
        assert list(one) == ["job", "size", "peer", "ours_s", "peer_s", "ratio", "goal", "met", "memory_mb", "agree"]
        assert one["job"] == job
        assert one["memory_mb"] > 0
        if one["ratio"] is None:
            assert not importlib.util.find_spec(one["peer"]) or one["peer"] in {"igraph", "valhalla"}
            assert [one[key] for key in NO_FIGURES] == [None] * len(NO_FIGURES)
            assert f"no figures from {one['peer']}: " in told
        else:
            assert min(one["ours_s"], one["ratio"]) > 0 or (job in ALONE and one["ratio"] == 0)  # no gap
            assert (one["met"] is None) == (one["goal"] is None)
            assert one["agree"] is (None if job in ALONE else True)
    assert len([one for one in rows if one["agree"]]) > 0 or job in {*ALONE, "mclp_s_build", "isochrone_valhalla"}


def test_an_unknown_job_is_named_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--jobs", "reach_dense,teleport"])
    told = capsys.readouterr().err
    assert "'teleport'" in told
    assert all(name in told for name in JOBS)


def test_a_broken_run_leaves_no_file(tmp_path, monkeypatch):
    path = tmp_path / "bench.json"

    def write_half(self, text, encoding):
        with self.open("w", encoding=encoding) as stream:
            stream.write(text[:10])
        raise OSError("the disk is full")

    monkeypatch.setattr("pathlib.Path.write_text", write_half)
    with pytest.raises(OSError, match="full"):
        row.save([Row(job="a", size="b")], path)
    assert list(tmp_path.iterdir()) == []


def test_a_peer_that_is_absent_unable_or_wrong_is_told():
    def missing():
        import no_such_package  # noqa: F401  # that it is missing is the point

    def unable():
        raise UnableError("it can't")

    found = {
        one.peer: one
        for one in against(
            "table",
            asked="all",
            ours=lambda: None,
            rivals={
                "missing": missing,
                "unable": unable,
                "wrong": lambda: Rival(answer=lambda: None, agree=False, share=0.5, note="half of it"),
            },
            goals={"missing": 10, "wrong": 1e9},
            size=TINY,
        )
    }
    assert [found[name].ratio for name in ("missing", "unable")] == [None, None]
    wrong = found["wrong"]
    assert (wrong.agree, wrong.met, wrong.size) == (False, False, "all; half of it")
    text = row.table(list(found.values()))
    assert "no figures from missing: not installed" in text
    assert "no figures from unable: it can't (table)" in text


def test_contenders_take_turns_and_the_median_counts(monkeypatch):
    order: list[str] = []
    clock = iter([0.0, 1.0, 10.0, 12.0, 20.0, 29.0, 30.0, 31.0, 40.0, 41.5, 50.0, 50.1])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    seconds = turns_s({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)
    assert order == ["a", "b"] * 3
    assert seconds == {"a": pytest.approx(1.5), "b": pytest.approx(1.0)}


def test_memory_is_that_of_the_fresh_process():
    ballast = np.ones(50_000_000)  # 400 MB
    assert peak_mb() > 400
    assert alone("table", TINY)["memory_mb"] < peak_mb()
    assert ballast[-1] == 1.0


def test_a_city_is_in_one_piece_with_three_directed_edges_a_node():
    built = town.network(TINY.junctions)
    assert len(built.component_length_mm) == 1
    assert len(built.node_id) == pytest.approx(TINY.junctions, rel=0.1)
    assert built.directed_edges / len(built.node_id) == pytest.approx(3, abs=0.2)


def test_a_city_is_the_same_each_time():
    for one, again in zip(city.make(400), city.make(400), strict=True):
        np.testing.assert_array_equal(one, again)


def test_every_job_and_key_is_documented():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert [name for name in (*JOBS, *KEYS) if f"`{name}`" not in page] == []


def test_the_lock_holds_what_users_have_with_hashes_and_no_host():
    def pins(name):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line.removesuffix(" \\") for line in lines if re.match(r"\w", line)}

    lock = (ROOT / "requirements-bench.txt").read_text(encoding="utf-8")
    assert pins("requirements.txt") <= pins("requirements-bench.txt")
    assert lock.count("\n    --hash=sha256:") >= len(pins("requirements-bench.txt"))
    assert "://" not in lock
