"""Why an indicator has no figure, or what to know about one, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.compliance import Reason
from planner.report.amount import listed
from planner.report.words import Text, Words, same

MOST_NAMED = 2
"""So many missing things are named in few words."""

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
        table=named("table", reason.table, words),
        column=named("column", reason.column, words),
        name=_name(reason, words, services),
        place=_place(reason, words, services),
        n="" if reason.count is None else f"{reason.count:,}",
        total="" if reason.total is None else f"{reason.total:,}",
    )


def what(reasons: Iterable[Reason], words: Words, services: Services) -> Text | None:
    """Return what is missing in few words, such as 护理型床位数; None where no word says it."""
    found = [_what(reason, words, services) for reason in reasons]
    known = [text for i, text in enumerate(found) if text is not None and text not in found[:i]]
    if len(known) <= MOST_NAMED:
        return listed(known) if known else None
    return words.text("targets", "lacking_more", some=listed(known[:MOST_NAMED]), n=f"{len(known):,}")


def _what(reason: Reason, words: Words, services: Services) -> Text | None:
    column = named("column", reason.column, words)
    if words.has("lacking", reason.code):
        return words.text(
            "lacking",
            reason.code,
            column=column,
            name=_name(reason, words, services),
            place=_place(reason, words, services),
        )
    if reason.column:
        return column
    return named("table", reason.table, words) if reason.table else None


def _name(reason: Reason, words: Words, services: Services) -> Text:
    """Return what else is meant: services, a level or a function in words, else as it stands."""
    parts = [part.strip() for part in reason.name.split(",")]
    return listed(_one_name(part, words, services) for part in parts)


def _place(reason: Reason, words: Words, services: Services) -> Text:
    """Return services as places, such as 助餐机构; what is a place by its name stays."""
    found = _name(reason, words, services)
    endings = (*words.sections["place"]["endings"], "设施", "大学", "学校")
    if found["zh"].endswith(endings):
        return found
    return found | {"zh": found["zh"] + words.sections["place"]["suffix"]["zh"]}


def _one_name(part: str, words: Words, services: Services) -> Text:
    if part in services:
        return {"zh": services[part].get("zh", part), "en": services[part].get("en", part)}
    for section in ("scope", "column", "demand", "function"):
        if words.has(section, part):
            return words.text(section, part)
    return same(part)


def named(section: str, key: str, words: Words) -> Text:
    """Return the word for a key of a section, the key itself where there is none."""
    return words.text(section, key) if words.has(section, key) else same(key)
