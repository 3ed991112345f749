"""The words of the page in its two languages: kept as data, filled with figures and names here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.report import figures

LANGUAGES = ("zh", "en")
Text = dict[str, str]
"""What people read, by language."""

_PLACE = re.compile(r"([\u4e00-\u9fff]?)\{(\w+)\}(?=([\u4e00-\u9fff]?))")
_TONED = re.compile(r"<(good|bad)>(.*?)</\1>")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a sentence and how it is set: ``good``, ``bad`` or blank."""

    text: str
    tone: str = ""


Sentence = dict[str, tuple[Run, ...]]
"""A sentence in pieces, by language."""


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists, by section and key."""

    sections: Mapping[str, Any]

    def section(self, name: str) -> dict[str, Text]:
        """Return the plain words of one section, by key."""
        return {key: {lang: entry[lang] for lang in LANGUAGES} for key, entry in self.sections[name].items()}

    def has(self, section: str, key: str) -> bool:
        """Return whether there is a word for that key."""
        return key in self.sections[section]

    def text(self, section: str, key: str, *, count: int | None = None, **values: str | Text) -> Text:
        """Return a sentence filled with names and figures; ``count`` chooses between singular and plural.

        A value is never read as a sentence itself, so braces in a name stay braces.
        """
        return {
            lang: "".join(run.text for run in runs)
            for lang, runs in self.sentence(section, key, count=count, **values).items()
        }

    def sentence(self, section: str, key: str, *, count: int | None = None, **values: str | Text) -> Sentence:
        """Return a sentence in pieces, those marked ``<good>`` and ``<bad>`` apart."""
        entry = self.sections[section][key]
        found: Sentence = {}
        for lang in LANGUAGES:
            form = entry.get("one", entry[lang]) if count == 1 and lang == "en" else entry[lang]
            said = {name: value if isinstance(value, str) else value[lang] for name, value in values.items()}
            found[lang] = tuple(_runs(form, said))
        return found

    def count(self, key: str, number: int) -> Text:
        """Return a number of things, such as 3 communities."""
        return self.text("count", key, count=number, n=figures.grouped(number))

    def people(self, number: int, *, demand: str) -> Text:
        """Return a number of people (or households) for a sentence: in 万 where Chinese readers expect it."""
        key = "households" if demand == "households" else "people"
        whole = self.count(key, number)
        if number < figures.WAN:
            return whole
        return {**whole, "zh": self.text("count", f"{key}_wan", n=figures.wan(number))["zh"]}

    def limit(self, value: float, unit: str) -> Text:
        """Return a limit with its unit, such as 15 minutes."""
        return self.text("count", unit, count=1 if value == 1 else None, n=figures.plain(value))

    def date(self, date: str | None) -> Text | None:
        """Return a date in words; as it stands where it isn't one we can read; None where there is none."""
        if not date:
            return None
        parts = figures.day(date)
        if parts is None:
            return same(date)
        keys = ("year", "month", "day")
        values: dict[str, Any] = dict(zip("ymd", (str(part) for part in parts), strict=False))
        month = self.sections["date"]["months"][parts[1] - 1] if len(parts) > 1 else ""
        return self.text("date", keys[len(parts) - 1], month=month, **values)


def read() -> Words:
    """Read the word lists of the page."""
    path = Path(__file__).parent / "templates" / "words.toml"
    return Words(tomllib.loads(path.read_text(encoding="utf-8")))


def same(text: str) -> Text:
    """Return a name that is the same in every language."""
    return dict.fromkeys(LANGUAGES, text)


def joined(texts: Iterable[Text]) -> Text:
    """Return sentences one after the other, with a blank between them where the language wants one."""
    found = list(texts)
    return {lang: (" " if lang == "en" else "").join(text[lang].strip() for text in found) for lang in LANGUAGES}


def joined_by(mark: Mapping[str, str], texts: Iterable[Text]) -> Text:
    """Return texts in a row, with each language's own mark between them.

    Examples
    --------
    >>> joined_by({"zh": "、", "en": ", "}, [same("a"), same("b")])
    {'zh': 'a、b', 'en': 'a, b'}
    """
    found = list(texts)
    return {lang: mark[lang].join(text[lang] for text in found) for lang in LANGUAGES}


def strung(sentences: Iterable[Sentence]) -> Sentence:
    """Return the clauses of one sentence put together."""
    found = list(sentences)
    return {lang: tuple(run for clause in found for run in clause[lang] if run.text) for lang in LANGUAGES}


def said(sentence: Sentence, lang: str) -> str:
    """Return a sentence as plain text."""
    return "".join(run.text for run in sentence[lang])


def _runs(form: str, values: Mapping[str, str]) -> Iterable[Run]:
    """Cut the form at its marks first and fill it afterwards: a mark in a name is no mark."""
    end = 0
    for found in _TONED.finditer(form):
        if found.start() > end:
            yield Run(_filled(form[end : found.start()], values))
        yield Run(_filled(found[2], values), found[1])
        end = found.end()
    if end < len(form):
        yield Run(_filled(form[end:], values))


def _filled(form: str, values: Mapping[str, str]) -> str:
    """Fill a form; between a Chinese character and a figure or a Latin letter goes a blank."""

    def fill(found: re.Match[str]) -> str:
        value = values[found[2]]
        before = " " if found[1] and value[:1].isascii() and value[:1].isalnum() else ""
        after = " " if found[3] and value[-1:].isascii() and value[-1:].isalnum() else ""
        return f"{found[1]}{before}{value}{after}"

    return _PLACE.sub(fill, form)
