"""How far a long piece of work has come, told to whoever asked, and how long each step took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float], None]
"""Told the step's name and how much of the whole is done, 0 to 1."""


def silent(step: str, done: float) -> None:
    """Tell nobody."""


class Clock:
    """Tells the progress and keeps the time of each step."""

    def __init__(self, progress: Progress, *, steps: int) -> None:
        self.progress = progress
        self.steps = steps
        self.timings_s: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        self.progress(name, len(self.timings_s) / self.steps)
        start = time.perf_counter()
        yield
        self.timings_s[name] = round(time.perf_counter() - start, 4)
