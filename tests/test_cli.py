"""The command line as a planner meets it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyogrio
import pytest

from planner.cli import command_line
from planner.sources import read
from tests.test_main_path import write_town


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_town(tmp_path)


def fingerprints(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


BAD = {
    "a missing file": ("study.toml", "communities.csv", "comunities.csv", "comunities.csv", "communities.csv"),
    "a missing column": ("facilities.csv", "id,lon,lat,service", "id,lon,lat,kind", "facilities.csv", "service"),
    "duplicate ids": ("communities.csv", "edge,", "near,", "communities.csv:3", "id"),
    "a word for people": ("communities.csv", ",200", ",many", "communities.csv:3", "digits"),
    "negative people": ("communities.csv", ",200", ",-200", "communities.csv:3", "0 or more"),
    "NaN coordinates": ("communities.csv", "edge,120", "edge,nan", "communities.csv:3", "degrees"),
    "another province": ("communities.csv", "edge,120", "edge,113", "communities.csv:3", "datum"),
    "an unknown service": ("study.toml", 'service = "clinic"', 'service = "clinik"', "study.toml:14", "clinic"),
    "an unknown profile": ("study.toml", "minutes = 15", 'minutes = 15\nprofile = "standrd_walk"', "study.toml", "standard_walk"),
    "a misspelt key": ("study.toml", "minutes = 15", "minuts = 15", "study.toml:15", "minutes"),
    "an empty network": ("study.toml", "streets.geojson", "empty.geojson", "empty.geojson", ""),
    "no TOML": ("study.toml", "[study]", "[study", "study.toml:1", ""),
    "a circle that isn't": ("study.toml", 'circle = "clinic"', 'circle = "clinics"', "study.toml", "clinic"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("command", ["run", "check"])
def test_bad_input_is_told_and_nothing_is_lost(
    kind: str, command: str, town: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    empty = '{"type": "FeatureCollection", "features": []}'
    (town.parent / "empty.geojson").write_text(empty, encoding="utf-8")
    out = town.parent / "maps"
    out.mkdir()
    (out / "theirs.txt").write_text("keep me", encoding="utf-8")
    before = fingerprints(out)
    name, old, new, place, remedy = BAD[kind]
    spoil(town.parent, name, old, new)
    arguments = [command, str(town), *(["--out", str(out)] if command == "run" else [])]
    assert command_line(arguments) == 2
    told = capfd.readouterr().err
    assert "Traceback" not in told
    fault = next(line for line in told.splitlines() if place in line)
    assert "; " in fault
    assert remedy in fault
    assert fingerprints(out) == before


def test_swapped_coordinates_are_named(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = (town.parent / "communities.csv").read_text(encoding="utf-8").splitlines()
    name, lon, lat, people = rows[2].split(",")
    spoil(town.parent, "communities.csv", rows[2], f"{name},{lat},{lon},{people}")
    assert command_line(["run", str(town)]) == 2
    told = capfd.readouterr().err
    assert "communities.csv:3:" in told
    assert "swap" in told or "exchange" in told


def test_a_corrupt_pbf_is_told(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (town.parent / "broken.osm.pbf").write_bytes(b"\x00\x00\x00\x0dnot a pbf at all")
    spoil(town.parent, "study.toml", "streets.geojson", "broken.osm.pbf")
    assert command_line(["check", str(town)]) == 2
    told = capfd.readouterr().err
    assert "broken.osm.pbf" in told
    assert "Traceback" not in told


def test_a_blank_population_is_unknown_not_a_fault(town: Path) -> None:
    spoil(town.parent, "communities.csv", ",200", ",")
    spoil(
        town.parent,
        "study.toml",
        '[[siting]]\nname = "all"\n',
        '[[siting]]\nname = "all"\nunknown_demand = "exclude"\n',
    )
    assert command_line(["run", str(town), "--out", str(town.parent / "maps"), "-q"]) == 0
    findings = json.loads((town.parent / "maps/findings.json").read_text(encoding="utf-8"))
    assert findings["circles"][0]["people"]["unknown_communities"] == 1


def test_exit_3_where_siting_has_no_full_solution_and_all_files_stand(town: Path) -> None:
    spoil(town.parent, "study.toml", "minutes = 15", "minutes = 5")
    out = town.parent / "maps"
    assert command_line(["run", str(town), "--out", str(out), "-q"]) == 3
    assert (out / "index.html").exists()
    (proposal,) = json.loads((out / "findings.json").read_text(encoding="utf-8"))["proposals"]
    assert proposal["status"] == "infeasible"
    assert proposal["partial"]
    limits = {row["community_id"]: row["smallest_limit"] for row in proposal["unreachable"]}
    assert limits["near"] == pytest.approx(6.0, abs=0.01)


def test_score_prints_json_and_nothing_else(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = (town.parent / "candidates.csv").read_text(encoding="utf-8").splitlines()
    sites = town.parent / "sites.csv"
    sites.write_text(
        "\n".join([*lines, "far,13.4,52.5", "bad,nowhere,1", "=1+1,120.0054,0.0016"]) + "\n", encoding="utf-8"
    )
    assert command_line(["score", str(town), "--sites", str(sites), "--format", "json"]) == 0
    told = capfd.readouterr()
    scores = json.loads(told.out)
    assert (scores["schema_version"], scores["circle"], scores["rejected"]) == (1, "clinic", 2)
    by_id = {row["id"]: row for row in scores["sites"]}
    assert by_id["new"]["status"] == "ok"
    assert by_id["new"]["people_gained"] == 300
    assert by_id["new"]["communities_gained"] == ["over"]
    assert by_id["far"]["status"] == by_id["bad"]["status"] == "invalid"
    assert "km outside" in by_id["far"]["reason"]
    assert command_line(["score", str(town), "--sites", str(sites), "--strict", "-q"]) == 2
    capfd.readouterr()
    assert command_line(["score", str(town), "--sites", str(sites), "--format", "csv", "-q"]) == 0
    cells = [cell for row in csv.reader(io.StringIO(capfd.readouterr().out)) for cell in row]
    assert "=1+1" not in cells


def test_score_without_any_sound_row_exits_2(town: Path) -> None:
    sites = town.parent / "sites.csv"
    sites.write_text("id,lon,lat\nfar,13.4,52.5\n", encoding="utf-8")
    assert command_line(["score", str(town), "--sites", str(sites), "-q"]) == 2


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "fgb"])
@pytest.mark.parametrize("of", ["facilities", "communities", "candidates"])
def test_isochrones_in_every_format(ending: str, of: str, town: Path) -> None:
    import geopandas

    out = town.parent / f"iso.{ending}"
    arguments = ["isochrones", str(town), "--minutes", "5,10", "--of", of, "-o", str(out), "-q"]
    assert command_line(arguments) == 0
    frame = (geopandas.read_parquet if ending == "parquet" else geopandas.read_file)(out)
    assert set(frame["minutes"]) == {5.0, 10.0}
    assert frame.crs.to_epsg() == 4326
    first = frame[frame["id"] == frame["id"].iloc[0]].sort_values("minutes")
    near, far = first.geometry
    assert near.difference(far.buffer(1e-6)).area == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
@pytest.mark.parametrize("merge", ["none", "all", "nearest"])
def test_isochrones_as_lines_together_or_shared_out(ending: str, merge: str, town: Path) -> None:
    import geopandas

    out = town.parent / f"lines.{ending}"
    arguments = ["isochrones", str(town), "--metres", "300,600", "--product", "lines", "--merge", merge]
    assert command_line([*arguments, "--profile", "slow_walk", "-o", str(out), "-q"]) == 0
    frame = (geopandas.read_parquet if ending == "parquet" else geopandas.read_file)(out)
    assert set(frame["metres"]) == {300.0, 600.0}
    assert set(frame["profile"]) == {"slow_walk"}
    assert set(frame.geometry[~frame.geometry.is_empty].geom_type) <= {"MultiLineString", "LineString"}
    assert frame["id"].isna().all() == (merge == "all")


def test_isochrones_of_some_places_by_any_profile(town: Path) -> None:
    import geopandas

    for profile in ("bicycle", "wheelchair"):
        out = town.parent / f"{profile}.gpkg"
        arguments = ["isochrones", str(town), "--minutes", "5", "--of", "communities", "--profile", profile]
        first = read(town).communities.ids[0]
        assert command_line([*arguments, "--ids", str(first), "-o", str(out), "-q"]) == 0
        frame = geopandas.read_file(out)
        assert frame["id"].tolist() == [first]
        assert frame["profile"].tolist() == [profile]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--minutes", "five"], "--minutes takes numbers"),
        (["--minutes", "0"], "above 0 and below 1,440 minutes"),
        (["--minutes", "1440"], "above 0 and below 1,440 minutes"),
        (["--minutes", "nan"], "above 0 and below 1,440 minutes"),
        (["--minutes", ""], "there is no limit"),
        ([], "there is no limit"),
        (["--metres", "0"], "above 0 and below 1,000,000 metres"),
        (["--metres", "far"], "--metres takes numbers"),
        (["--minutes", "5", "--metres", "5"], "not by both"),
        (["--minutes", "5", "--profile", "bus"], "profile 'bus' isn't known"),
        (["--minutes", "5", "--profile", "bus.toml"], "there is no such file"),
        (["--minutes", "5", "--ids", "nowhere"], "there are no facilities with the id 'nowhere'"),
        (["--minutes", "5", "--product", "clouds"], "'clouds'"),
        (["--minutes", "5", "--merge", "twice"], "'twice'"),
        (["--minutes", "5", "--of", "rivers"], "'rivers'"),
    ],
)
def test_isochrones_refuse_nonsense(wrong: list[str], told: str, town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert command_line(["isochrones", str(town), "-o", str(town.parent / "iso.gpkg"), *wrong]) == 2
    said = capfd.readouterr().err
    assert told in said
    assert "Traceback" not in said
    assert not (town.parent / "iso.gpkg").exists()


def test_isochrones_refuse_another_ending_before_the_work(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert command_line(["isochrones", str(town), "--minutes", "5", "-o", str(town.parent / "iso.docx")]) == 2
    assert ".gpkg" in capfd.readouterr().err


def test_new_makes_a_study_that_runs(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert command_line(["new", str(folder), "-q"]) == 0
    assert command_line(["run", str(folder / "study.toml"), "--out", str(tmp_path / "maps"), "-q"]) == 0
    again = fingerprints(folder)
    assert command_line(["new", str(folder), "-q"]) == 2
    assert fingerprints(folder) == again


def test_a_forced_candidate_that_serves_nobody_is_told(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = (town.parent / "candidates.csv").read_text(encoding="utf-8").splitlines()
    lon, lat = rows[1].split(",")[1:]
    far = f"off,{float(lon)},{float(lat) + 0.004:.6f},yes,"
    other = f"other,{lon},{lat},yes,childcare"
    table = "\n".join(["id,lon,lat,forced,service", f"new,{lon},{lat},,", far, other]) + "\n"
    (town.parent / "candidates.csv").write_text(table, encoding="utf-8")
    assert command_line(["check", str(town)]) == 0
    told = capfd.readouterr().err
    assert "candidates.csv:3:" in told
    assert "'off' is forced and takes up a site" in told
    assert "'other' is forced, but isn't built" in told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to one process")
def test_ctrl_c_is_told_and_the_earlier_result_stands(town: Path) -> None:
    out = town.parent / "maps"
    assert command_line(["run", str(town), "--out", str(out), "-q"]) == 0
    before = fingerprints(out)
    arguments = [sys.executable, "-m", "planner", "run", str(town), "--out", str(out)]
    running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    time.sleep(1.0)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    if running.returncode == 0:
        pytest.fail("the run was over before it could be stopped")
    assert running.returncode == 130, told
    assert "stopped; the earlier result" in told
    assert "Traceback" not in told
    assert fingerprints(out) == before


@pytest.mark.parametrize("when", ["in a string", "before the first line"])
def test_ctrl_c_leaves_with_its_code_whenever_it_comes(tmp_path: Path, when: str) -> None:
    # `python -m stopped` as `python -m planner`: CPython ends only such a run by a signal after a Ctrl-C in an exec.
    stop = {
        "in a string": "import planner.sources\ndef stop(_): exec('raise KeyboardInterrupt')\nplanner.sources.write_new = stop",
        "before the first line": "import builtins\ndef stop(*_, **__): raise KeyboardInterrupt\nbuiltins.__import__ = stop",
    }[when]
    (tmp_path / "stopped.py").write_text(f"from planner.__main__ import main\n{stop}\nmain()\n", encoding="utf-8")
    here = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "stopped", "new", str(tmp_path / "x")]
    ended = subprocess.run(command, env=here, capture_output=True, check=False)
    assert ended.returncode == 130, ended.stderr
    assert b"Traceback" not in ended.stderr
    assert not (tmp_path / "x").exists()


def test_the_run_goes_where_the_contract_says(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(town.parent)
    assert command_line(["run", "study.toml", "-q"]) == 0
    assert (town.parent / "maps/study/index.html").exists()


def test_help_helps_and_an_unknown_command_exits_2() -> None:
    for arguments, code in ((["--help"], 0), (["run", "--help"], 0), (["rum"], 2), (["run"], 2)):
        done = subprocess.run(
            [sys.executable, "-m", "planner", *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


def test_hostile_names_are_harmless_on_a_terminal_and_in_files(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spoil(town.parent, "communities.csv", "far,", '"far\x1b[31m{{7*7}}",')
    assert command_line(["run", str(town), "--out", str(town.parent / "maps")]) == 0
    assert "\x1b" not in capfd.readouterr().err
    layer = pyogrio.read_dataframe(town.parent / "maps/findings.gpkg", layer="communities", read_geometry=False)
    assert "far\x1b[31m{{7*7}}" in set(layer["id"])


def told_of(town: Path, capfd: pytest.CaptureFixture[str], *options: str) -> str:
    capfd.readouterr()
    out = str(town.parent / "maps")
    assert command_line(["run", str(town), "--out", out, "--cache", str(town.parent / "cache"), *options]) == 0
    return capfd.readouterr().err


def test_timings_name_every_step_and_sum_up(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = told_of(town, capfd, "--timings").splitlines()
    head = next(i for i, line in enumerate(lines) if line.split() == ["seconds", "share", "step"])
    rows = [line.split(maxsplit=2) for line in lines[head + 1 : -1]]
    steps = [step.removesuffix(" (not cached)") for _, _, step in rows]
    for step in (
        "starting",
        "reading streets.geojson",
        "network",
        "anchors",
        "coverage: clinic",
        "isochrones: clinic",
        "routes: clinic",
        "compliance",
        "siting: all",
        "writing index.html",
        "writing findings.gpkg",
    ):
        assert step in steps
    assert {"reading streets.geojson (not cached)", "network (not cached)"} <= {row[2] for row in rows}
    total = rows.pop()
    assert total[2].startswith("total")
    assert "MB of memory" in total[2] or sys.platform == "win32"
    assert sum(float(seconds) for seconds, _, _ in rows) == pytest.approx(float(total[0]), abs=0.001 * len(rows))
    found = json.loads((town.parent / "maps/findings.json").read_text(encoding="utf-8"))["provenance"]["timings_s"]
    assert {"reading streets.geojson", "network", "reach: clinic", "siting: all"} <= set(found)


def test_the_second_run_finds_the_first_ones_work(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "seconds" not in told_of(town, capfd)
    again = told_of(town, capfd, "--timings")
    for step in ("reading streets.geojson", "network", "anchors", "coverage: clinic", "reach: clinic"):
        assert f"{step} (cached)" in again
    before = fingerprints(town.parent / "cache")
    assert "cached)" not in told_of(town, capfd, "--timings", "--no-cache")
    assert fingerprints(town.parent / "cache") == before


def test_the_cache_changes_no_byte_of_what_is_written(
    town: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    written = []
    for options in (["--no-cache"], [], []):
        told_of(town, capfd, *options)
        written.append(fingerprints(town.parent / "maps"))
    assert written[0] == written[1] == written[2]


def test_a_damaged_cache_is_a_note_and_a_useless_one_a_warning(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told_of(town, capfd)
    entries = list((town.parent / "cache").iterdir())
    for path in entries:
        path.write_bytes(path.read_bytes()[:-1])
    told = told_of(town, capfd, "-v")
    assert told.count("is made again") == len(entries)
    for path in entries:
        path.write_bytes(b"")
    assert "made again" not in told_of(town, capfd)
    (town.parent / "file").write_text("in the way", encoding="utf-8")
    told = told_of(town, capfd, "--cache", str(town.parent / "file"))
    assert told.count("nothing is kept for the next run") == 1


def test_the_cache_is_named_by_the_environment_and_every_command_uses_it(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = town.parent / "of the environment"
    monkeypatch.setenv("PLANNER_CACHE", str(folder))
    assert command_line(["check", str(town), "-q", "--no-cache"]) == 0
    assert not folder.exists()
    assert command_line(["check", str(town), "-q"]) == 0
    kinds = [{path.name.split("-")[0] for path in folder.iterdir()}]
    sites = ["--sites", str(town.parent / "candidates.csv")]
    assert command_line(["score", str(town), *sites, "--timings", "-q"]) == 0
    kinds.append({path.name.split("-")[0] for path in folder.iterdir()})
    areas = town.parent / "areas.gpkg"
    before = len(list(folder.iterdir()))
    assert command_line(["isochrones", str(town), "--minutes", "5", "-o", str(areas), "-q"]) == 0
    assert len(list(folder.iterdir())) == before
    assert kinds == [{"extract", "network", "weights", "anchors"}, {*kinds[0], "nearest"}]


def test_timings_of_a_score_leave_standard_output_alone(town: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sites = ["--sites", str(town.parent / "candidates.csv"), "--format", "json"]
    assert command_line(["score", str(town), *sites, "--timings"]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out)["schema_version"] == 1
    assert "reading candidates.csv" in told.err
    assert "scores" in told.err
