"""The nearest known name to one that isn't known, and how values are quoted in messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

LISTED = 12
"""So many names are listed in a message; more than these nobody reads in one line."""

LEAST_START = 4
"""So many characters must agree before a name counts as the beginning of another."""

SHOWN = 60
"""So many characters of a cell are quoted; hostile or pasted cells can be megabytes long."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that goes on from ``word`` or is most like it, whatever its case, or None.

    Examples
    --------
    >>> nearest("popluation", ["population", "name"])
    'population'
    >>> nearest("qqq", ["population", "name"]) is None
    True
    """
    names = {name.casefold(): name for name in sorted(known, reverse=True)}
    key = word.strip().casefold()
    if not any(character.isalnum() for character in key):
        return None  # signs are all alike
    longer = sorted((name for name in names if name.startswith(key)), key=len)
    if longer and len(key) >= LEAST_START:
        return names[longer[0]]
    found = get_close_matches(key, sorted(names), n=1, cutoff=0.6)  # 0.6: difflib's own idea of likeness
    return names[found[0]] if found else None


def which(word: str, known: Iterable[str], *, none: str = "there is none") -> str:
    """Return a remedy: the nearest known name, or else those there are.

    Examples
    --------
    >>> which("nmae", ["id", "name"])
    "did you mean 'name'?"
    >>> which("qqq", ["id", "name"])
    'use one of id, name'
    """
    names = list(dict.fromkeys(known))
    if not names:
        return none
    like = nearest(word, names)
    if like is not None:
        return f"did you mean '{like}'?"
    return f"use {'one of ' if len(names) > 1 else ''}{listing(names)}"


def listing(names: Iterable[str]) -> str:
    """Return names with commas between them, the rest counted where there are many."""
    every = [shown(name) for name in names]
    if len(every) <= LISTED:
        return ", ".join(every)
    return f"{', '.join(every[:LISTED])} and {len(every) - LISTED} more"


def shown(cell: Any) -> str:
    """Return a cell as a message quotes it: shortened where long."""
    text = str(cell)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
