"""Where results of slow steps may be kept between runs: a callable that is passed in, and keeps nothing by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Store(Protocol):
    """Gives what was made before from the same inputs, else makes it, and may keep it."""

    def __call__(self, what: str, inputs: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what ``make`` returns, or the same from an earlier call.

        Parameters
        ----------
        what
            What is made, such as ``network``: a word of its own for each function that makes something.
        inputs
            All that ``make`` depends on, beside the planner's own code.
        make
            Makes it; the same inputs must give the same result.
        """


def unkept(what: str, inputs: tuple[Any, ...], make: Callable[[], T]) -> T:  # noqa: ARG001  # a Store has three
    """Make it each time.

    Examples
    --------
    >>> unkept("sum", (1, 2), lambda: 3)
    3
    """
    return make()
