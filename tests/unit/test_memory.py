"""Work that memory can't hold is refused before it begins, with the estimate, what is free, and how to ask for less."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

import planner
from planner import crow
from planner.circle import Circle
from planner.cli import command_line
from planner.errors import InputError
from planner.room import how_to_clip, unlimited
from planner.siting.task import eligible
from planner.sources import memory, read, sample_district
from planner.sources.streets import KNOWN_ENDINGS
from planner.study import Study, check, isochrones
from tests.unit.study_folder import edit, write_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = write_study(tmp_path)
    edit(path, "sites = 1\n", 'sites = 1\nunknown_demand = "exclude"\n')
    return path


def only(make: Callable[[], Any]) -> str:
    """Return the one line of the fault, which must be of memory."""
    with pytest.raises(InputError) as caught:
        make()
    (issue,) = caught.value.issues
    assert issue.code == "too_large"
    assert "of memory, and" in issue.message
    assert issue.remedy.endswith(", or go on all the same with --no-memory-check")
    return issue.line()


def free(monkeypatch: pytest.MonkeyPatch, count: float) -> None:
    """Let the machine have so many bytes of memory free."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=int(count)))


@pytest.mark.parametrize("command", ["run", "check", "score", "isochrones"])
def test_a_file_of_streets_too_large_is_told_before_it_is_read(
    command: str, study: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    more = {
        "score": ["--sites", str(study.parent / "candidates.csv")],
        "isochrones": ["--minutes", "5", "-o", str(study.parent / "land.gpkg")],
        "run": ["--out", str(study.parent / "maps")],
    }.get(command, [])
    monkeypatch.setattr("planner.sources.pbf.read_osm", lambda *_, **__: pytest.fail("the file was read"))
    free(monkeypatch, 1000)
    assert command_line([command, str(study), *more]) == 2
    (told,) = capfd.readouterr().err.splitlines()
    size = (study.parent / "streets.osm").stat().st_size
    assert told == (
        f"streets.osm: reading it would take about {5 * size / 1e6:.0f} MB of memory, and 0 MB are free; clip it to "
        "the communities: osmium extract --bbox 117.17,28.27,117.23,28.34 --set-bounds --strategy complete_ways "
        "streets.osm -o clipped.osm.pbf, or go on all the same with --no-memory-check"
    )


@pytest.mark.parametrize("command", ["run", "check", "score", "isochrones"])
def test_no_memory_check_goes_on_all_the_same(
    command: str, study: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    more = {
        "score": ["--sites", str(study.parent / "candidates.csv")],
        "isochrones": ["--minutes", "5", "-o", str(study.parent / "land.gpkg")],
        "run": ["--out", str(study.parent / "maps")],
    }.get(command, [])
    free(monkeypatch, 0)
    assert command_line([command, str(study), *more, "--no-memory-check"]) == 0
    assert "of memory" not in capfd.readouterr().err  # the folder's name holds the test's


def test_it_is_told_with_all_other_faults(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(study, "minutes = 15", "minutes = 0")
    free(monkeypatch, 0)
    with pytest.raises(InputError) as caught:
        read(study)
    assert {issue.code for issue in caught.value.issues} == {"bad_value", "too_large"}


def test_what_is_read_from_python_is_judged_too(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 0)
    assert "streets.osm" in only(lambda: read(study))
    assert len(read(study, room=unlimited).communities) == 3
    assert len(read(study, room=lambda: 1e9).communities) == 3


def test_every_ending_has_its_estimate(tmp_path: Path) -> None:
    none = np.empty(0)
    for ending in KNOWN_ENDINGS:
        path = tmp_path / f"streets{ending}"
        path.write_bytes(bytes(1_000_000))
        told = only(lambda p=path: memory.must_fit_streets(p, lambda: 1e6, table=p.name, lon=none, lat=none))
        times = memory.BYTES_PER_BYTE[path.suffix]
        assert f"{path.name}: reading it would take about {times:.0f} MB of memory, and 1 MB are free" in told
        memory.must_fit_streets(path, lambda t=times: t * 1e6, table=path.name, lon=none, lat=none)


def test_a_real_extract_fits_a_small_machine(shared: Path) -> None:
    for path in (*shared.glob("data/*/*.pbf"), *shared.glob("data/*/*.osm*")):
        memory.must_fit_streets(path, lambda: 50e6, table=path.name, lon=np.empty(0), lat=np.empty(0))


@pytest.mark.parametrize("name", ["city.osm.pbf", "a b;rm -rf $HOME.osm", "'x'.pbf"])
def test_the_command_to_clip_names_the_file_safely(name: str) -> None:
    told = how_to_clip(name, np.array([120.0]), np.array([30.0]))
    words = shlex.split(told.partition(": ")[2])
    assert words[:4] == ["osmium", "extract", "--bbox", "119.97,29.97,120.03,30.03"]
    assert words[-3:] == [name, "-o", "clipped.osm.pbf"]


def test_what_osmium_cannot_clip_is_left_to_a_gis() -> None:
    assert how_to_clip("streets.gpkg", np.array([120.0]), np.array([30.0])) == (
        "clip it to the communities, 119.97,29.97,120.03,30.03 in degrees, with a GIS"
    )
    assert "--bbox WEST,SOUTH,EAST,NORTH" in how_to_clip("a.pbf", np.empty(0), np.empty(0))


# What the machine has


def test_free_memory_is_what_the_machine_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    free(monkeypatch, 5e9)
    assert memory.free_memory() == 5e9


@pytest.mark.parametrize(
    ("limit", "used", "cached", "left"),
    [("4000", "1500", 500, 3000.0), ("max", "1500", 500, 5e9), ("99000000000", "0", 0, 5e9), ("x", "1", 0, 5e9)],
)
def test_a_container_may_have_less(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, used: str, cached: int, left: float
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text(f"anon 12\ninactive_file {cached}\n")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    free(monkeypatch, 5e9)
    assert memory.free_memory() == left


# Before the network is built, before the search


@pytest.fixture(scope="module")
def district() -> Study:
    return sample_district()


def test_a_network_too_large_is_told_before_it_is_built(district: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.network.build", lambda *_, **__: pytest.fail("the network was built"))
    doors: list[Callable[[], Any]] = [
        lambda: planner.run(district, room=lambda: 1000.0),
        lambda: planner.score(district, district.candidates, room=lambda: 1000.0),
        lambda: check(district, room=lambda: 1000.0),
        lambda: isochrones(district, of="facilities", minutes=[5], room=lambda: 1000.0),
    ]
    for door in doors:
        told = only(door)
        assert told.startswith(f"{district.ways.table}: a network of {len(district.ways.ref):,} corners would take ")
        assert "; clip it to the communities" in told


def many(study: Study, count: int) -> Study:
    """Return the study with its communities told over and over, each under an id of its own."""
    places = study.communities.take(np.arange(count) % len(study.communities))
    ids = np.array([f"c{i}" for i in range(count)], dtype=object)
    return replace(study, communities=replace(places, ids=ids, names=ids))


def test_a_million_communities_are_told_before_the_search(district: Study) -> None:
    told = only(lambda: planner.run(many(district, 1_000_000), room=lambda: 8e9))
    table = district.communities.table
    assert told.startswith(f"{table}: a study of 1,000,000 communities would take about 11.0 GB of memory, and 8.0 GB")
    assert "study one part at a time" in told


def test_times_too_many_are_told_before_the_search(district: Study) -> None:
    """Communities and candidates that memory holds, and whose pairs it doesn't."""
    study = replace(many(district, 3_000), siting=(), plan=None, circles=district.circles[:1])
    places = study.candidates.take(np.arange(2_000) % len(study.candidates))
    ids = np.array([f"k{i}" for i in range(2_000)], dtype=object)
    study = replace(study, candidates=replace(places, ids=ids, names=ids))
    told = only(lambda: planner.run(study, room=lambda: 1e8))
    assert told.startswith(f"circle '{study.circles[0].name}': about ")
    taking_part = len(
        eligible(study.circles[0], study.candidates, year=study.year)
    )  # some are built too late, or not for this
    assert f"times between 3,000 communities and {taking_part:,} candidates would take about" in told
    estimate = float(told.partition("about ")[2].partition(" times")[0].replace(",", ""))
    pairs = planner.run(study).travel_times[0]
    assert estimate == pytest.approx((pairs.role == "candidate").sum(), rel=0.1)


def test_a_million_sites_are_told_before_they_are_scored(district: Study) -> None:
    sites = district.candidates.take(np.zeros(1_000_000, np.int64))
    told = only(lambda: planner.score(district, replace(sites, role="sites"), room=lambda: 1e9))
    assert (
        "scoring 1,000,000 sites would take about 3.5 GB of memory, and 1.0 GB are free; score some at a time" in told
    )


def test_isochrones_too_many_are_told_by_the_first_of_them(district: Study) -> None:
    places = many(district, 120)
    left = iter([1e9] * 1 + [0.0] * 9)
    told = only(lambda: isochrones(places, of="communities", minutes=[2], room=lambda: next(left)))
    assert "the polygons of 120 communities would take about" in told
    assert "draw some at a time, or fewer limits" in told


def test_memory_that_is_used_up_is_told_without_a_traceback(
    study: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("planner.network.build", full)
    assert command_line(["check", str(study), "--no-cache"]) == 2
    (told,) = capfd.readouterr().err.splitlines()
    assert told == "the memory is used up; clip the network, or study one part at a time"


# As the crow flies, some communities at a time


@pytest.mark.parametrize("at_once", [1, 100, 333])
def test_distances_in_parts_are_those_at_once(district: Study, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    straight = (
        Circle(name="metres", service="elderly_day_care", limit=800, limit_unit="metres", measure="straight"),
        Circle(name="minutes", service="childcare", limit=12, measure="straight"),
        Circle(name="nothing", service="library", limit=12, measure="straight"),
    )
    study = replace(district, circles=(*district.circles, *straight), siting=(), plan=None)
    whole = planner.run(study)
    monkeypatch.setattr(crow, "AT_ONCE", at_once)
    parts = planner.run(study)
    for one, other in zip(whole.coverages, parts.coverages, strict=True):
        assert one.straight_line == other.straight_line
        for name in ("status", "minutes", "metres", "nearest", "backup", "backup_minutes", "backup_metres"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for one, other in zip(whole.travel_times, parts.travel_times, strict=True):
        for name in ("community", "place", "time_ds", "length_mm"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_unlimited_room_is_room_for_anything() -> None:
    assert unlimited() == math.inf
