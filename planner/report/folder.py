"""Writing a folder of results without losing anything, ours or others'."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from planner.errors import InputError, PlannerError, SourceError
from planner.issue import Issue
from planner.report import manifest
from planner.report.manifest import MANIFEST
from planner.report.placing import place, recover
from planner.report.workbench import Workbench, beside

Notice = Callable[[Issue], None]


def write_folder(
    out: Path, fill: Callable[[Path], None], *, names: Collection[str], notice: Notice | None = None
) -> Path:
    """Let ``fill`` write into a temporary folder beside ``out``, then put the whole of it in its place.

    Parameters
    ----------
    out
        The output folder; made, with its parents, where missing. A link is followed.
    fill
        Writes files, and nothing but files, into the empty folder it is given.
    names
        The files that ``fill`` writes.
    notice
        Told of each changed file that was kept under another name.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    InputError
        ``out`` is a file, or holds something under one of the names that no earlier run wrote.
    SourceError
        It can't be written; it then holds what it held before.
    """
    target = check(out, names=names)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside(target) as bench:
            kept = recover(bench, target)
            check(out, names=names)  # again: a killed run's files are known as ours only now
            _make(bench, fill)
            kept += place(bench, target)
    except PlannerError:
        raise
    except OSError as error:
        if not _is_about(error, target):
            raise
        raise SourceError([_fault(out, "not_written", _reason(error), _TRY_ELSEWHERE)]) from error
    if notice is not None:
        for path in kept:
            notice(_kept(path))
    return out


def check(out: Path, *, names: Collection[str]) -> Path:
    """Return the folder that ``out`` means, links followed, if results can be written there.

    Raises
    ------
    InputError
        ``out`` is a file, or holds something under one of the names that no earlier run wrote.
    SourceError
        Nothing can be written there.
    """
    try:
        target = out.resolve()
        nearest = next(path for path in (target, *target.parents) if os.path.lexists(path))
        listed = manifest.read(target) if target.is_dir() else {}
    except (OSError, RuntimeError) as error:  # RuntimeError: a ring of links, before Python 3.13
        raise SourceError([_fault(out, "not_written", _reason(error), _TRY_ELSEWHERE)]) from error
    if not nearest.is_dir():
        raise InputError(
            [_fault(out, "not_a_folder", f"{nearest} is a file, not a folder", "name a folder, or move the file")]
        )
    if target.parent == target:
        raise InputError([_fault(out, "not_a_folder", "results can't be the root of a disk", "name a folder on it")])
    for folder in (nearest, target.parent) if nearest == target else (nearest,):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise SourceError([_fault(out, "not_writable", f"you may not write to {folder}", _TRY_ELSEWHERE)])
    if not _is_half_installed(target):
        _refuse_others_files(out, {*names, MANIFEST} if listed is None else set(names) - set(listed))
    return target


_TRY_ELSEWHERE = "name a folder in a place where you may write, such as your own documents"


def _refuse_others_files(out: Path, names: Collection[str]) -> None:
    """Raise where something stands under a name of ours that no earlier run has listed."""
    strangers = [out / name for name in sorted(names) if os.path.lexists(out / name)]
    message = "no earlier run wrote this file, and this run would write one of that name"
    remedy = "name another folder, or move the file"
    if strangers:
        raise InputError([_fault(path, "not_ours", message, remedy) for path in strangers])


def _is_half_installed(target: Path) -> bool:
    """Return whether a killed run was replacing files here; recovery then tells which are ours."""
    return Workbench.of(target).installing.exists()


def _make(bench: Workbench, fill: Callable[[Path], None]) -> None:
    bench.new.mkdir()
    fill(bench.new)
    manifest.write(bench.new)
    for path in bench.new.iterdir():  # on the disk before anything older goes
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _fault(path: Path, code: str, message: str, remedy: str) -> Issue:
    return Issue(severity="error", code=code, table=str(path), message=message, remedy=remedy)


def _kept(path: Path) -> Issue:
    return Issue(
        severity="note",
        code="kept_changed_file",
        table=str(path),
        message="a file of an earlier run had been changed since, and was kept under this name",
        remedy="remove it if nobody needs it",
    )


def _is_about(error: OSError, target: Path) -> bool:
    """Return whether an error is about the output: a template of ours that is missing isn't the user's fault."""
    if not isinstance(error.filename, str):
        return True
    path = Path(error.filename)
    return path == target.parent or path.is_relative_to(target) or path.is_relative_to(Workbench.of(target).folder)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or type(error).__name__
