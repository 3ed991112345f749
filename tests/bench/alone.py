"""Our part of one job, run by itself: ``python -m tests.bench.alone JOB PART SIZE`` prints its figures as JSON."""

from __future__ import annotations

import json
import sys

from tests.bench.jobs import JOBS
from tests.bench.race import peak_mb
from tests.bench.size import SIZES


def main(job: str, part: str, size: str) -> None:
    """Run it and print the figures."""
    figures = JOBS[job].alone[part](SIZES[size])
    sys.stdout.write(json.dumps({**figures, "memory_mb": peak_mb()}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
