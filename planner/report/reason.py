"""Why an indicator has no figure, or what to know about one, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.compliance import Reason
from planner.report.amount import listed
from planner.report.words import Text, Words, same

Services = Mapping[str, Mapping[str, str]]


def sentence(reason: Reason, words: Words, services: Services) -> Text:
    """Return a reason in full; one whose code has no words stands in its own English.

    Examples
    --------
    >>> from planner.report.words import read
    >>> reason = Reason(code="no_column", text="…", table="facilities", column="nursing_beds")
    >>> sentence(reason, read(), {})
    {'zh': '机构表没有“护理型床位数”', 'en': 'the facilities table has no column of nursing beds'}
    """
    own = same(reason.text)
    if not words.has("missing", reason.code):
        return own
    return words.text(
        "missing",
        reason.code,
        table=_named("table", reason.table, words),
        column=_named("column", reason.column, words),
        name=_name(reason, words, services),
        n="" if reason.count is None else f"{reason.count:,}",
        total="" if reason.total is None else f"{reason.total:,}",
    )


def what(reasons: Iterable[Reason], words: Words, services: Services) -> Text | None:
    """Return what is missing in few words, such as 护理型床位数; None where no word says it."""
    found = [_what(reason, words, services) for reason in reasons]
    known = [text for i, text in enumerate(found) if text is not None and text not in found[:i]]
    return listed(known) if known else None


def _what(reason: Reason, words: Words, services: Services) -> Text | None:
    values = {"column": _named("column", reason.column, words), "name": _name(reason, words, services)}
    if words.has("lacking", reason.code):
        return words.text("lacking", reason.code, **values)
    if reason.column:
        return values["column"]
    return _named("table", reason.table, words) if reason.table else None


def _name(reason: Reason, words: Words, services: Services) -> Text:
    """Return what else is meant: services, a level or a function in words, else as it stands."""
    parts = [part.strip() for part in reason.name.split(",")]
    return listed(_one_name(part, words, services) for part in parts)


def _one_name(part: str, words: Words, services: Services) -> Text:
    if part in services:
        return {"zh": services[part].get("zh", part), "en": services[part].get("en", part)}
    for section in ("scope", "column", "demand"):
        if words.has(section, part):
            return words.text(section, part)
    return same(part)


def _named(section: str, key: str, words: Words) -> Text:
    return words.text(section, key) if words.has(section, key) else same(key)
