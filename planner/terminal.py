"""The terminal: what is said on standard error, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from planner.issue import plain
from planner.progress import Progress, silent


@dataclass(slots=True)
class Talk:
    """How much is said on standard error."""

    quiet: bool = False
    verbose: bool = False
    bars: bool = True

    def say(self, text: str) -> None:
        """Say one line, unless quiet."""
        if not self.quiet:
            typer.echo(plain(text), err=True)


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


def speak_utf8() -> None:
    """Print UTF-8 also where the console's code page is another (Windows)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
