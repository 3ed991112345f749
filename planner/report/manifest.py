"""The list of what a run wrote, by which a later run knows its own files from everybody else's."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "manifest.json"
_WRITTEN_BY = "service-circle-planner"


def write(folder: Path) -> None:
    """Write ``manifest.json`` into a folder: name, SHA-256 and size of each file in it."""
    files = [
        {"name": path.name, "sha256": digest(path), "size": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    ]
    entries = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in files)
    text = f'{{\n"schema_version": 1,\n"written_by": "{_WRITTEN_BY}",\n"files": [\n{entries}\n]\n}}\n'
    (folder / MANIFEST).write_bytes(text.encode())


def read(folder: Path) -> Mapping[str, str] | None:
    """Return the SHA-256 of each file that the folder's manifest lists; None where it holds none of ours.

    Names that aren't plain file names are left out: a manifest has no say over other folders.
    """
    path = folder / MANIFEST
    if not _is_file(path):
        return None
    try:
        found = json.loads(path.read_bytes())
        if found["written_by"] != _WRITTEN_BY:
            return None
        files = {str(entry["name"]): str(entry["sha256"]) for entry in found["files"]}
    except (ValueError, KeyError, TypeError, RecursionError):  # some other program's manifest.json
        return None
    return {name: sha256 for name, sha256 in files.items() if _is_plain(name)}


def is_unchanged(path: Path, sha256: str | None) -> bool:
    """Return whether the path is a regular file, no link, that holds just those bytes."""
    return sha256 is not None and _is_file(path) and digest(path) == sha256


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..", MANIFEST) and not set(name) & set("/\\:\0")
