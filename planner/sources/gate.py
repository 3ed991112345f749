"""The gate of the planner's own TOML files, and of files like them: every fault of all files, with its line."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.sources.suggest import shown
from planner.sources.toml_lines import Location, TomlLines

LANGUAGES = ("en", "zh")
"""Every text that people read stands in these languages."""


class Gate:
    """Collects every fault of the files that are read, so that all are told at once.

    Parameters
    ----------
    names
        What the user calls a file, where that isn't its path.
    """

    def __init__(self, names: Mapping[Path, str] | None = None) -> None:
        self.issues: list[Issue] = []
        self._names = names or {}
        self._lines: dict[Path, TomlLines] = {}

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that were read."""
        return tuple(self._lines)

    def fault(self, path: Path, message: str, remedy: str, *at: str | int) -> None:
        """Note a fault; ``at`` is where the key stands, or ought to stand."""
        lines = self._lines.get(path)
        row = None if lines is None or not at else lines.line(at)
        table = self._names.get(path, str(path))
        issue = Issue(severity="error", code="bad_geodata", table=table, row=row, message=message, remedy=remedy)
        if issue not in self.issues:  # several profiles share a file of rules
            self.issues.append(issue)

    def close(self) -> None:
        """Raise what was found, if anything."""
        if self.issues:
            raise InputError(self.issues)

    def load(self, path: Path) -> dict[str, Any]:
        """Return the tables of a TOML file, empty where it is broken."""
        try:
            text = path.read_text(encoding="utf-8-sig")
            content = tomllib.loads(text)
        except OSError as error:
            raise SourceError(
                [
                    Issue(
                        severity="error",
                        code="unreadable_file",
                        table=self._names.get(path, str(path)),
                        message=f"the file can't be read ({error.strerror})",
                        remedy="check that it exists and that you may read it",
                    )
                ]
            ) from error
        except UnicodeDecodeError:
            self.fault(path, "the file isn't UTF-8", "save it as UTF-8")
        except tomllib.TOMLDecodeError as error:
            self.fault(path, f"the TOML is broken: {shown(error)}", "mend the line named")
        else:
            self._lines[path] = TomlLines(text)
            return content
        return {}

    def keys(self, path: Path, content: Mapping[str, Any], allowed: Mapping[str, bool], *at: str | int) -> None:
        """Judge the keys of a table; ``allowed`` says of each whether it must be there."""
        place = title(at)
        where = f"{place}: " if place else ""
        for key in content:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"take it out; known are {listed(allowed)}"
                self.fault(path, f"{where}unknown key '{shown(key)}'", remedy, *at, key)
        for key, required in allowed.items():
            if required and key not in content:
                self.fault(path, f"{where}key {key!r} is missing", "add it, as geodata/README.md describes", *at)

    def names(self, path: Path, key: str, value: Any) -> dict[str, str]:
        """Return texts by language, and judge that each language is there."""
        if not isinstance(value, dict):
            self.fault(path, f"{key} isn't a table of names by language", 'write { en = "…", zh = "…" }', key)
            return {}
        self.keys(path, value, dict.fromkeys(LANGUAGES, True), key)
        return self.texts(path, key, value)

    def texts(self, path: Path, key: str, value: Any) -> dict[str, str]:
        """Return a table of texts, none of them blank."""
        if not isinstance(value, dict):
            self.fault(path, f"{key} isn't a table of texts", f"open it with [{key}]", key)
            return {}
        for name, text in value.items():
            if not isinstance(text, str) or not text.strip():
                self.fault(path, f"{key}.{name} isn't a text", "write a text in quotes", key, name)
        return {name: str(text) for name, text in value.items()}

    def figure(
        self, path: Path, value: Any, *at: str | int, least: float, most: float, what: str, remedy: str
    ) -> float:
        """Return a finite number from ``least`` to ``most``; NaN, with a fault, where it isn't one."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and math.isfinite(value) and least <= value <= most:
            return float(value)
        self.fault(path, f"{title(at)} = {shown(value)} is no {what}", remedy, *at)
        return math.nan


def title(at: Location) -> str:
    """Return a place in a file as people read it: ``penalty.steps``, ``rule 3``."""
    words = [f" {part + 1}" if isinstance(part, int) else f".{part}" for part in at]
    return "".join(words).removeprefix(".")


def is_texts(value: Any) -> bool:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def listed(names: Collection[str]) -> str:
    """Return names as a sentence lists them, in order."""
    return ", ".join(sorted(names)) or "none"
