"""On which line of a TOML file a key stands, so that a fault can name it."""

from __future__ import annotations

import re

Location = tuple[str | int, ...]

_PART = r"""(?:"[^"]*"|'[^']*'|[^\s."'=\[\]#{},]+)"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY})\s*\]\]?\s*(?:#.*)?$")
_ENTRY = re.compile(rf"\s*({_KEY})\s*=\s*(.*)$")


class TomlLines:
    r"""The lines of the keys of a TOML text that tomllib has accepted.

    Parameters
    ----------
    text
        The whole file.

    Examples
    --------
    >>> lines = TomlLines("[study]\nname = 'a'\n\n[[circle]]\nminutes = 15\n")
    >>> lines.line(("circle", 0, "minutes")), lines.line(("study", "year")), lines.line(("plan",))
    (5, 1, None)
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Location, int] = {}
        self._arrays: dict[Location, int] = {}
        prefix: Location = ()
        closing: str | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            if closing is not None:  # inside a string of several lines
                closing = None if closing in line else closing
            elif (header := _HEADER.match(line)) is not None:
                prefix = self._open(_parts(header[2]), repeated=header[1] == "[[")
                for location in (prefix, prefix[:-1] if header[1] == "[[" else prefix):
                    self._lines.setdefault(location, number)
            elif (entry := _ENTRY.match(line)) is not None:
                key = _parts(entry[1])
                for end in range(1, len(key) + 1):
                    self._lines.setdefault((*prefix, *key[:end]), number)
                closing = next((mark for mark in ('"""', "'''") if entry[2].count(mark) == 1), None)

    def line(self, location: Location) -> int | None:
        """Return the line of a key, or of the table that it is in or ought to be in; None for the whole file."""
        for end in range(len(location), 0, -1):
            if location[:end] in self._lines:
                return self._lines[location[:end]]
        return None

    def _open(self, parts: tuple[str, ...], *, repeated: bool) -> Location:
        """Return the location of a table by its header; parts that are arrays stand for their latest table."""
        found: Location = ()
        for place, part in enumerate(parts):
            found = (*found, part)
            if repeated and place == len(parts) - 1:
                self._arrays[found] = self._arrays.get(found, -1) + 1
            if found in self._arrays:
                found = (*found, self._arrays[found])
        return found


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))
