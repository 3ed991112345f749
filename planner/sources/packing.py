"""Nouns taken apart into plain data and arrays of numbers, and put together again: what the cache can hold.

There is no pickle in it: only the classes listed here come back, with fields that hold numbers, text, arrays of them,
tuples, mappings, shapes (as WKB) and each other.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from planner.inputs import MapFeature
from planner.issue import Issue
from planner.network import Network, TextArray
from planner.penalty import Penalty
from planner.places import Anchors
from planner.profile import TravelProfile, Weights
from planner.reach import Nearest, Reach
from planner.sources.extract import Extract
from planner.way_rule import WayRule
from planner.ways import Ways

NOUNS: Mapping[str, type[Any]] = {
    noun.__name__: noun
    for noun in (
        Extract,
        Ways,
        MapFeature,
        Issue,
        Network,
        TravelProfile,
        WayRule,
        Penalty,
        Weights,
        Anchors,
        Reach,
        Nearest,
    )
}
"""The classes that can be packed, by name; their fields are found by themselves."""

NUMBERS = "biuf"
"""The kinds of numpy's types that are kept as they are: flags, whole numbers, floats."""

Array = npt.NDArray[Any]
Known = Callable[[object], str | None]


class PackingError(TypeError):
    """A value of a kind that can't be taken apart."""


@dataclasses.dataclass(frozen=True, slots=True)
class Packed:
    """A value taken apart: ``tree`` is what JSON can hold, and points into ``arrays`` by position."""

    tree: Any
    arrays: tuple[Array, ...]


def pack(value: Any, *, known: Known | None = None) -> Packed:
    """Take a value apart.

    Parameters
    ----------
    known
        Returns the fingerprint of an object that has one already; it then stands for its content. For fingerprints
        only: what is packed in that way can't be put together again.

    Raises
    ------
    PackingError
        There is something in it that can't be taken apart.

    Examples
    --------
    >>> import numpy as np
    >>> packed = pack((np.arange(3), np.array(["yes", "no", "yes"], dtype=object)))
    >>> unpack(packed.tree, packed.arrays)[1].tolist()
    ['yes', 'no', 'yes']
    """
    packer = _Packer(known or (lambda _: None))
    tree = packer.tree(value)
    return Packed(tree, tuple(packer.arrays))


def unpack(tree: Any, arrays: Sequence[Array]) -> Any:
    """Put a value together again; the arrays are taken as they are, not copied."""
    if not isinstance(tree, dict):
        return tree
    (kind, content), *_ = tree.items()
    return _UNPACK[kind](content, tree, arrays)


def fingerprint(value: Any, *, known: Known | None = None) -> str:
    """Return the SHA-256 of a value's content in hexadecimal.

    Examples
    --------
    >>> fingerprint((1, "a")) == fingerprint((1, "a")), fingerprint((1,)) == fingerprint((1.0,))
    (True, False)
    """
    packed = pack(value, known=known)
    digest = hashlib.sha256(json.dumps([packed.tree, [[a.dtype.str, a.shape] for a in packed.arrays]]).encode())
    for array in packed.arrays:
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


class Texts(Mapping[str, TextArray]):
    """Columns of text by key, each written out when it is first asked for: a loaded network rarely needs its tags."""

    def __init__(self, columns: Mapping[str, tuple[list[str], Array]]) -> None:
        self._columns = columns
        self._written: dict[str, TextArray] = {}

    def __getitem__(self, key: str) -> TextArray:
        """Return one column."""
        if key not in self._written:
            self._written[key] = _texts(*self._columns[key])
        return self._written[key]

    def __iter__(self) -> Iterator[str]:
        """Return the keys in order."""
        return iter(self._columns)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self._columns)


