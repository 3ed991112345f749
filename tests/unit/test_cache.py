"""The cache's folder: what is kept, what goes, and what happens where nothing can be kept."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from planner.sources import Cache, cache_entry, sample_district
from planner.sources.cache import LEFTOVER_S, default_folder
from planner.sources.packing import PackingError, pack
from planner.store import unkept
from planner.study import run
from tests.test_main_path import write_town


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_was_used_least_recently_goes_first(tmp_path):
    store = Cache(tmp_path, limit_bytes=25_000)
    for age, name in ((30, "one"), (20, "two")):
        store(name, (), lambda: np.zeros(1000))
        (path,) = tmp_path.glob(f"{name}-*")
        os.utime(path, (time.time() - age, time.time() - age))
    store("one", (), lambda: 1 / 0)  # used just now
    store("three", (), lambda: np.zeros(1000))
    store("four", (), lambda: np.zeros(1000))
    assert {name.split("-")[0] for name in kept(tmp_path)} == {"one", "three", "four"}


def test_what_is_larger_than_the_whole_cache_is_not_kept(tmp_path):
    store = Cache(tmp_path, limit_bytes=5_000)
    store("small", (), lambda: np.zeros(10))
    assert len(store("large", (), lambda: np.zeros(1000))) == 1000
    assert {name.split("-")[0] for name in kept(tmp_path)} == {"small"}


def test_files_of_others_are_left_alone_and_leftovers_go(tmp_path):
    theirs = ["diary.txt", "network-old.planner", "network.planner.bak", ".hidden"]
    for name in (*theirs, "tmpdead.planner.part", "tmplive.planner.part"):
        (tmp_path / name).write_text("x" * 10_000, encoding="utf-8")
    os.utime(tmp_path / "tmpdead.planner.part", (0, time.time() - 2 * LEFTOVER_S))
    Cache(tmp_path, limit_bytes=1_000)("sum", (), lambda: 3)
    assert kept(tmp_path) >= {*theirs, "tmplive.planner.part"}
    assert "tmpdead.planner.part" not in kept(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_warning(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    told = []
    store = Cache(tmp_path / "file" / "cache", notice=told.append)
    assert [store("sum", (one,), lambda one=one: one + 1) for one in (1, 2)] == [2, 3]
    assert [(issue.severity, issue.code) for issue in told] == [("warning", "cache_not_written")]
    assert "--no-cache" in told[0].remedy


@pytest.mark.parametrize("done", [0, 100])
def test_a_full_disk_is_one_warning_and_leaves_nothing(done, tmp_path, monkeypatch):
    def full(stream, key, packed):
        stream.write(bytes(done))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache_entry, "write", full)
    told = []
    store = Cache(tmp_path, notice=told.append)
    assert [store("sum", (one,), lambda one=one: one + 1) for one in (1, 2)] == [2, 3]
    assert kept(tmp_path) == set()
    (warning,) = told
    assert "No space left on device" in warning.message


def test_a_run_that_is_stopped_while_it_writes_leaves_nothing(tmp_path, monkeypatch):
    def stopped(stream, key, packed):
        stream.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(cache_entry, "write", stopped)
    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path)("sum", (), lambda: 3)
    assert kept(tmp_path) == set()


def test_an_entry_that_cannot_be_read_is_made_again(tmp_path):
    told = []
    store = Cache(tmp_path, notice=told.append)
    store("sum", (), lambda: 3)
    (path,) = tmp_path.iterdir()
    path.unlink()
    path.mkdir()  # reading a folder fails for everyone, also for the superuser
    assert store("sum", (), lambda: 3) == 3
    assert [issue.code for issue in told] == ["cache_entry", "cache_not_written"]


def test_an_error_while_making_is_raised_and_nothing_is_kept(tmp_path):
    with pytest.raises(ZeroDivisionError):
        Cache(tmp_path)("sum", (), lambda: 1 / 0)
    assert kept(tmp_path) == set()


class Strange:
    """Something of someone else's."""


@pytest.mark.parametrize(
    "value", [Strange(), np.array([Strange()]), np.array([["a"]], dtype=object), {1: 2}, "x".encode]
)
def test_what_cannot_be_packed_is_made_each_time(value, tmp_path):
    with pytest.raises(PackingError):
        pack(value)
    store = Cache(tmp_path)
    assert store("strange", (value,), lambda: 1) == 1
    assert store("strange", (), lambda: value) is value
    assert kept(tmp_path) == set()


def test_objects_are_known_for_as_long_as_they_live(tmp_path):
    study = sample_district()
    store = Cache(tmp_path)
    findings = run(study, store=store)
    known = len(store._known)
    assert known > 3
    del findings
    gc.collect()
    assert len(store._known) < known


def test_entries_are_whole_while_runs_write_them_at_once(tmp_path):
    study = write_town(tmp_path)
    command = [sys.executable, "-m", "planner", "run", str(study), "-q", "--cache", str(tmp_path / "cache"), "--out"]
    runs = [subprocess.Popen([*command, str(tmp_path / f"out{one}")], stderr=subprocess.PIPE) for one in range(3)]
    assert [(run.communicate(timeout=300)[1], run.returncode) for run in runs] == [(b"", 0)] * 3
    csv = {(tmp_path / f"out{one}" / "communities.csv").read_bytes() for one in range(3)}
    assert len(csv) == 1
    names = kept(tmp_path / "cache")
    assert all(name.endswith(".planner") for name in names)
    again = subprocess.run(
        [*command, str(tmp_path / "again"), "-v", "--timings"], capture_output=True, text=True, check=True
    )
    assert kept(tmp_path / "cache") == names
    assert "not cached" not in again.stderr
    assert "made again" not in again.stderr


def test_the_default_folder_is_the_users_own():
    assert default_folder().name in ("service-circle-planner", "Cache")
    assert default_folder().is_absolute()


def test_without_a_store_everything_is_made():
    made = []
    assert [unkept("sum", (1,), lambda: made.append(1) or 2) for _ in range(2)] == [2, 2]
    assert made == [1, 1]
