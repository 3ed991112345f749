"""Putting a finished result in its place, so that neither an error nor a kill loses anything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from planner.report import manifest
from planner.report.manifest import MANIFEST
from planner.report.workbench import Workbench, exchanged

Undo = Callable[[], None]


def place(bench: Workbench, target: Path) -> list[Path]:
    """Put the bench's new result in its place.

    Parameters
    ----------
    bench
        Its ``new`` is whole and has its manifest.
    target
        The output folder.

    Returns
    -------
    list
        Copies of files of ours that someone has changed, kept under a free name.

    Notes
    -----
    Absent or empty: one rename. Nothing but unchanged files of ours: the folders change places, in one step where
    the system can. Else our files are replaced one by one, also where the folder can't be moved (in use, a mount
    point) or someone stands in it.
    """
    if not _is_underfoot(target):
        try:
            if _fill_gap(bench, target) or _swap(bench, target):
                return []
        except OSError:  # the folder can't be moved: perhaps its files can
            if not target.is_dir() or bench.swapping.exists():
                raise
    return _one_by_one(bench, target)


def recover(bench: Workbench, target: Path) -> list[Path]:
    """Finish what a killed run had begun, and clear the bench; the new result was whole before any file was touched."""
    kept = []
    if bench.swapping.exists():
        if not target.exists() and bench.new.is_dir():  # killed between the two renames
            bench.new.rename(target)
        kept = _rescued(bench, target)
    elif bench.installing.exists() and target.is_dir():
        kept = _one_by_one(bench, target)
    bench.clear()
    return kept


def _is_underfoot(target: Path) -> bool:
    """Return whether this process works inside the folder: its shell would be left in a folder that is gone."""
    try:
        return Path.cwd().is_relative_to(target)
    except OSError:  # the working directory is gone already
        return False


def _fill_gap(bench: Workbench, target: Path) -> bool:
    """Rename the new folder to the target where that is absent or empty."""
    if target.exists():
        if any(target.iterdir()):
            return False
        shutil.copymode(target, bench.new)
        if os.name == "nt":  # Windows renames over nothing, not even over an empty folder
            target.rmdir()
    bench.new.rename(target)
    return True


def _swap(bench: Workbench, target: Path) -> bool:
    """Let the new and the old folder change places, where the old one holds nothing but unchanged files of ours."""
    if _strangers(target):
        return False
    shutil.copymode(target, bench.new)
    bench.swapping.touch()
    if not exchanged(bench.new, target):
        try:
            target.rename(bench.old)
        except OSError:
            bench.swapping.unlink()
            raise
        try:
            bench.new.rename(target)
        except BaseException:
            bench.old.rename(target)
            bench.swapping.unlink()
            raise
    _rescued(bench, target)
    bench.swapping.unlink()
    return True


def _strangers(folder: Path) -> list[Path]:
    """Return what in a folder isn't an unchanged file that the folder's own manifest lists."""
    listed = manifest.read(folder)
    if listed is None:
        return sorted(folder.iterdir())
    return [
        path
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST and not manifest.is_unchanged(path, listed.get(path.name))
    ]


def _rescued(bench: Workbench, target: Path) -> list[Path]:
    """Move back what came into the old folder at the very moment of the swap."""
    kept = []
    for folder in (bench.new, bench.old):
        for path in _strangers(folder) if folder.is_dir() else ():
            name = target / path.name
            kept.append(_free_name(name) if os.path.lexists(name) else name)
            path.rename(kept[-1])
    return kept


def _one_by_one(bench: Workbench, target: Path) -> list[Path]:
    """Replace our files one by one, the manifest last; on an error put everything back as it was.

    It can be done again from any point at which it was killed: what isn't in ``new`` any more is in its place.
    """
    fresh = manifest.read(bench.new)
    if fresh is None:  # the manifest goes last: all is in its place
        return []
    listed = manifest.read(target)
    bench.old.mkdir(exist_ok=True)
    bench.installing.touch()
    undo: list[Undo] = []
    kept: list[Path] = []
    try:
        for name, sha256 in fresh.items():
            if (bench.new / name).exists():
                kept += _replace(bench, target / name, {sha256, (listed or {}).get(name)}, undo)
        for name in _stale(target, listed or {}, fresh):
            _move(target / name, bench.old / name, undo)
        own = manifest.digest(target / MANIFEST) if listed is not None else None
        kept += _replace(bench, target / MANIFEST, {own}, undo)
    except BaseException:
        while undo:
            undo.pop()()
        bench.installing.unlink()
        raise
    bench.installing.unlink()
    return kept


def _stale(target: Path, listed: Mapping[str, str], fresh: Mapping[str, str]) -> list[str]:
    """Return the unchanged files of the earlier run that this run doesn't write."""
    return [
        name for name, sha256 in listed.items() if name not in fresh and manifest.is_unchanged(target / name, sha256)
    ]


def _replace(bench: Workbench, path: Path, ours: set[str | None], undo: list[Undo]) -> list[Path]:
    """Put the new file in its place; what stood there goes to ``old`` if it's ours, else stays under a free name."""
    kept: list[Path] = []
    fresh, backup = bench.new / path.name, bench.old / path.name
    if not os.path.lexists(path):
        undo.append(lambda: _put_back(path, fresh, None))
    elif any(manifest.is_unchanged(path, sha256) for sha256 in ours):
        if not backup.exists():
            _copy(path, backup)
        undo.append(lambda: _put_back(path, fresh, backup))
    else:
        kept.append(_free_name(path))
        _move(path, kept[0], undo)
        undo.append(lambda: _put_back(path, fresh, None))
    fresh.replace(path)
    return kept


def _put_back(path: Path, fresh: Path, backup: Path | None) -> None:
    """Undo one replacement; the new file returns first, so that a kill in between can still be mended forward."""
    if fresh.exists():  # it never left
        return
    if backup is None:
        path.rename(fresh)
    else:
        _copy(path, fresh)
        backup.replace(path)


def _move(path: Path, to: Path, undo: list[Undo]) -> None:
    path.rename(to)
    undo.append(lambda: _unmove(to, path))


def _unmove(moved: Path, path: Path) -> None:
    moved.rename(path)


def _copy(path: Path, to: Path) -> None:
    """Keep a file under a second name: a hard link, or a copy where the file system has none."""
    try:
        os.link(path, to)
    except OSError:
        shutil.copy2(path, to)


def _free_name(path: Path) -> Path:
    """Return the first of ``report.bak.xlsx``, ``report.bak2.xlsx``, … that is free."""
    count = 1
    while True:
        found = path.with_name(f"{path.stem}.bak{count if count > 1 else ''}{path.suffix}")
        if not os.path.lexists(found):
            return found
        count += 1
