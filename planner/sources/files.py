"""The files of a study: whether they are there, and their fingerprints."""

from __future__ import annotations

import hashlib
from pathlib import Path

from planner.errors import SourceError
from planner.issue import Issue
from planner.sources.suggest import nearest

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf")
"""A shapefile is these three at least."""

_CHUNK = 1 << 20


def check_present(path: Path, *, table: str, remedy: str = "paths are relative to the study file") -> None:
    """Raise SourceError where a file isn't there, naming the one most like it in its folder, else the remedy."""
    if path.is_file() and path.stat().st_size > 0:
        return
    code, message = "missing_file", "there is no such file"
    if path.is_file():
        code, message, remedy = "empty_table", "the file is empty", "save it again with its rows"
    elif path.is_dir():
        message, remedy = "this is a folder, not a file", "name a file in it"
    elif not path.parent.is_dir():
        remedy = f"there is no folder '{path.parent.name}' either; {remedy}"
    else:
        like = nearest(path.name, (other.name for other in path.parent.iterdir() if other.is_file()))
        if like is not None:
            remedy = f"did you mean '{like}'?"
    raise SourceError([Issue(severity="error", code=code, table=table, message=message, remedy=remedy)])


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; a shapefile's is that of its .shp, .shx and .dbf in a row."""
    digest = hashlib.sha256()
    parts = shapefile_parts(path).values() if path.suffix.lower() == ".shp" else (path,)
    for part in parts:
        if part is not None and part.is_file():
            with part.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()


def companions(path: Path) -> dict[str, str]:
    """Return, by ending, the SHA-256 of the files beside one that a reader of it looks into as well.

    A shapefile's CRS and encoding lie beside it, and so do rows that SQLite hasn't moved into a GeoPackage yet.
    """
    if not path.parent.is_dir():
        return {}
    if path.suffix.lower() == ".shp":
        beside = [other for other in path.parent.iterdir() if other.stem == path.stem and other != path]
    else:
        beside = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    return {other.name[len(path.stem) :]: sha256(other) for other in sorted(beside) if other.is_file()}


def shapefile_parts(path: Path) -> dict[str, Path | None]:
    """Return the three files of a shapefile by their endings, None for one that isn't there; case doesn't matter."""
    beside = {}
    if path.parent.is_dir():
        beside = {other.suffix.lower(): other for other in path.parent.iterdir() if other.stem == path.stem}
    return {ending: beside.get(ending) for ending in SHAPEFILE_PARTS}