class _Packer:
    """Takes values apart and gathers their arrays."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.arrays: list[Array] = []

    def tree(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, float, str):
            return value
        print_of_it = self.known(value)
        if print_of_it is not None:
            return {"known": print_of_it}
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, CRS):
            return {"crs": value.srs}
        return self.parts(value)

    def parts(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return self.rows(value) if _of_one_noun(value) else {"tuple": [self.tree(one) for one in value]}
        if isinstance(value, Mapping) and all(type(key) is str for key in value):
            return {"map": {key: self.tree(inner) for key, inner in value.items()}}
        name = type(value).__name__
        if NOUNS.get(name) is type(value):
            fields = {field.name: self.tree(getattr(value, field.name)) for field in dataclasses.fields(value)}
            return {"noun": fields, "of": name}
        raise PackingError(f"a value of {type(value)} can't be taken apart")

    def array(self, value: Array) -> Any:
        if value.dtype.kind in NUMBERS:
            self.arrays.append(value)
            return {"array": len(self.arrays) - 1}
        if value.dtype != object or value.ndim != 1:
            raise PackingError(f"an array of {value.dtype} with {value.ndim} dimensions can't be taken apart")
        if len(value) and shapely.is_geometry(value).all():
            return self.shapes(value)
        cells = value.tolist()
        place = {text: at for at, text in enumerate(dict.fromkeys(cells))} if _all_text(cells) else None
        if place is None:
            raise PackingError("an array of objects that aren't text can't be taken apart")
        codes = np.fromiter(map(place.__getitem__, cells), np.min_scalar_type(len(place)), len(cells))
        return {"texts": list(map(str, place)), "codes": self.array(codes)}

    def shapes(self, value: Array) -> Any:
        wkb = shapely.to_wkb(value)
        ends = np.cumsum([len(one) for one in wkb])
        return {"shapes": self.array(np.frombuffer(b"".join(wkb), np.uint8)), "ends": self.array(ends)}

    def rows(self, value: tuple[Any, ...]) -> Any:
        """Take a tuple of one noun apart column by column: a map may have thousands of lakes and parks."""
        noun = type(value[0])
        columns = {}
        for field in dataclasses.fields(noun):
            cells = [getattr(one, field.name) for one in value]
            column = np.fromiter(cells, dtype=object, count=len(cells))
            whole = _all_text(cells) or bool(shapely.is_geometry(column).all())
            columns[field.name] = self.array(column) if whole else {"tuple": [self.tree(cell) for cell in cells]}
        return {"rows": columns, "of": noun.__name__}


def _all_text(cells: Sequence[Any]) -> bool:
    return all(issubclass(kind, str) for kind in set(map(type, cells)))


def _of_one_noun(value: tuple[Any, ...]) -> bool:
    return len(value) > 0 and len({type(one) for one in value}) == 1 and type(value[0]) in NOUNS.values()


def _texts(distinct: list[str], codes: Array) -> TextArray:
    words: TextArray = np.array(distinct, dtype=object)
    return words[codes]


def _texts_of(content: list[str], tree: Mapping[str, Any], arrays: Sequence[Array]) -> TextArray:
    return _texts(content, unpack(tree["codes"], arrays))


def _map_of(content: Mapping[str, Any], _: Mapping[str, Any], arrays: Sequence[Array]) -> Mapping[str, Any]:
    if content and all(isinstance(inner, dict) and "texts" in inner for inner in content.values()):
        return Texts({key: (inner["texts"], unpack(inner["codes"], arrays)) for key, inner in content.items()})
    return {key: unpack(inner, arrays) for key, inner in content.items()}


def _noun_of(content: Mapping[str, Any], tree: Mapping[str, Any], arrays: Sequence[Array]) -> Any:
    return NOUNS[tree["of"]](**{name: unpack(inner, arrays) for name, inner in content.items()})


def _rows_of(content: Mapping[str, Any], tree: Mapping[str, Any], arrays: Sequence[Array]) -> tuple[Any, ...]:
    columns = [unpack(inner, arrays) for inner in content.values()]
    return tuple(NOUNS[tree["of"]](**dict(zip(content, cells, strict=True))) for cells in zip(*columns, strict=True))


def _shapes_of(content: Any, tree: Mapping[str, Any], arrays: Sequence[Array]) -> Array:
    data, ends = unpack(content, arrays).tobytes(), unpack(tree["ends"], arrays).tolist()
    found: Array = shapely.from_wkb([data[start:end] for start, end in zip([0, *ends], ends, strict=False)])
    return found


_UNPACK: Mapping[str, Callable[[Any, Mapping[str, Any], Sequence[Array]], Any]] = {
    "array": lambda at, _, arrays: arrays[at],
    "texts": _texts_of,
    "shapes": _shapes_of,
    "tuple": lambda content, _, arrays: tuple(unpack(inner, arrays) for inner in content),
    "map": _map_of,
    "crs": lambda content, _, __: CRS.from_user_input(content),
    "noun": _noun_of,
    "rows": _rows_of,
}
