"""The temporary folder beside an output folder, in which a result is made before it is put in its place."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from planner.errors import SourceError
from planner.issue import Issue

_LOCK = "lock"
_ENTRIES = frozenset({_LOCK, "swapping", "installing", "new", "old"})


@dataclass(frozen=True, slots=True)
class Workbench:
    """The folder ``.NAME.planner`` beside the output folder ``NAME``.

    ``new`` holds the result in the making; ``old`` holds what it takes the place of, until it stands. The files
    ``swapping`` and ``installing`` tell a later run at which step this one was killed.
    """

    folder: Path

    @classmethod
    def of(cls, target: Path) -> Workbench:
        """Return the workbench of an output folder, whether it's there or not."""
        return cls(target.parent / f".{target.name}.planner")

    @property
    def new(self) -> Path:
        """Return the folder of the new result."""
        return self.folder / "new"

    @property
    def old(self) -> Path:
        """Return the folder of what is replaced."""
        return self.folder / "old"

    @property
    def swapping(self) -> Path:
        """Return the mark that whole folders are changing places."""
        return self.folder / "swapping"

    @property
    def installing(self) -> Path:
        """Return the mark that files are being replaced one by one."""
        return self.folder / "installing"

    @property
    def is_unfinished(self) -> bool:
        """Return whether files are on their way to their place or back."""
        return self.swapping.exists() or self.installing.exists()

    def clear(self) -> None:
        """Remove the results and the marks; the marks go first, so that half-removed files are never put in place."""
        self.swapping.unlink(missing_ok=True)
        self.installing.unlink(missing_ok=True)
        for folder in (self.new, self.old):
            shutil.rmtree(folder, ignore_errors=True)  # a virus scanner at work must not fail a result that stands


@contextmanager
def beside(target: Path) -> Iterator[Workbench]:
    """Make and lock the workbench of an output folder, and remove it in the end.

    What a killed run has left in it is still there when it's handed over. A run that is still at work holds the
    lock, which the operating system frees when a process ends in whatever way.

    Raises
    ------
    SourceError
        Another run is at work there, or the folder of that name isn't the planner's.
    """
    bench = Workbench.of(target)
    made = _make(bench.folder)
    with (bench.folder / _LOCK).open("a+b") as lock:
        if not _locked(lock) and not made:
            raise _in_the_way(
                bench.folder, "another run is writing there", "wait for it to end; if none is running, remove {}"
            )
        with ExitStack() as at_last:
            at_last.callback(_leave, bench, lock)
            yield bench


def _leave(bench: Workbench, lock: IO[bytes]) -> None:
    """Remove the workbench, unless putting back has failed: then the next run will mend it."""
    if bench.is_unfinished:
        return
    bench.clear()
    lock.close()  # Windows removes no open file
    with suppress(OSError):  # another run may have come in already
        (bench.folder / _LOCK).unlink()
        bench.folder.rmdir()


def _make(folder: Path) -> bool:
    """Make the folder; return False where one of ours was left there."""
    try:
        folder.mkdir()
    except FileExistsError:
        entries = {path.name for path in folder.iterdir()} if folder.is_dir() and not folder.is_symlink() else {""}
        if entries - _ENTRIES or (entries and _LOCK not in entries):
            raise _in_the_way(
                folder, "a folder of the same name as our temporary one is in the way", "move {}"
            ) from None
        return False
    return True


def _in_the_way(folder: Path, message: str, remedy: str) -> SourceError:
    issue = Issue(
        severity="error",
        code="output_busy",
        table=str(folder.parent),
        message=message,
        remedy=remedy.format(folder.name),
    )
    return SourceError([issue])


def _locked(file: IO[bytes]) -> bool:
    """Take the lock of a file; return False where another process has it or the file system knows no locks."""
    with suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def exchanged(first: Path, second: Path) -> bool:
    """Let two paths change places in one step; return False where the system can't, and nothing has happened.

    Linux has it as renameat2(RENAME_EXCHANGE), macOS as renamex_np(RENAME_SWAP); Python has neither.
    """
    import ctypes

    here, swap = -100, 2  # AT_FDCWD; RENAME_EXCHANGE and RENAME_SWAP are both 2
    one, other = os.fsencode(first), os.fsencode(second)
    system = platform.system()
    with suppress(AttributeError, OSError):  # a C library without it
        if system == "Linux":
            return bool(ctypes.CDLL(None).renameat2(here, one, here, other, swap) == 0)
        if system == "Darwin":
            return bool(ctypes.CDLL(None).renamex_np(one, other, swap) == 0)
    return False
