"""The cache: a folder that keeps the results of slow steps between runs, and may be deleted at any time."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from planner.issue import Issue
from planner.sources import cache_entry
from planner.sources.packing import PackingError, fingerprint, pack

T = TypeVar("T")

FORMAT = 1
"""The version of the entries' layout; another number makes every earlier entry unknown."""

LIMIT_BYTES = 4 << 30
"""The folder's size, 4 GB: some fifty big cities. Beyond it, what was used least recently goes."""

LEFTOVER_S = 86_400.0
"""An unfinished file this old, a day, belongs to a run that was killed."""

READERS = ("geopandas", "networkx", "numpy", "osmium", "osmnx", "pandas", "pyarrow", "pyogrio", "pyproj", "shapely")
"""The packages whose version may change what is read from a file, or made of it."""

_ENTRY = re.compile(r"[a-z_]+-[0-9a-f]{40}[.]planner")
_UNFINISHED = ".planner.part"


class Cache:
    """A `planner.store.Store` in a folder.

    An entry's name is a hash of all that its content depends on: what was made, the fingerprints of the inputs, the
    planner's own code and the packages that read files. So an entry is never out of date, and one that is missing,
    damaged or foreign is made again.

    Parameters
    ----------
    folder
        Made, with its parents, when something is first kept. Files that aren't entries are left alone.
    notice
        Told in notes of each entry that can't be used, and in one warning where nothing can be kept.
    limit_bytes
        The size beyond which the entries used least recently are deleted.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     first = Cache(Path(folder))("sum", (1, 2), lambda: 1 + 2)
    ...     again = Cache(Path(folder))("sum", (1, 2), lambda: 1 / 0)
    >>> first, again
    (3, 3)
    """

    def __init__(
        self, folder: Path, *, notice: Callable[[Issue], None] | None = None, limit_bytes: int = LIMIT_BYTES
    ) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self._notice = notice or (lambda _: None)
        self._keeps = True
        self._known: dict[int, tuple[weakref.ref[Any], str]] = {}

    def __call__(self, what: str, inputs: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what was kept for these inputs, else make it and keep it; see `planner.store.Store`."""
        try:
            key = self._key(what, inputs)
        except PackingError:  # a graph of someone's own making, say
            return make()
        path = self.folder / f"{what}-{key[:40]}.planner"
        kept: T | None = self._kept(path, key)
        value = make() if kept is None else kept
        if kept is None:
            self._keep(path, key, value)
        self._know(value, key)
        return value

    def _key(self, what: str, inputs: tuple[Any, ...]) -> str:
        parts = (FORMAT, code_version(), what, fingerprint(inputs, known=self._fingerprint))
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _fingerprint(self, value: object) -> str | None:
        """Return the key under which this very object was kept or made; its content needn't be hashed then."""
        reference, key = self._known.get(id(value), (None, None))
        return key if reference is not None and reference() is value else None

    def _know(self, value: Any, key: str) -> None:
        """Remember whose key an object is, and those of its parts, for as long as they live."""
        if not dataclasses.is_dataclass(value) or "__weakref__" not in getattr(type(value), "__slots__", ()):
            return
        of = id(value)
        self._known[of] = (weakref.ref(value, lambda _: self._known.pop(of, None)), key)
        for field in dataclasses.fields(value):
            self._know(getattr(value, field.name), f"{key}.{field.name}")

    def _kept(self, path: Path, key: str) -> Any:
        """Return the value of an entry, None where there is none that can be used."""
        try:
            value = cache_entry.read(path, key)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, cache_entry.DamagedEntryError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is damaged, or not the planner's"
            self._notice(_note(path, f"an entry of the cache can't be used and is made again ({why})"))
            return None
        with suppress(OSError):
            os.utime(path)  # used just now
        return value

    def _keep(self, path: Path, key: str, value: Any) -> None:
        """Write an entry whole, or say once that it can't be."""
        try:
            packed = pack(value)
        except PackingError:
            return
        if not self._keeps or sum(array.nbytes for array in packed.arrays) > self.limit_bytes:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _whole(path) as stream:
                cache_entry.write(stream, key, packed)
            self._make_room(path)
        except OSError as error:
            self._keeps = False
            self._notice(_warning(self.folder, error))

    def _make_room(self, newest: Path) -> None:
        """Delete the entries used least recently beyond the limit, and what killed runs left."""
        entries, total = [], 0
        with os.scandir(self.folder) as files:
            for file in files:
                with suppress(OSError):  # another run may be deleting too
                    state = file.stat(follow_symlinks=False)
                    if _ENTRY.fullmatch(file.name):
                        total += state.st_size
                        entries.append((file.name == newest.name, state.st_mtime_ns, file.name, state.st_size))
                    elif file.name.endswith(_UNFINISHED) and time.time() - state.st_mtime > LEFTOVER_S:
                        Path(file.path).unlink()
        for _, _, name, size in sorted(entries):
            if total <= self.limit_bytes:
                return
            with suppress(OSError):
                (self.folder / name).unlink()
                total -= size


def default_folder() -> Path:
    """Return where the platform keeps a user's caches, such as ``~/.cache/service-circle-planner``."""
    import platformdirs

    return platformdirs.user_cache_path("service-circle-planner", appauthor=False)


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a fingerprint of the planner's code, of the packages that it reads files with, and of the machine's kind.

    Notes
    -----
    A version number alone would let an entry outlive the code that made it, on every machine where code is changed.
    """
    import platform
    from importlib.metadata import PackageNotFoundError, version

    digest = hashlib.sha256(f"{platform.system()} {platform.machine()}\n".encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    for name in READERS:
        with suppress(PackageNotFoundError):
            digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()


@contextmanager
def _whole(path: Path) -> Iterator[Any]:
    """Give a temporary file that takes the place of ``path`` once it is written; on an error it goes."""
    handle, name = tempfile.mkstemp(suffix=_UNFINISHED, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, PermissionError) and path.exists():
            return  # on Windows, another run has the same entry open
        raise


def _note(path: Path, message: str) -> Issue:
    return Issue(severity="note", code="cache_entry", table=str(path), message=message)


def _warning(folder: Path, error: OSError) -> Issue:
    return Issue(
        severity="warning",
        code="cache_not_written",
        table=str(folder),
        message=f"nothing is kept for the next run ({error.strerror or error})",
        remedy="make room, or name another folder with --cache, or none with --no-cache",
    )
