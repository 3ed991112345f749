"""Figures as people read them: shares, minutes, metres, people and dates, in Chinese and in English."""

from __future__ import annotations

import math
import re

GUARD = 6
"""Decimals kept before a figure is rounded up or down, so that 15.000000001 of floating point stays 15.0."""

WAN = 10_000
"""From here on Chinese readers count in 万."""


def share(value: float | None) -> str:
    """Return a share in per cent with one decimal: 100 % only where it is all, 0 % only where it is none.

    Examples
    --------
    >>> share(25 / 40), share(1.0), share(0.9999), share(0.0001), share(None)
    ('62.5%', '100%', '99.9%', '0.1%', '—')
    """
    if value is None or math.isnan(value):
        return "—"
    if value in (0.0, 1.0):
        return f"{value:.0%}"
    tenths = math.floor(round(value * 1000.0, GUARD) + 0.5)
    return f"{min(max(tenths, 1), 999) / 10:.1f}%"


def minutes(value: float, *, within: bool) -> str | None:
    """Return minutes with one decimal, down within the limit and up beyond it; None where there is no figure.

    Examples
    --------
    >>> minutes(14.96, within=True), minutes(15.0017, within=False), minutes(15.0, within=True)
    ('14.9', '15.1', '15.0')
    """
    if math.isnan(value):
        return None
    return f"{_rounded(value * 10.0, down=within) / 10:,.1f}"


def metres(value: float, *, within: bool) -> str | None:
    """Return whole metres, down within the limit and up beyond it; None where there is no figure."""
    return None if math.isnan(value) else f"{_rounded(value, down=within):,}"


def _rounded(value: float, *, down: bool) -> int:
    value = round(value, GUARD)
    return math.floor(value) if down else math.ceil(value)


def plain(value: float) -> str:
    """Return a limit or a radius as it was asked for, such as ``15``, ``7.5`` or ``1,000``."""
    return f"{value:,.10g}"


def grouped(count: int) -> str:
    """Return a count with its thousands set apart."""
    return f"{count:,}"


def wan(count: int) -> str:
    """Return a count in 万 with two decimals.

    Examples
    --------
    >>> wan(27_046), wan(9_999_999)
    ('2.70', '1,000.00')
    """
    return f"{(count + WAN // 200) // (WAN // 100) / 100:,.2f}"


def day(date: str | None) -> tuple[int, ...] | None:
    """Return year, month and day as far as a date gives them; None where it isn't a date.

    Examples
    --------
    >>> day("2024-11"), day("2024-12-31"), day("end of last year")
    ((2024, 11), (2024, 12, 31), None)
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", (date or "").strip())
    if found is None:
        return None
    parts = tuple(int(part) for part in found.groups() if part is not None)
    return parts if len(parts) == 1 or 1 <= parts[1] <= 12 else None
