"""Nodes that wait their turn, in buckets by cost (Dial 1969): a list of entries for each range of costs.

Buckets are taken in order, each as a whole, until it stays empty; an arc that is shorter than a bucket is wide may
bring a node back into the bucket at hand, so costs are final when their bucket is left behind, not when a node is
first taken. That makes the answer exact at any width; the width only decides how often a node is taken twice.

The buckets form a ring: none lies farther ahead than the longest arc, so a few hundred serve any limit. An entry may
be out of date when it's taken; each search knows by its own costs, and passes over it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

NOBODY = np.int32(-1)
"""The end of a bucket's list."""

Entries = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def put(waiting: Entries, follows: Entries, bucket: np.uint32, entry: np.uint32) -> None:
    """Let an entry wait in a bucket: ``waiting`` holds the first of each bucket, ``follows`` the next of each entry."""
    follows[entry] = waiting[bucket]
    waiting[bucket] = np.int32(entry)


def width(costs: npt.NDArray[np.integer]) -> int:
    """Return the width of a bucket as a power of two: between a quarter and a half of the mean cost of an arc.

    Narrower ones stand empty; in wider ones nodes are taken twice.
    """
    mean = float(costs.mean()) if len(costs) else 1.0
    return max(int(mean / 2.0).bit_length() - 1, 0)


def ring(longest: int, width: int) -> int:
    """Return the number of buckets, a power of two, that holds all costs from one to that plus ``longest``."""
    return 1 << ((longest >> width) + 1).bit_length()


def with_room(search: Callable[..., tuple[Any, ...]], *arguments: object, room: int) -> tuple[Any, ...]:
    """Run a search that tells first whether its room lasted, with twice the room until it does; return the rest."""
    while True:
        lasted, *answer = search(*arguments, room)
        if lasted:
            return tuple(answer)
        room *= 2
