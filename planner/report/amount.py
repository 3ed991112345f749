"""A plan's figures in words: what is, what is due, what is short, each with its unit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from planner.compliance import Entry
from planner.plan import Comparison, Figure, Plain
from planner.report.words import Text, Words, joined_by, same

SIGNS = {">=": "≥\u00a0", "<=": "≤\u00a0", ">": ">\u00a0"}
"""Of ``=`` and of a range there is no sign to show."""

PERCENT = ("%", "fraction")
"""Units in which a value is told in per cent."""

DECIMALS = {"%": 1, "fraction": 1, "facilities": 0, "beds": 0, "places": 0, "areas": 0, "min": 1, "m": 0}
"""Decimals of a figure by its unit; the others have two."""

MOST_DECIMALS = 6


def figure(value: float, unit: str | None, *, target: Plain | None = None, operator: Comparison | None = None) -> str:
    """Return a figure as it is shown, with as many decimals as tell it from its target.

    Examples
    --------
    >>> figure(17.5, "%"), figure(89.96, "%", target=90, operator=">="), figure(3.8, "places/1000 people")
    ('17.5', '89.96', '3.8')
    >>> figure(90.004, "%", target=90, operator=">"), figure(100.0, "%"), figure(99.98, "%")
    ('90.004', '100', '99.98')
    """
    exact = Decimal(repr(float(value)))
    least = DECIMALS.get(unit or "", 2)
    marks = _marks(unit, target, operator)
    for decimals in range(least, MOST_DECIMALS + 1):
        shown = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if all(_side(shown, mark) == _side(exact, mark) for mark in marks):
            break
    if unit in PERCENT and shown not in (0, 100):
        return f"{shown:,f}"
    return _trimmed(shown)


def amount(number: str, unit: str | None, words: Words, *, noun: Text | None = None) -> Text:
    """Return a figure with its unit in words; ``noun`` is what there is one of, where the unit is "per area"."""
    if unit is None:
        return same(number)
    if not words.has("amount", unit):
        return same(f"{number} {unit}")
    plain = number.lstrip("".join(SIGNS.values()))
    return words.text("amount", unit, count=1 if plain == "1" else None, n=number, noun=noun or same(""))


def value_amount(entry: Entry, value: float, words: Words) -> Text:
    """Return a value of an entry in its unit."""
    per_cent = value * 100.0 if entry.unit == "fraction" else value
    unit = "%" if entry.unit == "fraction" else entry.unit
    target = None if entry.unit == "fraction" else entry.target
    number = figure(per_cent, unit, target=target, operator=entry.operator)
    return amount(number, unit, words, noun=noun(entry.scope, words, count=1))


def target_amount(entry: Entry, target: Plain, words: Words) -> Text:
    """Return a target as printed, with the sign of its operator and its unit."""
    signed = entry.kind != "reach" and not isinstance(target, list) and not (entry.unit == "%" and target == 100)
    sign = SIGNS.get(entry.operator or "", "") if signed else ""
    unit = "%" if entry.kind == "reach" else entry.unit
    text = amount(f"{sign}{printed(target)}", unit, words, noun=noun(entry.scope, words, count=1))
    if entry.limit is None:
        return text
    return words.text("targets", "limit", limit=amount(printed(entry.limit), entry.limit_unit, words), target=text)


def gap_amount(entry: Entry, words: Words) -> Text | None:
    """Return how far an entry falls short; None where it doesn't or where that isn't known."""
    if not entry.gap:
        return None
    number, unit = entry.gap, entry.unit
    if unit in PERCENT:
        number, unit = number * (100.0 if unit == "fraction" else 1.0), "points"
    return amount(short(number, entry.unit), unit, words, noun=noun(entry.scope, words, count=1))


def build_amount(entry: Entry, words: Words) -> Text | None:
    """Return what is still to build; None where nothing is, or where that can't be said."""
    if not entry.units_to_build:
        return None
    return amount(f"{entry.units_to_build:,}", entry.build_unit, words)


def short(number: float, unit: str | None) -> str:
    """Return what is short, so that it and the value shown add up to the target; never 0.

    Examples
    --------
    >>> short(0.696, "places/1000 people"), short(37.44, "%"), short(0.04, "%")
    ('0.7', '37.4', '0.04')
    """
    return figure(number, unit)


def printed(plain: Plain) -> str:
    """Return a printed figure as people write it.

    Examples
    --------
    >>> printed(56000), printed("1/3"), printed([20, 30])
    ('56,000', '1/3', '20–30')
    """
    if isinstance(plain, list):
        return "–".join(printed(one) for one in plain)
    return plain if isinstance(plain, str) else f"{plain:,}"


def noun(scope: str, words: Words, *, count: int = 2) -> Text:
    """Return what a scope counts, such as communities; several are put side by side."""
    parts = [part for part in scope.split(";") if part]
    known = [part if words.has("scope", part) else "other" for part in parts] or ["other"]
    return joined_by({"zh": "、", "en": " / "}, (words.text("scope", part, count=count) for part in known))


def counted(number: int, scope: str, words: Words) -> Text:
    """Return a number of areas, such as 60 communities."""
    return words.text("units", "count", n=f"{number:,}", noun=noun(scope, words, count=number))


def listed(texts: Iterable[Text]) -> Text:
    """Return texts in a row, with the comma of each language."""
    return joined_by({"zh": "、", "en": ", "}, texts)


def _marks(unit: str | None, target: Plain | None, operator: Comparison | None) -> list[Decimal]:
    """Return the figures on whose right side a shown figure must stay."""
    marks = [Decimal(0)]
    if unit in PERCENT:
        marks.append(Decimal(100))
    if target is not None and operator is not None:
        low: Fraction = Figure.of(target).low
        marks.append(Decimal(low.numerator) / Decimal(low.denominator))
    return marks


def _side(value: Decimal, mark: Decimal) -> int:
    return (value > mark) - (value < mark)


def _trimmed(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
