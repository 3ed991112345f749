"""How far a long piece of work has come, told to whoever asked, and how long each step took."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Told the step's name when it begins, and how much of the whole is done, 0 to 1."""


def silent(step: str, done: float) -> None:
    """Tell nobody."""


def part(progress: Progress, low: float, high: float) -> Progress:
    """Return a progress for a part of the work, which takes the whole from ``low`` to ``high``."""
    return lambda step, done: progress(step, low + (high - low) * done)


def counting(progress: Progress, *, steps: int) -> Callable[..., None]:
    """Return a progress that needs no share: it counts the steps that have begun.

    Examples
    --------
    >>> tell = counting(print, steps=2)
    >>> tell("reading")
    reading 0.0
    >>> tell("writing")
    writing 0.5
    """
    begun = itertools.count()

    def tell(step: str, _: float = 0.0) -> None:
        progress(step, next(begun) / steps)

    return tell


class Clock:
    """Keeps the seconds of each step: a step lasts until the next one begins.

    Parameters
    ----------
    step
        What begins at once, where anything does.

    Examples
    --------
    >>> clock = Clock()
    >>> tell = clock.watch()
    >>> tell("reading", 0.0)
    >>> tell("writing", 0.5)
    >>> clock.stop()
    >>> list(clock.timings_s)
    ['reading', 'writing']
    """

    def __init__(self, step: str | None = None) -> None:
        self.timings_s: dict[str, float] = {}
        self.marks: dict[str, set[str]] = {}
        self.step = step
        self._since = time.perf_counter()

    def watch(self, progress: Progress = silent) -> Progress:
        """Return a progress that is timed, and passed on."""

        def tell(step: str, done: float) -> None:
            self.stop()
            self.step, self._since = step, time.perf_counter()
            progress(step, done)

        return tell

    def mark(self, word: str) -> None:
        """Note something about the step that runs."""
        self.marks.setdefault(self.step or "", set()).add(word)

    def stop(self) -> None:
        """End the step that runs; a step that runs again adds to its time."""
        if self.step is not None:
            spent = time.perf_counter() - self._since
            self.timings_s[self.step] = round(self.timings_s.get(self.step, 0.0) + spent, 4)
        self.step = None
