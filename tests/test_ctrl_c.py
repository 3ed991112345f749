"""Ctrl-C while the command solves a siting task: the best answer so far, with its gap, and every file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli import command_line
from tests.test_main_path import write_town

PATIENCE_S = 300

RUN = """
import math, sys, time
from dataclasses import replace
from planner.cli import command_line
from planner.siting import solve

whole = solve.standings

def held(*args, **kwargs):
    for step in whole(*args, **kwargs):
        yield replace(step, bound=math.floor(step.bound - 1.0))
        print("an answer is known", flush=True)
        time.sleep({patience})

solve.standings = held
sys.exit(command_line(sys.argv[1:]))
"""
"""The command, which says when the solver has a first answer, and then waits instead of proving it."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to one process")
def test_ctrl_c_while_solving_writes_the_best_answer_so_far(tmp_path: Path) -> None:
    town = write_town(tmp_path)
    whole, out = tmp_path / "whole", tmp_path / "maps"
    assert command_line(["run", str(town), "--out", str(whole), "-q"]) == 0
    arguments = [sys.executable, "-c", RUN.format(patience=PATIENCE_S), "run", str(town), "--out", str(out)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        tasks = json.loads((whole / "findings.json").read_text(encoding="utf-8"))["proposals"]
        for _ in tasks:  # each task is stopped by itself
            assert running.stdout.readline() == "an answer is known\n"
            running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0, told
    assert "Traceback" not in told
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.iterdir()}
    for found, proven in zip(
        json.loads((out / "findings.json").read_text(encoding="utf-8"))["proposals"], tasks, strict=True
    ):
        assert (found["status"], found["reason"]) == ("feasible", "interrupted")
        assert found["gap"] > 0
        assert found["sites"] == proven["sites"]
