"""The terminal: what is said on standard error, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import typer

from planner.issue import Issue, plain
from planner.progress import Clock, Progress, silent
from planner.store import Store

T = TypeVar("T")


@dataclass(slots=True)
class Talk:
    """How much is said on standard error, and what the time went into."""

    quiet: bool = False
    verbose: bool = False
    bars: bool = True
    timings: bool = False
    clock: Clock = field(default_factory=lambda: Clock("starting"))

    def say(self, text: str) -> None:
        """Say one line, unless quiet."""
        if not self.quiet:
            typer.echo(plain(text), err=True)

    def tell(self, issue: Issue) -> None:
        """Say what is wrong or worth knowing; notes only where they are wanted."""
        if issue.severity != "note" or self.verbose:
            self.say(f"{issue.severity}: {issue.line()}")

    def tell_timings(self) -> None:
        """Say how long each step took, where that is wanted."""
        self.clock.stop()
        if self.timings or self.verbose:
            for line in timings(self.clock):
                self.say(line)


@contextmanager
def progress_of(talk: Talk) -> Iterator[Progress]:
    """Give a progress callable: a bar on a terminal, nothing elsewhere."""
    if talk.quiet or not talk.bars or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def show(step: str, done: float) -> None:
            bar.update(task, completed=done, description=plain(step).replace("[", "\\["))

        yield show


def marking(store: Store, clock: Clock) -> Store:
    """Return a store that marks on the clock whether a step found its result kept, or made it."""

    def ask(what: str, inputs: tuple[Any, ...], make: Callable[[], T]) -> T:
        word = "cached"

        def made() -> T:
            nonlocal word
            word = "not cached"
            return make()

        value = store(what, inputs, made)
        clock.mark(word)
        return value

    return ask


def timings(clock: Clock) -> list[str]:
    """Return a table of the clock's steps, with their shares of the total, and the most memory that was in use."""
    total = sum(clock.timings_s.values())
    lines = [f"{'seconds':>9}  {'share':>5}  step"]
    for step, seconds in clock.timings_s.items():
        marks = sorted(clock.marks.get(step, ()))
        known = f" ({marks[0] if len(marks) == 1 else 'partly cached'})" if marks else ""
        lines.append(f"{seconds:9.3f}  {seconds / max(total, 1e-9):5.0%}  {step}{known}")
    used = peak_memory_mb()
    memory = "" if used is None else f"; at most {used:,.0f} MB of memory in use"
    return [*lines, f"{total:9.3f}   100%  total{memory}"]


def peak_memory_mb() -> float | None:
    """Return the most memory that this process has had in use, in MB of 10^6 bytes; None where it can't be known."""
    try:  # Linux; what getrusage tells there may be the parent's
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


def speak_utf8() -> None:
    """Print UTF-8 also where the console's code page is another (Windows)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
