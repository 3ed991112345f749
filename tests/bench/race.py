"""Ours against its peers: what a job is, how contenders take turns, and the memory of ours alone."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.row import Row, judged
from tests.bench.size import Size

ROOT = Path(__file__).resolve().parents[2]


OURS = "ours"


class UnableError(Exception):
    """A peer can't do what is asked; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to measure.

    Parameters
    ----------
    rows
        Measures; one row for each peer.
    alone
        Our part from scratch (``OURS``), to be run in a process of its own, so that its memory can be seen; it returns
        any figures that ``rows`` wants from there. A job may have several such parts.
    """

    name: str
    rows: Callable[[Size], Iterator[Row]]
    alone: Mapping[str, Callable[[Size], Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A peer that is ready to be timed.

    Parameters
    ----------
    answer
        Does the work; what it returns is dropped.
    agree
        Whether its answers are ours, exactly.
    share
        The part of the work that ``answer`` does.
    note
        That part in words, for the row's ``size``.
    """

    answer: Callable[[], object]
    agree: bool
    share: float = 1.0
    note: str = ""


def against(
    job: str,
    *,
    asked: str,
    ours: Callable[[], object],
    rivals: Mapping[str, Callable[[], Rival]],
    goals: Mapping[str, float],
    size: Size,
    warm_up: Callable[[], object] | None = None,
) -> Iterator[Row]:
    """Yield a row for each rival: median seconds of either, from turns taken one after the other.

    Setting up (graphs, indexes, compiling) isn't timed on either side; ``warm_up`` is a small part of ours that
    compiles all of it. A rival that isn't installed or can't do what is asked gives a row without figures.
    """
    ready, absent = {}, {}
    for name, prepare in rivals.items():
        try:
            ready[name] = prepare()
        except ImportError as missing:
            absent[name] = f"not installed ({missing})"
        except UnableError as reason:
            absent[name] = str(reason)
    (warm_up or ours)()  # compiles, or loads what was compiled before
    seconds = turns_s({OURS: ours, **{name: rival.answer for name, rival in ready.items()}}, size.turns)
    memory_mb = float(alone(job, size)["memory_mb"])
    for name in rivals:
        if name in absent:
            yield Row(job=job, size=asked, peer=name, goal=goals.get(name), memory_mb=memory_mb, why_not=absent[name])
            continue
        rival, ours_s = ready[name], seconds[OURS]
        peer_s = seconds[name] / rival.share
        yield Row(
            job=job,
            size=f"{asked}; {rival.note}" if rival.note else asked,
            peer=name,
            ours_s=ours_s,
            peer_s=peer_s,
            ratio=peer_s / ours_s,
            goal=goals.get(name),
            met=judged(peer_s / ours_s, goals.get(name)),
            memory_mb=memory_mb,
            agree=rival.agree,
        )


def median_s(answer: Callable[[], object], turns: int) -> float:
    """Return the median seconds of some runs."""
    return turns_s({OURS: answer}, turns)[OURS]


def turns_s(contenders: Mapping[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Return the median seconds of each; they take turns, so that a busy machine is busy for all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(turns):
        for name, answer in contenders.items():
            gc.collect()
            gc.disable()  # else one contender pays for walking through the objects of another
            try:
                start = time.perf_counter()
                answer()
                seconds[name].append(time.perf_counter() - start)
            finally:
                gc.enable()
    return {name: statistics.median(runs) for name, runs in seconds.items()}


def alone(job: str, size: Size, *, part: str = OURS) -> dict[str, Any]:
    """Run our part of a job in a fresh process; return its figures and ``memory_mb``, the most memory it held."""
    command = [sys.executable, "-m", "tests.bench.alone", job, part, size.name]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux: getrusage there also counts the parent, as it was when it started this process
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024**2 if sys.platform == "darwin" else most / 1024
