"""Whether two results are the same to the bit, whatever they are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from pyproj import CRS


def difference(one: Any, other: Any, at: str = "") -> str | None:
    """Return where two values differ first, None where they don't; arrays must agree in type, shape and bytes."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _of_arrays(one, other, at)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if list(one) != list(other):
            return f"{at}: keys {list(one)} and {list(other)}"
        return _first(difference(one[key], other[key], f"{at}[{key!r}]") for key in one)
    if type(one) is not type(other):
        return f"{at}: {type(one)} and {type(other)}"
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        return _first(difference(getattr(one, name), getattr(other, name), f"{at}.{name}") for name in names)
    if isinstance(one, (tuple, list)):
        if len(one) != len(other):
            return f"{at}: {len(one)} and {len(other)} of them"
        return _first(difference(a, b, f"{at}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True)))
    if isinstance(one, shapely.Geometry):
        return None if shapely.to_wkb(one) == shapely.to_wkb(other) else f"{at}: {one} and {other}"
    if isinstance(one, CRS):
        return None if one == other and one.srs == other.srs else f"{at}: {one} and {other}"
    both_nan = isinstance(one, float) and np.isnan(one) and np.isnan(other)
    return None if both_nan or one == other else f"{at}: {one!r} and {other!r}"


def _of_arrays(one: np.ndarray, other: np.ndarray, at: str) -> str | None:
    if (one.dtype, one.shape) != (other.dtype, other.shape):
        return f"{at}: {one.dtype}{one.shape} and {other.dtype}{other.shape}"
    if one.dtype == object:
        return difference(one.tolist(), other.tolist(), at)
    return None if one.tobytes() == other.tobytes() else f"{at}: other numbers"


def _first(found: Any) -> str | None:
    return next((one for one in found if one is not None), None)
