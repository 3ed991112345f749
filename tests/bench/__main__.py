"""``python -m tests.bench``: run the jobs, print the table, save ``bench.json``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; return 1 where a peer's answer isn't ours."""
    from tests.bench.jobs import JOBS
    from tests.bench.row import Row, save, table
    from tests.bench.size import SIZES

    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Ours against its peers, in one run.")
    parser.add_argument("--size", choices=SIZES, default="full", help="full counts; tiny shows that all of it works")
    parser.add_argument("--jobs", metavar="A,B", help=f"all of them unless named: {', '.join(JOBS)}")
    parser.add_argument("-o", "--output", type=Path, default=Path("bench.json"), metavar="FILE", help="bench.json")
    asked = parser.parse_args(arguments)
    names = list(JOBS) if asked.jobs is None else [name.strip() for name in asked.jobs.split(",")]
    unknown = [name for name in names if name not in JOBS]
    if unknown:
        parser.error(f"no job {', '.join(map(repr, unknown))}; there are {', '.join(JOBS)}")
    if not asked.output.absolute().parent.is_dir():
        parser.error(f"no folder {asked.output.absolute().parent} to save in")

    sys.stdout.write(_machine("before"))
    rows: list[Row] = []
    for name in names:
        start = time.perf_counter()
        rows += JOBS[name].rows(SIZES[asked.size])
        sys.stderr.write(f"{name}: {time.perf_counter() - start:.0f} s\n")
    save(rows, asked.output)
    sys.stdout.write(f"\n{table(rows)}\n{_machine('after')}")
    return int(any(row.agree is False for row in rows))


def _alone_on_stdout() -> None:
    """Send what compiled code prints to the standard error; pandana's tells each step of its set-up."""
    ours = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = ours


def _machine(when: str) -> str:
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"  # Windows keeps none
    return f"Python {platform.python_version()}, {os.cpu_count()} processors; load {when}: {load}\n"


if __name__ == "__main__":
    os.environ.update(dict.fromkeys(THREADS, "1"))  # before numpy loads: ours and every peer get one thread
    _alone_on_stdout()
    sys.exit(main())
