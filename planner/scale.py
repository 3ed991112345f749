"""How work is shared out: one after the other, or several threads at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def each(work: Callable[[Part], Answer], parts: Iterable[Part], *, threads: int = 1) -> Iterator[Answer]:
    """Yield the answer to each part, in the order of the parts, while others are still worked on.

    Parameters
    ----------
    work
        Done on one part; it may run in another thread, so it changes nothing that others read. Kernels let go of the
        interpreter's lock, so that threads truly run side by side.
    threads
        How many parts are worked on at a time.

    Examples
    --------
    >>> list(each(len, ["a", "bc"], threads=2))
    [1, 2]
    """
    if threads == 1:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        yield from pool.map(work, parts)
