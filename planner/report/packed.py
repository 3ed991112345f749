"""Lines as text: half the size of their integers in JSON, read back by ``geometry.js``.

An integer z is folded to 2z, or to -2z - 1 below zero, and cut into groups of five bits, the lowest first. Each group
is one letter of ``ALPHABET``; all but the last of an integer have 32 added.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""Letters that JSON and HTML leave as they are."""

BITS = 5
MORE = 1 << BITS
_LETTERS = np.frombuffer(ALPHABET.encode("ascii"), np.uint8)


def packed(pictures: Any) -> Any:
    """Return a drawing whose lines, ``n`` and ``d``, are texts; all else stays as it is.

    Examples
    --------
    >>> packed({"bounds": [1.5], "streets": {"n": [2], "d": [1, 0, -2, 40]}})
    {'bounds': [1.5], 'streets': {'n': 'E', 'd': 'CADwC'}}
    """
    if isinstance(pictures, dict):
        lines = "n" in pictures and "d" in pictures
        return {key: as_text(value) if lines and key in "nd" else packed(value) for key, value in pictures.items()}
    return [packed(one) for one in pictures] if isinstance(pictures, list) else pictures


def as_text(numbers: npt.ArrayLike) -> str:
    """Return integers as one text."""
    signed = np.asarray(numbers, np.int64)
    folded = np.where(signed < 0, -2 * signed - 1, 2 * signed)
    groups = np.ones(len(folded), np.int64)
    rest = folded >> BITS
    while rest.any():
        groups += rest > 0
        rest >>= BITS
    first = np.cumsum(groups) - groups
    letters = np.empty(int(groups.sum()), np.int64)
    for number in range(int(groups.max(initial=0))):
        here = groups > number
        more = groups[here] > number + 1
        letters[first[here] + number] = (folded[here] >> (BITS * number) & (MORE - 1)) + MORE * more
    return _LETTERS[letters].tobytes().decode("ascii")


def as_numbers(text: str) -> list[int]:
    """Return the integers of a text.

    Examples
    --------
    >>> as_numbers(as_text([0, -1, 15, -16, 16, 123_456, -9_999_999]))
    [0, -1, 15, -16, 16, 123456, -9999999]
    """
    found, value, shift = [], 0, 0
    for letter in text:
        group = ALPHABET.index(letter)
        value |= (group & (MORE - 1)) << shift
        shift += BITS
        if group < MORE:
            found.append(-(value + 1) // 2 if value & 1 else value // 2)
            value, shift = 0, 0
    return found
